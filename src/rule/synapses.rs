//! The synapses of a projection: targets by a rule, weights and delays by distributions.
//!
//! Streams are keyed by (projection, source, tile); where targets are independent, the number of
//! synapses of each delay comes first, then targets and weights with the delay in the key, so
//! that the synapses of one (source, tile, delay) can be made again by themselves.

use super::{Columns, Pairing, Row, RowKind, Rule, Tile, Wiring};
use crate::Result;
use crate::random::{Delays, Key, Levels, Purpose, fill, philox};
use crate::simd::{arch, wide};

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

/// The synapses of one source, tile and delay, before they are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet {
    /// The number of the source within its population.
    pub source: u32,
    /// The number of the tile.
    pub tile: u32,
    /// How many synapses.
    pub count: u32,
    /// Whether the source may be a target.
    pub autapses: bool,
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
    levels: Vec<u32>,
    counts: Vec<u32>,
    sources: Vec<u32>,
}

/// All synapses of one projection, made on demand.
pub struct Synapses {
    pairing: Pairing,
    wiring: Wiring,
    weights: Vec<f64>,
    delays: Delays,
    /// Below which 16 random bits mean the shortest delay, at most the second shortest, ...
    bounds: Vec<u16>,
    /// Shortest and longest delay.
    range: (u16, u16),
    keys: Keys,
    arch: pulp::Arch,
}

struct Keys {
    delay: Key,
    target: Key,
    weight: Key,
}

/// Marks streams that do not belong to one delay.
const ANY_DELAY: u32 = u32::MAX;

/// Up to so many delays, their numbers are found by comparing with bounds.
const MANY_DELAYS: usize = 64;

/// Up to so many words, single Philox blocks are faster than a SIMD register full of them.
const SHORT: u32 = 8;

impl Synapses {
    /// Applies `rule` to `pairing`, with weights from `levels` and delays from `delays`.
    ///
    /// # Errors
    /// What [`Rule::wire`] refuses.
    pub fn new(rule: &dyn Rule, pairing: Pairing, levels: &Levels, delays: Delays) -> Result<Self> {
        let key = |purpose| Key::new(pairing.seed, purpose, pairing.projection);
        let in_steps = |ms: f64| libm::round(ms / pairing.dt.ms()) as u16;
        let range = match rule.delays() {
            Some((least, most)) => (in_steps(least), in_steps(most)),
            None => (delays.min(), delays.max()),
        };
        let wiring = rule.wire(&pairing)?;
        debug_assert_eq!(rule.by_row(), matches!(wiring, Wiring::Rows(_)), "{}", rule.name());
        Ok(Self {
            pairing,
            range,
            wiring,
            weights: rule.weights().unwrap_or(levels.values()).to_vec(),
            bounds: (delays.min()..delays.max()).map(|d| delays.bound(d)).collect(),
            delays,
            keys: Keys {
                delay: key(Purpose::Delay),
                target: key(Purpose::Target),
                weight: key(Purpose::Weight),
            },
            arch: arch(),
        })
    }

    /// The two populations.
    #[must_use]
    pub fn pairing(&self) -> &Pairing {
        &self.pairing
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
            RowKind::Independent { count, except } => {
                self.count_delays(who, count, scratch);
                let range = tile.size - u32::from(except.is_some());
                for delay in self.delays.min()..=self.delays.max() {
                    let n = scratch.counts[usize::from(delay - self.delays.min())];
                    if n > 0 {
                        self.independent(who, delay, n, range, except, scratch, out);
                    }
                }
            }
            RowKind::Listed if row.explicit.is_empty() => self.listed(who, &row, scratch, out),
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

    /// Calls `f(delay, count)` for each delay of `source` in `tile` where the synapses of one delay
    /// can be made by themselves with [`packet`](Self::packet); returns `false` where they cannot,
    /// and only the whole [`row`](Self::row) can be made.
    pub fn packets(
        &self,
        source: u64,
        tile: Tile,
        scratch: &mut Scratch,
        mut f: impl FnMut(u16, Packet),
    ) -> bool {
        let Wiring::Rows(rows) = &self.wiring else {
            return false;
        };
        let mut row = std::mem::take(&mut scratch.row);
        rows.row(source, tile, &mut row);
        let kind = row.kind;
        scratch.row = row;
        let RowKind::Independent { count, except } = kind else {
            return false;
        };
        self.count_delays([source as u32, tile.index], count, scratch);
        for (delay, &count) in (self.delays.min()..).zip(&scratch.counts) {
            if count > 0 {
                let autapses = except.is_none();
                f(delay, Packet { source: source as u32, tile: tile.index, count, autapses });
            }
        }
        true
    }

    /// Calls `f(target, level)` for each synapse of `packet`, which has `delay`.
    #[inline]
    pub fn packet(
        &self,
        packet: Packet,
        delay: u16,
        scratch: &mut Scratch,
        mut f: impl FnMut(u32, u32),
    ) {
        let Packet { source, tile, count, autapses } = packet;
        let tile = self.pairing.tile(u64::from(tile));
        let except = if autapses { None } else { self.pairing.own_place(u64::from(source), tile) };
        let range = tile.size - u32::from(except.is_some());
        let skip = except.unwrap_or(u32::MAX);
        let rest = [source, tile.index, u32::from(delay)];
        self.draw(self.keys.target, rest, count, &mut scratch.words);
        if self.weights.len() > 1 {
            self.draw(self.keys.weight, rest, count.div_ceil(2), &mut scratch.levels);
            for (i, &bits) in scratch.words.iter().enumerate() {
                f(place(bits, range, skip), u32::from(half(&scratch.levels, i) >> 4));
            }
        } else {
            for &bits in &scratch.words {
                f(place(bits, range, skip), 0);
            }
        }
    }

    /// Draws how many of `count` synapses have each delay.
    fn count_delays(&self, who: [u32; 2], count: u32, scratch: &mut Scratch) {
        let span = usize::from(self.delays.max() - self.delays.min()) + 1;
        scratch.counts.clear();
        scratch.counts.resize(span, 0);
        if span == 1 {
            scratch.counts[0] = count;
            return;
        }
        let rest = [who[0], who[1], ANY_DELAY];
        self.draw(self.keys.delay, rest, count.div_ceil(2), &mut scratch.words);
        if span > MANY_DELAYS || cfg!(target_endian = "big") {
            for i in 0..count as usize {
                let delay = self.delays.draw(half(&scratch.words, i));
                scratch.counts[usize::from(delay - self.delays.min())] += 1;
            }
            return;
        }
        let halves = &bytemuck::cast_slice(&scratch.words)[..count as usize];
        let mut shorter = 0;
        for (counted, &bound) in scratch.counts.iter_mut().zip(&self.bounds) {
            let below = wide(
                self.arch,
                #[inline(always)]
                |_| count_below(halves, bound),
            );
            *counted = below - shorter;
            shorter = below;
        }
        scratch.counts[span - 1] = count - shorter;
    }

    /// Makes the `n` synapses of one delay.
    #[expect(clippy::too_many_arguments, reason = "one row's context, hot")]
    fn independent(
        &self,
        who: [u32; 2],
        delay: u16,
        n: u32,
        range: u32,
        except: Option<u32>,
        scratch: &mut Scratch,
        out: &mut Vec<Drawn>,
    ) {
        let rest = [who[0], who[1], u32::from(delay)];
        let begin = out.len();
        let skip = except.unwrap_or(u32::MAX);
        self.draw(self.keys.target, rest, n, &mut scratch.words);
        out.extend(scratch.words.iter().map(|&bits| Drawn {
            target: place(bits, range, skip),
            level: 0,
            delay,
        }));
        self.draw_levels(rest, scratch, &mut out[begin..]);
    }

    /// Gives each listed target a delay and a weight.
    fn listed(&self, who: [u32; 2], row: &Row, scratch: &mut Scratch, out: &mut Vec<Drawn>) {
        let rest = [who[0], who[1], ANY_DELAY];
        let begin = out.len();
        let n = row.targets.len() as u32;
        if self.delays.steps().len() > 1 {
            self.draw(self.keys.delay, rest, n.div_ceil(2), &mut scratch.words);
            out.extend(row.targets.iter().enumerate().map(|(i, &target)| Drawn {
                target,
                level: 0,
                delay: self.delays.draw(half(&scratch.words, i)),
            }));
        } else {
            let delay = self.delays.min();
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
            self.arch,
            #[inline(always)]
            |_| fill(key, rest, words),
        );
    }
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

/// A place below `range` from 32 random bits, where `skip` is left out.
#[inline]
fn place(bits: u32, range: u32, skip: u32) -> u32 {
    let place = ((u64::from(bits) * u64::from(range)) >> 32) as u32;
    place + u32::from(place >= skip)
}

/// The `i`-th half word.
#[inline]
fn half(words: &[u32], i: usize) -> u16 {
    (words[i / 2] >> (16 * (i % 2))) as u16
}
