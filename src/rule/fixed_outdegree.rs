//! Each source makes the same number of synapses.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::degree::{bound, partners, refuse, refuse_distinct, yes};
use super::distinct::Sampler;
use super::splitting::Splitting;
use super::{Forecast, Pairing, Row, RowKind, Rows, Rule, Tile, Wiring};
use crate::Result;
use crate::random::{Key, Purpose};

/// Each source makes `outdegree` synapses on targets drawn at random.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FixedOutdegree {
    /// How many synapses each source makes.
    pub outdegree: u64,
    /// Whether a neuron may connect to itself.
    #[serde(default = "yes")]
    pub autapses: bool,
    /// Whether a pair may be connected several times.
    #[serde(default = "yes")]
    pub multapses: bool,
}

impl FixedOutdegree {
    /// `outdegree` synapses of each source, with autapses and multapses.
    #[must_use]
    pub fn new(outdegree: u64) -> Self {
        Self { outdegree, autapses: true, multapses: true }
    }
}

impl Rule for FixedOutdegree {
    fn name(&self) -> &'static str {
        "fixed_outdegree"
    }

    fn validate(&self, p: &Pairing) -> Result<()> {
        let possible = partners(p.targets, p, self.autapses);
        refuse("outdegree", self.outdegree, possible, "targets")?;
        if self.multapses {
            return Ok(());
        }
        refuse_distinct("outdegree", self.outdegree, possible, "targets")
    }

    fn forecast(&self, p: &Pairing) -> Forecast {
        let synapses = p.sources as f64 * self.outdegree as f64;
        let most = if self.multapses { synapses } else { p.sources as f64 };
        Forecast {
            synapses,
            sd: 0.0,
            in_degree: bound(synapses / p.targets as f64, most),
            out_degree: self.outdegree as f64,
        }
    }

    fn wire(&self, p: &Pairing) -> Result<Wiring> {
        Ok(Wiring::Rows(Box::new(Targets {
            degree: Degree::Same(self.outdegree),
            splitting: Splitting::new(*p, self.autapses, self.multapses),
            multapses: self.multapses,
            sampler: Sampler::new(Key::new(p.seed, Purpose::Target, p.projection)),
        })))
    }

    fn clone_box(&self) -> Box<dyn Rule> {
        Box::new(self.clone())
    }
}

/// How many synapses each source makes.
pub(super) enum Degree {
    /// All the same number.
    Same(u64),
    /// One number each.
    Each(Vec<u32>),
}

/// Targets of sources whose number of synapses is known.
pub(super) struct Targets {
    pub(super) degree: Degree,
    pub(super) splitting: Splitting,
    pub(super) multapses: bool,
    pub(super) sampler: Sampler,
}

impl Rows for Targets {
    fn row(&self, source: u64, tile: Tile, row: &mut Row) {
        row.clear();
        let degree = match &self.degree {
            Degree::Same(degree) => *degree,
            Degree::Each(degrees) => u64::from(degrees[source as usize]),
        };
        let count = self.splitting.in_tile(source, degree, tile);
        if self.multapses {
            row.kind = RowKind::Independent(count);
            return;
        }
        let except = self.splitting.except(source, tile);
        let range = u64::from(tile.size) - u64::from(except.is_some());
        let rest = [source as u32, tile.index, u32::MAX];
        self.sampler.distinct(rest, count as usize, range, except, &mut row.targets);
    }

    fn everyone(&self) -> Option<u32> {
        match self.degree {
            Degree::Same(degree) if self.multapses => self.splitting.undivided(degree),
            _ => None,
        }
    }

    fn autapses(&self) -> bool {
        self.splitting.autapses()
    }
}
