//! Channels made independent of each other, by what was recorded so far.

use super::matrix::{cholesky, forward};

/// Spatial whitening: with the running covariance `C = L L^T` of the channels, `y = L^-1 x` has
/// channels of unit power that are not correlated. What all electrodes record alike (mains, blinks,
/// distant sources) then stands in one channel instead of in all.
///
/// `C` is the mean over the time so far, and from [`MEMORY_S`](Self::MEMORY_S) seconds on an
/// exponential one. The first second, in which little is known, is silent.
#[derive(Clone, Debug)]
pub struct Whitening {
    covariance: Vec<Vec<f64>>,
    root: Vec<Vec<f64>>,
    samples: u64,
    memory: f64,
    silent: u64,
    renew: u64,
}

impl Whitening {
    /// Seconds that the covariance remembers: many cycles of everything, and short against the
    /// hours over which electrodes dry.
    pub const MEMORY_S: f64 = 20.0;

    /// Nothing is known yet.
    #[must_use]
    pub fn new(channels: usize, sample_hz: f64) -> Self {
        let identity = |i| (0..channels).map(|j| f64::from(u8::from(i == j))).collect();
        Self {
            covariance: vec![vec![0.0; channels]; channels],
            root: (0..channels).map(identity).collect(),
            samples: 0,
            memory: Self::MEMORY_S * sample_hz,
            silent: sample_hz as u64,
            // Ten times a second: the covariance hardly changes meanwhile.
            renew: ((0.1 * sample_hz) as u64).max(1),
        }
    }

    /// Learns from a sample and whitens it in place.
    pub fn whiten(&mut self, x: &mut [f64]) {
        let rate = 1.0 / (self.samples as f64 + 1.0).min(self.memory);
        for i in 0..x.len() {
            for j in 0..=i {
                self.covariance[i][j] += rate * (x[i] * x[j] - self.covariance[i][j]);
            }
        }
        if self.samples.is_multiple_of(self.renew) {
            self.root = cholesky(&self.covariance);
        }
        self.samples += 1;
        if self.samples > self.silent {
            forward(&self.root, x);
        } else {
            x.fill(0.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Key, Purpose, Stream, normal_quantile};

    #[test]
    fn correlated_channels_become_independent() {
        let mut stream = Stream::new(Key::new(1, Purpose::User, 0), [0; 3]);
        let mut normal = || normal_quantile(stream.unit());
        let mut whitening = Whitening::new(2, 250.0);
        let mut sums = [0.0; 3];
        for n in 0..30_000 {
            let (common, own) = (normal(), normal());
            let mut x = [5.0 * common, 30.0 * common + own];
            whitening.whiten(&mut x);
            if n >= 10_000 {
                let products = [x[0] * x[0], x[0] * x[1], x[1] * x[1]];
                sums.iter_mut().zip(products).for_each(|(s, p)| *s += p / 20_000.0);
            }
        }
        let [xx, xy, yy] = sums;
        assert!((xx - 1.0).abs() < 0.05 && xy.abs() < 0.05 && (yy - 1.0).abs() < 0.05, "{sums:?}");
    }
}
