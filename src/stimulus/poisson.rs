//! Poisson counts for blocks of neurons, from 16 random bits each.
//!
//! The 65,536 values of a 16-bit number are dealt to the counts: count k gets floor(65,536 `p_k`)
//! of them. The few values that are left mean "draw again": one uniform number of 53 bits decides
//! by what the rounding down took from each `p_k`. So a count is exactly distributed (to 1e-15), and
//! all but some 1e-4 of them cost 16 bits.
//!
//! Which value means what is Walker's alias method (1977, doi 10.1145/355744.355749) in integers:
//! the upper bits choose a column of a table, the lower bits one of its two outcomes. Up to a mean of
//! 14 the table has 32 columns and lies in SIMD registers. Where the mean is small, values are given
//! to counts in ascending order, and compared with the few bounds between them.

use super::alias::Alias;
use crate::random::{Ars, BLOCKS, Blocks, Key, Purpose, Stream, poisson_pmf};
use crate::simd::{Multiples, Numbers, Width, wide, width};
use crate::units::Time;

/// Neurons that [`PoissonCounts::add`] serves together: eight random blocks of eight 16-bit numbers.
pub const POISSON_BLOCK: usize = 64;

/// The largest mean per step: at 0.1 ms, 1 GHz. Beyond, the table would grow past the caches.
pub const MAX_MEAN: f64 = 1e5;

/// How many values 16 bits have.
const SLOTS: f64 = 65_536.0;

/// The largest mean for which comparing with bounds is faster than a table.
const FEW: f64 = 0.3;

/// The outcome that means "draw again".
const AGAIN: u16 = 0x8000;

/// Whose Poisson numbers: stimuli and source populations are numbered separately.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoissonKeys {
    bulk: Key,
    tail: Key,
}

/// Random blocks for a block of neurons.
const DRAWN: u32 = POISSON_BLOCK as u32 / 8;

impl PoissonKeys {
    /// The numbers of the stimulus of that number.
    #[must_use]
    pub fn stimulus(seed: u64, number: usize) -> Self {
        Self::new(seed, 2 * number)
    }

    /// The numbers of the source population of that number.
    #[must_use]
    pub fn source(seed: u64, population: usize) -> Self {
        Self::new(seed, 2 * population + 1)
    }

    fn new(seed: u64, who: usize) -> Self {
        Self {
            bulk: Key::new(seed, Purpose::Poisson, who),
            tail: Key::new(seed, Purpose::PoissonTail, who),
        }
    }
}

/// Independent Poisson counts of one mean for every (neuron, step).
#[derive(Clone, Debug)]
pub struct PoissonCounts {
    keys: PoissonKeys,
    bulk: Ars,
    /// The count that outcome 0 stands for.
    least: u32,
    outcomes: Outcomes,
    width: Width,
    /// The smallest count that is possible when drawn again.
    tail_least: u32,
    /// `tail[i]` is the probability of at most `tail_least + i` when drawn again.
    tail: Vec<f64>,
}

/// From numbers to outcomes.
#[derive(Clone, Debug)]
enum Outcomes {
    /// The mean is zero.
    None,
    /// The least number of each outcome but the first, the last of which is [`AGAIN`].
    Bounds(Vec<u16>),
    Table(Alias),
}

impl PoissonCounts {
    /// Counts with `mean`, which [`Stimulus::validate`](super::Stimulus::validate) has checked.
    ///
    /// # Panics
    /// If the mean is not within 0..=[`MAX_MEAN`].
    #[must_use]
    pub fn new(keys: PoissonKeys, mean: f64) -> Self {
        assert!((0.0..=MAX_MEAN).contains(&mean), "a Poisson mean of {mean} per step");
        let mut counts = Self {
            keys,
            bulk: Ars::new(keys.bulk),
            least: 0,
            outcomes: Outcomes::None,
            width: width(),
            tail_least: 0,
            tail: Vec::new(),
        };
        if mean > 0.0 {
            counts.deal(mean);
        }
        counts
    }

    /// Counts of a rate in Hz, which [`Stimulus::validate`](super::Stimulus::validate) has checked.
    #[must_use]
    pub fn at(keys: PoissonKeys, hz: f64, dt: Time) -> Self {
        // The largest rate may be above the largest mean by a rounding.
        Self::new(keys, (hz * dt.ms() * 1e-3).min(MAX_MEAN))
    }

    /// The largest count that can be drawn: further out lies less than 1e-18.
    #[must_use]
    pub fn most(mean: f64) -> f64 {
        libm::floor(mean + 10.0 * libm::sqrt(mean) + 10.0)
    }

    /// The same for a rate in Hz, as a number of spikes.
    pub(crate) fn most_at(hz: f64, dt: Time) -> u32 {
        Self::most((hz * dt.ms() * 1e-3).min(MAX_MEAN)) as u32
    }

    /// Deals the 16-bit numbers to the counts.
    fn deal(&mut self, mean: f64) {
        let from = libm::floor(mean - 10.0 * libm::sqrt(mean)).max(0.0) as u32;
        let mut used = 0u32;
        let mut slots = Vec::new();
        let mut rest = 0.0;
        for k in from..=Self::most(mean) as u32 {
            let share = SLOTS * poisson_pmf(f64::from(k), mean);
            // One number at least stays for drawing again, even where p_0 rounds to one.
            let mine = (share as u32).min(u32::from(u16::MAX) - used);
            if mine > 0 {
                if slots.is_empty() {
                    self.least = k;
                }
                used += mine;
                slots.push((mine, (k - self.least) as u16));
            }
            rest += share - f64::from(mine);
            self.tail.push(rest);
        }
        self.tail_least = from;
        for p in &mut self.tail {
            *p /= rest;
        }
        slots.push((SLOTS as u32 - used, AGAIN));
        self.outcomes = if mean > FEW {
            Outcomes::Table(Alias::new(slots))
        } else {
            let mut before = 0;
            slots.pop();
            Outcomes::Bounds(
                slots
                    .iter()
                    .map(|(mine, _)| {
                        before += mine;
                        before as u16
                    })
                    .collect(),
            )
        };
    }

    /// The count of `neuron` in the update that begins at `step`.
    #[must_use]
    pub fn count(&self, neuron: u64, step: u64) -> u32 {
        let [block, n] = [neuron / 8, neuron % 8].map(|n| n as u32);
        let word = self.bulk.block([block, step as u32, (step >> 32) as u32, 0])[n as usize / 2];
        let bits = (word >> (16 * (n % 2))) as u16;
        let outcome = match &self.outcomes {
            Outcomes::None => 0,
            Outcomes::Bounds(bounds) => match bounds.partition_point(|bound| *bound <= bits) {
                all if all == bounds.len() => AGAIN,
                reached => reached as u16,
            },
            Outcomes::Table(alias) => alias.outcome(bits),
        };
        if outcome == AGAIN {
            return self.redrawn(neuron, step);
        }
        self.least + u32::from(outcome)
    }

    /// Adds `weight` times the count of each neuron of the blocks `first, first + 1, ...` to
    /// `inbox`.
    pub fn add(&self, first: u32, step: u64, weight: i32, inbox: &mut [[i32; POISSON_BLOCK]]) {
        wide(
            self.width,
            #[inline(always)]
            |width| {
                // A copy, so that the compiler sees that adding changes none of it.
                let bulk = self.bulk.clone();
                let rest = [step as u32, (step >> 32) as u32, 0];
                let mut counters = Ars::consecutive(DRAWN * first, rest);
                let least = weight.wrapping_mul(self.least.cast_signed());
                let multiples = Multiples::new(least, weight);
                for (block, inbox) in (first..).zip(&mut *inbox) {
                    let bits = next_bits(width, &bulk, &mut counters);
                    match &self.outcomes {
                        Outcomes::None => {}
                        Outcomes::Bounds(bounds) => {
                            self.add_few(width, block, step, weight, (bounds, &bits), inbox);
                        }
                        Outcomes::Table(alias) => {
                            let outcomes = alias.outcomes(width, &bits);
                            if alias.in_registers() {
                                width.add_multiples(&multiples, &outcomes, inbox);
                            } else {
                                add_products(least, weight, &outcomes, inbox);
                            }
                            let again = width.at_least(&outcomes, AGAIN);
                            if again != 0 {
                                self.correct(block, step, weight, self.least, again, inbox);
                            }
                        }
                    }
                }
            },
        );
    }

    /// Adds to one block, given its numbers: `weight` for each bound that is reached.
    #[inline(always)]
    fn add_few(
        &self,
        width: Width,
        block: u32,
        step: u64,
        weight: i32,
        (bounds, bits): (&[u16], &Numbers),
        inbox: &mut [i32; POISSON_BLOCK],
    ) {
        let mut reached = 0;
        let mut rest = bounds;
        // Both without asking: the second is reached so often that a branch would be guessed wrong.
        if let [first, second, rare @ ..] = bounds {
            width.add_where(inbox, width.at_least(bits, *first), weight);
            reached = width.at_least(bits, *second);
            width.add_where(inbox, reached, weight);
            rest = rare;
        }
        for &bound in rest {
            reached = width.at_least(bits, bound);
            if reached == 0 {
                return;
            }
            width.add_where(inbox, reached, weight);
        }
        self.correct(block, step, weight, bounds.len() as u32, reached, inbox);
    }

    /// The count of a number that is drawn again.
    fn redrawn(&self, neuron: u64, step: u64) -> u32 {
        let rest = [neuron as u32, step as u32, (step >> 32) as u32];
        let u = Stream::new(self.keys.tail, rest).unit();
        let place = self.tail.partition_point(|p| *p < u).min(self.tail.len() - 1);
        self.tail_least + place as u32
    }

    /// Replaces the counts of the neurons `again`, whose number is drawn again: so far they got
    /// `already`.
    #[cold]
    #[inline(never)]
    fn correct(
        &self,
        block: u32,
        step: u64,
        weight: i32,
        already: u32,
        again: u64,
        inbox: &mut [i32; POISSON_BLOCK],
    ) {
        for n in (0..POISSON_BLOCK).filter(|&n| again >> n & 1 == 1) {
            let neuron = u64::from(block) * POISSON_BLOCK as u64 + n as u64;
            let change = self.redrawn(neuron, step).cast_signed() - already.cast_signed();
            inbox[n] = inbox[n].wrapping_add(weight.wrapping_mul(change));
        }
    }
}

/// Adds `least` and `weight` times the outcome to each neuron of a block.
#[inline(always)]
fn add_products(least: i32, weight: i32, outcomes: &Numbers, inbox: &mut [i32; POISSON_BLOCK]) {
    for n in 0..POISSON_BLOCK {
        let more = weight.wrapping_mul(i32::from(outcomes.0[n] & !AGAIN));
        inbox[n] = inbox[n].wrapping_add(least.wrapping_add(more));
    }
}

/// The 16-bit numbers of a block of neurons, in order; moves the counters on to the next.
#[inline(always)]
fn next_bits(width: Width, bulk: &Ars, counters: &mut Blocks) -> Numbers {
    let first = bulk.numbers(width, *counters, |bits| bits);
    Ars::advance(counters, BLOCKS as u32);
    let second = bulk.numbers(width, *counters, |bits| bits);
    Ars::advance(counters, BLOCKS as u32);
    Numbers(bytemuck::cast([first, second]))
}
