//! The hot loop: synapses of due packets are added to the inbox.
//!
//! Packets lie at random places in memory, their targets at random places of an inbox that exceeds
//! the first cache level. The few places in which that level keeps track of what it waits for are left
//! to the inbox: packets are asked for far ahead, into the second level, which has more of them.

use std::ops::Range;

use super::calendar::Calendar;
use super::worker::Counters;
use crate::compile::{Entry, Port};
use crate::neuron::Lane;
use crate::prefetch::{LINE, prefetch_far};
use crate::simd::{wide, width};

/// How many synapses ahead lines are asked for.
const AHEAD: usize = 3000;
/// Lines that are asked for without looking how many there are.
const FEW: usize = 4;

/// Stored synapses that a spike activates at one step: place of the first and how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Packet {
    begin: u32,
    count: u32,
}

impl Packet {
    /// The places of the synapses.
    #[inline]
    pub(super) fn range(self) -> Range<usize> {
        self.begin as usize..self.begin as usize + self.count as usize
    }
}

impl Calendar<Packet> {
    /// Leaves the synapses of an entry, the first of which lies at `begin`; its steps count from `step`.
    #[inline]
    pub(super) fn leave(&mut self, step: u64, entry: Entry, begin: u32) {
        let packet = Packet { begin, count: u32::from(entry.count) };
        self.push(step + u64::from(entry.steps), usize::from(entry.port), packet);
    }
}

/// Adds the synapses of `packets`, all of one `port`, to the `inbox`; counts them, and the lines
/// asked for. `follow` is told what comes next in their rows: entries, and where their synapses begin.
pub(super) fn deliver(
    packets: &[Packet],
    words: &[u32],
    port: Port,
    inbox: &mut [Lane],
    counters: &mut Counters,
    mut follow: impl FnMut(Entry, u32),
) {
    let lane = &mut inbox[usize::from(port.input)];
    let events: usize = packets.iter().map(|packet| packet.range().len()).sum();
    let ahead = (AHEAD * packets.len()).div_ceil(events.max(1));
    let mut lines = 0;
    shifted(
        port.shift,
        #[inline(always)]
        |shift| {
            for packet in packets.iter().take(ahead) {
                lines += ask(words, *packet);
            }
            for (i, packet) in packets.iter().enumerate() {
                if let Some(later) = packets.get(i + ahead) {
                    lines += ask(words, *later);
                }
                let places = packet.range();
                let end = places.end;
                add(&words[places], lane, shift);
                if let Some(entry) = Entry::unpack(words[end]) {
                    follow(entry, end as u32 + 1);
                }
            }
        },
    );
    counters.packets += packets.len() as u64;
    counters.events += events as u64;
    counters.prefetches += lines as u64;
}

/// Asks for the cache lines of a packet, and of what follows it; returns how many there are.
#[inline(always)]
fn ask(words: &[u32], packet: Packet) -> usize {
    let Range { start, end } = packet.range();
    let (first, last) = (start / LINE, end / LINE);
    // The last one several times, where there are fewer: to guess how many there are takes longer.
    for line in first..first + FEW {
        prefetch_far(words, LINE * line.min(last));
    }
    for line in first + FEW..=last {
        prefetch_far(words, LINE * line);
    }
    last - first + 1
}

/// Adds synapses whose weights are multiplied by a power of two.
pub(super) fn add_all(synapses: &[u32], lane: &mut Lane, shift: u8) {
    shifted(
        shift,
        #[inline(always)]
        |shift| add(synapses, lane, shift),
    );
}

/// Calls `f` with `shift`, compiled for zero and for others. Not for SIMD: newer processors shift in one
/// step, older ones in three.
#[inline]
fn shifted<R>(shift: u8, mut f: impl FnMut(u8) -> R) -> R {
    wide(
        width(),
        #[inline(always)]
        |_| if shift == 0 { f(0) } else { f(shift) },
    )
}

#[inline(always)]
fn add(synapses: &[u32], lane: &mut Lane, shift: u8) {
    for &synapse in synapses {
        let place = usize::from(synapse as u16);
        lane[place] = lane[place].wrapping_add((synapse.cast_signed() >> 16) << shift);
    }
}
