//! What is due when: a slot for each step to come.

/// A ring of slots, one per step and lane, long enough for the longest delay. What lies in one
/// lane is delivered by one loop: synapses of a port, or of a projection.
pub(super) struct Calendar<T> {
    slots: Vec<Vec<T>>,
    lanes: usize,
    mask: u64,
}

impl<T> Calendar<T> {
    /// Room for delays of up to `max_delay` steps. A spike is scheduled at most one epoch after
    /// its stamp, and an epoch is no longer than the shortest delay it can have, so nothing is
    /// ever due before its slot is free.
    pub(super) fn new(max_delay: u16, lanes: usize) -> Self {
        let steps = (usize::from(max_delay) + 2).next_power_of_two();
        let slots = (0..steps * lanes).map(|_| Vec::new()).collect();
        Self { slots, lanes, mask: steps as u64 - 1 }
    }

    #[inline]
    pub(super) fn push(&mut self, step: u64, lane: usize, item: T) {
        let place = (step & self.mask) as usize * self.lanes + lane;
        self.slots[place].push(item);
    }

    /// What is due at `step`, by lane.
    #[inline]
    pub(super) fn due(&mut self, step: u64) -> &mut [Vec<T>] {
        let place = (step & self.mask) as usize * self.lanes;
        &mut self.slots[place..place + self.lanes]
    }

    /// Everything that is on its way, by lane.
    pub(super) fn pending(&self) -> impl Iterator<Item = (usize, &[T])> {
        let lanes = (0..self.lanes).cycle();
        lanes.zip(&self.slots).map(|(lane, slot)| (lane, slot.as_slice()))
    }
}
