//! The floating-point type of each population's state.

use super::{Network, PopulationKind, Projection};
use crate::Result;
use crate::neuron::{Model, Setup};
use crate::stimulus::Action;

/// The floating-point type of the neurons' state.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// 32 bits, and 64 for those populations in which 32 would be seen: on which only currents act, or
    /// whose potential and intervals would be rounded too much at this dt (the model decides).
    #[default]
    Auto,
    /// 32 bits.
    Single,
    /// 64 bits.
    Double,
}

/// Neurons that are looked at, where parameters differ between them.
const LOOKED_AT: u64 = 64;
/// Values of a stimulus that are looked at.
const VALUES: usize = 256;

impl Network {
    /// Which populations have 64 bits of state: what [`Network::precision`] says, or what they need.
    ///
    /// # Errors
    /// A parameter out of range.
    pub fn doubles(&self) -> Result<Vec<bool>> {
        if self.precision != Precision::Auto {
            return Ok(vec![self.precision == Precision::Double; self.populations.len()]);
        }
        let driven = self.driven();
        (0..self.populations.len())
            .map(|p| match &self.populations[p].kind {
                PopulationKind::Source(_) => Ok(false),
                PopulationKind::Neurons(_) if !driven[p] => Ok(true),
                PopulationKind::Neurons(model) => self
                    .needs_double(p, &**model)
                    .map_err(|e| e.within(&format!("population.{}", self.populations[p].name))),
            })
            .collect()
    }

    /// The names of those populations.
    ///
    /// # Errors
    /// A parameter out of range.
    pub fn in_double(&self) -> Result<Vec<&str>> {
        let all = self.populations.iter().zip(self.doubles()?);
        let double =
            all.filter(|(p, double)| *double && matches!(p.kind, PopulationKind::Neurons(_)));
        Ok(double.map(|(p, _)| p.name.as_str()).collect())
    }

    /// Into which populations spikes can come.
    fn driven(&self) -> Vec<bool> {
        let mut driven = vec![false; self.populations.len()];
        let projected = self.projections.iter().flat_map(|p: &Projection| p.target.populations());
        let poisson = self.stimuli.iter().filter(|s| s.stimulus.action() != Action::Current);
        projected.chain(poisson.map(|s| s.target.0)).for_each(|p| driven[p] = true);
        driven
    }

    fn needs_double(&self, p: usize, model: &dyn Model) -> Result<bool> {
        let size = self.populations[p].size;
        let currents = self.currents(p);
        for neuron in (0..size).step_by((size / LOOKED_AT).max(1) as usize) {
            let setup = Setup::new(self.seed, p, size, neuron, self.dt);
            if model.needs_double(&setup, &currents)? {
                return Ok(true);
            }
            if !setup.varies() {
                break;
            }
        }
        Ok(false)
    }

    /// Currents in pA that can flow into a population from outside.
    fn currents(&self, p: usize) -> Vec<f64> {
        let mut currents = vec![0.0];
        for input in self.stimuli.iter().filter(|i| i.target.0 == p) {
            if input.stimulus.action() == Action::Current {
                let before = currents.clone();
                let mut step = 0;
                for _ in 0..VALUES {
                    let (value, until) = input.stimulus.value(step, self.dt);
                    currents.extend(before.iter().map(|b| b + value));
                    if until == u64::MAX || currents.len() > VALUES {
                        break;
                    }
                    step = until;
                }
            }
        }
        currents
    }
}
