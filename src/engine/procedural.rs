//! Synapses that lie nowhere: made again, by the generator that also makes stored ones, whenever
//! their source spikes.
//!
//! Where the synapses of one delay can be made by themselves, a spike leaves a few bytes for each
//! delay, from which they are made in the step in which they are due. Other rules make all
//! synapses of the source at once, which then wait for their step, 4 bytes each.

use std::ops::Range;
use std::sync::Arc;

use super::calendar::Calendar;
use super::deliver::add_all;
use super::exchange::{Run, Synapse};
use super::tally::zeros;
use super::tools::{Made, Tools};
use super::worker::Counters;
use crate::compile::{Generator, SlicePlan, pack_synapse};
use crate::neuron::{Lane, PLACES};
use crate::random::RESOLUTION;
use crate::rule::{Drawn, Packet, Scratch, Tile};
use crate::simd::{wide, width};

/// Synapses to make before they are added: they stay in the first cache level.
const BATCH: u32 = 2048;
/// Synapses of one weight are counted, not added, where so many times as many as are due are more than the
/// places.
const WORTH_COUNTING: usize = 40;

/// The procedural projections into a partition, and what is due of them.
pub(super) struct Procedural {
    projections: Vec<Incoming>,
    /// Synapses to be made, by projection and tile.
    packets: Calendar<Packet>,
    /// Synapses that are made already, by projection and tile.
    made: Calendar<u32>,
}

/// The part of a projection that ends in a partition.
struct Incoming {
    generator: Arc<Generator>,
    /// The targets.
    slice: SlicePlan,
    /// The numbers of the tiles they lie in.
    tiles: Range<u32>,
    /// The lane of the first tile.
    lane: usize,
}

impl Incoming {
    fn new(generator: Arc<Generator>, slice: SlicePlan) -> Self {
        let pairing = generator.synapses.pairing();
        let size = u64::from(pairing.tile(0).size);
        let last = slice.first + slice.count as u64 - 1;
        let tiles = (slice.first / size) as u32..(last / size) as u32 + 1;
        Self { generator, slice, tiles, lane: 0 }
    }

    /// Tile number `index`.
    fn tile(&self, index: u32) -> Tile {
        self.generator.synapses.pairing().tile(u64::from(index))
    }

    /// The place within the slice of the first target of `tile`, which may lie before it, and
    /// whether all of the tile lies in the slice.
    fn places(&self, tile: Tile) -> (u32, bool) {
        let end = self.slice.first + self.slice.count as u64;
        let here = self.slice.first <= tile.first && tile.first + u64::from(tile.size) <= end;
        (tile.first.wrapping_sub(self.slice.first) as u32, here)
    }

    /// A drawn synapse as 32 bits, if it ends here.
    #[inline]
    fn pack(&self, tile: Tile, drawn: &Drawn) -> Option<u32> {
        let place = self.places(tile).0.wrapping_add(drawn.target);
        (place < self.slice.count as u32).then(|| {
            let place = self.slice.offset as u32 + place;
            pack_synapse(place as u16, self.generator.levels[drawn.level as usize])
        })
    }

    /// Where the first target of `tile` lies in the partition, if all of it does.
    fn base(&self, tile: Tile) -> Option<u16> {
        let (first, here) = self.places(tile);
        here.then(|| (self.slice.offset as u32 + first) as u16)
    }

    /// Makes the synapses of some packets, as places in the partition if all of the tile lies there,
    /// else in the tile.
    fn make(&self, tile: Tile, packets: &[Packet], made: &mut Made) {
        let base = self.base(tile).unwrap_or(0);
        self.generator.synapses.targets(tile, base, packets, &mut made.targets);
        self.generator.synapses.levels(tile, packets, &mut made.levels);
    }

    /// The weight of all synapses, if they have the same.
    fn weight(&self) -> Option<i32> {
        match self.generator.levels.as_slice() {
            [weight] => Some(i32::from(*weight) << self.generator.port.shift),
            _ => None,
        }
    }

    /// Adds what was made to the `lane`; returns how many synapses end here.
    fn add(&self, tile: Tile, Made { targets, levels }: &Made, lane: &mut Lane) -> u64 {
        let (weights, shift) = (self.generator.levels.as_slice(), self.generator.port.shift);
        let mut put = |place: usize, level: u16| {
            lane[place] = lane[place].wrapping_add(i32::from(weights[usize::from(level)]) << shift);
        };
        if self.base(tile).is_none() {
            let (first, _) = self.places(tile);
            let mut events = 0;
            for (i, &target) in targets.iter().enumerate() {
                let place = first.wrapping_add(u32::from(target)) as usize;
                if place < self.slice.count {
                    let level = levels.get(i).copied().unwrap_or(0);
                    put((self.slice.offset + place) % PLACES, level);
                    events += 1;
                }
            }
            return events;
        }
        if levels.is_empty() {
            for &place in targets {
                put(usize::from(place), 0);
            }
        } else if let Ok(weights) = <&[i16; RESOLUTION]>::try_from(weights) {
            wide(
                width(),
                #[inline(always)]
                |_| add_drawn(targets, levels, weights, shift, lane),
            );
        } else {
            for (&place, &level) in targets.iter().zip(levels) {
                put(usize::from(place), level);
            }
        }
        targets.len() as u64
    }
}

impl Procedural {
    /// The projections of `generators` that end in `slices`.
    pub(super) fn new(generators: &[Arc<Generator>], slices: &[SlicePlan], max_delay: u16) -> Self {
        let mut projections: Vec<Incoming> = Vec::new();
        let mut lanes = 0;
        for generator in generators {
            if let Some(slice) = slices.iter().find(|s| s.population == generator.target) {
                let incoming = Incoming::new(generator.clone(), *slice);
                let tiles = incoming.tiles.len();
                projections.push(Incoming { lane: lanes, ..incoming });
                lanes += tiles;
            }
        }
        Self {
            packets: Calendar::new(max_delay, lanes),
            made: Calendar::new(max_delay, lanes),
            projections,
        }
    }

    /// Leaves what the spikes of a run will cause here.
    pub(super) fn schedule(&mut self, run: Run, neurons: &[u32], tools: &mut Tools) {
        let Self { projections, packets, made } = self;
        let Tools { scratch, drawn, .. } = tools;
        let population = run.population as usize;
        for incoming in projections.iter().filter(|i| i.generator.source == population) {
            let synapses = &incoming.generator.synapses;
            // Neurons of a module project to the same tiles.
            let module = synapses.module();
            let mut rest = neurons;
            while let Some(alike) = of_one_module(&mut rest, module) {
                for tile in synapses.tiles(u64::from(alike[0]), incoming.tiles.clone()) {
                    let lane = incoming.lane + (tile.index - incoming.tiles.start) as usize;
                    let later = |some: &[Packet]| {
                        if let [Packet { delay, .. }, ..] = some {
                            packets.extend(run.step + u64::from(*delay), lane, some);
                        }
                    };
                    if synapses.packets(alike, tile, scratch, later) {
                        continue;
                    }
                    for &source in alike {
                        drawn.clear();
                        synapses.row(u64::from(source), tile, scratch, drawn);
                        for d in drawn.iter() {
                            if let Some(word) = incoming.pack(tile, d) {
                                made.push(run.step + u64::from(d.delay), lane, word);
                            }
                        }
                    }
                }
            }
        }
    }

    /// Adds what is due at `step` to the inbox.
    pub(super) fn drain(&mut self, step: u64, tools: &mut Tools, counters: &mut Counters) {
        let Self { projections, packets, made: ready } = self;
        let Tools { inbox, tallies, made, .. } = tools;
        for incoming in projections.iter() {
            let port = incoming.generator.port;
            let input = usize::from(port.input);
            let lanes = incoming.lane..incoming.lane + incoming.tiles.len();
            let weight = incoming.weight().filter(|&weight| {
                let due = lanes.clone().flat_map(|i| packets.due(step, i));
                let due: usize = due.map(|p| p.count as usize).sum();
                due > 0
                    && (tallies.has(input, weight) || WORTH_COUNTING * due > incoming.slice.count)
            });
            for (i, index) in lanes.zip(incoming.tiles.clone()) {
                let tile = incoming.tile(index);
                let weight = weight.filter(|_| incoming.base(tile).is_some());
                let mut rest = packets.due(step, i);
                counters.packets += rest.len() as u64;
                while let Some(some) = batch(&mut rest) {
                    incoming.make(tile, some, made);
                    counters.events += if let Some(weight) = weight {
                        tallies.of(input, weight).count(&made.targets, inbox);
                        made.targets.len() as u64
                    } else {
                        incoming.add(tile, made, &mut inbox.arrivals()[input])
                    };
                }
                packets.done(step, i);
                let words = ready.due(step, i);
                counters.events += words.len() as u64;
                if !words.is_empty() {
                    add_all(words, &mut inbox.arrivals()[input], port.shift);
                }
                ready.done(step, i);
            }
        }
    }

    /// Synaptic events that are on their way.
    pub(super) fn pending(&self) -> u64 {
        let (mut made, mut nowhere) = (Made::default(), zeros());
        let mut pending = self.made.pending().map(|(_, made)| made.len() as u64).sum::<u64>();
        for (lane, packets) in self.packets.pending().filter(|(_, packets)| !packets.is_empty()) {
            let after = self.projections.partition_point(|i| i.lane <= lane);
            let incoming = &self.projections[after - 1];
            let tile = incoming.tile(incoming.tiles.start + (lane - incoming.lane) as u32);
            if incoming.base(tile).is_some() {
                pending += packets.iter().map(|p| u64::from(p.count)).sum::<u64>();
                continue;
            }
            incoming.make(tile, packets, &mut made);
            pending += incoming.add(tile, &made, &mut nowhere);
        }
        pending
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
            let tiles = |s| synapses.tiles(s, incoming.tiles.clone());
            for (source, tile) in
                (0..synapses.pairing().sources).flat_map(|s| tiles(s).map(move |t| (s, t)))
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

/// Adds synapses whose weights are all drawn from a table.
#[inline(always)]
fn add_drawn(
    targets: &[u16],
    levels: &[u16],
    weights: &[i16; RESOLUTION],
    shift: u8,
    lane: &mut Lane,
) {
    for (&place, &level) in targets.iter().zip(levels) {
        let (place, level) = (usize::from(place), usize::from(level) % RESOLUTION);
        lane[place] = lane[place].wrapping_add(i32::from(weights[level]) << shift);
    }
}

/// Takes the next packets, so many that they are worth making together.
fn batch<'a>(rest: &mut &'a [Packet]) -> Option<&'a [Packet]> {
    let mut events = 0;
    let enough = |p: &Packet| {
        let before = events;
        events += p.count;
        before >= BATCH
    };
    let n = rest.iter().position(enough).unwrap_or(rest.len());
    let (some, later) = rest.split_at(n);
    *rest = later;
    (n > 0).then_some(some)
}

/// Takes the next neurons that are of one module.
fn of_one_module<'a>(rest: &mut &'a [u32], module: u32) -> Option<&'a [u32]> {
    let begin = rest.first()? / module * module;
    let n = rest.iter().position(|n| n.wrapping_sub(begin) >= module).unwrap_or(rest.len());
    let (some, later) = rest.split_at(n);
    *rest = later;
    Some(some)
}
