//! A constant current into each neuron of a population.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Action, Profile, Stimulus, current_problem};
use crate::Result;
use crate::units::{Current, Time};

/// A constant current into each neuron of the target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DcGenerator {
    /// The current, of either sign.
    pub amplitude: Current,
    /// When it begins, a multiple of dt.
    #[serde(default)]
    pub start: Time,
    /// When it ends, a multiple of dt; never if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<Time>,
}

impl DcGenerator {
    /// This current, from the beginning to the end.
    pub fn new(amplitude: impl Into<Current>) -> Self {
        Self { amplitude: amplitude.into(), start: Time::default(), stop: None }
    }
}

impl Stimulus for DcGenerator {
    fn name(&self) -> &'static str {
        "dc_generator"
    }

    fn validate(&self, dt: Time) -> Result<()> {
        Profile::Constant(self.amplitude).validate(
            "amplitude",
            (self.start, self.stop),
            dt,
            current_problem,
        )
    }

    fn action(&self) -> Action {
        Action::Current
    }

    fn value(&self, step: u64, dt: Time) -> (f64, u64) {
        Profile::Constant(self.amplitude).during((self.start, self.stop), step, dt)
    }

    fn peak(&self) -> f64 {
        Profile::Constant(self.amplitude).peak()
    }

    fn clone_box(&self) -> Box<dyn Stimulus> {
        Box::new(self.clone())
    }
}
