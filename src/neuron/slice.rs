//! Neurons as arrays: the SIMD driver that is generic over the model.
//!
//! Neurons are kept in blocks of [`BLOCK`]; within a block each state variable is an array, so
//! that the loop over a block is plain arithmetic on neighbouring numbers. The last block is
//! padded with copies of the last neuron, whose spikes are discarded.

use std::ops::Range;

use super::finite::{self, NotFinite};
use super::lanes::{Lanes, Lookup, Own, Shared, lane_of};
use super::rough::Rough;
use super::starts::Starts;
use super::{Array, Neuron, Real, Setup};
use crate::Result;
use crate::prefetch::prefetch_all;
use crate::simd::{Width, mask, wide, width};
use crate::units::Time;

/// Neurons per block: one cache line of refractory counters, a bit mask of spikes.
pub const BLOCK: usize = 64;

/// Places of an inbox.
pub const PLACES: usize = 65_536;

/// Parts of a unit that [`Slice::total`] counts: 6e-8 mV is what single precision can tell apart
/// near 1 mV.
pub const PARTS: f64 = 16_777_216.0;

/// Parts that a value may have so that 2^32 of them surely have a sum of 127 bits: 2e21 units.
const MOST_PARTS: f64 = (1u128 << 95) as f64;

/// What has arrived at one receptor of each neuron of a partition, in counts. Its length is
/// known to the compiler, so that adding a synapse needs no bounds check.
pub type Lane = [i32; PLACES];

/// A range of the neurons of one population, and what they need to be set up.
#[derive(Clone, Debug)]
pub struct SliceContext {
    /// The seed of the network.
    pub seed: u64,
    /// The number of the population.
    pub population: usize,
    /// How many neurons the population has.
    pub size: u64,
    /// The first neuron of the slice, a multiple of [`BLOCK`].
    pub first: u64,
    /// How many neurons the slice has.
    pub count: usize,
    /// The time step.
    pub dt: Time,
    /// The weight that one count at each receptor stands for.
    pub units: Vec<f64>,
    /// `f64` state instead of `f32`.
    pub double: bool,
}

impl SliceContext {
    pub(super) fn setup(&self, i: usize) -> Setup {
        let neuron = self.first + i.min(self.count - 1) as u64;
        Setup::new(self.seed, self.population, self.size, neuron, self.dt)
    }
}

/// A range of neurons that evolve together.
pub trait Slice: Send {
    /// One step of some blocks: takes what arrived at receptor `r` from `inbox[r]`, where the
    /// blocks begin at place `first`, leaves zeros there, and pushes the numbers (within the
    /// slice) of the neurons that spike, in ascending order.
    fn update(
        &mut self,
        blocks: Range<usize>,
        inbox: &mut [Lane],
        first: usize,
        current: f64,
        spikes: &mut Vec<u32>,
    );
    /// Asks for the state of a block to come nearer.
    fn ask(&self, block: usize);
    /// Whether a step without input would change nothing in a block. The first places of the
    /// `inbox` are zero, and stay so.
    fn rests(&mut self, block: usize, inbox: &mut [Lane], current: f64) -> bool;
    /// The recorded value of a variable of one neuron.
    fn observe(&self, neuron: usize, variable: usize) -> f64;
    /// The sum of a variable over all neurons, each rounded to one of [`PARTS`] of its unit: an
    /// integer, so that sums of slices do not depend on where the population was cut. `None` if a value
    /// is not a number, or beyond 2e21.
    fn total(&self, variable: usize) -> Option<i128>;
    /// The first neuron with a state that is infinite or not a number.
    fn find_not_finite(&self) -> Option<(usize, NotFinite)>;
    /// How many neurons there are.
    fn len(&self) -> usize;
    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The state of a block of neurons.
struct Block<N: Neuron, F: Real> {
    state: N::State<Lanes<F>>,
    /// For how many steps each is still refractory, at most [`BYTE`] of them.
    refractory: Lanes<u8>,
}

impl<N: Neuron, F: Real> Clone for Block<N, F> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<N: Neuron, F: Real> Copy for Block<N, F> {}

/// What a byte holds of a refractory period.
pub(super) const BYTE: u32 = u8::MAX as u32;

/// What exceeds the bytes of the neurons of a block, where periods are that long.
type Beyond = Lanes<u32>;

/// Constants and refractory periods of the neurons of a block.
type OwnBlock<N, F> = (<N as Neuron>::Constants<Lanes<F>>, Lanes<u32>);

struct Arrays<N: Neuron, F: Real> {
    count: usize,
    blocks: Vec<Block<N, F>>,
    /// Empty where no period is longer than a byte says.
    beyond: Vec<Beyond>,
    /// The current into each block at its last step.
    currents: Vec<F>,
    units: N::Input<F>,
    /// The constants that all share, or those of the first neuron.
    constants: N::Constants<F>,
    period: u32,
    /// Constants and periods of each neuron, where they differ.
    own: Vec<OwnBlock<N, F>>,
    width: Width,
}

/// Builds the slice of `context`.
pub(super) fn build<N: Neuron>(model: &N, context: &SliceContext) -> Result<Box<dyn Slice>> {
    let starts = Starts::new(model, context)?;
    Ok(if context.double {
        Box::new(Arrays::<N, f64>::new(&starts, context))
    } else {
        Box::new(Arrays::<N, f32>::new(&starts, context))
    })
}

impl<N: Neuron, F: Real> Arrays<N, F> {
    fn new(starts: &Starts<N>, context: &SliceContext) -> Self {
        let first = starts.of(0);
        let bases = || (0..context.count).step_by(BLOCK);
        let block = |base| Block {
            state: Array::from_fn(|k| starts.lanes(base, |s| F::from_f64(s.state.as_ref()[k]))),
            refractory: Lanes([0; BLOCK]),
        };
        let own = |base| {
            let constants =
                Array::from_fn(|k| starts.lanes(base, |s| F::from_f64(s.constants.as_ref()[k])));
            (constants, starts.lanes(base, |s| s.refractory))
        };
        Self {
            count: context.count,
            blocks: bases().map(block).collect(),
            beyond: if starts.longest() > BYTE {
                bases().map(|_| Lanes([0; BLOCK])).collect()
            } else {
                Vec::new()
            },
            currents: bases().map(|_| F::default()).collect(),
            units: Array::from_fn(|r| F::from_f64(context.units[r])),
            constants: Array::from_fn(|k| F::from_f64(first.constants.as_ref()[k])),
            period: first.refractory,
            own: if starts.alike() { Vec::new() } else { bases().map(own).collect() },
            width: width(),
        }
    }
}

/// One step of one block; bit `l` of the result says whether neuron `l` spikes.
#[inline(always)]
#[expect(clippy::inline_always, reason = "must be compiled with its caller's SIMD width")]
fn step_block<N: Neuron, F: Real>(
    block: &mut Block<N, F>,
    beyond: Option<&mut Beyond>,
    lookup: impl Lookup<N, F>,
    input: &N::Input<Lanes<F>>,
    current: F,
    width: Width,
) -> u64 {
    let mut spiked = Lanes([0u8; BLOCK]);
    let mut any = false;
    // A copy: of memory that others might see, the compiler would make no SIMD.
    let mut states = block.state;
    let mut rough = false;
    let counters = &mut block.refractory.0;
    for lane in 0..BLOCK {
        let constants = lookup.constants(lane);
        let before = lane_of::<_, _, N::State<F>>(&states, lane);
        let input = lane_of(input, lane);
        let refractory = counters[lane] != 0;
        let mut state = before;
        let spikes = N::step(&constants, &mut state, &input, current, refractory);
        rough |= N::is_rough(&constants, &before, &state, spikes);
        for k in 0..N::State::<F>::LEN {
            states.as_mut()[k].0[lane] = state.as_ref()[k];
        }
        spiked.0[lane] = u8::from(spikes);
        any |= spikes;
    }
    if rough {
        Rough { before: &block.state, counters, input, current }.step_again(
            width,
            lookup,
            &mut states,
            &mut spiked,
        );
        any = true;
    }
    block.state = states;
    for counter in &mut *counters {
        *counter = counter.saturating_sub(1);
    }
    let spiked = if any { mask(&spiked.0) } else { 0 };
    if let Some(beyond) = beyond {
        restart_long(spiked, counters, &mut beyond.0, &|lane| lookup.period(lane));
    } else {
        let mut rest = spiked;
        while rest != 0 {
            let lane = rest.trailing_zeros() as usize;
            counters[lane] = lookup.period(lane) as u8;
            rest &= rest - 1;
        }
    }
    spiked
}

/// Refractory periods that exceed a byte: begins those of neurons that spiked, and moves on what a
/// byte holds of those that last.
#[inline(never)]
fn restart_long(
    spiked: u64,
    counters: &mut [u8; BLOCK],
    beyond: &mut [u32; BLOCK],
    period: &dyn Fn(usize) -> u32,
) {
    for lane in 0..BLOCK {
        if spiked >> lane & 1 == 1 {
            beyond[lane] = period(lane);
            counters[lane] = 0;
        }
        if counters[lane] == 0 {
            let next = beyond[lane].min(BYTE);
            counters[lane] = next as u8;
            beyond[lane] -= next;
        }
    }
}

impl<N: Neuron, F: Real> Arrays<N, F> {
    fn constants(&self, neuron: usize) -> N::Constants<F> {
        match self.own.get(neuron / BLOCK) {
            None => self.constants,
            Some((c, _)) => lane_of(c, neuron % BLOCK),
        }
    }

    fn state(&self, neuron: usize) -> N::State<F> {
        lane_of(&self.blocks[neuron / BLOCK].state, neuron % BLOCK)
    }

    /// Another current flows into block `b` from now on.
    #[inline(never)]
    fn shift(&mut self, b: usize, current: F) {
        let by = current - std::mem::replace(&mut self.currents[b], current);
        for lane in 0..BLOCK {
            let mut state = self.state(b * BLOCK + lane);
            N::shift(&self.constants(b * BLOCK + lane), &mut state, by);
            for k in 0..N::State::<F>::LEN {
                self.blocks[b].state.as_mut()[k].0[lane] = state.as_ref()[k];
            }
        }
    }

    /// One step of some blocks.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "must be compiled with its caller's SIMD width")]
    fn step(
        &mut self,
        blocks: Range<usize>,
        inbox: &mut [Lane],
        first: usize,
        current: F,
        spikes: &mut Vec<u32>,
    ) {
        // Copies, so that the compiler sees that no store of the loop changes them.
        let (constants, units, width) = (self.constants, self.units, self.width);
        let shared = Shared::<N, F>(&constants, self.period);
        for (b, place) in blocks.zip((first..).step_by(BLOCK)) {
            let mut input = N::Input::<Lanes<F>>::repeat(Lanes([F::default(); BLOCK]));
            for (r, lane) in inbox.iter().enumerate().take(N::Input::<F>::LEN) {
                let (counts, _) = lane[place..place + BLOCK].as_chunks::<BLOCK>();
                let unit = units.as_ref()[r];
                let values = &mut input.as_mut()[r].0;
                for lane in 0..BLOCK {
                    values[lane] = F::from_i32(counts[0][lane]) * unit;
                }
            }
            // Once all are read: zeros stored between two lanes cost a tenth of the update.
            for lane in inbox.iter_mut().take(N::Input::<F>::LEN) {
                lane[place..place + BLOCK].fill(0);
            }
            if self.currents[b] != current {
                self.shift(b, current);
            }
            let (block, beyond) = (&mut self.blocks[b], self.beyond.get_mut(b));
            let mut mask = match self.own.get(b) {
                None => step_block::<N, F>(block, beyond, shared, &input, current, width),
                Some((c, p)) => {
                    step_block::<N, F>(block, beyond, Own::<N, F>(c, p), &input, current, width)
                }
            };
            while mask != 0 {
                let neuron = (b * BLOCK) as u32 + mask.trailing_zeros();
                if (neuron as usize) < self.count {
                    spikes.push(neuron);
                }
                mask &= mask - 1;
            }
        }
    }
}

impl<N: Neuron, F: Real> Slice for Arrays<N, F> {
    fn update(
        &mut self,
        blocks: Range<usize>,
        inbox: &mut [Lane],
        first: usize,
        current: f64,
        spikes: &mut Vec<u32>,
    ) {
        let current = F::from_f64(current);
        wide(
            self.width,
            #[inline(always)]
            |_| self.step(blocks.clone(), inbox, first, current, spikes),
        );
    }

    fn ask(&self, block: usize) {
        prefetch_all(&self.blocks[block]);
    }

    fn rests(&mut self, block: usize, inbox: &mut [Lane], current: f64) -> bool {
        let (before, beyond) = (self.blocks[block], self.beyond.get(block).copied());
        let last = self.currents[block];
        let mut counts_on = false;
        let mut spikes = Vec::new();
        // The loop that also steps: one of its own would double what has to be compiled.
        self.update(block..block + 1, inbox, 0, current, &mut spikes);
        let after = std::mem::replace(&mut self.blocks[block], before);
        self.currents[block] = last;
        if let Some(beyond) = beyond {
            counts_on = self.beyond[block].0 != beyond.0;
            self.beyond[block] = beyond;
        }
        let same = |(a, b): (&Lanes<F>, &Lanes<F>)| a.0 == b.0;
        spikes.is_empty()
            && !counts_on
            && after.refractory.0 == before.refractory.0
            && after.state.as_ref().iter().zip(before.state.as_ref()).all(same)
    }

    fn observe(&self, neuron: usize, variable: usize) -> f64 {
        let (constants, mut state) = (self.constants(neuron), self.state(neuron));
        N::shift(&constants, &mut state, -self.currents[neuron / BLOCK]);
        let constants = Array::from_fn(|k| constants.as_ref()[k].to_f64());
        N::observe(&constants, &Array::from_fn(|k| state.as_ref()[k].to_f64()), variable)
    }

    fn total(&self, variable: usize) -> Option<i128> {
        let parts = |neuron| libm::round(self.observe(neuron, variable) * PARTS);
        let fits = |parts: f64| (parts.abs() <= MOST_PARTS).then_some(parts as i128);
        (0..self.count).map(|neuron| fits(parts(neuron))).sum()
    }

    fn find_not_finite(&self) -> Option<(usize, NotFinite)> {
        let first = |(b, block): (usize, &Block<N, F>)| {
            finite::first_lane(block.state.as_ref()).map(|lane| b * BLOCK + lane)
        };
        // What fills the last block stands behind its neurons.
        let neuron = self.blocks.iter().enumerate().find_map(first).filter(|&n| n < self.count)?;
        let state = Array::from_fn(|k| self.state(neuron).as_ref()[k].to_f64());
        NotFinite::first::<N>(&state, |variable| self.observe(neuron, variable))
            .map(|found| (neuron, found))
    }

    fn len(&self) -> usize {
        self.count
    }
}
