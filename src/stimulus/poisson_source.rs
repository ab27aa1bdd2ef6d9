//! A population of Poisson processes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::poisson::{POISSON_BLOCK, PoissonCounts, PoissonKeys};
use super::poisson_generator::problem;
use super::{Emitter, Profile, Source, SourceContext};
use crate::Result;
use crate::units::{Rate, Time};

/// Independent Poisson processes: each neuron of the population emits spikes at this rate,
/// several in one step where it is high.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PoissonSource {
    /// Mean rate of each neuron, at least zero: one value, or a list of changes such as
    /// `[{ from = "0 ms", value = "8 Hz" }, { from = "500 ms", value = "12 Hz" }]`.
    pub rate: Profile<Rate>,
    /// When it begins, a multiple of dt: spikes are later than this time.
    #[serde(default)]
    pub start: Time,
    /// When it ends, a multiple of dt; never if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<Time>,
}

impl PoissonSource {
    /// Poisson processes of `rate`, from the beginning to the end.
    pub fn new(rate: impl Into<Profile<Rate>>) -> Self {
        Self { rate: rate.into(), start: Time::default(), stop: None }
    }
}

impl Source for PoissonSource {
    fn name(&self) -> &'static str {
        "poisson_generator"
    }

    fn validate(&self, _: u64, dt: Time) -> Result<()> {
        self.rate.validate("rate", (self.start, self.stop), dt, |hz| problem(hz, dt))
    }

    fn most(&self, dt: Time) -> u32 {
        PoissonCounts::most_at(self.rate.peak(), dt)
    }

    fn peak(&self) -> Option<f64> {
        Some(self.rate.peak())
    }

    fn emitter(&self, context: &SourceContext) -> Box<dyn Emitter> {
        let (source, dt) = (self.clone(), context.dt);
        let window = (self.start, self.stop);
        Box::new(Processes::new(*context, move |step| source.rate.during(window, step, dt)))
    }

    fn clone_box(&self) -> Box<dyn Source> {
        Box::new(self.clone())
    }
}

/// The rate in the update that begins at a step, and the first later step at which it may change.
type RateOf = Box<dyn Fn(u64) -> (f64, u64) + Send>;

/// Some of the neurons of a population of Poisson processes.
pub(super) struct Processes {
    rate: RateOf,
    context: SourceContext,
    keys: PoissonKeys,
    counts: PoissonCounts,
    /// The rate that `counts` are of.
    hz: f64,
    /// The step at which the rate may change.
    until: u64,
}

impl Processes {
    /// Processes of a rate that `rate` says.
    pub(super) fn new(
        context: SourceContext,
        rate: impl Fn(u64) -> (f64, u64) + Send + 'static,
    ) -> Self {
        let keys = PoissonKeys::source(context.seed, context.population);
        Self {
            rate: Box::new(rate),
            context,
            keys,
            counts: PoissonCounts::new(keys, 0.0),
            hz: 0.0,
            until: 0,
        }
    }

    /// Takes the rate that holds from `step`.
    fn renew(&mut self, step: u64) {
        let (hz, until) = (self.rate)(step);
        if hz != self.hz {
            self.counts = PoissonCounts::at(self.keys, hz, self.context.dt);
        }
        (self.hz, self.until) = (hz, until);
    }
}

impl Emitter for Processes {
    fn emit(&mut self, step: u64, spikes: &mut Vec<u32>) {
        if step >= self.until {
            self.renew(step);
        }
        let first = (self.context.first / POISSON_BLOCK as u64) as u32;
        for base in (0..self.context.count).step_by(POISSON_BLOCK) {
            let mut counts = [0; POISSON_BLOCK];
            let block = first + (base / POISSON_BLOCK) as u32;
            self.counts.add(block, step, 1, std::slice::from_mut(&mut counts));
            let neurons = counts.iter().take(self.context.count - base);
            for (n, &count) in neurons.enumerate().filter(|(_, count)| **count > 0) {
                spikes.extend(std::iter::repeat_n((base + n) as u32, count as usize));
            }
        }
    }

    fn set_rate(&mut self, hz: f64) {
        self.rate = Box::new(move |_| (hz, u64::MAX));
        self.until = 0;
    }
}
