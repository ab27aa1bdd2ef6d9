//! The hot loop: synapses of due packets are added to the inbox.
//!
//! Packets lie at random places in memory, their targets at random places of an inbox that exceeds
//! the first cache level. Both wait for the few places in which a processor keeps track of what it
//! has asked for, and both at once take longer than one after the other: packets are gathered, many
//! at a time, and then added.

use std::ops::Range;

use super::calendar::Calendar;
use super::worker::Counters;
use crate::compile::{Entry, Port};
use crate::neuron::Lane;
use crate::prefetch::{LINE, prefetch};
use crate::simd::{wide, width};

/// How many packets ahead lines are asked for.
const AHEAD: usize = 16;
/// Synapses to gather before they are added: they stay in the first cache level.
const BATCH: usize = 4096;

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
/// `gathered` is scratch.
pub(super) fn deliver(
    packets: &[Packet],
    words: &[u32],
    port: Port,
    inbox: &mut [Lane],
    gathered: &mut Vec<u32>,
    counters: &mut Counters,
    mut follow: impl FnMut(Entry, u32),
) {
    let lane = &mut inbox[usize::from(port.input)];
    let (mut events, mut lines) = (0, 0);
    for packet in packets.iter().take(AHEAD) {
        lines += ask(words, *packet);
    }
    for (i, packet) in packets.iter().enumerate() {
        if let Some(later) = packets.get(i + AHEAD) {
            lines += ask(words, *later);
        }
        let places = packet.range();
        if let Some(entry) = Entry::unpack(words[places.end]) {
            follow(entry, places.end as u32 + 1);
        }
        gathered.extend_from_slice(&words[places]);
        if gathered.len() >= BATCH || i + 1 == packets.len() {
            events += gathered.len() as u64;
            add_all(gathered, lane, port.shift);
            gathered.clear();
        }
    }
    counters.packets += packets.len() as u64;
    counters.events += events;
    counters.prefetches += lines as u64;
}

/// Asks for the cache lines of a packet, and of what follows it; returns how many there are.
#[inline]
fn ask(words: &[u32], packet: Packet) -> usize {
    let Range { start, end } = packet.range();
    let first = start / LINE;
    let count = end / LINE - first + 1;
    for line in first..first + count {
        prefetch(words, LINE * line);
    }
    count
}

/// Adds synapses whose weights are multiplied by a power of two.
pub(super) fn add_all(synapses: &[u32], lane: &mut Lane, shift: u8) {
    // Not for SIMD: newer processors shift in one step, older ones in three.
    wide(
        width(),
        #[inline(always)]
        |_| if shift == 0 { add(synapses, lane, 0) } else { add(synapses, lane, shift) },
    );
}

#[inline(always)]
fn add(synapses: &[u32], lane: &mut Lane, shift: u8) {
    for &synapse in synapses {
        let place = usize::from(synapse as u16);
        lane[place] = lane[place].wrapping_add((synapse.cast_signed() >> 16) << shift);
    }
}
