//! Which tiles of the target population each module projects to.

use std::ops::Range;
use std::sync::Arc;

use super::{Pairing, Tile};

/// Where the links of each module lead, and how late: the same for populations of any size.
#[derive(Debug, Default)]
pub struct Ways {
    /// Those of all modules, one module after the other, ascending in each.
    all: Vec<Way>,
    /// Where those of each module end.
    ends: Vec<usize>,
}

/// One link.
#[derive(Clone, Copy, Debug)]
struct Way {
    /// The tile it leads to.
    to: u32,
    /// What is added to every delay, in steps.
    later: u16,
}

impl Ways {
    /// The ways out of each module: the number of a tile and what is added to every delay, in steps.
    /// Numbers ascend.
    pub fn new<M>(modules: impl Iterator<Item = M>) -> Self
    where
        M: IntoIterator<Item = (u32, u16)>,
    {
        let mut ways = Self::default();
        for module in modules {
            ways.all.extend(module.into_iter().map(|(to, later)| Way { to, later }));
            ways.ends.push(ways.all.len());
        }
        ways
    }

    /// Each of so many modules to itself.
    #[must_use]
    pub fn own(modules: u64) -> Self {
        Self::new((0..modules as u32).map(|module| [(module, 0)]))
    }

    /// Those of a module.
    fn of(&self, module: usize) -> &[Way] {
        let begin = module.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.all[begin..self.ends[module]]
    }
}

/// The tiles of a target population that each module projects to.
#[derive(Clone, Debug)]
pub struct Tiles {
    pairing: Pairing,
    /// Targets of a tile.
    size: u64,
    ways: Arc<Ways>,
}

impl Tiles {
    /// Those of `pairing` to which `ways` lead.
    #[must_use]
    pub fn new(pairing: Pairing, ways: Arc<Ways>) -> Self {
        Self { size: pairing.tile_size(), pairing, ways }
    }

    /// Each module to itself; without modules, all tiles.
    #[must_use]
    pub fn own(pairing: Pairing) -> Self {
        let ways = if pairing.modules > 1 {
            Ways::own(pairing.modules)
        } else {
            Ways::new([(0..pairing.tile_count() as u32).map(|tile| (tile, 0))].into_iter())
        };
        Self::new(pairing, Arc::new(ways))
    }

    /// How many modules project.
    #[must_use]
    pub fn modules(&self) -> usize {
        self.ways.ends.len()
    }

    /// How many tiles all modules project to, each counted for each module.
    #[must_use]
    pub fn count(&self) -> usize {
        self.ways.all.len()
    }

    /// The tiles that `module` projects to, ascending.
    pub fn of(&self, module: usize) -> impl Iterator<Item = Tile> {
        self.cut(self.ways.of(module))
    }

    /// The same, of those with numbers `among`.
    pub fn among(&self, module: usize, among: Range<u32>) -> impl Iterator<Item = Tile> {
        let all = self.ways.of(module);
        let place = |number: u32| all.partition_point(|way| way.to < number);
        self.cut(&all[place(among.start)..place(among.end)])
    }

    /// The tiles of all modules, one module after the other.
    pub fn all(&self) -> impl Iterator<Item = Tile> {
        self.cut(&self.ways.all)
    }

    /// The least and the most that is added to any delay, in steps.
    #[must_use]
    pub fn later(&self) -> (u16, u16) {
        let later = || self.ways.all.iter().map(|way| way.later);
        (later().min().unwrap_or(0), later().max().unwrap_or(0))
    }

    fn cut(&self, ways: &[Way]) -> impl Iterator<Item = Tile> {
        ways.iter()
            .map(|way| Tile { later: way.later, ..self.pairing.cut(u64::from(way.to), self.size) })
    }
}
