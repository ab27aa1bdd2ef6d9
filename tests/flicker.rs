//! Flickering sources: when volleys come, and how rates swing.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use murine::prelude::*;
use murine::stimulus::{Source, SourceContext, SourceSpec};

const COUNT: usize = 300;

/// The spikes of each step up to `steps`, as (stamp, number of sources).
fn emitted(source: &Flicker, steps: u64) -> Vec<(u64, usize)> {
    let dt = 0.1 * MS;
    source.validate(COUNT as u64, dt).unwrap();
    let context = SourceContext { seed: 3, population: 1, first: 0, count: COUNT, dt };
    let mut emitter = source.emitter(&context);
    let mut found = Vec::new();
    for step in 0..steps {
        let mut spikes = Vec::new();
        emitter.emit(step, &mut spikes);
        assert!(spikes.is_sorted());
        if !spikes.is_empty() {
            found.push((step + 1, spikes.len()));
        }
    }
    found
}

fn volley(hz: f64) -> Flicker {
    Flicker::new(hz * HZ, Waveform::Volley)
}

#[test]
fn volleys_come_at_the_rounded_multiples_of_the_period() {
    for hz in [1.0, 7.0, 30.0, 37.5, 60.0, 333.0] {
        let found = emitted(&volley(hz), 20_000);
        let expected: Vec<(u64, usize)> = (1..1000)
            .map(|k| (f64::from(k) * 1e4 / hz).round() as u64)
            .filter(|&step| step <= 20_000)
            .map(|step| (step, COUNT))
            .collect();
        assert_eq!(found, expected, "{hz} Hz");
    }
}

#[test]
fn phase_and_window_move_and_cut_volleys() {
    let steps = |flicker: &Flicker| -> Vec<u64> {
        emitted(flicker, 2000).into_iter().map(|(step, _)| step).collect()
    };
    let window = Flicker { start: 50.0 * MS, stop: Some(150.0 * MS), ..volley(40.0) };
    assert_eq!(steps(&window), [750, 1000, 1250, 1500], "after `start`, up to `stop`");
    assert_eq!(steps(&Flicker { phase: 0.25, ..window.clone() }), [688, 938, 1188, 1438]);
    // A phase just below 1 puts the first volley just after the start, or on it, where it is not.
    assert_eq!(steps(&Flicker { phase: 0.99, ..window.clone() })[0], 503);
    assert_eq!(steps(&Flicker { phase: 0.9999, ..window })[0], 750);
}

#[test]
fn contrast_is_the_share_that_takes_part() {
    let found = emitted(&Flicker { contrast: 0.3, ..volley(100.0) }, 100_000);
    let mean = found.iter().map(|f| f.1 as f64).sum::<f64>() / 1000.0;
    // 1000 volleys of 300: the mean of 90 has a standard deviation of 0.25.
    assert!((mean - 90.0).abs() < 1.4, "{mean} take part, not 90");
    assert!(emitted(&Flicker { contrast: 0.0, ..volley(100.0) }, 1000).is_empty());
}

/// Spikes by the part of the period of 25 ms (250 steps) in which they fall, in tenths.
fn by_phase(flicker: &Flicker, periods: u64) -> [f64; 10] {
    let mut tenths = [0.0; 10];
    for (stamp, count) in emitted(flicker, 250 * periods) {
        tenths[((stamp - 1) % 250 / 25) as usize] += count as f64;
    }
    tenths
}

#[test]
fn rates_follow_their_wave() {
    let rate = 200.0 * HZ;
    // Poisson counts: sources x periods x tenths of 25 ms x the mean rate.
    let periods = 200;
    let full = 300.0 * 200.0 * 2.5e-3 * 200.0;
    let check = |name: &str, flicker: &Flicker, level: &dyn Fn(f64) -> f64| {
        for (n, found) in by_phase(flicker, periods).into_iter().enumerate() {
            let steps = (0..25).map(|i| level((n as f64 * 25.0 + f64::from(i) + 0.5) / 250.0));
            let expected = full * steps.sum::<f64>() / 25.0;
            let off = (found - expected).abs();
            assert!(off < 5.5 * expected.sqrt() + 1e-9, "{name} {n}: {found}, not {expected}");
        }
    };
    let flicker = |waveform| Flicker::new(40.0 * HZ, waveform);
    let sine = |n: f64| (std::f64::consts::TAU * n).sin();
    check("sine", &flicker(Waveform::Sine { rate }), &|n| 1.0 + sine(n));
    let weak = Flicker { contrast: 0.4, phase: 0.3, ..flicker(Waveform::Sine { rate }) };
    check("weak sine, ahead", &weak, &|n| 1.0 + 0.4 * sine(n + 0.3));
    let square = |n: f64| if n < 0.5 { 2.0 } else { 0.0 };
    check("square", &flicker(Waveform::Square { rate }), &square);
    let pulse = flicker(Waveform::Pulse { rate, width: 5.0 * MS });
    check("pulse", &pulse, &|n| if n < 0.2 { 2.0 } else { 0.0 });
    assert!((pulse.mean_rate().hz() - 80.0).abs() < 1e-9);
}

#[test]
fn a_flicker_is_the_same_however_it_is_cut() {
    for waveform in [Waveform::Volley, Waveform::Sine { rate: 500.0 * HZ }] {
        let source = Flicker { contrast: 0.5, ..Flicker::new(200.0 * HZ, waveform) };
        let emitter = |first, count| {
            source.emitter(&SourceContext { seed: 3, population: 1, first, count, dt: 0.1 * MS })
        };
        let (mut whole, mut parts) = (emitter(0, 300), [emitter(0, 128), emitter(128, 172)]);
        for step in 0..500 {
            let (mut all, mut joined) = (Vec::new(), Vec::new());
            whole.emit(step, &mut all);
            for (part, first) in parts.iter_mut().zip([0, 128]) {
                let mut some = Vec::new();
                part.emit(step, &mut some);
                joined.extend(some.iter().map(|n| n + first));
            }
            assert_eq!(all, joined);
        }
    }
}

#[test]
fn wrong_flickers_are_refused() {
    let refuse = |rest: &str, part: &str| {
        let text = format!("[flicker]\n{rest}");
        let spec: SourceSpec = toml::from_str(&text).unwrap();
        let source = Box::<dyn Source>::from(spec);
        let message = source.validate(2, 0.1 * MS).expect_err(rest).to_string();
        assert!(message.contains(part), "{rest}: {message}");
    };
    refuse("frequency = \"0 Hz\"\nwaveform = \"volley\"", "frequency: 0 Hz is out of range");
    refuse("frequency = \"5.1 kHz\"\nwaveform = \"volley\"", "at most 5000 Hz, a period of two");
    let ten = |rest: &str| format!("frequency = \"10 Hz\"\n{rest}");
    refuse(&ten("waveform = \"volley\"\nphase = 1.0"), "phase: 1 is out of range");
    refuse(&ten("waveform = \"volley\"\ncontrast = -0.1"), "contrast: -0.1 is out of range");
    refuse(&ten("waveform = \"volley\"\nstart = \"0.15 ms\""), "start: 0.15 ms");
    refuse(&ten("waveform = \"volley\"\nstop = \"0 ms\""), "stop: 0 ms is not after start");
    refuse(&ten("waveform.sine.rate = \"-1 Hz\""), "waveform.sine.rate: -1 Hz is negative");
    refuse(&ten("waveform.square.rate = \"900 MHz\""), "waveform.square.rate: 1800000000 Hz");
    refuse(
        &ten("waveform.pulse = { rate = \"1 Hz\", width = \"100 ms\" }"),
        "the period of 100 ms",
    );
    refuse(
        &ten("waveform.pulse = { rate = \"1 Hz\", width = \"0.15 ms\" }"),
        "waveform.pulse.width",
    );
    for wrong in ["waveform = \"saw\"", "waveform = \"sine\"", "waveform.volley = { rate = 1 }"] {
        assert!(toml::from_str::<SourceSpec>(&format!("[flicker]\n{}", ten(wrong))).is_err());
    }
}
