//! Intervals between spikes, and how irregular they are.

use crate::record::{RecordedPopulation, Recording};

/// The fewest intervals from which a neuron's irregularity is estimated; with fewer, the
/// estimate says more about chance than about the neuron.
const FEWEST_INTERVALS: usize = 5;

/// All intervals between successive spikes of the same neuron, in ms, neuron by neuron.
#[must_use]
pub fn intervals_ms(recording: &Recording, population: &RecordedPopulation) -> Vec<f64> {
    let trains = recording.trains(population);
    let intervals = trains.iter().flat_map(|t| t.windows(2)).map(|w| recording.time_ms(w[1] - w[0]));
    intervals.collect()
}

/// The coefficient of variation of one neuron's intervals, dimensionless:
///
/// `CV = sd(interval) / mean(interval)`, with the standard deviation of the population
/// (divided by n). 0 for a clock, 1 for a Poisson process.
///
/// `None` with fewer than 5 intervals. The times may be in any unit.
#[must_use]
pub fn cv_isi(spike_times: &[u64]) -> Option<f64> {
    let intervals = || spike_times.windows(2).map(|w| (w[1] - w[0]) as f64);
    let count = spike_times.len().saturating_sub(1);
    if count < FEWEST_INTERVALS {
        return None;
    }
    let mean = intervals().sum::<f64>() / count as f64;
    let variance = intervals().map(|x| (x - mean).powi(2)).sum::<f64>() / count as f64;
    (mean > 0.0).then(|| variance.sqrt() / mean)
}

/// The mean of [`cv_isi`] over the neurons of a population that have at least 5 intervals;
/// `None` when there are none.
#[must_use]
pub fn mean_cv_isi(recording: &Recording, population: &RecordedPopulation) -> Option<f64> {
    let trains = recording.trains(population);
    let cvs: Vec<f64> = trains.iter().filter_map(|t| cv_isi(t)).collect();
    (!cvs.is_empty()).then(|| cvs.iter().sum::<f64>() / cvs.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::super::rates::tests::{poisson, recording};
    use super::*;

    #[test]
    fn a_clock_has_none_and_few_spikes_say_nothing() {
        let clock: Vec<u64> = (0..6).map(|n| n * 100).collect();
        assert_eq!(cv_isi(&clock), Some(0.0));
        assert_eq!(cv_isi(&clock[..5]), None);
        assert_eq!(cv_isi(&[]), None);
        // Intervals 1, 3, 1, 3, 1, 3: mean 2, deviation 1.
        assert_eq!(cv_isi(&[0, 1, 4, 5, 8, 9, 12]), Some(0.5));
        let recording = recording(&[clock, vec![3]], 1000);
        assert_eq!(mean_cv_isi(&recording, &recording.populations[0]), Some(0.0));
        assert_eq!(intervals_ms(&recording, &recording.populations[0]), [10.0; 5]);
    }

    #[test]
    fn a_poisson_process_has_one() {
        let recording = recording(&poisson(100, 500.0, 1_000_000), 1_000_000);
        let cv = mean_cv_isi(&recording, &recording.populations[0]).unwrap();
        assert!((cv - 1.0).abs() < 0.01, "{cv}");
    }
}
