//! How often neurons spike.

use crate::record::{RecordedPopulation, Recording};

/// The spikes of each population.
#[must_use]
pub fn spike_counts(recording: &Recording) -> Vec<u64> {
    let mut counts = vec![0; recording.populations.len()];
    for spike in &recording.spikes {
        if let Some(n) = recording.population_of(spike.neuron) {
            counts[n] += 1;
        }
    }
    counts
}

/// The mean rate of a population's recorded neurons, in spikes/s:
///
/// `r = spikes / (recorded neurons * duration)`
///
/// `None` when no neuron or no time was recorded.
#[must_use]
pub fn mean_rate_hz(recording: &Recording, population: &RecordedPopulation) -> Option<f64> {
    let seconds = recording.duration_ms() * 1e-3;
    let neurons = population.recorded_size();
    let spikes = recording.spikes_of(population).count();
    (neurons > 0 && seconds > 0.0).then(|| spikes as f64 / (neurons as f64 * seconds))
}

/// The activity of a population over time.
#[derive(Clone, Debug, PartialEq)]
pub struct BinnedRate {
    /// Where the first bin begins, in ms.
    pub first_ms: f64,
    /// The width of a bin, in ms.
    pub bin_ms: f64,
    /// The neurons that the counts are of.
    pub neurons: u64,
    /// The spikes in each bin.
    pub counts: Vec<u64>,
}

impl BinnedRate {
    /// The rate in each bin, in spikes/s per neuron: `count / (neurons * bin)`.
    pub fn rates_hz(&self) -> impl Iterator<Item = f64> + '_ {
        let scale = 1e3 / (self.neurons.max(1) as f64 * self.bin_ms);
        self.counts.iter().map(move |&count| count as f64 * scale)
    }
}

/// Counts the spikes of a population in bins of `bin_ms`, rounded to whole steps.
///
/// Bin `b` covers the times `first + b * bin < t <= first + (b + 1) * bin`. An incomplete bin
/// at the end is left out, because its rate would be too low.
#[must_use]
pub fn binned_rate(
    recording: &Recording,
    population: &RecordedPopulation,
    bin_ms: f64,
) -> BinnedRate {
    let steps = ((bin_ms / recording.dt_ms).round() as u64).max(1);
    let bins = recording.last_step.saturating_sub(recording.first_step) / steps;
    let mut counts = vec![0; usize::try_from(bins).unwrap_or(0)];
    for spike in recording.spikes_of(population) {
        let bin = spike.step.saturating_sub(recording.first_step + 1) / steps;
        if let Some(count) = usize::try_from(bin).ok().and_then(|b| counts.get_mut(b)) {
            *count += 1;
        }
    }
    BinnedRate {
        first_ms: recording.time_ms(recording.first_step),
        bin_ms: recording.time_ms(steps),
        neurons: population.recorded_size(),
        counts,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::record::{Kind, Recorded, Spike};

    /// A recording at 0.1 ms from the spike steps of each neuron of one population.
    pub(crate) fn recording(trains: &[Vec<u64>], last_step: u64) -> Recording {
        let spikes = trains
            .iter()
            .zip(0..)
            .flat_map(|(t, neuron)| t.iter().map(move |&step| Spike { step, neuron }));
        let mut spikes: Vec<_> = spikes.collect();
        spikes.sort_unstable();
        let populations =
            vec![RecordedPopulation::new("exc", 0, trains.len() as u64, Kind::Excitatory)];
        Recording { dt_ms: 0.1, first_step: 0, last_step, populations, spikes }
    }

    /// A uniform number in (0, 1) for each call: `splitmix64`, enough for a test.
    pub(crate) fn uniform(state: &mut u64) -> f64 {
        *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = *state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64 + f64::EPSILON / 4.0
    }

    /// Poisson trains of a mean interval in steps.
    pub(crate) fn poisson(neurons: usize, mean_steps: f64, last_step: u64) -> Vec<Vec<u64>> {
        let mut state = 7;
        let mut train = || {
            let (mut time, mut steps) = (0.0, Vec::new());
            loop {
                time -= uniform(&mut state).ln() * mean_steps;
                if time >= last_step as f64 {
                    return steps;
                }
                steps.push(time as u64 + 1);
            }
        };
        (0..neurons).map(|_| train()).collect()
    }

    #[test]
    fn the_mean_counts_recorded_neurons_only() {
        let mut recording = recording(&[vec![10, 20], vec![], vec![5000], vec![]], 10_000);
        let rate = mean_rate_hz(&recording, &recording.populations[0]).unwrap();
        assert!((rate - 0.75).abs() < 1e-12);
        recording.populations[0].recorded = Recorded::Sample(vec![0, 2]);
        let rate = mean_rate_hz(&recording, &recording.populations[0]).unwrap();
        assert!((rate - 1.5).abs() < 1e-12);
        recording.populations[0].recorded = Recorded::Sample(vec![]);
        assert_eq!(mean_rate_hz(&recording, &recording.populations[0]), None);
    }

    #[test]
    fn bins_are_open_below_and_closed_above() {
        let recording = recording(&[vec![1, 50, 51, 100, 101, 120]], 120);
        let rate = binned_rate(&recording, &recording.populations[0], 5.0);
        assert_eq!(rate.counts, [2, 2], "the bin of 2 ms at the end is incomplete");
        assert!(rate.rates_hz().all(|r| (r - 400.0).abs() < 1e-9));
    }
}
