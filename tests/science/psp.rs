//! The response of the membrane to one spike, within 1e-9 mV of its closed form.

use super::{double, passive, trace};
use crate::support::engines::on_every_engine;
use crate::support::parts::spikes_at;
use murine::prelude::*;

/// The potential at `t` after a spike of weight `w` has arrived.
fn closed_form(w: f64, c_m: f64, tau_m: f64, tau_s: f64, t: f64) -> f64 {
    if (tau_m - tau_s).abs() < 1e-12 {
        return w / c_m * t * (-t / tau_m).exp();
    }
    w * tau_m * tau_s / (c_m * (tau_m - tau_s)) * ((-t / tau_m).exp() - (-t / tau_s).exp())
}

/// Potentials after a spike at 0.3 ms with a delay of 1.5 ms: time since arrival and value.
fn response(weight: f64, tau_m: f64, tau_s: f64, mut check: impl FnMut(&str, f64, f64)) {
    let mut network = double(0.1);
    let neuron = IafPscExp {
        tau_m: (tau_m * MS).into(),
        tau_syn_ex: (tau_s * MS).into(),
        tau_syn_in: (tau_s * MS).into(),
        ..passive()
    };
    let source = spikes_at(&mut network, "source", &[3]);
    let target = network.population("target", 1, neuron);
    let receptor = if weight < 0.0 { "inhibitory" } else { "excitatory" };
    network
        .project(source, target, AllToAll::default())
        .receptor(receptor)
        .weight(weight * PA)
        .delay(1.5 * MS);
    on_every_engine(&network, |name, engine| {
        for (step, v) in trace(engine, target, 0, 400).into_iter().enumerate() {
            check(name, 0.1 * (step as f64 - 18.0), v);
        }
    });
}

#[test]
fn published_values() {
    for (tau_s, values) in [
        (0.5, vec![(0.1, 0.360_671_748_781), (1.0, 1.620_004_494_314), (5.0, 1.276_811_073_227)]),
        (10.0, vec![(1.0, 3.619_349_672_144), (10.0, 14.715_177_646_858)]),
    ] {
        let mut found = 0;
        response(1000.0, 10.0, tau_s, |name, t, v| {
            for (at, expected) in &values {
                if (t - at).abs() < 1e-6 {
                    assert!((v - expected).abs() < 1e-9, "{name}: V({t}) = {v}, not {expected}");
                    found += 1;
                }
            }
        });
        assert!(found >= values.len());
    }
}

#[test]
fn exact_whatever_the_weight_and_the_time_constants() {
    for weight in [1e-3, 0.1, 1.0 / 3.0, 87.8085, 1234.567, 1e5] {
        for (tau_m, tau_s) in [(10.0, 0.5), (10.0, 10.0), (10.0, 9.99), (5.0, 20.0), (10.0, 2.0)] {
            for w in [weight, -weight] {
                response(w, tau_m, tau_s, |name, t, v| {
                    let expected =
                        if t > 0.0 { closed_form(w, 250.0, tau_m, tau_s, t) } else { 0.0 };
                    let error = (v - expected).abs();
                    assert!(error < 1e-9, "{name}: w {w}, tau {tau_m}, {tau_s}: {t} ms: {error:e}");
                });
            }
        }
    }
}

#[test]
fn nearly_equal_time_constants_lose_no_digits() {
    for difference in [1e-3, 1e-5, 1e-6, 1e-7, 1e-9, 1e-12] {
        for weight in [1000.0, 1e5] {
            let (tau_m, tau_s) = (10.0, 10.0 + difference);
            let b = tau_m * tau_s / (tau_m - tau_s);
            response(weight, tau_m, tau_s, |name, t, v| {
                let expected = weight / 250.0 * b * (-t / tau_s).exp() * (t / b).exp_m1();
                let error = if t > 0.0 { (v - expected).abs() } else { v.abs() };
                assert!(error < 1e-9, "{name}: {difference:e}: w {weight}: {t} ms: {error:e}");
            });
        }
    }
}

#[test]
fn both_receptors_add_up() {
    let mut network = double(0.1);
    let source = spikes_at(&mut network, "source", &[1, 3, 3, 50]);
    let target =
        network.population("target", 1, IafPscExp { tau_syn_in: (2.0 * MS).into(), ..passive() });
    let weights = [("excitatory", 100.0), ("inhibitory", -80.0)];
    for (receptor, w) in weights {
        network
            .project(source, target, AllToAll::default())
            .receptor(receptor)
            .weight(w * PA)
            .delay(0.1 * MS);
    }
    on_every_engine(&network, |name, engine| {
        for (step, v) in trace(engine, target, 0, 300).into_iter().enumerate() {
            let expected: f64 = [2, 4, 4, 51]
                .iter()
                .filter(|at| step > **at)
                .map(|at| 0.1 * (step - at) as f64)
                .map(|t| {
                    closed_form(100.0, 250.0, 10.0, 0.5, t) - closed_form(80.0, 250.0, 10.0, 2.0, t)
                })
                .sum();
            assert!((v - expected).abs() < 1e-9, "{name}: step {step}: {v} {expected}");
        }
    });
}
