//! All synapses of a network, one by one.

use crate::Result;
use crate::network::{Network, Rounding};
use crate::rule::Scratch;

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
    let (projection, pairing) = (&network.projections[i], network.pairing(i));
    let synapses = network.synapses(i)?;
    let firsts = network.firsts();
    let first_source = firsts[projection.source.0] as usize;
    let first_target = firsts[projection.target.0] as usize;
    let rounded = &rounding.projections[i];
    let synapse = |target: usize, level: u32, delay: u16| Synapse {
        target: first_target + target,
        input: rounded.input,
        weight: rounded.counts(level as usize),
        delay: usize::from(delay),
    };
    let mut scratch = Scratch::default();
    if synapses.by_row() {
        let mut row = Vec::new();
        for source in 0..pairing.sources {
            for &tile in synapses.tiles(source, 0..u32::MAX) {
                row.clear();
                synapses.row(source, tile, &mut scratch, &mut row);
                of[first_source + source as usize].extend(
                    row.iter().map(|s| {
                        synapse(tile.first as usize + s.target as usize, s.level, s.delay)
                    }),
                );
            }
        }
    } else {
        let mut column = Vec::new();
        for target in 0..pairing.targets {
            column.clear();
            synapses.column(target, &mut scratch, &mut column);
            for s in &column {
                of[first_source + s.source as usize].push(synapse(
                    target as usize,
                    s.level,
                    s.delay,
                ));
            }
        }
    }
    Ok(())
}
