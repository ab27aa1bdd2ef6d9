//! Files of activity: the spikes of each module in each bin.

use std::fs::File;
use std::io::{BufReader, Write};
use std::path::Path;

use ndarray::{Array1, Array2, ShapeBuilder};
use ndarray_npy::{NpzReader, NpzWriter, ReadNpzError};

use super::RateSeries;
use super::atomic::AtomicFile;
use super::npz::npz_error;
use crate::{Error, Result};

/// Counts that can be read bin by bin, as often as needed.
pub trait ActivityStream {
    /// What is counted; the counts in it, if any, are not to be used.
    fn description(&self) -> &RateSeries;

    /// How many bins there are.
    fn bins(&self) -> u64;

    /// Hands the counts of each bin to `consume`: the populations in order, each with its modules
    /// in order.
    ///
    /// # Errors
    /// When reading fails, and whatever `consume` returns.
    fn for_each_bin(&self, consume: &mut dyn FnMut(&[u64]) -> Result<()>) -> Result<()>;
}

impl ActivityStream for RateSeries {
    fn description(&self) -> &RateSeries {
        self
    }

    fn bins(&self) -> u64 {
        RateSeries::bins(self) as u64
    }

    fn for_each_bin(&self, consume: &mut dyn FnMut(&[u64]) -> Result<()>) -> Result<()> {
        self.counts.chunks(self.columns().max(1)).try_for_each(consume)
    }
}

/// Writes one row per bin: its start in ms, then the spikes of each module, for example in the
/// column `exc_spikes[17]`, or `exc_spikes` where there are no modules. Memory does not depend on time.
///
/// # Errors
/// [`Error::Create`], [`Error::Write`], and whatever reading the stream returns.
pub fn write_activity_csv(stream: &impl ActivityStream, path: &Path) -> Result<()> {
    let series = stream.description();
    let mut csv = csv::Writer::from_writer(AtomicFile::create(path)?);
    let error = |e: csv::Error| Error::write(path)(e.into());
    let column = |name: &String, module: usize| match series.modules {
        1 => format!("{name}_spikes"),
        _ => format!("{name}_spikes[{module}]"),
    };
    let columns =
        series.populations.iter().flat_map(|n| (0..series.modules).map(move |m| column(n, m)));
    csv.write_record(std::iter::once("time_ms".to_owned()).chain(columns)).map_err(error)?;
    let mut bin = 0;
    stream.for_each_bin(&mut |counts| {
        let numbers = counts.iter().map(ToString::to_string);
        bin += 1;
        csv.write_record(std::iter::once(series.time_ms(bin - 1).to_string()).chain(numbers))
            .map_err(error)
    })?;
    let mut file = csv.into_inner().map_err(|e| Error::write(path)(e.into_error()))?;
    file.flush().map_err(Error::write(path))?;
    file.commit()
}

/// Writes the arrays `time_ms` (start of each bin), `bin_ms` and, per population, `NAME/spikes`
/// (u64, modules x bins) and `NAME/neurons` (how many there are in each module).
///
/// The stream is read once per population, and memory is 8 bytes per module and bin.
///
/// # Errors
/// [`Error::Create`], [`Error::Write`], and whatever reading the stream returns.
pub fn write_activity_npz(stream: &impl ActivityStream, path: &Path) -> Result<()> {
    let (series, bins) = (stream.description(), stream.bins() as usize);
    let (modules, error) = (series.modules, npz_error(path));
    let mut npz = NpzWriter::new(AtomicFile::create(path)?);
    let times = Array1::from_iter((0..bins).map(|bin| series.time_ms(bin)));
    npz.add_array("time_ms", &times).map_err(&error)?;
    npz.add_array("bin_ms", &Array1::from_elem(1, series.bin_ms)).map_err(&error)?;
    for (p, (name, size)) in series.populations.iter().zip(&series.sizes).enumerate() {
        let mut spikes = Vec::with_capacity(modules * bins);
        stream.for_each_bin(&mut |counts| {
            spikes.extend_from_slice(&counts[p * modules..(p + 1) * modules]);
            Ok(())
        })?;
        // Bins come one after the other: what NumPy calls Fortran order.
        let spikes = Array2::from_shape_vec((modules, bins).f(), spikes)
            .map_err(|e| Error::write(path)(std::io::Error::other(e)))?;
        let neurons = Array1::from_elem(1, size / modules.max(1) as u64);
        npz.add_array(format!("{name}/neurons"), &neurons).map_err(&error)?;
        npz.add_array(format!("{name}/spikes"), &spikes).map_err(&error)?;
    }
    npz.finish().map_err(&error)?.commit()
}

/// Reads what [`write_activity_npz`] wrote, all of it at once.
///
/// # Errors
/// [`Error::Read`] when the file cannot be read, [`Error::Malformed`] when it is none of activity.
pub fn read_activity_npz(path: &Path) -> Result<RateSeries> {
    let malformed = |problem: String| Error::Malformed { path: path.to_owned(), problem };
    let error = |e: ReadNpzError| malformed(format!("this is no activity: {e}"));
    let file = BufReader::new(File::open(path).map_err(Error::read(path))?);
    let mut npz = NpzReader::new(file).map_err(error)?;
    let times: Array1<f64> = npz.by_name("time_ms").map_err(error)?;
    let width: Array1<f64> = npz.by_name("bin_ms").map_err(error)?;
    let names = npz.names().map_err(error)?;
    let names = names.iter().filter_map(|n| n.trim_end_matches(".npy").strip_suffix("/spikes"));
    let mut series = RateSeries {
        populations: names.map(str::to_owned).collect(),
        sizes: Vec::new(),
        modules: 0,
        first_ms: times.first().copied().unwrap_or(0.0),
        bin_ms: width.first().copied().unwrap_or(0.0),
        counts: Vec::new(),
    };
    let mut all: Vec<Array2<u64>> = Vec::new();
    for name in &series.populations {
        let spikes: Array2<u64> = npz.by_name(&format!("{name}/spikes")).map_err(error)?;
        let neurons: Array1<u64> = npz.by_name(&format!("{name}/neurons")).map_err(error)?;
        series.modules = spikes.nrows();
        if spikes.ncols() != times.len() || all.first().is_some_and(|a| a.dim() != spikes.dim()) {
            return Err(malformed(format!("`{name}/spikes` has another shape than the rest")));
        }
        series.sizes.push(neurons.first().unwrap_or(&0) * spikes.nrows() as u64);
        all.push(spikes);
    }
    series.counts.reserve(times.len() * series.columns());
    for bin in 0..times.len() {
        for spikes in &all {
            series.counts.extend(spikes.column(bin));
        }
    }
    Ok(series)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series() -> RateSeries {
        RateSeries {
            populations: vec!["exc".into(), "inh".into()],
            sizes: vec![30, 6],
            modules: 3,
            first_ms: 100.0,
            bin_ms: 5.0,
            counts: (0..24).collect(),
        }
    }

    #[test]
    fn arrays_survive_writing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("activity.npz");
        write_activity_npz(&series(), &path).unwrap();
        assert_eq!(read_activity_npz(&path).unwrap(), series());
        let mut npz = NpzReader::new(File::open(&path).unwrap()).unwrap();
        let spikes: Array2<u64> = npz.by_name("inh/spikes").unwrap();
        assert_eq!((spikes.dim(), spikes[[2, 1]]), ((3, 4), 11));
    }

    #[test]
    fn text_has_a_column_for_each_module() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("activity.csv");
        let series = RateSeries { counts: (0..6).collect(), ..series() };
        write_activity_csv(&series, &path).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let names = "exc_spikes[0],exc_spikes[1],exc_spikes[2],inh_spikes[0]";
        assert_eq!(text, format!("time_ms,{names},inh_spikes[1],inh_spikes[2]\n100,0,1,2,3,4,5\n"));
    }

    #[test]
    fn other_files_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("rates.npz");
        series().write_npz(&path).unwrap();
        assert!(matches!(read_activity_npz(&path), Err(Error::Malformed { .. })));
        assert!(matches!(
            read_activity_npz(dir.path()),
            Err(Error::Read { .. } | Error::Malformed { .. })
        ));
    }

    #[test]
    fn a_full_disk_is_an_error() {
        let full = Path::new("/dev/full");
        assert!(matches!(write_activity_csv(&series(), full), Err(Error::Write { .. })));
        assert!(matches!(write_activity_npz(&series(), full), Err(Error::Write { .. })));
    }
}
