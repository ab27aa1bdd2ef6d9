//! Numbers about spikes that are computed as they come, in memory that does not grow with time.

use super::{RecordedPopulation, Spike};
use crate::random::spike_hash;

/// Neurons per population whose intervals are followed: of larger ones an even sample. The mean
/// CV of so many is known to 0.3 % even if those of single neurons scatter by their mean, and they take
/// 2.4 MB.
const FOLLOWED: u64 = 100_000;

/// The fewest intervals from which a neuron's irregularity is estimated, as in
/// [`analysis`](crate::analysis).
const FEWEST_INTERVALS: u32 = 5;

/// Counts, hash and irregularity of the spikes of a run.
#[derive(Clone, Debug)]
pub struct Statistics {
    populations: Vec<Population>,
    hash: u64,
}

#[derive(Clone, Debug)]
struct Population {
    first: u64,
    size: u64,
    spikes: u64,
    /// Every so many neurons are followed.
    stride: u32,
    trains: Vec<Train>,
}

/// What is kept of a neuron's spike train. Steps are kept modulo 2^32: no interval is as long.
#[derive(Clone, Copy, Debug, Default)]
struct Train {
    spikes: u32,
    last: u32,
    /// Sum of the intervals, in steps.
    sum: u64,
    /// Sum of their squares.
    squares: u64,
}

impl Statistics {
    /// No spikes so far of these populations.
    #[must_use]
    pub fn new(populations: &[RecordedPopulation]) -> Self {
        let population = |p: &RecordedPopulation| {
            let stride = p.size.div_ceil(FOLLOWED).max(1);
            Population {
                first: p.first,
                size: p.size,
                spikes: 0,
                stride: stride as u32,
                trains: vec![Train::default(); p.size.div_ceil(stride) as usize],
            }
        };
        Self { populations: populations.iter().map(population).collect(), hash: 0 }
    }

    /// Spikes of the warm-up: they only count for the hash.
    pub fn warm_up(&mut self, spikes: &[Spike]) {
        for spike in spikes {
            self.hash = self.hash.wrapping_add(spike_hash(spike.step, spike.neuron));
        }
    }

    /// Spikes, sorted by step and neuron.
    pub fn add(&mut self, spikes: &[Spike]) {
        self.warm_up(spikes);
        for mut rest in spikes.chunk_by(|a, b| a.step == b.step) {
            for population in &mut self.populations {
                let end = population.first + population.size;
                let these;
                (these, rest) = rest.split_at(rest.partition_point(|s| s.neuron < end));
                population.add(these);
            }
        }
    }

    /// The 64-bit wrapping sum of [`spike_hash`] over all spikes, warm-up included.
    #[must_use]
    pub fn hash(&self) -> u64 {
        self.hash
    }

    /// How many spikes a population had, given by its position.
    #[must_use]
    pub fn spikes(&self, population: usize) -> u64 {
        self.populations[population].spikes
    }

    /// How many of a population's neurons are followed for its irregularity.
    #[must_use]
    pub fn followed(&self, population: usize) -> u64 {
        self.populations[population].trains.len() as u64
    }

    /// The mean coefficient of variation of the intervals, over the followed neurons of a
    /// population that have at least 5; `None` when there are none.
    #[must_use]
    pub fn cv_isi(&self, population: usize) -> Option<f64> {
        let cvs = || self.populations[population].trains.iter().filter_map(Train::cv);
        let count = cvs().count();
        (count > 0).then(|| cvs().sum::<f64>() / count as f64)
    }

    /// Bytes that following the neurons of a population of this size takes.
    #[must_use]
    pub fn bytes(size: u64) -> u64 {
        size.div_ceil(size.div_ceil(FOLLOWED).max(1)) * size_of::<Train>() as u64
    }
}

impl Population {
    /// Spikes of this population.
    fn add(&mut self, spikes: &[Spike]) {
        self.spikes += spikes.len() as u64;
        for spike in spikes {
            // 32 bits, as all numbers within a population.
            let index = (spike.neuron - self.first) as u32;
            if index.is_multiple_of(self.stride) {
                self.trains[(index / self.stride) as usize].add(spike.step as u32);
            }
        }
    }
}

impl Train {
    fn add(&mut self, step: u32) {
        if self.spikes > 0 {
            let interval = u64::from(step.wrapping_sub(self.last));
            self.sum += interval;
            self.squares = self.squares.saturating_add(interval * interval);
        }
        self.last = step;
        self.spikes = self.spikes.saturating_add(1);
    }

    /// `sd / mean` of the intervals. The variance is a difference of nearly equal numbers for a
    /// clock, so it is formed of integers.
    fn cv(&self) -> Option<f64> {
        let count = self.spikes.checked_sub(1).filter(|n| *n >= FEWEST_INTERVALS)?;
        let (sum, squares) = (u128::from(self.sum), u128::from(self.squares));
        let spread = (u128::from(count) * squares).saturating_sub(sum * sum);
        (sum > 0).then(|| (spread as f64).sqrt() / sum as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Kind, Recording};

    fn population(size: u64) -> RecordedPopulation {
        RecordedPopulation::new("exc", 10, size, Kind::Excitatory)
    }

    #[test]
    fn irregularity_is_that_of_the_intervals() {
        let populations = [population(3), RecordedPopulation::new("inh", 13, 1, Kind::Inhibitory)];
        let mut statistics = Statistics::new(&populations);
        // Intervals 1, 3, 1, 3, 1, 3: mean 2, deviation 1; a clock; and one with too few.
        for step in 1..=13 {
            let pattern = [1, 2, 5, 6, 9, 10, 13].contains(&step).then_some(10);
            let clock = (step % 2 == 1).then_some(11);
            let few = (step > 8).then_some(13);
            let neurons = [pattern, clock, few.filter(|_| step < 12)];
            let spikes: Vec<_> =
                neurons.into_iter().flatten().map(|neuron| Spike { step, neuron }).collect();
            statistics.add(&spikes);
        }
        assert_eq!([statistics.spikes(0), statistics.spikes(1)], [14, 3]);
        assert_eq!(statistics.cv_isi(0), Some(0.25));
        assert_eq!(statistics.cv_isi(1), None);
    }

    #[test]
    fn the_same_as_from_a_recording() {
        let mut state = 1u64;
        let spikes: Vec<Spike> = (1..20_000)
            .filter_map(|step| {
                state = crate::random::spike_hash(state, step);
                state.is_multiple_of(3).then_some(Spike { step, neuron: 10 + state % 50 })
            })
            .collect();
        let recording = Recording {
            dt_ms: 0.1,
            last_step: 20_000,
            populations: vec![population(50)],
            spikes,
            ..Recording::default()
        };
        let mut statistics = Statistics::new(&recording.populations);
        recording.spikes.chunks(77).for_each(|piece| statistics.add(piece));
        let trains = recording.trains(&recording.populations[0]);
        let cv = |t: &Vec<u64>| {
            let isi: Vec<f64> = t.windows(2).map(|w| (w[1] - w[0]) as f64).collect();
            let mean = isi.iter().sum::<f64>() / isi.len() as f64;
            (isi.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / isi.len() as f64).sqrt() / mean
        };
        let mean = trains.iter().map(cv).sum::<f64>() / 50.0;
        assert!((statistics.cv_isi(0).unwrap() - mean).abs() < 1e-12);
    }

    #[test]
    fn large_populations_are_sampled_and_the_warm_up_only_hashed() {
        let mut statistics = Statistics::new(&[population(1_000_001)]);
        assert_eq!(statistics.followed(0), 90_910);
        assert_eq!(Statistics::bytes(1_000_001), 90_910 * 24);
        let spikes = [Spike { step: 1, neuron: 10 }, Spike { step: 1, neuron: 1_000_010 }];
        statistics.warm_up(&spikes);
        let hash = spike_hash(1, 10).wrapping_add(spike_hash(1, 1_000_010));
        assert_eq!((statistics.spikes(0), statistics.hash()), (0, hash));
        statistics.add(&spikes);
        assert_eq!(statistics.spikes(0), 2);
    }
}
