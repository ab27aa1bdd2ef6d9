//! State recordings as SONATA reports, text and `NumPy` arrays.
//!
//! SONATA's report holds one variable, so each probe has a file of its own:
//!
//! ```text
//! /report/NAME/data                    f32 [samples x neurons], units
//! /report/NAME/mapping/node_ids        u64, index within the population
//!                      index_pointers  u64, one element per neuron
//!                      element_ids     u32, all 0: a point neuron has one element
//!                      time            f64 [begin, end, interval], ms
//! ```
//!
//! Readers of SONATA take `data` in single precision only; text and `NumPy` arrays keep double.

use std::io::Write;
use std::path::Path;

use ndarray::{Array1, Array2};
use ndarray_npy::NpzWriter;

use super::atomic::AtomicFile;
use super::hdf5::{Attribute, Hdf5File, Node, Type};
use super::npz::npz_error;
use super::sonata::root_attributes;
use super::{SpoolFile, StateProbe};
use crate::{Error, Result};

/// Writes what a probe recorded as a SONATA report, in memory that does not depend on time.
///
/// # Errors
/// [`Error::Create`], [`Error::Write`], and whatever reading the spool returns.
///
/// # Panics
/// When the spool has no such probe.
pub fn write_state_sonata(spool: &SpoolFile, probe: usize, path: &Path) -> Result<()> {
    let (header, samples) = (spool.header(), spool.samples()[probe]);
    let probe_of = &header.states[probe];
    let mut file = Hdf5File::create(path, &tree(probe_of, samples))?;
    let at = |step| header.recording.time_ms(step);
    let times = [probe_of.first_step, probe_of.step(samples), probe_of.interval_steps].map(at);
    file.write(0, 0, &u64_bytes(probe_of.neurons.iter().copied()))?;
    file.write(1, 0, &u64_bytes(0..=probe_of.neurons.len() as u64))?;
    file.write(2, 0, &vec![0; 4 * probe_of.neurons.len()])?;
    file.write(3, 0, &f64_bytes(&times))?;
    let mut offset = 0;
    spool.for_each_state(probe, &mut |values| {
        let single: Vec<u8> = values.iter().flat_map(|&x| (x as f32).to_le_bytes()).collect();
        file.write(4, offset, &single)?;
        offset += single.len() as u64;
        Ok(())
    })?;
    file.commit()
}

fn tree(probe: &StateProbe, samples: u64) -> Node {
    let neurons = probe.neurons.len() as u64;
    let sorted = probe.neurons.is_sorted();
    let sorted =
        Attribute { name: "sorted", of: Type::U8, shape: vec![], bytes: vec![sorted.into()] };
    let ms = Attribute::text("units", "ms");
    let mapping = vec![
        ("node_ids".into(), Node::Dataset(Type::U64, vec![neurons], vec![sorted])),
        ("index_pointers".into(), Node::Dataset(Type::U64, vec![neurons + 1], vec![])),
        ("element_ids".into(), Node::Dataset(Type::U32, vec![neurons], vec![])),
        ("time".into(), Node::Dataset(Type::F64, vec![3], vec![ms])),
    ];
    let about =
        vec![Attribute::text("units", &probe.unit), Attribute::text("variable", &probe.variable)];
    let report = vec![
        ("mapping".into(), Node::Group(mapping, vec![])),
        ("data".into(), Node::Dataset(Type::F32, vec![samples, neurons], about)),
    ];
    let population = vec![(probe.population.clone(), Node::Group(report, vec![]))];
    Node::Group(vec![("report".into(), Node::Group(population, vec![]))], root_attributes())
}

fn u64_bytes(numbers: impl Iterator<Item = u64>) -> Vec<u8> {
    numbers.flat_map(u64::to_le_bytes).collect()
}

fn f64_bytes(numbers: &[f64]) -> Vec<u8> {
    numbers.iter().flat_map(|x| x.to_le_bytes()).collect()
}

/// Writes what a probe recorded as text: `time_ms`, then a column per neuron, for example
/// `V_m_mV[17]`, or the one `V_m_mV` of a mean, in memory that does not depend on time.
///
/// # Errors
/// [`Error::Create`], [`Error::Write`], and whatever reading the spool returns.
///
/// # Panics
/// When the spool has no such probe.
pub fn write_state_csv(spool: &SpoolFile, probe: usize, path: &Path) -> Result<()> {
    let probe_of = &spool.header().states[probe];
    let mut file = AtomicFile::create(path)?;
    let write =
        |file: &mut AtomicFile, row: String| writeln!(file, "{row}").map_err(Error::write(path));
    let name = format!("{}_{}", probe_of.variable, probe_of.unit);
    let columns: Vec<String> = if probe_of.is_mean() {
        vec![name]
    } else {
        probe_of.neurons.iter().map(|n| format!("{name}[{n}]")).collect()
    };
    write(&mut file, join("time_ms".into(), columns.into_iter()))?;
    let mut sample = 0;
    spool.for_each_state(probe, &mut |values| {
        for row in values.chunks(probe_of.width()) {
            let time = spool.header().recording.time_ms(probe_of.step(sample));
            write(&mut file, join(time.to_string(), row.iter().map(f64::to_string)))?;
            sample += 1;
        }
        Ok(())
    })?;
    file.commit()
}

/// A row of text.
fn join(first: String, others: impl Iterator<Item = String>) -> String {
    others.fold(first, |row, field| row + "," + &field)
}

/// Writes what a probe recorded as the arrays `time_ms`, `neuron` and, named after the
/// variable, the values [samples x neurons] (of a mean, no `neuron` and one column); all of it is in memory at once.
///
/// # Errors
/// [`Error::Create`], [`Error::Write`], and whatever reading the spool returns.
///
/// # Panics
/// When the spool has no such probe.
pub fn write_state_npz(spool: &SpoolFile, probe: usize, path: &Path) -> Result<()> {
    let trace = spool.state(probe)?;
    let shape = (trace.samples(), trace.probe.width());
    let times = Array1::from_iter((0..trace.samples()).map(|s| trace.time_ms(s)));
    let values = Array2::from_shape_vec(shape, trace.values)
        .map_err(|e| Error::write(path)(std::io::Error::other(e)))?;
    let mut npz = NpzWriter::new(AtomicFile::create(path)?);
    npz.add_array("time_ms", &times).map_err(npz_error(path))?;
    npz.add_array("neuron", &Array1::from(trace.probe.neurons)).map_err(npz_error(path))?;
    npz.add_array(trace.probe.variable, &values).map_err(npz_error(path))?;
    npz.finish().map_err(npz_error(path))?.commit()
}

#[cfg(test)]
mod tests {
    use super::super::recording::tests::small;
    use super::super::{Recording, SpoolHeader, SpoolWriter};
    use super::*;

    fn spool(dir: &Path) -> SpoolFile {
        let probe = StateProbe {
            population: "exc".into(),
            variable: "V_m".into(),
            unit: "mV".into(),
            neurons: vec![2, 5],
            interval_steps: 5,
            first_step: 10,
        };
        let recording = Recording { dt_ms: 0.5, ..small() };
        let header = SpoolHeader { recording, states: vec![probe], ..SpoolHeader::default() };
        let path = dir.join("state.spool");
        let mut spool = SpoolWriter::create(&path, &header).unwrap();
        spool.append_state(0, 0, &[-70.0, -69.0]).unwrap();
        spool.append_state(0, 1, &[-68.5, -67.0, -1.0, 0.0]).unwrap();
        spool.finish(20).unwrap();
        SpoolFile::open(&path).unwrap()
    }

    #[test]
    fn a_report_holds_the_samples() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("V_m.h5");
        write_state_sonata(&spool(dir.path()), 0, &path).unwrap();
        let file = hdf5_pure::File::open(&path).unwrap();
        let data = file.dataset("report/exc/data").unwrap();
        assert_eq!(data.shape().unwrap(), [3, 2]);
        assert_eq!(data.read_f64().unwrap(), [-70.0, -69.0, -68.5, -67.0, -1.0, 0.0]);
        let time = file.dataset("report/exc/mapping/time").unwrap();
        assert_eq!(time.read_f64().unwrap(), [5.0, 12.5, 2.5]);
    }

    #[test]
    fn text_and_arrays_hold_the_samples() {
        let dir = tempfile::tempdir().unwrap();
        let spool = spool(dir.path());
        let path = dir.path().join("V_m.csv");
        write_state_csv(&spool, 0, &path).unwrap();
        let text = std::fs::read_to_string(path).unwrap();
        assert_eq!(text, "time_ms,V_m_mV[2],V_m_mV[5]\n5,-70,-69\n7.5,-68.5,-67\n10,-1,0\n");
        let path = dir.path().join("V_m.npz");
        write_state_npz(&spool, 0, &path).unwrap();
        let mut npz = ndarray_npy::NpzReader::new(std::fs::File::open(path).unwrap()).unwrap();
        assert_eq!(
            npz.by_name::<ndarray::OwnedRepr<f64>, ndarray::Ix2>("V_m").unwrap()[[1, 1]].to_bits(),
            (-67.0f64).to_bits()
        );
    }

    #[test]
    fn a_full_disk_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let spool = spool(dir.path());
        for write in [write_state_sonata, write_state_csv, write_state_npz] {
            assert!(matches!(write(&spool, 0, Path::new("/dev/full")), Err(Error::Write { .. })));
        }
    }
}
