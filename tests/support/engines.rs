//! Engines behind one trait, so that each test runs on all of them.

use murine::Simulation;
use murine::network::{Network, PopulationId, PopulationKind, StimulusId, Storage};
use murine::reference::Reference;
use std::sync::atomic::AtomicBool;

/// Anything that simulates a network.
pub trait Engine {
    /// Advances; returns the spikes as (step, global neuron), ascending.
    fn run(&mut self, steps: u64) -> Vec<(u64, u64)>;
    /// Extra spikes now.
    fn inject(&mut self, population: PopulationId, neurons: &[u64]);
    /// Overrides the strength (Hz or pA) of a stimulus.
    fn set_value(&mut self, stimulus: StimulusId, value: f64);
    /// Overrides the rate (Hz) of a population of sources.
    fn set_rate(&mut self, population: PopulationId, hz: f64);
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

    fn set_rate(&mut self, population: PopulationId, hz: f64) {
        Reference::set_rate(self, population, hz).expect("a possible rate");
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

/// The fast engine, with a count of what its spikes send.
struct Fast {
    simulation: Simulation,
    /// Out-degrees by global number, from the synapses as they were built.
    degrees: Vec<u64>,
    sent: u64,
}

impl Fast {
    fn new(network: &Network, threads: usize) -> Self {
        let simulation = Simulation::new(network, threads).expect("a sound network");
        let degrees = out_degrees(&simulation);
        Self { simulation, degrees, sent: 0 }
    }
}

/// How many synapses each neuron has, by global number, from the synapses as they were built.
pub fn out_degrees(simulation: &Simulation) -> Vec<u64> {
    let mut degrees = vec![0; simulation.network().size() as usize];
    simulation.engine().for_each_synapse(|s| degrees[s.source as usize] += 1);
    degrees
}

impl Engine for Fast {
    fn run(&mut self, steps: u64) -> Vec<(u64, u64)> {
        let begin = self.simulation.step();
        let done = self.simulation.run_steps(steps, &AtomicBool::new(false));
        assert_eq!(done.expect("finite states"), steps);
        let spikes = self.simulation.take_spikes();
        // Injected spikes are stamped with the step they came at, and counted then.
        let emitted = spikes.iter().filter(|s| s.0 > begin);
        self.sent += emitted.map(|s| self.degrees[s.1 as usize]).sum::<u64>();
        spikes
    }

    fn inject(&mut self, population: PopulationId, neurons: &[u64]) {
        self.simulation.inject(population, neurons).expect("neurons that exist");
        let first = self.simulation.network().firsts()[population.0];
        self.sent += neurons.iter().map(|n| self.degrees[(first + n) as usize]).sum::<u64>();
    }

    fn set_value(&mut self, stimulus: StimulusId, value: f64) {
        self.simulation.set_value(stimulus, value).expect("a possible value");
    }

    fn set_rate(&mut self, population: PopulationId, hz: f64) {
        self.simulation.set_rate(population, hz).expect("a possible rate");
    }

    fn observe(&self, population: PopulationId, neuron: u64, variable: usize) -> f64 {
        let PopulationKind::Neurons(model) =
            &self.simulation.network().populations[population.0].kind
        else {
            panic!("population {} has no state", population.0);
        };
        let name = model.variables()[variable].name;
        self.simulation.observe(population, neuron, name).expect("a neuron that exists")
    }

    fn events(&self) -> [u64; 3] {
        [self.simulation.counters().events, self.simulation.pending(), self.sent]
    }
}

/// Builds an engine.
pub type Build = fn(&Network) -> Box<dyn Engine>;

fn fast<const THREADS: usize>(network: &Network) -> Box<dyn Engine> {
    Box::new(Fast::new(network, THREADS))
}

/// The same with the synapses of every second projection, or of all, made again with each spike.
fn procedural<const THREADS: usize, const EACH: usize>(network: &Network) -> Box<dyn Engine> {
    let mut network = network.clone();
    for projection in network.projections.iter_mut().step_by(EACH).filter(|p| p.rule.by_row()) {
        projection.storage = Storage::Procedural;
    }
    Box::new(Fast::new(&network, THREADS))
}

/// Every engine, to be compared with the reference: name and builder.
pub const ENGINES: &[(&str, Build)] = &[
    ("reference", reference),
    ("1 thread", fast::<1>),
    ("2 threads", fast::<2>),
    ("3 threads", fast::<3>),
    ("5 threads", fast::<5>),
    ("procedural, 1 thread", procedural::<1, 1>),
    ("procedural, 5 threads", procedural::<5, 1>),
    ("half procedural, 2 threads", procedural::<2, 2>),
];

/// `check` on every engine, freshly built.
pub fn on_every_engine(network: &Network, mut check: impl FnMut(&str, &mut dyn Engine)) {
    for (name, build) in ENGINES {
        check(name, &mut *build(network));
    }
}
