//! The thalamus follows flicker: a sweep of the frequency in the basal network and with reduced
//! feed-forward inhibition, its pictures, and the published findings as a table of figures.
//!
//!     cargo run --release --example lgn_flicker -- [OPTIONS]
//!
//! `--help` names the options.

#[macro_use]
#[path = "shared/say.rs"]
mod say;

#[path = "lgn_flicker/experiment.rs"]
mod experiment;
#[path = "lgn_flicker/pictures.rs"]
mod pictures;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use experiment::{CELLS, Outcome, PEAK_DB, RATES, SUBHARMONIC_DB, Setting};
use murine::prelude::*;
use rayon::prelude::*;

/// What `--help` prints.
const HELP: &str = "\
A thalamus under flicker: its rates, entrainment and subharmonics beside the
published ones, and pictures of them.

    --quick      2 frequencies, 1 seed and 1 s, in place of 2 to 50 Hz, 5 seeds
                 and 6 s
    --tiles N    N copies of the network side by side, at 3 frequencies and
                 1 seed; 7143 copies are a million cells
    --seconds S  how long each run takes, at least 1
    --out DIR    where the pictures go, the current directory if not given";

/// What the command line asks for.
struct Sweep {
    frequencies: Vec<f64>,
    seeds: u64,
    seconds: f64,
    tiles: u64,
    out: PathBuf,
}

fn sweep(arguments: &[String]) -> Result<Sweep, String> {
    let mut sweep = Sweep {
        frequencies: (2..=50).map(f64::from).collect(),
        seeds: 5,
        seconds: 6.0,
        tiles: 1,
        out: ".".into(),
    };
    let mut rest = arguments.iter();
    while let Some(option) = rest.next() {
        match option.as_str() {
            "--quick" => {
                (sweep.frequencies, sweep.seeds, sweep.seconds) = (vec![20.0, 40.0], 1, 1.0);
            }
            "--tiles" => {
                let number = rest.next().and_then(|n| n.parse().ok()).filter(|n| *n > 0);
                sweep.tiles = number.ok_or("--tiles needs a number, at least 1")?;
                (sweep.frequencies, sweep.seeds) = (vec![20.0, 40.0, 50.0], 1);
            }
            "--seconds" => {
                let number = rest.next().and_then(|s| s.parse().ok()).filter(|s| *s >= 1.0);
                sweep.seconds = number.ok_or("--seconds needs a number, at least 1")?;
            }
            "--out" => sweep.out = rest.next().ok_or("--out needs a directory")?.into(),
            other => return Err(format!("unknown option `{other}`: see --help")),
        }
    }
    Ok(sweep)
}

impl Sweep {
    /// Several frequencies of the paper are one effective frequency: its 49 Hz is its 50 Hz.
    fn settings(&self) -> Vec<Setting> {
        let frequencies = self.frequencies.iter().map(|&f| experiment::effective(f));
        // Small runs go side by side, large ones take all threads.
        let threads = usize::from(self.tiles == 1);
        let one = |(hz, reduced, seed)| Setting {
            hz,
            reduced,
            seed,
            tiles: self.tiles,
            seconds: self.seconds,
            threads,
        };
        let all = frequencies.flat_map(|hz| [(hz, false), (hz, true)]);
        all.flat_map(|(hz, reduced)| (1..=self.seeds).map(move |seed| (hz, reduced, seed)))
            .map(one)
            .collect()
    }

    /// Small runs side by side, large ones one after the other.
    fn run(&self, settings: &[Setting]) -> Result<Vec<Outcome>> {
        if self.tiles > 1 {
            return settings.iter().map(run_and_tell).collect();
        }
        settings.par_iter().map(experiment::run).collect()
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|a| a == "--help" || a == "-h") {
        say!("{HELP}");
        return ExitCode::SUCCESS;
    }
    let fail = |code: u8, error: &dyn std::fmt::Display| {
        eprintln!("error: {error}");
        ExitCode::from(code)
    };
    match sweep(&arguments) {
        Ok(sweep) => show(&sweep).map_or_else(|error| fail(1, &error), |()| ExitCode::SUCCESS),
        Err(mistake) => fail(2, &mistake),
    }
}

/// Runs everything, prints the tables and draws the pictures.
fn show(sweep: &Sweep) -> Result<(), Box<dyn std::error::Error>> {
    let settings = sweep.settings();
    let begin = Instant::now();
    let outcomes = sweep.run(&settings)?;
    say!(
        "{} runs of {} s, {} cells each, in {:.1} s\n",
        settings.len(),
        sweep.seconds,
        140 * sweep.tiles,
        begin.elapsed().as_secs_f64()
    );
    print_rates(&outcomes);
    print_entrainment(&outcomes);
    print_subharmonics(&outcomes);
    std::fs::create_dir_all(&sweep.out)?;
    let mut files = pictures::spectra(&outcomes, &sweep.out)?;
    if sweep.tiles == 1 {
        files.extend(pictures::rasters(&sweep.out)?);
        files.extend(pictures::maps(&outcomes, &sweep.out)?);
    }
    say!("\ndrawn in {}:", sweep.out.display());
    for file in files {
        say!("  {file}");
    }
    Ok(())
}

/// Runs a large setting, which takes its time.
fn run_and_tell(setting: &Setting) -> Result<Outcome> {
    let begin = Instant::now();
    let outcome = experiment::run(setting)?;
    let name = if setting.reduced { "reduced" } else { "basal" };
    let seconds = begin.elapsed().as_secs_f64();
    say!("{} Hz, {name}: {:.2?} Hz, in {seconds:.0} s", setting.hz, outcome.rates);
    Ok(outcome)
}

fn verdict(met: bool) -> &'static str {
    if met { "met" } else { "MISSED" }
}

fn print_rates(outcomes: &[Outcome]) {
    say!("rates in Hz: found, expected (within 15 %)");
    for (hz, expected) in RATES {
        if experiment::at(outcomes, hz, false).next().is_none() {
            continue;
        }
        let found = experiment::rates(outcomes, hz);
        for cell in 0..3 {
            let off = found[cell] / expected[cell] - 1.0;
            say!(
                "  {hz:>4} Hz  {:<4} {:7.2} {:6.0}  {:+5.1} %  {}",
                CELLS[cell],
                found[cell],
                expected[cell],
                100.0 * off,
                verdict(off.abs() <= 0.15)
            );
        }
    }
}

fn print_entrainment(outcomes: &[Outcome]) {
    say!("\nentrained runs, 10 to 50 Hz: f is one of the two largest peaks up to 100 Hz, and");
    say!("{PEAK_DB} dB above the median (at least 95 %)");
    for (reduced, network) in [(false, "basal"), (true, "reduced")] {
        let (share, runs) = experiment::entrained(outcomes, reduced);
        let verdict = verdict(share >= 0.95);
        say!("  {network:<8} {:5.1} % of {runs}  {verdict}", 100.0 * share);
    }
    let above = outcomes.iter().filter(|o| o.hz >= 10.0).map(Outcome::above_median_db);
    say!("  f above the median: at least {:.0} dB", above.fold(f64::INFINITY, f64::min));
    print_larger_harmonics(outcomes);
}

/// Where f is not among the two largest: the harmonics in its place.
fn print_larger_harmonics(outcomes: &[Outcome]) {
    let of = |o: &Outcome| (o.hz, o.reduced);
    for group in outcomes.chunk_by(|a, b| of(a) == of(b)).filter(|g| g[0].hz >= 10.0) {
        let missed = group.iter().filter(|o| !o.is_entrained()).count();
        if missed > 0 {
            let (hz, name) = (group[0].hz, if group[0].reduced { "reduced" } else { "basal" });
            let level = |(k, what)| {
                let db = experiment::mean(group.iter().map(|o| o.relative_db(k * hz)));
                db.is_finite().then(|| format!("{what} {db:+.1} dB"))
            };
            let levels = [(0.5, "f/2"), (2.0, "2f"), (3.0, "3f")].map(level);
            let levels: Vec<String> = levels.into_iter().flatten().collect();
            say!(
                "    third at {hz:.1} Hz, {name}, in {missed} of {} runs: {}",
                group.len(),
                levels.join(", ")
            );
        }
    }
}

fn print_subharmonics(outcomes: &[Outcome]) {
    say!("\npower at 2f and at f/2 relative to f in dB, mean over seeds");
    for hz in [20.0, 40.0, 50.0] {
        if experiment::at(outcomes, hz, false).next().is_none() {
            continue;
        }
        let double =
            experiment::mean(experiment::at(outcomes, hz, false).map(|o| o.relative_db(2.0 * hz)));
        let [basal, reduced] = experiment::subharmonic_db(outcomes, hz);
        let gain = reduced - basal;
        let criterion = if hz >= 40.0 {
            format!("(at least {SUBHARMONIC_DB}) {}", verdict(gain >= SUBHARMONIC_DB))
        } else {
            String::new()
        };
        say!(
            "  {hz:>4} Hz  2f {double:+6.1}   f/2 basal {basal:+6.1}, reduced {reduced:+6.1}: {gain:+5.1} {criterion}"
        );
    }
}
