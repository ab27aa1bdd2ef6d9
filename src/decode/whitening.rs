//! Channels made independent of each other, by what was recorded so far.

use std::collections::VecDeque;

use super::matrix::{cholesky, forward};

/// Spatial whitening: with the covariance `C = L L^T` of the channels, `y = L^-1 x` has channels of
/// unit power that are not correlated. What all electrodes record alike (mains, blinks, distant
/// sources) then stands in one channel instead of in all.
///
/// `C` is the mean over the quieter half of the last [`MEMORY_S`](Self::MEMORY_S) seconds: an
/// amplifier that has just been switched on, a movement or a loose electrode exceed the EEG a
/// thousandfold, and a mean over them says nothing about it. The first second, in which little is
/// known, is silent.
#[derive(Clone, Debug)]
pub struct Whitening {
    /// The second that runs.
    now: Second,
    samples: usize,
    /// The seconds before, the latest last.
    past: VecDeque<Second>,
    /// L, once there is one.
    root: Vec<Vec<f64>>,
    length: usize,
}

/// The sum over a second of the products of channels.
#[derive(Clone, Debug)]
struct Second(Vec<Vec<f64>>);

impl Second {
    /// The sum of the logarithms of the powers: all channels count alike, whatever their unit.
    fn loudness(&self) -> f64 {
        (0..self.0.len()).map(|i| self.0[i][i].max(f64::MIN_POSITIVE).ln()).sum()
    }
}

impl Whitening {
    /// Seconds of which the quieter half counts: many cycles of everything, and short against the
    /// hours over which electrodes dry.
    pub const MEMORY_S: usize = 40;

    /// Nothing is known yet.
    #[must_use]
    pub fn new(channels: usize, sample_hz: f64) -> Self {
        Self {
            now: Second(vec![vec![0.0; channels]; channels]),
            samples: 0,
            past: VecDeque::new(),
            root: Vec::new(),
            length: (sample_hz as usize).max(1),
        }
    }

    /// Learns from a sample and whitens it in place.
    pub fn whiten(&mut self, x: &mut [f64]) {
        for i in 0..x.len() {
            for j in 0..=i {
                self.now.0[i][j] += x[i] * x[j];
            }
        }
        self.samples += 1;
        if self.root.is_empty() {
            x.fill(0.0);
        } else {
            forward(&self.root, x);
        }
        if self.samples == self.length {
            self.learn();
        }
    }

    /// A second is over.
    fn learn(&mut self) {
        let channels = self.now.0.len();
        let silent = Second(vec![vec![0.0; channels]; channels]);
        self.past.push_back(std::mem::replace(&mut self.now, silent.clone()));
        self.samples = 0;
        if self.past.len() > Self::MEMORY_S {
            self.past.pop_front();
        }
        let mut sorted: Vec<_> = self.past.iter().map(|s| (s.loudness(), s)).collect();
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
        let quieter = sorted.len().div_ceil(2);
        let mut covariance = silent.0;
        for (_, second) in &sorted[..quieter] {
            for (row, more) in covariance.iter_mut().zip(&second.0) {
                row.iter_mut()
                    .zip(more)
                    .for_each(|(c, m)| *c += m / (quieter * self.length) as f64);
            }
        }
        self.root = cholesky(&covariance);
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
        // A second's power has a standard deviation of sqrt(2 / 250), and the quieter half of a
        // normal distribution a mean of -sqrt(2 / pi) of it. Both channels are loud together, by
        // what they have in common, which is what stands in the first.
        let quieter = 1.0 - (2.0 / std::f64::consts::PI).sqrt() * (2.0_f64 / 250.0).sqrt();
        let [xx, xy, yy] = sums;
        let right = [xx * quieter, 1.0 + xy, yy].iter().all(|x| (x - 1.0).abs() < 0.05);
        assert!(right, "{sums:?}");
    }

    #[test]
    fn an_amplifier_that_settles_is_forgotten() {
        let mut stream = Stream::new(Key::new(1, Purpose::User, 0), [0; 3]);
        let mut normal = || normal_quantile(stream.unit());
        let mut whitening = Whitening::new(2, 250.0);
        let mut power = 0.0;
        for n in 0..2500 {
            let onset = 1e5 * (-f64::from(n) / 50.0).exp();
            let mut x = [onset + normal(), 0.1 * onset + normal()];
            whitening.whiten(&mut x);
            if n >= 1250 {
                power += (x[0] * x[0] + x[1] * x[1]) / 2500.0;
            }
        }
        assert!((0.7..1.6).contains(&power), "{power}");
    }
}
