//! Spikes as text.

use std::io::Write;
use std::path::Path;

use super::atomic::AtomicFile;
use super::{Recording, Spike, SpikeStream};
use crate::{Error, Result};

/// Writes one row per spike, in the order of time: `population,neuron,time_ms`.
///
/// `neuron` is the index within the population. Memory does not depend on the number of
/// spikes.
///
/// # Errors
/// [`Error::Create`], [`Error::Write`], and whatever reading the stream returns.
pub fn write_spikes_csv(stream: &impl SpikeStream, path: &Path) -> Result<()> {
    let recording = stream.description();
    let names: Vec<String> = recording.populations.iter().map(|p| quoted(&p.name)).collect();
    let mut file = AtomicFile::create(path)?;
    file.write_all(b"population,neuron,time_ms\n").map_err(Error::write(path))?;
    stream.for_each(&mut |spikes| {
        spikes
            .iter()
            .try_for_each(|&spike| write_row(&mut file, recording, &names, spike))
            .map_err(Error::write(path))
    })?;
    file.commit()
}

fn write_row(
    out: &mut impl Write,
    recording: &Recording,
    names: &[String],
    spike: Spike,
) -> std::io::Result<()> {
    let Some(n) = recording.population_of(spike.neuron) else { return Ok(()) };
    let index = spike.neuron - recording.populations[n].first;
    writeln!(out, "{},{index},{}", names[n], recording.time_ms(spike.step))
}

/// A field of a CSV file, in quotes where it needs them (RFC 4180).
fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::super::recording::tests::small;
    use super::*;

    #[test]
    fn rows_follow_time() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("spikes.csv");
        let mut recording = small();
        recording.populations[3].name = "in,put".into();
        write_spikes_csv(&recording, &path).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(
            text.lines().collect::<Vec<_>>(),
            [
                "population,neuron,time_ms",
                "exc,0,1.1",
                "exc,9,1.1",
                "inh,1,1.2",
                "\"in,put\",2499999985,1.2",
                "exc,3,50",
                "inh,3,100"
            ]
        );
    }

    #[test]
    fn a_full_disk_is_an_error() {
        let written = write_spikes_csv(&small(), Path::new("/dev/full"));
        assert!(matches!(written, Err(Error::Write { .. })));
    }
}
