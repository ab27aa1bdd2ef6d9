//! Spikes as NumPy arrays.

use std::path::Path;

use ndarray::Array1;
use ndarray_npy::{NpzWriter, WriteNpyError, WriteNpzError};

use super::SpikeStream;
use super::atomic::AtomicFile;
use super::sonata::count;
use crate::{Error, Result};

/// Writes, per population, the arrays `NAME/neuron` (u64, index within the population) and
/// `NAME/time_ms` (f64), in the order of time.
///
/// `np.load("spikes.npz")["exc/time_ms"]` reads one. The stream is read once per population,
/// and memory is 16 bytes per spike of the largest one; for more than that, take the SONATA
/// file.
///
/// # Errors
/// [`Error::Create`], [`Error::Write`], and whatever reading the stream returns.
pub fn write_spikes_npz(stream: &impl SpikeStream, path: &Path) -> Result<()> {
    let recording = stream.description();
    let counts = count(stream)?;
    let mut npz = NpzWriter::new(AtomicFile::create(path)?);
    for (population, &count) in recording.populations.iter().zip(&counts) {
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let (mut neurons, mut times) = (Vec::with_capacity(count), Vec::with_capacity(count));
        stream.for_each(&mut |spikes| {
            for spike in spikes.iter().filter(|s| population.contains(s.neuron)) {
                neurons.push(spike.neuron - population.first);
                times.push(recording.time_ms(spike.step));
            }
            Ok(())
        })?;
        let name = &population.name;
        npz.add_array(format!("{name}/neuron"), &Array1::from(neurons)).map_err(npz_error(path))?;
        npz.add_array(format!("{name}/time_ms"), &Array1::from(times)).map_err(npz_error(path))?;
    }
    npz.finish().map_err(npz_error(path))?.commit()
}

/// Turns an error of the NPZ writer into ours.
pub(super) fn npz_error(path: &Path) -> impl Fn(WriteNpzError) -> Error + '_ {
    move |error| {
        let source = match error {
            WriteNpzError::Npy(WriteNpyError::Io(source)) => source,
            other => std::io::Error::other(other),
        };
        Error::write(path)(source)
    }
}

#[cfg(test)]
mod tests {
    use super::super::recording::tests::small;
    use super::*;
    use ndarray_npy::NpzReader;

    #[test]
    fn arrays_hold_the_spikes() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("spikes.npz");
        write_spikes_npz(&small(), &path).unwrap();
        let mut npz = NpzReader::new(std::fs::File::open(&path).unwrap()).unwrap();
        let neurons: Array1<u64> = npz.by_name("inh/neuron").unwrap();
        let times: Array1<f64> = npz.by_name("inh/time_ms").unwrap();
        assert_eq!(neurons.to_vec(), [1, 3]);
        assert!((times[0] - 1.2).abs() < 1e-12 && (times[1] - 100.0).abs() < 1e-12);
        assert_eq!(npz.by_name::<ndarray::OwnedRepr<u64>, ndarray::Ix1>("silent/neuron").unwrap().len(), 0);
    }

    #[test]
    fn a_full_disk_is_an_error() {
        let written = write_spikes_npz(&small(), Path::new("/dev/full"));
        assert!(matches!(written, Err(Error::Write { .. })));
    }
}
