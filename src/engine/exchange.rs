//! The only thing that crosses partitions: lists of spikes.

use std::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::prefetch::{LINE, prefetch};

/// How many runs ahead of the one that is gathered are asked for.
const AHEAD: usize = 8;

/// Spikes of one population at one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// The number of the population.
    pub population: u32,
    /// How many spikes.
    pub count: u32,
    /// The step they are stamped with.
    pub step: u64,
}

/// Spikes by step and population.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpikeList {
    runs: Vec<Run>,
    neurons: Vec<u32>,
}

impl SpikeList {
    /// Forgets everything.
    pub fn clear(&mut self) {
        self.runs.clear();
        self.neurons.clear();
    }

    /// Appends the spikes of `neurons` (numbers within the population) stamped `step`.
    pub fn push(&mut self, population: usize, step: u64, neurons: &[u32]) {
        if !neurons.is_empty() {
            self.runs.push(Run {
                population: population as u32,
                count: neurons.len() as u32,
                step,
            });
            self.neurons.extend_from_slice(neurons);
        }
    }

    /// Appends all of `other`.
    pub fn append(&mut self, other: &Self) {
        self.runs.extend_from_slice(&other.runs);
        self.neurons.extend_from_slice(&other.neurons);
    }

    /// Each run with its neurons.
    pub fn iter(&self) -> impl Iterator<Item = (Run, &[u32])> + Clone {
        let mut begin = 0;
        self.runs.iter().map(move |run| {
            let end = begin + run.count as usize;
            let neurons = &self.neurons[begin..end];
            begin = end;
            (*run, neurons)
        })
    }

    /// The runs of the last step, if that is `step`.
    pub fn of_step(&self, step: u64) -> impl Iterator<Item = (Run, &[u32])> + Clone {
        let runs = self.runs.iter().rev().take_while(|r| r.step == step).count();
        let runs = &self.runs[self.runs.len() - runs..];
        let mut begin = self.neurons.len() - runs.iter().map(|r| r.count as usize).sum::<usize>();
        runs.iter().map(move |run| {
            let end = begin + run.count as usize;
            let neurons = &self.neurons[begin..end];
            begin = end;
            (*run, neurons)
        })
    }

    /// Writes the spikes of the epoch that begins at step `begin` in few `words`: for each run one
    /// for population, step and count, then the neurons. False if they do not fit in `room`.
    pub(super) fn pack(&self, begin: u64, room: usize, words: &mut Vec<u32>) -> bool {
        words.clear();
        if self.runs.len() + self.neurons.len() > room {
            return false;
        }
        for (run, neurons) in self.iter() {
            let step = u8::try_from(run.step - begin - 1);
            let (Ok(step), Ok(population)) = (step, u16::try_from(run.population)) else {
                return false;
            };
            let [low, high] = population.to_le_bytes();
            words.push(u32::from_le_bytes([low, high, step, neurons.len() as u8]));
            words.extend_from_slice(neurons);
        }
        true
    }

    /// Reads what [`SpikeList::pack`] wrote.
    pub(super) fn unpack(&mut self, begin: u64, mut words: &[u32]) {
        self.clear();
        while let Some((first, rest)) = words.split_first() {
            let [low, high, step, count] = first.to_le_bytes();
            let (neurons, later) = rest.split_at(usize::from(count));
            let population = usize::from(u16::from_le_bytes([low, high]));
            self.push(population, begin + 1 + u64::from(step), neurons);
            words = later;
        }
    }

    /// How many spikes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.neurons.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.neurons.is_empty()
    }
}

/// The spikes of all `lists` as (step, global number), ascending where each list has a range of a
/// population of its own, as partitions do: whole runs are put in order, and are in order themselves.
pub(super) fn gathered<'a>(
    lists: impl Iterator<Item = &'a SpikeList>,
    firsts: &[u64],
) -> Vec<(u64, u64)> {
    let mut runs: Vec<(u64, u64, &[u32])> = Vec::new();
    for (run, neurons) in lists.flat_map(SpikeList::iter) {
        let first = firsts[run.population as usize];
        runs.push((run.step, first, neurons));
    }
    // Each list is in order already: a sort that finds such stretches merges them.
    runs.sort_by_key(|&(step, first, neurons)| (step, first, neurons.first()));
    let mut spikes = Vec::with_capacity(runs.iter().map(|run| run.2.len()).sum());
    for (i, &(step, first, neurons)) in runs.iter().enumerate() {
        // The lists lie by partition: each run is somewhere else.
        if let Some((.., ahead)) = runs.get(i + AHEAD) {
            (0..ahead.len()).step_by(LINE).for_each(|word| prefetch(ahead, word));
        }
        spikes.extend(neurons.iter().map(|&n| (step, first + u64::from(n))));
    }
    spikes
}

/// Where each partition publishes the spikes of an epoch, unless they fit in the line with which its
/// worker arrives; those of the epoch before stay readable.
pub(super) struct Board {
    lists: Vec<[RwLock<SpikeList>; 2]>,
}

impl Board {
    pub(super) fn new(partitions: usize) -> Self {
        Self { lists: (0..partitions).map(|_| Default::default()).collect() }
    }

    pub(super) fn write(&self, partition: usize, epoch: u64) -> RwLockWriteGuard<'_, SpikeList> {
        let list = &self.lists[partition][(epoch & 1) as usize];
        list.write().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Notes in `spoke` which partitions have published spikes in an epoch: where there are many
    /// partitions, most lists that one would ask another for are empty.
    pub(super) fn ask(&self, epoch: u64, spoke: &mut Vec<bool>) {
        spoke.clear();
        spoke
            .extend((0..self.lists.len()).map(|partition| !self.read(partition, epoch).is_empty()));
    }

    pub(super) fn read(&self, partition: usize, epoch: u64) -> RwLockReadGuard<'_, SpikeList> {
        let list = &self.lists[partition][(epoch & 1) as usize];
        list.read().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// A synapse as it was built, in global numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Synapse {
    /// The source.
    pub source: u64,
    /// The target.
    pub target: u64,
    /// Delay in steps.
    pub delay: u16,
    /// The number of the target's receptor.
    pub input: u8,
    /// Weight in counts.
    pub counts: i32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_spikes_fit_in_few_words() {
        let mut list = SpikeList::default();
        list.push(3, 101, &[u32::MAX, 0]);
        list.push(65_535, 101, &[7]);
        list.push(3, 356, &[1, 2, 3]);
        let (mut words, mut again) = (Vec::new(), SpikeList::default());
        assert!(list.pack(100, 9, &mut words));
        again.push(1, 1, &[1]);
        again.unpack(100, &words);
        assert_eq!(again, list);
        assert!(!list.pack(100, 8, &mut words), "no room");
        list.push(65_536, 356, &[1]);
        assert!(!list.pack(100, 90, &mut words), "too many populations");
    }

    #[test]
    fn spikes_are_gathered_in_order() {
        let mut lists = [SpikeList::default(), SpikeList::default()];
        for step in [7, 8] {
            lists[1].push(0, step, &[0, 3]);
            lists[1].push(1, step, &[5]);
            lists[0].push(0, step, &[64, 70]);
            lists[0].push(1, step, &[66]);
        }
        let spikes = gathered(lists.iter(), &[0, 100, 200]);
        let of = |step: u64| [0, 3, 64, 70, 105, 166].map(|neuron| (step, neuron));
        assert_eq!(spikes, [of(7), of(8)].concat());
    }
}
