//! Where workers meet at the end of an epoch: they wait briefly on their core, then sleep, so
//! that a busy neighbour costs a share of the time and not a collapse.
//!
//! A cache line takes some 130 ns from core to core, longer than a small network's step has to
//! spare: each worker says that it has arrived, what it votes for and what few words it has for the
//! others in one line that only it writes.
//!
//! All atomics of the engine that order memory are in this file.

use std::time::{Duration, Instant};

#[cfg(loom)]
use loom::sync;
#[cfg(not(loom))]
use std::sync;
use std::sync::PoisonError;
use sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence};
use sync::{Condvar, Mutex, MutexGuard};

/// How long a worker spins before it sleeps: some wake-ups of a sleeping thread (about 50 us
/// on a virtual machine), so that spinning never costs much more than sleeping would.
const SPIN: Duration = Duration::from_micros(100);

/// Looks from one reading of the clock to the next.
const LOOKS: usize = if cfg!(loom) { 1 } else { 16 };

/// Words that fit in the line with which a worker arrives.
pub(super) const WORDS: usize = 14;

/// In place of the number of words: nothing was said.
const NONE: u64 = 255;

/// What a worker wants to do next; the highest of all counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Vote {
    GoOn,
    /// The epoch is complete and the last.
    Stop,
    /// The epoch is not complete.
    Abandon,
}

impl Vote {
    const ALL: [Self; 3] = [Self::GoOn, Self::Stop, Self::Abandon];
}

/// What a worker says when it arrives, in a line of its own.
#[derive(Default)]
#[repr(align(64))]
struct Arrival {
    /// The round after this one, then a byte of how many words follow, then one of the vote.
    flag: AtomicU64,
    words: [AtomicU32; WORDS],
}

impl Arrival {
    /// How many words and which vote, if it is of `round`.
    fn of(&self, round: u64) -> Option<(usize, Vote)> {
        // Ordering: Acquire pairs with the Release of `arrive`, so that what its worker did before
        // it arrived is visible.
        let flag = self.flag.load(Ordering::Acquire);
        let [vote, words, ..] = flag.to_le_bytes();
        (flag >> 16 == round + 1).then(|| (usize::from(words), Vote::ALL[usize::from(vote)]))
    }
}

/// A barrier with separate arrival and waiting, so that work may be done in between.
pub(super) struct Barrier {
    spin: Duration,
    /// By worker, those in even and in odd rounds: a worker may arrive once more before another has
    /// looked, but not twice.
    arrivals: Vec<[Arrival; 2]>,
    broken: AtomicBool,
    sleepers: AtomicUsize,
    lock: Mutex<()>,
    wake: Condvar,
}

impl Barrier {
    /// For `parties` workers on `cores` cores.
    pub(super) fn new(parties: usize, cores: usize) -> Self {
        Self {
            spin: if parties > cores { Duration::ZERO } else { SPIN },
            arrivals: (0..parties).map(|_| Default::default()).collect(),
            broken: AtomicBool::new(false),
            sleepers: AtomicUsize::new(0),
            lock: Mutex::new(()),
            wake: Condvar::new(),
        }
    }

    /// Whether there is nobody to wait for.
    pub(super) fn is_alone(&self) -> bool {
        self.arrivals.len() == 1
    }

    /// Announces that `worker` is done with `round`, and what it has to say: at most [`WORDS`]
    /// words, or none at all. The rounds of a barrier count from 0.
    pub(super) fn arrive(&self, worker: usize, round: u64, vote: Vote, message: Option<&[u32]>) {
        debug_assert!(message.is_none_or(|words| words.len() <= WORDS), "a message of many words");
        let arrival = &self.arrivals[worker][(round & 1) as usize];
        for (word, text) in arrival.words.iter().zip(message.unwrap_or_default()) {
            // Ordering: published by the release below.
            word.store(*text, Ordering::Relaxed);
        }
        let words = message.map_or(NONE, |m| m.len() as u64);
        // Ordering: Release pairs with the Acquire in `Arrival::of`.
        arrival.flag.store((round + 1) << 16 | words << 8 | vote as u64, Ordering::Release);
        // Ordering: with the fence in `sleep`, either a sleeper sees all flags, or the last to pass
        // this fence sees the sleeper, and all flags: it wakes the others before it works on.
        fence(Ordering::SeqCst);
        if self.sleepers.load(Ordering::Relaxed) > 0 && self.verdict(round).is_some() {
            let _lock = self.lock();
            self.wake.notify_all();
        }
    }

    /// Waits until all have arrived in `round`; returns the highest vote.
    ///
    /// # Panics
    /// If another worker panicked.
    pub(super) fn wait(&self, round: u64) -> Vote {
        self.spin(round).unwrap_or_else(|| self.sleep(round))
    }

    /// What `worker` said in `round`, after [`Barrier::wait`]; false if that was nothing at all.
    pub(super) fn message(&self, worker: usize, round: u64, words: &mut Vec<u32>) -> bool {
        words.clear();
        let arrival = &self.arrivals[worker][(round & 1) as usize];
        let said = arrival.of(round).and_then(|(said, _)| arrival.words.get(..said));
        // Ordering: published by the release that `wait` saw.
        words.extend(said.into_iter().flatten().map(|word| word.load(Ordering::Relaxed)));
        said.is_some()
    }

    /// The verdict, if all arrive soon. A pause between two looks may take 140 cycles.
    fn spin(&self, round: u64) -> Option<Vote> {
        let mut begin = None;
        loop {
            for _ in 0..LOOKS {
                if let Some(verdict) = self.verdict(round) {
                    return Some(verdict);
                }
                std::hint::spin_loop();
            }
            self.check();
            if begin.get_or_insert_with(Instant::now).elapsed() >= self.spin {
                return None;
            }
        }
    }

    /// The highest vote, if all have arrived.
    fn verdict(&self, round: u64) -> Option<Vote> {
        let of = |arrivals: &[Arrival; 2]| arrivals[(round & 1) as usize].of(round);
        self.arrivals.iter().try_fold(Vote::GoOn, |max, a| of(a).map(|(_, vote)| max.max(vote)))
    }

    fn sleep(&self, round: u64) -> Vote {
        let mut lock = self.lock();
        // Ordering: see the fence in `arrive`.
        self.sleepers.fetch_add(1, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        let verdict = loop {
            if let Some(verdict) = self.verdict(round) {
                break verdict;
            }
            self.check();
            lock = self.wake.wait(lock).unwrap_or_else(PoisonError::into_inner);
        };
        // Ordering: a worker that reads too many wakes nobody.
        self.sleepers.fetch_sub(1, Ordering::Relaxed);
        drop(lock);
        verdict
    }

    fn check(&self) {
        // Ordering: set before the wake-up under the lock, or seen at a later look.
        assert!(!self.broken.load(Ordering::Relaxed), "another worker panicked");
    }

    fn lock(&self) -> MutexGuard<'_, ()> {
        self.lock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A guard that makes all who wait panic, if its worker panics.
    pub(super) fn guard(&self) -> Guard<'_> {
        Guard(self)
    }
}

/// See [`Barrier::guard`].
pub(super) struct Guard<'a>(&'a Barrier);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let _lock = self.0.lock();
            // Ordering: under the lock, so that no worker falls asleep between its last look and the
            // wake-up.
            self.0.broken.store(true, Ordering::Relaxed);
            self.0.wake.notify_all();
        }
    }
}

/// Every order in which the steps of few workers may come:
/// `RUSTFLAGS='--cfg loom' cargo test --lib barrier`.
#[cfg(all(test, loom))]
mod models {
    use super::*;

    /// Workers that look once and then sleep: nobody sleeps for ever, passes early or misses a word,
    /// however they are interrupted up to three times.
    fn all_meet(parties: usize, rounds: u64) {
        let mut model = loom::model::Builder::new();
        model.preemption_bound = Some(3);
        model.check(move || {
            let barrier = sync::Arc::new(Barrier::new(parties, 0));
            let worker = move |worker: usize, barrier: &Barrier| {
                for round in 0..rounds {
                    let votes = [Vote::GoOn, [Vote::Stop, Vote::GoOn][(round & 1) as usize]];
                    let word = |worker: usize| worker as u32 + 10 * round as u32;
                    barrier.arrive(worker, round, votes[worker & 1], Some(&[word(worker)]));
                    assert_eq!(Some(barrier.wait(round)), votes.into_iter().max());
                    let other = (worker + 1) % parties;
                    let mut words = Vec::new();
                    assert!(barrier.message(other, round, &mut words));
                    assert_eq!(words, [word(other)]);
                }
            };
            let start = |w: usize| {
                let barrier = barrier.clone();
                loom::thread::spawn(move || worker(w, &barrier))
            };
            let others: Vec<_> = (1..parties).map(start).collect();
            worker(0, &barrier);
            others.into_iter().for_each(|other| other.join().expect("no panic"));
        });
    }

    #[test]
    fn two_meet_again() {
        all_meet(2, 3);
    }

    #[test]
    fn three_meet() {
        all_meet(3, 1);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    /// Nobody passes round k before all have finished it, whether they spin or sleep.
    #[test]
    fn rounds_never_overlap() {
        for parties in [1, 2, 3, 8] {
            let barrier = &Barrier::new(parties, 2);
            let done: &Vec<AtomicU64> = &(0..parties).map(|_| AtomicU64::new(0)).collect();
            std::thread::scope(|scope| {
                for worker in 0..parties {
                    scope.spawn(move || {
                        for round in 0..300 {
                            done[worker].store(round, Ordering::Relaxed);
                            barrier.arrive(worker, round, Vote::GoOn, None);
                            assert_eq!(barrier.wait(round), Vote::GoOn);
                            assert!(done.iter().all(|d| d.load(Ordering::Relaxed) >= round));
                        }
                    });
                }
            });
        }
    }

    /// Each hears what all others said in this round, and the highest vote.
    #[test]
    fn messages_and_votes_reach_all() {
        let said = |worker: usize, round: u64| {
            let words = (worker as u64 + round) % (WORDS as u64 + 2);
            let text = (0..words as u32).map(|word| word * 1000 + round as u32);
            (words as usize <= WORDS).then(|| text.collect::<Vec<u32>>())
        };
        let vote = |worker: usize, round: u64| Vote::ALL[(round as usize + worker) % 7 % 3];
        let barrier = &Barrier::new(3, 4);
        std::thread::scope(|scope| {
            for worker in 0..3 {
                scope.spawn(move || {
                    let mut words = Vec::new();
                    for round in 0..300 {
                        barrier.arrive(
                            worker,
                            round,
                            vote(worker, round),
                            said(worker, round).as_deref(),
                        );
                        let highest = (0..3).map(|w| vote(w, round)).max();
                        assert_eq!(Some(barrier.wait(round)), highest);
                        for other in 0..3 {
                            let any = barrier.message(other, round, &mut words);
                            assert_eq!(any.then_some(&words), said(other, round).as_ref());
                        }
                    }
                });
            }
        });
    }

    #[test]
    fn a_panic_reaches_those_who_wait_and_those_who_will() {
        for (cores, late) in [(1, false), (2, false), (2, true)] {
            let barrier = &Barrier::new(2, cores);
            let wait = || {
                barrier.arrive(0, 0, Vote::GoOn, None);
                barrier.wait(0);
            };
            let fail = || {
                let _guard = barrier.guard();
                panic!("on purpose");
            };
            std::thread::scope(|scope| {
                let waiting = (!late).then(|| scope.spawn(wait));
                assert!(scope.spawn(fail).join().is_err());
                assert!(waiting.unwrap_or_else(|| scope.spawn(wait)).join().is_err());
            });
        }
    }
}
