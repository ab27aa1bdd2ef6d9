//! A population that flickers.

use std::f64::consts::TAU;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::poisson::PoissonCounts;
use super::poisson_generator::problem;
use super::poisson_source::Processes;
use super::{Emitter, Profile, Source, SourceContext};
use crate::random::{Key, Purpose, Stream, some_steps, step_of};
use crate::units::{Rate, Time};
use crate::{Error, Result};

/// Sources under a flickering light: Poisson processes whose rate follows a wave, or synchronous
/// volleys. With n the frequency times the time since `start`, plus the phase, a source has the
/// rate
///
/// ```text
/// rate (1 + contrast s(n))     s = sin(2 pi n)                               sine
///                              s = 1 in the first half of a period, else -1   square
///                              s = 1 in the first `width` of it, else -1      pulse
/// ```
///
/// at the middle of each step. In a `volley`, all sources spike together whenever n is a whole
/// number: at `start` + (k - phase) / frequency, k = 0, 1, 2..., each rounded to the grid by itself,
/// so that the mean frequency is exact. Spikes come after `start`, and not after `stop`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Flicker {
    /// Periods per second, above zero and at most half the number of steps per second.
    pub frequency: Rate,
    /// What a period looks like: `"volley"`, or for example `{ sine = { rate = "20 Hz" } }`.
    pub waveform: Waveform,
    /// How far the wave is ahead, in periods from 0 to below 1.
    #[serde(default)]
    pub phase: f64,
    /// From 0 to 1: how much the rate swings (Michelson's contrast); in a volley, the share of the
    /// sources that take part, drawn anew for each.
    #[serde(default = "full")]
    pub contrast: f64,
    /// When it begins, a multiple of dt.
    #[serde(default)]
    pub start: Time,
    /// When it ends, a multiple of dt; never if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<Time>,
}

/// What a period of a [`Flicker`] looks like.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Waveform {
    /// One spike of every source, all together.
    Volley,
    /// Poisson processes: high for half a period, then low.
    Square {
        /// The mean rate of a source.
        rate: Rate,
    },
    /// Poisson processes: a sine.
    Sine {
        /// The mean rate of a source.
        rate: Rate,
    },
    /// Poisson processes: high for a while, then low.
    Pulse {
        /// The rate in the middle between high and low.
        rate: Rate,
        /// How long it is high: a multiple of dt, shorter than a period.
        width: Time,
    },
}

fn full() -> f64 {
    1.0
}

impl Flicker {
    /// A flicker at full contrast, from the beginning to the end.
    #[must_use]
    pub fn new(frequency: Rate, waveform: Waveform) -> Self {
        Self { frequency, waveform, phase: 0.0, contrast: 1.0, start: Time::default(), stop: None }
    }

    /// The mean rate of a source while it flickers.
    #[must_use]
    pub fn mean_rate(&self) -> Rate {
        match self.waveform {
            Waveform::Volley => self.frequency * self.contrast,
            Waveform::Square { rate } | Waveform::Sine { rate } => rate,
            Waveform::Pulse { rate, width } => {
                let high = width.ms() * 1e-3 * self.frequency.hz();
                rate * (1.0 + self.contrast * (2.0 * high - 1.0))
            }
        }
    }

    fn validate_wave(&self, dt: Time) -> Result<()> {
        let check = |key: &str, rate: Rate| {
            let peak = rate.hz() * (1.0 + self.contrast);
            match problem(rate.hz(), dt).or_else(|| problem(peak, dt)) {
                Some(problem) => Err(Error::parameter(format!("waveform.{key}.rate"), problem)),
                None => Ok(()),
            }
        };
        match self.waveform {
            Waveform::Volley => Ok(()),
            Waveform::Square { rate } => check("square", rate),
            Waveform::Sine { rate } => check("sine", rate),
            Waveform::Pulse { rate, width } => {
                check("pulse", rate)?;
                let key = "waveform.pulse.width";
                let period = 1e3 / self.frequency.hz();
                some_steps(width, dt).map_err(|e| e.within(key))?;
                if width.ms() < period {
                    return Ok(());
                }
                let problem =
                    format!("{width} is out of range: give less than the period of {period} ms");
                Err(Error::parameter(key, problem))
            }
        }
    }

    /// The rate of a source in the update that begins at `step`, and how long that is certain.
    fn rate(&self, step: u64, dt: Time) -> (f64, u64) {
        let (mean, level): (Rate, fn(f64, f64) -> f64) = match self.waveform {
            Waveform::Volley => return (0.0, u64::MAX),
            Waveform::Sine { rate } => (rate, |n, _| libm::sin(TAU * n)),
            Waveform::Square { rate } | Waveform::Pulse { rate, .. } => {
                (rate, |n, high| if n < high { 1.0 } else { -1.0 })
            }
        };
        let (mean, until) = Profile::Constant(mean).during((self.start, self.stop), step, dt);
        if mean == 0.0 {
            return (mean, until);
        }
        let high = match self.waveform {
            Waveform::Pulse { width, .. } => width.ms() * 1e-3 * self.frequency.hz(),
            _ => 0.5,
        };
        let since = ((step - step_of(self.start, dt)) as f64 + 0.5) * dt.ms() * 1e-3;
        let n = since * self.frequency.hz() + self.phase;
        (mean * (1.0 + self.contrast * level(n - libm::floor(n), high)), step + 1)
    }
}

/// What is wrong with a share, if anything.
fn check_share(key: &str, value: f64, most: f64, words: &str) -> Result<()> {
    if (0.0..=most).contains(&value) {
        return Ok(());
    }
    Err(Error::parameter(key, format!("{value} is out of range: give {words}")))
}

impl Source for Flicker {
    fn name(&self) -> &'static str {
        "flicker"
    }

    fn validate(&self, _: u64, dt: Time) -> Result<()> {
        let most = 500.0 / dt.ms();
        let out_of_range = |hz: f64| {
            (hz <= 0.0 || hz > most).then(|| {
                format!(
                    "{hz} Hz is out of range: give one above zero and at most {most} Hz, a period of two steps"
                )
            })
        };
        let window = (self.start, self.stop);
        Profile::Constant(self.frequency).validate("frequency", window, dt, out_of_range)?;
        check_share("phase", self.phase, 1.0_f64.next_down(), "periods from 0 to below 1")?;
        check_share("contrast", self.contrast, 1.0, "one from 0 to 1")?;
        self.validate_wave(dt)
    }

    fn most(&self, dt: Time) -> u32 {
        self.peak().map_or(1, |hz| PoissonCounts::most_at(hz, dt))
    }

    fn peak(&self) -> Option<f64> {
        match self.waveform {
            Waveform::Volley => None,
            Waveform::Sine { rate } | Waveform::Square { rate } | Waveform::Pulse { rate, .. } => {
                Some(rate.hz() * (1.0 + self.contrast))
            }
        }
    }

    fn emitter(&self, context: &SourceContext) -> Box<dyn Emitter> {
        if self.waveform == Waveform::Volley {
            return Box::new(Volleys::new(self, *context));
        }
        let (flicker, dt) = (self.clone(), context.dt);
        Box::new(Processes::new(*context, move |step| flicker.rate(step, dt)))
    }

    fn clone_box(&self) -> Box<dyn Source> {
        Box::new(self.clone())
    }
}

/// Some of the sources of a volley.
struct Volleys {
    context: SourceContext,
    key: Key,
    contrast: f64,
    /// In steps: the window, and from one volley to the next.
    begin: u64,
    end: u64,
    period: f64,
    phase: f64,
    /// The number of the next volley.
    next: u64,
}

impl Volleys {
    fn new(flicker: &Flicker, context: SourceContext) -> Self {
        let dt = context.dt;
        Self {
            context,
            key: Key::new(context.seed, Purpose::Volley, context.population),
            contrast: flicker.contrast,
            begin: step_of(flicker.start, dt),
            end: flicker.stop.map_or(u64::MAX, |stop| step_of(stop, dt)),
            period: 1e3 / (flicker.frequency.hz() * dt.ms()),
            phase: flicker.phase,
            next: 0,
        }
    }

    /// The step of volley number `k`, from `begin` on; the first may come before.
    fn step(&self, k: u64) -> f64 {
        self.begin as f64 + libm::round((k as f64 - self.phase) * self.period)
    }

    fn takes_part(&self, neuron: u64, step: u64) -> bool {
        let who = [neuron as u32, step as u32, (step >> 32) as u32];
        self.contrast >= 1.0 || Stream::new(self.key, who).unit() < self.contrast
    }
}

impl Emitter for Volleys {
    fn emit(&mut self, step: u64, spikes: &mut Vec<u32>) {
        let stamp = step + 1;
        if stamp <= self.begin || stamp > self.end {
            return;
        }
        while self.step(self.next) < stamp as f64 {
            self.next += 1;
        }
        if self.step(self.next) == stamp as f64 {
            let first = self.context.first;
            let mine = (0..self.context.count as u32)
                .filter(|&n| self.takes_part(first + u64::from(n), step));
            spikes.extend(mine);
        }
    }
}
