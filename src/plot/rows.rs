//! Which neurons get a row of a raster.

use crate::record::{Recorded, RecordedPopulation};

/// Of a raster's rows, the share that even the smallest population gets: enough for its band
/// to be seen.
const LEAST_SHARE: usize = 70;

/// The rows of one population, one below the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Band {
    /// Index of each shown neuron within the population, ascending.
    pub neurons: Vec<u64>,
    /// Rows of the band; more than `neurons` only where a population has hardly any.
    pub rows: usize,
}

impl Band {
    /// The row of a neuron, given by its index within the population.
    pub(super) fn row(&self, index: u64) -> Option<usize> {
        self.neurons.binary_search(&index).ok()
    }
}

/// Deals `most` rows to the populations in proportion to their recorded neurons.
///
/// All neurons are shown where they fit; else every population shows an even sample of its
/// own, and none less than a seventieth of the rows. A population without recorded neurons
/// keeps a band, too.
pub(super) fn bands(populations: &[&RecordedPopulation], most: usize) -> Vec<Band> {
    let total: u64 = populations.iter().map(|p| p.recorded_size()).sum();
    let most = most.max(1);
    let least = (total.min(most as u64) as usize).div_ceil(LEAST_SHARE).max(1);
    let share = |p: &&RecordedPopulation| {
        let size = p.recorded_size();
        let fitting =
            u64::try_from(u128::from(size) * most as u128 / u128::from(total.max(1))).unwrap_or(0);
        let shown = if total <= most as u64 { size } else { size.min(fitting.max(least as u64)) };
        let neurons: Vec<u64> =
            (0..shown).filter_map(|n| p.recorded_index(spread(n, shown, size))).collect();
        Band { rows: neurons.len().max(least), neurons }
    };
    populations.iter().map(share).collect()
}

/// The `n`-th of `shown` places spread evenly over `size`.
fn spread(n: u64, shown: u64, size: u64) -> u64 {
    u64::try_from(u128::from(n) * u128::from(size) / u128::from(shown.max(1))).unwrap_or(0)
}

/// What a caption says about a sample: "1,000 of 77,169 neurons".
pub(super) fn sample_caption(populations: &[&RecordedPopulation], bands: &[Band]) -> String {
    let shown: usize = bands.iter().map(|b| b.neurons.len()).sum();
    let total: u64 = populations.iter().map(|p| p.size).sum();
    let recorded = populations.iter().any(|p| matches!(p.recorded, Recorded::Sample(_)));
    match shown as u64 == total {
        true => format!("{} neuron{}", grouped(total), if total == 1 { "" } else { "s" }),
        false if recorded => {
            format!("{} of {} neurons recorded and shown", grouped(shown as u64), grouped(total))
        }
        false => format!("{} of {} neurons shown", grouped(shown as u64), grouped(total)),
    }
}

/// A number with commas between thousands.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy);
    groups.collect::<Vec<_>>().join(",")
}

/// Moves labels apart: places of at least `gap` from one to the next, within `0..=end`, each
/// as near as possible to where it should be. `wanted` ascends.
pub(super) fn apart(wanted: &[i32], gap: i32, end: i32) -> Vec<i32> {
    let mut places = wanted.to_vec();
    for n in 1..places.len() {
        places[n] = places[n].max(places[n - 1] + gap);
    }
    let mut limit = end;
    for place in places.iter_mut().rev() {
        *place = (*place).min(limit);
        limit = *place - gap;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Kind;

    fn populations(sizes: &[u64]) -> Vec<RecordedPopulation> {
        sizes.iter().map(|&n| RecordedPopulation::new("p", 0, n, Kind::Excitatory)).collect()
    }

    #[test]
    fn small_networks_are_shown_whole() {
        let populations = populations(&[30, 0]);
        let bands = bands(&populations.iter().collect::<Vec<_>>(), 1000);
        assert_eq!(bands[0].neurons, (0..30).collect::<Vec<_>>());
        assert_eq!((bands[1].neurons.len(), bands[1].rows), (0, 1));
    }

    #[test]
    fn large_ones_are_sampled_in_proportion() {
        let populations = populations(&[80_000_000_000, 20_000_000_000, 7]);
        let bands = bands(&populations.iter().collect::<Vec<_>>(), 1000);
        assert_eq!(bands.iter().map(|b| b.neurons.len()).collect::<Vec<_>>(), [799, 199, 7]);
        assert_eq!(bands[2].rows, 15);
        assert!(bands[0].neurons.is_sorted_by(|a, b| a < b) && bands[0].row(0) == Some(0));
        assert!(
            sample_caption(&populations.iter().collect::<Vec<_>>(), &bands)
                .starts_with("1,005 of 100,000,000,007")
        );
    }

    #[test]
    fn labels_do_not_overlap() {
        assert_eq!(apart(&[0, 1, 2, 50], 10, 52), [0, 10, 20, 50]);
        assert_eq!(apart(&[48, 49, 50], 10, 52), [32, 42, 52]);
    }
}
