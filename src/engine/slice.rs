//! The neurons of one population in a partition, what drives them and what is seen of them.

use std::ops::Range;

use super::Sample;
use super::mean::Share;
use super::partition::Next;
use super::tools::Tools;
use crate::compile::{CompiledInput, CompiledSlice, SlicePlan};
use crate::neuron::{BLOCK, Lane, NotFinite, Slice};
use crate::stimulus::{PoissonCounts, PoissonKeys, Stimulus};
use crate::units::Time;

/// Blocks that Poisson input and update work on in turn: 1024 neurons, whose inbox and state stay
/// in the first cache level.
pub(super) const CHUNK: usize = 16;

pub(super) struct RunningSlice {
    pub(super) plan: SlicePlan,
    pub(super) neurons: Box<dyn Slice>,
    pub(super) inputs: Vec<RunningInput>,
    pub(super) probes: Vec<Probe>,
    /// Probes of the mean, of which `neuron` has no meaning.
    pub(super) means: Vec<Probe>,
}

pub(super) struct Probe {
    pub(super) number: usize,
    pub(super) neuron: usize,
    pub(super) variable: usize,
    pub(super) interval: u64,
}

/// A stimulus and its strength at the moment.
pub(super) struct RunningInput {
    pub(super) id: usize,
    stimulus: Box<dyn Stimulus>,
    /// The blocks of the slice that it acts on.
    blocks: Range<usize>,
    pub(super) fixed: Option<f64>,
    value: f64,
    pub(super) until: u64,
    dt: Time,
    poisson: Option<RunningPoisson>,
}

struct RunningPoisson {
    lane: usize,
    weight: i32,
    keys: PoissonKeys,
    counts: PoissonCounts,
}

impl RunningInput {
    fn new(input: CompiledInput, dt: Time, seed: u64) -> Self {
        let id = input.id;
        let keys = PoissonKeys::stimulus(seed, id);
        let poisson = input.poisson.map(|(lane, weight)| RunningPoisson {
            lane,
            weight,
            keys,
            counts: PoissonCounts::new(keys, 0.0),
        });
        let (stimulus, blocks) = (input.stimulus, input.blocks);
        Self { id, stimulus, blocks, fixed: None, value: 0.0, until: 0, dt, poisson }
    }

    /// Brings the strength up to date for the update that begins at `step`.
    fn advance(&mut self, step: u64) {
        if step < self.until {
            return;
        }
        let (value, until) = match self.fixed {
            Some(value) => (value, u64::MAX),
            None => self.stimulus.value(step, self.dt),
        };
        self.until = until;
        self.value = value;
        if let Some(p) = &mut self.poisson {
            p.counts = PoissonCounts::at(p.keys, value, self.dt);
        }
    }

    /// Whether it brings spikes at the moment.
    pub(super) fn is_poisson(&self) -> bool {
        self.poisson.is_some() && self.value > 0.0
    }

    /// The current it adds to each neuron.
    fn current(&self) -> f64 {
        if self.poisson.is_some() { 0.0 } else { self.value }
    }
}

impl RunningPoisson {
    /// Adds the input of one step to the blocks that begin with number `first`.
    fn add(&self, first: u32, step: u64, places: &mut [i32]) {
        let (blocks, _) = places.as_chunks_mut::<BLOCK>();
        self.counts.add(first, step, self.weight, blocks);
    }
}

impl RunningSlice {
    pub(super) fn new(compiled: CompiledSlice, dt: Time, seed: u64) -> Self {
        let input = |input| RunningInput::new(input, dt, seed);
        Self {
            plan: compiled.plan,
            neurons: compiled.neurons,
            inputs: compiled.inputs.into_iter().map(input).collect(),
            probes: Vec::new(),
            means: Vec::new(),
        }
    }

    /// The update that begins at `step`; leaves what fired in the tools.
    pub(super) fn update(&mut self, step: u64, tools: &mut Tools, next: &mut Next) {
        let Tools { inbox, tallies, fired, .. } = tools;
        let used = inbox.is_used();
        let lanes = inbox.lanes();
        fired.clear();
        for input in &mut self.inputs {
            input.advance(step);
        }
        let blocks = self.plan.count.div_ceil(BLOCK);
        let mut begin = 0;
        while begin < blocks {
            let edges = self.inputs.iter().flat_map(|i| [i.blocks.start, i.blocks.end]);
            let end = (begin + CHUNK).min(blocks);
            let end = edges.filter(|&edge| edge > begin).fold(end, usize::min);
            let places = self.plan.offset + begin * BLOCK..self.plan.offset + end * BLOCK;
            // Into an empty inbox, all go in turn at the same places, which stay in the first cache level.
            let first = if used { places.start } else { 0 };
            tallies.flush(places, lanes, first);
            self.poisson(begin..end, step, lanes, first);
            let current = self.current(begin);
            self.neurons.update(begin..end, lanes, first, current, fired);
            next.ask();
            begin = end;
        }
    }

    /// The inputs to a block.
    fn inputs_to(&self, block: usize) -> impl Iterator<Item = &RunningInput> {
        self.inputs.iter().filter(move |i| i.blocks.contains(&block))
    }

    /// The current into the neurons of a block.
    pub(super) fn current(&self, block: usize) -> f64 {
        self.inputs_to(block).map(RunningInput::current).sum()
    }

    /// Adds Poisson input to some blocks, all of which have the same; their places begin at `first`.
    fn poisson(&self, blocks: Range<usize>, step: u64, lanes: &mut [Lane], first: usize) {
        let block = (self.plan.first / BLOCK as u64) as u32 + blocks.start as u32;
        let places = first..first + blocks.len() * BLOCK;
        for input in self.inputs_to(blocks.start) {
            if let Some(p) = input.poisson.as_ref().filter(|_| input.is_poisson()) {
                p.add(block, step, &mut lanes[p.lane][places.clone()]);
            }
        }
    }

    pub(super) fn observe(&self, step: u64, samples: &mut Vec<Sample>) {
        for probe in self.probes.iter().filter(|p| step.is_multiple_of(p.interval)) {
            let value = self.neurons.observe(probe.neuron, probe.variable);
            samples.push(Sample { step, probe: probe.number, value });
        }
    }

    pub(super) fn add_up(&self, step: u64, shares: &mut Vec<Share>) {
        for probe in self.means.iter().filter(|p| step.is_multiple_of(p.interval)) {
            let total = self.neurons.total(probe.variable);
            shares.push(Share {
                step,
                probe: probe.number,
                total,
                neurons: self.plan.count as u64,
            });
        }
    }

    /// The first neuron, by its number in its population, of which a state is not finite.
    pub(super) fn find_not_finite(&self) -> Option<(u64, NotFinite)> {
        let (neuron, found) = self.neurons.find_not_finite()?;
        Some((self.plan.first + neuron as u64, found))
    }

    /// The place within the slice of a neuron of `population`, if it is here.
    pub(super) fn find(&self, population: usize, neuron: u64) -> Option<usize> {
        let range = self.plan.first..self.plan.first + self.plan.count as u64;
        (self.plan.population == population && range.contains(&neuron))
            .then(|| (neuron - self.plan.first) as usize)
    }
}
