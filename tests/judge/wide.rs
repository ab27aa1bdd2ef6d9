//! Numbers of 32 digits: a sum of two doubles, in which nothing that formulas cancel is missed
//! (Dekker 1971, doi 10.1007/BF01397083; Knuth, The Art of Computer Programming 2, 4.2.2).

use std::ops::{Add, Div, Mul, Neg, Sub};

/// `0 + 1`, the second below half a last digit of the first.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Wide(f64, f64);

impl From<f64> for Wide {
    fn from(x: f64) -> Self {
        Self(x, 0.0)
    }
}

/// The sum, and what it lacks.
fn two_sum(a: f64, b: f64) -> Wide {
    let sum = a + b;
    let part = sum - a;
    Wide(sum, (a - (sum - part)) + (b - part))
}

/// The same where the first is the larger.
fn quick_sum(a: f64, b: f64) -> Wide {
    let sum = a + b;
    Wide(sum, b - (sum - a))
}

impl Add for Wide {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        let (high, low) = (two_sum(self.0, other.0), two_sum(self.1, other.1));
        let high = quick_sum(high.0, high.1 + low.0);
        quick_sum(high.0, high.1 + low.1)
    }
}

impl Neg for Wide {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0, -self.1)
    }
}

impl Sub for Wide {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for Wide {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        let product = self.0 * other.0;
        let rest = self.0.mul_add(other.0, -product);
        quick_sum(product, rest + (self.0 * other.1 + self.1 * other.0))
    }
}

impl Div for Wide {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        let first = self.0 / other.0;
        let rest = self - other * first.into();
        let second = rest.0 / other.0;
        let rest = rest - other * second.into();
        quick_sum(first, second) + (rest.0 / other.0).into()
    }
}

const LN_2: Wide = Wide(std::f64::consts::LN_2, 2.319_046_813_846_299_6e-17);

impl Wide {
    /// The nearest double.
    pub(super) fn near(self) -> f64 {
        self.0 + self.1
    }

    fn scaled(self, factor: f64) -> Self {
        Self(self.0 * factor, self.1 * factor)
    }

    /// exp(x) - 1 of |x| < 0.7, to 31 digits also where x is small: a series at x/256, doubled
    /// eight times.
    fn small_exp_m1(self) -> Self {
        const TERMS: u32 = 11;
        let x = self.scaled(1.0 / 256.0);
        let series = |sum: Self, k: u32| (sum + 1.0.into()) * x / f64::from(k).into();
        let start = (1..=TERMS).rev().fold(Self::default(), series);
        (0..8).fold(start, |p, _| p.scaled(2.0) + p * p)
    }

    /// exp(x).
    pub(super) fn exp(self) -> Self {
        if self.0 < -700.0 {
            return Self::default();
        }
        let halvings = (self.0 / LN_2.0).round();
        let power = (self - LN_2 * halvings.into()).small_exp_m1() + 1.0.into();
        power.scaled(2.0_f64.powi(halvings as i32))
    }

    /// exp(x) - 1.
    pub(super) fn exp_m1(self) -> Self {
        if self.0.abs() < 0.3 { self.small_exp_m1() } else { self.exp() - 1.0.into() }
    }
}

#[test]
fn thirty_digits_are_right() {
    // exp(-1) and exp(1e-9) - 1 in two doubles, from mpmath.
    let third = Wide::from(1.0) / 3.0.into();
    assert!((third * 3.0.into() - 1.0.into()).near().abs() < 1e-31);
    let e = Wide::from(-1.0).exp();
    let digits = Wide(0.367_879_441_171_442_33, -1.242_875_367_278_836_3e-17);
    assert!((e - digits).near().abs() < 1e-31, "{e:?}");
    let small = Wide::from(1e-9).exp_m1();
    let (x, x2) = (Wide::from(1e-9), Wide::from(1e-9) * 1e-9.into());
    let series = x + x2.scaled(0.5) + x2 * x / 6.0.into() + x2 * x2 / 24.0.into();
    assert!((small - series).near().abs() < 1e-39, "{small:?}");
}
