//! What a projection ends in: a population, or several as if they were one.

use super::{Network, PopulationId};
use crate::rule::Pool;

/// The populations that targets are drawn from: one, or several as if they were one.
///
/// ```
/// use murine::prelude::*;
///
/// let mut network = Network::new("pair");
/// let exc = network.population("exc", 800, IafPscDelta::default());
/// let inh = network.population("inh", 200, IafPscDelta::default());
/// // 100 targets among all 1000 neurons, not 100 in each population.
/// network.project(exc, [exc, inh], FixedOutdegree::new(100)).weight(0.1 * MV).delay(1.5 * MS);
/// # network.validate()?;
/// # Ok::<(), murine::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Targets(Vec<PopulationId>);

impl From<PopulationId> for Targets {
    fn from(population: PopulationId) -> Self {
        Self(vec![population])
    }
}

impl<const N: usize> From<[PopulationId; N]> for Targets {
    fn from(populations: [PopulationId; N]) -> Self {
        Self(populations.to_vec())
    }
}

impl From<Vec<PopulationId>> for Targets {
    fn from(populations: Vec<PopulationId>) -> Self {
        Self(populations)
    }
}

impl Targets {
    /// The numbers of the populations, in order; of a valid network, at least one.
    pub fn populations(&self) -> impl Iterator<Item = usize> + Clone {
        self.0.iter().map(|p| p.0)
    }

    /// The populations' names, joined as in `exc + inh`.
    #[must_use]
    pub fn name(&self, network: &Network) -> String {
        let names: Vec<&str> =
            self.populations().map(|p| network.populations[p].name.as_str()).collect();
        names.join(" + ")
    }

    /// How many neurons they have together.
    #[must_use]
    pub fn size(&self, network: &Network) -> u64 {
        self.populations().map(|p| network.populations[p].size).sum()
    }
}

impl Network {
    /// Which neurons the targets of a projection are, in a valid network.
    #[must_use]
    pub fn pool(&self, projection: usize) -> Pool {
        let targets = self.projections[projection].target.populations();
        Pool::new(targets.map(|p| (p, self.populations[p].size / self.modules)))
    }
}
