//! Each source connects to the target of the same number.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Forecast, Pairing, Row, Rows, Rule, Tile, Wiring};
use crate::{Error, Result};

/// Neuron i of the source connects to neuron i of the target; both have the same size.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OneToOne {}

impl Rule for OneToOne {
    fn name(&self) -> &'static str {
        "one_to_one"
    }

    fn validate(&self, p: &Pairing) -> Result<()> {
        if p.sources == p.targets {
            return Ok(());
        }
        Err(Error::parameter(
            "",
            format!(
                "{} sources cannot be paired with {} targets: give both populations one size, or take another rule",
                p.sources, p.targets
            ),
        ))
    }

    fn forecast(&self, p: &Pairing) -> Forecast {
        Forecast { synapses: p.sources as f64, sd: 0.0, in_degree: 1.0, out_degree: 1.0 }
    }

    fn wire(&self, pairing: &Pairing) -> Result<Wiring> {
        Ok(Wiring::Rows(Box::new(Pairs(*pairing))))
    }

    fn clone_box(&self) -> Box<dyn Rule> {
        Box::new(self.clone())
    }
}

struct Pairs(Pairing);

impl Rows for Pairs {
    fn row(&self, source: u64, tile: Tile, row: &mut Row) {
        row.clear();
        let (source, first) = self.0.within_modules(source, tile);
        if (first..first + u64::from(tile.size)).contains(&source) {
            row.targets.push((source - first) as u32);
        }
    }
}
