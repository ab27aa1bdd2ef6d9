//! Each target receives the same number of synapses.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::degree::{bound, partners, refuse, refuse_distinct, yes};
use super::distinct::Sampler;
use super::{Columns, Forecast, Pairing, Rule, Wiring};
use crate::Result;
use crate::random::{Key, Purpose};

/// Each target receives `indegree` synapses from sources drawn at random.
///
/// It is drawn target by target, so its synapses are always stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FixedIndegree {
    /// How many synapses each target receives.
    pub indegree: u64,
    /// Whether a neuron may connect to itself.
    #[serde(default = "yes")]
    pub autapses: bool,
    /// Whether a pair may be connected several times.
    #[serde(default = "yes")]
    pub multapses: bool,
}

impl FixedIndegree {
    /// `indegree` synapses for each target, with autapses and multapses.
    #[must_use]
    pub fn new(indegree: u64) -> Self {
        Self { indegree, autapses: true, multapses: true }
    }
}

impl Rule for FixedIndegree {
    fn name(&self) -> &'static str {
        "fixed_indegree"
    }

    fn validate(&self, p: &Pairing) -> Result<()> {
        let possible = partners(p.sources, p, self.autapses);
        refuse("indegree", self.indegree, possible, "sources")?;
        if self.multapses {
            return Ok(());
        }
        refuse_distinct("indegree", self.indegree, possible, "sources")
    }

    fn forecast(&self, p: &Pairing) -> Forecast {
        let synapses = p.targets as f64 * self.indegree as f64;
        let most = if self.multapses { synapses } else { p.targets as f64 };
        Forecast {
            synapses,
            sd: 0.0,
            in_degree: self.indegree as f64,
            out_degree: bound(synapses / p.sources as f64, most),
        }
    }

    fn by_row(&self) -> bool {
        false
    }

    fn wire(&self, p: &Pairing) -> Result<Wiring> {
        let sampler = Sampler::new(Key::new(p.seed, Purpose::Target, p.projection));
        Ok(Wiring::Columns(Box::new(Sources { rule: self.clone(), pairing: *p, sampler })))
    }

    fn clone_box(&self) -> Box<dyn Rule> {
        Box::new(self.clone())
    }
}

struct Sources {
    rule: FixedIndegree,
    pairing: Pairing,
    sampler: Sampler,
}

impl Columns for Sources {
    fn column(&self, target: u64, sources: &mut Vec<u32>) {
        let own = self.pairing.own_source(target).filter(|_| !self.rule.autapses);
        let except = own.map(|source| source as u32);
        let range = self.pairing.sources - u64::from(except.is_some());
        let rest = [target as u32, (target >> 32) as u32, 0];
        let n = self.rule.indegree as usize;
        if self.rule.multapses {
            self.sampler.independent(rest, n, range, except, sources);
        } else {
            self.sampler.distinct(rest, n, range, except, sources);
        }
    }
}
