//! A projection has a given number of synapses in all.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::degree::{bound, partners, refuse, yes};
use super::distinct::Sampler;
use super::fixed_outdegree::{Degree, Targets};
use super::splitting::Splitting;
use super::{Forecast, Pairing, Rule, Wiring};
use crate::random::{Key, Purpose};
use crate::{Error, Result};

/// Synapses in one projection at most: far above any memory, far below what would overflow.
const MAX_TOTAL: u64 = 1_000_000_000_000_000;

/// As many synapses as stated, exactly, between sources and targets drawn at random.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FixedTotalNumber {
    /// How many synapses there are in all. Give either this or `probability`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_number: Option<u64>,
    /// The probability that a pair is connected at least once, from 0 to below 1, from which the
    /// number follows: K = ln(1 - p) / ln(1 - 1/(targets x sources)), rounded (Potjans & Diesmann
    /// 2014, doi 10.1093/cercor/bhs358).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// Whether a neuron may connect to itself.
    #[serde(default = "yes")]
    pub autapses: bool,
    /// Whether a pair may be connected several times.
    #[serde(default = "yes")]
    pub multapses: bool,
}

impl FixedTotalNumber {
    /// `total_number` synapses, with autapses and multapses.
    #[must_use]
    pub fn new(total_number: u64) -> Self {
        let total_number = Some(total_number);
        Self { total_number, probability: None, autapses: true, multapses: true }
    }

    /// As many synapses as connect a pair with this probability, with autapses and multapses.
    #[must_use]
    pub fn with_probability(probability: f64) -> Self {
        let probability = Some(probability);
        Self { total_number: None, probability, autapses: true, multapses: true }
    }

    /// How many synapses there are between two populations.
    #[must_use]
    pub fn total(&self, p: &Pairing) -> u64 {
        let pairs = p.sources as f64 * p.targets as f64;
        match (self.total_number, self.probability) {
            (Some(total), _) => total,
            (None, Some(p)) => libm::round(libm::log1p(-p) / libm::log1p(-1.0 / pairs)) as u64,
            (None, None) => 0,
        }
    }

    fn validate_choice(&self) -> Result<()> {
        match (self.total_number, self.probability) {
            (Some(_), Some(_)) => Err(Error::parameter(
                "probability",
                "both total_number and probability are given: give one of them",
            )),
            (None, None) => Err(Error::parameter(
                "total_number",
                "missing: give either total_number or probability",
            )),
            (None, Some(p)) if !(0.0..1.0).contains(&p) => Err(Error::parameter(
                "probability",
                format!("{p} is out of range: give one of at least 0 and below 1"),
            )),
            _ => Ok(()),
        }
    }
}

impl Rule for FixedTotalNumber {
    fn name(&self) -> &'static str {
        "fixed_total_number"
    }

    fn validate(&self, p: &Pairing) -> Result<()> {
        self.validate_choice()?;
        let key = if self.total_number.is_some() { "total_number" } else { "probability" };
        let total = self.total(p);
        if total > MAX_TOTAL {
            return Err(Error::parameter(
                key,
                format!("{total} synapses are out of range: a projection has at most {MAX_TOTAL}"),
            ));
        }
        let targets = partners(p.targets, p, self.autapses);
        refuse(key, total.div_ceil(p.sources), targets, "targets")?;
        let pairs = u128::from(targets) * u128::from(p.sources);
        if !self.multapses && u128::from(total) > pairs {
            return Err(Error::parameter(
                key,
                format!(
                    "{total} synapses are more than the {pairs} possible pairs: give at most {pairs}, or set multapses = true"
                ),
            ));
        }
        Ok(())
    }

    fn forecast(&self, p: &Pairing) -> Forecast {
        let synapses = self.total(p) as f64;
        let most = |partners: u64| if self.multapses { synapses } else { partners as f64 };
        Forecast {
            synapses,
            sd: 0.0,
            in_degree: bound(synapses / p.targets as f64, most(p.sources)),
            out_degree: bound(synapses / p.sources as f64, most(p.targets)),
        }
    }

    fn by_module(&self) -> bool {
        false
    }

    fn wire(&self, p: &Pairing) -> Result<Wiring> {
        let splitting = Splitting::new(*p, self.autapses, self.multapses);
        let degrees = splitting.deal(self.total(p), partners(p.targets, p, self.autapses));
        Ok(Wiring::Rows(Box::new(Targets {
            degree: Degree::Each(degrees),
            splitting,
            multapses: self.multapses,
            sampler: Sampler::new(Key::new(p.seed, Purpose::Target, p.projection)),
        })))
    }

    fn clone_box(&self) -> Box<dyn Rule> {
        Box::new(self.clone())
    }
}
