//! The spikes of a run, and of which neurons they are.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::Result;
use crate::random::time_at;

/// The spikes of a run in memory, or, with no spikes in it, the description of a recording.
///
/// Neurons have two numbers: the global one, which counts through all populations, and the
/// index within their population. A spike carries the global number; every file format
/// carries the index.
///
/// The recording covers the times `first_step * dt < t <= last_step * dt`.
///
/// ```
/// use murine::record::{Kind, Recorded, RecordedPopulation, Recording, Spike};
/// let recording = Recording {
///     dt_ms: 0.1,
///     first_step: 0,
///     last_step: 10_000,
///     populations: vec![RecordedPopulation::new("exc", 0, 80, Kind::Excitatory)],
///     spikes: vec![Spike { step: 15, neuron: 3 }],
/// };
/// assert_eq!(recording.duration_ms(), 1000.0);
/// assert_eq!(recording.time_ms(recording.spikes[0].step), 1.5);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Recording {
    /// The step of the simulation, in ms.
    pub dt_ms: f64,
    /// Where the recording begins: the last step of the warm-up, 0 without one.
    pub first_step: u64,
    /// Where it ends: the last step of the run.
    pub last_step: u64,
    /// The populations in the order in which they were declared, their numbers ascending.
    pub populations: Vec<RecordedPopulation>,
    /// The spikes, sorted by step, then by neuron.
    #[serde(skip)]
    pub spikes: Vec<Spike>,
}

/// One spike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spike {
    /// The step it is stamped with: its time is `step * dt`.
    pub step: u64,
    /// The global number of the neuron.
    pub neuron: u64,
}

/// A population as a recording knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedPopulation {
    /// Its name in the network.
    pub name: String,
    /// How many neurons it has.
    pub size: u64,
    /// The global number of its first neuron.
    pub first: u64,
    /// What its neurons do to others.
    pub kind: Kind,
    /// Which of its neurons are recorded.
    pub recorded: Recorded,
}

/// What the neurons of a population do to others; pictures colour them by it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// They excite (blue).
    #[default]
    Excitatory,
    /// They inhibit (red).
    Inhibitory,
    /// They stand for the world outside (grey).
    Source,
}

/// Which neurons of a population are recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recorded {
    /// Every neuron.
    #[default]
    All,
    /// The neurons with these indices within the population, ascending; none when empty.
    Sample(Vec<u64>),
}

impl RecordedPopulation {
    /// A population of which every neuron is recorded.
    pub fn new(name: impl Into<String>, first: u64, size: u64, kind: Kind) -> Self {
        Self { name: name.into(), size, first, kind, recorded: Recorded::All }
    }

    /// How many of its neurons are recorded.
    #[must_use]
    pub fn recorded_size(&self) -> u64 {
        match &self.recorded {
            Recorded::All => self.size,
            Recorded::Sample(indices) => indices.len() as u64,
        }
    }

    /// The index within the population of the `n`-th recorded neuron.
    #[must_use]
    pub fn recorded_index(&self, n: u64) -> Option<u64> {
        match &self.recorded {
            Recorded::All => (n < self.size).then_some(n),
            Recorded::Sample(indices) => indices.get(usize::try_from(n).ok()?).copied(),
        }
    }

    /// Whether the spikes of the neuron with this global number are recorded.
    #[must_use]
    pub fn records(&self, neuron: u64) -> bool {
        self.contains(neuron)
            && match &self.recorded {
                Recorded::All => true,
                Recorded::Sample(indices) => indices.binary_search(&(neuron - self.first)).is_ok(),
            }
    }

    /// Moves those of `these` spikes, all of one step and of this population, that are recorded to
    /// the place `kept`; returns the place after them. Takes as long as the shorter of spikes and
    /// sample: of a whole brain, few are recorded.
    fn keep(&self, spikes: &mut [Spike], these: Range<usize>, mut kept: usize) -> usize {
        match &self.recorded {
            Recorded::All => {
                let count = these.len();
                spikes.copy_within(these, kept);
                kept += count;
            }
            Recorded::Sample(indices) if indices.len() < these.len() => {
                let mut at = these.start;
                for neuron in indices.iter().map(|index| self.first + index) {
                    at += spikes[at..these.end].partition_point(|s| s.neuron < neuron);
                    while at < these.end && spikes[at].neuron == neuron {
                        spikes[kept] = spikes[at];
                        (at, kept) = (at + 1, kept + 1);
                    }
                }
            }
            Recorded::Sample(_) => {
                for at in these {
                    if self.records(spikes[at].neuron) {
                        spikes[kept] = spikes[at];
                        kept += 1;
                    }
                }
            }
        }
        kept
    }

    /// Whether the neuron with this global number belongs to the population.
    #[must_use]
    pub fn contains(&self, neuron: u64) -> bool {
        neuron >= self.first && neuron - self.first < self.size
    }
}

impl Recording {
    /// How long was recorded, in ms: `(last_step - first_step) * dt`.
    #[must_use]
    pub fn duration_ms(&self) -> f64 {
        time_at(self.last_step.saturating_sub(self.first_step), self.dt_ms)
    }

    /// The time of a step, in ms: the decimal one, 0.3 after three steps of 0.1.
    #[must_use]
    pub fn time_ms(&self, step: u64) -> f64 {
        time_at(step, self.dt_ms)
    }

    /// The position among `populations` of the one that owns a neuron.
    #[must_use]
    pub fn population_of(&self, neuron: u64) -> Option<usize> {
        let after = self.populations.partition_point(|p| p.first <= neuron);
        // Empty populations share their first number with the next one, which comes later.
        let at = after.checked_sub(1)?;
        self.populations[at].contains(neuron).then_some(at)
    }

    /// The population of this name.
    #[must_use]
    pub fn population(&self, name: &str) -> Option<&RecordedPopulation> {
        self.populations.iter().find(|p| p.name == name)
    }

    /// The spikes of one population, in time.
    pub fn spikes_of<'a>(
        &'a self,
        population: &'a RecordedPopulation,
    ) -> impl Iterator<Item = Spike> + 'a {
        self.spikes.iter().copied().filter(|s| population.contains(s.neuron))
    }

    /// The spike times of each recorded neuron of a population, in steps.
    ///
    /// Row `n` belongs to the `n`-th recorded neuron; a silent neuron has an empty row.
    #[must_use]
    pub fn trains(&self, population: &RecordedPopulation) -> Vec<Vec<u64>> {
        let mut trains =
            vec![Vec::new(); usize::try_from(population.recorded_size()).unwrap_or(usize::MAX)];
        for spike in self.spikes_of(population) {
            let index = spike.neuron - population.first;
            let row = match &population.recorded {
                Recorded::All => usize::try_from(index).ok(),
                Recorded::Sample(indices) => indices.binary_search(&index).ok(),
            };
            if let Some(train) = row.and_then(|r| trains.get_mut(r)) {
                train.push(spike.step);
            }
        }
        trains
    }

    /// Leaves out the spikes of neurons that are not recorded; they are sorted by step and neuron.
    pub fn keep_recorded(&self, spikes: &mut Vec<Spike>) {
        if self.populations.iter().all(|p| p.recorded == Recorded::All) {
            return;
        }
        let (mut at, mut kept) = (0, 0);
        while let Some(&Spike { step, .. }) = spikes.get(at) {
            let end = at + spikes[at..].partition_point(|s| s.step == step);
            for population in &self.populations {
                let after = population.first + population.size;
                let these = at..at + spikes[at..end].partition_point(|s| s.neuron < after);
                at = these.end;
                kept = population.keep(spikes, these, kept);
            }
            at = end;
        }
        spikes.truncate(kept);
    }

    /// The description alone, without the spikes.
    #[must_use]
    pub fn description(&self) -> Self {
        Self { spikes: Vec::new(), populations: self.populations.clone(), ..*self }
    }
}

/// Spikes that can be read piece by piece, as often as needed, in the order of time.
pub trait SpikeStream {
    /// What was recorded; the spikes in it, if any, are not to be used.
    fn description(&self) -> &Recording;

    /// Hands all spikes to `consume`, in pieces sorted by (step, neuron).
    ///
    /// # Errors
    /// When reading fails, and whatever `consume` returns.
    fn for_each(&self, consume: &mut dyn FnMut(&[Spike]) -> Result<()>) -> Result<()>;
}

impl SpikeStream for Recording {
    fn description(&self) -> &Recording {
        self
    }

    fn for_each(&self, consume: &mut dyn FnMut(&[Spike]) -> Result<()>) -> Result<()> {
        consume(&self.spikes)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Three populations, one of them silent and one of them sampled, and a few spikes.
    pub(crate) fn small() -> Recording {
        let mut inh = RecordedPopulation::new("inh", 10, 5, Kind::Inhibitory);
        inh.recorded = Recorded::Sample(vec![1, 3]);
        Recording {
            dt_ms: 0.1,
            first_step: 10,
            last_step: 1000,
            populations: vec![
                RecordedPopulation::new("exc", 0, 10, Kind::Excitatory),
                inh,
                RecordedPopulation::new("silent", 15, 0, Kind::Excitatory),
                RecordedPopulation::new("input", 15, 3_000_000_000, Kind::Source),
            ],
            spikes: [(11, 0), (11, 9), (12, 11), (12, 2_500_000_000), (500, 3), (1000, 13)]
                .map(|(step, neuron)| Spike { step, neuron })
                .to_vec(),
        }
    }

    #[test]
    fn neurons_are_found_in_their_population() {
        let recording = small();
        for (neuron, at) in
            [(0, Some(0)), (9, Some(0)), (10, Some(1)), (15, Some(3)), (3_000_000_015, None)]
        {
            assert_eq!(recording.population_of(neuron), at, "{neuron}");
        }
    }

    #[test]
    fn only_recorded_neurons_are_kept() {
        let recording = small();
        let mut spikes = [9, 10, 11, 12, 13].map(|neuron| Spike { step: 20, neuron }).to_vec();
        recording.keep_recorded(&mut spikes);
        assert_eq!(spikes.iter().map(|s| s.neuron).collect::<Vec<_>>(), [9, 11, 13]);
    }

    #[test]
    fn many_and_few_spikes_in_a_step_are_kept_alike() {
        let mut recording = small();
        recording.populations[3].recorded = Recorded::Sample((0..40).map(|n| n * n).collect());
        // Steps of 1 to 400 spikes, one of them twice, some of no population.
        let of_step = |step: u64| (0..step).map(move |n| Spike { step, neuron: n * 800 / step });
        let mut spikes: Vec<Spike> = [1, 3, 20, 150, 400].into_iter().flat_map(of_step).collect();
        spikes.extend([15, 15, 16, 3_000_000_015].map(|neuron| Spike { step: 401, neuron }));
        let mut expected = spikes.clone();
        expected.retain(|s| recording.populations.iter().any(|p| p.records(s.neuron)));
        recording.keep_recorded(&mut spikes);
        assert_eq!(spikes, expected);
        assert!(expected.len() > 30 && expected.last().is_some_and(|s| s.neuron == 16));
    }

    #[test]
    fn trains_have_a_row_per_recorded_neuron() {
        let recording = small();
        assert_eq!(recording.trains(&recording.populations[1]), [vec![12], vec![1000]]);
        assert_eq!(recording.trains(&recording.populations[0])[3], [500]);
    }
}
