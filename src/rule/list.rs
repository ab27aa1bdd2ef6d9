//! Synapses listed one by one.

use std::path::PathBuf;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Forecast, Pairing, Row, Rows, Rule, Tile, Wiring};
use crate::random::{Delays, some_steps, step_of, time_at};
use crate::units::{Quantity, Time};
use crate::{Error, Result};

/// Synapses listed one by one in a file, each with its own weight and delay; the weight and delay
/// of the projection are not used.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// A file (.csv or .npz) with one synapse per row: source, target (numbers within their
    /// populations, from 0; through all of them where the target is `exc + inh`), weight (in the base unit of the receptor: mV, pA or nS), delay (ms).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<PathBuf>,
    /// What the file contains, once it has been read.
    #[serde(skip)]
    table: Option<Arc<Table>>,
}

/// A synapse of a [`List`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Listed {
    /// The number of the source within its population.
    pub source: u64,
    /// The number of the target within its population.
    pub target: u64,
    /// The weight in the base unit of the receptor: mV, pA or nS.
    pub weight: f64,
    /// The delay in ms.
    pub delay: f64,
}

/// Listed synapses by source and target, as columns.
#[derive(Debug, PartialEq)]
struct Table {
    sources: Vec<u64>,
    targets: Vec<u64>,
    weights: Vec<f64>,
    delays: Vec<f64>,
    /// The place of each in the list as it was given, for messages.
    places: Vec<u32>,
    shortest: f64,
    longest: f64,
    in_degree: u64,
    out_degree: u64,
}

/// What stands for the delay of no synapse at all, in ms.
const NONE: f64 = 1.0;

/// The length of the longest run of equal values.
fn longest_run(sorted: &[u64]) -> u64 {
    sorted.chunk_by(|a, b| a == b).map(<[u64]>::len).max().unwrap_or(0) as u64
}

impl Table {
    fn new(synapses: &[Listed]) -> Self {
        let mut places: Vec<u32> = (0..synapses.len() as u32).collect();
        places.sort_by_key(|&i| (synapses[i as usize].source, synapses[i as usize].target));
        let column = |f: fn(&Listed) -> f64| -> Vec<f64> {
            places.iter().map(|&i| f(&synapses[i as usize])).collect()
        };
        let (weights, delays) = (column(|s| s.weight), column(|s| s.delay));
        let sources: Vec<u64> = places.iter().map(|&i| synapses[i as usize].source).collect();
        let targets: Vec<u64> = places.iter().map(|&i| synapses[i as usize].target).collect();
        let mut sorted = targets.clone();
        sorted.sort_unstable();
        Self {
            shortest: delays.iter().copied().reduce(f64::min).unwrap_or(NONE),
            longest: delays.iter().copied().reduce(f64::max).unwrap_or(NONE),
            in_degree: longest_run(&sorted),
            out_degree: longest_run(&sources),
            sources,
            targets,
            weights,
            delays,
            places,
        }
    }

    fn validate(&self, i: usize, pairing: &Pairing) -> Result<()> {
        let place = self.places[i];
        let refuse =
            |what, problem: String| Err(Error::parameter(format!("[{place}].{what}"), problem));
        let (source, target) = (self.sources[i], self.targets[i]);
        for (what, number, size) in
            [("source", source, pairing.sources), ("target", target, pairing.targets)]
        {
            if number >= size {
                return refuse(
                    what,
                    format!(
                        "{number} is out of range: the {what} has the neurons 0 to {}",
                        size - 1
                    ),
                );
            }
        }
        if !self.weights[i].is_finite() {
            return refuse("weight", format!("{} is not a finite weight", self.weights[i]));
        }
        let key = format!("[{place}].delay");
        let delay = Time::new(self.delays[i]);
        let steps = some_steps(delay, pairing.dt).map_err(|e| e.within(&key))?;
        let most = u64::from(Delays::MAX_STEPS);
        if steps > most {
            let longest = time_at(most, pairing.dt.ms());
            return refuse(
                "delay",
                format!("{delay} = {steps} steps is out of range: give at most {longest} ms"),
            );
        }
        Ok(())
    }
}

impl List {
    /// These synapses, in any order.
    ///
    /// # Errors
    /// More synapses than can be numbered.
    pub fn new(synapses: &[Listed]) -> Result<Self> {
        if u32::try_from(synapses.len()).is_err() {
            let most = u32::MAX;
            return Err(Error::parameter(
                "",
                format!("{} synapses are too many for a list: at most {most}", synapses.len()),
            ));
        }
        Ok(Self { path: None, table: Some(Arc::new(Table::new(synapses))) })
    }

    /// Synapses that a file contains; those read from it are given with [`List::load`].
    pub fn from_file(path: impl Into<PathBuf>) -> Self {
        Self { path: Some(path.into()), table: None }
    }

    /// The same list with what its file contains.
    ///
    /// # Errors
    /// As [`List::new`].
    pub fn load(self, synapses: &[Listed]) -> Result<Self> {
        Ok(Self { path: self.path, ..Self::new(synapses)? })
    }

    /// Whether the synapses are known, so that the list can be used.
    #[must_use]
    pub fn is_loaded(&self) -> bool {
        self.table.is_some()
    }

    fn table(&self) -> Result<&Arc<Table>> {
        self.table.as_ref().ok_or_else(|| {
            let path = self.path.as_deref().unwrap_or("".as_ref());
            Error::parameter(
                "path",
                format!("the synapses of \"{}\" have not been read: load the list", path.display()),
            )
        })
    }
}

impl Rule for List {
    fn name(&self) -> &'static str {
        "list"
    }

    fn validate(&self, pairing: &Pairing) -> Result<()> {
        let table = self.table()?;
        (0..table.sources.len()).try_for_each(|i| table.validate(i, pairing))
    }

    fn forecast(&self, _: &Pairing) -> Forecast {
        let Some(table) = &self.table else {
            return Forecast { synapses: 0.0, sd: 0.0, in_degree: 0.0, out_degree: 0.0 };
        };
        Forecast {
            synapses: table.sources.len() as f64,
            sd: 0.0,
            in_degree: table.in_degree as f64,
            out_degree: table.out_degree as f64,
        }
    }

    fn by_module(&self) -> bool {
        false
    }

    fn wire(&self, pairing: &Pairing) -> Result<Wiring> {
        Ok(Wiring::Rows(Box::new(Entries { table: self.table()?.clone(), dt: pairing.dt })))
    }

    fn weights(&self) -> Option<&[f64]> {
        // Also before they are read, they are none of the projection's.
        Some(self.table.as_ref().map_or(&[], |table| &table.weights[..]))
    }

    fn delays(&self) -> Option<(f64, f64)> {
        Some(self.table.as_ref().map_or((NONE, NONE), |table| (table.shortest, table.longest)))
    }

    fn clone_box(&self) -> Box<dyn Rule> {
        Box::new(self.clone())
    }
}

struct Entries {
    table: Arc<Table>,
    dt: Time,
}

impl Rows for Entries {
    fn row(&self, source: u64, tile: Tile, row: &mut Row) {
        row.clear();
        let (sources, targets) = (&self.table.sources, &self.table.targets);
        let from = sources.partition_point(|&s| s < source);
        let to = from + sources[from..].partition_point(|&s| s == source);
        let end = tile.first + u64::from(tile.size);
        let first = from + targets[from..to].partition_point(|&t| t < tile.first);
        let last = from + targets[from..to].partition_point(|&t| t < end);
        row.targets.extend(targets[first..last].iter().map(|t| (t - tile.first) as u32));
        row.explicit.extend(
            (first..last)
                .map(|i| (i as u32, step_of(Time::new(self.table.delays[i]), self.dt) as u16)),
        );
    }
}
