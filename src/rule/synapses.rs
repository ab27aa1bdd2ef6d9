//! The synapses of a projection: targets by a rule, weights and delays by distributions.
//!
//! Streams are keyed by (projection, source, tile); where targets are independent, the number of
//! synapses of each delay comes first, then targets and weights with the delay in the key, so
//! that the synapses of one (source, tile, delay) can be made again by themselves.

mod packets;

pub use packets::Packet;

use std::ops::Range;

use super::{Columns, Pairing, Row, RowKind, Rule, Tile, Tiles, Wiring};
use crate::Result;
use crate::random::{Ars, Delays, Key, Levels, Purpose, fill, philox, step_of};
use crate::simd::{Width, wide, width};
use crate::units::{Quantity, Time};

/// One synapse of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drawn {
    /// The place of the target within the tile.
    pub target: u32,
    /// Which of [`Synapses::weights`] it has.
    pub level: u32,
    /// Its delay in steps.
    pub delay: u16,
}

/// One synapse of a target, where a rule works target by target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Incoming {
    /// The number of the source within its population.
    pub source: u32,
    /// Which of [`Synapses::weights`] it has.
    pub level: u32,
    /// Its delay in steps.
    pub delay: u16,
}

/// Buffers that are reused from row to row.
#[derive(Default)]
pub struct Scratch {
    row: Row,
    words: Vec<u32>,
    counts: Vec<u32>,
    sources: Vec<u32>,
    packets: Vec<Packet>,
    bits: Vec<Packet>,
    halves: Vec<u16>,
    /// By delay.
    delayed: Vec<Vec<Packet>>,
    targets: Vec<u16>,
    levels: Vec<u16>,
}

/// All synapses of one projection, made on demand.
pub struct Synapses {
    pairing: Pairing,
    wiring: Wiring,
    tiles: Tiles,
    /// How many sources a module has.
    module: u64,
    weights: Vec<f64>,
    delays: Delays,
    /// Below which 16 random bits mean the shortest delay, at most the second shortest, ...
    bounds: Vec<u16>,
    /// How often the range of delays can be halved until each has one part, if all are alike.
    halvings: Option<u32>,
    /// Shortest and longest delay within a module.
    own: (u16, u16),
    /// Shortest and longest delay of all.
    range: (u16, u16),
    keys: Keys,
    /// Of independent synapses.
    delay: Ars,
    target: Ars,
    weight: Ars,
    /// Whether a source may be among its own independent targets.
    autapses: bool,
    width: Width,
}

struct Keys {
    delay: Key,
    weight: Key,
}

/// Marks streams that do not belong to one delay.
const ANY_DELAY: u32 = u32::MAX;

/// Up to so many delays, their numbers are found by comparing with bounds.
const MANY_DELAYS: usize = 64;

/// Up to so many words, single Philox blocks are faster than a SIMD register full of them.
const SHORT: u32 = 8;

impl Synapses {
    /// Applies `rule` to `pairing`, with weights from `levels` and delays from `delays`. Each module
    /// projects to itself.
    ///
    /// # Errors
    /// What [`Rule::wire`] refuses.
    pub fn new(rule: &dyn Rule, pairing: Pairing, levels: &Levels, delays: Delays) -> Result<Self> {
        let key = |purpose| Key::new(pairing.seed, purpose, pairing.projection);
        let in_steps = |ms: f64| {
            let most = Delays::MAX_STEPS.into();
            step_of(Time::new(ms), pairing.dt).clamp(1, most) as u16
        };
        let own = match rule.delays() {
            Some((least, most)) => (in_steps(least), in_steps(most)),
            None => (delays.min(), delays.max()),
        };
        let bounds: Vec<u16> = (delays.min()..delays.max()).map(|d| delays.bound(d)).collect();
        let wiring = rule.wire(&pairing)?;
        debug_assert_eq!(rule.by_row(), matches!(wiring, Wiring::Rows(_)), "{}", rule.name());
        Ok(Self {
            pairing,
            module: pairing.sources / pairing.modules,
            tiles: Tiles::own(pairing),
            own,
            range: own,
            autapses: !matches!(&wiring, Wiring::Rows(rows) if !rows.autapses()),
            wiring,
            weights: rule.weights().unwrap_or(levels.values()).to_vec(),
            halvings: halvings(&bounds),
            bounds,
            delays,
            keys: Keys { delay: key(Purpose::Delay), weight: key(Purpose::Weight) },
            delay: Ars::new(key(Purpose::Delay)),
            target: Ars::new(key(Purpose::Target)),
            weight: Ars::new(key(Purpose::Weight)),
            width: width(),
        })
    }

    /// The same, where each module projects to some tiles.
    #[must_use]
    pub fn between(self, tiles: Tiles) -> Self {
        let (least, most) = tiles.later();
        let range = (self.own.0 + least, self.own.1 + most);
        Self { tiles, range, ..self }
    }

    /// The two populations.
    #[must_use]
    pub fn pairing(&self) -> &Pairing {
        &self.pairing
    }

    /// The tiles that `source` projects to, ascending, of those with numbers `among`.
    pub fn tiles(&self, source: u64, among: Range<u32>) -> impl Iterator<Item = Tile> {
        self.tiles.among((source / self.module) as usize, among)
    }

    /// How many sources a module has.
    #[must_use]
    pub fn module(&self) -> u32 {
        self.module as u32
    }

    /// The weights that synapses choose from, in base units.
    #[must_use]
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// The shortest and longest delay in steps.
    #[must_use]
    pub fn delays(&self) -> (u16, u16) {
        self.range
    }

    /// Whether rows can be made source by source.
    #[must_use]
    pub fn by_row(&self) -> bool {
        matches!(self.wiring, Wiring::Rows(_))
    }

    /// Appends the synapses of `source` in `tile`, in ascending order of delay where targets are
    /// independent. Only for rules that work [by row](Self::by_row).
    pub fn row(&self, source: u64, tile: Tile, scratch: &mut Scratch, out: &mut Vec<Drawn>) {
        let Wiring::Rows(rows) = &self.wiring else {
            return;
        };
        let mut row = std::mem::take(&mut scratch.row);
        rows.row(source, tile, &mut row);
        let who = [source as u32, tile.index];
        match row.kind {
            RowKind::Independent(count) => self.independent(source, tile, count, scratch, out),
            RowKind::Listed if row.explicit.is_empty() => {
                self.listed(who, tile, &row, scratch, out);
            }
            RowKind::Listed => out.extend(
                row.targets.iter().zip(&row.explicit).map(|(&target, &(level, delay))| Drawn {
                    target,
                    level,
                    delay,
                }),
            ),
        }
        scratch.row = row;
    }

    /// Draws how many of `count` synapses have each delay, into `counts`.
    fn count_delays(&self, who: [u32; 2], count: u32, words: &mut Vec<u32>, counts: &mut Vec<u32>) {
        let span = usize::from(self.delays.max() - self.delays.min()) + 1;
        counts.clear();
        counts.resize(span, 0);
        let rest = [who[0], who[1], ANY_DELAY];
        self.draw(self.keys.delay, rest, count.div_ceil(2), words);
        if span > MANY_DELAYS || cfg!(target_endian = "big") {
            for i in 0..count as usize {
                let delay = self.delays.draw(half(words, i));
                counts[usize::from(delay - self.delays.min())] += 1;
            }
            return;
        }
        let halves = &bytemuck::cast_slice(words)[..count as usize];
        let mut shorter = 0;
        for (counted, &bound) in counts.iter_mut().zip(&self.bounds) {
            let below = wide(
                self.width,
                #[inline(always)]
                |_| count_below(halves, bound),
            );
            *counted = below - shorter;
            shorter = below;
        }
        counts[span - 1] = count - shorter;
    }

    /// Gives each listed target a delay and a weight.
    fn listed(
        &self,
        who: [u32; 2],
        tile: Tile,
        row: &Row,
        scratch: &mut Scratch,
        out: &mut Vec<Drawn>,
    ) {
        let rest = [who[0], who[1], ANY_DELAY];
        let begin = out.len();
        let n = row.targets.len() as u32;
        if self.delays.steps().len() > 1 {
            self.draw(self.keys.delay, rest, n.div_ceil(2), &mut scratch.words);
            out.extend(row.targets.iter().enumerate().map(|(i, &target)| Drawn {
                target,
                level: 0,
                delay: self.delays.draw(half(&scratch.words, i)) + tile.later,
            }));
        } else {
            let delay = self.delays.min() + tile.later;
            out.extend(row.targets.iter().map(|&target| Drawn { target, level: 0, delay }));
        }
        self.draw_levels(rest, scratch, &mut out[begin..]);
    }

    /// Draws the weights of `synapses`, where they differ.
    fn draw_levels(&self, rest: [u32; 3], scratch: &mut Scratch, synapses: &mut [Drawn]) {
        if self.weights.len() > 1 {
            let n = synapses.len() as u32;
            self.draw(self.keys.weight, rest, n.div_ceil(2), &mut scratch.words);
            for (i, synapse) in synapses.iter_mut().enumerate() {
                synapse.level = u32::from(half(&scratch.words, i) >> 4);
            }
        }
    }

    /// Appends the synapses of `target`. Only for rules that work by column.
    pub fn column(&self, target: u64, scratch: &mut Scratch, out: &mut Vec<Incoming>) {
        let Wiring::Columns(columns) = &self.wiring else {
            return;
        };
        scratch.sources.clear();
        let columns: &dyn Columns = &**columns;
        columns.column(target, &mut scratch.sources);
        let n = scratch.sources.len() as u32;
        let rest = [target as u32, (target >> 32) as u32, ANY_DELAY];
        let begin = out.len();
        out.extend(scratch.sources.iter().map(|&source| Incoming {
            source,
            level: 0,
            delay: self.delays.min(),
        }));
        if self.delays.steps().len() > 1 {
            self.draw(self.keys.delay, rest, n.div_ceil(2), &mut scratch.words);
            for (i, synapse) in out[begin..].iter_mut().enumerate() {
                synapse.delay = self.delays.draw(half(&scratch.words, i));
            }
        }
        if self.weights.len() > 1 {
            self.draw(self.keys.weight, rest, n.div_ceil(2), &mut scratch.words);
            for (i, synapse) in out[begin..].iter_mut().enumerate() {
                synapse.level = u32::from(half(&scratch.words, i) >> 4);
            }
        }
    }

    /// Calls `f` with source, target, level of weight and delay of every synapse: source by source, or
    /// target by target where the rule works so.
    pub fn for_each(&self, mut f: impl FnMut(u64, u64, u32, u16)) {
        let (mut scratch, mut row, mut column) = (Scratch::default(), Vec::new(), Vec::new());
        if self.by_row() {
            for source in 0..self.pairing.sources {
                for tile in self.tiles(source, 0..u32::MAX) {
                    row.clear();
                    self.row(source, tile, &mut scratch, &mut row);
                    for s in &row {
                        f(source, tile.first + u64::from(s.target), s.level, s.delay);
                    }
                }
            }
            return;
        }
        for target in 0..self.pairing.targets {
            column.clear();
            self.column(target, &mut scratch, &mut column);
            for s in &column {
                f(u64::from(s.source), target, s.level, s.delay);
            }
        }
    }

    /// The first `n` words of a stream.
    fn draw(&self, key: Key, rest: [u32; 3], n: u32, words: &mut Vec<u32>) {
        words.resize(n as usize, 0);
        if n <= SHORT {
            for (block, words) in (0..).zip(words.chunks_mut(4)) {
                let all = philox([block, rest[0], rest[1], rest[2]], key);
                words.copy_from_slice(&all[..words.len()]);
            }
            return;
        }
        wide(
            self.width,
            #[inline(always)]
            |_| fill(key, rest, words),
        );
    }
}

/// How often a range can be halved until each of its equal parts, which end at `bounds`, is alone.
fn halvings(bounds: &[u16]) -> Option<u32> {
    let parts = bounds.len() as u32 + 1;
    let equal = (1..).zip(bounds).all(|(i, &bound)| i * (1 << 16) == u32::from(bound) * parts);
    (parts > 1 && parts.is_power_of_two() && equal).then(|| parts.trailing_zeros())
}

/// How many of `numbers` are below `bound`.
#[inline(always)]
fn count_below(numbers: &[u16], bound: u16) -> u32 {
    let mut total = 0;
    // So few at a time that 16 bits can count them: twice as many to a SIMD register.
    for some in numbers.chunks(1 << 15) {
        let mut below = 0_u16;
        for &number in some {
            below += u16::from(number < bound);
        }
        total += u32::from(below);
    }
    total
}

/// The `i`-th half word.
#[inline]
fn half(words: &[u32], i: usize) -> u16 {
    (words[i / 2] >> (16 * (i % 2))) as u16
}
