//! Resonate-and-fire neurons below their threshold.

use std::f64::consts::TAU;

use realfft::num_complex::Complex;

/// A resonate-and-fire neuron (Izhikevich 2001, doi:10.1016/S0893-6080(01)00078-8) below its
/// threshold: a damped oscillation that its input pushes,
///
/// `z_n = z_(n-1) exp((-a + 2 pi i f) / sample_hz) + x_n`
///
/// A sine of frequency f and amplitude A drives it to `|z| = A/2 (1 - exp(-a t)) sample_hz / a`;
/// white noise of unit power to the mean `|z|^2` of [`growth`](Self::growth).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Resonator {
    /// The state.
    pub z: Complex<f64>,
    turn: Complex<f64>,
}

impl Resonator {
    /// At rest; `hz` f and `damping` a (per second) are above zero.
    #[must_use]
    pub fn new(hz: f64, damping: f64, sample_hz: f64) -> Self {
        let turn = Complex::from_polar((-damping / sample_hz).exp(), TAU * hz / sample_hz);
        Self { z: Complex::default(), turn }
    }

    /// Takes a sample in; returns the energy `|z|^2`: what a quadrature pair of rectifying
    /// neurons sees (Adelson & Bergen 1985, doi:10.1364/JOSAA.2.000284), free of the oscillation
    /// itself.
    pub fn push(&mut self, x: f64) -> f64 {
        self.z = self.z * self.turn + x;
        self.z.norm_sqr()
    }

    /// The mean energy `(1 - q^n) / (1 - q)`, `q = exp(-2 a / sample_hz)`, after `samples` n of
    /// white noise of unit power.
    #[must_use]
    pub fn growth(samples: u64, damping: f64, sample_hz: f64) -> f64 {
        let decay = -2.0 * damping / sample_hz;
        libm::expm1(decay * samples as f64) / libm::expm1(decay)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Key, Purpose, Stream, normal_quantile};

    #[test]
    fn a_sine_of_its_frequency_drives_it_as_the_closed_form_says() {
        for (hz, expected) in [(12.0, 1.0), (13.0, 0.1)] {
            let mut resonator = Resonator::new(12.0, 0.5, 1000.0);
            let sine = |n: u32| (TAU * hz * f64::from(n) / 1000.0).sin();
            let energy = (0..4000).fold(0.0, |_, n| resonator.push(sine(n)));
            let closed = 0.5 * (1.0 - (-2.0f64).exp()) * 1000.0 / 0.5;
            let ratio = energy.sqrt() / closed;
            if expected == 1.0 {
                assert!((ratio - 1.0).abs() < 0.01, "{ratio}");
            } else {
                assert!(ratio < expected, "a hertz beside it: {ratio}");
            }
        }
    }

    #[test]
    fn noise_drives_it_to_its_growth() {
        let mut stream = Stream::new(Key::new(3, Purpose::User, 0), [0; 3]);
        let mut mean = 0.0;
        for _ in 0..2000 {
            let mut resonator = Resonator::new(12.0, 0.5, 250.0);
            let normal = |s: &mut Stream| normal_quantile(s.unit());
            mean += (0..250).fold(0.0, |_, _| resonator.push(normal(&mut stream))) / 2000.0;
        }
        let growth = Resonator::growth(250, 0.5, 250.0);
        assert!((mean / growth - 1.0).abs() < 0.08, "{mean}, {growth}");
        assert!((Resonator::growth(1, 0.5, 250.0) - 1.0).abs() < 1e-12);
    }
}
