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
    /// 0.9 s after its last input (0.7 s in double precision).
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
    /// `self * factor + more`, rounded once: one instruction where SIMD is wide, a function of some
    /// 10 ns where it is not (x86-64 without AVX2).
    #[must_use]
    fn mul_add(self, factor: Self, more: Self) -> Self;
    /// Whether the magnitude is below [`Real::FLUSH`].
    fn is_tiny(self) -> bool;
    /// Zero if the magnitude is below [`Real::FLUSH`].
    #[inline(always)]
    #[must_use]
    #[expect(clippy::inline_always, reason = "must be compiled with its caller's SIMD width")]
    fn flush(self) -> Self {
        if self.is_tiny() { Self::default() } else { self }
    }
    /// A threshold relative to where a potential comes to rest: above zero where both are the same, so
    /// that rest never reaches it. Below 2e-10 mV a difference may be one of rounding.
    #[inline(always)]
    #[must_use]
    #[expect(clippy::inline_always, reason = "must be compiled with its caller's SIMD width")]
    fn threshold(self) -> Self {
        if self.abs() <= Self::from_f64(2e-10) { Self::FLUSH } else { self }
    }
    /// What [`Real::flush`] leaves, and `more`: in one instruction less.
    #[inline(always)]
    #[must_use]
    #[expect(clippy::inline_always, reason = "must be compiled with its caller's SIMD width")]
    fn flush_plus(self, more: Self) -> Self {
        if self.is_tiny() { more } else { self + more }
    }
}

macro_rules! real {
    ($type:ty, $flush:expr, $tiny:expr) => {
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
            fn mul_add(self, factor: Self, more: Self) -> Self {
                <$type>::mul_add(self, factor, more)
            }
            #[inline(always)]
            fn abs(self) -> Self {
                self.abs()
            }
            #[inline(always)]
            fn is_tiny(self) -> bool {
                $tiny(self)
            }
        }
    };
}

// 2^-63, below which the two upper bits of the exponent are zero: a test of one instruction.
real!(f32, f32::from_bits(64 << 23), |x: f32| x.to_bits() & 0x6000_0000 == 0);
real!(f64, 1e-14, |x: f64| x.abs() < f64::FLUSH);

/// What an [`Array`] may hold: a number, or the numbers of a block of neurons.
pub trait Element: Copy + Debug + Send + Sync + 'static {}
impl<T: Copy + Debug + Send + Sync + 'static> Element for T {}

/// `[T; n]` of any n.
pub trait Array<T>: Copy + Debug + Send + Sync + AsRef<[T]> + AsMut<[T]> + 'static {
    /// The n.
    const LEN: usize;
    /// The array of one value.
    fn repeat(value: T) -> Self;
    /// The array of `f(0), f(1), ...`.
    fn from_fn(f: impl FnMut(usize) -> T) -> Self;
}

impl<T: Element, const N: usize> Array<T> for [T; N] {
    const LEN: usize = N;
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "must be compiled with its caller's SIMD width")]
    fn repeat(value: T) -> Self {
        [value; N]
    }
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "must be compiled with its caller's SIMD width")]
    fn from_fn(f: impl FnMut(usize) -> T) -> Self {
        std::array::from_fn(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flushes_below<F: Real>(below: F) {
        let zero = F::default();
        for (x, flushed) in [
            (F::FLUSH, F::FLUSH),
            (-F::FLUSH, -F::FLUSH),
            (below, zero),
            (-below, zero),
            (zero, zero),
            (F::from_f64(1.0), F::from_f64(1.0)),
            (F::from_f64(-70.0), F::from_f64(-70.0)),
            (F::from_f64(1e30), F::from_f64(1e30)),
        ] {
            assert_eq!(x.flush().to_f64().to_bits(), flushed.to_f64().to_bits(), "{x:?}");
            let more = F::from_f64(0.25);
            assert_eq!(x.flush_plus(more).to_f64(), (flushed + more).to_f64(), "{x:?}");
        }
    }

    #[test]
    fn what_is_below_the_threshold_becomes_zero() {
        flushes_below(f32::from_bits(f32::FLUSH.to_bits() - 1));
        flushes_below(f64::from_bits(f64::FLUSH.to_bits() - 1));
        assert_eq!(f64::from(f32::FLUSH), libm::exp2(-63.0));
    }
}
