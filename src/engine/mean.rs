//! Means over a population: partitions add up, and their sums are put together.
//!
//! The sums are integers, as the inbox is, so that a mean does not depend on partitions.

use super::Sample;

/// What the neurons of a slice add to a mean.
#[derive(Clone, Copy, Debug)]
pub(super) struct Share {
    pub(super) step: u64,
    pub(super) probe: usize,
    /// The sum over the neurons, as [`Slice::total`](crate::neuron::Slice::total) counts.
    pub(super) total: Option<i128>,
    /// Of how many neurons.
    pub(super) neurons: u64,
}

/// The means that `shares` of all partitions add up to: not a number where there is no sum.
pub(super) fn means(mut shares: Vec<Share>) -> impl Iterator<Item = Sample> {
    let key = |s: &Share| (s.step, s.probe);
    shares.sort_unstable_by_key(key);
    let mut means: Vec<Sample> = Vec::new();
    for same in shares.chunk_by(|a, b| key(a) == key(b)) {
        let total: Option<i128> = same.iter().map(|s| s.total).sum();
        let neurons: u64 = same.iter().map(|s| s.neurons).sum();
        let of_parts = |total| total as f64 / (neurons as f64 * crate::neuron::PARTS);
        let value = total.map_or(f64::NAN, of_parts);
        means.push(Sample { step: same[0].step, probe: same[0].probe, value });
    }
    means.into_iter()
}
