//! Where workers meet at the end of an epoch: they wait briefly on their core, then sleep, so
//! that a busy neighbour costs a share of the time and not a collapse.
//!
//! All atomics of the engine that order memory are in this file.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long a worker spins before it sleeps: some wake-ups of a sleeping thread (about 50 us
/// on a virtual machine), so that spinning never costs much more than sleeping would.
const SPIN: Duration = Duration::from_micros(100);

/// Looks from one reading of the clock to the next.
const LOOKS: usize = 16;

/// A barrier with separate arrival and waiting, so that work may be done in between.
pub(super) struct Barrier {
    parties: usize,
    spin: Duration,
    arrived: AtomicUsize,
    generation: AtomicUsize,
    broken: AtomicBool,
    sleepers: Mutex<usize>,
    wake: Condvar,
}

/// What an arrived worker waits for.
#[must_use]
pub(super) struct Ticket(usize);

impl Barrier {
    pub(super) fn new(parties: usize) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            parties,
            spin: if parties > cores { Duration::ZERO } else { SPIN },
            arrived: AtomicUsize::new(0),
            generation: AtomicUsize::new(0),
            broken: AtomicBool::new(false),
            sleepers: Mutex::new(0),
            wake: Condvar::new(),
        }
    }

    /// Whether there is nobody to wait for.
    pub(super) fn is_alone(&self) -> bool {
        self.parties == 1
    }

    /// Announces that this worker is done; the last one runs `last` before anybody goes on.
    pub(super) fn arrive(&self, last: impl FnOnce()) -> Ticket {
        // Ordering: the generation cannot change before this worker has arrived.
        let generation = self.generation.load(Ordering::Relaxed);
        // Ordering: AcqRel makes what each worker did before it arrived visible to the last one.
        if self.arrived.fetch_add(1, Ordering::AcqRel) + 1 == self.parties {
            // Ordering: published by the release below.
            self.arrived.store(0, Ordering::Relaxed);
            last();
            let sleepers = self.lock();
            // Ordering: Release pairs with the Acquire in `passed`; under the lock, so that no
            // worker falls asleep between its last look and the wake-up.
            self.generation.store(generation.wrapping_add(1), Ordering::Release);
            if *sleepers > 0 {
                self.wake.notify_all();
            }
        }
        Ticket(generation)
    }

    /// Waits until all have arrived.
    ///
    /// # Panics
    /// If another worker panicked.
    pub(super) fn wait(&self, ticket: &Ticket) {
        let mut begin = None;
        while !self.look(ticket) {
            if begin.get_or_insert_with(Instant::now).elapsed() >= self.spin {
                self.sleep(ticket);
            }
        }
        // Ordering: set before the generation that let us pass, or seen at the next barrier.
        assert!(!self.broken.load(Ordering::Relaxed), "another worker panicked");
    }

    /// Whether all arrive within some looks, with a pause after each: a pause may take 140 cycles.
    fn look(&self, ticket: &Ticket) -> bool {
        for _ in 0..LOOKS {
            if self.passed(ticket) {
                return true;
            }
            std::hint::spin_loop();
        }
        false
    }

    fn passed(&self, ticket: &Ticket) -> bool {
        // Ordering: Acquire pairs with the Release of the last worker to arrive, so that what all
        // did before they arrived is visible.
        self.generation.load(Ordering::Acquire) != ticket.0
    }

    fn sleep(&self, ticket: &Ticket) {
        let mut sleepers = self.lock();
        *sleepers += 1;
        while !self.passed(ticket) {
            sleepers = self.wake.wait(sleepers).unwrap_or_else(PoisonError::into_inner);
        }
        *sleepers -= 1;
    }

    fn lock(&self) -> MutexGuard<'_, usize> {
        self.sleepers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A guard that lets everybody pass, and panic, if its worker panics.
    pub(super) fn guard(&self) -> Guard<'_> {
        Guard(self)
    }
}

/// See [`Barrier::guard`].
pub(super) struct Guard<'a>(&'a Barrier);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let sleepers = self.0.lock();
            // Ordering: published by the release below.
            self.0.broken.store(true, Ordering::Relaxed);
            // Ordering: Release, as in `arrive`.
            self.0.generation.fetch_add(1, Ordering::Release);
            if *sleepers > 0 {
                self.0.wake.notify_all();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nobody passes round k before all have finished it, whether they spin or sleep.
    #[test]
    fn rounds_never_overlap() {
        for parties in [1, 2, 3, 8] {
            let barrier = Barrier::new(parties);
            let done: Vec<AtomicUsize> = (0..parties).map(|_| AtomicUsize::new(0)).collect();
            let lasts = AtomicUsize::new(0);
            std::thread::scope(|scope| {
                for own in &done {
                    scope.spawn(|| {
                        for round in 1..=200 {
                            own.store(round, Ordering::Relaxed);
                            let ticket = barrier.arrive(|| {
                                lasts.fetch_add(1, Ordering::Relaxed);
                            });
                            barrier.wait(&ticket);
                            assert!(done.iter().all(|d| d.load(Ordering::Relaxed) >= round));
                            assert!(lasts.load(Ordering::Relaxed) >= round);
                        }
                    });
                }
            });
            assert_eq!(lasts.into_inner(), 200);
        }
    }

    #[test]
    fn a_panic_reaches_those_who_wait() {
        let barrier = Barrier::new(2);
        let waiting = std::thread::scope(|scope| {
            let waiting = scope.spawn(|| {
                let ticket = barrier.arrive(|| ());
                barrier.wait(&ticket);
            });
            let failing = scope.spawn(|| {
                let _guard = barrier.guard();
                panic!("on purpose");
            });
            assert!(failing.join().is_err());
            waiting.join()
        });
        assert!(waiting.is_err());
    }
}
