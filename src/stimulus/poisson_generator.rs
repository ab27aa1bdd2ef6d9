//! Independent Poisson input to each neuron of a population.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::poisson::MAX_MEAN;
use super::{Action, Profile, Stimulus};
use crate::Result;
use crate::units::{Rate, Time, Weight};

/// Spikes of a Poisson process, an independent one for each neuron of the target, which arrive
/// without a delay. The number of spikes in a step is drawn exactly.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PoissonGenerator {
    /// Mean rate for each neuron, at least zero: one value, or a list of changes such as
    /// `[{ from = "0 ms", value = "8 Hz" }, { from = "500 ms", value = "12 Hz" }]`.
    pub rate: Profile<Rate>,
    /// Weight of each spike, in the unit of the receptor.
    pub weight: Weight,
    /// Receptor of the target; may be left out if it has only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receptor: Option<String>,
    /// When it begins, a multiple of dt: spikes arrive after this time.
    #[serde(default)]
    pub start: Time,
    /// When it ends, a multiple of dt; never if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<Time>,
}

impl PoissonGenerator {
    /// Poisson input of `rate` with spikes of `weight`.
    pub fn new(rate: impl Into<Profile<Rate>>, weight: impl Into<Weight>) -> Self {
        let (rate, weight) = (rate.into(), weight.into());
        Self { rate, weight, receptor: None, start: Time::default(), stop: None }
    }

    /// The same input to the receptor of that name.
    #[must_use]
    pub fn receptor(mut self, name: impl Into<String>) -> Self {
        self.receptor = Some(name.into());
        self
    }
}

/// What is wrong with a rate, if anything.
pub(super) fn problem(hz: f64, dt: Time) -> Option<String> {
    let most = MAX_MEAN / (dt.ms() * 1e-3);
    if !hz.is_finite() {
        return Some(format!("{hz} Hz is not finite: give a rate of at least zero"));
    }
    if hz < 0.0 {
        return Some(format!("{hz} Hz is negative: give a rate of at least zero"));
    }
    (hz > most).then(|| {
        format!("{hz} Hz is above {most} Hz = {MAX_MEAN} spikes per step: give a lower rate")
    })
}

impl Stimulus for PoissonGenerator {
    fn name(&self) -> &'static str {
        "poisson_generator"
    }

    fn validate(&self, dt: Time) -> Result<()> {
        self.rate.validate("rate", (self.start, self.stop), dt, |hz| problem(hz, dt))
    }

    fn action(&self) -> Action {
        Action::Poisson { receptor: self.receptor.clone(), weight: self.weight }
    }

    fn value(&self, step: u64, dt: Time) -> (f64, u64) {
        self.rate.during((self.start, self.stop), step, dt)
    }

    fn peak(&self) -> f64 {
        self.rate.peak()
    }

    fn clone_box(&self) -> Box<dyn Stimulus> {
        Box::new(self.clone())
    }
}
