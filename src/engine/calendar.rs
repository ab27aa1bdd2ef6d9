//! What is due when: a slot for each step to come.

use crate::compile::ring;

/// Emptied slots whose memory is kept for others.
const SPARE: usize = 8;

/// A ring of slots, one per step and lane, long enough for the longest delay. What lies in one
/// lane is delivered by one loop: synapses of a port, or of a projection and tile.
pub(super) struct Calendar<T> {
    /// None until something is pushed.
    slots: Vec<Vec<T>>,
    /// Emptied slots of each lane, whose memory the next ones take: most of the ring is empty.
    spare: Vec<Vec<Vec<T>>>,
    lanes: usize,
    mask: u64,
}

impl<T> Calendar<T> {
    /// Room for delays of up to `max_delay` steps. A spike is scheduled at most one epoch after
    /// its stamp, and an epoch is no longer than the shortest delay it can have, so nothing is
    /// ever due before its slot is free; what follows in a row is due later than what was drained by
    /// less than the longest delay.
    pub(super) fn new(max_delay: u16, lanes: usize) -> Self {
        Self { slots: Vec::new(), spare: Vec::new(), lanes, mask: ring(max_delay) as u64 - 1 }
    }

    fn place(&self, step: u64, lane: usize) -> usize {
        (step & self.mask) as usize * self.lanes + lane
    }

    #[inline]
    pub(super) fn push(&mut self, step: u64, lane: usize, item: T) {
        self.slot(step, lane).push(item);
    }

    pub(super) fn extend(&mut self, step: u64, lane: usize, items: &[T])
    where
        T: Clone,
    {
        self.slot(step, lane).extend_from_slice(items);
    }

    /// Where to put what is due at `step`.
    #[inline]
    fn slot(&mut self, step: u64, lane: usize) -> &mut Vec<T> {
        if self.slots.is_empty() {
            self.begin();
        }
        let place = self.place(step, lane);
        let slot = &mut self.slots[place];
        if slot.capacity() == 0
            && let Some(spare) = self.spare[lane].pop()
        {
            *slot = spare;
        }
        slot
    }

    #[cold]
    fn begin(&mut self) {
        let slots = (self.mask as usize + 1) * self.lanes;
        self.slots = (0..slots).map(|_| Vec::new()).collect();
        self.spare = (0..self.lanes).map(|_| Vec::new()).collect();
    }

    /// What is due at `step` in a lane.
    pub(super) fn due(&self, step: u64, lane: usize) -> &[T] {
        self.slots.get(self.place(step, lane)).map_or(&[], Vec::as_slice)
    }

    /// Forgets what was due.
    pub(super) fn done(&mut self, step: u64, lane: usize) {
        if let Some(slot) = self.take(step, lane) {
            self.give_back(lane, slot);
        }
    }

    /// Takes what is due at `step` in a lane, if that is anything.
    pub(super) fn take(&mut self, step: u64, lane: usize) -> Option<Vec<T>> {
        let place = self.place(step, lane);
        let slot = self.slots.get_mut(place).filter(|slot| !slot.is_empty())?;
        Some(std::mem::take(slot))
    }

    /// Gives back the memory of what was taken.
    pub(super) fn give_back(&mut self, lane: usize, mut slot: Vec<T>) {
        if self.spare[lane].len() < SPARE {
            slot.clear();
            self.spare[lane].push(slot);
        }
    }

    /// Everything that is on its way, by lane.
    pub(super) fn pending(&self) -> impl Iterator<Item = (usize, &[T])> {
        let lanes = (0..self.lanes).cycle();
        lanes.zip(&self.slots).map(|(lane, slot)| (lane, slot.as_slice()))
    }
}
