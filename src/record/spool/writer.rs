//! Writing a spool.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use super::{MAGIC, SpoolHeader, VERSION};
use crate::record::block::{Head, Tag, encode_spikes, put_u64s};
use crate::record::{Recording, Spike};
use crate::{Error, Result};

/// Spikes gathered before a block is written: 256 KiB, where the 20 bytes of a head no longer count and
/// a crash loses little. More would only cost memory.
const SPIKES_PER_BLOCK: usize = 1 << 16;

/// Appends what a run records to a file; its memory does not grow with time.
///
/// ```
/// use murine::record::{Recording, Spike, SpoolFile, SpoolHeader, SpoolWriter};
/// let path = std::env::temp_dir().join("doc-example.spool");
/// let mut spool = SpoolWriter::create(&path, &SpoolHeader::default())?;
/// spool.append_spikes(&[Spike { step: 3, neuron: 7 }], 10)?;
/// spool.finish(10)?;
/// assert_eq!(SpoolFile::open(&path)?.recording()?.spikes.len(), 1);
/// # std::fs::remove_file(path).unwrap();
/// # Ok::<(), murine::Error>(())
/// ```
#[derive(Debug)]
pub struct SpoolWriter {
    file: BufWriter<File>,
    path: PathBuf,
    pending: Vec<Spike>,
    up_to: u64,
    written_up_to: u64,
    payload: Vec<u8>,
}

impl SpoolWriter {
    /// Creates the file, replacing one that is there, and writes the header to the disk. As long
    /// as it is written, it is locked: see [`SpoolFile::is_being_written`](super::SpoolFile).
    ///
    /// # Errors
    /// [`Error::Create`] when the file cannot be created, [`Error::Write`] when the header
    /// cannot be written.
    pub fn create(path: &Path, header: &SpoolHeader) -> Result<Self> {
        let file = File::create(path).map_err(Error::create(path))?;
        // A file system that knows no locks is none the worse.
        let _ = file.try_lock();
        let begin = header.recording.first_step;
        let mut spool = Self {
            file: BufWriter::with_capacity(1 << 20, file),
            path: path.to_owned(),
            pending: Vec::with_capacity(SPIKES_PER_BLOCK),
            up_to: begin,
            written_up_to: begin,
            payload: Vec::new(),
        };
        let text = SpoolHeader { recording: header.recording.description(), ..header.clone() };
        let text = serde_json::to_vec(&text).map_err(|e| Error::write(path)(e.into()))?;
        spool.write(MAGIC)?;
        spool.write(&VERSION.to_le_bytes())?;
        spool.write_block(Tag::Header, &text)?;
        spool.flush()?;
        Ok(spool)
    }

    /// Appends spikes, sorted by step and neuron; with them, all of the run up to and with
    /// the step `up_to` is recorded, also where there are none.
    ///
    /// # Panics
    /// When the spikes are not sorted, or lie before what was appended earlier or after
    /// `up_to`: a file out of order could not be read piece by piece.
    ///
    /// # Errors
    /// [`Error::Write`], for example on a full disk.
    pub fn append_spikes(&mut self, spikes: &[Spike], up_to: u64) -> Result<()> {
        assert!(up_to >= self.up_to, "spikes up to step {up_to} come after step {}", self.up_to);
        assert!(spikes.is_sorted(), "spikes up to step {up_to} are not sorted");
        assert!(
            spikes.last().is_none_or(|s| s.step <= up_to)
                && spikes.first() >= self.pending.last().filter(|_| !spikes.is_empty()),
            "spikes up to step {up_to} overlap what was appended before or reach beyond"
        );
        self.pending.extend_from_slice(spikes);
        self.up_to = up_to;
        if self.pending.len() >= SPIKES_PER_BLOCK { self.write_spikes(up_to) } else { Ok(()) }
    }

    /// Appends samples of a probe, given by its place in the header: `values` holds one
    /// number per neuron for the sample numbered `first_sample`, then for the next ones.
    ///
    /// # Errors
    /// [`Error::Write`], for example on a full disk.
    pub fn append_state(&mut self, probe: usize, first_sample: u64, values: &[f64]) -> Result<()> {
        let numbers =
            [probe as u64, first_sample].into_iter().chain(values.iter().map(|v| v.to_bits()));
        self.append_numbers(Tag::State, numbers)
    }

    /// Appends bins of the population rates: `counts` holds the spikes of each population in
    /// the bin numbered `first_bin`, then in the next ones.
    ///
    /// # Errors
    /// [`Error::Write`], for example on a full disk.
    pub fn append_rates(&mut self, first_bin: u64, counts: &[u64]) -> Result<()> {
        self.append_numbers(Tag::Rates, std::iter::once(first_bin).chain(counts.iter().copied()))
    }

    /// The same for the activity: `counts` holds the spikes of each module of each population
    /// that is counted.
    ///
    /// # Errors
    /// [`Error::Write`], for example on a full disk.
    pub fn append_activity(&mut self, first_bin: u64, counts: &[u64]) -> Result<()> {
        self.append_numbers(Tag::Activity, std::iter::once(first_bin).chain(counts.iter().copied()))
    }

    /// Hands everything appended so far to the operating system: a crash of the program can
    /// then no longer lose it.
    ///
    /// # Errors
    /// [`Error::Write`], for example on a full disk.
    pub fn flush(&mut self) -> Result<()> {
        if self.up_to > self.written_up_to || !self.pending.is_empty() {
            self.write_spikes(self.up_to)?;
        }
        self.file.flush().map_err(Error::write(&self.path))
    }

    /// Ends the recording at the step `last_step`, safe on the disk.
    ///
    /// # Errors
    /// [`Error::Write`], for example on a full disk.
    pub fn finish(mut self, last_step: u64) -> Result<()> {
        self.flush()?;
        self.write_block(Tag::End, &last_step.to_le_bytes())?;
        self.flush()?;
        self.file.get_ref().sync_data().map_err(Error::write(&self.path))
    }

    fn append_numbers(&mut self, tag: Tag, numbers: impl IntoIterator<Item = u64>) -> Result<()> {
        let mut payload = std::mem::take(&mut self.payload);
        payload.clear();
        put_u64s(&mut payload, numbers);
        let written = self.write_block(tag, &payload);
        self.payload = payload;
        written
    }

    fn write_spikes(&mut self, up_to: u64) -> Result<()> {
        let mut payload = std::mem::take(&mut self.payload);
        payload.clear();
        encode_spikes(&self.pending, up_to, &mut payload);
        let written = self.write_block(Tag::Spikes, &payload);
        self.payload = payload;
        self.pending.clear();
        self.written_up_to = up_to;
        written
    }

    fn write_block(&mut self, tag: Tag, payload: &[u8]) -> Result<()> {
        self.write(&Head::bytes(tag, payload))?;
        self.write(payload)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).map_err(Error::write(&self.path))
    }
}

impl Recording {
    /// Writes the recording as a spool.
    ///
    /// # Errors
    /// [`Error::Create`] or [`Error::Write`].
    pub fn write_spool(&self, path: &Path) -> Result<()> {
        let header = SpoolHeader { recording: self.description(), ..SpoolHeader::default() };
        let mut spool = SpoolWriter::create(path, &header)?;
        for spikes in self.spikes.chunk_by(|a, b| a.step == b.step) {
            spool.append_spikes(spikes, spikes[0].step)?;
        }
        spool.finish(self.last_step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_an_error() {
        let made = SpoolWriter::create(Path::new("/dev/full"), &SpoolHeader::default());
        assert!(matches!(made, Err(Error::Write { .. })));
        let made = SpoolWriter::create(Path::new("/nowhere/at/all"), &SpoolHeader::default());
        assert!(matches!(made, Err(Error::Create { .. })));
    }

    #[test]
    #[should_panic(expected = "not sorted")]
    fn spikes_out_of_order_are_a_broken_invariant() {
        let dir = tempfile::tempdir().unwrap();
        let mut spool =
            SpoolWriter::create(&dir.path().join("s"), &SpoolHeader::default()).unwrap();
        let spikes = [(5, 1), (4, 1)].map(|(step, neuron)| Spike { step, neuron });
        let _ = spool.append_spikes(&spikes, 9);
    }
}
