//! The spiking decoder of gaze against canonical correlation analysis, at rest, and at the keyboard.
#![expect(clippy::float_cmp, reason = "frequencies and lengths are compared with themselves")]

#[allow(dead_code, reason = "the example uses more of it")]
#[path = "../examples/ssvep_speller/align.rs"]
mod align;
#[allow(dead_code, reason = "the example uses more of it")]
#[path = "../examples/ssvep_speller/clock.rs"]
mod clock;
#[allow(dead_code, reason = "the example uses more of it")]
#[path = "../examples/ssvep_speller/compare.rs"]
mod compare;
#[allow(dead_code, reason = "the example uses more of it")]
#[path = "../examples/ssvep_speller/keyboard.rs"]
mod keyboard;
#[allow(dead_code, reason = "the example uses more of it")]
#[path = "../examples/ssvep_speller/options.rs"]
mod options;
#[allow(dead_code, reason = "the example uses more of it")]
#[path = "../examples/ssvep_speller/recording.rs"]
mod recording;
#[path = "../examples/ssvep_speller/rig.rs"]
mod rig;
#[allow(dead_code, reason = "the example uses more of it")]
#[path = "../examples/ssvep_speller/typing.rs"]
mod typing;

use std::path::{Path, PathBuf};

use compare::Outcome;
use murine::decode::{Decoder, DecoderOptions, Eeg, EegOptions, Target};
use recording::Recording;
use typing::Typist;

/// The ratio of signal to noise at which CCA needs 2 s for 90 %, in dB.
const SNR_DB: f64 = -6.5;

/// Persons that none of the parameters was chosen on.
const FIRST: u64 = 10_000;

const TEXT: &str = "HELLO FROM THE MOUSE";

/// At every length the lower 95 % bound of the difference is at least -1 point.
fn check_against_cca(outcome: &Outcome) {
    for row in &outcome.rows {
        let (spiking, cca) = (row.spiking(), row.cca());
        assert!(row.lower_bound() >= -0.01, "{} s: {spiking} against {cca}", row.seconds);
    }
}

/// Types the text; returns the errors, or `None` when it stays unfinished.
fn errors(seed: u64) -> Option<usize> {
    let options = EegOptions { snr_db: SNR_DB, subject: seed, seed, ..EegOptions::default() };
    let mut typist = Typist::new(&options, false).expect("sound options");
    typist.write(TEXT, |_, _, _| ()).expect("sound samples");
    let typed = typist.typed();
    (typed.text == TEXT).then_some(typed.errors)
}

#[test]
fn it_is_no_worse_than_cca_and_silent_at_rest() {
    let outcome = compare::generated(SNR_DB, FIRST, 2, 40).unwrap();
    // Of 80 windows, one is more than a point.
    assert!(outcome.rows.iter().all(|row| row.difference() >= -0.02), "{outcome:?}");
    assert!(outcome.rows[..2].iter().all(|row| row.lower_bound() >= -0.01), "{outcome:?}");
    let races = &outcome.races;
    let right = races.decided.iter().filter(|d| d.1).count();
    assert!(races.decided.len() >= 68 && right >= 64, "{races:?}");
    // 5 % of 40 windows are 2; 6 are unlikely at that rate (p < 0.02).
    assert!(races.false_triggers <= 5, "{} of {}", races.false_triggers, races.rests);
}

#[test]
fn a_sentence_is_typed() {
    assert!(errors(FIRST).is_some_and(|errors| errors <= 1));
}

#[test]
#[ignore = "minutes"]
fn thousands_of_windows_and_twenty_persons() {
    for db in [-4.0, 0.0, 4.0] {
        let outcome = compare::generated(SNR_DB + db, FIRST, 24, 40).unwrap();
        check_against_cca(&outcome);
        let share = outcome.races.false_share();
        assert!(share < 0.05, "{share} false triggers in a window at rest");
    }
    let good = (0..20).filter(|n| errors(FIRST + n).is_some_and(|errors| errors <= 1)).count();
    assert!(good >= 18, "{good} of 20");
}

/// The recordings: a folder of `.csv` files that `MURINE_SSVEP` names.
fn recordings() -> Option<Vec<PathBuf>> {
    let folder = std::env::var_os("MURINE_SSVEP")?;
    let files = std::fs::read_dir(folder).ok()?.filter_map(|entry| Some(entry.ok()?.path()));
    let mut files: Vec<_> = files.filter(|p| p.extension().is_some_and(|e| e == "csv")).collect();
    files.sort();
    (!files.is_empty()).then_some(files)
}

#[test]
fn recorded_eeg_is_decoded_as_by_cca() {
    let Some(files) = recordings() else {
        eprintln!("skipped: MURINE_SSVEP names no folder of recordings (.csv, 250 Hz)");
        return;
    };
    let read = |path: &PathBuf| Recording::read(path).unwrap();
    let labelled: Vec<Recording> = files.iter().map(read).collect();
    let align = |recording: &Recording| {
        let shift = align::shift_s(recording, 250.0) * 250.0;
        recording.clone().shifted(shift as isize)
    };
    // Screens of 60 frames a second show no 6.6 and no 8.75 Hz.
    let shown = |recording: Recording| recording.on_screen(60.0);
    let aligned: Vec<_> = labelled.iter().map(|r| shown(align(r))).collect();
    for recordings in [labelled.clone(), labelled.into_iter().map(shown).collect()] {
        for row in compare::recorded(&recordings, 250.0).unwrap().rows {
            let windows = row.right.len();
            let spiking = row.right.iter().filter(|right| right.0).count();
            let cca = row.right.iter().filter(|right| right.1).count();
            // At most 5 points behind, counted: a twentieth of the windows.
            let close = windows > 0 && 20 * cca <= 20 * spiking + windows;
            assert!(close, "{} s: {spiking} against {cca} of {windows}", row.seconds);
        }
    }
    // Where labels fit, at most 5 points behind with 95 % certainty, and silent at rest.
    let outcome = compare::recorded(&aligned, 250.0).unwrap();
    for row in &outcome.rows {
        assert!(row.lower_bound() >= -0.05, "{} s: {}", row.seconds, row.lower_bound());
    }
    let races = &outcome.races;
    assert!(races.false_share() < 0.05, "{} of {}", races.false_triggers, races.rests);
}

/// The evidence when, after ten seconds of noise, a wave of the second target is added to it.
fn evidence(options: &DecoderOptions, seconds: f64, amplitude: f64) -> Vec<f64> {
    let mut decoder = Decoder::new(options.clone()).expect("sound options");
    let mut noise = 1u64;
    let mut uniform = || {
        noise =
            noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (noise >> 11) as f64 / 2f64.powi(53) - 0.5
    };
    for n in 0..((10.0 + seconds) * options.sample_hz) as usize {
        let t = n as f64 / options.sample_hz;
        let amplitude = if t > 10.0 { amplitude } else { 0.0 };
        let wave = amplitude * (std::f64::consts::TAU * options.frequencies[1] * t).sin();
        let sample: Vec<f64> = (0..options.channels).map(|_| wave + uniform()).collect();
        decoder.push(&sample).expect("a sound sample");
    }
    decoder.evidence().expect("all targets")
}

#[test]
fn labels_that_are_late_find_their_place() {
    let mut recording = Recording::default();
    let options = EegOptions { snr_db: 0.0, channels: 2, ..EegOptions::default() };
    let mut eeg = Eeg::new(&options).unwrap();
    let looks = [8.0, 0.0, 11.0, 0.0, 14.0, 0.0].into_iter().cycle().take(12);
    for hz in std::iter::once(0.0).chain(looks) {
        eeg.look_at((hz > 0.0).then_some(Target { hz, phase: 0.0 }));
        for _ in 0..1250 {
            recording.samples.push(eeg.sample());
            recording.looked_at_hz.push(hz);
        }
    }
    assert!(align::shift_s(&recording, 250.0).abs() <= 0.5);
    let late = recording.shifted(4 * 250);
    assert_eq!(late.looks()[1], (9 * 250, 1250, 8.0));
    assert!((align::shift_s(&late, 250.0) + 4.0).abs() <= 0.5);
}

#[test]
fn any_rate_and_number_of_channels_will_do() {
    for (sample_hz, channels) in [(128.0, 1), (256.0, 3), (1000.0, 2)] {
        let frequencies = vec![7.0, 9.0, 11.0, 13.0];
        let options =
            DecoderOptions { sample_hz, channels, frequencies, ..DecoderOptions::default() };
        let evidence = evidence(&options, 4.0, 0.3);
        let others = [0, 2, 3].map(|k| evidence[k]).into_iter().fold(0.0, f64::max);
        assert!(evidence[1] > 2.0 * others, "{sample_hz} Hz, {channels} channels: {evidence:?}");
    }
}

#[test]
fn options_out_of_range_are_refused() {
    let refused = |options: DecoderOptions| Decoder::new(options).err().unwrap().to_string();
    let options = DecoderOptions { frequencies: vec![8.0, 9.0], ..DecoderOptions::default() };
    let with = |change: &dyn Fn(&mut DecoderOptions)| {
        let mut options = options.clone();
        change(&mut options);
        refused(options)
    };
    assert!(with(&|o| o.frequencies.truncate(1)).contains("at least two"));
    assert!(with(&|o| o.frequencies[0] = 5.0).contains("6 to 37.5 Hz"));
    assert!(with(&|o| o.channels = 0).contains("at least one"));
    assert!(with(&|o| o.sample_hz = 50.0).contains("100 to 2000 Hz"));
    assert!(with(&|o| o.weights.clear()).contains("per harmonic"));
    assert!(with(&|o| o.threshold = 0.0).contains("not positive"));
    let mut decoder = Decoder::new(options.clone()).unwrap();
    assert!(decoder.push(&[1.0]).unwrap_err().to_string().contains("each of 8 channels"));
    assert!(decoder.push(&[f64::NAN; 8]).is_err());
}

/// A recording with this text.
fn read(text: &str) -> Result<Recording, String> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("eeg.csv");
    std::fs::write(&path, text).expect("a file");
    Recording::read(&path).map_err(|e| e.to_string())
}

/// 512 samples of one channel with their times: by `time`, from its number.
fn timed(name: &str, time: impl Fn(f64) -> f64) -> Result<Recording, String> {
    let line = |n: u32| format!("{},{n}\n", time(f64::from(n)));
    read(&format!("{name},oz\n{}", (0..512).map(line).collect::<String>()))
}

#[test]
fn the_rate_is_that_of_the_times() {
    let seconds = |n: f64| 1_533_224_407.5 + n / 256.0;
    let ms = |n: f64| (n * 1e3 / 256.0).round();
    for (name, recording) in [
        ("timestamps", timed("timestamps", seconds)),
        ("t", timed("t", ms)),
        ("Time (ms)", timed("Time (ms)", ms)),
        ("time_s", timed("time_s", seconds)),
    ] {
        let recording = recording.unwrap();
        assert_eq!(recording.channels(), 1, "{name} is no channel");
        let clock = recording.clock.clone().unwrap();
        assert!((clock.sample_hz - 256.0).abs() < 0.3, "{name}: {clock:?}");
        assert_eq!(clock.gap_note(), None, "{name}");
        assert_eq!(clock::rate_hz(None, std::slice::from_ref(&recording)), Ok(clock.sample_hz));
        assert_eq!(clock::rate_hz(Some(256.0), std::slice::from_ref(&recording)), Ok(256.0));
        let contradicts = clock::rate_hz(Some(250.0), &[recording]).unwrap_err();
        assert!(contradicts.contains("250 Hz by --rate, but 25"), "{contradicts}");
    }
    let gap = timed("time", |n| n / 256.0 + if n < 300.0 { 0.0 } else { 2.0 }).unwrap();
    let clock = gap.clock.unwrap();
    assert_eq!(clock.sample_hz, 256.0);
    let note = clock.gap_note().unwrap();
    assert!(note.contains("gaps by `time`: 1,") && note.contains("2.000 s after 1.2 s"), "{note}");
    let back = timed("t", |n| if n == 7.0 { 0.0 } else { n / 256.0 }).unwrap_err();
    assert!(back.contains("line 9: `t` is 0 after 0.0234375: times must ascend"), "{back}");
    let minutes = timed("t", |n| n * 60.0).unwrap_err();
    assert!(minutes.contains("100 to 2000 samples a second"), "{minutes}");
    assert!(read("t,time,oz\n1,1,1\n").unwrap_err().contains("keep one"));
    assert!(read("t,target_hz\n1,1\n").unwrap_err().contains("no column of a channel"));
    let plain = read("oz\n1\n2\n").unwrap();
    assert_eq!(clock::rate_hz(None, &[plain]), Ok(250.0));
}

/// Noughts and a wave of 10 Hz in looks of so many seconds, at 128 Hz.
fn looked_at_10_hz(seconds: usize) -> Recording {
    let mut recording = Recording::default();
    for hz in [0.0, 10.0, 0.0, 10.0] {
        for n in 0..seconds * 128 {
            let wave = (std::f64::consts::TAU * hz * n as f64 / 128.0).sin();
            recording.samples.push(vec![wave + 0.01 * (n % 7) as f64]);
            recording.looked_at_hz.push(hz);
        }
    }
    recording
}

#[test]
fn a_frequency_is_heard_only_where_looks_are_long_enough() {
    assert_eq!(align::heard_hz(&[looked_at_10_hz(6)], 10.0, 128.0), None);
    let heard = align::heard_hz(&[looked_at_10_hz(10)], 10.0, 128.0).unwrap();
    assert!((heard - 10.0).abs() < 0.011, "{heard}");
}

#[test]
fn what_was_not_measured_is_not_a_number() {
    let text = |races: &compare::Races| races.lines().join("\n");
    let mut looked = compare::Races::default();
    assert!(text(&looked).contains("there are no races") && !text(&looked).contains("NaN"));
    looked.looks = 3;
    assert!(text(&looked).contains("none of the 3 looks is decided"));
    looked.decided = vec![(1.0, true)];
    assert!(text(&looked).contains("false triggers are not known"), "{}", text(&looked));
    looked.rests = 2;
    assert!(text(&looked).contains("0 of 2 windows") && !text(&looked).contains("NaN"));
}

#[test]
fn options_that_cannot_be_are_refused() {
    let refused = |option: &str, value: &str| {
        options::Options::parse(&[option.to_owned(), value.to_owned()]).err().unwrap_or_default()
    };
    assert!(refused("--screen", "0").contains("0 Hz is out of range: give 20 to 1000"));
    assert!(refused("--screen", "NaN").contains("out of range"));
    assert!(refused("--rate", "0").contains("give 100 to 2000"));
    assert!(refused("--targets", "8,9,8").contains("8 Hz is given twice: give each once"));
    assert_eq!(refused("--targets", "8,9"), "");
}

#[test]
fn a_malformed_file_says_what_it_lacks() {
    let refused = |text| read(text).unwrap_err();
    assert!(refused("1.5,2.5\n1,2\n").contains("line 1: no header"));
    assert!(refused("target_hz\n0\n").contains("no column of a channel"));
    assert!(refused("a,target_hz\n").contains("no sample"));
    assert!(refused("a,b\n1,2\n1,x\n").contains("line 3: `b` is `x`"));
    assert!(refused("a,b\n1,2\n1\n").contains('3'), "a short line");
    assert!(Recording::read(Path::new("no/such.csv")).unwrap_err().to_string().contains("no/such"));
    let good = read("oz, target_hz, o1\n1,0,2\n3,6.6,4\n5,6.6,6\n").unwrap();
    assert_eq!(good.samples, [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]);
    assert_eq!(good.frequencies(), [6.6]);
    assert_eq!(good.looks(), [(0, 1, 0.0), (1, 2, 6.6)]);
}
