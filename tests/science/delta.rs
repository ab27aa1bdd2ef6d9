//! Delta synapses: the potential jumps by the weight, all arrivals of a step together.

use super::{double, trace};
use crate::support::engines::on_every_engine;
use crate::support::parts::spikes_at;
use murine::prelude::*;

/// Rest and reset at 0 mV, 10 ms.
fn neuron(v_th: f64, t_ref: f64) -> IafPscDelta {
    IafPscDelta {
        e_l: (0.0 * MV).into(),
        tau_m: (10.0 * MS).into(),
        t_ref: (t_ref * MS).into(),
        v_th: (v_th * MV).into(),
        v_reset: (0.0 * MV).into(),
        ..Default::default()
    }
}

/// A neuron that gets spikes of `weight`, stamped `at`, one step later.
fn driven(neuron: IafPscDelta, weight: f64, at: &[u64]) -> (Network, PopulationId) {
    let mut network = double(0.1);
    let source = spikes_at(&mut network, "source", at);
    let target = network.population("target", 1, neuron);
    network.project(source, target, AllToAll::default()).weight(weight * MV).delay(0.1 * MS);
    (network, target)
}

#[test]
fn the_response_is_a_jump_and_a_decay() {
    for w in [1e-3, 0.1, 1.0 / 3.0, -0.5, 1234.5, -1e5] {
        let (network, target) = driven(neuron(1e9, 2.0), w, &[4]);
        on_every_engine(&network, |name, engine| {
            for (step, v) in trace(engine, target, 0, 300).into_iter().enumerate() {
                let t = 0.1 * (step as f64 - 5.0);
                let expected = if step < 5 { 0.0 } else { w * (-t / 10.0).exp() };
                assert!((v - expected).abs() < 1e-9, "{name}: w {w}: step {step}: {v} {expected}");
            }
        });
    }
}

#[test]
fn arrivals_count_before_the_threshold_of_their_step() {
    let (network, target) = driven(neuron(1.0, 0.0), 1.0, &[4]);
    on_every_engine(&network, |name, engine| {
        let spikes = engine.run(20);
        let first = network.firsts()[target.0];
        assert_eq!(spikes, [(4, 0), (5, first)], "{name}");
        assert_eq!(engine.observe(target, 0, 0).to_bits(), 0, "{name}: reset");
    });
}

#[test]
fn excitation_and_inhibition_of_one_step_cancel_before_the_threshold() {
    let (mut network, target) = driven(neuron(1.0, 0.0), 1.0, &[4]);
    network.project(PopulationId(0), target, AllToAll::default()).weight(-0.5 * MV).delay(0.1 * MS);
    on_every_engine(&network, |name, engine| {
        assert_eq!(engine.run(20), [(4, 0)], "{name}");
    });
}

#[test]
fn arrivals_while_refractory_are_discarded() {
    // The first spike arrives at 5; the potential is held in the updates that end at 6..=25.
    let arrivals: Vec<u64> = (4..24).collect();
    let (network, target) = driven(neuron(1.0, 2.0), 1.0, &arrivals);
    on_every_engine(&network, |name, engine| {
        let spikes = engine.run(60);
        assert_eq!(spikes.iter().filter(|s| s.1 == 1).count(), 1, "{name}");
        assert!(engine.observe(target, 0, 0).abs() < 1e-12, "{name}");
    });
    for (last, second) in [(24, None), (25, Some(26))] {
        let (network, _) = driven(neuron(1.0, 2.0), 1.0, &[4, last]);
        on_every_engine(&network, |name, engine| {
            let of_target: Vec<_> = engine.run(60).into_iter().filter(|s| s.1 == 1).collect();
            assert_eq!(of_target.get(1).map(|s| s.0), second, "{name}: arrival at {}", last + 1);
        });
    }
}
