//! Parts of networks that tests share.

use murine::prelude::*;

/// A population of one neuron that spikes at these steps, at least 1.
pub fn spikes_at(network: &mut Network, name: &str, at: &[u64]) -> PopulationId {
    let dt = network.dt;
    let times = at.iter().map(|&step| dt * step as f64).collect();
    network.source(name, 1, SpikeGenerator::new(vec![times]))
}
