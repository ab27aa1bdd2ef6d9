//! Which modules project to which: a rule over modules, as the other rules are over neurons.
//!
//! The populations of a modular network are cut into so many equal parts. A projection is made
//! module by module: its rule is applied to each pair of modules that are linked, as if they were
//! two populations.

use std::collections::HashSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::random::{Key, Purpose, Stream};
use crate::{Error, Result};

/// Which modules a module projects to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Between {
    /// The modules lie on a ring; each projects to the `neighbours` nearest: the next, the one
    /// before, the one after the next, and so on. Distance is counted along the ring.
    Ring {
        /// How many, from 1 to the number of other modules.
        neighbours: u64,
    },
    /// As `ring`, but each link is replaced with probability `rewiring` by one to a module drawn at
    /// random from those that are not linked yet (Watts & Strogatz 1998, doi 10.1038/30918).
    /// The links follow from the seed: projections of the same kind have the same.
    SmallWorld {
        /// How many, from 1 to the number of other modules.
        neighbours: u64,
        /// The probability, from 0 to 1.
        rewiring: f64,
    },
    /// The modules lie on a grid, row by row; each projects to all others within `radius`.
    /// Distance is that of places on the grid.
    Grid {
        /// The greatest distance, at least 1.
        radius: f64,
        /// How many places a row has; as many as there are rows if not given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        columns: Option<u64>,
    },
    /// Pairs of modules, `[source, target]`, numbered from 0. They have no distance.
    List(Vec<(u64, u64)>),
    /// `matrix[target][source]` is 1 where the source projects to the target, else 0. There is
    /// no distance.
    Matrix(Vec<Vec<u8>>),
}

/// Links between modules that a projection has at most.
const MAX_LINKS: u64 = 10_000_000;

/// A link to another module.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Link {
    /// The module it leads to.
    pub target: u32,
    /// How far that is, in places.
    pub distance: f64,
}

impl Between {
    /// The links of each of `modules` modules, by target.
    ///
    /// # Errors
    /// What is impossible with so many modules, with key, value, limit and remedy.
    pub fn links(&self, modules: u64, seed: u64) -> Result<Vec<Vec<Link>>> {
        if modules == 0 {
            return Err(Error::parameter("modules", "0 is out of range: give at least 1"));
        }
        let all = 0..modules;
        let mut links: Vec<Vec<Link>> = match self {
            Self::Ring { neighbours } => {
                check_neighbours("ring.neighbours", *neighbours, modules)?;
                all.map(|from| nearest(from, *neighbours, modules).collect()).collect()
            }
            Self::SmallWorld { neighbours, rewiring } => {
                check_neighbours("small_world.neighbours", *neighbours, modules)?;
                if !(0.0..=1.0).contains(rewiring) {
                    let problem = format!("{rewiring} is no probability: give one from 0 to 1");
                    return Err(Error::parameter("small_world.rewiring", problem));
                }
                all.map(|from| rewire(from, *neighbours, *rewiring, modules, seed)).collect()
            }
            Self::Grid { radius, columns } => grid(*radius, *columns, modules)?,
            Self::List(pairs) => {
                let mut links = vec![Vec::new(); modules as usize];
                for (i, &(from, to)) in pairs.iter().enumerate() {
                    let key = || format!("list[{i}]");
                    check_module(key, from.max(to), modules)?;
                    links[from as usize].push(Link { target: to as u32, distance: 0.0 });
                }
                check_once(pairs)?;
                links
            }
            Self::Matrix(rows) => matrix(rows, modules)?,
        };
        for of_one in &mut links {
            of_one.sort_by_key(|link| link.target);
        }
        Ok(links)
    }

    /// Whether modules have a distance.
    #[must_use]
    pub fn has_distance(&self) -> bool {
        !matches!(self, Self::List(_) | Self::Matrix(_))
    }
}

fn check_neighbours(key: &str, neighbours: u64, modules: u64) -> Result<()> {
    if (1..modules).contains(&neighbours) {
        return check_count(key, neighbours, modules);
    }
    let others = modules - 1;
    let problem = format!(
        "{neighbours} neighbours are out of range: with {modules} modules there are 1 to {others}; change this or the number of modules"
    );
    Err(Error::parameter(key, problem))
}

/// Refuses more links than are kept in memory without noticing.
fn check_count(key: &str, each: u64, modules: u64) -> Result<()> {
    let links = modules.saturating_mul(each);
    if links <= MAX_LINKS {
        return Ok(());
    }
    let problem = format!(
        "{modules} modules with up to {each} links each are too many: at most {MAX_LINKS} links are possible; give fewer, or take fewer and larger modules"
    );
    Err(Error::parameter(key, problem))
}

fn check_module(key: impl Fn() -> String, module: u64, modules: u64) -> Result<()> {
    if module < modules {
        return Ok(());
    }
    let problem =
        format!("there is no module {module}: with {modules} modules, give 0 to {}", modules - 1);
    Err(Error::parameter(key(), problem))
}

/// Refuses a link that is listed before.
fn check_once(pairs: &[(u64, u64)]) -> Result<()> {
    let mut order: Vec<usize> = (0..pairs.len()).collect();
    order.sort_by_key(|&i| pairs[i]);
    let twice = order.windows(2).filter(|two| pairs[two[0]] == pairs[two[1]]).map(|two| two[1]);
    let Some(i) = twice.min() else { return Ok(()) };
    let (from, to) = pairs[i];
    let problem = format!("a link from module {from} to {to} is given twice: take one away");
    Err(Error::parameter(format!("list[{i}]"), problem))
}

/// Links to the nearest on a ring.
fn nearest(from: u64, neighbours: u64, modules: u64) -> impl Iterator<Item = Link> {
    (0..neighbours).map(move |k| {
        let steps = k / 2 + 1;
        let to = if k % 2 == 0 { from + steps } else { from + modules - steps };
        link(from, to % modules, modules)
    })
}

/// A link along a ring.
fn link(from: u64, target: u64, modules: u64) -> Link {
    let steps = from.abs_diff(target);
    Link { target: target as u32, distance: steps.min(modules - steps) as f64 }
}

fn rewire(from: u64, neighbours: u64, rewiring: f64, modules: u64, seed: u64) -> Vec<Link> {
    let key = Key::new(seed, Purpose::Module, 0);
    let mut stream = Stream::new(key, [from as u32, (from >> 32) as u32, 0]);
    let mut links: Vec<Link> = nearest(from, neighbours, modules).collect();
    let mut linked: HashSet<u64> = links.iter().map(|link| u64::from(link.target)).collect();
    linked.insert(from);
    // Where most are linked, the others are few enough to be listed.
    let dense = neighbours > modules / 2;
    let mut free: Vec<u64> =
        if dense { (0..modules).filter(|m| !linked.contains(m)).collect() } else { Vec::new() };
    for old in &mut links {
        // Where all are linked, there is none to choose.
        if stream.unit() >= rewiring || neighbours + 1 == modules {
            continue;
        }
        let before = u64::from(old.target);
        let target = if dense {
            let place = stream.below(free.len() as u64) as usize;
            std::mem::replace(&mut free[place], before)
        } else {
            std::iter::repeat_with(|| stream.below(modules))
                .find(|target| !linked.contains(target))
                .unwrap_or(before)
        };
        linked.remove(&before);
        linked.insert(target);
        *old = link(from, target, modules);
    }
    links
}

fn grid(radius: f64, columns: Option<u64>, modules: u64) -> Result<Vec<Vec<Link>>> {
    if !(1.0..=1e6).contains(&radius) {
        let problem = format!("{radius} is no radius: give at least 1, the distance of neighbours");
        return Err(Error::parameter("grid.radius", problem));
    }
    let columns = columns.unwrap_or_else(|| libm::ceil(libm::sqrt(modules as f64)) as u64);
    if !(1..=modules).contains(&columns) {
        let problem = format!("{columns} is out of range: {modules} modules make 1 to {modules}");
        return Err(Error::parameter("grid.columns", problem));
    }
    let reach = (radius as u64).min(modules);
    let within = (2 * reach + 1).min(columns) * (2 * reach + 1).min(modules.div_ceil(columns));
    check_count("grid.radius", within, modules)?;
    let of = |from: u64| {
        let (row, column) = (from / columns, from % columns);
        let rows = row.saturating_sub(reach)..=(row + reach).min((modules - 1) / columns);
        let mut links = Vec::new();
        for r in rows {
            for c in column.saturating_sub(reach)..=(column + reach).min(columns - 1) {
                let target = r * columns + c;
                let distance = libm::hypot(r.abs_diff(row) as f64, c.abs_diff(column) as f64);
                if target < modules && target != from && distance <= radius {
                    links.push(Link { target: target as u32, distance });
                }
            }
        }
        links
    };
    Ok((0..modules).map(of).collect())
}

fn matrix(rows: &[Vec<u8>], modules: u64) -> Result<Vec<Vec<Link>>> {
    let size = modules as usize;
    let wrong = |key: &str, what: String| {
        let problem =
            format!("{what}, but there are {modules} modules: give {modules} by {modules}");
        Err(Error::parameter(key, problem))
    };
    if rows.len() != size {
        return wrong("matrix", format!("the matrix has {} rows", rows.len()));
    }
    let mut links = vec![Vec::new(); size];
    for (target, row) in rows.iter().enumerate() {
        if row.len() != size {
            let what = format!("row {target} of the matrix has {} values", row.len());
            return wrong(&format!("matrix[{target}]"), what);
        }
        for (from, &value) in row.iter().enumerate() {
            match value {
                0 => {}
                1 => links[from].push(Link { target: target as u32, distance: 0.0 }),
                _ => {
                    let problem = format!("{value} is neither 0 nor 1: give 1 for a link, else 0");
                    return Err(Error::parameter(format!("matrix[{target}]"), problem));
                }
            }
        }
    }
    Ok(links)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_links_than_fit_are_refused_at_once() {
        let each = [
            Between::Ring { neighbours: 500_000 },
            Between::SmallWorld { neighbours: 500_000, rewiring: 0.5 },
            Between::Grid { radius: 1e6, columns: None },
        ];
        for between in each {
            let error = between.links(1_000_000, 1).expect_err("too many").to_string();
            assert!(error.contains("at most 10000000 links"), "{error}");
        }
        assert!(Between::Grid { radius: 1.0, columns: None }.links(1_000_000, 1).is_ok());
        for between in [Between::List(vec![]), Between::Ring { neighbours: 1 }] {
            assert!(between.links(0, 1).is_err(), "no modules");
        }
    }

    fn targets(between: &Between, modules: u64) -> Vec<Vec<u32>> {
        let links = between.links(modules, 3).expect("possible links");
        links.iter().map(|of| of.iter().map(|l| l.target).collect()).collect()
    }

    #[test]
    fn a_ring_links_the_nearest() {
        let found = targets(&Between::Ring { neighbours: 3 }, 7);
        assert_eq!(found[0], [1, 2, 6]);
        assert_eq!(found[6], [0, 1, 5]);
        assert_eq!(targets(&Between::Ring { neighbours: 2 }, 3), [[1, 2], [0, 2], [0, 1]]);
        for bad in [0, 7] {
            assert!(Between::Ring { neighbours: bad }.links(7, 3).is_err());
        }
    }

    #[test]
    fn a_small_world_has_as_many_links_some_of_them_long() {
        let links = Between::SmallWorld { neighbours: 4, rewiring: 0.25 };
        let links = links.links(1000, 3).expect("possible links");
        let all: Vec<Link> = links.iter().flatten().copied().collect();
        assert_eq!(all.len(), 4000);
        let long = all.iter().filter(|l| l.distance > 2.0).count();
        assert!((900..1100).contains(&long), "{long}");
        for (from, of) in links.iter().enumerate() {
            assert!(of.iter().all(|l| l.target as usize != from));
            assert!(of.windows(2).all(|p| p[0].target < p[1].target), "no link twice");
        }
        let ring = targets(&Between::Ring { neighbours: 4 }, 9);
        assert_eq!(targets(&Between::SmallWorld { neighbours: 4, rewiring: 0.0 }, 9), ring);
        // Where few are free, too: each link but the old ones may be drawn.
        let dense = Between::SmallWorld { neighbours: 597, rewiring: 1.0 };
        for (from, of) in (0..).zip(dense.links(600, 3).expect("possible links").iter().take(20)) {
            assert_eq!(of.len(), 597);
            assert!(of.iter().all(|l| l.target != from));
            assert!(of.windows(2).all(|p| p[0].target < p[1].target), "no link twice");
        }
        let all = Between::SmallWorld { neighbours: 4, rewiring: 1.0 };
        assert_eq!(targets(&all, 5)[2], [0, 1, 3, 4], "nobody else to be linked to");
    }

    #[test]
    fn a_grid_links_all_within_the_radius() {
        let found = targets(&Between::Grid { radius: 1.0, columns: None }, 8);
        assert_eq!(found[4], [1, 3, 5, 7]);
        assert_eq!(found[5], [2, 4], "the last place of the grid is empty");
        let links = Between::Grid { radius: 1.5, columns: Some(4) }.links(8, 3).expect("links");
        let to = |target| links[1].iter().find(|l| l.target == target).map(|l| l.distance);
        assert_eq!((to(0), to(5)), (Some(1.0), Some(1.0)));
        assert_eq!(to(4), Some(libm::sqrt(2.0)));
        assert_eq!(links[1].len(), 5);
    }

    #[test]
    fn lists_and_matrices_are_taken_as_they_are() {
        let list = Between::List(vec![(2, 0), (0, 1), (0, 0)]);
        assert_eq!(targets(&list, 3), [vec![0, 1], vec![], vec![0]]);
        let matrix = Between::Matrix(vec![vec![1, 0, 1], vec![1, 0, 0], vec![0, 0, 0]]);
        assert_eq!(targets(&matrix, 3), targets(&list, 3));
        assert!(list.links(2, 3).is_err() && matrix.links(4, 3).is_err());
        assert!(Between::List(vec![(0, 1), (0, 1)]).links(3, 3).is_err());
    }
}
