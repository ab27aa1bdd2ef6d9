//! `murine bench`: how fast this machine runs the standard networks.
//!
//! Each run is a `murine run` of its own, so that its peak memory is its own and no run profits
//! from what another one left in memory. Runs go round: each measurement once, then each once
//! more, so that a slow minute of the machine meets all of them, and whoever stops early has a bit
//! of everything.

mod against;
mod crossover;
mod figures;
mod measure;
mod report;
mod suite;
mod text;

use std::path::PathBuf;
use std::time::Instant;

use murine::network::Storage;
use murine::units::Time;
use murine::{Error, Result};

use super::directory::RunDirectory;
use super::progress::Progress;
use super::signals::{self, Signals};
use super::voice::Voice;
use super::{output, table};
use measure::{Run, Workbench};
use report::{Measurement, Report};
use suite::{Case, Request, Standard};

const NOTES: &str = "\
What is run: each network on 1, 2, 4, ... threads (strong scaling); Brunel's with
12,500 neurons for each thread (weak scaling); CUBA from 4,000 to 400,000 neurons
with the same in-degree (sizes). The microcircuit is as large as memory allows.
Crossover has 8 to 3,000 synapses of a source, stored and procedural, on one
thread: from where on is it faster to make them again than to fetch them?

The terms are beNNch's (Albers et al. 2022, doi 10.3389/fninf.2022.837549):
  construction      wall seconds until all neurons and synapses exist
  propagation       wall seconds of the simulation after its warm-up
  real-time factor  these by simulated seconds; below 1 is faster than nature
  deliver, update   adding synaptic events; Poisson input and neurons
  exchange          collocating and communicating spikes, and waiting for them
  other             the rest: recording
Numbers are medians over --repeat runs, each in a process of its own. Close what
else runs on the machine before.

The directory: bench.json with all of it, and pictures of scaling and phases.
Ctrl-C ends it with what was measured so far; twice, it ends at once.

Exit codes: as those of `murine run`.";

/// Arguments of `murine bench`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = NOTES)]
pub(crate) struct Arguments {
    /// Only these networks
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    only: Vec<Standard>,
    /// The size of the microcircuit; the largest up to 1 that fits if not given
    #[arg(long, value_name = "FACTOR")]
    scale: Option<f64>,
    /// Numbers of threads: 1,2,4; powers of two up to the cores if not given
    #[arg(long, value_delimiter = ',', value_name = "NUMBERS")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    threads: Vec<u64>,
    /// How long to simulate each network; about a wall second's worth if not given
    #[arg(long, value_name = "TIME")]
    duration: Option<Time>,
    /// Runs of each measurement; 5 if not given, 1 with --quick
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    repeat: Option<u32>,
    /// A tenth of the microcircuit, 200 ms of each network, fewer sizes
    #[arg(long)]
    quick: bool,
    /// Hold the numbers against those of an earlier bench.json
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
    /// The directory for the results; a new one under runs/ if not given
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print bench.json on standard output in place of the tables
    #[arg(long)]
    json: bool,
    /// Say nothing but the results and errors
    #[arg(short, long)]
    quiet: bool,
}

/// Does it; returns the exit code.
pub(crate) fn run(arguments: &Arguments) -> Result<u8> {
    let voice = Voice { quiet: arguments.quiet, verbose: false };
    let old = arguments.against.as_deref().map(Report::read).transpose()?;
    let plan = suite::plan(&arguments.request())?;
    let repeat = arguments.repeat.unwrap_or(if arguments.quick { 1 } else { 5 });
    plan.notes.iter().for_each(|note| voice.note(note));
    voice.say(&text::plan(&plan.cases, repeat));
    let directory = RunDirectory::prepare(arguments.out.as_deref(), false, "bench")?;
    let signals = Signals::install(voice)?;
    signals.remove_if_empty(directory.created());
    signals.begin_saving();
    let (runs, outcome) = rounds(&plan.cases, repeat, &signals, voice);
    let measurements: Vec<Measurement> =
        runs.iter().filter_map(|(case, runs)| Measurement::new(case, runs)).collect();
    if measurements.is_empty() {
        directory.leave();
        outcome?;
        voice.note("interrupted before anything was measured");
        return Ok(signals.code());
    }
    let report = Report::new(measurements, signals::raised(signals.stop()) || outcome.is_err());
    report.write(&directory.file("bench.json"))?;
    figures::draw(&report, directory.path())?;
    if arguments.json {
        output::print(&report.json()?)?;
    } else {
        output::print(&text::report(&report))?;
    }
    if let (Some(old), false) = (&old, arguments.json) {
        output::print(&format!("\n{}", against::compare(old, &report)))?;
    } else if let Some(old) = &old {
        voice.say(&against::compare(old, &report));
    }
    finish(&directory, voice);
    outcome.and_then(|()| report.agree()).map(|()| signals.code())
}

impl Arguments {
    fn request(&self) -> Request {
        Request {
            only: self.only.clone(),
            scale: self.scale,
            threads: self.threads.clone(),
            duration: self.duration,
            quick: self.quick,
        }
    }
}

/// The runs of each case.
type Runs<'a> = Vec<(&'a Case, Vec<Run>)>;

/// Runs every case `repeat` times, as far as no signal and no error ends it; hands back whatever
/// was measured.
fn rounds<'a>(
    cases: &'a [Case],
    repeat: u32,
    signals: &Signals,
    voice: Voice,
) -> (Runs<'a>, Result<()>) {
    let mut runs: Runs = cases.iter().map(|case| (case, Vec::new())).collect();
    let outcome = Workbench::new().and_then(|bench| {
        let mut clock = Clock::new(repeat, cases);
        for round in 1..=repeat {
            for (case, runs) in &mut runs {
                let text = format!("round {round} of {repeat}: {}{}", case.title(), clock.left());
                let _spinner = Progress::spinner(voice, text);
                let Some(run) = bench.run(case, signals.stop())? else { return Ok(()) };
                runs.push(run);
                clock.done += case.seconds();
            }
        }
        Ok(())
    });
    (runs, outcome)
}

/// How long it will still take: what was expected, corrected by how long it took so far.
struct Clock {
    begin: Instant,
    expected: f64,
    done: f64,
}

impl Clock {
    fn new(repeat: u32, cases: &[Case]) -> Self {
        let round: f64 = cases.iter().map(Case::seconds).sum();
        Self { begin: Instant::now(), expected: f64::from(repeat) * round, done: 0.0 }
    }

    /// For the end of a line; nothing before anything is done.
    fn left(&self) -> String {
        if self.done == 0.0 {
            return String::new();
        }
        let factor = self.begin.elapsed().as_secs_f64() / self.done;
        format!(", {} left", text::duration(factor * (self.expected - self.done)))
    }
}

/// Says where everything is, and what to do next.
fn finish(directory: &RunDirectory, voice: Voice) {
    let path = directory.path().display();
    voice.say(&format!(
        "\nall of it is in {path}; after a change, try\n  murine bench --against {path}/bench.json"
    ));
}

/// The error for an argument that does not fit.
fn wrong(option: &str, problem: impl Into<String>) -> Error {
    Error::parameter(option, problem)
}

/// A network as tables name it: with its neurons or, where storages are compared, with the synapses
/// of a source.
fn title(network: &str, neurons: u64, synapses: f64, storage: Option<Storage>) -> String {
    let Some(storage) = storage else {
        return format!("{network} {}", table::grouped(neurons));
    };
    let each = (synapses / neurons as f64).round() as u64;
    format!("{network} {} {}", table::grouped(each), crossover::word(storage))
}
