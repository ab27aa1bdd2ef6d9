//! Recordings of state: membrane potentials and whatever else a model has.

use serde::{Deserialize, Serialize};

use crate::random::time_at;

/// Which variable of which neurons is recorded, and how often.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateProbe {
    /// The name of the population.
    pub population: String,
    /// The name of the variable, as the model calls it: `V_m`.
    pub variable: String,
    /// Its unit: `mV`.
    pub unit: String,
    /// The neurons, by index within the population; none for the mean over all of them.
    pub neurons: Vec<u64>,
    /// Steps from one sample to the next, at least 1.
    pub interval_steps: u64,
    /// The step of the first sample.
    pub first_step: u64,
}

/// What a probe has recorded.
///
/// Sample `s` is of time `(first_step + s * interval_steps) * dt`.
#[derive(Clone, Debug, PartialEq)]
pub struct StateTrace {
    /// What was recorded.
    pub probe: StateProbe,
    /// The step of the simulation, in ms.
    pub dt_ms: f64,
    /// The values, sample by sample, each with the neurons in the order of the probe.
    pub values: Vec<f64>,
}

impl StateTrace {
    /// How many samples there are.
    #[must_use]
    pub fn samples(&self) -> usize {
        self.values.len() / self.probe.width()
    }

    /// The time of a sample, in ms.
    #[must_use]
    pub fn time_ms(&self, sample: usize) -> f64 {
        time_at(self.probe.step(sample as u64), self.dt_ms)
    }

    /// The course of one neuron, given by its place in the probe's list: (time in ms, value).
    pub fn course(&self, place: usize) -> impl Iterator<Item = (f64, f64)> + '_ {
        let values = self.values.iter().skip(place).step_by(self.probe.width());
        values.enumerate().map(|(s, &v)| (self.time_ms(s), v))
    }
}

impl StateProbe {
    /// Whether it is the mean over the population.
    #[must_use]
    pub fn is_mean(&self) -> bool {
        self.neurons.is_empty()
    }

    /// Values per sample.
    #[must_use]
    pub fn width(&self) -> usize {
        self.neurons.len().max(1)
    }

    /// The step of a sample.
    #[must_use]
    pub fn step(&self, sample: u64) -> u64 {
        self.first_step + sample * self.interval_steps
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_course_follows_one_neuron() {
        let probe = StateProbe {
            population: "exc".into(),
            variable: "V_m".into(),
            unit: "mV".into(),
            neurons: vec![4, 7],
            interval_steps: 5,
            first_step: 10,
        };
        let trace = StateTrace { probe, dt_ms: 0.1, values: vec![1.0, 2.0, 3.0, 4.0] };
        assert_eq!(trace.samples(), 2);
        assert_eq!(trace.course(1).collect::<Vec<_>>(), [(1.0, 2.0), (1.5, 4.0)]);
    }
}
