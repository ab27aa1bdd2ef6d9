//! Poisson counts where most are zero: their number in a block of neurons is Poisson, too, and each
//! goes to any neuron of it alike. That is the same as a count for each, at a cost that follows the
//! spikes.

use super::poisson::{POISSON_BLOCK, PoissonCounts};
use crate::random::{Ars, BLOCKS};
use crate::simd::Width;

/// Bits of a place in a block.
const PLACE: u32 = 6;
/// Places in half of what a random block has left besides the number: 112 bits.
const HALF: u32 = 9;
/// Places in a whole random block.
const MORE: u32 = 21;
/// The largest mean for which counting by block is faster.
pub(super) const MOST: f64 = 0.125;

/// Counts of one small mean for every (neuron, step).
#[derive(Clone, Debug)]
pub(super) struct Sparse {
    bulk: Ars,
    /// How many spikes a block gets.
    totals: Box<PoissonCounts>,
}

impl Sparse {
    /// Counts from the stream `bulk`; `totals` has the mean of a block.
    pub(super) fn new(bulk: Ars, totals: PoissonCounts) -> Self {
        Self { bulk, totals: Box::new(totals) }
    }

    /// The count of `neuron` in the update that begins at `step`.
    pub(super) fn count(&self, neuron: u64, step: u64) -> u32 {
        let block = (neuron / POISSON_BLOCK as u64) as u32;
        let words = self.bulk.block([block, step as u32, (step >> 32) as u32, 1]);
        let mut counts = [0; POISSON_BLOCK];
        self.deal(block, step, words, 1, &mut counts);
        counts[neuron as usize % POISSON_BLOCK].cast_unsigned()
    }

    /// Adds `weight` times the count of each neuron of the blocks `first, first + 1, ...` to
    /// `inbox`.
    #[inline(always)]
    pub(super) fn add(
        &self,
        width: Width,
        first: u32,
        step: u64,
        weight: i32,
        inbox: &mut [[i32; POISSON_BLOCK]],
    ) {
        let rest = [step as u32, (step >> 32) as u32, 1];
        let mut block = first;
        for some in inbox.chunks_mut(BLOCKS) {
            let all = self.bulk.blocks(width, Ars::consecutive(block, rest));
            for (words, inbox) in all.as_chunks().0.iter().zip(some) {
                self.deal(block, step, *words, weight, inbox);
                block += 1;
            }
        }
    }

    /// Adds `weight` for each spike in `block`, of which `words` are the first random block.
    #[inline(always)]
    fn deal(
        &self,
        block: u32,
        step: u64,
        words: [u32; 4],
        weight: i32,
        sums: &mut [i32; POISSON_BLOCK],
    ) {
        let total = self.totals.decode(words[0] as u16, u64::from(block), step);
        let [a, b, c, d] = words.map(u64::from);
        // Nine places in each half: 16 + 54 bits, and 54 more.
        let halves = [a >> 16 | b << 16 | (c & 0x3f) << 48, c >> 6 | d << 26];
        for (half, mut bits) in (0..).zip(halves) {
            if total <= half * HALF && half > 0 {
                return;
            }
            // All of them, used or not: how many are is hard to foresee.
            for i in half * HALF..(half + 1) * HALF {
                let sum = &mut sums[(bits & 0x3f) as usize];
                *sum = sum.wrapping_add(if i < total { weight } else { 0 });
                bits >>= PLACE;
            }
        }
        if total > 2 * HALF {
            self.deal_more(block, step, total - 2 * HALF, weight, sums);
        }
    }

    /// Adds `weight` for each of `left` spikes whose places are not in the first random block.
    #[cold]
    fn deal_more(
        &self,
        block: u32,
        step: u64,
        left: u32,
        weight: i32,
        sums: &mut [i32; POISSON_BLOCK],
    ) {
        for i in 0..left {
            let number = 2 + i / MORE;
            let counter = [block, step as u32, (step >> 32) as u32, number];
            let [a, b, c, d] = self.bulk.block(counter).map(u128::from);
            let bits = (a | b << 32 | c << 64 | d << 96) >> (PLACE * (i % MORE));
            let sum = &mut sums[(bits & 0x3f) as usize];
            *sum = sum.wrapping_add(weight);
        }
    }
}
