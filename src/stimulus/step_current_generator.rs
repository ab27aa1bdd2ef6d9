//! A current that changes in steps, into each neuron of a population.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Action, Profile, Stimulus, current_problem};
use crate::Result;
use crate::units::{Current, Time};

/// A current that changes in steps, the same into each neuron of the target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StepCurrentGenerator {
    /// The current, zero before its first change: changes such as
    /// `[{ from = "0 ms", value = "100 pA" }, { from = "500 ms", value = "200 pA" }]`.
    pub amplitude: Profile<Current>,
    /// When it begins, a multiple of dt.
    #[serde(default)]
    pub start: Time,
    /// When it ends, a multiple of dt; never if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<Time>,
}

impl StepCurrentGenerator {
    /// This current, from the beginning to the end.
    pub fn new(amplitude: impl Into<Profile<Current>>) -> Self {
        Self { amplitude: amplitude.into(), start: Time::default(), stop: None }
    }
}

impl Stimulus for StepCurrentGenerator {
    fn name(&self) -> &'static str {
        "step_current_generator"
    }

    fn validate(&self, dt: Time) -> Result<()> {
        self.amplitude.validate("amplitude", (self.start, self.stop), dt, current_problem)
    }

    fn action(&self) -> Action {
        Action::Current
    }

    fn value(&self, step: u64, dt: Time) -> (f64, u64) {
        self.amplitude.during((self.start, self.stop), step, dt)
    }

    fn peak(&self) -> f64 {
        self.amplitude.peak()
    }

    fn clone_box(&self) -> Box<dyn Stimulus> {
        Box::new(self.clone())
    }
}
