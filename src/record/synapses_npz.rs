//! Lists of synapses as NumPy arrays.

use std::io::{Read, Seek};
use std::path::Path;

use ndarray::{Array1, Ix1, OwnedRepr};
use ndarray_npy::{NpzReader, NpzWriter, ReadableElement};

use super::atomic::AtomicFile;
use super::npz::npz_error;
use super::synapses::{SynapseList, delay, finite, weight_column, weight_kind};
use crate::{Error, Result};

impl SynapseList {
    /// Reads the arrays of an NPZ file; indices may be of any integer type, weights and
    /// delays of either floating-point type.
    ///
    /// # Errors
    /// As [`read`](Self::read), with the position in the array for the line.
    pub fn read_npz(path: &Path) -> Result<Self> {
        let file = std::fs::File::open(path).map_err(Error::read(path))?;
        read(file).map_err(|problem| Error::Malformed { path: path.to_owned(), problem })
    }

    /// Writes the arrays of an NPZ file.
    ///
    /// # Errors
    /// [`Error::Create`] or [`Error::Write`]; then nothing is left behind.
    pub fn write_npz(&self, path: &Path) -> Result<()> {
        let mut npz = NpzWriter::new(AtomicFile::create(path)?);
        let error = npz_error(path);
        npz.add_array("source", &ndarray::aview1(&self.source)).map_err(&error)?;
        npz.add_array("target", &ndarray::aview1(&self.target)).map_err(&error)?;
        npz.add_array(weight_column(self.kind), &ndarray::aview1(&self.weight)).map_err(&error)?;
        npz.add_array("delay_ms", &ndarray::aview1(&self.delay_ms)).map_err(&error)?;
        npz.finish().map_err(&error)?.commit()
    }
}

fn read(file: impl Read + Seek) -> Result<SynapseList, String> {
    let mut npz = NpzReader::new(file).map_err(|e| format!("not readable as NPZ: {e}"))?;
    let names = npz.names().map_err(|e| e.to_string())?;
    let kind = weight_kind(&names.iter().map(String::as_str).collect::<Vec<_>>())?;
    let weight_name = weight_column(kind);
    let mut list = SynapseList {
        source: indices(&mut npz, "source")?,
        target: indices(&mut npz, "target")?,
        weight: numbers(&mut npz, &weight_name)?,
        delay_ms: numbers(&mut npz, "delay_ms")?,
        kind,
    };
    list.delay_ms = checked(list.delay_ms, "delay_ms", delay)?;
    let lengths = [list.source.len(), list.target.len(), list.weight.len(), list.delay_ms.len()];
    if lengths.iter().any(|&n| n != lengths[0]) {
        return Err(format!(
            "arrays of different lengths: source {}, target {}, {weight_name} {}, delay_ms {}",
            lengths[0], lengths[1], lengths[2], lengths[3]
        ));
    }
    Ok(list)
}

fn array<T: ReadableElement + Clone>(npz: &mut NpzReader<impl Read + Seek>, name: &str) -> Result<Vec<T>, String> {
    let array: Result<Array1<T>, _> = npz.by_name::<OwnedRepr<T>, Ix1>(name);
    array.map(|a| a.to_vec()).map_err(|e| format!("array `{name}`: {e}"))
}

/// Indices of any integer type; a negative one is an error.
fn indices(npz: &mut NpzReader<impl Read + Seek>, name: &str) -> Result<Vec<u64>, String> {
    if let Ok(unsigned) = array::<u64>(npz, name) {
        return Ok(unsigned);
    }
    if let Ok(unsigned) = array::<u32>(npz, name) {
        return Ok(unsigned.into_iter().map(u64::from).collect());
    }
    let signed = match array::<i32>(npz, name) {
        Ok(short) => short.into_iter().map(i64::from).collect(),
        Err(_) => array::<i64>(npz, name)?,
    };
    let index = |i: i64| u64::try_from(i).map_err(|_| format!("{name} = {i}: expected an index, 0 or more"));
    checked(signed, name, index)
}

fn numbers(npz: &mut NpzReader<impl Read + Seek>, name: &str) -> Result<Vec<f64>, String> {
    let values = match array::<f32>(npz, name) {
        Ok(single) => single.into_iter().map(f64::from).collect(),
        Err(_) => array::<f64>(npz, name)?,
    };
    checked(values, name, |v| finite(v, name))
}

/// Applies `check` to every value; an error names the position.
fn checked<T, U>(values: Vec<T>, name: &str, check: impl Fn(T) -> Result<U, String>) -> Result<Vec<U>, String> {
    let at = |(n, value)| check(value).map_err(|e| format!("array `{name}`, position {n}: {e}"));
    values.into_iter().enumerate().map(at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(source: &[i64], weight: &[f32]) -> String {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s.npz");
        let mut npz = NpzWriter::new(std::fs::File::create(&path).unwrap());
        npz.add_array("source", &ndarray::aview1(source)).unwrap();
        npz.add_array("target", &ndarray::aview1(&[0u32, 1])).unwrap();
        npz.add_array("weight_mV", &ndarray::aview1(weight)).unwrap();
        npz.add_array("delay_ms", &ndarray::aview1(&[1.0, 1.0])).unwrap();
        npz.finish().unwrap();
        SynapseList::read(&path).map_or_else(|e| e.to_string(), |l| format!("{l:?}"))
    }

    #[test]
    fn errors_name_array_position_and_value() {
        for (source, weight, part) in [
            (&[0, 1][..], &[0.5, 0.5][..], "kind: Some(Voltage)"),
            (&[0, -3], &[0.5, 0.5], "array `source`, position 1: source = -3"),
            (&[0, 1], &[0.5, f32::NAN], "array `weight_mV`, position 1: weight_mV = NaN"),
            (&[0], &[0.5, 0.5], "different lengths: source 1, target 2"),
        ] {
            let message = message(source, weight);
            assert!(message.contains(part), "{message}");
        }
    }

    #[test]
    fn other_files_are_errors() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s.npz");
        std::fs::write(&path, b"PK no zip").unwrap();
        assert!(matches!(SynapseList::read(&path), Err(Error::Malformed { .. })));
    }
}
