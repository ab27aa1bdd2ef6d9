//! Synapses whose weights are small multiples of one, counted by target: a byte for each place fits
//! the first cache level better than the four of a lane.

use std::ops::Range;

use super::inbox::Inbox;
use crate::neuron::{Lane, PLACES};
use crate::simd::{Width, wide, width};

/// Counts of what has arrived in a step, by lane of the inbox and unit of weight.
pub(super) struct Tallies {
    all: Vec<Tally>,
    /// How many of them are in use.
    used: usize,
    width: Width,
}

/// How many times a unit of weight has arrived at each place, modulo 256: whole 256 go to the lane at
/// once.
pub(super) struct Tally {
    lane: usize,
    unit: i32,
    /// Each with [`NONE`] added, so that few come below zero.
    counts: Box<[u8; PLACES]>,
}

/// What stands for zero.
const NONE: u8 = 128;

impl Tallies {
    pub(super) fn new() -> Self {
        Self { all: Vec::new(), used: 0, width: width() }
    }

    /// Whether multiples of `unit` into a `lane` are being counted in this step.
    pub(super) fn has(&self, lane: usize, unit: i32) -> bool {
        self.all[..self.used].iter().any(|t| (t.lane, t.unit) == (lane, unit))
    }

    /// The tally of multiples of `unit` into a `lane`.
    pub(super) fn of(&mut self, lane: usize, unit: i32) -> &mut Tally {
        let same = |t: &Tally| (t.lane, t.unit) == (lane, unit);
        let place = self.all[..self.used].iter().position(same).unwrap_or(self.used);
        self.used = self.used.max(place + 1);
        if place == self.all.len() {
            self.all.push(Tally { lane, unit, counts: each(NONE) });
        }
        let tally = &mut self.all[place];
        (tally.lane, tally.unit) = (lane, unit);
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
                        let times = i32::from((*count ^ NONE).cast_signed());
                        *sum = sum.wrapping_add(times.wrapping_mul(tally.unit));
                        *count = NONE;
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
    /// Counts synapses of so many units on the targets at some places.
    pub(super) fn count(&mut self, places: &[u16], times: i8, inbox: &mut Inbox) {
        let size = times.unsigned_abs();
        if times < 0 {
            self.change(places, |count| count.overflowing_sub(size), -1, inbox);
        } else {
            self.change(places, |count| count.overflowing_add(size), 1, inbox);
        }
    }

    /// Changes the counts at some places; where one leaves its range, `sign` times 256 are carried.
    #[inline(always)]
    fn change(
        &mut self,
        places: &[u16],
        change: impl Fn(u8) -> (u8, bool),
        sign: i32,
        inbox: &mut Inbox,
    ) {
        let Self { lane, unit, counts } = self;
        let mut one = |place: u16| {
            let count = &mut counts[usize::from(place)];
            let left;
            (*count, left) = change(*count);
            if left {
                carry(&mut inbox.arrivals()[*lane][usize::from(place)], unit.wrapping_mul(sign));
            }
        };
        // Eight at a time: left to itself, the compiler unrolls this or not, at a factor of 1.4.
        let (eights, rest) = places.as_chunks::<8>();
        for eight in eights {
            for &place in eight {
                one(place);
            }
        }
        for &place in rest {
            one(place);
        }
    }
}

/// Adds 256 units.
#[cold]
fn carry(sum: &mut i32, unit: i32) {
    *sum = sum.wrapping_add(unit << 8);
}

/// A number for each place.
#[expect(clippy::unnecessary_box_returns, reason = "too large for a stack")]
pub(super) fn each<T: Clone>(value: T) -> Box<[T; PLACES]> {
    let all = vec![value; PLACES].into_boxed_slice();
    all.try_into().unwrap_or_else(|_| unreachable!("so many were made"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_become_sums_however_many_there_are() {
        let mut inbox = Inbox::new(2).expect("memory");
        let mut tallies = Tallies::new();
        let places: Vec<u16> = [1; 1000].into_iter().chain([65_530, 3, 3]).collect();
        tallies.of(1, -3).count(&[3], 1, &mut inbox);
        assert!(!inbox.is_used() && tallies.has(1, -3) && !tallies.has(0, -3));
        tallies.of(1, -3).count(&places, 1, &mut inbox);
        tallies.of(1, 5).count(&[3], 1, &mut inbox);
        tallies.of(1, -3).count(&[1], 1, &mut inbox);
        assert!(inbox.is_used(), "more than 127");
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
        tallies.of(0, 7).count(&[9], 1, &mut inbox);
        tallies.flush(8..10, inbox.lanes(), 40);
        assert_eq!(inbox.lanes()[0][41], 7);
    }

    #[test]
    fn multiples_of_both_signs_share_a_tally() {
        let mut inbox = Inbox::new(1).expect("memory");
        let mut tallies = Tallies::new();
        let mut expected = [0; 3];
        for (place, times, count) in
            [(0, -10, 700_u16), (1, 127, 90), (1, -128, 3), (0, 1, 5000), (2, 4, 1), (2, -7, 1)]
        {
            tallies.of(0, 6).count(&vec![place; usize::from(count)], times, &mut inbox);
            expected[usize::from(place)] += 6 * i32::from(times) * i32::from(count);
        }
        tallies.flush(0..PLACES, inbox.lanes(), 0);
        assert_eq!(inbox.lanes()[0][..3], expected);
        assert!(inbox.lanes()[0][3..].iter().all(|&sum| sum == 0));
    }
}
