//! Every source connects to every target.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::degree::{partners, sources};
use super::{Forecast, Pairing, Row, Rows, Rule, Tile, Wiring};
use crate::Result;

/// Every source connects to every target once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AllToAll {
    /// Whether a neuron may connect to itself.
    pub autapses: bool,
}

impl Default for AllToAll {
    fn default() -> Self {
        Self { autapses: true }
    }
}

impl Rule for AllToAll {
    fn name(&self) -> &'static str {
        "all_to_all"
    }

    fn validate(&self, _: &Pairing) -> Result<()> {
        Ok(())
    }

    fn forecast(&self, p: &Pairing) -> Forecast {
        let out_degree = partners(p.targets, p, self.autapses) as f64;
        Forecast {
            synapses: p.sources as f64 * out_degree,
            sd: 0.0,
            in_degree: sources(p.sources, p, self.autapses) as f64,
            out_degree,
        }
    }

    fn wire(&self, pairing: &Pairing) -> Result<Wiring> {
        Ok(Wiring::Rows(Box::new(All { pairing: *pairing, autapses: self.autapses })))
    }

    fn clone_box(&self) -> Box<dyn Rule> {
        Box::new(self.clone())
    }
}

struct All {
    pairing: Pairing,
    autapses: bool,
}

impl Rows for All {
    fn row(&self, source: u64, tile: Tile, row: &mut Row) {
        row.clear();
        let except = if self.autapses { None } else { self.pairing.own_place(source, tile) };
        row.targets.extend((0..tile.size).filter(|&t| Some(t) != except));
    }
}
