//! How recordings of a network are described.

use std::collections::HashSet;

use super::{Network, PopulationKind, Projection, Recorder};
use crate::random::{Key, Purpose, Stream};
use crate::record::{Kind, Recorded, RecordedPopulation, Recording};

impl Network {
    /// The description of a recording between two steps: no spikes yet.
    #[must_use]
    pub fn recording(&self, first_step: u64, last_step: u64) -> Recording {
        let firsts = self.firsts();
        let population = |i: usize| RecordedPopulation {
            name: self.populations[i].name.clone(),
            size: self.populations[i].size,
            first: firsts[i],
            kind: kind(self, i),
            recorded: recorded(self, i),
        };
        let populations = (0..self.populations.len()).map(population).collect();
        Recording { dt_ms: self.dt.ms(), first_step, last_step, populations, spikes: Vec::new() }
    }
}

/// What the neurons of a population do to others: a source of spikes stands for the world
/// outside; else its first projection decides.
fn kind(network: &Network, population: usize) -> Kind {
    if let PopulationKind::Source(_) = network.populations[population].kind {
        return Kind::Source;
    }
    let inhibits = |p: &Projection| {
        let receptor = network.receptor_of(p).ok()?;
        let least = match p.rule.weights() {
            Some(weights) => weights.iter().copied().fold(0.0, f64::min),
            None => p.weight.range().0,
        };
        Some(receptor.inhibitory || least < 0.0)
    };
    let mut outgoing = network.projections.iter().filter(|p| p.source.0 == population);
    match outgoing.find_map(inhibits) {
        Some(true) => Kind::Inhibitory,
        _ => Kind::Excitatory,
    }
}

/// Which neurons of a population have their spikes recorded: all of all populations, where no
/// recorder asks for spikes.
fn recorded(network: &Network, population: usize) -> Recorded {
    if !network.recorders.iter().any(|r| matches!(r, Recorder::Spikes { .. })) {
        return Recorded::All;
    }
    let mut indices = HashSet::new();
    for recorder in &network.recorders {
        match recorder {
            Recorder::Spikes { population: p, sample: None } if p.0 == population => {
                return Recorded::All;
            }
            Recorder::Spikes { population: p, sample: Some(n) } if p.0 == population => {
                sample(network, population, *n, &mut indices);
            }
            _ => {}
        }
    }
    let mut indices: Vec<u64> = indices.into_iter().collect();
    indices.sort_unstable();
    Recorded::Sample(indices)
}

/// Adds `count` neurons of a population, all sets of them equally likely (Floyd's algorithm).
fn sample(network: &Network, population: usize, count: u64, into: &mut HashSet<u64>) {
    let size = network.populations[population].size;
    let mut stream = Stream::new(Key::new(network.seed, Purpose::Sample, population), [0; 3]);
    let mut chosen = HashSet::new();
    for last in size.saturating_sub(count)..size {
        let index = stream.below(last + 1);
        if !chosen.insert(index) {
            chosen.insert(last);
        }
    }
    into.extend(chosen);
}
