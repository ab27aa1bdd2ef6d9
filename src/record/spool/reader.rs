//! Reading a spool, whole or not.

use std::fmt;
use std::fs::File;
use std::io::{BufReader, ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::{MAGIC, PREAMBLE, SpoolHeader, VERSION};
use crate::record::block::{HEAD, Head, Tag, decode_spikes, u64_at, u64s};
use crate::record::{
    ActivityStream, RateProbe, RateSeries, Recording, Spike, SpikeStream, StateTrace,
};
use crate::{Error, Result};

/// How a spool ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// As it should: the run was finished, or interrupted in order.
    Complete,
    /// The file was cut off, for example by a crash; what precedes byte `at` is sound.
    Cut {
        /// The first byte that is not part of a whole block.
        at: u64,
    },
    /// The file is damaged at byte `at`; what precedes it is sound.
    Damaged {
        /// The first byte of the damaged block.
        at: u64,
        /// What is wrong there.
        problem: &'static str,
    },
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Complete => write!(f, "complete"),
            Self::Cut { at } => write!(f, "cut off: nothing whole after byte {at}"),
            Self::Damaged { at, problem } => write!(f, "damaged at byte {at}: {problem}"),
        }
    }
}

/// A spool on the disk, checked from the first byte to the last sound one.
#[derive(Clone, Debug)]
pub struct SpoolFile {
    path: PathBuf,
    header: SpoolHeader,
    planned_end: u64,
    ending: Ending,
    first_block: u64,
    sound_blocks: u64,
    spikes: u64,
    samples: Vec<u64>,
    /// Bins of rates and of activity.
    bins: [u64; 2],
}

impl SpoolFile {
    /// Opens a spool and checks all of it, in memory that does not depend on its length.
    ///
    /// # Errors
    /// [`Error::Read`] when the file cannot be read, [`Error::Malformed`] when it is no
    /// spool, of another version, or cut off or damaged before the end of its header.
    pub fn open(path: &Path) -> Result<Self> {
        let mut blocks = Blocks::open(path)?;
        let header = blocks.header()?;
        let mut spool = Self {
            path: path.to_owned(),
            first_block: blocks.at,
            sound_blocks: 0,
            ending: Ending::Complete,
            spikes: 0,
            samples: vec![0; header.states.len()],
            bins: [0; 2],
            planned_end: header.recording.last_step,
            header,
        };
        spool.header.recording.last_step = spool.header.recording.first_step;
        spool.ending = spool.survey(&mut blocks)?;
        Ok(spool)
    }

    /// Whether a run is writing the spool at `path` now, as far as the file system can tell.
    #[must_use]
    pub fn is_being_written(path: &Path) -> bool {
        let locked = File::open(path).map(|file| file.try_lock_shared());
        matches!(locked, Ok(Err(std::fs::TryLockError::WouldBlock)))
    }

    /// What the spool says about itself; `recording.last_step` is where it really ends.
    #[must_use]
    pub fn header(&self) -> &SpoolHeader {
        &self.header
    }

    /// The step at which the run was to end.
    #[must_use]
    pub fn planned_end(&self) -> u64 {
        self.planned_end
    }

    /// Whether the spool is whole, and if not, where it ends.
    #[must_use]
    pub fn ending(&self) -> &Ending {
        &self.ending
    }

    /// How many spikes can be read.
    #[must_use]
    pub fn spikes(&self) -> u64 {
        self.spikes
    }

    /// How many samples of each probe can be read.
    #[must_use]
    pub fn samples(&self) -> &[u64] {
        &self.samples
    }

    /// Reads all spikes into memory.
    ///
    /// # Errors
    /// [`Error::Read`], and [`Error::Malformed`] when the file has changed since.
    pub fn recording(&self) -> Result<Recording> {
        let mut recording = self.header.recording.description();
        recording.spikes.reserve(usize::try_from(self.spikes).unwrap_or(0));
        self.for_each(&mut |spikes| {
            recording.spikes.extend_from_slice(spikes);
            Ok(())
        })?;
        Ok(recording)
    }

    /// Hands the samples of one probe to `consume`, in pieces of whole samples.
    ///
    /// # Errors
    /// [`Error::Read`], [`Error::Malformed`], and whatever `consume` returns.
    pub fn for_each_state(
        &self,
        probe: usize,
        consume: &mut dyn FnMut(&[f64]) -> Result<()>,
    ) -> Result<()> {
        let mut values = Vec::new();
        self.for_each_block(&mut |tag, payload| {
            if tag == Tag::State && u64_at(payload, 0) == Some(probe as u64) {
                values.clear();
                values.extend(u64s(payload).skip(2).map(f64::from_bits));
                consume(&values)?;
            }
            Ok(())
        })
    }

    /// Reads what a probe recorded into memory.
    ///
    /// # Errors
    /// [`Error::Read`], and [`Error::Malformed`] when the file has changed since.
    pub fn state(&self, probe: usize) -> Result<StateTrace> {
        let mut trace = StateTrace {
            probe: self.header.states[probe].clone(),
            dt_ms: self.header.recording.dt_ms,
            values: Vec::new(),
        };
        self.for_each_state(probe, &mut |values| {
            trace.values.extend_from_slice(values);
            Ok(())
        })?;
        Ok(trace)
    }

    /// Reads the population rates into memory; `None` when they were not recorded.
    ///
    /// # Errors
    /// [`Error::Read`], and [`Error::Malformed`] when the file has changed since.
    pub fn rates(&self) -> Result<Option<RateSeries>> {
        let Some(probe) = &self.header.rates else { return Ok(None) };
        let mut series = probe.series(&self.header.recording);
        self.for_each_block(&mut |tag, payload| {
            if tag == Tag::Rates {
                series.counts.extend(u64s(payload).skip(1));
            }
            Ok(())
        })?;
        Ok(Some(series))
    }

    /// The spikes of modules, to be read bin by bin; `None` when they were not counted.
    #[must_use]
    pub fn activity(&self) -> Option<SpoolActivity<'_>> {
        let probe = self.header.activity.as_ref()?;
        Some(SpoolActivity { spool: self, series: probe.series(&self.header.recording) })
    }

    /// Reads all blocks once, and notes how far they are sound and what they hold.
    fn survey(&mut self, blocks: &mut Blocks) -> Result<Ending> {
        loop {
            let at = blocks.at;
            match blocks.next()? {
                Next::Block(tag) => {
                    if self.note(tag, &blocks.payload).is_none() {
                        return Ok(Ending::Damaged {
                            at,
                            problem: "a block contradicts the header",
                        });
                    }
                    self.sound_blocks += 1;
                    if tag == Tag::End {
                        return Ok(Ending::Complete);
                    }
                }
                Next::Cut => return Ok(Ending::Cut { at }),
                Next::Damaged(problem) => return Ok(Ending::Damaged { at, problem }),
            }
        }
    }

    /// Notes what a block holds; `None` when it cannot belong to this recording.
    fn note(&mut self, tag: Tag, payload: &[u8]) -> Option<()> {
        let numbers = (payload.len() / 8) as u64;
        match tag {
            Tag::Header => return None,
            Tag::Spikes => {
                self.header.recording.last_step = u64_at(payload, 0)?;
                self.spikes += u64_at(payload, 8)?;
            }
            Tag::End => self.header.recording.last_step = u64_at(payload, 0)?,
            Tag::State => {
                let probe = usize::try_from(u64_at(payload, 0)?).ok()?;
                let width = self.header.states.get(probe)?.width() as u64;
                let samples = numbers.checked_sub(2)?.checked_div(width)?;
                let expected =
                    u64_at(payload, 8)? == self.samples[probe] && samples * width == numbers - 2;
                self.samples[probe] += expected.then_some(samples)?;
            }
            Tag::Rates => note_bins(self.header.rates.as_ref()?, &mut self.bins[0], payload)?,
            Tag::Activity => {
                note_bins(self.header.activity.as_ref()?, &mut self.bins[1], payload)?;
            }
        }
        Some(())
    }

    fn for_each_block(&self, consume: &mut dyn FnMut(Tag, &[u8]) -> Result<()>) -> Result<()> {
        let mut blocks = Blocks::open(&self.path)?;
        blocks.seek(self.first_block)?;
        for _ in 0..self.sound_blocks {
            match blocks.next()? {
                Next::Block(tag) => consume(tag, &blocks.payload)?,
                _ => return Err(blocks.malformed("it has changed while it was read")),
            }
        }
        Ok(())
    }
}

/// Notes bins of counts; `None` when they are not the next ones of this probe.
fn note_bins(probe: &RateProbe, bins: &mut u64, payload: &[u8]) -> Option<()> {
    let (numbers, width) = ((payload.len() / 8) as u64, probe.columns() as u64);
    let more = numbers.checked_sub(1)?.checked_div(width)?;
    let expected = u64_at(payload, 0)? == *bins && more * width == numbers - 1;
    *bins += expected.then_some(more)?;
    Some(())
}

/// The spikes of modules in a spool.
#[derive(Clone, Debug)]
pub struct SpoolActivity<'a> {
    spool: &'a SpoolFile,
    series: RateSeries,
}

impl ActivityStream for SpoolActivity<'_> {
    fn description(&self) -> &RateSeries {
        &self.series
    }

    fn bins(&self) -> u64 {
        self.spool.bins[1]
    }

    fn for_each_bin(&self, consume: &mut dyn FnMut(&[u64]) -> Result<()>) -> Result<()> {
        let mut counts = Vec::new();
        self.spool.for_each_block(&mut |tag, payload| {
            if tag != Tag::Activity {
                return Ok(());
            }
            counts.clear();
            counts.extend(u64s(payload).skip(1));
            counts.chunks(self.series.columns().max(1)).try_for_each(&mut *consume)
        })
    }
}

impl SpikeStream for SpoolFile {
    fn description(&self) -> &Recording {
        &self.header.recording
    }

    fn for_each(&self, consume: &mut dyn FnMut(&[Spike]) -> Result<()>) -> Result<()> {
        let mut spikes = Vec::new();
        self.for_each_block(&mut |tag, payload| {
            if tag == Tag::Spikes {
                decode_spikes(payload, &mut spikes).ok_or_else(|| Error::Malformed {
                    path: self.path.clone(),
                    problem: "a block of spikes contradicts itself".into(),
                })?;
                consume(&spikes)?;
            }
            Ok(())
        })
    }
}

/// The blocks of a file, one after the other.
struct Blocks {
    file: BufReader<File>,
    path: PathBuf,
    length: u64,
    at: u64,
    payload: Vec<u8>,
}

/// What comes next in a file.
enum Next {
    /// A sound block; its payload is in [`Blocks::payload`].
    Block(Tag),
    /// The end of the file, between two blocks or inside one.
    Cut,
    /// Bytes that were changed.
    Damaged(&'static str),
}

impl Blocks {
    fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(Error::read(path))?;
        let length = file.metadata().map_err(Error::read(path))?.len();
        let file = BufReader::with_capacity(1 << 18, file);
        Ok(Self { file, path: path.to_owned(), length, at: 0, payload: Vec::new() })
    }

    /// Reads the preamble and the header block.
    fn header(&mut self) -> Result<SpoolHeader> {
        let mut preamble = [0; PREAMBLE];
        if !self.fill(&mut preamble)? || preamble[..8] != MAGIC[..] {
            return Err(
                self.malformed("this is no spool of spikes: it does not begin with MURSPOOL")
            );
        }
        if preamble[8..] != VERSION.to_le_bytes() {
            return Err(self.malformed(&format!(
                "the spool is not of version {VERSION}, the one this program reads"
            )));
        }
        match self.next()? {
            Next::Block(Tag::Header) => serde_json::from_slice(&self.payload)
                .map_err(|e| self.malformed(&format!("the header cannot be understood: {e}"))),
            Next::Cut => {
                Err(self
                    .malformed("the spool is cut off inside its header: there is no spike in it"))
            }
            _ => Err(self.malformed("the header is damaged: nothing after it can be understood")),
        }
    }

    fn next(&mut self) -> Result<Next> {
        let mut bytes = [0; HEAD];
        if !self.fill(&mut bytes)? {
            return Ok(Next::Cut);
        }
        let Some(head) = Head::parse(&bytes) else {
            return Ok(Next::Damaged("the head of a block has a wrong checksum"));
        };
        if head.length > self.length.saturating_sub(self.at) {
            return Ok(Next::Cut);
        }
        let mut payload = std::mem::take(&mut self.payload);
        payload.resize(usize::try_from(head.length).unwrap_or(usize::MAX), 0);
        let whole = self.fill(&mut payload)?;
        self.payload = payload;
        Ok(match (whole, crc32fast::hash(&self.payload) == head.checksum) {
            (false, _) => Next::Cut,
            (true, false) => Next::Damaged("the contents of a block have a wrong checksum"),
            (true, true) => Next::Block(head.tag),
        })
    }

    /// Fills `bytes`; false when the file ends before.
    fn fill(&mut self, bytes: &mut [u8]) -> Result<bool> {
        match self.file.read_exact(bytes) {
            Ok(()) => {
                self.at += bytes.len() as u64;
                Ok(true)
            }
            Err(e) if e.kind() == ErrorKind::UnexpectedEof => Ok(false),
            Err(e) => Err(Error::read(&self.path)(e)),
        }
    }

    fn seek(&mut self, at: u64) -> Result<()> {
        self.at = self.file.seek(SeekFrom::Start(at)).map_err(Error::read(&self.path))?;
        Ok(())
    }

    fn malformed(&self, problem: &str) -> Error {
        Error::Malformed { path: self.path.clone(), problem: problem.into() }
    }
}

#[cfg(test)]
#[path = "reader_tests.rs"]
mod tests;
