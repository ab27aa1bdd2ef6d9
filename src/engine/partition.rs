//! A partition at run time: its neurons, its rows, and what is due.

use std::ops::Range;
use std::sync::Arc;

use super::calendar::Calendar;
use super::deliver::{Packet, deliver};
use super::exchange::{Run, SpikeList, Synapse};
use super::mean::Share;
use super::procedural::Procedural;
use super::slice::{Probe, RunningInput, RunningSlice};
use super::tools::Tools;
use super::worker::Counters;
use super::{Failure, Sample};
use crate::compile::{
    CompiledEmitter, CompiledPartition, CompiledSlice, Generator, Rows, SlicePlan,
};
use crate::neuron::{BLOCK, Lane};
use crate::prefetch::prefetch_all;
use crate::units::Time;

/// What all partitions share.
pub(super) struct Common {
    pub(super) generators: Vec<Arc<Generator>>,
    pub(super) max_delay: u16,
    pub(super) dt: Time,
    pub(super) seed: u64,
}

/// Neurons and synapses that one worker writes at a time; on cache lines of its own.
#[repr(align(128))]
pub(super) struct Partition {
    number: usize,
    slices: Vec<RunningSlice>,
    emitters: Vec<CompiledEmitter>,
    /// The partitions whose spikes matter here.
    pub(super) senders: Vec<Range<u16>>,
    rows: Rows,
    /// Stored synapses that are due, by port.
    calendar: Calendar<Packet>,
    procedural: Procedural,
    rest: Rest,
    /// The spikes of this epoch.
    pub(super) spikes: SpikeList,
    /// All spikes since they were last taken.
    log: SpikeList,
    pub(super) samples: Vec<Sample>,
    pub(super) shares: Vec<Share>,
    /// What was found when the states were last looked at.
    pub(super) failure: Option<Failure>,
    pub(super) counters: Counters,
}

/// What is known about whether anything moves.
#[derive(Default)]
struct Rest {
    /// Whether nothing would change until something arrives.
    asleep: bool,
    /// Whether something has arrived since the last step.
    disturbed: bool,
    /// The block that was seen to change last.
    block: usize,
}

impl Partition {
    pub(super) fn new(number: usize, compiled: CompiledPartition, common: &Common) -> Self {
        let &Common { max_delay, dt, seed, .. } = common;
        let slices: Vec<SlicePlan> = compiled.slices.iter().map(|s| s.plan).collect();
        let running = |slice: CompiledSlice| RunningSlice::new(slice, dt, seed);
        Self {
            number,
            slices: compiled.slices.into_iter().map(running).collect(),
            emitters: compiled.emitters,
            calendar: Calendar::new(max_delay, compiled.rows.ports().len()),
            senders: compiled.senders,
            rows: compiled.rows,
            procedural: Procedural::new(&common.generators, &slices, max_delay),
            rest: Rest::default(),
            spikes: SpikeList::default(),
            log: SpikeList::default(),
            samples: Vec::new(),
            shares: Vec::new(),
            failure: None,
            counters: Counters::default(),
        }
    }

    pub(super) fn number(&self) -> usize {
        self.number
    }

    /// Adds what is due at `step` to the inbox.
    pub(super) fn drain(&mut self, step: u64, tools: &mut Tools) {
        let before = self.counters.events;
        let words = self.rows.words();
        for (lane, port) in self.rows.ports().iter().enumerate() {
            // What follows in a row may be due at once: here, or in a later lane.
            while let Some(packets) = self.calendar.take(step, lane) {
                let inbox = tools.inbox.arrivals();
                let follow = |entry, begin| self.calendar.leave(step, entry, begin);
                deliver(&packets, words, *port, inbox, &mut self.counters, follow);
                self.calendar.give_back(lane, packets);
            }
        }
        self.procedural.drain(step, tools, &mut self.counters);
        self.rest.disturbed |= self.counters.events > before;
    }

    /// Whether the update of the neurons that begins at `step` would change nothing. Where nothing has
    /// arrived, the inbox is empty.
    pub(super) fn rests(&mut self, step: u64, tools: &mut Tools) -> bool {
        let steady = |input: &RunningInput| step < input.until && !input.is_poisson();
        let idle = self.slices.iter().flat_map(|s| &s.inputs).all(steady)
            && !std::mem::take(&mut self.rest.disturbed);
        self.rest.asleep &= idle;
        if !idle || self.rest.asleep {
            return self.rest.asleep;
        }
        // Where one block did not rest, it is asked first.
        let (from, blocks) = (self.rest.block, self.blocks());
        let inbox = tools.inbox.lanes();
        match (from..blocks).chain(0..from).find(|&block| !self.block_rests(block, inbox)) {
            Some(block) => self.rest.block = block,
            None => self.rest.asleep = true,
        }
        self.rest.asleep
    }

    /// In place of the update that begins at `step`.
    pub(super) fn sleep(&mut self, step: u64) {
        self.counters.slept += 1;
        self.observe_all(step + 1);
    }

    fn observe_all(&mut self, step: u64) {
        for slice in &self.slices {
            slice.observe(step, &mut self.samples);
            slice.add_up(step, &mut self.shares);
        }
    }

    /// How many blocks there are, slice by slice.
    pub(super) fn blocks(&self) -> usize {
        self.slices.iter().map(|s| s.plan.count.div_ceil(BLOCK)).sum()
    }

    /// Asks for the state of a block.
    fn ask(&self, mut block: usize) {
        for slice in &self.slices {
            let blocks = slice.plan.count.div_ceil(BLOCK);
            if block < blocks {
                return slice.neurons.ask(block);
            }
            block -= blocks;
        }
    }

    /// Whether nothing changes in a block, as long as nothing arrives.
    fn block_rests(&mut self, mut block: usize, inbox: &mut [Lane]) -> bool {
        for slice in &mut self.slices {
            let blocks = slice.plan.count.div_ceil(BLOCK);
            if block < blocks {
                let current = slice.current(block);
                return slice.neurons.rests(block, inbox, current);
            }
            block -= blocks;
        }
        true
    }

    /// Collects the spikes of sources in the update that begins at `step`, stamped `step + 1`: they
    /// reach no neuron before the next. Returns whether there are any.
    pub(super) fn emit(&mut self, step: u64, tools: &mut Tools) -> bool {
        let before = self.spikes.len();
        for CompiledEmitter { plan, emitter } in &mut self.emitters {
            tools.fired.clear();
            emitter.emit(step, &mut tools.fired);
            if !tools.fired.is_sorted() {
                tools.fired.sort_unstable();
            }
            publish(&mut tools.fired, plan, step + 1, &mut self.spikes);
        }
        self.spikes.len() > before
    }

    /// The update that begins at `step`: empties the inbox and collects spikes stamped `step + 1`.
    /// Asks for some blocks of the partition that comes `next` as it goes.
    pub(super) fn update(&mut self, step: u64, tools: &mut Tools, next: &mut Next) {
        for slice in &mut self.slices {
            slice.update(step, tools, next);
            publish(&mut tools.fired, &slice.plan, step + 1, &mut self.spikes);
        }
        tools.tallies.end();
        tools.inbox.emptied();
        self.observe_all(step + 1);
    }

    /// Turns this partition's own spikes stamped `step` into packets.
    pub(super) fn schedule_own(&mut self, step: u64, tools: &mut Tools) {
        let spikes = std::mem::take(&mut self.spikes);
        self.schedule(spikes.of_step(step), tools);
        self.spikes = spikes;
    }

    /// Drops the first packet of its row into the calendar for each spike.
    ///
    /// Rows lie at random places of the index: all are asked for before the first is looked at.
    pub(super) fn schedule<'a>(
        &mut self,
        spikes: impl Iterator<Item = (Run, &'a [u32])> + Clone,
        tools: &mut Tools,
    ) {
        for (run, neurons) in spikes.clone() {
            let Some(heads) = self.rows.of(run.population as usize) else { continue };
            for &neuron in neurons {
                prefetch_all(&heads[neuron as usize]);
            }
        }
        for (run, neurons) in spikes {
            if !self.procedural.is_empty() {
                self.procedural.schedule(run, neurons, tools);
            }
            let Some(heads) = self.rows.of(run.population as usize) else { continue };
            for (entry, begin) in neurons.iter().filter_map(|&n| heads[n as usize].first()) {
                self.counters.rows += 1;
                self.calendar.leave(run.step, entry, begin);
            }
        }
    }

    /// Keeps the spikes of this epoch for the recorders.
    pub(super) fn keep(&mut self) {
        self.counters.spikes += self.spikes.len() as u64;
        self.log.append(&self.spikes);
    }

    /// The spikes that are kept for the recorders.
    pub(super) fn log(&self) -> &SpikeList {
        &self.log
    }

    pub(super) fn clear_log(&mut self) {
        self.log.clear();
    }

    pub(super) fn pending(&self) -> u64 {
        let packets = self.calendar.pending().flat_map(|(_, packets)| packets);
        let later = |p: &Packet| self.rows.after(p.range().end as u32).map(|(e, _)| e.count);
        let stored = packets.map(|p| p.range().len() as u64 + later(p).map(u64::from).sum::<u64>());
        stored.sum::<u64>() + self.procedural.pending()
    }

    pub(super) fn probe(
        &mut self,
        population: usize,
        neuron: u64,
        variable: usize,
        interval: u64,
        number: usize,
    ) {
        if let Some((slice, neuron)) =
            self.slices.iter_mut().find_map(|s| s.find(population, neuron).map(|n| (s, n)))
        {
            slice.probes.push(Probe { number, neuron, variable, interval });
        }
    }

    pub(super) fn probe_mean(
        &mut self,
        population: usize,
        variable: usize,
        interval: u64,
        number: usize,
    ) {
        for slice in self.slices.iter_mut().filter(|s| s.plan.population == population) {
            slice.means.push(Probe { number, neuron: 0, variable, interval });
        }
    }

    pub(super) fn observe(&self, population: usize, neuron: u64, variable: usize) -> Option<f64> {
        self.slices
            .iter()
            .find_map(|s| s.find(population, neuron).map(|n| s.neurons.observe(n, variable)))
    }

    /// Looks whether all states are finite after `step`, and says so.
    pub(super) fn look(&mut self, step: u64) -> bool {
        let in_slice = |slice: &RunningSlice| {
            let (population, (neuron, what)) = (slice.plan.population, slice.find_not_finite()?);
            Some(Failure { step, population, neuron, what })
        };
        self.failure = self.slices.iter().filter_map(in_slice).min_by_key(Failure::place);
        self.failure.is_none()
    }

    pub(super) fn set_value(&mut self, stimulus: usize, value: f64) {
        let inputs = self.slices.iter_mut().flat_map(|s| &mut s.inputs);
        for input in inputs.filter(|i| i.id == stimulus) {
            input.fixed = Some(value);
            input.until = 0;
        }
    }

    pub(super) fn set_rate(&mut self, population: usize, hz: f64) {
        let mine = self.emitters.iter_mut().filter(|e| e.plan.population == population);
        mine.for_each(|e| e.emitter.set_rate(hz));
    }

    pub(super) fn for_each_synapse(&self, firsts: &[u64], f: &mut impl FnMut(Synapse)) {
        let words = self.rows.words();
        for (population, first) in firsts[..firsts.len() - 1].iter().enumerate() {
            let rows = self.rows.of(population).unwrap_or(&[]);
            for (source, &row) in rows.iter().enumerate() {
                let mut delay = 0;
                for (entry, begin) in self.rows.entries(row) {
                    delay += entry.steps;
                    let port = self.rows.ports()[usize::from(entry.port)];
                    for &word in &words[begin as usize..begin as usize + usize::from(entry.count)] {
                        f(Synapse {
                            source: first + source as u64,
                            target: self.global(word as u16, firsts),
                            delay,
                            input: port.input,
                            counts: (word.cast_signed() >> 16) << port.shift,
                        });
                    }
                }
            }
        }
        self.procedural.for_each_synapse(firsts, |place| self.global(place, firsts), f);
    }

    /// The global number of the neuron at `place`.
    fn global(&self, place: u16, firsts: &[u64]) -> u64 {
        let place = usize::from(place);
        let slice = self.slices.partition_point(|s| s.plan.offset <= place) - 1;
        let plan = &self.slices[slice].plan;
        firsts[plan.population] + plan.first + (place - plan.offset) as u64
    }
}

/// Blocks of the partition that comes next, to be asked for while this one is updated: few at a
/// time, as only few lines can be on their way.
pub(super) struct Next<'a> {
    pub(super) partition: Option<&'a Partition>,
    pub(super) blocks: Range<usize>,
    pub(super) at_a_time: usize,
}

impl Next<'_> {
    /// Asks for the next few.
    pub(super) fn ask(&mut self) {
        let Some(partition) = self.partition else { return };
        for block in self.blocks.by_ref().take(self.at_a_time) {
            partition.ask(block);
        }
    }
}

/// Moves what fired in a slice to the list, in numbers of the population.
fn publish(fired: &mut [u32], plan: &SlicePlan, step: u64, list: &mut SpikeList) {
    for neuron in fired.iter_mut() {
        *neuron += plan.first as u32;
    }
    list.push(plan.population, step, fired);
}
