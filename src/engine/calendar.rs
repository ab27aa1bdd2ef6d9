//! What is due when: packets of synapses in a slot for each step to come.

use crate::compile::Entry;

/// A group of synapses that a spike activates at one step: place of the first (32 bits), number
/// of synapses - 1 (12), port (6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Packet(u64);

impl Packet {
    #[inline]
    pub(super) fn new(begin: u32, entry: Entry) -> Self {
        Self(u64::from(begin) | u64::from(entry.count - 1) << 32 | u64::from(entry.port) << 44)
    }

    #[inline]
    pub(super) fn begin(self) -> usize {
        (self.0 & 0xffff_ffff) as usize
    }

    #[inline]
    pub(super) fn count(self) -> usize {
        (self.0 >> 32 & 0xfff) as usize + 1
    }

    #[inline]
    pub(super) fn port(self) -> usize {
        (self.0 >> 44) as usize
    }
}

/// A ring of slots, one per step, long enough for the longest delay.
pub(super) struct Calendar {
    slots: Vec<Vec<Packet>>,
    mask: u64,
}

impl Calendar {
    /// Room for delays of up to `max_delay` steps. A spike is scheduled at most one epoch after
    /// its stamp, and an epoch is no longer than the shortest delay it can have, so a packet is
    /// never due before its slot is free.
    pub(super) fn new(max_delay: u16) -> Self {
        let slots = (usize::from(max_delay) + 2).next_power_of_two();
        Self { slots: vec![Vec::new(); slots], mask: slots as u64 - 1 }
    }

    #[inline]
    pub(super) fn push(&mut self, step: u64, packet: Packet) {
        self.slots[(step & self.mask) as usize].push(packet);
    }

    /// The packets that are due at `step`.
    #[inline]
    pub(super) fn slot(&mut self, step: u64) -> &mut Vec<Packet> {
        &mut self.slots[(step & self.mask) as usize]
    }

    /// How many synaptic events are on their way.
    pub(super) fn pending(&self) -> u64 {
        self.slots.iter().flatten().map(|p| p.count() as u64).sum()
    }
}
