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
use super::tally::each;
use super::tools::{Made, Tools};
use super::worker::Counters;
use crate::compile::{Generator, SlicePlan, pack_synapse};
use crate::neuron::Lane;
use crate::random::RESOLUTION;
use crate::rule::{Drawn, Packet, Scratch, Span, Tile};
use crate::simd::{wide, width};

/// Synapses to make before they are added: they stay in the first cache level.
const BATCH: u32 = 2048;
/// Synapses of one weight are counted, not added, where so many times as many as are due are more than the
/// places.
const WORTH_COUNTING: usize = 40;
/// Up to so many times a unit are counted in its tally: more would soon leave the range of a count.
const MANY: u32 = 16;

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
    /// The tiles of which something lies here, in order.
    landings: Vec<Landing>,
    /// How many targets lie here.
    width: usize,
    /// The lane of the first tile.
    lane: usize,
    /// The weight, if all synapses have the same: a unit, and how many times.
    weight: Option<(i32, i8)>,
    /// The shifts of the weights. Synapses that are made already have a lane for each and each tile.
    shifts: Vec<u8>,
}

/// Where a tile lies in a partition.
struct Landing {
    tile: Tile,
    /// What lies here of it, in order.
    stretches: Vec<Stretch>,
}

/// Neighbours among the targets of a tile that are neighbours in the partition.
#[derive(Clone, Copy)]
struct Stretch {
    /// The first of them in the tile.
    first: u32,
    count: u32,
    /// The place of the first.
    place: u32,
}

impl Landing {
    /// Adds what comes next in the tile.
    fn push(&mut self, next: Stretch) {
        match self.stretches.last_mut() {
            Some(last)
                if last.first + last.count == next.first
                    && last.place + last.count == next.place =>
            {
                last.count += next.count;
            }
            _ => self.stretches.push(next),
        }
    }

    /// The place of a target of the tile, if it lies here.
    #[inline]
    fn place(&self, target: u32) -> Option<u16> {
        let within = |s: &Stretch| (s.place, target.wrapping_sub(s.first), s.count);
        let mut all = self.stretches.iter().map(within);
        all.find(|(_, n, count)| n < count).map(|(place, n, _)| (place + n) as u16)
    }

    /// The place of the first target, if all of the tile lies here in one stretch.
    fn base(&self) -> Option<u16> {
        match self.stretches.as_slice() {
            [all] if all.count == self.tile.size => Some(all.place as u16),
            _ => None,
        }
    }
}

impl Incoming {
    /// What `generator` makes of the neurons of `slices`.
    fn new(generator: Arc<Generator>, slices: &[SlicePlan]) -> Self {
        let pairing = generator.synapses.pairing();
        let size = u64::from(pairing.tile(0).size);
        let mut spans: Vec<(Span, usize)> = Vec::new();
        for slice in slices {
            let of_slice = generator.pool.among(slice.population, slice.first, slice.count as u64);
            let place = |span: &Span| slice.offset + (span.neuron - slice.first) as usize;
            spans.extend(of_slice.map(|span| (span, place(&span))));
        }
        spans.sort_unstable_by_key(|(span, _)| span.target);
        let mut landings: Vec<Landing> = Vec::new();
        for (span, place) in &spans {
            let end = span.target + span.count;
            for index in span.target / size..end.div_ceil(size) {
                let tile = pairing.tile(index);
                let from = span.target.max(tile.first);
                let to = end.min(tile.first + u64::from(tile.size));
                if landings.last().is_none_or(|last| last.tile != tile) {
                    landings.push(Landing { tile, stretches: Vec::new() });
                }
                let stretch = Stretch {
                    first: (from - tile.first) as u32,
                    count: (to - from) as u32,
                    place: *place as u32 + (from - span.target) as u32,
                };
                landings.iter_mut().last().into_iter().for_each(|last| last.push(stretch));
            }
        }
        let width = spans.iter().map(|(span, _)| span.count as usize).sum();
        let shifts = generator.weights.shares().into_iter().map(|(shift, _)| shift).collect();
        Self { generator, landings, width, lane: 0, weight: None, shifts }
    }

    /// The numbers of the tiles between which all that lie here are.
    fn tiles(&self) -> Range<u32> {
        match self.landings.as_slice() {
            [] => 0..0,
            [first, ..] => first.tile.index..self.landings[self.landings.len() - 1].tile.index + 1,
        }
    }

    /// The number, among those that lie here, of a tile.
    fn landing(&self, tile: Tile) -> Option<usize> {
        self.landings.binary_search_by_key(&tile.index, |landing| landing.tile.index).ok()
    }

    /// A drawn synapse as 32 bits, and the number of its shift, if it ends here.
    #[inline]
    fn pack(&self, landing: &Landing, drawn: &Drawn) -> Option<(u32, usize)> {
        let (weights, level) = (&self.generator.weights, drawn.level as usize);
        let place = landing.place(drawn.target)?;
        let number = match self.shifts.as_slice() {
            [_] => 0,
            all => all.partition_point(|shift| *shift < weights.shift(level)),
        };
        Some((pack_synapse(place, weights.levels[level]), number))
    }

    /// The lanes of a tile that lies here: one for each shift.
    fn lanes(&self, landing: usize) -> impl Iterator<Item = (usize, u8)> {
        let lanes = (self.lane + landing..).step_by(self.landings.len().max(1));
        lanes.zip(self.shifts.iter().copied())
    }

    /// Makes the synapses of some packets, as places in the partition if all of the tile lies there,
    /// else in the tile.
    fn make(&self, landing: &Landing, packets: &[Packet], made: &mut Made) {
        let base = landing.base().unwrap_or(0);
        self.generator.synapses.targets(landing.tile, base, packets, &mut made.targets);
        self.generator.synapses.levels(landing.tile, packets, &mut made.levels);
    }

    /// The weight of all synapses in counts, if they have the same.
    fn counts(&self) -> Option<i32> {
        let weights = &self.generator.weights;
        (weights.levels.len() == 1).then(|| weights.counts(0))
    }

    /// Adds what was made to the `lane`; returns how many synapses end here.
    fn add(&self, landing: &Landing, made: &Made, lane: &mut Lane) -> u64 {
        match *self.generator.weights.shifts.as_slice() {
            [shift] => self.add_shifted(
                landing,
                made,
                #[inline(always)]
                |_| shift,
                lane,
            ),
            // Of a table of known size, no place is checked.
            ref each => match <&[u8; RESOLUTION]>::try_from(each) {
                Ok(each) => self.add_shifted(landing, made, |level| each[level], lane),
                Err(_) => self.add_shifted(landing, made, |level| each[level], lane),
            },
        }
    }

    /// The same, where `shift` tells by which power of two a level is multiplied.
    #[inline]
    fn add_shifted(
        &self,
        landing: &Landing,
        Made { targets, levels }: &Made,
        shift: impl Fn(usize) -> u8,
        lane: &mut Lane,
    ) -> u64 {
        let weights = self.generator.weights.levels.as_slice();
        let mut put = |place: usize, level: u16| {
            let level = usize::from(level);
            lane[place] = lane[place].wrapping_add(i32::from(weights[level]) << shift(level));
        };
        if landing.base().is_none() {
            let mut events = 0;
            for (i, &target) in targets.iter().enumerate() {
                if let Some(place) = landing.place(u32::from(target)) {
                    let level = levels.get(i).copied().unwrap_or(0);
                    put(usize::from(place), level);
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
                |_| add_drawn(targets, levels, weights, &shift, lane),
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
            let incoming = Incoming::new(generator.clone(), slices);
            let tiles = incoming.landings.len();
            if tiles > 0 {
                let shifts = incoming.shifts.len();
                projections.push(Incoming { lane: lanes, ..incoming });
                lanes += tiles * shifts;
            }
        }
        share_units(&mut projections);
        Self {
            packets: Calendar::new(max_delay, lanes),
            made: Calendar::new(max_delay, lanes),
            projections,
        }
    }

    /// Whether nothing is made here.
    pub(super) fn is_empty(&self) -> bool {
        self.projections.is_empty()
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
                for tile in synapses.tiles(u64::from(alike[0]), incoming.tiles()) {
                    let Some(landing) = incoming.landing(tile) else { continue };
                    let lane = incoming.lane + landing;
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
                            let word = incoming.pack(&incoming.landings[landing], d);
                            if let Some((word, shift)) = word {
                                let lane = lane + shift * incoming.landings.len();
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
            let input = incoming.generator.weights.input;
            let lanes = incoming.lane..incoming.lane + incoming.landings.len();
            let weight = incoming.weight.filter(|&(unit, _)| {
                let due = lanes.clone().flat_map(|i| packets.due(step, i));
                let due: usize = due.map(|p| p.count as usize).sum();
                due > 0 && (tallies.has(input, unit) || WORTH_COUNTING * due > incoming.width)
            });
            for (number, (i, landing)) in lanes.zip(&incoming.landings).enumerate() {
                let weight = weight.filter(|_| landing.base().is_some());
                let mut rest = packets.due(step, i);
                counters.packets += rest.len() as u64;
                while let Some(some) = batch(&mut rest) {
                    incoming.make(landing, some, made);
                    counters.events += if let Some((unit, times)) = weight {
                        tallies.of(input, unit).count(&made.targets, times, inbox);
                        made.targets.len() as u64
                    } else {
                        incoming.add(landing, made, &mut inbox.arrivals()[input])
                    };
                }
                packets.done(step, i);
                for (i, shift) in incoming.lanes(number) {
                    let words = ready.due(step, i);
                    counters.events += words.len() as u64;
                    if !words.is_empty() {
                        add_all(words, &mut inbox.arrivals()[input], shift);
                    }
                    ready.done(step, i);
                }
            }
        }
    }

    /// Synaptic events that are on their way.
    pub(super) fn pending(&self) -> u64 {
        let (mut made, mut nowhere) = (Made::default(), each(0));
        let mut pending = self.made.pending().map(|(_, made)| made.len() as u64).sum::<u64>();
        for (lane, packets) in self.packets.pending().filter(|(_, packets)| !packets.is_empty()) {
            let after = self.projections.partition_point(|i| i.lane <= lane);
            let incoming = &self.projections[after - 1];
            let landing = &incoming.landings[lane - incoming.lane];
            if landing.base().is_some() {
                pending += packets.iter().map(|p| u64::from(p.count)).sum::<u64>();
                continue;
            }
            incoming.make(landing, packets, &mut made);
            pending += incoming.add(landing, &made, &mut nowhere);
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
            let Generator { source: population, synapses, weights, .. } = &*incoming.generator;
            let tiles = |s| synapses.tiles(s, incoming.tiles());
            for (source, tile) in
                (0..synapses.pairing().sources).flat_map(|s| tiles(s).map(move |t| (s, t)))
            {
                let Some(landing) = incoming.landing(tile) else { continue };
                let landing = &incoming.landings[landing];
                drawn.clear();
                synapses.row(source, tile, &mut scratch, &mut drawn);
                for d in &drawn {
                    if let Some(place) = landing.place(d.target) {
                        f(Synapse {
                            source: firsts[*population] + source,
                            target: global(place),
                            delay: d.delay,
                            input: weights.input as u8,
                            counts: weights.counts(d.level as usize),
                        });
                    }
                }
            }
        }
    }
}

/// Lets projections onto the same input whose weights are small multiples of one be counted together.
fn share_units(projections: &mut [Incoming]) {
    let of = |p: &Incoming| Some((p.generator.weights.input, p.counts()?));
    let all: Vec<_> = projections.iter().filter_map(of).collect();
    for incoming in projections {
        let Some((input, weight)) = of(incoming) else { continue };
        let same = all.iter().filter(|(other, _)| *other == input);
        let unit = same.fold(0, |unit, (_, weight)| divisor(unit, weight.unsigned_abs()));
        let units = i32::try_from(unit.max(1)).ok().map(|unit| (unit, weight / unit));
        let few = |(unit, times): (i32, i32)| {
            let small = times.unsigned_abs() <= MANY;
            i8::try_from(times).ok().filter(|_| small).map(|times| (unit, times))
        };
        incoming.weight = Some(units.and_then(few).unwrap_or((weight, 1)));
    }
}

/// The greatest common divisor.
fn divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { divisor(b, a % b) }
}

/// Adds synapses whose weights are all drawn from a table.
#[inline(always)]
fn add_drawn(
    targets: &[u16],
    levels: &[u16],
    weights: &[i16; RESOLUTION],
    shift: impl Fn(usize) -> u8,
    lane: &mut Lane,
) {
    for (&place, &level) in targets.iter().zip(levels) {
        let (place, level) = (usize::from(place), usize::from(level) % RESOLUTION);
        lane[place] = lane[place].wrapping_add(i32::from(weights[level]) << shift(level));
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
