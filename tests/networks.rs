//! The standard networks of the field do what is published of them. The default tests are short
//! and their bounds wide; those that take longer have the bounds of the literature.

use crate::support::networks::configured;
use murine::Simulation;
use murine::analysis::{binned_rate, mean_cv_isi, mean_rate_hz, spectrum, synchrony};
use murine::prelude::*;
use murine::record::Recording;

/// What `network` does in `seconds` after `warmup` seconds.
fn record(network: &Network, warmup: f64, seconds: f64) -> Recording {
    let mut simulation = Simulation::new(network, 0).expect("a sound network");
    simulation.run(warmup * 1000.0 * MS).expect("on the grid");
    simulation.take_spikes();
    let mut recording = simulation.recording();
    simulation.run(seconds * 1000.0 * MS).expect("on the grid");
    let rest = simulation.recording();
    recording.first_step = rest.first_step;
    Recording { spikes: rest.spikes, ..Recording { last_step: rest.last_step, ..recording } }
}

fn rate(recording: &Recording, population: &str) -> f64 {
    let population = recording.population(population).expect("a population");
    mean_rate_hz(recording, population).expect("a rate")
}

fn cv(recording: &Recording, population: &str) -> f64 {
    let population = recording.population(population).expect("a population");
    mean_cv_isi(recording, population).expect("intervals")
}

/// `found` is within `tolerance` (a share) of `expected`.
fn near(what: &str, found: f64, expected: f64, tolerance: f64) {
    println!("{what}: {found:.3} for {expected:.3}");
    assert!(
        (found / expected - 1.0).abs() <= tolerance,
        "{what}: {found:.3}, which is not within {} % of {expected:.3}",
        100.0 * tolerance
    );
}

/// What distinguishes Brunel's regimes.
#[derive(Debug)]
struct Regime {
    rate: f64,
    cv: f64,
    synchrony: f64,
    /// Where the spectrum is highest.
    peak_hz: f64,
    /// How far that stands above its surroundings, 300 Hz on either side.
    peak_db: f64,
}

/// Brunel's network; the spectrum is that of segments of `segment_ms`.
fn brunel(g: f64, eta: f64, seconds: f64, segment_ms: f64) -> Regime {
    let weight = format!("projection.inhibition.weight=\"{} mV\"", -0.1 * g);
    let drive = format!("stimulus.background.poisson_generator.rate=\"{} kHz\"", 10.0 * eta);
    let recording = record(&configured("brunel.toml", 1.0, &[&weight, &drive]), 0.2, seconds);
    let cells = recording.population("exc").expect("a population");
    let rates: Vec<f64> = binned_rate(&recording, cells, 0.5).rates_hz().collect();
    let spectrum = spectrum(&rates, 0.5, (2.0 * segment_ms) as usize).expect("a spectrum");
    let peak = spectrum.peak(8.0, 990.0).expect("a peak");
    let regime = Regime {
        rate: rate(&recording, "exc"),
        cv: mean_cv_isi(&recording, cells).unwrap_or(f64::NAN),
        synchrony: synchrony(&recording, cells, 1.0).expect("a synchrony"),
        peak_hz: peak.hz,
        peak_db: spectrum.decibels_above(peak.hz, (0.3 * segment_ms) as usize).expect("more"),
    };
    println!("g {g}, eta {eta}: {regime:?}");
    regime
}

#[test]
fn brunel_asynchronous_irregular() {
    // Half a second of it varies by 1 % in rate, and its peak by a decibel. Over 3 s, NEST 3.10
    // gives this rate, theory 37.95.
    let regime = brunel(5.0, 2.0, 1.0, 200.0);
    near("rate", regime.rate, 38.1, 0.03);
    assert!(regime.cv > 0.3 && regime.peak_db < 10.0);
}

#[test]
fn brunel_synchronous_regular() {
    let regime = brunel(3.0, 2.0, 0.2, 100.0);
    assert!(regime.rate > 250.0 && regime.rate < 500.0, "near saturation: 1 / 2 ms");
    assert!(regime.cv < 0.1 && regime.peak_db >= 10.0);
}

/// Rates as NEST 3.10 gives them for the same network.
#[test]
#[ignore = "takes a minute"]
fn brunel_four_regimes() {
    let asynchronous = brunel(5.0, 2.0, 3.0, 500.0);
    near("rate of the asynchronous irregular state", asynchronous.rate, 38.1, 0.03);
    assert!(asynchronous.cv > 0.3 && asynchronous.peak_db < 10.0);
    let fast = brunel(6.0, 4.0, 3.0, 500.0);
    near("rate of the fast oscillation", fast.rate, 59.1, 0.03);
    assert!(fast.cv > 0.3 && fast.peak_db >= 10.0 && fast.peak_hz > 100.0);
    // Over 10 s, three seeds of NEST gave 6.08, 5.90 and 6.00 Hz.
    let slow = brunel(4.5, 0.9, 20.0, 500.0);
    near("rate of the slow oscillation", slow.rate, 6.0, 0.03);
    assert!(slow.cv > 0.3 && slow.peak_db >= 10.0 && slow.peak_hz < 60.0);
    let regular = brunel(3.0, 2.0, 0.5, 200.0);
    near("rate of the synchronous regular state", regular.rate, 333.6, 0.03);
    assert!(regular.cv < 0.1 && regular.peak_db >= 10.0);
    for synchronous in [fast, slow, regular] {
        assert!(synchronous.synchrony > 1.3 * asynchronous.synchrony);
    }
}

fn check_vogels_abbott(name: &str, seconds: f64, rate_hz: (f64, f64), irregularity: (f64, f64)) {
    let recording = record(&configured(name, 1.0, &[]), 0.0, seconds);
    for population in ["exc", "inh"] {
        near(&format!("{name}: {population}"), rate(&recording, population), rate_hz.0, rate_hz.1);
        let cv = cv(&recording, population);
        near(&format!("{name}: CV of {population}"), cv, irregularity.0, irregularity.1);
    }
}

#[test]
fn cuba_and_coba_sustain_themselves() {
    // Of 2 s, long intervals are missing: the CV is biased low.
    check_vogels_abbott("cuba.toml", 2.0, (5.6, 0.08), (0.63, 0.08));
    check_vogels_abbott("coba.toml", 2.0, (21.0, 0.08), (1.77, 0.08));
}

#[test]
#[ignore = "takes half a minute"]
fn cuba_and_coba_over_ten_seconds() {
    check_vogels_abbott("cuba.toml", 10.0, (5.6, 0.05), (0.72, 0.05));
    check_vogels_abbott("coba.toml", 10.0, (21.0, 0.05), (1.85, 0.05));
}

const LAYERS: [&str; 8] = ["L23E", "L23I", "L4E", "L4I", "L5E", "L5I", "L6E", "L6I"];

/// The rates of the full microcircuit, and of a tenth of it with the mean input kept (means of
/// NEST, GeNN and Brian2).
const FULL: [f64; 8] = [0.90, 2.97, 4.41, 5.88, 7.57, 8.63, 1.11, 7.83];
const TENTH: [f64; 8] = [0.48, 2.09, 3.94, 5.00, 6.56, 7.76, 0.86, 6.97];

/// The mean rates over seeds.
fn microcircuit(scale: f64, seconds: f64, seeds: u64) -> [f64; 8] {
    let mut rates = [0.0; 8];
    for seed in 1..=seeds {
        let seed = format!("simulation.seed={seed}");
        let network = configured("microcircuit.toml", scale, &[&seed]);
        let recording = record(&network, 0.5, seconds);
        for (sum, layer) in rates.iter_mut().zip(LAYERS) {
            *sum += rate(&recording, layer) / seeds as f64;
        }
    }
    rates
}

fn check_layers(rates: [f64; 8], expected: [f64; 8], tolerances: [f64; 8]) {
    for i in 0..8 {
        near(LAYERS[i], rates[i], expected[i], tolerances[i]);
    }
}

#[test]
fn a_tenth_of_the_microcircuit_has_its_rates() {
    check_layers(microcircuit(0.1, 1.0, 1), TENTH, [0.15; 8]);
}

#[test]
#[ignore = "takes a minute"]
fn a_tenth_of_the_microcircuit_over_three_seeds() {
    check_layers(microcircuit(0.1, 5.0, 3), TENTH, [0.1; 8]);
}

#[test]
#[ignore = "takes minutes and 1.5 GB"]
fn the_full_microcircuit_has_the_published_rates() {
    let mut tolerances = [0.05; 8];
    tolerances[0] = 0.08;
    check_layers(microcircuit(1.0, 10.0, 1), FULL, tolerances);
}
