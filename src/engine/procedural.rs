//! Synapses that lie nowhere: made again, by the generator that also makes stored ones, whenever
//! their source spikes.
//!
//! Where the synapses of one delay can be made by themselves, a spike leaves a few bytes for each
//! delay, from which they are made in the step in which they are due. Other rules make all
//! synapses of the source at once, which then wait for their step, 4 bytes each.

use std::sync::Arc;

use super::calendar::Calendar;
use super::deliver::add_all;
use super::exchange::{Run, Synapse};
use super::worker::Counters;
use crate::compile::{Generator, SlicePlan, pack_synapse};
use crate::neuron::Lane;
use crate::rule::{Drawn, Packet, Scratch, Tile};

/// Synapses to make before they are added: they stay in the first cache level.
const BATCH: usize = 4096;

/// The procedural projections into a partition, and what is due of them.
pub(super) struct Procedural {
    projections: Vec<Incoming>,
    /// Synapses to be made, with their delay, by projection.
    packets: Calendar<(u16, Packet)>,
    /// Synapses that are made already, by projection.
    made: Calendar<u32>,
    scratch: Scratch,
    drawn: Vec<Drawn>,
    words: Vec<u32>,
}

/// The part of a projection that ends in a partition.
struct Incoming {
    generator: Arc<Generator>,
    /// The targets.
    slice: SlicePlan,
    /// The tiles they lie in.
    tiles: Vec<Tile>,
}

impl Incoming {
    fn new(generator: Arc<Generator>, slice: SlicePlan) -> Self {
        let mine = slice.first..slice.first + slice.count as u64;
        let overlaps = |t: &Tile| t.first < mine.end && mine.start < t.first + u64::from(t.size);
        let tiles = generator.synapses.pairing().tiles().filter(overlaps).collect();
        Self { generator, slice, tiles }
    }

    /// A drawn synapse as 32 bits, if it ends here.
    #[inline]
    fn pack(&self, tile: Tile, drawn: &Drawn) -> Option<u32> {
        let target = tile.first + u64::from(drawn.target);
        let place = target.wrapping_sub(self.slice.first);
        (place < self.slice.count as u64).then(|| {
            let place = self.slice.offset as u64 + place;
            pack_synapse(place as u16, self.generator.levels[drawn.level as usize])
        })
    }

    /// Adds a packet to its lane where that needs no more than its targets: all of them lie here,
    /// and all weights are the same. Says whether it did.
    fn add(&self, packet: Packet, delay: u16, scratch: &mut Scratch, lane: &mut Lane) -> bool {
        let Generator { synapses, levels, port, .. } = &*self.generator;
        let tile = synapses.pairing().tile(u64::from(packet.tile));
        let end = self.slice.first + self.slice.count as u64;
        let here = self.slice.first <= tile.first && tile.first + u64::from(tile.size) <= end;
        let ([weight], true) = (levels.as_slice(), here) else {
            return false;
        };
        let weight = i32::from(*weight) << port.shift;
        let first = self.slice.offset as u32 + (tile.first - self.slice.first) as u32;
        synapses.packet(packet, delay, scratch, |target, _| {
            let place = usize::from((first + target) as u16);
            lane[place] = lane[place].wrapping_add(weight);
        });
        true
    }

    /// Appends the synapses of a packet that end here.
    fn make(&self, packet: Packet, delay: u16, scratch: &mut Scratch, words: &mut Vec<u32>) {
        let Generator { synapses, levels, .. } = &*self.generator;
        let tile = synapses.pairing().tile(u64::from(packet.tile));
        let (count, offset) = (self.slice.count as u32, self.slice.offset as u32);
        let first = (tile.first.wrapping_sub(self.slice.first)) as u32;
        let mut n = words.len();
        words.resize(n + packet.count as usize, 0);
        let (levels, out) = (levels.as_slice(), words.as_mut_slice());
        synapses.packet(packet, delay, scratch, |target, level| {
            // Without a branch: whether a target lies here may be as likely as not.
            let place = first.wrapping_add(target);
            out[n] = pack_synapse(offset.wrapping_add(place) as u16, levels[level as usize]);
            n += usize::from(place < count);
        });
        words.truncate(n);
    }
}

impl Procedural {
    /// The projections of `generators` that end in `slices`.
    pub(super) fn new(generators: &[Arc<Generator>], slices: &[SlicePlan], max_delay: u16) -> Self {
        let slice_of = |g: &Generator| slices.iter().find(|s| s.population == g.target);
        let projections: Vec<Incoming> = generators
            .iter()
            .filter_map(|g| slice_of(g).map(|slice| Incoming::new(g.clone(), *slice)))
            .collect();
        Self {
            packets: Calendar::new(max_delay, projections.len()),
            made: Calendar::new(max_delay, projections.len()),
            projections,
            scratch: Scratch::default(),
            drawn: Vec::new(),
            words: Vec::new(),
        }
    }

    /// Leaves what the spikes of a run will cause here.
    pub(super) fn schedule(&mut self, run: Run, neurons: &[u32]) {
        let Self { projections, packets, made, scratch, drawn, .. } = self;
        for (lane, incoming) in projections.iter().enumerate() {
            if incoming.generator.source != run.population as usize {
                continue;
            }
            let synapses = &incoming.generator.synapses;
            for (&neuron, &tile) in
                neurons.iter().flat_map(|n| incoming.tiles.iter().map(move |t| (n, t)))
            {
                let source = u64::from(neuron);
                let later = |delay: u16, packet: Packet| {
                    packets.push(run.step + u64::from(delay), lane, (delay, packet));
                };
                if !synapses.packets(source, tile, scratch, later) {
                    drawn.clear();
                    synapses.row(source, tile, scratch, drawn);
                    for d in drawn.iter() {
                        if let Some(word) = incoming.pack(tile, d) {
                            made.push(run.step + u64::from(d.delay), lane, word);
                        }
                    }
                }
            }
        }
    }

    /// Adds what is due at `step` to the inbox.
    pub(super) fn drain(&mut self, step: u64, inbox: &mut [Lane], counters: &mut Counters) {
        let Self { projections, packets, made, scratch, words, .. } = self;
        let due = packets.due(step).iter_mut().zip(made.due(step));
        for (incoming, (packets, made)) in projections.iter().zip(due) {
            let port = incoming.generator.port;
            let lane = &mut inbox[usize::from(port.input)];
            let add = |words: &mut Vec<u32>, lane: &mut Lane| {
                let events = words.len() as u64;
                add_all(words, lane, port.shift);
                words.clear();
                events
            };
            counters.packets += packets.len() as u64;
            for (delay, packet) in packets.drain(..) {
                if incoming.add(packet, delay, scratch, lane) {
                    counters.events += u64::from(packet.count);
                    continue;
                }
                incoming.make(packet, delay, scratch, words);
                if words.len() >= BATCH {
                    counters.events += add(words, lane);
                }
            }
            counters.events += add(words, lane);
            counters.events += add(made, lane);
        }
    }

    /// Synaptic events that are on their way.
    pub(super) fn pending(&self) -> u64 {
        let (mut scratch, mut words) = (Scratch::default(), Vec::new());
        let mut pending = 0;
        for (lane, packets) in self.packets.pending() {
            for &(delay, packet) in packets {
                let incoming = &self.projections[lane];
                incoming.make(packet, delay, &mut scratch, &mut words);
                pending += words.len() as u64;
                words.clear();
            }
        }
        pending + self.made.pending().map(|(_, made)| made.len() as u64).sum::<u64>()
    }

    /// Calls `f` with every synapse; `global` turns a place into a number of the network.
    pub(super) fn for_each_synapse(
        &self,
        firsts: &[u64],
        global: impl Fn(u16) -> u64,
        f: &mut impl FnMut(Synapse),
    ) {
        let (mut scratch, mut drawn) = (Scratch::default(), Vec::new());
        for incoming in &self.projections {
            let Generator { source: population, port, synapses, .. } = &*incoming.generator;
            for (source, &tile) in (0..synapses.pairing().sources)
                .flat_map(|s| incoming.tiles.iter().map(move |t| (s, t)))
            {
                drawn.clear();
                synapses.row(source, tile, &mut scratch, &mut drawn);
                for d in &drawn {
                    if let Some(word) = incoming.pack(tile, d) {
                        f(Synapse {
                            source: firsts[*population] + source,
                            target: global(word as u16),
                            delay: d.delay,
                            input: port.input,
                            counts: (word.cast_signed() >> 16) << port.shift,
                        });
                    }
                }
            }
        }
    }
}
