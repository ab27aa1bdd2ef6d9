//! Which modules project to which: a rule over modules, as the other rules are over neurons.
//!
//! The populations of a modular network are cut into so many equal parts. A projection is made
//! module by module: its rule is applied to each pair of modules that are linked, as if they were
//! two populations.

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
        let all = 0..modules;
        let mut links: Vec<Vec<Link>> = match self {
            Self::Ring { neighbours } => {
                check_neighbours(*neighbours, modules)?;
                all.map(|from| nearest(from, *neighbours, modules).collect()).collect()
            }
            Self::SmallWorld { neighbours, rewiring } => {
                check_neighbours(*neighbours, modules)?;
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
                    check_module(&format!("list.{i}"), from.max(to), modules)?;
                    links[from as usize].push(Link { target: to as u32, distance: 0.0 });
                }
                links
            }
            Self::Matrix(rows) => matrix(rows, modules)?,
        };
        for of_one in &mut links {
            of_one.sort_by_key(|link| link.target);
            if let Some(pair) = of_one.windows(2).find(|p| p[0].target == p[1].target) {
                let problem = format!("a link to module {} is given twice", pair[0].target);
                return Err(Error::parameter("list", problem));
            }
        }
        Ok(links)
    }

    /// Whether modules have a distance.
    #[must_use]
    pub fn has_distance(&self) -> bool {
        !matches!(self, Self::List(_) | Self::Matrix(_))
    }
}

fn check_neighbours(neighbours: u64, modules: u64) -> Result<()> {
    if (1..modules).contains(&neighbours) {
        return Ok(());
    }
    let others = modules - 1;
    let problem = format!(
        "{neighbours} neighbours are out of range: with {modules} modules there are 1 to {others}; change this or the number of modules"
    );
    Err(Error::parameter("neighbours", problem))
}

fn check_module(key: &str, module: u64, modules: u64) -> Result<()> {
    if module < modules {
        return Ok(());
    }
    let problem =
        format!("there is no module {module}: with {modules} modules, give 0 to {}", modules - 1);
    Err(Error::parameter(key, problem))
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
    for i in 0..links.len() {
        // Where all are linked, there is none to choose.
        if stream.unit() >= rewiring || neighbours + 1 == modules {
            continue;
        }
        links[i] = loop {
            let target = stream.below(modules);
            if target != from && links.iter().all(|l| u64::from(l.target) != target) {
                break link(from, target, modules);
            }
        };
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
    let wrong = |what: String| {
        let problem =
            format!("{what}, but there are {modules} modules: give {modules} by {modules}");
        Err(Error::parameter("matrix", problem))
    };
    if rows.len() != size {
        return wrong(format!("the matrix has {} rows", rows.len()));
    }
    let mut links = vec![Vec::new(); size];
    for (target, row) in rows.iter().enumerate() {
        if row.len() != size {
            return wrong(format!("row {target} of the matrix has {} values", row.len()));
        }
        for (from, &value) in row.iter().enumerate() {
            match value {
                0 => {}
                1 => links[from].push(Link { target: target as u32, distance: 0.0 }),
                _ => {
                    let problem = format!("{value} is neither 0 nor 1");
                    return Err(Error::parameter(format!("matrix.{target}"), problem));
                }
            }
        }
    }
    Ok(links)
}

#[cfg(test)]
mod tests {
    use super::*;

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
