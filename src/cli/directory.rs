//! Run directories: where they are, and what may be overwritten.

use std::fs;
use std::io::{Error as IoError, ErrorKind};
use std::path::{Path, PathBuf};

use murine::record::SpoolFile;
use murine::{Error, Result};

/// Where runs go that are given no directory.
const RUNS: &str = "runs";

/// The first line of `config.toml` in a run directory, by which one is known.
const MARK: &str = "# This run's config, resolved by murine ";

/// Names of the files of a run, besides those that its summary lists.
pub(crate) const CONFIG: &str = "config.toml";
pub(crate) const SUMMARY: &str = "summary.json";
pub(crate) const SPOOL: &str = "spikes.spool";
pub(crate) const ACTIVITY: &str = "activity.npz";
const OTHERS: [&str; 11] = [
    "spikes.h5",
    "spikes.csv",
    "spikes.npz",
    "raster.png",
    "raster.svg",
    "rates.csv",
    "rates.npz",
    ACTIVITY,
    "activity.csv",
    "activity.png",
    "activity.svg",
];

/// A directory that holds a run, or will.
#[derive(Clone, Debug)]
pub(crate) struct RunDirectory {
    path: PathBuf,
    created: bool,
}

impl RunDirectory {
    /// Finds or makes the directory for a new run, and sees that files can be made in it. What
    /// is in it stays until [`begin`](Self::begin).
    pub(crate) fn prepare(out: Option<&Path>, overwrite: bool, name: &str) -> Result<Self> {
        let this = match out {
            Some(path) => Self::given(path, overwrite)?,
            None => Self::next(Path::new(RUNS), name)?,
        };
        let probe = this.file(".murine-probe");
        let probed = fs::write(&probe, "").and_then(|()| fs::remove_file(&probe));
        probed.map_err(|e| {
            this.leave();
            Error::create(this.file(CONFIG))(e)
        })?;
        Ok(this)
    }

    /// An existing run.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        fs::read_dir(path).map_err(Error::read(path))?;
        let this = Self { path: path.to_owned(), created: false };
        if this.is_run() || this.file(SPOOL).exists() || this.file("spikes.h5").exists() {
            return Ok(this);
        }
        let problem = "this is no run directory: it holds neither spikes.h5 nor spikes.spool";
        Err(Error::Malformed { path: path.to_owned(), problem: problem.into() })
    }

    fn given(path: &Path, overwrite: bool) -> Result<Self> {
        let refuse = |why: &str| {
            Err(Error::create(path)(IoError::new(ErrorKind::AlreadyExists, why.to_owned())))
        };
        match fs::read_dir(path) {
            Ok(mut entries) => {
                let this = Self { path: path.to_owned(), created: false };
                if entries.next().is_none() {
                    Ok(this)
                } else if !this.is_run() {
                    refuse("it holds files that are no run of murine: take another --out")
                } else if SpoolFile::is_being_written(&this.file(SPOOL)) {
                    refuse("a run is writing to it now: take another --out")
                } else if overwrite {
                    Ok(this)
                } else {
                    refuse("it holds a run: take another --out, or replace it with --overwrite")
                }
            }
            Err(e) if e.kind() == ErrorKind::NotFound => {
                fs::create_dir_all(path).map_err(Error::create(path))?;
                Ok(Self { path: path.to_owned(), created: true })
            }
            Err(e) => Err(Error::create(path)(e)),
        }
    }

    /// `runs/NAME-N` with the first free number above all that are there.
    fn next(runs: &Path, name: &str) -> Result<Self> {
        fs::create_dir_all(runs).map_err(Error::create(runs))?;
        let name = file_name(name);
        let number = |entry: fs::DirEntry| {
            let found = entry.file_name().to_string_lossy().into_owned();
            found.strip_prefix(&name)?.strip_prefix('-')?.parse::<u64>().ok()
        };
        let entries = fs::read_dir(runs).map_err(Error::create(runs))?;
        let mut next = entries.flatten().filter_map(number).max().map_or(1, |n| n + 1);
        loop {
            let path = runs.join(format!("{name}-{next:03}"));
            match fs::create_dir(&path) {
                Ok(()) => return Ok(Self { path, created: true }),
                Err(e) if e.kind() == ErrorKind::AlreadyExists => next += 1,
                Err(e) => return Err(Error::create(path)(e)),
            }
        }
    }

    /// Whether its config says that it is a run of ours.
    fn is_run(&self) -> bool {
        fs::read_to_string(self.file(CONFIG)).is_ok_and(|text| text.starts_with(MARK))
    }

    /// Removes the files of an earlier run, and none else, and writes the config of this one.
    pub(crate) fn begin(&self, config: &str) -> Result<()> {
        let listed = self.listed();
        let names = [SUMMARY, SPOOL].into_iter().chain(OTHERS);
        let names: Vec<&str> = names.chain(listed.iter().map(String::as_str)).collect();
        // Beside each file what is left of it if it was not finished.
        let parts = names.iter().map(|name| format!(".{name}.part"));
        for name in parts.chain(names.iter().map(ToString::to_string)) {
            let path = self.file(&name);
            match fs::remove_file(&path) {
                Err(e) if e.kind() != ErrorKind::NotFound => return Err(Error::create(path)(e)),
                _ => {}
            }
        }
        let path = self.file(CONFIG);
        let text = format!("{MARK}{}\n{config}", env!("CARGO_PKG_VERSION"));
        fs::write(&path, text).map_err(Error::write(&path))
    }

    /// The files that the summary of an earlier run lists.
    fn listed(&self) -> Vec<String> {
        let summary = fs::read(self.file(SUMMARY)).unwrap_or_default();
        let summary: serde_json::Value = serde_json::from_slice(&summary).unwrap_or_default();
        let names = summary["files"].as_array().cloned().unwrap_or_default();
        let names = names.iter().filter_map(|name| name.as_str().map(str::to_owned));
        names.filter(|name| !name.contains(['/', '\\']) && name.starts_with("state.")).collect()
    }

    /// Removes the directory again if it was made and is empty.
    pub(crate) fn leave(&self) {
        if self.created {
            // Fails where something is in it, as it should.
            let _ = fs::remove_dir(&self.path);
        }
    }

    /// The directory itself, if it was made for this run.
    pub(crate) fn created(&self) -> Option<PathBuf> {
        self.created.then(|| self.path.clone())
    }

    /// A file in it.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// A name as a file may have it: what could lead elsewhere becomes `_`.
pub(crate) fn file_name(name: &str) -> String {
    let safe = |c: char| if c.is_alphanumeric() || "-_.+ ".contains(c) { c } else { '_' };
    let name: String = name.trim().chars().map(safe).take(100).collect();
    if name.starts_with('.') || name.is_empty() { format!("_{name}") } else { name }
}
