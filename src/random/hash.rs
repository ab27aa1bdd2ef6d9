//! One number that stands for a whole run.

use super::philox::mix;

/// A 64-bit hash of a spike: the step it is stamped with and the global number of its neuron.
///
/// The hash of a run is the wrapping sum of this over all its spikes. A sum has no order, so the
/// spikes can be hashed by any number of threads and in any cut of the run; that it is a sum, not
/// an exclusive or, lets a spike that occurs twice count twice.
///
/// ```
/// use murine::random::spike_hash;
/// let hash = |spikes: &[(u64, u64)]| {
///     spikes.iter().fold(0u64, |sum, &(step, neuron)| sum.wrapping_add(spike_hash(step, neuron)))
/// };
/// assert_eq!(hash(&[(1, 7), (2, 5)]), hash(&[(2, 5), (1, 7)]));
/// assert_ne!(hash(&[(1, 7), (2, 5)]), hash(&[(1, 5), (2, 7)]));
/// ```
#[must_use]
pub fn spike_hash(step: u64, neuron: u64) -> u64 {
    mix(mix(step) ^ neuron)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbouring_spikes_differ_in_half_of_the_bits() {
        let mut flipped = 0;
        for i in 0..1000 {
            flipped += (spike_hash(i, 3) ^ spike_hash(i + 1, 3)).count_ones();
            flipped += (spike_hash(3, i) ^ spike_hash(3, i + 1)).count_ones();
        }
        let mean = f64::from(flipped) / 2000.0;
        assert!((mean - 32.0).abs() < 0.5, "{mean}");
    }

    #[test]
    fn step_and_neuron_do_not_mix() {
        let mut seen = std::collections::HashSet::new();
        for step in 0..300 {
            for neuron in 0..300 {
                assert!(seen.insert(spike_hash(step, neuron)), "{step} {neuron}");
            }
        }
    }

    /// Summaries of finished runs hold these numbers: they may not change.
    #[test]
    fn known_answers() {
        assert_eq!(spike_hash(0, 0), 0xa706_dd2f_4d19_7e6f);
        assert_eq!(spike_hash(1, 2), 0xbcd9_dbb4_9673_066b);
    }
}
