//! What is recorded whether or not anybody looks at anything.

use std::f64::consts::{PI, TAU};

use realfft::num_complex::Complex;

use super::EegOptions;
use super::noise::{Drift, Noise};
use super::scalp::{Place, equalise, normalise, seen};

/// 1/f noise: sources of it are spread over and around the montage, so that near electrodes record
/// alike. Each is a sum of Ornstein-Uhlenbeck processes of equal variance, their corner frequencies
/// an octave apart: within that range the density falls as 1/f.
#[derive(Clone, Debug)]
pub(super) struct Pink {
    noise: Noise,
    sources: Vec<[Drift; OCTAVES]>,
    gains: Vec<Vec<f64>>,
}

/// Corner frequencies from 0.5 to 64 Hz.
const OCTAVES: usize = 8;

/// The reach of a source at the scalp, in cm: volume conduction blurs over some centimetres.
const REACH_CM: f64 = 3.5;

impl Pink {
    pub(super) fn new(scalp: &[Place], uv: f64, options: &EegOptions) -> Self {
        let mut noise = Noise::run(options, "background");
        let grid = (-2..=2).flat_map(|x| (-1..=2).map(move |y| (x, y)));
        let mut person = Noise::person(options, "background");
        let mut near = |x: i32| 3.5 * f64::from(x) + 0.5 * person.normal();
        let places: Vec<Place> = grid.map(|(x, y)| (near(x), near(y))).collect();
        let mut gains: Vec<_> = places.iter().map(|&p| seen(scalp, p, REACH_CM)).collect();
        equalise(&mut gains, uv * uv / OCTAVES as f64);
        let drift = |octave: u16, noise: &mut Noise| {
            let corner_hz = 0.5 * 2f64.powi(octave.into());
            Drift::new(1.0 / (TAU * corner_hz), options.sample_hz, noise)
        };
        let sources = places.iter().map(|_| std::array::from_fn(|o| drift(o as u16, &mut noise)));
        Self { sources: sources.collect(), noise, gains }
    }

    pub(super) fn sample(&mut self) -> Vec<f64> {
        let mut channels = vec![0.0; self.gains[0].len()];
        for (source, gains) in self.sources.iter_mut().zip(&self.gains) {
            let value: f64 = source.iter_mut().map(|d| d.step(&mut self.noise)).sum();
            channels.iter_mut().zip(gains).for_each(|(x, g)| *x += g * value);
        }
        channels
    }
}

/// The alpha rhythm: noise through a resonance near 10 Hz, so that it waxes and wanes; one source
/// in each hemisphere.
#[derive(Clone, Debug)]
pub(super) struct Alpha {
    noise: Noise,
    state: [Complex<f64>; 2],
    turn: Complex<f64>,
    kick: f64,
    gains: Vec<Vec<f64>>,
}

/// How long a burst of alpha lasts, in seconds: a resonance 1 Hz wide.
const ALPHA_S: f64 = 0.3;

impl Alpha {
    pub(super) fn new(scalp: &[Place], uv: f64, options: &EegOptions) -> Self {
        let mut person = Noise::person(options, "alpha");
        let hz = person.between(9.5, 11.0);
        let mut gains = vec![seen(scalp, (-4.0, 4.5), 4.5), seen(scalp, (4.0, 4.5), 4.5)];
        normalise(&mut gains, uv * uv);
        let keep = (-1.0 / (ALPHA_S * options.sample_hz)).exp();
        Self {
            noise: Noise::run(options, "alpha"),
            state: [Complex::default(); 2],
            turn: Complex::from_polar(keep, TAU * hz / options.sample_hz),
            kick: (1.0 - keep * keep).sqrt(),
            gains,
        }
    }

    pub(super) fn add(&mut self, channels: &mut [f64]) {
        for (z, gains) in self.state.iter_mut().zip(&self.gains) {
            let kick = Complex::new(self.noise.normal(), self.noise.normal());
            *z = *z * self.turn + kick * self.kick;
            channels.iter_mut().zip(gains).for_each(|(x, g)| *x += g * z.re);
        }
    }
}

/// The mains: 50 Hz whose phase wanders, of another strength at each electrode.
#[derive(Clone, Debug)]
pub(super) struct Mains {
    noise: Noise,
    angle: f64,
    turn: f64,
    wander: f64,
    uv: Vec<f64>,
}

impl Mains {
    pub(super) fn new(scalp: &[Place], options: &EegOptions) -> Self {
        let mut noise = Noise::run(options, "mains");
        Self {
            angle: noise.phase(),
            turn: TAU * 50.0 / options.sample_hz,
            // A radian in ten seconds.
            wander: (0.1 / options.sample_hz).sqrt(),
            uv: scalp.iter().map(|_| noise.between(2.0, 5.0)).collect(),
            noise,
        }
    }

    pub(super) fn add(&mut self, channels: &mut [f64]) {
        self.angle = (self.angle + self.turn + self.wander * self.noise.normal()) % TAU;
        let sine = self.angle.sin();
        channels.iter_mut().zip(&self.uv).for_each(|(x, uv)| *x += uv * sine);
    }
}

/// Blinks: humps of 0.3 s that come 15 times a minute; little of their hundred microvolt at the
/// forehead arrives at the back.
#[derive(Clone, Debug)]
pub(super) struct Blinks {
    noise: Noise,
    sample_hz: f64,
    /// Seconds until the next begins; negative while one lasts.
    wait_s: f64,
    size: f64,
    gains: Vec<f64>,
}

const BLINK_S: f64 = 0.3;
const BLINKS_HZ: f64 = 0.25;

impl Blinks {
    pub(super) fn new(scalp: &[Place], options: &EegOptions) -> Self {
        let mut noise = Noise::run(options, "blinks");
        Self {
            sample_hz: options.sample_hz,
            wait_s: noise.between(0.0, 2.0 / BLINKS_HZ),
            size: 1.0,
            // The higher on the head, the nearer to the eyes.
            gains: scalp.iter().map(|place| 10.0 + 2.0 * place.1).collect(),
            noise,
        }
    }

    pub(super) fn add(&mut self, channels: &mut [f64]) {
        self.wait_s -= 1.0 / self.sample_hz;
        if self.wait_s < -BLINK_S {
            self.wait_s = -self.noise.between(0.0, 1.0).ln() / BLINKS_HZ;
            self.size = self.noise.between(0.6, 1.4);
        }
        if self.wait_s < 0.0 {
            let hump = self.size * (PI * self.wait_s / BLINK_S).sin().powi(2);
            channels.iter_mut().zip(&self.gains).for_each(|(x, g)| *x += g * hump);
        }
    }
}
