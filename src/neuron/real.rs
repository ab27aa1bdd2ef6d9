//! The floating-point types and arrays that models are generic over.

use std::fmt::Debug;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub};

/// `f32` or `f64`.
pub trait Real:
    Element
    + Default
    + PartialOrd
    + Add<Output = Self>
    + AddAssign
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
{
    /// States below this magnitude (mV, pA, nS) are flushed to zero: far below what a weight can
    /// resolve, far above subnormal numbers. A membrane with a time constant of 20 ms gets there
    /// 0.5 s after its last input.
    const FLUSH: Self;
    /// Rounded to this type.
    fn from_f64(value: f64) -> Self;
    /// Rounded to this type.
    fn from_i32(value: i32) -> Self;
    /// Exact.
    fn to_f64(self) -> f64;
    /// Magnitude.
    #[must_use]
    fn abs(self) -> Self;
    /// Zero if the magnitude is below [`Real::FLUSH`].
    #[inline(always)]
    #[must_use]
    #[expect(clippy::inline_always, reason = "must be compiled with its caller's SIMD width")]
    fn flush(self) -> Self {
        if self.abs() < Self::FLUSH { Self::default() } else { self }
    }
    /// What [`Real::flush`] leaves, and `more`: in one instruction less.
    #[inline(always)]
    #[must_use]
    #[expect(clippy::inline_always, reason = "must be compiled with its caller's SIMD width")]
    fn flush_plus(self, more: Self) -> Self {
        if self.abs() < Self::FLUSH { more } else { self + more }
    }
}

macro_rules! real {
    ($type:ty, $flush:literal) => {
        impl Real for $type {
            const FLUSH: Self = $flush;
            #[inline(always)]
            fn from_f64(value: f64) -> Self {
                value as Self
            }
            #[inline(always)]
            #[allow(clippy::cast_lossless, reason = "one macro for both types")]
            fn from_i32(value: i32) -> Self {
                value as Self
            }
            #[inline(always)]
            fn to_f64(self) -> f64 {
                f64::from(self)
            }
            #[inline(always)]
            fn abs(self) -> Self {
                self.abs()
            }
        }
    };
}

real!(f32, 1e-9);
real!(f64, 1e-14);

/// What an [`Array`] may hold: a number, or the numbers of a block of neurons.
pub trait Element: Copy + Debug + Send + Sync + 'static {}
impl<T: Copy + Debug + Send + Sync + 'static> Element for T {}

/// `[T; n]` of any n.
pub trait Array<T>: Copy + Debug + Send + Sync + AsRef<[T]> + AsMut<[T]> + 'static {
    /// The n.
    const LEN: usize;
    /// The array of `f(0), f(1), ...`.
    fn from_fn(f: impl FnMut(usize) -> T) -> Self;
}

impl<T: Element, const N: usize> Array<T> for [T; N] {
    const LEN: usize = N;
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "must be compiled with its caller's SIMD width")]
    fn from_fn(f: impl FnMut(usize) -> T) -> Self {
        std::array::from_fn(f)
    }
}
