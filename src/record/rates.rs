//! Recordings of population rates: spikes counted per population and bin.

use std::io::Write;
use std::path::Path;

use ndarray::{Array1, Array2};
use ndarray_npy::NpzWriter;
use serde::{Deserialize, Serialize};

use super::atomic::AtomicFile;
use super::npz::npz_error;
use crate::{Error, Result};

/// How population rates are recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateProbe {
    /// The width of a bin in steps, at least 1.
    pub bin_steps: u64,
}

/// The rates of all populations over time, as counts, so that nothing is rounded.
///
/// Bin `b` covers the times `first_ms + b * bin_ms < t <= first_ms + (b + 1) * bin_ms`.
#[derive(Clone, Debug, PartialEq)]
pub struct RateSeries {
    /// The names of the populations.
    pub populations: Vec<String>,
    /// Their numbers of neurons.
    pub sizes: Vec<u64>,
    /// Where the first bin begins, in ms.
    pub first_ms: f64,
    /// The width of a bin, in ms.
    pub bin_ms: f64,
    /// Spikes, bin by bin, each with the populations in order.
    pub counts: Vec<u64>,
}

impl RateSeries {
    /// How many bins there are.
    #[must_use]
    pub fn bins(&self) -> usize {
        self.counts.len() / self.populations.len().max(1)
    }

    /// The mean rate of a population's neurons in a bin, in spikes/s:
    /// `count / (size * bin)`; 0 for a population without neurons.
    #[must_use]
    pub fn rate_hz(&self, bin: usize, population: usize) -> f64 {
        let count = self.counts[bin * self.populations.len() + population] as f64;
        match self.sizes[population] {
            0 => 0.0,
            size => count / (size as f64 * self.bin_ms * 1e-3),
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
            let row = std::iter::once(self.first_ms + bin as f64 * self.bin_ms).chain(rates);
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
        let times = Array1::from_iter((0..self.bins()).map(|b| self.first_ms + b as f64 * self.bin_ms));
        npz.add_array("time_ms", &times).map_err(&error)?;
        let rates = Array2::from_shape_fn((self.populations.len(), self.bins()), |(p, b)| self.rate_hz(b, p));
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
