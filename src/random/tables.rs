//! Distributions as tables of equally likely values, for draws of a few bits.

use super::{Distribution, some_steps, time_at};
use crate::units::{Quantity, Time};
use crate::{Error, Result};

/// How many values a table of a distribution has.
///
/// 4096 midpoints of equal probability have the mean of a Gaussian exactly, its standard
/// deviation to 3e-4 and its values up to 3.67 standard deviations, and fit the first cache level.
pub const RESOLUTION: usize = 4096;

/// The 2^k equally likely values by which a distribution is drawn: bounded, so that the largest
/// weight is known before any is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Levels(Vec<f64>);

impl Levels {
    /// The values of `distribution` in base units, ascending: one if it is constant, else
    /// [`RESOLUTION`].
    pub fn new<Q: Quantity>(distribution: &Distribution<Q>) -> Self {
        let n = if distribution.constant().is_some() { 1 } else { RESOLUTION };
        let quantile = distribution.quantiles();
        Self((0..n).map(|i| quantile((i as f64 + 0.5) / n as f64)).collect())
    }

    /// The values, ascending.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.0
    }

    /// The mean of a drawn value.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.0.iter().sum::<f64>() / self.0.len() as f64
    }
}

/// Delays in steps: rounded to the nearest step, redrawn below one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delays(Vec<u16>);

impl Delays {
    /// The longest delay in steps: what an entry of a row has room for.
    pub const MAX_STEPS: u16 = 16_383;

    /// Tabulates `distribution` in steps of `dt`.
    ///
    /// # Errors
    /// A constant delay off the grid or below one step, an unsound distribution, one that hardly
    /// reaches one step, or delays above [`Delays::MAX_STEPS`].
    pub fn new(distribution: &Distribution<Time>, dt: Time) -> Result<Self> {
        distribution.validate()?;
        let n = if let Some(delay) = distribution.constant() {
            some_steps(delay, dt)?;
            1
        } else {
            if distribution.range().1 < 0.5 * dt.ms() {
                return Err(Error::parameter(
                    "",
                    format!("all delays round to less than dt = {dt}: at least one step is needed"),
                ));
            }
            RESOLUTION
        };
        let mut table = Vec::with_capacity(n);
        let quantile = distribution.quantiles_above(0.5 * dt.ms());
        for i in 0..n {
            let delay = quantile((i as f64 + 0.5) / n as f64);
            let steps = libm::round(delay / dt.ms()).max(1.0);
            if steps > f64::from(Self::MAX_STEPS) {
                let remedy = if n == 1 { "make it shorter" } else { "bound it with max" };
                return Err(Error::parameter(
                    "",
                    format!(
                        "delays reach {delay} ms = {steps} steps: at most {} steps ({} ms) are possible; {remedy} or take a longer dt",
                        Self::MAX_STEPS,
                        time_at(Self::MAX_STEPS.into(), dt.ms())
                    ),
                ));
            }
            table.push(steps as u16);
        }
        Ok(Self(table))
    }

    /// The equally likely delays, ascending.
    #[must_use]
    pub fn steps(&self) -> &[u16] {
        &self.0
    }

    /// The delay of 16 random bits.
    #[must_use]
    pub fn draw(&self, bits: u16) -> u16 {
        if self.0.len() == 1 { self.0[0] } else { self.0[usize::from(bits >> 4)] }
    }

    /// Below which 16 random bits mean at most `delay`, which is not the longest.
    pub(crate) fn bound(&self, delay: u16) -> u16 {
        (self.0.partition_point(|&d| d <= delay) << 4) as u16
    }

    /// The shortest delay.
    #[must_use]
    pub fn min(&self) -> u16 {
        self.0[0]
    }

    /// The longest delay.
    #[must_use]
    pub fn max(&self) -> u16 {
        self.0[self.0.len() - 1]
    }
}
