//! The error type: few variants, told apart by who can mend them.

use std::path::{Path, PathBuf};

use crate::units::Time;

/// What a fallible function of this crate returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that can go wrong. Messages are lower case, without a full stop, and name
/// the key, the value, the limit and the remedy.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A configuration file is wrong; the text is a rendered report with file, line and caret.
    #[error("{0}")]
    Config(String),
    /// A parameter of the network is wrong: whoever described the network can mend it.
    #[error("{key}: {problem}")]
    Parameter {
        /// Path of the culprit, for example `population.exc.tau_m`.
        key: String,
        /// Value, limit and remedy.
        problem: String,
    },
    /// The network is right, but does not fit a limit of the machine or of the engine.
    #[error("{0}")]
    Capacity(String),
    /// A state variable of a neuron is infinite or not a number (NaN): what comes after it means nothing.
    #[error(
        "population.{population}: {variable} of neuron {neuron} is {value} at step {step} ({time}): {remedy}"
    )]
    NotFinite {
        /// The name of the population.
        population: String,
        /// The number of the neuron within it: the first of the first population, if there are several.
        neuron: u64,
        /// The name of the variable or, of a state that cannot be recorded, its number.
        variable: String,
        /// Its value: infinite or not a number.
        value: f64,
        /// The step at which it was found, which is the last that was simulated.
        step: u64,
        /// The same in ms.
        time: Time,
        /// What keeps it finite.
        remedy: &'static str,
    },
    /// A file that should be read is missing or unreadable.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file was read, but its contents are damaged or of another kind.
    #[error("{}: {problem}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong, where, and the remedy.
        problem: String,
    },
    /// A file or directory cannot be created.
    #[error("cannot create {}: {source}", path.display())]
    Create {
        /// The file or directory.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Writing failed half-way, for example on a full disk.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

impl Error {
    /// A wrong parameter: `key` says which, `problem` says value, limit and remedy.
    pub fn parameter(key: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Parameter { key: key.into(), problem: problem.into() }
    }

    /// The same error with `prefix.` before the key of a wrong parameter.
    #[must_use]
    pub fn within(self, prefix: &str) -> Self {
        match self {
            Self::Parameter { key, problem } if key.is_empty() => {
                Self::Parameter { key: prefix.to_owned(), problem }
            }
            Self::Parameter { key, problem } => {
                Self::Parameter { key: format!("{prefix}.{key}"), problem }
            }
            other => other,
        }
    }

    /// Wraps an error met while reading `path`.
    pub fn read(path: impl AsRef<Path>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.as_ref().to_owned();
        move |source| Self::Read { path, source }
    }

    /// Wraps an error met while creating `path`.
    pub fn create(path: impl AsRef<Path>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.as_ref().to_owned();
        move |source| Self::Create { path, source }
    }

    /// Wraps an error met while writing `path`.
    pub fn write(path: impl AsRef<Path>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.as_ref().to_owned();
        move |source| Self::Write { path, source }
    }

    /// The exit code of the program for this error (see sysexits.h).
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Config(_)
            | Self::Parameter { .. }
            | Self::Capacity(_)
            | Self::NotFinite { .. }
            | Self::Malformed { .. } => 65,
            Self::Read { .. } => 66,
            Self::Create { .. } => 73,
            Self::Write { .. } => 74,
        }
    }
}
