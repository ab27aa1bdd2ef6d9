//! What a run will cost: synaptic events from the rates, wall seconds from a [`Slice`] of the
//! network that is built and run for a moment.

use murine::config::Config;
use murine::network::{Network, PopulationKind};
use murine::stimulus::{Source, SourceContext};
use murine::units::Rate;
use serde::Serialize;

use super::Projection;
use super::slice::{Slice, Speed};

/// The rates in Hz between which networks of unknown rate mostly lie.
const UNKNOWN: [(&str, f64); 2] = [("1 Hz", 1.0), ("10 Hz", 10.0)];

/// Steps that a source is watched for its rate at most, and steps times sources.
const WATCHED: (u64, u64) = (100_000, 5_000_000);

/// What a run costs at some rates.
#[derive(Debug, Serialize)]
pub(super) struct Cost {
    /// `expected`, or what populations of unknown rate are taken to have.
    pub(super) rates: &'static str,
    /// Synaptic events per simulated second.
    pub(super) events_per_s: f64,
    /// Wall seconds of construction; `None` if no slice could be run.
    pub(super) construct_s: Option<f64>,
    /// Wall seconds of warm-up and duration.
    pub(super) simulate_s: Option<f64>,
}

/// What the run of `config` costs: at the expected rates if all that project have one, else once
/// for each of two.
pub(super) fn costs(config: &Config, told: &[Projection], threads: usize) -> Vec<Cost> {
    let network = &config.network;
    let seconds = (config.warmup.ms() + config.duration.ms()) * 1e-3;
    let steps = (seconds * 1e3 / network.dt.ms()).round();
    let known: Vec<Option<f64>> =
        (0..network.populations.len()).map(|i| rate(network, i, steps as u64)).collect();
    let [.., (_, highest)] = UNKNOWN;
    let rates: Vec<f64> = known.iter().map(|hz| hz.unwrap_or(highest)).collect();
    let speed = Slice::new(network, told, &rates, threads).measure().ok();
    let cost = |rates, unknown: f64| {
        let sources = network.projections.iter().map(|p| known[p.source.0].unwrap_or(unknown));
        let events_per_s = sources.zip(told).map(|(hz, told)| hz * told.synapses).sum();
        Cost::new(rates, events_per_s, (seconds, steps), speed)
    };
    if network.projections.iter().all(|p| known[p.source.0].is_some()) {
        vec![cost("expected", 0.0)]
    } else {
        UNKNOWN.map(|(name, hz)| cost(name, hz)).into()
    }
}

impl Cost {
    /// Of a run of so many simulated seconds and steps.
    fn new(
        rates: &'static str,
        events_per_s: f64,
        (seconds, steps): (f64, f64),
        speed: Option<Speed>,
    ) -> Self {
        Self {
            rates,
            events_per_s,
            construct_s: speed.map(|s| s.construct),
            simulate_s: speed.map(|s| s.step * steps + s.event * events_per_s * seconds),
        }
    }
}

/// The rate in Hz that population `i` is expected to have, or has, if it is a source.
fn rate(network: &Network, i: usize, end: u64) -> Option<f64> {
    let population = &network.populations[i];
    match (&population.kind, population.reference_rate.map(Rate::hz)) {
        (_, Some(hz)) => Some(hz),
        (PopulationKind::Source(source), None) => Some(watched(network, i, &**source, end)),
        (PopulationKind::Neurons(_), None) => None,
    }
}

/// The rate of the first of some sources, in the first part of a run.
fn watched(network: &Network, population: usize, source: &dyn Source, end: u64) -> f64 {
    let end = end.clamp(1, WATCHED.0);
    let count = network.populations[population].size.min((WATCHED.1 / end).max(64)) as usize;
    let (seed, dt) = (network.seed, network.dt);
    let mut emitter = source.emitter(&SourceContext { seed, population, first: 0, count, dt });
    let (mut spikes, mut total) = (Vec::new(), 0);
    for step in 0..end {
        emitter.emit(step, &mut spikes);
        total += spikes.len();
        spikes.clear();
    }
    total as f64 / (count as f64 * end as f64 * dt.ms() * 1e-3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_follow_steps_and_events() {
        let speed = Some(Speed { construct: 3.0, step: 1e-5, event: 1e-9 });
        let cost = |events, seconds: f64, speed| {
            let cost = Cost::new("expected", events, (seconds, 1e4 * seconds), speed);
            (cost.construct_s, cost.simulate_s)
        };
        assert_eq!(cost(1e9, 1.0, speed), (Some(3.0), Some(1.1)));
        assert_eq!(cost(1e9, 2.0, speed), (Some(3.0), Some(2.2)), "twice as long");
        assert_eq!(cost(2e9, 1.0, speed), (Some(3.0), Some(2.1)), "twice the events");
        assert_eq!(cost(1e9, 1.0, None), (None, None));
    }
}
