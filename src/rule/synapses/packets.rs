//! Independent synapses, made packet by packet: those of one source, tile and delay.
//!
//! A packet takes the first blocks of its own stream of random numbers, as many at a time as a SIMD
//! register holds.

use super::{Drawn, RowKind, Scratch, Synapses, Tile, Wiring};
use crate::random::{Ars, BLOCKS, NUMBERS};
use crate::simd::{Width, wide};

/// The synapses of one source, tile and delay, before they are made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Packet {
    /// The number of the source within its population.
    pub source: u32,
    /// How many synapses.
    pub count: u32,
    /// Their delay in steps.
    pub delay: u16,
}

/// Numbers that are drawn together, and how many may be written behind the last one.
const ROOM: usize = NUMBERS;

impl Synapses {
    /// Calls `f` with the packets of `sources` in `tile` that have one delay, for each delay in
    /// ascending order, where targets are independent; returns `false` where they are not, and only
    /// the whole [`row`](Self::row) can be made.
    pub fn packets(
        &self,
        sources: &[u32],
        tile: Tile,
        scratch: &mut Scratch,
        f: impl FnMut(&[Packet]),
    ) -> bool {
        let Wiring::Rows(rows) = &self.wiring else {
            return false;
        };
        let mut all = std::mem::take(&mut scratch.packets);
        all.clear();
        let shortest = self.delays.min() + tile.later;
        let packet = |source, count| Packet { source, count, delay: shortest };
        if let Some(count) = rows.everyone() {
            all.extend(sources.iter().map(|&source| packet(source, count)));
        }
        for &source in &sources[all.len()..] {
            rows.row(u64::from(source), tile, &mut scratch.row);
            let RowKind::Independent(count) = scratch.row.kind else { break };
            all.push(packet(source, count));
        }
        let independent = all.len() == sources.len();
        if independent {
            self.by_delay(tile, &all, scratch, f);
        }
        scratch.packets = all;
        independent
    }

    /// Calls `f` with the packets of each delay; those given have all delays together, stamped with
    /// the shortest.
    fn by_delay(
        &self,
        tile: Tile,
        all: &[Packet],
        scratch: &mut Scratch,
        mut f: impl FnMut(&[Packet]),
    ) {
        let Scratch { words, counts, bits, halves, delayed, .. } = scratch;
        if self.delays.min() == self.delays.max() {
            f(all);
            return;
        }
        delayed.resize_with(usize::from(self.delays.max() - self.delays.min()) + 1, Vec::new);
        let mut deal = |packet: Packet, counts: &[u32]| {
            for ((delay, &count), of) in (packet.delay..).zip(counts).zip(&mut *delayed) {
                of.push(Packet { count, delay, ..packet });
            }
        };
        if let Some(halvings) = self.halvings {
            bits.clear();
            let length = |n: u32| 4 * words_to_halve(n, halvings);
            bits.extend(all.iter().map(|p| Packet { count: length(p.count), delay: 0, ..*p }));
            counts.resize(1 << halvings, 0);
            halves.resize(events(bits) + ROOM, 0);
            wide(
                self.width,
                #[inline(always)]
                |width| {
                    draw(width, &self.delay, tile.index, bits, halves, |bits| bits);
                    let mut rest = halves.as_chunks().0;
                    for (packet, stream) in all.iter().zip(&*bits) {
                        let (mine, others) = rest.split_at(stream.count as usize / 4);
                        halve(packet.count, counts, mine);
                        deal(*packet, counts);
                        rest = others;
                    }
                },
            );
        } else {
            for &packet in all {
                self.count_delays([packet.source, tile.index], packet.count, words, counts);
                deal(packet, counts);
            }
        }
        for of in delayed {
            of.retain(|packet| packet.count > 0);
            f(of);
            of.clear();
        }
    }

    /// Appends `count` independent synapses of `source` in `tile`.
    pub(super) fn independent(
        &self,
        source: u64,
        tile: Tile,
        count: u32,
        scratch: &mut Scratch,
        out: &mut Vec<Drawn>,
    ) {
        let mut packets = std::mem::take(&mut scratch.packets);
        packets.clear();
        let all = Packet { source: source as u32, count, delay: self.delays.min() + tile.later };
        self.by_delay(tile, &[all], scratch, |some| packets.extend_from_slice(some));
        self.targets(tile, 0, &packets, &mut scratch.targets);
        self.levels(tile, &packets, &mut scratch.levels);
        let mut place = 0;
        for &Packet { count, delay, .. } in &packets {
            let places = place..place + count as usize;
            place = places.end;
            let targets = scratch.targets[places.clone()].iter().map(|&t| u32::from(t));
            match scratch.levels.get(places) {
                None => out.extend(targets.map(|target| Drawn { target, level: 0, delay })),
                Some(levels) => out.extend(targets.zip(levels).map(|(target, &level)| Drawn {
                    target,
                    level: u32::from(level),
                    delay,
                })),
            }
        }
        scratch.packets = packets;
    }

    /// Replaces `targets` by those of `packets`, in order, as places within `tile`, which begins at the
    /// place `base` of 65,536.
    pub fn targets(&self, tile: Tile, base: u16, packets: &[Packet], targets: &mut Vec<u16>) {
        let own = |p: &Packet| {
            let place = || self.pairing.own_place(u64::from(p.source), tile);
            if self.autapses { None } else { place() }
        };
        targets.resize(events(packets) + ROOM, 0);
        let mut place = 0;
        for some in packets.chunk_by(|a, b| own(a).is_some() == own(b).is_some()) {
            let apart = own(&some[0]).is_some();
            let range = tile.size - u32::from(apart);
            let out = &mut targets[place..];
            wide(
                self.width,
                #[inline(always)]
                |width| {
                    let bases = if apart { 0 } else { u64::from(base) * 0x1_0001_0001_0001 };
                    let (stream, tile) = (&self.target, tile.index);
                    if range == ALL {
                        draw(width, stream, tile, some, out, |bits| four_of_all(bits) + bases);
                    } else {
                        let four = |bits| four_below(range, bits) + bases;
                        draw(width, stream, tile, some, out, four);
                    }
                },
            );
            for packet in some.iter().filter(|_| apart) {
                let end = place + packet.count as usize;
                let skip = own(packet).unwrap_or(0) as u16;
                let step_over = |t: u16| base + t + u16::from(t >= skip);
                targets[place..end].iter_mut().for_each(|t| *t = step_over(*t));
                place = end;
            }
            if !apart {
                place += events(some);
            }
        }
        targets.truncate(place);
    }

    /// Replaces `levels` by those of `packets`, in order: numbers of their
    /// [`weights`](Self::weights); none where all weights are the same.
    pub fn levels(&self, tile: Tile, packets: &[Packet], levels: &mut Vec<u16>) {
        levels.clear();
        if self.weights.len() == 1 {
            return;
        }
        let total = events(packets);
        levels.resize(total + ROOM, 0);
        wide(
            self.width,
            #[inline(always)]
            |width| {
                let upper = |bits: u64| bits >> 4 & 0x0fff_0fff_0fff_0fff;
                draw(width, &self.weight, tile.index, packets, levels, upper);
            },
        );
        levels.truncate(total);
    }
}

/// How many synapses packets have.
fn events(packets: &[Packet]) -> usize {
    packets.iter().map(|p| p.count as usize).sum()
}

/// Four numbers below `range`, which is at most 2^16: two of each half of 64 random bits. The product
/// has one above the point, and what is below it is as random again. Each is uniform to within
/// range / 2^32.
#[inline(always)]
fn four_below(range: u32, bits: u64) -> u64 {
    let range = u64::from(range);
    let (a, c) = ((bits & LOW) * range, (bits >> 32) * range);
    let (b, d) = ((a & LOW) * range, (c & LOW) * range);
    // Moved together: by itself, moving `d` is taken into its multiplication, which slows that.
    ((a >> 32) | (c & !LOW)) | ((b >> 32) | (d & !LOW)) << 16
}

const LOW: u64 = 0xffff_ffff;

/// How many numbers have 16 bits: as many as a tile has targets at most.
const ALL: u32 = 1 << 16;

/// [`four_below`] [`ALL`]: the random bits themselves.
#[inline(always)]
fn four_of_all(bits: u64) -> u64 {
    const UPPER: u64 = 0xffff_0000_ffff_0000;
    (bits & UPPER) >> 16 | (bits << 16) & UPPER
}

/// Draws the first numbers of the stream of each packet, one after the other, to `out`, which has
/// [`ROOM`] for more; `four` makes four of 64 random bits.
///
/// Blocks are written whole, in order: what is too much is overwritten by the next.
#[inline(always)]
fn draw(
    width: Width,
    stream: &Ars,
    tile: u32,
    packets: &[Packet],
    out: &mut [u16],
    four: impl Fn(u64) -> u64,
) {
    let mut begin = 0;
    for packet in packets {
        let mut counters = Ars::consecutive(0, [packet.source, tile, u32::from(packet.delay)]);
        let end = begin + packet.count as usize;
        for place in (begin..end).step_by(ROOM) {
            let numbers = &mut out[place..place + ROOM];
            numbers.copy_from_slice(&stream.numbers(width, counters, &four));
            Ars::advance(&mut counters, BLOCKS as u32);
        }
        begin = end;
    }
}

/// Words of 64 bits that halving `n` so often takes at most.
fn words_to_halve(n: u32, halvings: u32) -> u32 {
    // Parts of which each takes a word that it does not fill.
    let parts = |level: u32| 1 << level;
    (0..halvings).map(|level| n.saturating_sub(parts(level)) / 64 + parts(level)).sum()
}

/// Deals `n` to `counts`, each alike: one random bit for each decides whether it goes to the first
/// half, and so on for the halves. Four numbers are a word of 64 bits.
#[inline(always)]
fn halve(n: u32, counts: &mut [u32], mut bits: &[[u16; 4]]) {
    counts[0] = n;
    let mut part = counts.len();
    while part > 1 {
        for i in (0..counts.len()).step_by(part) {
            let n = counts[i];
            let (whole, rest) = bits.split_at((n / 64) as usize);
            let mut first = 0;
            for word in whole {
                first += word_of(*word).count_ones();
            }
            bits = rest;
            if let ([last, rest @ ..], 1..) = (bits, n % 64) {
                first += (word_of(*last) & ((1 << (n % 64)) - 1)).count_ones();
                bits = rest;
            }
            counts[i] = first;
            counts[i + part / 2] = n - first;
        }
        part /= 2;
    }
}

/// Numbers as one, the first lowest.
#[inline(always)]
fn word_of([a, b, c, d]: [u16; 4]) -> u64 {
    u64::from(a) | u64::from(b) << 16 | u64::from(c) << 32 | u64::from(d) << 48
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Key, Purpose};

    #[test]
    fn numbers_are_those_of_single_blocks_in_order() {
        let stream = Ars::new(Key::new(5, Purpose::Target, 2));
        let packets: Vec<Packet> = [3, 4, 5, 0, 33, 64, 1, 700, 8, 9, 2]
            .into_iter()
            .enumerate()
            .map(|(i, count)| Packet { source: 9 * i as u32, count, delay: 3 + i as u16 })
            .collect();
        let total = events(&packets);
        let mut places = vec![0; total + ROOM];
        let mut halves = vec![0; total + ROOM];
        draw(Width::Portable, &stream, 6, &packets, &mut places, |bits| four_below(1000, bits));
        draw(Width::Portable, &stream, 6, &packets, &mut halves, |bits| bits);
        let (mut expected, mut expected_halves) = (Vec::<u16>::new(), Vec::<u16>::new());
        for p in &packets {
            let block = |b: u32| stream.block([b, p.source, 6, u32::from(p.delay)]);
            let words = (0..p.count.div_ceil(8)).flat_map(block);
            let (mut two, mut both) = (Vec::<u16>::new(), Vec::<u16>::new());
            for word in words {
                let product = u64::from(word) * 1000;
                let rest = u64::from(product as u32) * 1000;
                two.extend([(product >> 32) as u16, (rest >> 32) as u16]);
                both.extend([word as u16, (word >> 16) as u16]);
            }
            expected.extend(&two[..p.count as usize]);
            expected_halves.extend(&both[..p.count as usize]);
        }
        assert_eq!(places[..total], expected);
        assert_eq!(halves[..total], expected_halves);
    }

    #[test]
    fn all_numbers_are_as_those_below() {
        let stream = Ars::new(Key::new(5, Purpose::Target, 2));
        for [a, b, c, d] in (0..1000).map(|i| stream.block([i, 0, 0, 0])) {
            for bits in
                [a, c].into_iter().zip([b, d]).map(|(l, h)| u64::from(l) | u64::from(h) << 32)
            {
                assert_eq!(four_of_all(bits), four_below(ALL, bits));
            }
        }
    }

    #[test]
    fn halves_are_dealt_by_the_bits() {
        let mut counts = [0; 4];
        // 3 of 84 go to the first half; of those 1 to its first, of the other 81 all.
        let ones = [u16::MAX; 4];
        halve(
            84,
            &mut counts,
            &[[0b1100, 0, 0, 0], [1, 0xfff0, 0, 0], [8 + 1, 0, 0, 0], ones, ones],
        );
        assert_eq!(counts, [1, 2, 81, 0]);
        halve(0, &mut counts, &[]);
        assert_eq!(counts, [0; 4]);
        halve(64, &mut counts, &[ones, ones]);
        assert_eq!(counts, [64, 0, 0, 0]);
    }

    #[test]
    fn halving_has_enough_words() {
        for halvings in 1..4 {
            for n in 0..600 {
                // Where each part takes as many as it can: one synapse alone, the rest together.
                let worst = |level: u32| match 1_u32 << level {
                    parts if n > parts => (n - parts + 1).div_ceil(64) + parts - 1,
                    _ => n,
                };
                let worst: u32 = (0..halvings).map(worst).sum();
                assert!(words_to_halve(n, halvings) >= worst, "{n} {halvings}");
            }
        }
    }

    #[test]
    fn both_numbers_are_uniform() {
        for range in [1, 3, 1000, 52_416, 65_536] {
            let mut counts = vec![[0_i32; 2]; range as usize];
            let draws = 400_000;
            let stream = Ars::new(Key::new(5, Purpose::User, 0));
            for i in 0..draws / 4 {
                for pair in stream.block([i, 1, 2, 3]).as_chunks().0 {
                    let [a, b] = pair.map(u64::from);
                    let numbers: [u16; 4] = bytemuck::cast(four_below(range, a | b << 32).to_le());
                    for (n, number) in numbers.map(u16::from_le).into_iter().enumerate() {
                        counts[usize::from(number)][n % 2] += 1;
                    }
                }
            }
            let mean = f64::from(draws) / f64::from(range);
            for which in 0..2 {
                let squares = counts.iter().map(|c| (f64::from(c[which]) - mean).powi(2));
                let chi2 = squares.sum::<f64>() / mean;
                let freedom = f64::from(range - 1);
                assert!(chi2 < freedom + 6.0 * (2.0 * freedom).sqrt() + 1.0, "{range}: {chi2}");
            }
        }
    }
}
