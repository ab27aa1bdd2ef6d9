//! Which partition owns which neurons.
//!
//! Each partition gets a contiguous share of every population, in whole blocks, so that the load
//! is even: half of the microcircuit's layer 5 is as busy as the other half. Where there are modules,
//! a partition is a module (or some neighbouring ones, if they are small): what happens within it
//! stays within it.

use crate::network::Network;
use crate::neuron::BLOCK;
use crate::{Error, Result};

/// Places that a partition has: a target within it is 16 bits.
const MAX_WIDTH: usize = 65_536;

/// Neurons in a partition below which it costs more than it does.
const WORTH_A_PARTITION: u64 = 8192;

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
    /// Deals the neurons of `network` to at least `wanted` partitions: more where the neurons
    /// would not fit, fewer where some would have no block of neurons.
    ///
    /// # Errors
    /// Modules that cannot be, or more than 65,535 partitions.
    pub fn new(network: &Network, wanted: usize) -> Result<Self> {
        network.validate_modules()?;
        let sizes: Vec<u64> = network.populations.iter().map(|p| p.size).collect();
        if let Some(together) = together(&sizes, network.modules, wanted as u64) {
            return Self::by_module(&sizes, network.modules, together);
        }
        let blocks: u64 = sizes.iter().map(|n| n.div_ceil(BLOCK as u64)).sum();
        let per_partition = (MAX_WIDTH / BLOCK - sizes.len().min(MAX_WIDTH / BLOCK / 2)) as u64;
        let least = blocks.div_ceil(per_partition) as usize;
        let wanted = (wanted as u64).min(blocks).max(1) as usize;
        let count = wanted * least.div_ceil(wanted).max(1);
        check_count(count as u64)?;
        Ok(Self::deal(&sizes, count))
    }

    /// Partitions of so many neighbouring modules.
    fn by_module(sizes: &[u64], modules: u64, together: u64) -> Result<Self> {
        let count = modules.div_ceil(together);
        check_count(count)?;
        Ok(Self::cut(sizes, count as usize, |size, _| {
            let each = together * (size / modules);
            (0..count).map(|p| each.min(size - p * each).div_ceil(BLOCK as u64)).collect()
        }))
    }

    fn deal(sizes: &[u64], count: usize) -> Self {
        Self::cut(sizes, count, |size, widths| shares(size.div_ceil(BLOCK as u64), widths))
    }

    /// Cuts each population as `shares` says: how many blocks each partition gets of so many
    /// neurons, given the widths of the partitions so far.
    fn cut(sizes: &[u64], count: usize, shares: impl Fn(u64, &[usize]) -> Vec<u64>) -> Self {
        let mut partitions = vec![Vec::new(); count];
        let mut widths = vec![0; count];
        let mut homes = Vec::with_capacity(sizes.len());
        for (population, &size) in sizes.iter().enumerate() {
            let mut home = Vec::with_capacity(size.div_ceil(BLOCK as u64) as usize);
            for (p, blocks) in shares(size, &widths).into_iter().enumerate() {
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

    /// The homes of the blocks in which `count` neurons of a population from `first` on lie.
    #[must_use]
    pub fn blocks_of(&self, population: usize, first: u64, count: u64) -> &[Home] {
        let block = BLOCK as u64;
        let blocks = (first / block) as usize..(first + count).div_ceil(block) as usize;
        &self.homes[population][blocks]
    }

    /// The partitions that own some of them, ascending.
    #[must_use]
    pub fn homes_of(&self, population: usize, first: u64, count: u64) -> Vec<u16> {
        let blocks = self.blocks_of(population, first, count);
        let mut all: Vec<u16> = blocks.iter().map(|h| h.partition).collect();
        all.dedup();
        all
    }

    /// The partitions that own neurons of some populations, ascending.
    #[must_use]
    pub fn homes(&self, populations: impl Iterator<Item = usize>) -> Vec<u16> {
        let of_each = populations.map(|population| {
            let mut all: Vec<u16> = self.homes[population].iter().map(|h| h.partition).collect();
            all.dedup();
            all
        });
        let mut all = of_each.reduce(|a, b| [a, b].concat()).unwrap_or_default();
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// Refuses more partitions than there can be.
fn check_count(count: u64) -> Result<()> {
    if u16::try_from(count).is_ok() {
        return Ok(());
    }
    Err(Error::Capacity(format!(
        "the network would take {count} partitions of at most {MAX_WIDTH} neurons: at most 65535 are possible; use fewer threads or fewer neurons"
    )))
}

/// How many modules make a partition, if whole blocks do: enough that its steps are worth more
/// than going from one to the next, but few enough that there is one for each of `wanted` workers.
fn together(sizes: &[u64], modules: u64, wanted: u64) -> Option<u64> {
    let block = BLOCK as u64;
    // The fewest modules whose neurons are whole blocks.
    let least = sizes.iter().map(|size| {
        let rest = (size / modules) % block;
        if rest == 0 { 1 } else { 1 << (6 - rest.trailing_zeros()) }
    });
    let least: u64 = least.max()?;
    let width = sizes.iter().map(|size| least * (size / modules)).sum::<u64>();
    if modules < 2 || width > MAX_WIDTH as u64 {
        return None;
    }
    let groups = modules.div_ceil(least);
    let several = (WORTH_A_PARTITION / width).min(groups / wanted.max(1)).max(1);
    // Where there would be too many partitions, they are wider.
    let several = several.max(groups.div_ceil(u64::from(u16::MAX)));
    (groups >= wanted && several * width <= MAX_WIDTH as u64).then_some(least * several)
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
    fn a_module_is_a_partition_where_whole_blocks_allow_it() {
        let sizes = |e: u64, i: u64, modules: u64| [e * modules, i * modules];
        assert_eq!(together(&sizes(52_416, 13_120, 1832), 1832, 2), Some(1));
        assert_eq!(together(&sizes(800, 200, 100), 100, 2), Some(8), "whole blocks");
        assert_eq!(together(&sizes(64, 64, 4096), 4096, 2), Some(64), "not too small");
        assert_eq!(together(&sizes(64, 64, 64), 64, 8), Some(8), "one for each worker");
        assert_eq!(together(&sizes(52_417, 13_120, 100), 100, 2), None);
        assert_eq!(together(&sizes(64, 64, 1), 1, 1), None);
        assert_eq!(together(&sizes(6400, 1856, 100_000), 100_000, 2), Some(2), "not too many");
        assert_eq!(together(&sizes(800, 200, 1_000_000), 1_000_000, 2), Some(16));
        assert_eq!(together(&sizes(52_416, 13_120, 100_000), 100_000, 2), None, "too wide");
        let sizes = sizes(800, 200, 100);
        let plan = Plan::by_module(&sizes, 100, 8).expect("few partitions");
        assert_eq!(plan.partitions.len(), 13);
        assert_eq!((plan.partitions[3][0].first, plan.partitions[3][0].count), (19_200, 6400));
        assert_eq!((plan.partitions[12][1].first, plan.partitions[12][1].count), (19_200, 800));
        assert_eq!(plan.blocks(1).len(), 20_000_usize.div_ceil(BLOCK));
    }

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
