//! Distributions of weights, delays, parameters and initial values, drawn by inverting the
//! cumulative distribution, so that one uniform number gives one value on every machine.

use crate::units::Quantity;
use crate::{Error, Result};

/// How values of a quantity are spread. Values outside `min..=max` are redrawn.
#[derive(Clone, Debug, PartialEq)]
pub enum Distribution<Q> {
    /// Always the same value.
    Constant(Q),
    /// Equally likely between two values.
    Uniform {
        /// Smallest value.
        low: Q,
        /// Largest value.
        high: Q,
    },
    /// Gaussian.
    Normal {
        /// Mean before truncation.
        mean: Q,
        /// Standard deviation before truncation.
        sd: Q,
        /// Smallest value that is kept.
        min: Option<Q>,
        /// Largest value that is kept.
        max: Option<Q>,
    },
    /// The exponential of a Gaussian; described by the moments of the value itself.
    Lognormal {
        /// Mean of the value before truncation (not of its logarithm).
        mean: Q,
        /// Standard deviation of the value before truncation (not of its logarithm).
        sd: Q,
        /// Smallest value that is kept.
        min: Option<Q>,
        /// Largest value that is kept.
        max: Option<Q>,
    },
}

/// A parameter of the neurons of a population: the same for all, drawn for each, or listed.
#[derive(Clone, Debug, PartialEq)]
pub enum Parameter<Q> {
    /// One value for all neurons, or one drawn for each.
    Drawn(Distribution<Q>),
    /// One value for each neuron, in their order.
    List(Vec<Q>),
}

impl<Q> From<Q> for Distribution<Q> {
    fn from(value: Q) -> Self {
        Self::Constant(value)
    }
}

impl<Q> From<Q> for Parameter<Q> {
    fn from(value: Q) -> Self {
        Self::Drawn(Distribution::Constant(value))
    }
}

impl<Q> From<Distribution<Q>> for Parameter<Q> {
    fn from(distribution: Distribution<Q>) -> Self {
        Self::Drawn(distribution)
    }
}

impl<Q> From<Vec<Q>> for Parameter<Q> {
    fn from(values: Vec<Q>) -> Self {
        Self::List(values)
    }
}

/// Cumulative distribution of the standard normal distribution.
#[must_use]
pub fn normal_cdf(z: f64) -> f64 {
    0.5 * libm::erfc(-z * std::f64::consts::FRAC_1_SQRT_2)
}

/// Inverse of [`normal_cdf`]: Wichura 1988, algorithm AS 241 (PPND16), accurate to 1e-16.
#[must_use]
pub fn normal_quantile(p: f64) -> f64 {
    const A: [f64; 8] = [
        3.387_132_872_796_366_5,
        133.141_667_891_784_38,
        1_971.590_950_306_551_3,
        13_731.693_765_509_46,
        45_921.953_931_549_87,
        67_265.770_927_008_7,
        33_430.575_583_588_13,
        2_509.080_928_730_122_7,
    ];
    const B: [f64; 8] = [
        1.0,
        42.313_330_701_600_91,
        687.187_007_492_057_9,
        5_394.196_021_424_751,
        21_213.794_301_586_597,
        39_307.895_800_092_71,
        28_729.085_735_721_943,
        5_226.495_278_852_545,
    ];
    const C: [f64; 8] = [
        1.423_437_110_749_683_5,
        4.630_337_846_156_546,
        5.769_497_221_460_691,
        3.647_848_324_763_204_5,
        1.270_458_252_452_368_4,
        0.241_780_725_177_450_6,
        0.022_723_844_989_269_184,
        7.745_450_142_783_414e-4,
    ];
    const D: [f64; 8] = [
        1.0,
        2.053_191_626_637_759,
        1.676_384_830_183_803_8,
        0.689_767_334_985_1,
        0.148_103_976_427_480_08,
        0.015_198_666_563_616_457,
        5.475_938_084_995_345e-4,
        1.050_750_071_644_416_9e-9,
    ];
    const E: [f64; 8] = [
        6.657_904_643_501_103,
        5.463_784_911_164_114,
        1.784_826_539_917_291_3,
        0.296_560_571_828_504_87,
        0.026_532_189_526_576_124,
        0.001_242_660_947_388_078_4,
        2.711_555_568_743_487_6e-5,
        2.010_334_399_292_288_1e-7,
    ];
    const F: [f64; 8] = [
        1.0,
        0.599_832_206_555_888,
        0.136_929_880_922_735_8,
        0.014_875_361_290_850_615,
        7.868_691_311_456_133e-4,
        1.846_318_317_510_054_8e-5,
        1.421_511_758_316_446e-7,
        2.044_263_103_389_939_8e-15,
    ];
    let ratio = |x: f64, a: &[f64; 8], b: &[f64; 8]| {
        let horner = |c: &[f64; 8]| c.iter().rev().fold(0.0, |sum, &c| sum * x + c);
        horner(a) / horner(b)
    };
    let q = p - 0.5;
    if libm::fabs(q) <= 0.425 {
        return q * ratio(0.180_625 - q * q, &A, &B);
    }
    let r = libm::sqrt(-libm::log(if q < 0.0 { p } else { 1.0 - p }));
    let z = if r <= 5.0 { ratio(r - 1.6, &C, &D) } else { ratio(r - 5.0, &E, &F) };
    if q < 0.0 { -z } else { z }
}

/// Mean and standard deviation of the logarithm of a lognormal value with the given moments.
fn log_moments(mean: f64, sd: f64) -> (f64, f64) {
    let variance = libm::log1p((sd / mean) * (sd / mean));
    (libm::log(mean) - 0.5 * variance, libm::sqrt(variance))
}

impl<Q: Quantity> Distribution<Q> {
    /// A Gaussian without bounds.
    pub fn normal(mean: Q, sd: Q) -> Self {
        Self::Normal { mean, sd, min: None, max: None }
    }

    /// Equally likely values in `low..=high`.
    pub fn uniform(low: Q, high: Q) -> Self {
        Self::Uniform { low, high }
    }

    /// A lognormal value with this mean and standard deviation.
    pub fn lognormal(mean: Q, sd: Q) -> Self {
        Self::Lognormal { mean, sd, min: None, max: None }
    }

    /// The same distribution, redrawn below `least`.
    #[must_use]
    pub fn at_least(mut self, least: Q) -> Self {
        if let Self::Normal { min, .. } | Self::Lognormal { min, .. } = &mut self {
            *min = Some(least);
        }
        self
    }

    /// The same distribution, redrawn above `most`.
    #[must_use]
    pub fn at_most(mut self, most: Q) -> Self {
        if let Self::Normal { max, .. } | Self::Lognormal { max, .. } = &mut self {
            *max = Some(most);
        }
        self
    }

    /// The value, if it is always the same.
    #[must_use]
    pub fn constant(&self) -> Option<Q> {
        match self {
            Self::Constant(value) => Some(*value),
            _ => None,
        }
    }

    /// Each number of the description mapped by `f`: a change of scale.
    #[must_use]
    pub fn map<R: Quantity>(&self, mut f: impl FnMut(Q) -> R) -> Distribution<R> {
        match self {
            Self::Constant(x) => Distribution::Constant(f(*x)),
            Self::Uniform { low, high } => Distribution::Uniform { low: f(*low), high: f(*high) },
            Self::Normal { mean, sd, min, max } => Distribution::Normal {
                mean: f(*mean),
                sd: f(*sd),
                min: min.map(&mut f),
                max: max.map(&mut f),
            },
            Self::Lognormal { mean, sd, min, max } => Distribution::Lognormal {
                mean: f(*mean),
                sd: f(*sd),
                min: min.map(&mut f),
                max: max.map(&mut f),
            },
        }
    }

    /// P(value < x) before truncation, in base units.
    fn cdf(&self, x: f64) -> f64 {
        match self {
            Self::Constant(c) => f64::from(u8::from(x > c.value())),
            Self::Uniform { low, high } => {
                ((x - low.value()) / (high.value() - low.value())).clamp(0.0, 1.0)
            }
            Self::Normal { mean, sd, .. } => normal_cdf((x - mean.value()) / sd.value()),
            Self::Lognormal { .. } if x <= 0.0 => 0.0,
            Self::Lognormal { mean, sd, .. } => {
                let (mu, sigma) = log_moments(mean.value(), sd.value());
                normal_cdf((libm::log(x) - mu) / sigma)
            }
        }
    }

    /// The limits below and above which values are redrawn, in base units.
    fn limits(&self) -> (f64, f64) {
        match self {
            Self::Normal { min, max, .. } | Self::Lognormal { min, max, .. } => (
                min.map_or(f64::NEG_INFINITY, Quantity::value),
                max.map_or(f64::INFINITY, Quantity::value),
            ),
            _ => (f64::NEG_INFINITY, f64::INFINITY),
        }
    }

    /// From a share `u` (in 0..1) to the value below which it lies of the truncated distribution,
    /// additionally redrawn below `floor`, in base units.
    pub(super) fn quantiles_above(&self, floor: f64) -> impl Fn(f64) -> f64 {
        let (min, max) = self.limits();
        let min = min.max(floor);
        let (from, to) = (
            if min == f64::NEG_INFINITY { 0.0 } else { self.cdf(min) },
            if max == f64::INFINITY { 1.0 } else { self.cdf(max) },
        );
        let (mu, sigma) = match self {
            Self::Lognormal { mean, sd, .. } => log_moments(mean.value(), sd.value()),
            _ => (0.0, 0.0),
        };
        move |u| {
            // Rounded to one, it would have no quantile.
            let p = (from + u * (to - from)).min(1.0_f64.next_down());
            let value = match self {
                Self::Constant(x) => return x.value(),
                Self::Uniform { low, high } => low.value() + p * (high.value() - low.value()),
                Self::Normal { mean, sd, .. } | Self::Lognormal { mean, sd, .. }
                    if sd.value() == 0.0 =>
                {
                    mean.value()
                }
                Self::Normal { mean, sd, .. } => mean.value() + sd.value() * normal_quantile(p),
                Self::Lognormal { .. } => libm::exp(mu + sigma * normal_quantile(p)),
            };
            value.clamp(min, max)
        }
    }

    /// From a share `u` (in 0..1) to the value below which it lies, in base units.
    pub(super) fn quantiles(&self) -> impl Fn(f64) -> f64 {
        self.quantiles_above(f64::NEG_INFINITY)
    }

    /// The value below which the share `u` (in 0..1) of the values lies, in base units.
    #[must_use]
    pub fn quantile(&self, u: f64) -> f64 {
        self.quantiles()(u)
    }

    /// The smallest and largest value that can be drawn, in base units.
    #[must_use]
    pub fn range(&self) -> (f64, f64) {
        let least = 0.5 / 4_503_599_627_370_496.0;
        (self.quantile(least), self.quantile(1.0 - least))
    }

    /// Refuses what cannot be drawn.
    ///
    /// # Errors
    /// Numbers that are not finite, widths below zero, empty ranges and ranges that are hardly ever
    /// hit.
    pub fn validate(&self) -> Result<()> {
        let refuse = |key: &str, problem: String| Err(Error::parameter(key, problem));
        let mut infinite = None;
        let _ = self.map(|q: Q| {
            infinite = infinite.or((!q.value().is_finite()).then_some(q));
            q
        });
        if let Some(q) = infinite {
            return refuse("", format!("{q} is not finite: give a number"));
        }
        match self {
            Self::Uniform { low, high } if low > high => {
                return refuse(
                    "uniform.low",
                    format!("{low} is above high = {high}: exchange them"),
                );
            }
            Self::Constant(_) | Self::Uniform { .. } => return Ok(()),
            Self::Lognormal { mean, .. } if mean.value() <= 0.0 => {
                return refuse(
                    "lognormal.mean",
                    format!("{mean} is not above zero: give a higher mean, or take normal"),
                );
            }
            Self::Normal { sd, .. } | Self::Lognormal { sd, .. } if sd.value() < 0.0 => {
                return refuse(
                    "sd",
                    format!("{sd} is negative: give a standard deviation of at least zero"),
                );
            }
            Self::Normal { .. } | Self::Lognormal { .. } => {}
        }
        let (min, max) = self.limits();
        if min > max {
            let [min, max] = [min, max].map(Q::new);
            return refuse("min", format!("{min} is above max = {max}: exchange them"));
        }
        let (Self::Normal { mean, sd, .. } | Self::Lognormal { mean, sd, .. }) = self else {
            return Ok(());
        };
        let kept = if sd.value() == 0.0 {
            f64::from(u8::from((min..=max).contains(&mean.value())))
        } else {
            self.cdf(max) - self.cdf(min)
        };
        if kept < 0.01 {
            return refuse(
                "min",
                format!(
                    "only {:.2} % of the values lie in {min}..{max} {}, where at least 1 % must: move mean, min or max",
                    kept * 100.0,
                    Q::BASE
                ),
            );
        }
        Ok(())
    }
}
