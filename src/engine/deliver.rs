//! The hot loop: synapses of due packets are added to the inbox.
//!
//! Per synapse: load 4 bytes, split them into place and weight, add to one i32. Rows lie at
//! random places in memory, so the lines of a packet some places ahead are asked for while this
//! one is added.

use super::calendar::Packet;
use super::prefetch::{LINE, prefetch};
use crate::compile::Port;
use crate::neuron::{Lane, PLACES};

/// How many packets ahead lines are asked for: at some 40 synapses each that is 400 ns, time for
/// memory to answer also when neighbours keep it busy.
const AHEAD: usize = 8;
/// Lines asked for at most; the hardware follows longer runs by itself.
const LINES: usize = 6;

/// Adds the synapses of `packets` to the `inbox`; returns how many there were.
pub(super) fn deliver(
    packets: &[Packet],
    words: &[u32],
    ports: &[Port],
    inbox: &mut [Lane],
) -> u64 {
    let mut events = 0;
    for packet in packets.iter().take(AHEAD) {
        ask(words, *packet);
    }
    for (i, packet) in packets.iter().enumerate() {
        if let Some(later) = packets.get(i + AHEAD) {
            ask(words, *later);
        }
        let group = &words[packet.begin()..packet.begin() + packet.count()];
        let port = ports[packet.port()];
        let lane = &mut inbox[usize::from(port.receptor)];
        if port.shift == 0 {
            add(group, lane);
        } else {
            add_shifted(group, lane, port.shift);
        }
        events += group.len() as u64;
    }
    events
}

#[inline]
fn ask(words: &[u32], packet: Packet) {
    let lines = (packet.count() / LINE + 2).min(LINES);
    for line in 0..lines {
        prefetch(words, packet.begin() + line * LINE);
    }
}

#[inline]
fn add(group: &[u32], lane: &mut [i32; PLACES]) {
    for &synapse in group {
        let place = usize::from(synapse as u16);
        lane[place] = lane[place].wrapping_add(synapse.cast_signed() >> 16);
    }
}

#[inline]
fn add_shifted(group: &[u32], lane: &mut [i32; PLACES], shift: u8) {
    for &synapse in group {
        let place = usize::from(synapse as u16);
        lane[place] = lane[place].wrapping_add((synapse.cast_signed() >> 16) << shift);
    }
}
