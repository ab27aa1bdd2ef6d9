//! Explicit lists of synapses: what the rule `list` reads and an export writes.
//!
//! As text, a file has a header and the columns `source`, `target` (indices within their
//! populations), the weight, named with its unit (`weight_mV`, `weight_pA`, `weight_nS`), and
//! `delay_ms`, in any order. As NPZ it has one array per column, of the same name.

use std::path::Path;

use super::atomic::AtomicFile;
use crate::units::WeightKind;
use crate::{Error, Result};

/// Synapses, one per position of the four columns.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SynapseList {
    /// Index of the source within its population.
    pub source: Vec<u64>,
    /// Index of the target within its population.
    pub target: Vec<u64>,
    /// Weight, in the base unit of `kind`.
    pub weight: Vec<f64>,
    /// Delay in ms.
    pub delay_ms: Vec<f64>,
    /// What the weights are, if the file says so; an empty list need not.
    pub kind: Option<WeightKind>,
}

/// The kinds a column of weights can be of.
pub(super) const KINDS: [WeightKind; 3] = [WeightKind::Voltage, WeightKind::Current, WeightKind::Conductance];

/// The name of the column of weights.
pub(super) fn weight_column(kind: Option<WeightKind>) -> String {
    kind.map_or("weight".into(), |k| format!("weight_{}", k.unit()))
}

impl SynapseList {
    /// How many synapses there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.source.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.source.is_empty()
    }

    /// Reads a file: NPZ when its name ends in `.npz`, text otherwise.
    ///
    /// # Errors
    /// [`Error::Read`] when it cannot be read; [`Error::Malformed`], with line, column and
    /// value, when a column is missing, twice there or unknown, a row too short, an index
    /// negative or broken, a weight not finite, or a delay not a positive number.
    pub fn read(path: &Path) -> Result<Self> {
        if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("npz")) {
            Self::read_npz(path)
        } else {
            Self::read_csv(path)
        }
    }

    /// Reads text.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_csv(path: &Path) -> Result<Self> {
        let file = std::fs::File::open(path).map_err(Error::read(path))?;
        let mut csv = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(file);
        let malformed = |problem: String| Error::Malformed { path: path.to_owned(), problem };
        let header = csv.headers().map_err(|e| malformed(e.to_string()))?.clone();
        let columns = Columns::find(header.iter()).map_err(|e| malformed(format!("line 1: {e}")))?;
        let mut list = Self { kind: columns.kind, ..Self::default() };
        let mut row = csv::StringRecord::new();
        while csv.read_record(&mut row).map_err(|e| malformed(e.to_string()))? {
            let line = row.position().map_or(0, csv::Position::line);
            columns.parse(&row, &mut list).map_err(|e| malformed(format!("line {line}: {e}")))?;
        }
        Ok(list)
    }

    /// Writes text.
    ///
    /// # Errors
    /// [`Error::Create`] or [`Error::Write`]; then nothing is left behind.
    pub fn write_csv(&self, path: &Path) -> Result<()> {
        let mut file = AtomicFile::create(path)?;
        self.write_rows(&mut file).map_err(Error::write(path))?;
        file.commit()
    }

    fn write_rows(&self, out: &mut impl std::io::Write) -> std::io::Result<()> {
        writeln!(out, "source,target,{},delay_ms", weight_column(self.kind))?;
        let ends = self.source.iter().zip(&self.target);
        for ((source, target), (weight, delay)) in ends.zip(self.weight.iter().zip(&self.delay_ms)) {
            writeln!(out, "{source},{target},{weight},{delay}")?;
        }
        Ok(())
    }
}

/// Where the columns of a text stand.
struct Columns {
    source: usize,
    target: usize,
    weight: usize,
    weight_name: String,
    delay: usize,
    kind: Option<WeightKind>,
}

impl Columns {
    fn find<'a>(header: impl Iterator<Item = &'a str>) -> Result<Self, String> {
        let names: Vec<&str> = header.collect();
        let kind = weight_kind(&names)?;
        let weight_name = weight_column(kind);
        for (n, name) in names.iter().enumerate() {
            if !["source", "target", "delay_ms", &weight_name].contains(name) {
                return Err(format!("unknown column `{name}`; expected {EXPECTED}"));
            }
            if names[..n].contains(name) {
                return Err(format!("the column `{name}` is there twice"));
            }
        }
        let place = |name: &str| {
            let found = names.iter().position(|n| *n == name);
            found.ok_or_else(|| format!("no column `{name}`; expected {EXPECTED}"))
        };
        Ok(Self {
            source: place("source")?,
            target: place("target")?,
            weight: place(&weight_name)?,
            delay: place("delay_ms")?,
            weight_name,
            kind,
        })
    }

    fn parse(&self, row: &csv::StringRecord, list: &mut SynapseList) -> Result<(), String> {
        list.source.push(index(&row[self.source], "source")?);
        list.target.push(index(&row[self.target], "target")?);
        list.weight.push(number(&row[self.weight], &self.weight_name)?);
        list.delay_ms.push(delay(number(&row[self.delay], "delay_ms")?)?);
        Ok(())
    }
}

const EXPECTED: &str = "source, target, weight_mV (or weight_pA, weight_nS), delay_ms";

/// The kind of weights that a file's columns name.
pub(super) fn weight_kind(names: &[&str]) -> Result<Option<WeightKind>, String> {
    let mut kinds = KINDS.into_iter().filter(|k| names.contains(&weight_column(Some(*k)).as_str()));
    match (kinds.next(), kinds.next()) {
        (Some(_), Some(_)) => Err("weights in two units; expected one column of weights".into()),
        (None, _) if names.contains(&"weight") => Err(format!("the weights have no unit; expected {EXPECTED}")),
        (None, _) => Err(format!("no column of weights; expected {EXPECTED}")),
        (kind, None) => Ok(kind),
    }
}

fn index(text: &str, column: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("{column} = `{text}`: expected an index, 0 or more"))
}

fn number(text: &str, column: &str) -> Result<f64, String> {
    let value = text.parse().map_err(|_| format!("{column} = `{text}`: expected a number"))?;
    finite(value, column)
}

/// A weight or delay, if it is finite.
pub(super) fn finite(value: f64, column: &str) -> Result<f64, String> {
    if value.is_finite() { Ok(value) } else { Err(format!("{column} = {value}: expected a finite number")) }
}

/// A delay, if it is positive.
pub(super) fn delay(value: f64) -> Result<f64, String> {
    if value > 0.0 { Ok(value) } else { Err(format!("delay_ms = {value}: expected a delay above 0")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(crate) fn list() -> SynapseList {
        SynapseList {
            source: vec![0, 7],
            target: vec![1, 4_000_000_000],
            weight: vec![87.8, -351.2],
            delay_ms: vec![1.5, 0.1],
            kind: Some(WeightKind::Current),
        }
    }

    #[test]
    fn a_list_survives_the_file() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["s.csv", "s.npz"] {
            let path = dir.path().join(name);
            if name.ends_with('z') { list().write_npz(&path).unwrap() } else { list().write_csv(&path).unwrap() }
            assert_eq!(SynapseList::read(&path).unwrap(), list());
        }
        for write in [SynapseList::write_csv, SynapseList::write_npz] {
            assert!(matches!(write(&list(), Path::new("/dev/full")), Err(Error::Write { .. })));
        }
    }

    #[test]
    fn errors_name_line_column_and_value() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s.csv");
        for (text, part) in [
            ("source,target,weight_pA,delay_ms\n0,1,1,1\n0,-1,1,1\n", "line 3: target = `-1`"),
            ("source,target,weight_pA,delay_ms\n0.5,1,1,1\n", "line 2: source = `0.5`"),
            ("source,target,weight_pA,delay_ms\n0,1,nan,1\n", "line 2: weight_pA = NaN"),
            ("source,target,weight_pA,delay_ms\n0,1,x,1\n", "line 2: weight_pA = `x`"),
            ("source,target,weight_pA,delay_ms\n0,1,1,inf\n", "line 2: delay_ms = inf"),
            ("source,target,weight_pA,delay_ms\n0,1,1,0\n", "line 2: delay_ms = 0"),
            ("source,target,weight_pA,delay_ms\n0,1,1\n", "line: 2"),
            ("source,target,weight_pA\n", "line 1: no column `delay_ms`"),
            ("source,target,weight,delay_ms\n", "line 1: the weights have no unit"),
            ("source,target,weight_pA,weight_mV,delay_ms\n", "two units"),
            ("source,target,weight_pA,delay_ms,colour\n", "unknown column `colour`"),
            ("source,source,target,weight_pA,delay_ms\n", "`source` is there twice"),
            ("", "no column of weights"),
        ] {
            std::fs::write(&path, text).unwrap();
            let message = SynapseList::read(&path).unwrap_err().to_string();
            assert!(message.contains(part) && message.contains("s.csv"), "{text}: {message}");
        }
        assert!(matches!(SynapseList::read(&dir.path().join("none.csv")), Err(Error::Read { .. })));
    }
}
