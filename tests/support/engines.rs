//! Engines behind one trait, so that each test runs on all of them.

use murine::network::{Network, PopulationId, StimulusId};
use murine::reference::Reference;

/// Anything that simulates a network.
pub trait Engine {
    /// Advances; returns the spikes as (step, global neuron), ascending.
    fn run(&mut self, steps: u64) -> Vec<(u64, u64)>;
    /// Extra spikes now.
    fn inject(&mut self, population: PopulationId, neurons: &[u64]);
    /// Overrides the strength (Hz or pA) of a stimulus.
    fn set_value(&mut self, stimulus: StimulusId, value: f64);
    /// A variable of a neuron, by number.
    fn observe(&self, population: PopulationId, neuron: u64, variable: usize) -> f64;
    /// Events delivered, events pending, sum of out-degrees.
    fn events(&self) -> [u64; 3];
}

impl Engine for Reference {
    fn run(&mut self, steps: u64) -> Vec<(u64, u64)> {
        Reference::run(self, steps)
    }

    fn inject(&mut self, population: PopulationId, neurons: &[u64]) {
        Reference::inject(self, population, neurons).expect("neurons that exist");
    }

    fn set_value(&mut self, stimulus: StimulusId, value: f64) {
        Reference::set_value(self, stimulus, value).expect("a possible value");
    }

    fn observe(&self, population: PopulationId, neuron: u64, variable: usize) -> f64 {
        Reference::observe(self, population, neuron, variable)
    }

    fn events(&self) -> [u64; 3] {
        [self.events_delivered(), self.events_pending(), self.out_degrees()]
    }
}

/// The engine that defines what is correct.
pub fn reference(network: &Network) -> Box<dyn Engine> {
    Box::new(Reference::new(network).expect("a sound network"))
}

/// Builds an engine.
pub type Build = fn(&Network) -> Box<dyn Engine>;

/// Every engine, to be compared with the reference: name and builder.
pub const ENGINES: &[(&str, Build)] = &[("reference", reference)];

/// `check` on every engine, freshly built.
pub fn on_every_engine(network: &Network, mut check: impl FnMut(&str, &mut dyn Engine)) {
    for (name, build) in ENGINES {
        check(name, &mut *build(network));
    }
}
