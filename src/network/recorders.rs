//! What can be wrong with a recorder.

use super::{Network, PopulationId, PopulationKind, Recorder};
use crate::random::some_steps;
use crate::units::Time;
use crate::{Error, Result};

impl Network {
    /// Checks one recorder.
    pub(super) fn validate_recorder(&self, recorder: &Recorder) -> Result<()> {
        match recorder {
            Recorder::Spikes { population, sample } => {
                let size = self.size_of(*population)?;
                match sample {
                    Some(sample) if !(1..=size).contains(sample) => Err(Error::parameter(
                        "sample",
                        format!("{sample} is out of range: there are 1 to {size} neurons to take"),
                    )),
                    _ => Ok(()),
                }
            }
            Recorder::Rate { population, bin } | Recorder::Activity { population, bin } => {
                self.size_of(*population)?;
                self.validate_interval(*bin).map_err(|e| e.within("bin"))
            }
            Recorder::Mean { population, variables, interval } => {
                self.validate_variables(*population, variables)
                    .map_err(|e| e.within("variables"))?;
                self.validate_interval(*interval).map_err(|e| e.within("interval"))
            }
            Recorder::State { population, variables, neurons, interval } => {
                self.validate_variables(*population, variables)
                    .map_err(|e| e.within("variables"))?;
                self.validate_neurons(*population, neurons).map_err(|e| e.within("neurons"))?;
                self.validate_interval(*interval).map_err(|e| e.within("interval"))
            }
        }
    }

    fn size_of(&self, population: PopulationId) -> Result<u64> {
        self.known(population).map(|p| p.size).map_err(|e| e.within("population"))
    }

    fn validate_interval(&self, interval: Time) -> Result<()> {
        some_steps(interval, self.dt).map(|_| ())
    }

    fn validate_neurons(&self, population: PopulationId, neurons: &[u64]) -> Result<()> {
        let size = self.size_of(population)?;
        if neurons.is_empty() {
            return Err(Error::parameter("", "no neuron is chosen: give at least one"));
        }
        match neurons.iter().find(|n| **n >= size) {
            Some(n) => {
                let problem =
                    format!("{n} is out of range: neurons are numbered 0 to {}", size - 1);
                Err(Error::parameter("", problem))
            }
            None => Ok(()),
        }
    }

    fn validate_variables(&self, population: PopulationId, variables: &[String]) -> Result<()> {
        self.size_of(population)?;
        let PopulationKind::Neurons(model) = &self.populations[population.0].kind else {
            let problem = "a source has no state: take a population of neurons";
            return Err(Error::parameter("", problem));
        };
        let known: Vec<&str> = model.variables().iter().map(|v| v.name).collect();
        let list = known.join(", ");
        if variables.is_empty() {
            return Err(Error::parameter("", format!("none is chosen: there are {list}")));
        }
        match variables.iter().find(|v| !known.contains(&v.as_str())) {
            Some(v) => {
                let problem = format!("{} has no variable `{v}`: there are {list}", model.name());
                Err(Error::parameter("", problem))
            }
            None => Ok(()),
        }
    }
}
