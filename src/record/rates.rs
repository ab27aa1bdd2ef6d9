//! Spikes counted per bin: of populations, as rates, or of their modules, as activity.

use std::io::Write;
use std::path::Path;

use ndarray::{Array1, Array2};
use ndarray_npy::NpzWriter;
use serde::{Deserialize, Serialize};

use super::Recording;
use super::atomic::AtomicFile;
use super::npz::npz_error;
use crate::random::{time_after, time_at};
use crate::{Error, Result};

/// How spikes are counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateProbe {
    /// The width of a bin in steps, at least 1.
    pub bin_steps: u64,
    /// Of which populations, by position.
    pub populations: Vec<usize>,
    /// How many equal parts each of them is counted in; 1 counts it as a whole.
    pub modules: u64,
}

impl RateProbe {
    /// How many numbers a bin has.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.populations.len() * self.modules as usize
    }

    /// The series it makes of a recording, without a bin so far.
    #[must_use]
    pub fn series(&self, recording: &Recording) -> RateSeries {
        let populations = || self.populations.iter().filter_map(|&p| recording.populations.get(p));
        RateSeries {
            populations: populations().map(|p| p.name.clone()).collect(),
            sizes: populations().map(|p| p.size).collect(),
            modules: self.modules as usize,
            first_ms: recording.time_ms(recording.first_step),
            bin_ms: time_at(self.bin_steps, recording.dt_ms),
            counts: Vec::new(),
        }
    }
}

/// Rates over time, as counts, so that nothing is rounded.
///
/// Bin `b` covers the times `first_ms + b * bin_ms < t <= first_ms + (b + 1) * bin_ms`.
#[derive(Clone, Debug, PartialEq)]
pub struct RateSeries {
    /// The names of the populations.
    pub populations: Vec<String>,
    /// Their numbers of neurons.
    pub sizes: Vec<u64>,
    /// How many equal parts each of them is counted in.
    pub modules: usize,
    /// Where the first bin begins, in ms.
    pub first_ms: f64,
    /// The width of a bin, in ms.
    pub bin_ms: f64,
    /// Spikes, bin by bin, each with the populations in order, each with its modules in order.
    pub counts: Vec<u64>,
}

impl RateSeries {
    /// How many numbers a bin has.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.populations.len() * self.modules
    }

    /// How many bins there are.
    #[must_use]
    pub fn bins(&self) -> usize {
        self.counts.len() / self.columns().max(1)
    }

    /// When a bin begins, in ms.
    #[must_use]
    pub fn time_ms(&self, bin: usize) -> f64 {
        time_after(self.first_ms, bin as u64, self.bin_ms)
    }

    /// The mean rate of a population's neurons in a bin, in spikes/s:
    /// `count / (size * bin)`; 0 for a population without neurons.
    #[must_use]
    pub fn rate_hz(&self, bin: usize, population: usize) -> f64 {
        let first = bin * self.columns() + population * self.modules;
        let count: u64 = self.counts[first..first + self.modules].iter().sum();
        match self.sizes[population] {
            0 => 0.0,
            size => count as f64 / (size as f64 * self.bin_ms * 1e-3),
        }
    }

    /// Writes one row per bin: its start in ms, then the rate of each population in spikes/s.
    ///
    /// # Errors
    /// [`Error::Create`] or [`Error::Write`]; then nothing is left behind.
    pub fn write_csv(&self, path: &Path) -> Result<()> {
        let mut file = AtomicFile::create(path)?;
        self.csv_rows(&mut file).map_err(Error::write(path))?;
        file.commit()
    }

    fn csv_rows(&self, out: &mut impl Write) -> std::io::Result<()> {
        let mut csv = csv::Writer::from_writer(out);
        let header = self.populations.iter().map(|name| format!("{name}_rate_hz"));
        csv.write_record(std::iter::once("time_ms".to_owned()).chain(header))?;
        for bin in 0..self.bins() {
            let rates = (0..self.populations.len()).map(|p| self.rate_hz(bin, p));
            let row = std::iter::once(self.time_ms(bin)).chain(rates);
            csv.write_record(row.map(|x| x.to_string()))?;
        }
        csv.flush()
    }

    /// Writes the arrays `time_ms` (start of each bin) and, per population, `NAME/rate_hz`.
    ///
    /// # Errors
    /// [`Error::Create`] or [`Error::Write`]; then nothing is left behind.
    pub fn write_npz(&self, path: &Path) -> Result<()> {
        let mut npz = NpzWriter::new(AtomicFile::create(path)?);
        let error = npz_error(path);
        let times = Array1::from_iter((0..self.bins()).map(|b| self.time_ms(b)));
        npz.add_array("time_ms", &times).map_err(&error)?;
        let rates = Array2::from_shape_fn((self.populations.len(), self.bins()), |(p, b)| {
            self.rate_hz(b, p)
        });
        for (name, row) in self.populations.iter().zip(rates.rows()) {
            npz.add_array(format!("{name}/rate_hz"), &row).map_err(&error)?;
        }
        npz.finish().map_err(&error)?.commit()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series() -> RateSeries {
        RateSeries {
            populations: vec!["exc".into(), "none".into()],
            sizes: vec![10, 0],
            modules: 1,
            first_ms: 100.0,
            bin_ms: 5.0,
            counts: vec![2, 0, 0, 0, 1, 0],
        }
    }

    #[test]
    fn counts_become_rates() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("rates.csv");
        series().write_csv(&path).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text, "time_ms,exc_rate_hz,none_rate_hz\n100,40,0\n105,0,0\n110,20,0\n");
        series().write_npz(&dir.path().join("rates.npz")).unwrap();
    }

    #[test]
    fn a_full_disk_is_an_error() {
        assert!(matches!(series().write_csv(Path::new("/dev/full")), Err(Error::Write { .. })));
    }
}
