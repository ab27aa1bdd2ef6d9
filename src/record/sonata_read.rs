//! Reading our own SONATA spike files back.

use std::path::Path;

use hdf5_pure::{Dataset, File};

use super::sonata::DESCRIPTION;
use super::{RecordedPopulation, Recording, Spike};
use crate::random::steps;
use crate::units::{Quantity, Time};
use crate::{Error, Result};

/// Elements read at a time: 8 MiB, small beside the spikes themselves.
const PIECE: u64 = 1 << 20;

/// Reads a spike file written by [`write_spikes_sonata`](super::write_spikes_sonata).
///
/// # Errors
/// [`Error::Read`] when the file cannot be opened; [`Error::Malformed`] when it is no such
/// file, is damaged, or holds a time off the grid or a neuron that its population lacks.
pub fn read_spikes_sonata(path: &Path) -> Result<Recording> {
    std::fs::File::open(path).map_err(Error::read(path))?;
    let malformed = |problem: String| Error::Malformed { path: path.to_owned(), problem };
    read(path).map_err(malformed)
}

fn read(path: &Path) -> Result<Recording, String> {
    let file = File::open_streaming(path).map_err(|e| format!("not readable as HDF5: {e}"))?;
    let description = file
        .dataset(DESCRIPTION)
        .and_then(|d| d.read_u8())
        .map_err(|e| format!("no spike file written by murine (no /{DESCRIPTION}): {e}"))?;
    let mut recording: Recording = serde_json::from_slice(&description)
        .map_err(|e| format!("/{DESCRIPTION} cannot be understood: {e}"))?;
    let mut spikes = Vec::new();
    for population in &recording.populations {
        let open = |name| {
            let dataset = format!("spikes/{}/{name}", population.name);
            file.dataset(&dataset).map_err(|e| format!("/{dataset}: {e}"))
        };
        let (times, ids) = (open("timestamps")?, open("node_ids")?);
        append(&times, &ids, population, recording.dt_ms, &mut spikes)
            .map_err(|e| format!("/spikes/{}: {e}", population.name))?;
    }
    spikes.sort_unstable();
    recording.spikes = spikes;
    Ok(recording)
}

/// Appends the spikes of one population.
fn append(
    times: &Dataset,
    ids: &Dataset,
    population: &RecordedPopulation,
    dt_ms: f64,
    spikes: &mut Vec<Spike>,
) -> Result<(), String> {
    let length =
        |d: &Dataset| d.shape().map(|s| s.first().copied().unwrap_or(0)).map_err(|e| e.to_string());
    let count = length(times)?;
    if count != length(ids)? {
        return Err(format!("{count} timestamps, but {} node_ids", length(ids)?));
    }
    for start in (0..count).step_by(PIECE as usize) {
        let times = times.read_f64_rows(start, PIECE).map_err(|e| e.to_string())?;
        let ids = ids.read_u64_rows(start, PIECE).map_err(|e| e.to_string())?;
        for (time, id) in times.into_iter().zip(ids) {
            spikes.push(spike(time, id, population, dt_ms)?);
        }
    }
    Ok(())
}

fn spike(time: f64, id: u64, population: &RecordedPopulation, dt_ms: f64) -> Result<Spike, String> {
    let step = steps(Time::new(time), Time::new(dt_ms));
    let step = step.map_err(|e| e.within("timestamps").to_string())?;
    if id >= population.size {
        return Err(format!("neuron {id}, but the population has {} neurons", population.size));
    }
    Ok(Spike { step, neuron: population.first + id })
}

#[cfg(test)]
mod tests {
    use super::super::recording::tests::small;
    use super::super::{SpoolFile, write_spikes_sonata};
    use super::*;

    #[test]
    fn spikes_survive_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let (spool, path) = (dir.path().join("spikes.spool"), dir.path().join("spikes.h5"));
        let recording = small();
        recording.write_spool(&spool).unwrap();
        write_spikes_sonata(&SpoolFile::open(&spool).unwrap(), &path).unwrap();
        assert_eq!(read_spikes_sonata(&path).unwrap(), recording);
    }

    #[test]
    fn an_empty_recording_survives() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("spikes.h5");
        let recording = small().description();
        write_spikes_sonata(&recording, &path).unwrap();
        assert_eq!(read_spikes_sonata(&path).unwrap(), recording);
    }

    #[test]
    fn wrong_files_are_errors() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("spikes.h5");
        assert!(matches!(read_spikes_sonata(&path), Err(Error::Read { .. })));
        write_spikes_sonata(&small(), &path).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        for length in (0..bytes.len()).step_by(7) {
            std::fs::write(&path, &bytes[..length]).unwrap();
            assert!(matches!(read_spikes_sonata(&path), Err(Error::Malformed { .. })), "{length}");
        }
    }

    #[test]
    fn a_full_disk_is_an_error() {
        let written = write_spikes_sonata(&small(), Path::new("/dev/full"));
        assert!(matches!(written, Err(Error::Write { .. })));
    }
}
