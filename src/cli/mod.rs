//! The command line: one file per subcommand, on the public API only.
//!
//! Data goes to standard output, everything meant for people to standard error.

mod bench;
mod check;
mod completions;
mod convert;
mod directory;
mod export;
mod forecast;
mod limits;
mod machine;
mod network;
mod observe;
mod output;
mod plot;
mod progress;
mod recover;
mod run;
mod schema;
mod session;
mod signals;
mod summary;
mod table;
pub(crate) mod voice;

use clap::builder::styling::{AnsiColor, Styles};
use clap::error::{ContextKind, ContextValue};
use clap::{CommandFactory, Parser, Subcommand};
use murine::Result;

const EXAMPLES: &str = "\
Examples:
  murine run configs/brunel.toml          simulate, and leave a raster under runs/
  murine check configs/microcircuit.toml  what it is and how much memory it takes";

/// Colours of the help.
const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Blue.on_default().bold())
    .usage(AnsiColor::Blue.on_default().bold())
    .literal(AnsiColor::Cyan.on_default());

/// Simulates large networks of spiking neurons.
#[derive(Debug, Parser)]
#[command(name = "murine", version, styles = STYLES, after_help = EXAMPLES)]
#[command(max_term_width = 100)]
pub(crate) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Arguments {
    /// Reads the command line; help and mistakes end the program.
    pub(crate) fn read() -> Self {
        Self::try_parse().unwrap_or_else(|mistake| suggest(mistake).exit())
    }
}

/// Adds the nearest subcommand to an unknown one, also where clap finds none near enough.
fn suggest(mut mistake: clap::Error) -> clap::Error {
    let Some(ContextValue::String(given)) = mistake.get(ContextKind::InvalidSubcommand) else {
        return mistake;
    };
    let command = Arguments::command();
    let distance = |name: &str| strsim::damerau_levenshtein(name, given);
    let names = command.get_subcommands().map(clap::Command::get_name);
    if mistake.get(ContextKind::SuggestedSubcommand).is_none()
        && let Some(nearest) = names.min_by_key(|name| distance(name))
        && distance(nearest) <= 2
    {
        let nearest = ContextValue::Strings(vec![nearest.to_owned()]);
        mistake.insert(ContextKind::SuggestedSubcommand, nearest);
    }
    mistake
}

/// What the program can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Simulate a network and keep what it did in a run directory
    Run(run::Arguments),
    /// Read a config and say what it is and what it will take; build nothing
    Check(check::Arguments),
    /// Draw the raster of a run again, with other options
    Plot(plot::Arguments),
    /// Save what a run that crashed had recorded
    Recover(recover::Arguments),
    /// Write the synapses of a network one by one, as the rule `list` reads them
    Export(export::Arguments),
    /// Measure how fast this machine runs the standard networks
    Bench(bench::Arguments),
    /// Print the JSON Schema of config files
    Schema,
    /// Print completions for a shell
    Completions(completions::Arguments),
}

impl Command {
    /// Does it; returns the exit code.
    pub(crate) fn run(&self) -> Result<u8> {
        match self {
            Self::Run(arguments) => run::run(arguments),
            Self::Check(arguments) => check::run(arguments),
            Self::Plot(arguments) => plot::run(arguments),
            Self::Recover(arguments) => recover::run(arguments),
            Self::Export(arguments) => export::run(arguments),
            Self::Bench(arguments) => bench::run(arguments),
            Self::Schema => schema::run(),
            Self::Completions(arguments) => completions::run(arguments),
        }
    }
}
