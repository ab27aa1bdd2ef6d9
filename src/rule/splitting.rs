//! Dealing a number of synapses to sources and tiles by a tree of splits.
//!
//! A node of the tree stands for a range of leaves; the number that goes to its left half is
//! binomial (or hypergeometric, where synapses are distinct) and keyed by the node, so that the
//! number of one leaf follows from the splits above it alone, whoever asks and when.

use super::{Pairing, Tile};
use crate::random::{Key, Purpose, Stream, binomial, hypergeometric};

/// Marks the streams of splits between sources; those between tiles carry 1.
const SOURCES: u32 = 0;
const TILES: u32 = 1;

/// How synapses are dealt.
#[derive(Clone, Copy)]
pub(super) struct Splitting {
    pairing: Pairing,
    key: Key,
    /// Whether a neuron may connect to itself.
    autapses: bool,
    /// Whether a pair may be connected several times.
    multapses: bool,
    /// How many tiles a module has.
    tiles: u64,
}

impl Splitting {
    pub(super) fn new(pairing: Pairing, autapses: bool, multapses: bool) -> Self {
        let key = Key::new(pairing.seed, Purpose::Count, pairing.projection);
        Self { pairing, key, autapses, multapses, tiles: pairing.module().tile_count() }
    }

    /// Whether a neuron may connect to itself.
    pub(super) fn autapses(&self) -> bool {
        self.autapses
    }

    /// The place of `source` in `tile`, if it must not be connected.
    pub(super) fn except(&self, source: u64, tile: Tile) -> Option<u32> {
        if self.autapses { None } else { self.pairing.own_place(source, tile) }
    }

    /// How many of `n` synapses to `all` possible targets go to the `part` of them.
    fn split(&self, rest: [u32; 3], n: u64, part: u64, all: u64) -> u64 {
        if part == 0 || n == 0 {
            return 0;
        }
        if part == all {
            return n;
        }
        let mut stream = Stream::new(self.key, rest);
        if self.multapses {
            binomial(&mut stream, n, part as f64 / all as f64)
        } else {
            hypergeometric(&mut stream, all, part, n)
        }
    }

    /// Deals `total` synapses to all sources, each of which has `degree` possible targets.
    pub(super) fn deal(&self, total: u64, degree: u64) -> Vec<u32> {
        let mut counts = vec![0; self.pairing.sources as usize];
        self.deal_range(1, total, degree, &mut counts);
        counts
    }

    fn deal_range(&self, node: u64, n: u64, degree: u64, counts: &mut [u32]) {
        if n == 0 {
            return;
        }
        if let [count] = counts {
            *count = n as u32;
            return;
        }
        let (left, right) = counts.split_at_mut(counts.len() / 2);
        let all = (left.len() + right.len()) as u64 * degree;
        let rest = [node as u32, (node >> 32) as u32, SOURCES];
        let first = self.split(rest, n, left.len() as u64 * degree, all);
        self.deal_range(2 * node, first, degree, left);
        self.deal_range(2 * node + 1, n - first, degree, right);
    }

    /// The `n` synapses of any source, where a module is one tile.
    pub(super) fn undivided(&self, n: u64) -> Option<u32> {
        (self.tiles == 1).then_some(n as u32)
    }

    /// How many of the `n` synapses of `source` go to `tile`; if that is a module, all of them.
    pub(super) fn in_tile(&self, source: u64, mut n: u64, tile: Tile) -> u32 {
        let (mut from, mut to) = (0, self.tiles);
        let mut node = 1;
        while to - from > 1 && n > 0 {
            let middle = u64::midpoint(from, to);
            let (left, right) = (self.room(source, from, middle), self.room(source, middle, to));
            let first = self.split([source as u32, node, TILES], n, left, left + right);
            (node, from, to, n) = if u64::from(tile.index) < middle {
                (2 * node, from, middle, first)
            } else {
                (2 * node + 1, middle, to, n - first)
            };
        }
        n as u32
    }

    /// How many possible targets `source` has in the tiles `from..to`.
    fn room(&self, source: u64, from: u64, to: u64) -> u64 {
        let last = self.pairing.tile(to - 1);
        let (first, end) = (self.pairing.tile(from).first, last.first + u64::from(last.size));
        let own = self.pairing.own_target(source).filter(|_| !self.autapses);
        end - first - u64::from(own.is_some_and(|own| (first..end).contains(&own)))
    }
}
