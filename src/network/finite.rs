//! What a run ends with where a state is no finite number any more.

use super::{Network, PopulationKind};
use crate::Error;
use crate::neuron::NotFinite;
use crate::random::time_at;
use crate::units::{Quantity, Time};

impl Network {
    /// The error for a state of a neuron, by its number in its population, at `step`.
    pub(crate) fn not_finite(
        &self,
        step: u64,
        (population, neuron): (usize, u64),
        found: NotFinite,
    ) -> Error {
        let of = &self.populations[population];
        let names = match &of.kind {
            PopulationKind::Neurons(model) => model.variables(),
            PopulationKind::Source(_) => &[],
        };
        let variable = found.variable.and_then(|v| names.get(v)).map_or_else(
            || format!("state variable {}", found.state),
            |variable| variable.name.to_owned(),
        );
        let double = self.doubles().is_ok_and(|doubles| doubles[population]);
        Error::NotFinite {
            population: of.name.clone(),
            neuron,
            variable,
            value: found.value,
            step,
            time: Time::new(time_at(step, self.dt.ms())),
            remedy: if double {
                "take smaller weights and currents, or a shorter dt"
            } else {
                "take smaller weights and currents, a shorter dt, or precision = \"double\""
            },
        }
    }
}
