//! The decoder to compare with.

use std::f64::consts::TAU;

use super::matrix::{cholesky, forward, largest_eigenvalue};

/// Canonical correlation analysis (Lin et al. 2006, doi:10.1109/TBME.2006.886577): the target whose
/// sines and cosines, at its frequency and harmonics, correlate best with the channels of a window,
///
/// `rho(f) = max over a, b of corr(X a, Y_f b)`
///
/// `rho^2` is the largest eigenvalue of `M M^T`, `M = L^-1 X^T Q`, where `X^T X = L L^T` and the
/// columns of Q are an orthonormal basis of `Y_f`.
#[derive(Clone, Debug)]
pub struct Cca {
    /// For each target, the columns of Q.
    bases: Vec<Vec<Vec<f64>>>,
    samples: usize,
}

impl Cca {
    /// For windows of `samples` samples.
    #[must_use]
    pub fn new(frequencies: &[f64], harmonics: usize, samples: usize, sample_hz: f64) -> Self {
        let wave = |hz: f64, quarter: f64| -> Vec<f64> {
            let angle = |n: usize| TAU * (hz * n as f64 / sample_hz + quarter);
            (0..samples).map(|n| angle(n).sin()).collect()
        };
        let waves = |hz: &f64| {
            let each = (1..=harmonics).flat_map(|h| [(h, 0.0), (h, 0.25)]);
            orthonormal(each.map(|(h, quarter)| wave(hz * h as f64, quarter)).collect())
        };
        Self { bases: frequencies.iter().map(waves).collect(), samples }
    }

    /// The largest correlation `rho` with each target; `window` holds a list of samples for each
    /// channel.
    ///
    /// # Panics
    /// When the window has another length than it was made for.
    #[must_use]
    pub fn correlations(&self, window: &[Vec<f64>]) -> Vec<f64> {
        assert!(window.iter().all(|c| c.len() == self.samples), "a window of another length");
        let channels: Vec<_> = window.iter().map(|c| centred(c)).collect();
        let row = |a: &Vec<f64>| channels.iter().map(|b| dot(a, b)).collect();
        let root = cholesky(&channels.iter().map(row).collect::<Vec<Vec<f64>>>());
        let rho = |basis: &Vec<Vec<f64>>| {
            let column = |q: &Vec<f64>| {
                let mut along: Vec<f64> = channels.iter().map(|c| dot(c, q)).collect();
                forward(&root, &mut along);
                along
            };
            largest_eigenvalue(&basis.iter().map(column).collect::<Vec<_>>()).sqrt().min(1.0)
        };
        self.bases.iter().map(rho).collect()
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn centred(x: &[f64]) -> Vec<f64> {
    let mean = x.iter().sum::<f64>() / x.len() as f64;
    x.iter().map(|x| x - mean).collect()
}

/// Gram and Schmidt, after the means are removed.
fn orthonormal(columns: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    let mut basis: Vec<Vec<f64>> = Vec::with_capacity(columns.len());
    for column in columns {
        let mut q = centred(&column);
        for before in &basis {
            let along = dot(&q, before);
            q.iter_mut().zip(before).for_each(|(x, b)| *x -= along * b);
        }
        let norm = dot(&q, &q).sqrt().max(f64::MIN_POSITIVE);
        for x in &mut q {
            *x /= norm;
        }
        basis.push(q);
    }
    basis
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(hz: f64, shift: f64) -> Vec<f64> {
        (0..500).map(|n| (TAU * hz * f64::from(n) / 250.0 + shift).sin()).collect()
    }

    #[test]
    fn a_case_by_hand() {
        // A channel of 3 sin(2 pi 10 t + 1) + 4 sin(2 pi 17 t): orthogonal over 2 s, so that the
        // correlation with 10 Hz is 3/5, with 17 Hz 4/5, with 8.5 Hz (its second harmonic) 4/5.
        let mixed = |a: f64, b: f64| -> Vec<f64> {
            sine(10.0, 1.0).iter().zip(sine(17.0, 0.0)).map(|(x, y)| a * x + b * y).collect()
        };
        let cca = Cca::new(&[10.0, 17.0, 8.5, 12.0], 2, 500, 250.0);
        let one = cca.correlations(&[mixed(3.0, 4.0)]);
        for (found, expected) in one.iter().zip([0.6, 0.8, 0.8, 0.0]) {
            assert!((found - expected).abs() < 1e-9, "{one:?}");
        }
        // Two channels with other shares of the same two waves can be unmixed.
        let two = cca.correlations(&[mixed(3.0, 4.0), mixed(1.0, -2.0)]);
        assert!((two[0] - 1.0).abs() < 1e-9 && (two[1] - 1.0).abs() < 1e-9, "{two:?}");
    }

    #[test]
    #[should_panic(expected = "another length")]
    fn other_lengths_are_refused() {
        let _ = Cca::new(&[10.0], 2, 500, 250.0).correlations(&[vec![0.0; 499]]);
    }
}
