//! Random connection rules.

use murine::prelude::*;
use murine::rule::RuleSpec;

/// A rule and its options.
#[derive(Clone, Debug)]
pub struct RuleRecipe {
    pub kind: RuleKind,
    /// About the share of all pairs that are connected, 0..1.
    pub density: f64,
    pub autapses: bool,
    pub multapses: bool,
    /// Parts of the populations, where both can be cut so.
    pub blocks: u64,
}

#[derive(Clone, Copy, Debug)]
pub enum RuleKind {
    OneToOne,
    AllToAll,
    FixedIndegree,
    FixedOutdegree,
    FixedTotalNumber,
    PairwiseBernoulli,
    List,
}

/// The populations that a projection connects, and what a listed synapse is like.
#[derive(Clone, Copy, Debug)]
pub struct Ends {
    pub sources: u64,
    pub targets: u64,
    pub same: bool,
    pub dt: Time,
    /// The largest weight of a list, in base units.
    pub weight: f64,
    /// The longest delay of a list in steps.
    pub delay: u64,
    /// Whether these are modules, of which some rules know nothing.
    pub modular: bool,
    /// Whether the targets are several populations, which are not cut into blocks.
    pub joined: bool,
}

impl RuleRecipe {
    /// The kind that fits the sizes.
    fn kind(&self, ends: &Ends) -> RuleKind {
        match self.kind {
            RuleKind::FixedIndegree | RuleKind::FixedTotalNumber if ends.modular => {
                RuleKind::FixedOutdegree
            }
            RuleKind::List if ends.modular => RuleKind::AllToAll,
            RuleKind::OneToOne if ends.sources != ends.targets => RuleKind::PairwiseBernoulli,
            kind => kind,
        }
    }

    /// The share `density` of `most`; without autapses, there is one partner less.
    fn share(&self, most: u64, ends: &Ends) -> u64 {
        let partners = most - u64::from(ends.same && !self.autapses);
        (self.density * partners as f64) as u64
    }

    /// About how many synapses a target gets.
    pub fn in_degree(&self, ends: &Ends) -> f64 {
        match self.kind(ends) {
            RuleKind::OneToOne => 1.0,
            RuleKind::AllToAll => ends.sources as f64,
            _ => self.density * ends.sources as f64,
        }
    }

    /// The rule.
    pub fn rule(&self, ends: &Ends) -> RuleSpec {
        let (autapses, multapses) = (self.autapses, self.multapses);
        match self.kind(ends) {
            RuleKind::OneToOne => OneToOne::default().into(),
            RuleKind::AllToAll => AllToAll { autapses }.into(),
            RuleKind::FixedIndegree => {
                FixedIndegree { indegree: self.share(ends.sources, ends), autapses, multapses }
                    .into()
            }
            RuleKind::FixedOutdegree => {
                FixedOutdegree { outdegree: self.share(ends.targets, ends), autapses, multapses }
                    .into()
            }
            RuleKind::FixedTotalNumber => FixedTotalNumber {
                autapses,
                multapses,
                ..FixedTotalNumber::new(ends.sources * self.share(ends.targets, ends))
            }
            .into(),
            RuleKind::PairwiseBernoulli => {
                let whole = |size: u64| size.is_multiple_of(self.blocks);
                let fits = !ends.joined && whole(ends.sources) && whole(ends.targets);
                let blocks = if fits { self.blocks } else { 1 };
                PairwiseBernoulli { p: self.density, autapses, blocks }.into()
            }
            RuleKind::List => List::new(&self.synapses(ends)).expect("a short list").into(),
        }
    }

    /// Listed synapses, spread over all sources, targets, weights and delays.
    fn synapses(&self, ends: &Ends) -> Vec<Listed> {
        let count = (self.density * 400.0) as u64;
        let part = |i: u64, of: u64| i * 7919 / 13 % of;
        let listed = |i| Listed {
            source: part(i, ends.sources),
            target: part(i * i + 5, ends.targets),
            weight: ends.weight * (1 + i % 3) as f64 / 3.0,
            delay: ends.dt.ms() * (1 + part(i, ends.delay)) as f64,
        };
        (0..count).map(listed).collect()
    }
}
