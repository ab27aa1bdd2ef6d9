//! All synapses of a network, one by one.

use crate::Result;
use crate::network::{Network, Rounding};

/// One synapse of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Synapse {
    /// The global number of the target.
    pub(super) target: usize,
    /// The input of the target.
    pub(super) input: usize,
    /// The weight in counts of that input's unit.
    pub(super) weight: i32,
    /// The delay in steps.
    pub(super) delay: usize,
}

/// The synapses of every neuron of `network`, by its global number.
pub(super) fn list(network: &Network, rounding: &Rounding) -> Result<Vec<Vec<Synapse>>> {
    let mut of = vec![Vec::new(); network.size() as usize];
    for i in 0..network.projections.len() {
        add_projection(network, rounding, i, &mut of)?;
    }
    Ok(of)
}

/// Appends the synapses of projection `i`.
fn add_projection(
    network: &Network,
    rounding: &Rounding,
    i: usize,
    of: &mut [Vec<Synapse>],
) -> Result<()> {
    let projection = &network.projections[i];
    let synapses = network.synapses(i)?;
    let firsts = network.firsts();
    let first_source = firsts[projection.source.0] as usize;
    let (pool, rounded) = (network.pool(i), &rounding.projections[i]);
    let synapse = |(population, neuron): (usize, u64), level: u32, delay: u16| Synapse {
        target: (firsts[population] + neuron) as usize,
        input: rounded.input,
        weight: rounded.counts(level as usize),
        delay: usize::from(delay),
    };
    synapses.for_each(|source, target, level, delay| {
        of[first_source + source as usize].push(synapse(pool.find(target), level, delay));
    });
    Ok(())
}
