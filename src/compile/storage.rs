//! Where the synapses of `auto` projections are.

use super::{Memory, Plan};
use crate::Result;
use crate::network::{Network, Storage};

/// Decides about `auto` projections: all are stored if `network`, laid out by `plan` for `threads`
/// threads, is then predicted to fit `budget` bytes; else the largest are procedural, as many as it
/// takes. The spikes are the same.
///
/// # Errors
/// What [`Memory::predict`] finds.
pub fn settle(network: &mut Network, plan: &Plan, threads: usize, budget: f64) -> Result<()> {
    // Where synapses are changes no weight.
    let rounding = network.rounding()?;
    while Memory::of_rounded(network, &rounding, plan, threads)?.total() > budget {
        let size = |i: usize| network.forecast(i).synapses;
        let open = (0..network.projections.len()).filter(|&i| is_open(network, i));
        let Some(largest) = open.max_by(|&a, &b| size(a).total_cmp(&size(b))) else {
            break;
        };
        network.projections[largest].storage = Storage::Procedural;
    }
    for projection in network.projections.iter_mut().filter(|p| p.storage == Storage::Auto) {
        projection.storage = Storage::Stored;
    }
    Ok(())
}

/// Whether projection number `i` may be stored or procedural.
pub(super) fn is_open(network: &Network, i: usize) -> bool {
    let projection = &network.projections[i];
    projection.storage == Storage::Auto && projection.rule.by_row()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::*;

    #[test]
    fn the_largest_become_procedural_until_the_rest_fits() {
        let mut network = Network::new("auto");
        let cells = network.population("cells", 10_000, IafPscDelta::default());
        network.project(cells, cells, FixedOutdegree::new(100)).weight(0.0 * MV).delay(1.0 * MS);
        network.project(cells, cells, FixedOutdegree::new(1000)).weight(0.0 * MV).delay(1.0 * MS);
        network.project(cells, cells, FixedIndegree::new(2000)).weight(0.0 * MV).delay(1.0 * MS);
        network
            .project(cells, cells, FixedOutdegree::new(500))
            .weight(0.0 * MV)
            .delay(1.0 * MS)
            .storage(Storage::Stored);
        let plan = Plan::new(&network, 2).expect("a plan");
        let settled = |budget: f64| {
            let mut network = network.clone();
            settle(&mut network, &plan, 2, budget).expect("a decision");
            network.projections.iter().map(|p| p.storage).collect::<Vec<_>>()
        };
        let all = Memory::predict(&network, &plan, 2).expect("a prediction").total();
        let (kept, made) = (Storage::Stored, Storage::Procedural);
        assert_eq!(settled(all), [kept, kept, kept, kept]);
        assert_eq!(settled(all - 1e6), [kept, made, kept, kept]);
        assert_eq!(settled(all - 42e6), [made, made, kept, kept]);
        assert_eq!(settled(0.0), [made, made, kept, kept]);
    }
}
