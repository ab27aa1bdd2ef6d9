//! What the phases of a run take, on the wall.

use std::time::{Duration, Instant};

/// Wall seconds of a worker by phase.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize)]
pub struct Phases {
    /// Adding due synapses to inboxes.
    pub deliver: f64,
    /// Poisson input and neurons.
    pub update: f64,
    /// Turning spikes into packets, and waiting for others.
    pub exchange: f64,
}

impl Phases {
    pub(super) fn add(&self, other: &Self, factor: f64) -> Self {
        Self {
            deliver: self.deliver + other.deliver * factor,
            update: self.update + other.update * factor,
            exchange: self.exchange + other.exchange * factor,
        }
    }

    fn sum(&self) -> f64 {
        self.deliver + self.update + self.exchange
    }
}

/// An epoch whose steps take less seconds than this is short: reading the clock would be a share of it.
const SHORT: f64 = 50e-6;

/// Of so many short epochs one is timed, and stands for the others.
const SAMPLED: u32 = 7;

/// Times the phases of a run. Phase follows phase, so that the clock is read once for each.
pub(super) struct Clock<F = fn() -> Instant> {
    now: F,
    begin: Instant,
    /// The last reading.
    last: Instant,
    /// How many epochs from now one is timed again; zero in one that is.
    skip: u32,
    /// For how many epochs this one stands, and its steps.
    stands_for: u32,
    steps: usize,
    /// Of this epoch, and of those before that were timed.
    epoch: Phases,
    sample: Phases,
}

impl Clock {
    pub(super) fn new() -> Self {
        Self::reading(Instant::now)
    }
}

impl<F: Fn() -> Instant> Clock<F> {
    fn reading(now: F) -> Self {
        let begin = now();
        let (epoch, sample) = (Phases::default(), Phases::default());
        Self { now, begin, last: begin, skip: 1, stands_for: 1, steps: 0, epoch, sample }
    }

    /// Begins an epoch of `steps` steps, over all partitions.
    pub(super) fn epoch(&mut self, steps: usize) {
        self.exchanged();
        self.skip = if self.skip > 0 {
            self.skip - 1
        } else {
            self.keep();
            let short = self.epoch.sum() < SHORT * self.steps as f64;
            self.stands_for = if short { SAMPLED } else { 1 };
            self.stands_for - 1
        };
        if self.skip == 0 {
            self.epoch = Phases::default();
            self.steps = steps;
            self.last = (self.now)();
        }
    }

    /// What came since the last phase was delivery.
    pub(super) fn delivered(&mut self) {
        self.epoch.deliver += self.lap();
    }

    /// What came since the last phase was the update.
    pub(super) fn updated(&mut self) {
        self.epoch.update += self.lap();
    }

    /// What came since the last phase was exchange.
    pub(super) fn exchanged(&mut self) {
        self.epoch.exchange += self.lap();
    }

    /// Seconds since the last reading, if this epoch is timed.
    fn lap(&mut self) -> f64 {
        if self.skip > 0 {
            return 0.0;
        }
        let now = (self.now)();
        (now - std::mem::replace(&mut self.last, now)).as_secs_f64()
    }

    /// Adds this epoch and those it stands for.
    fn keep(&mut self) {
        self.sample = self.sample.add(&self.epoch, f64::from(self.stands_for));
    }

    /// Ends the run: the phases of all its epochs.
    pub(super) fn end(mut self) -> Phases {
        self.exchanged();
        if self.skip == 0 {
            self.keep();
        }
        let all: Duration = (self.now)() - self.begin;
        let timed = self.sample.sum();
        let factor = if timed > 0.0 { all.as_secs_f64() / timed } else { 0.0 };
        Phases::default().add(&self.sample, factor)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// Runs epochs of `steps` steps, whose phases take what `of` says, in microseconds.
    fn run(epochs: usize, steps: usize, of: impl Fn(usize) -> [u64; 3]) -> (Phases, u64) {
        let (begin, passed, read) = (Instant::now(), Cell::new(0), Cell::new(0));
        let pass = |us: u64| passed.set(passed.get() + us);
        let mut clock = Clock::reading(|| {
            read.set(read.get() + 1);
            begin + Duration::from_micros(passed.get())
        });
        for epoch in 0..epochs {
            clock.epoch(steps);
            let [deliver, update, exchange] = of(epoch);
            for _ in 0..steps {
                clock.exchanged();
                pass(deliver);
                clock.delivered();
                pass(update);
                clock.updated();
            }
            pass(exchange);
        }
        (clock.end(), read.get())
    }

    fn assert_close(phases: Phases, [deliver, update, exchange]: [f64; 3]) {
        for (is, should) in
            [(phases.deliver, deliver), (phases.update, update), (phases.exchange, exchange)]
        {
            assert!((is - 1e-6 * should).abs() < 0.01e-6 * should, "{phases:?}, not {should}");
        }
    }

    #[test]
    fn long_epochs_are_all_timed() {
        let (phases, _) = run(100, 3, |epoch| [100 + epoch as u64, 50, 30]);
        assert_close(phases, [300.0 * 149.5, 15_000.0, 3000.0]);
    }

    /// With seven steps, too: each is timed as often, and the wait behind the last of them.
    #[test]
    fn short_epochs_are_sampled_whole() {
        for steps in [1, 2, 7, 14] {
            let (phases, read) = run(7000, steps, |_| [10, 5, 4]);
            let n = 7000.0 * steps as f64;
            assert_close(phases, [10.0 * n, 5.0 * n, 28_000.0]);
            assert!(read < 7000 * (3 * steps as u64 + 2) / 6, "{read} readings");
        }
    }

    /// Half of the time is short epochs, which deliver, half long ones, which update. Where one follows
    /// the other, an epoch is timed that stands for what it is not.
    #[test]
    fn short_and_long_epochs_have_their_shares() {
        let short = |epoch: usize| epoch % 11_000 < 10_000;
        let (phases, _) = run(110_000, 1, |e| if short(e) { [20, 0, 0] } else { [0, 200, 0] });
        assert!((phases.deliver - 2.0).abs() < 0.02, "{phases:?}");
        assert!((phases.update - 2.0).abs() < 0.02, "{phases:?}");
    }
}
