//! `murine run`: simulate a network and keep what it did.

use std::path::PathBuf;
use std::time::Instant;

use murine::config::Config;
use murine::random::steps;
use murine::{Error, Result, Simulation};

use super::convert::Conversion;
use super::directory::{RunDirectory, SPOOL, SUMMARY};
use super::forecast::Forecast;
use super::network::NetworkArguments;
use super::progress::Progress;
use super::session::{Finished, Session};
use super::signals::Signals;
use super::summary::{RunNumbers, Summary};
use super::table::bytes as bytes_of;
use super::voice::Voice;
use super::{limits, machine, output, table, voice};

const FILES: &str = "\
The run directory:
  config.toml   the resolved config; `murine run DIR` runs it again
  summary.json  the numbers, as --json prints them: rates, times, spikes and
                events leave out the warm-up; spike_hash, a 64-bit sum over
                all spikes, in hexadecimal, does not
  spikes.h5     SONATA: /spikes/NAME/timestamps (ms) and node_ids
  raster.png    who spiked when, and the rates
  state.POPULATION.VARIABLE.h5, state.POPULATION.VARIABLE.mean.csv, rates.csv,
  activity.npz, activity.png
                what the config has recorders for

While it runs, spikes.spool takes the spikes; `murine recover` reads it after a
crash. Ctrl-C ends the run and saves what was simulated; twice, it ends at once.
A state variable that is infinite or not a number ends the run, too: states are
looked at every 1000 steps and at the end, and what precedes is saved.

Exit codes: 0 done, 2 usage, 65 wrong config, or states that are not finite,
66 no such file, 73 cannot create, 74 cannot write, 130 and 143 interrupted and
saved.";

/// Arguments of `murine run`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = FILES)]
#[expect(clippy::struct_excessive_bools, reason = "the flags of a command")]
pub(crate) struct Arguments {
    #[command(flatten)]
    network: NetworkArguments,
    /// The run directory; a new one under runs/ if not given
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Replace the run that --out holds
    #[arg(long, requires = "out")]
    overwrite: bool,
    #[command(flatten)]
    conversion: Conversion,
    /// Print the summary as JSON on standard output
    #[arg(long)]
    json: bool,
    /// Say nothing but errors
    #[arg(short, long, conflicts_with = "verbose")]
    quiet: bool,
    /// Say more
    #[arg(short, long)]
    verbose: bool,
    /// Run even if it does not fit into memory
    #[arg(long)]
    force: bool,
}

/// Does it; returns the exit code.
pub(crate) fn run(arguments: &Arguments) -> Result<u8> {
    let voice = Voice { quiet: arguments.quiet, verbose: arguments.verbose };
    let mut config = arguments.network.load()?;
    config.notes.iter().for_each(|note| voice.note(note));
    let predicted = predict(&mut config, arguments.force, voice)?;
    let out = arguments.out.as_deref();
    let directory = RunDirectory::prepare(out, arguments.overwrite, &config.network.name)?;
    let signals = Signals::install(voice)?;
    signals.remove_if_empty(directory.created());
    let built = build(&config, predicted, voice).inspect_err(|_| directory.leave())?;
    signals.begin_saving();
    directory.begin(&config.text)?;
    let recorded = record(&config, built, &directory, &signals, voice);
    let saved = recorded.and_then(|(summary, failure)| {
        save(arguments, summary, &directory).map(|summary| (summary, failure))
    });
    match saved {
        Ok((summary, None)) => {
            present(arguments, &summary, &directory, voice).map(|()| signals.code())
        }
        Ok((_, Some(failure))) => {
            voice.say(&format!("what precedes it is in {}", directory.path().display()));
            Ok(failure.exit_code())
        }
        Err(error) => {
            voice::report(&error);
            how_to_recover(&directory, voice);
            Ok(error.exit_code())
        }
    }
}

/// Decides what is stored, predicts the memory and sees that there is enough.
fn predict(config: &mut Config, force: bool, voice: Voice) -> Result<u64> {
    let limit = limits::tightest();
    if let Some(limit) = limit.as_ref().filter(|_| !force) {
        murine::compile::Memory::least(&config.network)?.fit(limit.bytes as f64, limit.what)?;
    }
    let forecast = Forecast::new(&mut config.network, config.threads, limit.as_ref())?;
    forecast.note().iter().for_each(|note| voice.note(note));
    let bytes = forecast.bytes();
    let Some(limit) = limit else { return Ok(bytes) };
    let (free, what) = (bytes_of(limit.bytes), limit.what);
    voice.detail(&format!("memory: {} predicted, {free} free ({what})", bytes_of(bytes)));
    match forecast.memory.fit(limit.bytes as f64, what) {
        Err(error) if force => voice.note(&error.to_string()),
        other => other?,
    }
    Ok(bytes)
}

/// Builds the network; what is known then goes into the numbers of the run.
fn build(config: &Config, predicted: u64, voice: Voice) -> Result<(Simulation, RunNumbers)> {
    let network = &config.network;
    let size = table::plural(network.size(), "neuron");
    let synapses = table::short(super::forecast::synapses(network));
    let text = format!("building {size}, {synapses} synapses, {}", bytes_of(predicted));
    let begin = Instant::now();
    let spinner = Progress::spinner(voice, text);
    let simulation = Simulation::new(network, super::forecast::threads(config.threads))?;
    drop(spinner);
    let construct_s = begin.elapsed().as_secs_f64();
    let rounding = network.rounding()?;
    let numbers = RunNumbers {
        threads: simulation.threads(),
        partitions: simulation.partitions(),
        synapses: simulation.synapses(),
        construct_s,
        predicted_bytes: predicted,
        largest_weight_error: rounding.largest_error,
        weights_lost: rounding.lost,
        weights_lost_share: rounding.lost_share,
        ..RunNumbers::default()
    };
    Ok((simulation, numbers))
}

/// Runs the network and spools what it does. The network is forgotten afterwards: converting the
/// spool needs memory, too. Also returns why the simulation could not go on, if it could not.
fn record(
    config: &Config,
    (simulation, numbers): (Simulation, RunNumbers),
    directory: &RunDirectory,
    signals: &Signals,
    voice: Voice,
) -> Result<(Summary, Option<Error>)> {
    let network = &config.network;
    let in_steps = |time| steps(time, network.dt);
    let (warmup, duration) = (in_steps(config.warmup)?, in_steps(config.duration)?);
    let end = warmup + duration;
    let mut session = Session::new(simulation, &directory.file(SPOOL), warmup, end)?;
    let progress = Progress::run(voice, end, network.dt.ms());
    session.run(signals.stop(), &progress)?;
    drop(progress);
    let Finished { recording, statistics, measured, failure } = session.finish()?;
    let mut summary = Summary::new(&recording, &statistics, false).of(network);
    summary.interrupted = recording.last_step < end;
    summary.run = Some(RunNumbers {
        spike_hash: format!("{:#018x}", statistics.hash()),
        ..numbers.measured(&measured, recording.dt_ms)
    });
    if let Some(error) = &failure {
        summary.error = Some(error.to_string());
        voice::report(error);
        voice.note(&format!("saving the {} ms that were simulated", summary.duration_ms));
    } else if summary.interrupted {
        voice.note(&format!(
            "interrupted after {} ms; saving what was simulated\n\
             (another Ctrl-C leaves that to `murine recover {}`)",
            summary.duration_ms,
            directory.path().display()
        ));
    }
    Ok((summary, failure))
}

/// Makes the files of the run out of its spool.
fn save(arguments: &Arguments, mut summary: Summary, directory: &RunDirectory) -> Result<Summary> {
    summary.files = arguments.conversion.convert(directory, &summary.title())?;
    if let Some(run) = &mut summary.run {
        run.peak_rss_bytes = machine::peak_rss();
    }
    summary.write(&directory.file(SUMMARY))?;
    // Everything that was in it is in other files now.
    let _ = std::fs::remove_file(directory.file(SPOOL));
    Ok(summary)
}

/// Shows what came out, and what to do next.
fn present(
    arguments: &Arguments,
    summary: &Summary,
    directory: &RunDirectory,
    voice: Voice,
) -> Result<()> {
    voice.say(&table::table(summary));
    summary.run.iter().for_each(|run| voice.detail(&table::details(run)));
    let path = directory.path().display();
    voice.say(&format!("\nall of it is in {path}; next, try\n  murine plot {path} --to 100ms"));
    if arguments.json {
        output::print(&summary.json()?)
    } else if arguments.quiet {
        Ok(())
    } else {
        output::print(&path.to_string())
    }
}

/// Says what can be done after a failure.
fn how_to_recover(directory: &RunDirectory, voice: Voice) {
    if directory.file(SPOOL).exists() {
        let path = directory.path().display();
        voice.note(&format!("what was written until then is kept: murine recover {path}"));
    }
}
