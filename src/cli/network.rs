//! The arguments by which several subcommands are given a network.

use std::path::PathBuf;

use murine::Result;
use murine::config::{Config, Overrides};
use murine::units::Time;

use super::directory::CONFIG;

/// A config file, and what the command line changes in it.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct NetworkArguments {
    /// The network and how to simulate it, as TOML; or a run directory, for its config
    config: PathBuf,
    /// Change any value of the config: population.exc.size=5000
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<String>,
    /// The number from which all random numbers follow
    #[arg(long, allow_negative_numbers = true)]
    seed: Option<u64>,
    /// Threads, of which those beyond the cores share them; all cores if not given; cannot change the spikes
    #[arg(long, allow_negative_numbers = true)]
    threads: Option<u64>,
    /// How long to simulate, for example "200 ms"
    #[arg(long, value_name = "TIME")]
    duration: Option<Time>,
    /// Make the network this many times as large, keeping rates where they are known
    #[arg(long, value_name = "FACTOR", allow_negative_numbers = true)]
    scale: Option<f64>,
}

impl NetworkArguments {
    /// Reads the config.
    pub(crate) fn load(&self) -> Result<Config> {
        let in_run = self.config.join(CONFIG);
        let path = if self.config.is_dir() { &in_run } else { &self.config };
        Config::load(path, &self.overrides())
    }

    fn overrides(&self) -> Overrides {
        Overrides {
            set: self.set.clone(),
            seed: self.seed,
            threads: self.threads,
            duration: self.duration,
            scale: self.scale,
        }
    }
}
