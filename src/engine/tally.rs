//! Synapses of one weight, counted by target: a byte for each place fits the first cache level better
//! than the four of a lane.

use std::ops::Range;

use super::inbox::Inbox;
use crate::neuron::{Lane, PLACES};
use crate::simd::{Width, wide, width};

/// Counts of what has arrived in a step, by lane of the inbox and weight.
pub(super) struct Tallies {
    all: Vec<Tally>,
    /// How many of them are in use.
    used: usize,
    width: Width,
}

/// How many synapses of one weight have arrived at each place, modulo 256: whole 256 go to the lane
/// at once.
pub(super) struct Tally {
    lane: usize,
    weight: i32,
    counts: Box<[u8; PLACES]>,
}

impl Tallies {
    pub(super) fn new() -> Self {
        Self { all: Vec::new(), used: 0, width: width() }
    }

    /// Whether synapses of `weight` into a `lane` are being counted in this step.
    pub(super) fn has(&self, lane: usize, weight: i32) -> bool {
        self.all[..self.used].iter().any(|t| (t.lane, t.weight) == (lane, weight))
    }

    /// The tally of synapses of `weight` into a `lane`.
    pub(super) fn of(&mut self, lane: usize, weight: i32) -> &mut Tally {
        let same = |t: &Tally| (t.lane, t.weight) == (lane, weight);
        let place = self.all[..self.used].iter().position(same).unwrap_or(self.used);
        self.used = self.used.max(place + 1);
        if place == self.all.len() {
            self.all.push(Tally { lane, weight, counts: zeros() });
        }
        let tally = &mut self.all[place];
        (tally.lane, tally.weight) = (lane, weight);
        tally
    }

    /// Adds what was counted at some places to as many places of the `lanes`, which begin at `first`.
    pub(super) fn flush(&mut self, places: Range<usize>, lanes: &mut [Lane], first: usize) {
        for tally in &mut self.all[..self.used] {
            let sums = &mut lanes[tally.lane][first..first + places.len()];
            let counts = &mut tally.counts[places.clone()];
            wide(
                self.width,
                #[inline(always)]
                |_| {
                    for (count, sum) in counts.iter_mut().zip(&mut *sums) {
                        *sum = sum.wrapping_add(i32::from(*count).wrapping_mul(tally.weight));
                        *count = 0;
                    }
                },
            );
        }
    }

    /// Ends a step, in which all places were flushed.
    pub(super) fn end(&mut self) {
        self.used = 0;
    }
}

impl Tally {
    /// Counts synapses on the targets at some places.
    pub(super) fn count(&mut self, places: &[u16], inbox: &mut Inbox) {
        // Eight at a time: left to itself, the compiler unrolls this or not, at a factor of 1.4.
        let (eights, rest) = places.as_chunks::<8>();
        for eight in eights {
            for &place in eight {
                self.count_one(place, inbox);
            }
        }
        for &place in rest {
            self.count_one(place, inbox);
        }
    }

    #[inline(always)]
    fn count_one(&mut self, place: u16, inbox: &mut Inbox) {
        let place = usize::from(place);
        let before = self.counts[place];
        self.counts[place] = before.wrapping_add(1);
        if before == u8::MAX {
            carry(&mut inbox.arrivals()[self.lane][place], self.weight);
        }
    }
}

/// Adds 256 synapses.
#[cold]
fn carry(sum: &mut i32, weight: i32) {
    *sum = sum.wrapping_add(weight << 8);
}

/// A number for each place.
#[expect(clippy::unnecessary_box_returns, reason = "too large for a stack")]
pub(super) fn zeros<T: Default + Clone>() -> Box<[T; PLACES]> {
    let zeros = vec![T::default(); PLACES].into_boxed_slice();
    zeros.try_into().unwrap_or_else(|_| unreachable!("so many were made"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_become_sums_however_many_there_are() {
        let mut inbox = Inbox::new(2).expect("memory");
        let mut tallies = Tallies::new();
        let places: Vec<u16> = [1; 1000].into_iter().chain([65_530, 3, 3]).collect();
        tallies.of(1, -3).count(&[3], &mut inbox);
        assert!(!inbox.is_used() && tallies.has(1, -3) && !tallies.has(0, -3));
        tallies.of(1, -3).count(&places, &mut inbox);
        tallies.of(1, 5).count(&[3], &mut inbox);
        tallies.of(1, -3).count(&[1], &mut inbox);
        assert!(inbox.is_used(), "more than 255");
        tallies.flush(0..2, inbox.lanes(), 0);
        assert_eq!(inbox.lanes()[1][1], -3 * 1001);
        tallies.flush(2..PLACES, inbox.lanes(), 2);
        let lane = &inbox.lanes()[1];
        assert_eq!((lane[3], lane[65_530], lane[2]), (-4, -3, 0));
        tallies.end();
        assert!(!tallies.has(1, -3));
        let before = inbox.lanes().to_vec();
        tallies.of(0, 1);
        tallies.flush(0..PLACES, inbox.lanes(), 0);
        assert!(inbox.lanes() == before, "nothing is left over");
        tallies.of(0, 7).count(&[9], &mut inbox);
        tallies.flush(8..10, inbox.lanes(), 40);
        assert_eq!(inbox.lanes()[0][41], 7);
    }
}
