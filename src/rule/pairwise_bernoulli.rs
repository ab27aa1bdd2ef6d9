//! Each pair is connected with the same probability.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::degree::{bound, partners, yes};
use super::distinct::Sampler;
use super::{Forecast, Pairing, Row, Rows, Rule, Tile, Wiring};
use crate::random::{Key, Purpose, Stream, binomial};
use crate::{Error, Result};

/// Each pair of a source and a target is connected with probability `p`, independently, by at
/// most one synapse.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PairwiseBernoulli {
    /// The probability, from 0 to 1.
    pub p: f64,
    /// Whether a neuron may connect to itself.
    #[serde(default = "yes")]
    pub autapses: bool,
}

impl PairwiseBernoulli {
    /// Probability `p` for each pair, with autapses.
    #[must_use]
    pub fn new(p: f64) -> Self {
        Self { p, autapses: true }
    }
}

impl Rule for PairwiseBernoulli {
    fn name(&self) -> &'static str {
        "pairwise_bernoulli"
    }

    fn validate(&self, _: &Pairing) -> Result<()> {
        if (0.0..=1.0).contains(&self.p) {
            return Ok(());
        }
        Err(Error::parameter("p", format!("{} is no probability: give one from 0 to 1", self.p)))
    }

    fn forecast(&self, pairing: &Pairing) -> Forecast {
        let targets = partners(pairing.targets, pairing, self.autapses) as f64;
        let sources = partners(pairing.sources, pairing, self.autapses) as f64;
        let synapses = pairing.sources as f64 * targets * self.p;
        Forecast {
            synapses,
            sd: libm::sqrt(synapses * (1.0 - self.p)),
            in_degree: bound(sources * self.p, sources),
            out_degree: bound(targets * self.p, targets),
        }
    }

    fn wire(&self, pairing: &Pairing) -> Result<Wiring> {
        let key = |purpose| Key::new(pairing.seed, purpose, pairing.projection);
        Ok(Wiring::Rows(Box::new(Trials {
            rule: self.clone(),
            pairing: *pairing,
            count: key(Purpose::Count),
            sampler: Sampler::new(key(Purpose::Target)),
        })))
    }

    fn clone_box(&self) -> Box<dyn Rule> {
        Box::new(self.clone())
    }
}

/// The number of successes is drawn first, then which trials they are: the same as a trial for
/// each pair, at a cost that follows the synapses.
struct Trials {
    rule: PairwiseBernoulli,
    pairing: Pairing,
    count: Key,
    sampler: Sampler,
}

impl Rows for Trials {
    fn row(&self, source: u64, tile: Tile, row: &mut Row) {
        row.clear();
        let except = if self.rule.autapses { None } else { self.pairing.own_place(source, tile) };
        let range = u64::from(tile.size) - u64::from(except.is_some());
        let mut stream = Stream::new(self.count, [source as u32, tile.index, 0]);
        let count = binomial(&mut stream, range, self.rule.p);
        let rest = [source as u32, tile.index, u32::MAX];
        self.sampler.distinct(rest, count as usize, range, except, &mut row.targets);
    }
}
