//! Each pair is connected with the same probability.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::degree::{bound, partners, sources, yes};
use super::distinct::Sampler;
use super::{Forecast, Pairing, Row, Rows, Rule, Tile, Wiring};
use crate::random::{Key, Purpose, Stream, binomial};
use crate::{Error, Result};

/// Each pair of a source and a target is connected with probability `p`, independently, by at
/// most one synapse. With `blocks`, both populations are cut into so many equal parts, and only
/// pairs within the same part count: copies of a network, side by side and unconnected.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PairwiseBernoulli {
    /// The probability, from 0 to 1.
    pub p: f64,
    /// Whether a neuron may connect to itself.
    #[serde(default = "yes")]
    pub autapses: bool,
    /// How many parts, at least 1; both sizes must be multiples of it.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    #[schemars(range(min = 1))]
    pub blocks: u64,
}

fn one() -> u64 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_one(blocks: &u64) -> bool {
    *blocks == 1
}

impl PairwiseBernoulli {
    /// Probability `p` for each pair, with autapses.
    #[must_use]
    pub fn new(p: f64) -> Self {
        Self { p, autapses: true, blocks: 1 }
    }

    /// The same within each of so many equal parts of both populations.
    #[must_use]
    pub fn blocks(self, blocks: u64) -> Self {
        Self { blocks, ..self }
    }

    /// One part of `pairing`, on its own.
    fn part(&self, pairing: &Pairing) -> Pairing {
        let module = pairing.module();
        Pairing {
            sources: module.sources / self.blocks,
            targets: module.targets / self.blocks,
            ..module
        }
    }
}

impl Rule for PairwiseBernoulli {
    fn name(&self) -> &'static str {
        "pairwise_bernoulli"
    }

    fn cuts(&self) -> bool {
        self.blocks > 1
    }

    fn validate(&self, pairing: &Pairing) -> Result<()> {
        if !(0.0..=1.0).contains(&self.p) {
            let problem = format!("{} is no probability: give one from 0 to 1", self.p);
            return Err(Error::parameter("p", problem));
        }
        let whole = |size: u64| size.checked_rem(self.blocks) == Some(0);
        if whole(pairing.sources) && whole(pairing.targets) {
            return Ok(());
        }
        let problem = format!(
            "{} sources and {} targets cannot be cut into {} equal parts: give a common divisor",
            pairing.sources, pairing.targets, self.blocks
        );
        Err(Error::parameter("blocks", problem))
    }

    fn forecast(&self, pairing: &Pairing) -> Forecast {
        let part = self.part(pairing);
        let targets = partners(part.targets, pairing, self.autapses) as f64;
        let sources = sources(part.sources, pairing, self.autapses) as f64;
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

impl Trials {
    /// The part of `tile` that `source` can reach: how many places to leave out, and how many
    /// remain.
    fn reach(&self, source: u64, tile: Tile) -> (u64, u64) {
        let part = self.rule.part(&self.pairing);
        let (source, begin) = self.pairing.within_modules(source, tile);
        let first = source / part.sources * part.targets;
        let end = (first + part.targets).min(begin + u64::from(tile.size));
        let first = first.max(begin);
        (first - begin, end.saturating_sub(first))
    }
}

impl Rows for Trials {
    fn row(&self, source: u64, tile: Tile, row: &mut Row) {
        row.clear();
        let (offset, reach) = self.reach(source, tile);
        if reach == 0 {
            return;
        }
        let own = self.pairing.own_place(source, tile).filter(|_| !self.rule.autapses);
        let within = |place: u32| u64::from(place).checked_sub(offset).filter(|p| *p < reach);
        let except = own.and_then(within).map(|place| place as u32);
        let range = reach - u64::from(except.is_some());
        let mut stream = Stream::new(self.count, [source as u32, tile.index, 0]);
        let count = binomial(&mut stream, range, self.rule.p);
        let rest = [source as u32, tile.index, u32::MAX];
        self.sampler.distinct(rest, count as usize, range, except, &mut row.targets);
        for target in &mut row.targets {
            *target += offset as u32;
        }
    }
}
