//! A network and its run settings as TOML text: the only module that knows our file format.
//!
//! ```text
//! text -> tree (with places) -> --set -> expand (shorthand) -> Format (types) -> scale -> Network
//! ```
//!
//! Everything in the tree knows where it was written, so that every error, even one that the
//! network finds, shows the file, the line and a caret under the culprit.

mod build;
mod compensation;
mod decode;
mod expand;
mod fault;
mod format;
mod inputs;
mod lists;
mod locate;
mod matrix;
mod overrides;
mod scale;
mod tree;

pub use overrides::Overrides;

use std::path::Path;

use fault::{Fault, Sources};
use format::Format;
use tree::Node;

use crate::network::Network;
use crate::units::Time;
use crate::{Error, Result};

/// A network and how to run it, as read from a config file.
///
/// ```
/// use murine::config::{Config, Overrides};
///
/// let text = r#"
///     [simulation]
///     duration = "100 ms"
///     [population.cells]
///     size = 30
///     neuron.iaf_psc_exp = { i_e = "400 pA" }
/// "#;
/// let overrides = Overrides { seed: Some(7), ..Overrides::default() };
/// let config = Config::parse("cells.toml", text, &overrides)?;
/// assert_eq!(config.network.name, "cells");
/// assert_eq!(config.network.seed, 7);
/// # Ok::<(), murine::Error>(())
/// ```
///
/// With [`Overrides::scale`] S, sizes and degrees are multiplied by S, total numbers by S squared,
/// and probabilities are kept. Where the reference rates of a population and of all that project
/// to it are known, its mean input and the variance of it are kept as well (van Albada et al.
/// 2015, doi 10.1371/journal.pcbi.1004490): the rates of its Poisson inputs are multiplied by S,
/// all its weights divided by sqrt(S), and a constant current is added.
#[derive(Clone, Debug)]
pub struct Config {
    /// What is simulated.
    pub network: Network,
    /// How long, not counting the warm-up.
    pub duration: Time,
    /// How long before that, left out of all results.
    pub warmup: Time,
    /// How many threads to use; if not given, as many as there are processors and work.
    pub threads: Option<u64>,
    /// What the user should know about how the config was read.
    pub notes: Vec<String>,
    /// The resolved config: loaded again, it gives the same run.
    pub text: String,
}

impl Config {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// [`Error::Read`] if there is no such file, else as [`Config::parse`].
    pub fn load(path: impl AsRef<Path>, overrides: &Overrides) -> Result<Self> {
        let path = path.as_ref();
        let bytes = std::fs::read(path).map_err(Error::read(path))?;
        let name = path.display().to_string();
        let text = String::from_utf8(bytes).map_err(|e| not_text(&name, &e))?;
        Self::parse(&name, &text, overrides)
    }

    /// Reads `text`, which is called `name` in messages; files it names are looked for beside it.
    ///
    /// # Errors
    /// [`Error::Config`] with file, line and caret for everything that is wrong with the text or
    /// the network it describes.
    pub fn parse(name: &str, text: &str, overrides: &Overrides) -> Result<Self> {
        let mut sources = Sources::new(name, text);
        let root = read_tree(name, text, overrides, &mut sources)?;
        let mut format: Format =
            decode::decode(&root).map_err(|fault: Fault| sources.render(&fault))?;
        if format.name.is_empty() {
            format.name = stem(name);
        }
        let show = |error: Error, network: Option<&Network>| {
            locate::fault(error, &root, network).map_or_else(|e| e, |f| sources.render(&f))
        };
        lists::load(&mut format).map_err(|e| show(e, None))?;
        let mut network = checked(&format).map_err(|(e, n)| show(e, n.as_deref()))?;
        let mut notes = Vec::new();
        if let Some(factor) = overrides.scale.filter(|factor| (factor - 1.0).abs() > 1e-12) {
            notes = scale::scale(&mut format, &network, factor).map_err(|e| show(e, None))?;
            network = checked(&format).map_err(|(e, n)| show(e, n.as_deref()))?;
        }
        let text = toml::to_string(&format)
            .map_err(|e| Error::Config(format!("{name}: cannot be written as TOML: {e}")))?;
        let format::Simulation { duration, warmup, threads, .. } = format.simulation;
        Ok(Self { network, duration, warmup, threads, notes, text })
    }

    /// The resolved config as TOML: loaded again, it gives the same run.
    #[must_use]
    pub fn to_toml(&self) -> &str {
        &self.text
    }
}

/// The JSON Schema of config files.
#[must_use]
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Format).to_value()
}

/// The tree of a config, changed by `overrides` and expanded.
fn read_tree(name: &str, text: &str, overrides: &Overrides, sources: &mut Sources) -> Result<Node> {
    let mut root = tree::parse(text, 0).map_err(|fault| sources.render(&fault))?;
    overrides.apply(&mut root, sources)?;
    expand::expand(&mut root).map_err(|fault| sources.render(&fault))?;
    lists::make_absolute(&mut root, Path::new(name).parent().unwrap_or(Path::new("")));
    Ok(root)
}

/// The network of `format`, all checks passed; else what is wrong and with which network.
fn checked(format: &Format) -> Result<Network, (Error, Option<Box<Network>>)> {
    let network = format.network().map_err(|e| (e, None))?;
    let checks = network
        .validate()
        .and_then(|()| format.check_simulation())
        .and_then(|()| network.rounding().map(|_| ()));
    match checks {
        Ok(()) => Ok(network),
        Err(error) => Err((error, Some(Box::new(network)))),
    }
}

/// The name of a file without directories and ending.
fn stem(name: &str) -> String {
    Path::new(name).file_stem().map_or("network".into(), |s| s.to_string_lossy().into_owned())
}

/// The error for a file that is no text.
fn not_text(name: &str, error: &std::string::FromUtf8Error) -> Error {
    let good = error.utf8_error().valid_up_to();
    let text = String::from_utf8_lossy(error.as_bytes());
    let place = tree::Place { text: 0, span: good..good + 1 };
    let fault = Fault::new("this is no UTF-8 text: a config is a TOML file").at(&place);
    Sources::new(name, &text).render(&fault)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_describes_every_section_and_key() {
        let schema = schema();
        let properties = schema["properties"].as_object().unwrap();
        let sections: Vec<&str> = properties.keys().map(String::as_str).collect();
        assert_eq!(sections, expand::SECTIONS);
        let text = schema.to_string();
        for key in ["tau_syn_ex", "indegree", "poisson_generator", "sources", "reference_rate"] {
            assert!(text.contains(&format!("\"{key}\"")), "{key}");
        }
        assert!(text.contains("The time step."), "doc comments become descriptions");
    }

    #[test]
    fn a_missing_file_is_no_report() {
        let error = Config::load("no/such.toml", &Overrides::default()).unwrap_err();
        assert_eq!(error.exit_code(), 66);
    }

    #[test]
    fn a_file_that_is_no_text_is_pointed_into() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("latin.toml");
        std::fs::write(&path, b"name = \"caf\xe9\"\n").unwrap();
        let report = Config::load(&path, &Overrides::default()).unwrap_err().to_string();
        assert!(report.contains("latin.toml:1:12") && report.contains('^'), "{report}");
    }
}
