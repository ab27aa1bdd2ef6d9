//! Whether neurons spike together.

use super::rates::binned_rate;
use crate::record::{RecordedPopulation, Recording};

/// The Fano factor of a count, dimensionless: `F = variance / mean` (variance divided by n).
///
/// 1 for independent Poisson neurons; about the number of neurons when all spike together.
/// `None` when nothing was counted.
#[must_use]
pub fn fano_factor(counts: &[u64]) -> Option<f64> {
    let (mean, variance) = moments(counts);
    (mean > 0.0).then(|| variance / mean)
}

/// The synchrony of a population, dimensionless:
///
/// `S = var(n) / var(n')`
///
/// where `n` is the number of its spikes in bins of `bin_ms`, and `n'` the same after every
/// neuron's train was turned by a lag of its own, which keeps rates and intervals and destroys
/// whatever the neurons have in common. 1 for independent neurons. The lags are the same in
/// every call.
///
/// `None` when the turned trains do not vary: then there is nothing to compare with.
#[must_use]
pub fn synchrony(recording: &Recording, population: &RecordedPopulation, bin_ms: f64) -> Option<f64> {
    let (_, together) = moments(&binned_rate(recording, population, bin_ms).counts);
    let turned = turned(recording, population);
    let (_, alone) = moments(&binned_rate(&turned, population, bin_ms).counts);
    (alone > 0.0).then(|| together / alone)
}

/// The recording with every neuron's spikes moved by a lag of its own, around the end.
fn turned(recording: &Recording, population: &RecordedPopulation) -> Recording {
    let length = recording.last_step.saturating_sub(recording.first_step).max(1);
    let begin = recording.first_step + 1;
    let turn = |mut spike: crate::record::Spike| {
        let lag = scramble(spike.neuron) % length;
        spike.step = begin + (spike.step.saturating_sub(begin) + lag) % length;
        spike
    };
    Recording { spikes: recording.spikes_of(population).map(turn).collect(), ..recording.description() }
}

/// A number that looks random for each neuron: the finaliser of `splitmix64` (Steele et al.
/// 2014, doi:10.1145/2660193.2660195).
fn scramble(neuron: u64) -> u64 {
    let mut z = neuron.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Mean and variance.
fn moments(counts: &[u64]) -> (f64, f64) {
    let n = counts.len().max(1) as f64;
    let mean = counts.iter().sum::<u64>() as f64 / n;
    let variance = counts.iter().map(|&c| (c as f64 - mean).powi(2)).sum::<f64>() / n;
    (mean, variance)
}

#[cfg(test)]
mod tests {
    use super::super::rates::tests::{poisson, recording};
    use super::*;

    #[test]
    fn independent_neurons_are_not_synchronous() {
        let recording = recording(&poisson(200, 500.0, 400_000), 400_000);
        let population = &recording.populations[0];
        let synchrony = synchrony(&recording, population, 3.0).unwrap();
        assert!((synchrony - 1.0).abs() < 0.05, "{synchrony}");
        let fano = fano_factor(&binned_rate(&recording, population, 3.0).counts).unwrap();
        assert!((fano - 1.0).abs() < 0.05, "{fano}");
    }

    #[test]
    fn neurons_that_share_a_train_are() {
        let train = poisson(1, 500.0, 400_000).remove(0);
        let recording = recording(&vec![train; 100], 400_000);
        let population = &recording.populations[0];
        // The count is 100 times that of one: its variance is 100 times that of 100 alone.
        let synchrony = synchrony(&recording, population, 3.0).unwrap();
        assert!((synchrony / 100.0 - 1.0).abs() < 0.2, "{synchrony}");
        let fano = fano_factor(&binned_rate(&recording, population, 3.0).counts).unwrap();
        assert!((fano / 100.0 - 1.0).abs() < 0.1, "{fano}");
    }

    #[test]
    fn silence_has_no_synchrony() {
        let recording = recording(&[vec![], vec![]], 1000);
        assert_eq!(synchrony(&recording, &recording.populations[0], 3.0), None);
        assert_eq!(fano_factor(&[0, 0]), None);
    }
}
