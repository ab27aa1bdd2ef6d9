//! The brain's answer to a flickering target.

use std::collections::VecDeque;
use std::f64::consts::TAU;

use realfft::num_complex::Complex;

use super::noise::{Drift, Noise};
use super::scalp::{Place, normalise, seen};
use super::{EegOptions, Target};

/// Harmonics that the answer has.
pub const HARMONICS: usize = 5;

/// Their amplitudes: they fall a little faster than 1/h.
const AMPLITUDES: [f64; HARMONICS] = [1.0, 0.55, 0.3, 0.18, 0.1];

/// From the eye to the electrodes, in seconds.
const LATENCY_S: f64 = 0.14;

/// In which the answer rises to its full size, and falls, in seconds.
const RISE_S: f64 = 0.08;

/// Standard deviation of the latency from one look to the next, in seconds: a tenth of a cycle at
/// 15 Hz.
const LATENCY_SD_S: f64 = 0.006;

/// Standard deviation of the logarithm of the size from one look to the next.
const LOOK_SD: f64 = 0.2;

/// While somebody looks, phase (radians) and logarithm of the size wander with these standard
/// deviations and this time constant.
const PHASE_SD: f64 = 0.3;
const SIZE_SD: f64 = 0.25;
const WANDER_S: f64 = 1.5;

/// A target as the cortex sees it.
#[derive(Clone, Copy, Debug)]
struct Look {
    target: Option<Target>,
    size: f64,
    late_s: f64,
}

/// The answer
///
/// `x_c = size sum_h a_h Re(g_hc exp(i h (2 pi f (t - latency) + phase + wander) + i theta_h))`
///
/// with its own topography g and phase theta for each harmonic h, and `size ~ sqrt(10 Hz / f)`.
#[derive(Clone, Debug)]
pub(super) struct Response {
    noise: Noise,
    sample_hz: f64,
    /// Samples so far.
    now: u64,
    /// What has been looked at, and the sample at which it arrives.
    coming: VecDeque<(u64, Look)>,
    seen: Look,
    rise: f64,
    size: f64,
    phase: Drift,
    wax: Drift,
    /// Complex gains by harmonic and channel.
    gains: Vec<Vec<Complex<f64>>>,
}

impl Response {
    pub(super) fn new(scalp: &[Place], uv: f64, options: &EegOptions) -> Self {
        let mut noise = Noise::run(options, "response");
        let nothing = Look { target: None, size: 0.0, late_s: 0.0 };
        Self {
            sample_hz: options.sample_hz,
            now: 0,
            coming: VecDeque::new(),
            seen: nothing,
            rise: 1.0 - (-1.0 / (RISE_S * options.sample_hz)).exp(),
            size: 0.0,
            phase: Drift::new(WANDER_S, options.sample_hz, &mut noise),
            wax: Drift::new(WANDER_S, options.sample_hz, &mut noise),
            gains: gains(scalp, uv, options),
            noise,
        }
    }

    pub(super) fn look_at(&mut self, target: Option<Target>) {
        let size = (LOOK_SD * self.noise.normal()).exp();
        let late_s = LATENCY_SD_S * self.noise.normal();
        let arrival = self.now + (LATENCY_S * self.sample_hz).round() as u64;
        self.coming.push_back((arrival, Look { target, size, late_s }));
    }

    pub(super) fn add(&mut self, channels: &mut [f64]) {
        if self.coming.front().is_some_and(|(arrival, _)| *arrival <= self.now)
            && let Some((_, look)) = self.coming.pop_front()
        {
            // A new target begins small: the answer to the last one dies away meanwhile.
            self.size = if look.target.is_some() { 0.0 } else { self.size };
            self.seen = if look.target.is_some() { look } else { Look { size: 0.0, ..self.seen } };
        }
        self.size += self.rise * (self.seen.size - self.size);
        let wander = PHASE_SD * self.phase.step(&mut self.noise);
        let wax = (SIZE_SD * self.wax.step(&mut self.noise)).exp();
        if let Some(target) = self.seen.target {
            let seconds = self.now as f64 / self.sample_hz - LATENCY_S - self.seen.late_s;
            let angle = TAU * target.hz * seconds + target.phase + wander;
            let size = self.size * wax * (10.0 / target.hz).sqrt();
            for (h, gains) in (1..).map(f64::from).zip(&self.gains) {
                // The sine of the flicker, as its h-th harmonic.
                let wave = Complex::from_polar(size, h * angle) * Complex::new(0.0, -1.0);
                channels.iter_mut().zip(gains).for_each(|(x, g)| *x += (g * wave).re);
            }
        }
        self.now += 1;
    }
}

/// The gains of all harmonics: a source near Oz and a weaker one beside it, out of phase, so that no
/// single topography holds the whole answer.
fn gains(scalp: &[Place], uv: f64, options: &EegOptions) -> Vec<Vec<Complex<f64>>> {
    let mut person = Noise::person(options, "response");
    let mut harmonic = |amplitude: f64| -> Vec<Complex<f64>> {
        let centre = (person.normal(), 1.0 + person.normal());
        let side = (3.0 + person.normal(), 2.0 + person.normal());
        let strong = Complex::from_polar(amplitude, person.phase());
        let weak = strong * Complex::from_polar(0.4, person.phase());
        let both = seen(scalp, centre, 3.5).into_iter().zip(seen(scalp, side, 3.0));
        both.map(|(s, w)| strong * s + weak * w).collect()
    };
    let mut gains: Vec<_> = AMPLITUDES.map(&mut harmonic).into();
    // A wave of amplitude g has the power g^2 / 2.
    let mut sizes: Vec<Vec<f64>> =
        gains.iter().map(|h| h.iter().map(|g| g.norm()).collect()).collect();
    let before = sizes[0][0];
    normalise(&mut sizes, 2.0 * uv * uv);
    gains.iter_mut().flatten().for_each(|g| *g *= sizes[0][0] / before);
    gains
}
