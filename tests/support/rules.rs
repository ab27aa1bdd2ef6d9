//! Random connection rules.

use murine::prelude::*;
use murine::rule::Rule;

/// A rule and its options.
#[derive(Clone, Debug)]
pub struct RuleRecipe {
    pub kind: RuleKind,
    /// The share of all pairs that are connected, 0..=1.
    pub density: f64,
    pub autapses: bool,
    pub multapses: bool,
}

#[derive(Clone, Copy, Debug)]
pub enum RuleKind {
    AllToAll,
}

impl RuleRecipe {
    /// About how many synapses a target gets.
    pub fn in_degree(&self, sources: u64, _targets: u64) -> f64 {
        match self.kind {
            RuleKind::AllToAll => sources as f64,
        }
    }

    /// The rule for populations of these sizes; lists take weights up to `weight`.
    pub fn rule(
        &self,
        _sources: u64,
        _targets: u64,
        _same: bool,
        _weight: f64,
        _dt: Time,
    ) -> Box<dyn Rule> {
        match self.kind {
            RuleKind::AllToAll => AllToAll { autapses: self.autapses }.into(),
        }
    }
}
