//! Which synapses a source makes: one connection rule per file.
//!
//! A [`Rule`] describes; [`Rule::wire`] turns it into a [`Wiring`] for two populations, which
//! lists the targets of one source at a time (or, where that is impossible, the sources of one
//! target). [`Synapses`] adds weights and delays. Everything is a function of (seed, projection,
//! source, tile), so that rows can be made in any order, by any thread, any number of times.

mod all_to_all;
mod between;
mod degree;
mod distinct;
mod fixed_indegree;
mod fixed_outdegree;
mod fixed_total_number;
mod list;
mod one_to_one;
mod pairwise_bernoulli;
mod pool;
mod splitting;
mod synapses;
mod tiles;

pub use all_to_all::AllToAll;
pub use between::{Between, Link};
pub use fixed_indegree::FixedIndegree;
pub use fixed_outdegree::FixedOutdegree;
pub use fixed_total_number::FixedTotalNumber;
pub use list::{List, Listed};
pub use one_to_one::OneToOne;
pub use pairwise_bernoulli::PairwiseBernoulli;
pub use pool::{Pool, Span};
pub use synapses::{Drawn, Incoming, Packet, Scratch, Synapses};
pub use tiles::{Tiles, Ways};

use std::fmt::Debug;

use crate::Result;
use crate::units::Time;

registry! {
    /// Every connection rule, as a config names it.
    RuleSpec -> dyn Rule {
        AllToAll(AllToAll),
        OneToOne(OneToOne),
        FixedIndegree(FixedIndegree),
        FixedOutdegree(FixedOutdegree),
        FixedTotalNumber(FixedTotalNumber),
        PairwiseBernoulli(PairwiseBernoulli),
        List(List),
    }
}

/// The neurons that a projection connects.
#[derive(Clone, Copy, Debug)]
pub struct Pairing {
    /// The seed of the network.
    pub seed: u64,
    /// The number of the projection.
    pub projection: usize,
    /// How many neurons the source population has.
    pub sources: u64,
    /// How many neurons the target populations have.
    pub targets: u64,
    /// The number among a module's targets of its first source, where the sources are among the
    /// targets, so that autapses are possible.
    pub own: Option<u64>,
    /// How many equal parts both are cut into, at least 1: synapses are made part by part.
    pub modules: u64,
    /// The time step.
    pub dt: Time,
}

/// Targets per tile at most: a target within a tile is 16 bits.
pub const TILE: u64 = 65_536;

/// A range of the target population. Its size follows from the network alone, never from
/// threads, because random numbers are keyed by tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tile {
    /// Its number.
    pub index: u32,
    /// Its first target.
    pub first: u64,
    /// How many targets it has.
    pub size: u32,
    /// What is added to every delay, in steps: the way from the source's module.
    pub later: u16,
}

impl Pairing {
    /// One part of the sources and one of the targets, as if they were all.
    #[must_use]
    pub fn module(&self) -> Self {
        let (sources, targets) = (self.sources / self.modules, self.targets / self.modules);
        Self { sources, targets, modules: 1, ..*self }
    }

    /// How many tiles the target population has. A module is a tile.
    #[must_use]
    pub fn tile_count(&self) -> u64 {
        if self.modules > 1 { self.modules } else { self.targets.div_ceil(TILE).max(1) }
    }

    /// Tile number `index`; but for modules, all have nearly the same size, a multiple of 64 but for the last.
    #[must_use]
    pub fn tile(&self, index: u64) -> Tile {
        self.cut(index, self.tile_size())
    }

    /// How many targets a tile has; the last may have fewer.
    fn tile_size(&self) -> u64 {
        let size = self.targets.div_ceil(self.tile_count());
        if self.modules > 1 { size } else { size.next_multiple_of(64) }
    }

    /// Tile number `index` of tiles of `size` targets.
    fn cut(&self, index: u64, size: u64) -> Tile {
        let first = (index * size).min(self.targets);
        let size = size.min(self.targets - first) as u32;
        Tile { index: index as u32, first, size, later: 0 }
    }

    /// All tiles, in order.
    pub fn tiles(&self) -> impl Iterator<Item = Tile> + use<> {
        let this = *self;
        (0..this.tile_count()).map(move |i| this.tile(i))
    }

    /// The numbers of `source` and of the first target of `tile` within their modules.
    #[must_use]
    pub fn within_modules(&self, source: u64, tile: Tile) -> (u64, u64) {
        let part = self.module();
        (source % part.sources, tile.first % part.targets)
    }

    /// The number of `source` among the targets, if it is one of them.
    #[must_use]
    pub fn own_target(&self, source: u64) -> Option<u64> {
        let part = self.module();
        self.own.map(|own| source / part.sources * part.targets + own + source % part.sources)
    }

    /// The place of `source` within `tile`, if it lies there and an autapse could arise.
    #[must_use]
    pub fn own_place(&self, source: u64, tile: Tile) -> Option<u32> {
        let place = self.own_target(source)?.checked_sub(tile.first)?;
        (place < u64::from(tile.size)).then_some(place as u32)
    }

    /// The number of `target` among the sources, if it is one of them.
    #[must_use]
    pub fn own_source(&self, target: u64) -> Option<u64> {
        let part = self.module();
        let source = (target % part.targets).checked_sub(self.own?)?;
        (source < part.sources).then(|| target / part.targets * part.sources + source)
    }
}

/// How many synapses a rule makes, before any is made.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Forecast {
    /// Mean number of synapses in all.
    pub synapses: f64,
    /// Standard deviation of the number of synapses in all.
    pub sd: f64,
    /// Largest in-degree of a target: exact, or at least 10 standard deviations above the mean.
    pub in_degree: f64,
    /// Largest out-degree of a source: exact, or at least 10 standard deviations above the mean.
    pub out_degree: f64,
}

/// The targets of one source in one tile, as places within the tile.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// How the targets are given.
    pub kind: RowKind,
    /// The targets, where they are listed.
    pub targets: Vec<u32>,
    /// For explicit synapses: number of the weight (see [`Rule::weights`]) and delay in steps of
    /// each target; empty where weights and delays are drawn.
    pub explicit: Vec<(u32, u16)>,
}

/// How a [`Row`] gives its targets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RowKind {
    /// They are in [`Row::targets`].
    #[default]
    Listed,
    /// So many targets, drawn independently and uniformly from the tile: the generator draws them
    /// delay by delay.
    Independent(u32),
}

impl Row {
    /// Empties the row and makes it listed.
    pub fn clear(&mut self) {
        self.kind = RowKind::Listed;
        self.targets.clear();
        self.explicit.clear();
    }
}

/// Lists targets by source.
pub trait Rows: Send + Sync {
    /// Writes the targets of `source` in `tile` into `row` (which is cleared first).
    fn row(&self, source: u64, tile: Tile, row: &mut Row);
    /// How many independent targets in a tile every source has, if that is known without asking each.
    fn everyone(&self) -> Option<u32> {
        None
    }
    /// Whether a source may be among its own independent targets.
    fn autapses(&self) -> bool {
        true
    }
}

/// Lists sources by target: for rules that cannot be drawn by source.
pub trait Columns: Send + Sync {
    /// Appends the sources of `target`, in a fixed order.
    fn column(&self, target: u64, sources: &mut Vec<u32>);
}

/// A rule applied to two populations.
pub enum Wiring {
    /// Row by row: can be regenerated whenever a source spikes.
    Rows(Box<dyn Rows>),
    /// Column by column: can only be stored.
    Columns(Box<dyn Columns>),
}

/// A connection rule.
pub trait Rule: Debug + Send + Sync {
    /// The name in configs.
    fn name(&self) -> &'static str;
    /// Refuses what cannot be made, naming the key (within the rule), value, limit and remedy.
    ///
    /// # Errors
    /// For example an in-degree above the number of sources without multapses.
    fn validate(&self, pairing: &Pairing) -> Result<()>;
    /// How many synapses there will be.
    fn forecast(&self, pairing: &Pairing) -> Forecast;
    /// Whether it lists targets by source, so that [`Rule::wire`] gives [`Wiring::Rows`].
    fn by_row(&self) -> bool {
        true
    }
    /// Whether it cuts its populations into parts of its own.
    fn cuts(&self) -> bool {
        false
    }
    /// Whether it can be applied to each pair of linked modules.
    fn by_module(&self) -> bool {
        self.by_row()
    }
    /// Applies the rule to two populations; `validate` has passed.
    ///
    /// # Errors
    /// A file of synapses that cannot be read.
    fn wire(&self, pairing: &Pairing) -> Result<Wiring>;
    /// The weight of each synapse in base units, where the rule lists them explicitly.
    fn weights(&self) -> Option<&[f64]> {
        None
    }
    /// The shortest and longest delay in ms, where the rule lists them explicitly.
    fn delays(&self) -> Option<(f64, f64)> {
        None
    }
    /// A copy.
    fn clone_box(&self) -> Box<dyn Rule>;
}

impl Clone for Box<dyn Rule> {
    fn clone(&self) -> Self {
        self.clone_box()
    }
}

impl<R: Rule + 'static> From<R> for Box<dyn Rule> {
    fn from(rule: R) -> Self {
        Box::new(rule)
    }
}
