//! Files that appear whole or not at all.

use std::fs::{self, File};
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::{Error, Result};

/// Written to in one system call: large enough to make calls rare, small beside any cache.
const BUFFER: usize = 1 << 20;

/// A file under a temporary name, which [`commit`](Self::commit) gives its real one.
///
/// When dropped before, it is removed, and what stood under the real name stays. A pipe or a
/// device cannot be renamed over, so those are written directly.
pub(crate) struct AtomicFile {
    file: BufWriter<File>,
    path: PathBuf,
    temporary: Option<PathBuf>,
}

impl AtomicFile {
    /// Creates the temporary file beside `path`.
    pub(crate) fn create(path: &Path) -> Result<Self> {
        let special = fs::metadata(path).is_ok_and(|m| !m.is_file() && !m.is_dir());
        let temporary = (!special).then(|| temporary_name(path));
        let written = temporary.as_deref().unwrap_or(path);
        let file = File::create(written).map_err(Error::create(path))?;
        Ok(Self { file: BufWriter::with_capacity(BUFFER, file), path: path.to_owned(), temporary })
    }

    /// Writes `bytes` at `offset`.
    pub(crate) fn write_at(&mut self, offset: u64, bytes: &[u8]) -> Result<()> {
        self.file
            .seek(SeekFrom::Start(offset))
            .and_then(|_| self.file.write_all(bytes))
            .map_err(Error::write(&self.path))
    }

    /// Puts the finished file under its real name, safe on the disk.
    pub(crate) fn commit(mut self) -> Result<()> {
        self.file.flush().map_err(Error::write(&self.path))?;
        if let Some(temporary) = &self.temporary {
            self.file.get_ref().sync_data().map_err(Error::write(&self.path))?;
            fs::rename(temporary, &self.path).map_err(Error::create(&self.path))?;
            self.temporary = None;
        }
        Ok(())
    }
}

/// `spikes.h5` is written as `.spikes.h5.part`, which no shell pattern takes for data.
fn temporary_name(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.part"))
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.file.write(bytes)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

impl Seek for AtomicFile {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.file.seek(to)
    }
}

impl Drop for AtomicFile {
    fn drop(&mut self) {
        if let Some(temporary) = &self.temporary {
            // Nobody is left to hear of it, and a stray `.part` file does no harm.
            let _ = fs::remove_file(temporary);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_abandoned_file_leaves_the_old_one() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        fs::write(&path, "old").unwrap();
        let mut file = AtomicFile::create(&path).unwrap();
        file.write_all(b"new").unwrap();
        drop(file);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_full_disk_is_an_error() {
        let mut file = AtomicFile::create(Path::new("/dev/full")).unwrap();
        file.write_all(b"lost").unwrap();
        assert!(matches!(file.commit(), Err(Error::Write { .. })));
    }

    #[test]
    fn a_missing_directory_is_an_error() {
        let made = AtomicFile::create(Path::new("/nowhere/at/all"));
        assert!(matches!(made, Err(Error::Create { .. })));
    }
}
