//! The spiking decoder of gaze against canonical correlation analysis, at rest, and at the keyboard.
#![expect(clippy::float_cmp, reason = "frequencies and lengths are compared with themselves")]

#[allow(dead_code, reason = "the example uses more of it")]
#[path = "../examples/ssvep_speller/align.rs"]
mod align;
#[allow(dead_code, reason = "the example uses more of it")]
#[path = "../examples/ssvep_speller/compare.rs"]
mod compare;
#[allow(dead_code, reason = "the example uses more of it")]
#[path = "../examples/ssvep_speller/keyboard.rs"]
mod keyboard;
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

#[test]
fn a_malformed_file_says_what_it_lacks() {
    let folder = tempfile::tempdir().unwrap();
    let read = |text: &str| {
        let path = folder.path().join("eeg.csv");
        std::fs::write(&path, text).unwrap();
        Recording::read(&path).map_err(|e| e.to_string())
    };
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
