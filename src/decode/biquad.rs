//! Causal filters of second order.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

/// A filter of second order,
///
/// `y_n = b0 x_n + b1 x_(n-1) + b2 x_(n-2) - a1 y_(n-1) - a2 y_(n-2)`
///
/// here a Butterworth filter by the bilinear transform: its gain is 1/sqrt 2 at the corner
/// frequency exactly (Oppenheim & Schafer, Discrete-Time Signal Processing, section 7.2).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Biquad {
    b: [f64; 3],
    a: [f64; 2],
    memory: [f64; 2],
}

impl Biquad {
    /// Passes what lies below `corner_hz` (above zero, below half of `sample_hz`).
    #[must_use]
    pub fn low_pass(corner_hz: f64, sample_hz: f64) -> Self {
        Self::new(corner_hz, sample_hz, |c| [0.5 * (1.0 - c), 1.0 - c, 0.5 * (1.0 - c)])
    }

    /// Passes what lies above `corner_hz` (above zero, below half of `sample_hz`).
    #[must_use]
    pub fn high_pass(corner_hz: f64, sample_hz: f64) -> Self {
        Self::new(corner_hz, sample_hz, |c| [0.5 * (1.0 + c), -1.0 - c, 0.5 * (1.0 + c)])
    }

    fn new(corner_hz: f64, sample_hz: f64, numerator: impl Fn(f64) -> [f64; 3]) -> Self {
        let angle = 2.0 * PI * corner_hz / sample_hz;
        let alpha = angle.sin() * FRAC_1_SQRT_2;
        let scale = 1.0 / (1.0 + alpha);
        Self {
            b: numerator(angle.cos()).map(|b| b * scale),
            a: [-2.0 * angle.cos() * scale, (1.0 - alpha) * scale],
            memory: [0.0; 2],
        }
    }

    /// The answer to the next sample.
    pub fn filter(&mut self, x: f64) -> f64 {
        // The transposed form: two numbers of memory, and no large differences.
        let y = self.b[0] * x + self.memory[0];
        self.memory[0] = self.b[1] * x - self.a[0] * y + self.memory[1];
        self.memory[1] = self.b[2] * x - self.a[1] * y;
        y
    }
}

/// A high-pass and a low-pass filter of second order, one after the other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BandPass([Biquad; 2]);

impl BandPass {
    /// Passes what lies between two frequencies; the upper one is lowered to 0.45 `sample_hz`.
    #[must_use]
    pub fn new(from_hz: f64, to_hz: f64, sample_hz: f64) -> Self {
        let to_hz = to_hz.min(0.45 * sample_hz);
        Self([Biquad::high_pass(from_hz, sample_hz), Biquad::low_pass(to_hz, sample_hz)])
    }

    /// The answer to the next sample.
    pub fn filter(&mut self, x: f64) -> f64 {
        self.0.iter_mut().fold(x, |x, biquad| biquad.filter(x))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The gain for a sine, when all has settled.
    fn gain(mut filter: impl FnMut(f64) -> f64, hz: f64) -> f64 {
        let sine = |n: u32| (2.0 * PI * hz * f64::from(n) / 250.0).sin();
        let answer: Vec<f64> = (0..10_000).map(|n| filter(sine(n))).collect();
        let power: f64 = answer[5000..].iter().map(|y| y * y).sum();
        (power / 2500.0).sqrt()
    }

    #[test]
    fn gains_are_those_of_butterworth() {
        let warped = |hz: f64| (PI * hz / 250.0).tan();
        for hz in [2.0, 6.0, 20.0, 60.0, 90.0] {
            let ratio: f64 = warped(hz) / warped(20.0);
            let (mut low, mut high) =
                (Biquad::low_pass(20.0, 250.0), Biquad::high_pass(20.0, 250.0));
            let expected = 1.0 / (1.0 + ratio.powi(4)).sqrt();
            assert!((gain(|x| low.filter(x), hz) - expected).abs() < 1e-3, "{hz} Hz");
            let expected = ratio.powi(2) * expected;
            assert!((gain(|x| high.filter(x), hz) - expected).abs() < 1e-3, "{hz} Hz");
        }
    }

    #[test]
    fn a_band_passes_its_middle_only() {
        let through = |hz| {
            let mut band = BandPass::new(6.0, 60.0, 250.0);
            gain(|x| band.filter(x), hz)
        };
        assert!(through(19.0) > 0.98);
        assert!((through(6.0) - 0.707).abs() < 0.01 && (through(60.0) - 0.707).abs() < 0.01);
        assert!(through(0.5) < 0.01);
        assert_eq!(BandPass::new(6.0, 200.0, 250.0), BandPass::new(6.0, 112.5, 250.0));
    }
}
