//! Poisson input: moments of the free membrane potential, and the rate of a firing neuron.

use super::double;
use crate::support::engines::{Engine, on_every_engine};
use murine::network::Network;
use murine::prelude::*;

/// Threshold 15 mV above rest and reset, 10 ms, 2 ms refractory.
fn neuron(v_th: f64) -> IafPscDelta {
    IafPscDelta {
        e_l: (0.0 * MV).into(),
        tau_m: (10.0 * MS).into(),
        t_ref: (2.0 * MS).into(),
        v_th: (v_th * MV).into(),
        v_reset: (0.0 * MV).into(),
        ..Default::default()
    }
}

/// Mean and variance of the potentials of `n` neurons, sampled every 5 membrane time constants.
fn moments(
    engine: &mut dyn Engine,
    population: PopulationId,
    n: u64,
    samples: u64,
    dt: f64,
) -> (f64, f64) {
    let spacing = (50.0 / dt) as u64;
    engine.run(3 * spacing);
    let mut values = Vec::new();
    for _ in 0..samples {
        engine.run(spacing);
        values.extend((0..n).map(|i| engine.observe(population, i, 0)));
    }
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let deviations = values.iter().map(|v| (v - mean) * (v - mean));
    (mean, deviations.sum::<f64>() / (values.len() - 1) as f64)
}

/// Compares with the stationary moments on the grid, within 4 standard errors.
fn check_moments(dt: f64, rate: f64, j: f64) {
    const NEURONS: u64 = 300;
    const SAMPLES: u64 = 20;
    let mut network = double(dt);
    let population = network.population("a", NEURONS, neuron(1e6));
    network.stimulate(population, PoissonGenerator::new(rate * HZ, j * MV));
    let decay = (-dt / 10.0).exp();
    let per_step = rate * 1e-3 * dt;
    let mean = j * per_step / (1.0 - decay);
    let variance = j * j * per_step / (1.0 - decay * decay);
    let n = (NEURONS * SAMPLES) as f64;
    // The fourth cumulant of a filtered Poisson process widens the spread of the variance.
    let fourth = j.powi(4) * per_step / (1.0 - decay.powi(4));
    on_every_engine(&network, |name, engine| {
        let (m, v) = moments(engine, population, NEURONS, SAMPLES, dt);
        let error_m = 4.0 * (variance / n).sqrt();
        let error_v = 4.0 * ((2.0 * variance * variance + fourth) / n).sqrt();
        assert!((m - mean).abs() < error_m, "{name}: {dt}, {rate}, {j}: {m} for {mean}");
        assert!((v - variance).abs() < error_v, "{name}: {dt}, {rate}, {j}: {v} for {variance}");
    });
}

#[test]
fn the_free_potential_has_the_mean_and_variance_of_filtered_poisson_input() {
    for (dt, rate, j) in
        [(0.1, 10_000.0, 0.1), (0.1, 500.0, 1.0), (0.1, 200_000.0, -0.1), (1.0, 2_000.0, 0.3)]
    {
        check_moments(dt, rate, j);
    }
}

#[test]
fn input_begins_and_ends_when_it_should() {
    let mut network = double(0.1);
    let population = network.population("a", 50, neuron(1e6));
    let input = PoissonGenerator {
        start: 2.0 * MS,
        stop: Some(3.0 * MS),
        ..PoissonGenerator::new(100_000.0 * HZ, 1.0 * MV)
    };
    network.stimulate(population, input);
    let decay = (-0.01_f64).exp();
    on_every_engine(&network, |name, engine| {
        let mut before = 0.0;
        for step in 0..50 {
            engine.run(1);
            let sum: f64 = (0..50).map(|i| engine.observe(population, i, 0)).sum();
            let came = sum - before * decay;
            // The update that ends at 2 ms is the last without, that which ends at 3 ms the last with input.
            let expected = if (20..30).contains(&step) { 500.0 } else { 0.0 };
            assert!((came - expected).abs() < 0.3 * expected + 1e-9, "{name}: {step}: {came}");
            before = sum;
        }
    });
}

/// The rate of a delta neuron on a grid under input of mean `mu` and variance `2 sigma^2 / tau`:
/// Siegert's formula with discrete-time moments and threshold (theta + 0.5826 s sqrt(h/tau)).
fn siegert(mu: f64, s: f64, dt: f64) -> f64 {
    let (tau, theta, t_ref) = (10.0, 15.0, 2.0);
    let decay: f64 = (-dt / tau).exp();
    let mu = mu * (dt / tau) / (1.0 - decay);
    let s = (s * s * (2.0 * dt / tau) / (1.0 - decay * decay)).sqrt();
    let theta = theta + 0.5826 * s * (dt / tau).sqrt();
    let (low, high) = (-mu / s, (theta - mu) / s);
    let n = 20_000;
    let width = (high - low) / f64::from(n);
    let density = |u: f64| (u * u).exp() * libm::erfc(-u);
    let sum: f64 = (0..n).map(|i| density(low + (f64::from(i) + 0.5) * width)).sum();
    1000.0 / (t_ref + tau * std::f64::consts::PI.sqrt() * sum * width)
}

/// Neurons that receive excitation and inhibition of 0.1 mV with these moments.
fn firing(mu: f64, s: f64, neurons: u64) -> Network {
    const J: f64 = 0.1;
    let mut network = double(0.1);
    let population = network.population("a", neurons, neuron(15.0));
    let sum: f64 = s * s / (10.0 * J * J);
    let difference = mu / (10.0 * J);
    for (rate, j) in [(sum.midpoint(difference), J), (sum.midpoint(-difference), -J)] {
        if rate > 1e-9 {
            network.stimulate(population, PoissonGenerator::new(rate * KHZ, j * MV));
        }
    }
    network
}

/// The rate after 200 ms, in Hz.
fn rate(engine: &mut dyn Engine, neurons: u64, ms: u64) -> f64 {
    engine.run(2000);
    engine.run(10 * ms).len() as f64 / neurons as f64 / (ms as f64 * 1e-3)
}

const CASES: [(f64, f64, f64); 3] =
    [(15.0, 1.224_744_871_391_589, 27.146), (12.0, 4.0, 20.671), (30.0, 5.0, 112.61)];

fn check_rates(neurons: u64, ms: u64, tolerance: f64) {
    for (mu, s, _) in CASES {
        let network = firing(mu, s, neurons);
        let expected = siegert(mu, s, 0.1);
        on_every_engine(&network, |name, engine| {
            let found = rate(engine, neurons, ms);
            let error = (found / expected - 1.0).abs();
            assert!(error < tolerance, "{name}: ({mu}, {s}): {found} Hz for {expected} Hz");
        });
    }
}

#[test]
fn the_formula_for_the_rate_gives_its_published_values() {
    for (mu, s, published) in CASES {
        let rate = siegert(mu, s, 0.1);
        assert!((rate / published - 1.0).abs() < 1e-3, "({mu}, {s}): {rate} for {published}");
    }
}

/// Some 50,000 spikes each: a standard error of at most 0.4 %.
#[test]
fn rates_agree_with_theory_to_two_percent() {
    check_rates(500, 4000, 0.02);
}

/// Some 200,000 spikes each: a standard error of at most 0.2 %.
#[test]
#[ignore = "takes half a minute on the reference"]
fn rates_agree_with_theory_to_one_percent() {
    check_rates(1000, 10_000, 0.01);
}
