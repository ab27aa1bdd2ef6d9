//! Links between modules, drawn once and kept.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::modules::MAX_DELAY;
use super::{Network, Projection};
use crate::Result;
use crate::rule::{Between, Ways};

/// The links of the projections of a network. Everything that they follow from can be changed from
/// outside at any time, so it is kept beside them and compared.
#[derive(Default)]
pub(super) struct Links(Mutex<Vec<(Origin, Arc<Ways>)>>);

/// What links follow from.
#[derive(Clone, Debug, PartialEq)]
struct Origin {
    modules: u64,
    seed: u64,
    between: Option<Between>,
    /// Steps for each place of distance.
    per_place: f64,
}

impl Links {
    /// Those of a projection of `network`, which has modules.
    pub(super) fn of(&self, network: &Network, projection: &Projection) -> Result<Arc<Ways>> {
        let mut known = self.lock();
        if let Some((_, ways)) = known.iter().find(|(of, _)| of.matches(network, projection)) {
            return Ok(Arc::clone(ways));
        }
        let origin = Origin::new(network, projection);
        let ways = Arc::new(origin.ways()?);
        // What was changed is not needed again.
        known.retain(|(of, _)| network.projections.iter().any(|p| of.matches(network, p)));
        known.push((origin, Arc::clone(&ways)));
        Ok(ways)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(Origin, Arc<Ways>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A copy may be changed by itself.
impl Clone for Links {
    fn clone(&self) -> Self {
        Self(Mutex::new(self.lock().clone()))
    }
}

/// They say nothing that the network does not.
impl fmt::Debug for Links {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Links")
    }
}

impl Origin {
    fn new(network: &Network, projection: &Projection) -> Self {
        Self {
            modules: network.modules,
            seed: network.seed,
            between: projection.between.clone(),
            per_place: per_place(network, projection),
        }
    }

    /// The same as comparing with a new one, which may be long.
    fn matches(&self, network: &Network, projection: &Projection) -> bool {
        self.modules == network.modules
            && self.seed == network.seed
            && self.per_place == per_place(network, projection)
            && self.between == projection.between
    }

    fn ways(&self) -> Result<Ways> {
        let Some(between) = &self.between else { return Ok(Ways::own(self.modules)) };
        let later = |distance| libm::round(distance * self.per_place).min(MAX_DELAY) as u16;
        let links = between.links(self.modules, self.seed).map_err(|e| e.within("between"))?;
        Ok(Ways::new(links.iter().map(|of| of.iter().map(|l| (l.target, later(l.distance))))))
    }
}

fn per_place(network: &Network, projection: &Projection) -> f64 {
    projection.delay_per_distance.ms() / network.dt.ms()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::*;

    /// Two projections with the same links.
    fn network() -> Network {
        let mut network = Network::new("links").modules(10);
        let cells = network.population("cells", 100, IafPscDelta::default());
        for _ in 0..2 {
            network
                .project(cells, cells, FixedOutdegree::new(1))
                .between(Between::SmallWorld { neighbours: 3, rewiring: 0.5 })
                .delay_per_distance(1.0 * MS);
        }
        network
    }

    fn ways(network: &Network, projection: usize) -> Arc<Ways> {
        network.links.of(network, &network.projections[projection]).expect("links")
    }

    fn tiles(network: &Network) -> Vec<crate::rule::Tile> {
        network.tiles(0).expect("links").all().collect()
    }

    #[test]
    fn projections_and_copies_share_what_is_drawn_once() {
        let network = network();
        let first = ways(&network, 0);
        assert!(Arc::ptr_eq(&first, &ways(&network, 1)));
        assert!(Arc::ptr_eq(&first, &ways(&network.clone(), 0)));
    }

    #[test]
    fn whatever_is_changed_is_seen_and_the_rest_forgotten() {
        let changes: [fn(&mut Network); 5] = [
            |n| n.modules = 20,
            |n| n.seed += 1,
            |n| n.dt = 0.5 * MS,
            |n| n.projections[0].delay_per_distance = 2.0 * MS,
            |n| n.projections[0].between = Some(Between::Ring { neighbours: 3 }),
        ];
        for change in changes {
            let mut changed = network();
            let before = tiles(&changed);
            change(&mut changed);
            let mut anew = network();
            change(&mut anew);
            assert_ne!(tiles(&changed), before);
            assert_eq!(tiles(&changed), tiles(&anew));
            assert!(changed.links.lock().len() <= changed.projections.len());
        }
        let mut network = network();
        for seed in 0..5 {
            network.seed = seed;
            ways(&network, 0);
            assert_eq!(network.links.lock().len(), 1);
        }
    }
}
