//! `murine recover`: save what a run that crashed had recorded.

use std::path::PathBuf;

use murine::config::{Config, Overrides};
use murine::record::{Ending, SpikeStream, SpoolFile, Statistics};
use murine::{Error, Result};

use super::convert::Conversion;
use super::directory::{CONFIG, RunDirectory, SPOOL, SUMMARY};
use super::summary::Summary;
use super::voice::Voice;
use super::{output, table};

/// Arguments of `murine recover`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// A run directory
    run: PathBuf,
    #[command(flatten)]
    conversion: Conversion,
    /// Say nothing but errors
    #[arg(short, long)]
    quiet: bool,
}

/// Does it; returns the exit code.
pub(crate) fn run(arguments: &Arguments) -> Result<u8> {
    let voice = Voice { quiet: arguments.quiet, verbose: false };
    let directory = RunDirectory::open(&arguments.run)?;
    if recover(&directory, &arguments.conversion, voice)? {
        output::print(&directory.path().display().to_string())?;
    } else {
        voice.say("nothing to recover: the run is complete");
    }
    Ok(0)
}

/// Makes the files of a run out of the spool that it left; says whether there was one.
pub(crate) fn recover(run: &RunDirectory, conversion: &Conversion, voice: Voice) -> Result<bool> {
    let path = run.file(SPOOL);
    if !path.exists() {
        return Ok(false);
    }
    if SpoolFile::is_being_written(&path) {
        let problem = "a run is writing it now: wait for its end, or interrupt it with Ctrl-C";
        return Err(Error::Malformed { path, problem: problem.into() });
    }
    if run.file(SUMMARY).exists() {
        // Everything was saved; only the last step, this one, was missing.
        std::fs::remove_file(&path).map_err(Error::write(&path))?;
        return Ok(false);
    }
    let spool = SpoolFile::open(&path)?;
    let mut summary = summary(run, &spool)?;
    voice.note(&what_is_left(&spool));
    summary.files = conversion.convert(run, &summary.title())?;
    summary.write(&run.file(SUMMARY))?;
    voice.say(&table::table(&summary));
    dispose(run, spool.ending())?;
    Ok(true)
}

/// The numbers that the spikes themselves give.
fn summary(run: &RunDirectory, spool: &SpoolFile) -> Result<Summary> {
    let recording = spool.description();
    let mut statistics = Statistics::new(&recording.populations);
    spool.for_each(&mut |spikes| {
        statistics.add(spikes);
        Ok(())
    })?;
    let mut summary = Summary::new(recording, &statistics, true);
    summary.interrupted = *spool.ending() != Ending::Complete || stopped_early(spool);
    match Config::load(run.file(CONFIG), &Overrides::default()) {
        Ok(config) => Ok(summary.of(&config.network)),
        // The spikes do not need it.
        Err(_) => Ok(summary),
    }
}

/// Whether the run was stopped before its end, even if its spool is whole.
fn stopped_early(spool: &SpoolFile) -> bool {
    spool.description().last_step < spool.planned_end()
}

/// What a user should know about a spool.
fn what_is_left(spool: &SpoolFile) -> String {
    let recording = spool.description();
    let up_to = recording.time_ms(recording.last_step);
    let spikes = table::plural(spool.spikes(), "spike");
    match spool.ending() {
        Ending::Complete if stopped_early(spool) => {
            format!("the run was interrupted at {up_to:.1} ms; its {spikes} are saved now")
        }
        Ending::Complete => format!("the run had ended; its {spikes} are saved now"),
        ending => format!("the recording is {ending}; its {spikes} up to {up_to:.1} ms are saved"),
    }
}

/// Removes a spool whose contents are in other files now; one that is damaged in the middle is
/// kept, because something may stand behind the damage.
fn dispose(run: &RunDirectory, ending: &Ending) -> Result<()> {
    let path = run.file(SPOOL);
    let done = match ending {
        Ending::Damaged { .. } => std::fs::rename(&path, run.file("spikes.spool.damaged")),
        _ => std::fs::remove_file(&path),
    };
    done.map_err(Error::write(&path))
}
