//! Which partition owns which neurons.
//!
//! Each partition gets a contiguous share of every population, in whole blocks, so that the load
//! is even: half of the microcircuit's layer 5 is as busy as the other half.

use crate::network::Network;
use crate::neuron::BLOCK;
use crate::{Error, Result};

/// Places that a partition has: a target within it is 16 bits.
const MAX_WIDTH: usize = 65_536;

/// Neurons of one population in one partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlicePlan {
    /// The number of the population.
    pub population: usize,
    /// The first neuron within the population, a multiple of [`BLOCK`].
    pub first: u64,
    /// How many neurons.
    pub count: usize,
    /// The place of the first within the partition.
    pub offset: usize,
}

impl SlicePlan {
    /// Places it takes: whole blocks.
    #[must_use]
    pub fn padded(&self) -> usize {
        self.count.next_multiple_of(BLOCK)
    }
}

/// Where a block of a population lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Home {
    /// The partition.
    pub partition: u16,
    /// The place of the block's first neuron within it.
    pub place: u16,
}

/// Who owns which neurons.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The slices of each partition, in the order of their places.
    pub partitions: Vec<Vec<SlicePlan>>,
    /// `homes[population][block]`.
    homes: Vec<Vec<Home>>,
}

impl Plan {
    /// Deals the neurons of `network` to at least `wanted` partitions, more where the neurons
    /// would not fit.
    ///
    /// # Errors
    /// A network that would take more than 65,535 partitions.
    pub fn new(network: &Network, wanted: usize) -> Result<Self> {
        let sizes: Vec<u64> = network.populations.iter().map(|p| p.size).collect();
        let blocks: u64 = sizes.iter().map(|n| n.div_ceil(BLOCK as u64)).sum();
        let per_partition = (MAX_WIDTH / BLOCK - sizes.len().min(MAX_WIDTH / BLOCK / 2)) as u64;
        let least = blocks.div_ceil(per_partition) as usize;
        let count = wanted.max(1) * least.div_ceil(wanted.max(1)).max(1);
        if count > usize::from(u16::MAX) {
            return Err(Error::Capacity(format!(
                "{} neurons would take {count} partitions of {MAX_WIDTH}: at most 65535 are possible",
                network.size()
            )));
        }
        Ok(Self::deal(&sizes, count))
    }

    fn deal(sizes: &[u64], count: usize) -> Self {
        let mut partitions = vec![Vec::new(); count];
        let mut widths = vec![0; count];
        let mut homes = Vec::with_capacity(sizes.len());
        for (population, &size) in sizes.iter().enumerate() {
            let mut home = Vec::with_capacity(size.div_ceil(BLOCK as u64) as usize);
            for (p, blocks) in shares(size.div_ceil(BLOCK as u64), &widths).into_iter().enumerate()
            {
                if blocks == 0 {
                    continue;
                }
                let first = (home.len() * BLOCK) as u64;
                let count = (blocks * BLOCK as u64).min(size - first) as usize;
                let plan = SlicePlan { population, first, count, offset: widths[p] };
                for block in 0..blocks as usize {
                    let place = (plan.offset + block * BLOCK) as u16;
                    home.push(Home { partition: p as u16, place });
                }
                widths[p] += plan.padded();
                partitions[p].push(plan);
            }
            homes.push(home);
        }
        Self { partitions, homes }
    }

    /// The home of each block of a population.
    #[must_use]
    pub fn blocks(&self, population: usize) -> &[Home] {
        &self.homes[population]
    }

    /// The partitions that own neurons of a population, ascending.
    #[must_use]
    pub fn homes(&self, population: usize) -> Vec<u16> {
        let mut all: Vec<u16> = self.homes[population].iter().map(|h| h.partition).collect();
        all.dedup();
        all
    }
}

/// How many of `blocks` each partition gets: equal shares, and one more for those that are
/// narrowest so far.
fn shares(blocks: u64, widths: &[usize]) -> Vec<u64> {
    let count = widths.len() as u64;
    let mut shares = vec![blocks / count; widths.len()];
    let mut narrowest: Vec<usize> = (0..widths.len()).collect();
    narrowest.sort_by_key(|&p| widths[p]);
    for &p in narrowest.iter().take((blocks % count) as usize) {
        shares[p] += 1;
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_neuron_has_one_place_and_loads_are_even() {
        let sizes = [20_683, 5_834, 21_915, 5_479, 4_850, 1_065, 14_395, 2_948, 1, 64, 65];
        for count in [1, 2, 3, 5, 8, 16] {
            let plan = Plan::deal(&sizes, count);
            let mut owned = vec![0; sizes.len()];
            for slices in &plan.partitions {
                let mut place = 0;
                for slice in slices {
                    assert_eq!(slice.offset, place);
                    assert_eq!(slice.first % BLOCK as u64, 0);
                    place += slice.padded();
                    owned[slice.population] += slice.count as u64;
                }
                assert!(place <= MAX_WIDTH * 2);
            }
            assert_eq!(owned, sizes);
            let loads: Vec<usize> =
                plan.partitions.iter().map(|s| s.iter().map(SlicePlan::padded).sum()).collect();
            let (least, most) = (loads.iter().min().unwrap(), loads.iter().max().unwrap());
            assert!(most - least <= BLOCK, "{loads:?}");
        }
    }
}
