//! What is done to a simulation: runs, injected spikes, changed stimuli.

use murine::network::{Network, Population, PopulationKind};
use murine::prelude::*;
use proptest::collection::vec;
use proptest::prelude::*;

use super::engines::Engine;

/// One action; numbers are taken modulo what there is.
#[derive(Clone, Debug)]
pub enum Action {
    Run(u64),
    Inject(usize, Vec<u64>),
    /// The stimulus takes this share of its peak.
    Set(usize, f64),
    /// The source takes this share of its peak, if it has one.
    Rate(usize, f64),
}

/// What an engine did: all spikes, and its counters at the end.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    pub spikes: Vec<(u64, u64)>,
    pub events: [u64; 3],
}

/// Some 300 steps in random pieces, with interventions between them.
pub fn script() -> impl Strategy<Value = Vec<Action>> {
    let action = prop_oneof![
        4 => (0..150u64).prop_map(Action::Run),
        1 => (0..5usize, vec(0..150u64, 1..4)).prop_map(|(p, n)| Action::Inject(p, n)),
        1 => (0..3usize, 0.0..1.5).prop_map(|(i, share)| Action::Set(i, share)),
        1 => (0..5usize, 0.0..1.0).prop_map(|(p, share)| Action::Rate(p, share)),
    ];
    vec(action, 1..12)
}

/// What may be injected into a network in one step: what its sums are sure to hold.
struct Fitting {
    /// By population, besides what it emits by itself.
    most: Vec<usize>,
    injected: Vec<(usize, u64)>,
}

impl Fitting {
    fn new(network: &Network) -> Self {
        let together = network.rounding().expect("a sound network").together;
        let own = |p: &Population| match &p.kind {
            PopulationKind::Neurons(_) => 1,
            PopulationKind::Source(source) => source.most(network.dt),
        };
        let most = network.populations.iter().zip(together);
        let most = most.map(|(p, together)| (together - own(p)) as usize).collect();
        Self { most, injected: Vec::new() }
    }

    fn one_more(&mut self, population: usize, neuron: u64) -> bool {
        self.injected.push((population, neuron));
        let same = self.injected.iter().filter(|one| **one == (population, neuron));
        same.count() <= self.most[population]
    }
}

/// Does it all on one engine.
pub fn play(engine: &mut dyn Engine, network: &Network, script: &[Action]) -> Outcome {
    let mut spikes = Vec::new();
    let mut fitting = Fitting::new(network);
    for action in script {
        match action {
            Action::Run(steps) => {
                spikes.extend(engine.run(*steps));
                fitting.injected.clear();
            }
            Action::Inject(population, neurons) => {
                let p = population % network.populations.len();
                let size = network.populations[p].size;
                let neurons: Vec<u64> = neurons.iter().map(|n| n % size).collect();
                let neurons = neurons.into_iter().filter(|&n| fitting.one_more(p, n));
                engine.inject(PopulationId(p), &neurons.collect::<Vec<_>>());
            }
            Action::Set(i, share) if !network.stimuli.is_empty() => {
                let i = i % network.stimuli.len();
                engine.set_value(StimulusId(i), share * network.stimuli[i].stimulus.peak());
            }
            Action::Set(..) => {}
            Action::Rate(population, share) => {
                let p = population % network.populations.len();
                let PopulationKind::Source(source) = &network.populations[p].kind else { continue };
                if let Some(peak) = source.peak() {
                    engine.set_rate(PopulationId(p), share * peak);
                }
            }
        }
    }
    Outcome { spikes, events: engine.events() }
}
