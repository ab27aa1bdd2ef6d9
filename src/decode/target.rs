//! What somebody can look at.

use std::f64::consts::TAU;

/// A light that flickers as a sine: `(1 + sin(2 pi f t + phase)) / 2`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Target {
    /// The frequency f in Hz, above zero.
    pub hz: f64,
    /// The phase at time 0 in radians.
    pub phase: f64,
}

impl Target {
    /// Targets that flicker at equally spaced frequencies, each a fixed phase ahead of the one
    /// before: joint frequency and phase modulation (Chen et al. 2015,
    /// doi:10.1073/pnas.1508080112). With `from_hz` 8, `step_hz` 0.2 and a phase step of pi/2 these
    /// are the 40 targets of Wang et al. 2017 (doi:10.1109/TNSRE.2016.2627556).
    #[must_use]
    pub fn row(count: usize, from_hz: f64, step_hz: f64, phase_step: f64) -> Vec<Self> {
        let target = |k: usize| {
            let k = k as f64;
            Self { hz: from_hz + step_hz * k, phase: (phase_step * k).rem_euclid(TAU) }
        };
        (0..count).map(target).collect()
    }
}
