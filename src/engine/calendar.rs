//! What is due when: packets of synapses in a slot for each step to come.

use std::ops::Range;

use crate::compile::Entry;

/// A group of synapses that a spike activates at one step: place of the first and how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Packet {
    begin: u32,
    count: u32,
}

impl Packet {
    #[inline]
    pub(super) fn new(begin: u32, entry: Entry) -> Self {
        Self { begin, count: u32::from(entry.count) }
    }

    /// The places of the synapses.
    #[inline]
    pub(super) fn range(self) -> Range<usize> {
        self.begin as usize..self.begin as usize + self.count as usize
    }
}

/// A ring of slots, one per step and port, long enough for the longest delay.
///
/// Packets of one port lie together, so that the loop that delivers them knows where they go.
pub(super) struct Calendar {
    slots: Vec<Vec<Packet>>,
    ports: usize,
    mask: u64,
}

impl Calendar {
    /// Room for delays of up to `max_delay` steps. A spike is scheduled at most one epoch after
    /// its stamp, and an epoch is no longer than the shortest delay it can have, so a packet is
    /// never due before its slot is free.
    pub(super) fn new(max_delay: u16, ports: usize) -> Self {
        let steps = (usize::from(max_delay) + 2).next_power_of_two();
        Self { slots: vec![Vec::new(); steps * ports], ports, mask: steps as u64 - 1 }
    }

    #[inline]
    pub(super) fn push(&mut self, step: u64, port: u8, packet: Packet) {
        let place = (step & self.mask) as usize * self.ports + usize::from(port);
        self.slots[place].push(packet);
    }

    /// The packets that are due at `step`, by port.
    #[inline]
    pub(super) fn due(&mut self, step: u64) -> &mut [Vec<Packet>] {
        let place = (step & self.mask) as usize * self.ports;
        &mut self.slots[place..place + self.ports]
    }

    /// How many synaptic events are on their way.
    pub(super) fn pending(&self) -> u64 {
        self.slots.iter().flatten().map(|p| u64::from(p.count)).sum()
    }
}
