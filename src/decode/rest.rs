//! What the resonators of a target hear while it is not looked at.

/// Seconds that are remembered.
const MEMORY_S: f64 = 60.0;

/// Seconds for which the spread of noise stands before the spread that is found counts as much: a
/// spread takes longer to be known than a mean.
const PRIOR_S: f64 = 40.0;

/// What exceeds the mean by more is an answer, not rest, and counts as this much.
const MOST: f64 = 3.0;

/// The same for the spread, in which squares count, and one answer could be all of it.
const MOST_SPREAD: f64 = 2.0;

/// The energy of a resonator at rest: its running mean, and its running variance relative to the
/// mean squared. Of noise it is 1/n, the mean of n channels whose energies are exponentially
/// distributed; the alpha rhythm, which comes and goes, has more.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rest {
    mean: f64,
    variance: f64,
    /// That of noise.
    least: f64,
}

impl Rest {
    /// As of noise.
    pub(super) fn new(channels: usize) -> Self {
        let least = 1.0 / channels as f64;
        Self { mean: 1.0, variance: least, least }
    }

    /// Takes in the mean energy over channels; `seconds` is for how long it has been learning, above
    /// zero, and `step_s` from one sample to the next.
    pub(super) fn learn(&mut self, energy: f64, seconds: f64, step_s: f64) {
        if seconds <= step_s {
            self.mean = energy;
            return;
        }
        let relative = (energy / self.mean).min(MOST) - 1.0;
        self.mean += step_s / seconds.min(MEMORY_S) * self.mean * relative;
        let rate = step_s / (seconds + PRIOR_S).min(MEMORY_S);
        let swing = relative.min(MOST_SPREAD - 1.0);
        self.variance += rate * (swing * swing - self.variance);
    }

    /// What an energy says, 1 on average at rest: its ratio to the mean, brought nearer to 1 where
    /// energies spread more than those of noise, so that rest has the same spread everywhere.
    pub(super) fn relative(&self, energy: f64) -> f64 {
        1.0 + self.gain() * (energy / self.mean - 1.0)
    }

    /// By how much less it says when `floor`, if that is louder, stands in place of the mean.
    pub(super) fn excess(&self, energy: f64, floor: f64) -> f64 {
        self.gain() * energy * (1.0 / self.mean - 1.0 / self.mean.max(floor))
    }

    fn gain(&self) -> f64 {
        (self.least / self.variance).sqrt().min(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Key, Purpose, Stream};

    /// Five minutes of rest with exponentially distributed energies, ten of them a second; every
    /// other half minute is `swing` times as loud.
    fn learnt(swing: f64) -> Rest {
        let mut stream = Stream::new(Key::new(2, Purpose::User, 0), [0; 3]);
        let mut rest = Rest::new(1);
        for n in 1..=3000 {
            let loud = if n % 20 < 10 { swing } else { 1.0 };
            rest.learn(-5.0 * loud * stream.unit().ln(), f64::from(n) * 0.1, 0.1);
        }
        rest
    }

    #[test]
    fn noise_is_measured_by_its_mean() {
        let rest = learnt(1.0);
        let twice = rest.relative(10.0);
        assert!((1.8..2.4).contains(&twice), "{twice}");
        assert!((0.0..0.3).contains(&rest.relative(0.0)));
        // Where all is twice as loud, half of what it says is due to that.
        let excess = rest.excess(10.0, 2.0 * rest.mean);
        assert!((excess / (0.5 * twice) - 1.0).abs() < 0.1, "{excess}");
        assert_eq!(rest.excess(10.0, 0.5 * rest.mean), 0.0);
    }

    #[test]
    fn what_comes_and_goes_counts_less() {
        let (noise, rhythm) = (Rest::new(8), {
            let mut rest = Rest::new(8);
            for n in 1..=3000 {
                rest.learn(if n % 20 < 10 { 9.0 } else { 1.0 }, f64::from(n) * 0.1, 0.1);
            }
            rest
        });
        let (noise, rhythm) = (noise.relative(2.0), rhythm.relative(10.0));
        assert!((noise - 2.0).abs() < 1e-9 && (1.0..1.7).contains(&rhythm), "{noise} {rhythm}");
    }
}
