//! Address space for the rows of each partition: far above what is needed, since only what is
//! touched is ever taken from the machine.

use super::Plan;
use super::region::Region;
use crate::network::{Network, Projection};
use crate::{Error, Result};

/// Words per span at most: what a worker takes from a partition's region at a time.
const SPAN: usize = 1 << 18;
/// Spans that the rows of a partition take at least: so much of them stays empty where a
/// worker ends.
const SHARES: f64 = 16.0;

/// A region and how it is handed out.
pub(super) struct Reserved {
    pub(super) region: Region,
    /// Words per span.
    pub(super) span: usize,
}

/// Reserves a region for each partition, to be filled by the threads of the current rayon pool.
pub(super) fn reserve(network: &Network, plan: &Plan) -> Result<Vec<Reserved>> {
    let threads = rayon::current_num_threads();
    let expected = expected(network, plan, most);
    let longest = longest_row(network);
    expected
        .into_iter()
        .map(|synapses| {
            if synapses * 1.05 > f64::from(u32::MAX) {
                return Err(Error::Capacity(format!(
                    "{synapses:.3e} synapses in one partition: at most 4e9 are possible; use more threads"
                )));
            }
            let span = span(synapses, threads, longest);
            // An entry for each, at most.
            let words = 2.4 * synapses + 10.0 * libm::sqrt(synapses);
            let spans = (words / span as f64).ceil() as usize + threads + 1;
            let words = (spans * span).min(u32::MAX as usize / span * span);
            let region = Region::new(words, Region::huge(synapses))?;
            Ok(Reserved { region, span })
        })
        .collect()
}

/// Words per span of a partition that expects so many synapses.
pub(super) fn span(synapses: f64, threads: usize, longest_row: usize) -> usize {
    let share = synapses / (SHARES * threads as f64);
    // Eight rows, so that little is lost where the last one does not fit.
    (share as usize)
        .min(SPAN)
        .max(8 * longest_row.min(SPAN / 8))
        .max(longest_row)
        .next_power_of_two()
}

/// Synapses of each partition, where `of` says how many a projection has.
pub(super) fn expected(
    network: &Network,
    plan: &Plan,
    of: impl Fn(&Network, usize) -> f64,
) -> Vec<f64> {
    let mut expected = vec![0.0; plan.partitions.len()];
    for (i, p) in network.stored() {
        let synapses = of(network, i);
        if listed(p) {
            // Listed synapses may all have the same target.
            for home in plan.homes(p.target.populations()) {
                expected[usize::from(home)] += synapses;
            }
            continue;
        }
        // Links that cannot be have been refused before.
        let Ok(tiles) = network.tiles(i) else { continue };
        let all: f64 = tiles.all().map(|t| f64::from(t.size)).sum();
        let pool = network.pool(i);
        for span in tiles.all().flat_map(|t| pool.spans(t.first, u64::from(t.size))) {
            let blocks = plan.blocks_of(span.population, span.neuron, span.count);
            let each = synapses * span.count as f64 / all / blocks.len() as f64;
            for home in blocks {
                expected[usize::from(home.partition)] += each;
            }
        }
    }
    expected
}

/// Whether the synapses of a projection are listed one by one.
fn listed(projection: &Projection) -> bool {
    projection.rule.weights().is_some()
}

/// A bound of the synapses of a projection.
fn most(network: &Network, projection: usize) -> f64 {
    let forecast = network.forecast(projection);
    forecast.synapses + 10.0 * forecast.sd
}

/// A bound of the words of any row.
pub(super) fn longest_row(network: &Network) -> usize {
    let mut longest = vec![0.0; network.populations.len()];
    for (i, p) in network.stored() {
        longest[p.source.0] += 2.0 * network.forecast(i).out_degree;
    }
    longest.into_iter().fold(0.0, f64::max).min(1e9) as usize + 64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::*;

    #[test]
    fn spans_hold_the_longest_row_and_waste_little() {
        for synapses in [0.0, 1e3, 1e6, 1e9] {
            for threads in [1, 16] {
                for longest in [64, 5000, 1_000_000] {
                    let span = span(synapses, threads, longest);
                    assert!(span >= longest);
                    let wasted = (threads * span) as f64;
                    assert!(wasted <= (synapses / 8.0).max((threads * 16 * longest) as f64));
                }
            }
        }
    }

    /// A million listed synapses of one target all end in one of four partitions.
    #[test]
    fn lists_may_concentrate_on_one_target() {
        let mut network = Network::new("list");
        let cells = network.population("cells", 1000, IafPscDelta::default());
        let listed = |i: u64| Listed { source: i % 1000, target: 7, weight: 0.1, delay: 1.0 };
        let synapses: Vec<Listed> = (0..1_000_000).map(listed).collect();
        network.project(cells, cells, List::new(&synapses).expect("a list"));
        let simulation = Simulation::new(&network, 4).expect("room for all");
        assert_eq!(simulation.synapses(), 1_000_000);
    }
}
