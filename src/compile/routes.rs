//! Which partitions need the spikes of which.

use std::ops::Range;

use super::Plan;
use crate::Result;
use crate::network::Network;

/// Ways of spikes between partitions.
#[derive(Clone, Debug, Default)]
pub struct Routes {
    /// The partitions whose spikes matter to each, ascending; itself may be among them.
    pub senders: Vec<Vec<Range<u16>>>,
    /// The shortest delay between two partitions, in steps; `None` if nothing crosses.
    pub min_delay: Option<u16>,
}

impl Routes {
    /// The ways between the partitions of `plan`.
    ///
    /// # Errors
    /// Delays and links that cannot be.
    pub fn new(network: &Network, plan: &Plan) -> Result<Self> {
        let mut senders = vec![Vec::new(); plan.partitions.len()];
        let mut min_delay: Option<u16> = None;
        for (i, p) in network.projections.iter().enumerate() {
            let sources = network.pairing(i).module().sources;
            let least = network.own_delays(i)?.0;
            let (tiles, pool) = (network.tiles(i)?, network.pool(i));
            for module in 0..tiles.modules() {
                let from = plan.homes_of(p.source.0, module as u64 * sources, sources);
                let ranges = ranges(&from);
                for tile in tiles.of(module) {
                    let spans = pool.spans(tile.first, u64::from(tile.size));
                    for to in spans.flat_map(|s| plan.homes_of(s.population, s.neuron, s.count)) {
                        senders[usize::from(to)].extend(ranges.iter().cloned());
                        if from.iter().any(|&from| from != to) {
                            let delay = least + tile.later;
                            min_delay = Some(min_delay.map_or(delay, |least| least.min(delay)));
                        }
                    }
                }
            }
        }
        senders.iter_mut().for_each(join);
        Ok(Self { senders, min_delay })
    }
}

/// Ascending numbers as ranges: of populations that are dealt to all partitions, one.
fn ranges(numbers: &[u16]) -> Vec<Range<u16>> {
    let mut ranges: Vec<Range<u16>> = numbers.iter().map(|&n| n..n + 1).collect();
    join(&mut ranges);
    ranges
}

/// Joins ranges that overlap or touch.
fn join(ranges: &mut Vec<Range<u16>>) {
    ranges.sort_unstable_by_key(|r| r.start);
    ranges.dedup_by(|next, last| {
        let touches = next.start <= last.end;
        if touches {
            last.end = last.end.max(next.end);
        }
        touches
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::*;
    use crate::rule::Between;

    #[test]
    fn numbers_become_ranges() {
        assert_eq!(ranges(&[0, 1, 2, 5, 7, 8]), [0..3, 5..6, 7..9]);
        let mut overlapping = vec![4..6, 0..2, 1..3, 6..7];
        join(&mut overlapping);
        assert_eq!(overlapping, [0..3, 4..7]);
    }

    #[test]
    fn spikes_go_where_links_lead() {
        let mut network = Network::new("ring").modules(10);
        let cells = network.population("cells", 10 * 8192, IafPscDelta::default());
        network.project(cells, cells, FixedOutdegree::new(10)).weight(0.1 * MV).delay(1.0 * MS);
        network
            .project(cells, cells, FixedOutdegree::new(10))
            .weight(0.1 * MV)
            .between(Between::Ring { neighbours: 1 })
            .delay(3.0 * MS)
            .delay_per_distance(0.5 * MS);
        let plan = Plan::new(&network, 2).expect("a plan");
        let routes = Routes::new(&network, &plan).expect("links");
        assert_eq!(routes.senders[4][0], 3..5);
        assert_eq!(routes.senders[0], [0..1, 9..10]);
        assert_eq!(routes.min_delay, Some(35));
    }
}
