//! Random numbers of the generator.

use std::f64::consts::TAU;

use super::EegOptions;
use crate::random::{Key, Purpose, Stream, normal_quantile};

/// A stream of random numbers of its own for each part.
#[derive(Clone, Debug)]
pub(super) struct Noise {
    stream: Stream,
    scale: f64,
}

impl Noise {
    /// What differs from run to run.
    pub(super) fn run(options: &EegOptions, part: &str) -> Self {
        Self::new(options, options.seed, 1, part)
    }

    /// What belongs to the person.
    pub(super) fn person(options: &EegOptions, part: &str) -> Self {
        Self::new(options, 0, 0, part)
    }

    fn new(options: &EegOptions, seed: u64, kind: u32, part: &str) -> Self {
        let part = part.bytes().fold(0, |sum: u32, b| sum.wrapping_mul(31).wrapping_add(b.into()));
        let who = options.subject as usize;
        Self {
            stream: Stream::new(Key::new(seed, Purpose::User, who), [part, kind, 0]),
            scale: 1.0,
        }
    }

    /// The same with all normal numbers multiplied by `scale`.
    pub(super) fn scaled(self, scale: f64) -> Self {
        Self { scale, ..self }
    }

    /// A number of mean 0 and standard deviation `scale`.
    pub(super) fn normal(&mut self) -> f64 {
        self.scale * normal_quantile(self.stream.unit())
    }

    /// A number in `from..to`.
    pub(super) fn between(&mut self, from: f64, to: f64) -> f64 {
        from + (to - from) * self.stream.unit()
    }

    /// A phase.
    pub(super) fn phase(&mut self) -> f64 {
        self.between(0.0, TAU)
    }
}

/// An Ornstein-Uhlenbeck process of mean 0, variance 1 and a time constant, in steps.
#[derive(Clone, Copy, Debug)]
pub(super) struct Drift {
    value: f64,
    keep: f64,
    kick: f64,
}

impl Drift {
    /// One that begins with a value drawn from where it wanders.
    pub(super) fn new(seconds: f64, sample_hz: f64, noise: &mut Noise) -> Self {
        let keep = (-1.0 / (seconds * sample_hz)).exp();
        Self { value: noise.normal(), keep, kick: (1.0 - keep * keep).sqrt() }
    }

    pub(super) fn step(&mut self, noise: &mut Noise) -> f64 {
        self.value = self.keep * self.value + self.kick * noise.normal();
        self.value
    }
}
