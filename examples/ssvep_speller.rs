//! Typing by gaze: a keyboard whose keys flicker, EEG sample by sample, a spiking network that says
//! which key is looked at, and the letters as they are decided.
//!
//!     cargo run --release --example ssvep_speller -- [OPTIONS]
//!
//!     --text TEXT    what somebody types in front of the generator of EEG
//!     --snr DB       the generator's ratio of signal to noise; CCA needs 2 s for 90 % at -6.5 dB
//!     --seed N       which person, and which run of the generator
//!     --seeds N      so many persons type the text, one after the other
//!     --realtime     samples come as fast as in life
//!     --eeg FILE     a recording (.csv: a header, a column for each channel, optionally `target_hz`
//!                    with the frequency looked at, 0 at rest); may be given several times
//!     --rate HZ      its samples per second; if not given, those of its column `timestamps`,
//!                    `timestamp`, `time` or `t` (in s or ms), else 250
//!     --targets LIST the frequencies to choose from, such as 6.6,7.5: those of `target_hz` if not
//!                    given
//!     --align        moves the labels of each recording to where they fit: protocols that are kept
//!                    by hand may be seconds off
//!     --screen HZ    the targets were shown on a screen of so many frames a second, 60 mostly: takes
//!                    each label as the nearest frequency that it could show, a whole number of
//!                    frames per cycle
//!     --compare      accuracy and bits per minute of spiking decoder and CCA, as table and picture
//!     --subjects N   how many persons the comparison takes, 24 if not given
//!     --quick        a word and a small comparison
//!     --out DIR      where the pictures go
//!
//! Nothing is trained: the decoder knows the frequencies of the keys, and learns the noise while it
//! runs. The comparison prints on whom its constants were chosen, and on whom it is tested.

#[macro_use]
#[path = "shared/say.rs"]
mod say;

#[path = "ssvep_speller/align.rs"]
mod align;
#[path = "ssvep_speller/clock.rs"]
mod clock;
#[path = "ssvep_speller/compare.rs"]
mod compare;
#[path = "ssvep_speller/keyboard.rs"]
mod keyboard;
#[path = "ssvep_speller/options.rs"]
mod options;
#[path = "ssvep_speller/pictures.rs"]
mod pictures;
#[path = "ssvep_speller/recording.rs"]
mod recording;
#[path = "ssvep_speller/replay.rs"]
mod replay;
#[path = "ssvep_speller/rig.rs"]
mod rig;
#[path = "ssvep_speller/typing.rs"]
mod typing;

use std::process::ExitCode;
use std::time::Instant;

use compare::Outcome;
use murine::Result;
use murine::decode::EegOptions;
use options::Options;
use recording::Recording;
use typing::{Typed, Typist};

/// Comparisons take persons above this number: constants were chosen on some of the lower ones.
const NEW_PERSONS: u64 = 1000;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|a| a == "--help" || a == "-h") {
        say!("{}", options::HELP);
        return ExitCode::SUCCESS;
    }
    let fail = |code: u8, error: &dyn std::fmt::Display| {
        eprintln!("error: {error}");
        ExitCode::from(code)
    };
    match Options::parse(&arguments) {
        Ok(options) => run(options).map_or_else(|error| fail(1, &error), |()| ExitCode::SUCCESS),
        Err(mistake) => fail(2, &mistake),
    }
}

fn run(mut options: Options) -> Result<(), Box<dyn std::error::Error>> {
    let recordings: Result<Vec<Recording>> =
        options.eeg.iter().map(|path| Recording::read(path)).collect();
    let recordings = recordings?;
    if !recordings.is_empty() {
        options.sample_hz = clock::rate_hz(options.rate_hz, &recordings)?;
        tell_clocks(&options, &recordings);
    }
    let options = &options;
    if options.compare {
        return run_comparison(options, &recordings);
    }
    if !recordings.is_empty() {
        return replay::run(options, &on_screen(options, aligned(options, recordings)));
    }
    run_typing(options)?;
    if options.quick {
        run_comparison(options, &[])?;
    }
    Ok(())
}

/// Where the rate of each recording is from, and what its times lack.
fn tell_clocks(options: &Options, recordings: &[Recording]) {
    for (recording, path) in recordings.iter().zip(&options.eeg) {
        let path = path.display();
        let Some(clock) = &recording.clock else {
            if options.rate_hz.is_none() {
                let hz = options.sample_hz;
                say!("{path}: no column of times: {hz} Hz are assumed; say otherwise with --rate");
            }
            continue;
        };
        say!("{path}: {} Hz by `{}`", clock.sample_hz, clock.name);
        clock.gap_note().iter().for_each(|note| say!("{path}: {note}"));
    }
}

/// The recordings, with their labels moved if that is asked for.
fn aligned(options: &Options, recordings: Vec<Recording>) -> Vec<Recording> {
    if !options.align {
        return recordings;
    }
    let align = |(recording, path): (Recording, &std::path::PathBuf)| {
        let shift_s = align::shift_s(&recording, options.sample_hz);
        say!("{}: labels moved by {shift_s:+} s", path.display());
        recording.shifted((shift_s * options.sample_hz).round() as isize)
    };
    recordings.into_iter().zip(&options.eeg).map(align).collect()
}

/// The recordings, with the labels that their screen could show if it is given.
fn on_screen(options: &Options, recordings: Vec<Recording>) -> Vec<Recording> {
    let Some(frames_hz) = options.screen_hz else { return recordings };
    recordings.into_iter().map(|recording| recording.on_screen(frames_hz)).collect()
}

/// One person types and is shown, or several type and are summed up.
fn run_typing(options: &Options) -> Result<()> {
    let mut all = Vec::new();
    for seed in options.seed..options.seed + options.seeds {
        let typed = write(options, seed, options.seeds == 1)?;
        if options.seeds > 1 {
            print_summary(&format!("person {seed}"), &typed);
        }
        all.push(typed);
    }
    if options.seeds > 1 {
        let good = all.iter().filter(|t| t.text == options.text && t.errors <= 1).count();
        let itr = all.iter().map(Typed::itr).sum::<f64>() / all.len() as f64;
        say!("{good} of {} with at most one error; {itr:.0} bits per minute", all.len());
    }
    Ok(())
}

fn write(options: &Options, seed: u64, show: bool) -> Result<Typed> {
    let eeg = EegOptions { snr_db: options.snr_db, subject: seed, seed, ..EegOptions::default() };
    if show {
        say!("ten seconds of rest, then `{}`, at {} dB", options.text, options.snr_db);
    }
    let mut typist = Typist::new(&eeg, options.realtime)?;
    typist.write(&options.text, |key, confidence, typed| {
        if show {
            say!(
                "{:7.1} s   {}   {:5.1} %   {:4.0} bits/min   {}",
                typed.seconds,
                keyboard::letter(key),
                100.0 * confidence,
                typed.expected_itr(),
                typed.text
            );
        }
    })?;
    typist.rest(options.rest_s)?;
    if show {
        print_summary("in all", typist.typed());
        print_speed(&typist, options.rest_s);
    }
    Ok(typist.typed().clone())
}

fn print_summary(who: &str, typed: &Typed) {
    say!(
        "{who}: `{}`, {} keys in {:.0} s, {} wrong, {:.0} bits per minute",
        typed.text,
        typed.decisions,
        typed.seconds,
        typed.errors,
        typed.itr()
    );
}

fn print_speed(typist: &Typist, rest_s: f64) {
    let typed = typist.typed();
    let seconds = typed.samples as f64 / typist.sample_hz();
    say!("keys typed in {rest_s} s of rest: {}", typed.false_triggers);
    say!(
        "a decision comes {:.3} ms after its sample ({:.1} ms at worst):\n{:.0} times faster than the EEG arrives",
        1e3 * typed.wall_s / typed.samples as f64,
        1e3 * typed.slowest_s,
        seconds / typed.wall_s
    );
}

fn run_comparison(
    options: &Options,
    recordings: &[Recording],
) -> Result<(), Box<dyn std::error::Error>> {
    let first = NEW_PERSONS + options.seed;
    let last = first + options.subjects - 1;
    say!("trained: nothing. Constants were chosen on persons 1 to 4 and 500 to 579, and");
    say!("with an eye on the recordings; tested: persons {first} to {last}");
    let recorded = compare_recordings(options, recordings)?;
    let begin = Instant::now();
    let mut generated = Vec::new();
    for db in options.ratios() {
        let outcome = compare::generated(db, first, options.subjects, options.looks())?;
        print_outcome(&outcome);
        generated.push(outcome);
    }
    say!("in {:.0} s", begin.elapsed().as_secs_f64());
    std::fs::create_dir_all(&options.out)
        .map_err(|source| murine::Error::Create { path: options.out.clone(), source })?;
    let mut drawn = pictures::curves(&generated, "ssvep", &options.out)?;
    if !recorded.is_empty() {
        drawn.extend(pictures::curves(&recorded, "ssvep_recorded", &options.out)?);
    }
    say!("drawn in {}: {}", options.out.display(), drawn.join(", "));
    Ok(())
}

/// The recordings with their labels as they are, and where they fit.
fn compare_recordings(
    options: &Options,
    recordings: &[Recording],
) -> Result<Vec<Outcome>, Box<dyn std::error::Error>> {
    let mut outcomes = Vec::new();
    if recordings.is_empty() {
        return Ok(outcomes);
    }
    for recording in recordings {
        recording.choice(&[])?;
    }
    let labelled = recordings.to_vec();
    let aligned = aligned(options, labelled.clone());
    let mut versions = vec![("labels as recorded".to_owned(), labelled.clone())];
    if options.align {
        versions.push(("labels aligned".into(), aligned.clone()));
        print_rests(options, &labelled, &aligned);
    }
    if let Some(frames_hz) = options.screen_hz {
        print_screen(options, &aligned, frames_hz);
        for (name, recordings) in versions.clone() {
            let name = format!("{name} at {frames_hz}/k Hz");
            versions.push((name, on_screen(options, recordings)));
        }
    }
    for (name, recordings) in versions {
        let mut outcome = compare::recorded(&recordings, options.sample_hz)?;
        outcome.name = format!("recorded, {name}");
        print_outcome(&outcome);
        outcomes.push(outcome);
    }
    Ok(outcomes)
}

/// How much looking the recorded labels take for rest.
fn print_rests(options: &Options, labelled: &[Recording], aligned: &[Recording]) {
    let both = labelled.iter().zip(aligned);
    let with = both.map(|(l, a)| compare::rests_with_looks(l, a, options.sample_hz)).sum::<usize>();
    say!("of the windows at rest as recorded, {with} hold looks by the aligned labels");
}

/// What the screen could show for each label, and what CCA hears.
fn print_screen(options: &Options, recordings: &[Recording], frames_hz: f64) {
    for hz in recordings[0].frequencies() {
        let frames = (frames_hz / hz).round();
        let heard = align::heard_hz(recordings, hz, options.sample_hz);
        let shown = frames_hz / frames;
        let heard = heard.map_or("no look is long enough (9 s) for CCA to hear it".into(), |hz| {
            format!("CCA hears most at {hz:.2} Hz")
        });
        say!("{hz} Hz: a screen shows {frames_hz}/{frames} = {shown:.3} Hz; {heard}");
    }
}

fn print_outcome(outcome: &Outcome) {
    say!("\n{}: {} targets", outcome.name, outcome.rows[0].targets);
    say!("  window windows    CCA  spiking  difference (95 % above)  bits/min CCA spiking");
    for row in outcome.rows.iter().filter(|row| !row.right.is_empty()) {
        say!(
            "  {:4} s  {:6} {:5.1} %  {:5.1} %     {:+5.1} ({:+5.1})           {:9.0} {:7.0}",
            row.seconds,
            row.right.len(),
            100.0 * row.cca(),
            100.0 * row.spiking(),
            100.0 * row.difference(),
            100.0 * row.lower_bound(),
            row.itr(row.cca()),
            row.itr(row.spiking())
        );
    }
    outcome.races.lines().iter().for_each(|line| say!("  {line}"));
}
