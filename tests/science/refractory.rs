//! After a spike the potential is held for the refractory period, while currents go on.

use super::{double, intervals, passive, trace};
use crate::support::engines::on_every_engine;
use crate::support::parts::spikes_at;
use murine::prelude::*;

#[test]
fn the_shortest_interval_is_one_step_more_than_the_refractory_period() {
    for (dt, t_ref) in [(0.1, 0.0), (0.1, 0.1), (0.1, 2.0), (0.1, 25.5), (0.1, 30.0), (1.0, 300.0)]
    {
        let mut network = double(dt);
        let neuron = IafPscExp {
            v_th: (1.0 * MV).into(),
            t_ref: (t_ref * MS).into(),
            i_e: (1e9 * PA).into(),
            ..passive()
        };
        network.population("a", 1, neuron);
        let period = (t_ref / dt).round() as u64 + 1;
        on_every_engine(&network, |name, engine| {
            let spikes = engine.run(3 * period + 1);
            assert_eq!(intervals(&spikes), [period; 3], "{name}: dt {dt}, t_ref {t_ref}");
        });
    }
}

/// The neuron starts at threshold and so spikes in the first step; a synaptic spike arrives at
/// `arrival`, while it is refractory.
#[test]
fn currents_accumulate_while_the_potential_is_held() {
    let (t_ref, arrival, w) = (20, 8, 500.0);
    let mut network = double(0.1);
    let source = spikes_at(&mut network, "source", &[arrival - 1]);
    let neuron = IafPscExp {
        v_th: (15.0 * MV).into(),
        v_m: Some((20.0 * MV).into()),
        v_reset: (-3.0 * MV).into(),
        t_ref: (0.1 * t_ref as f64 * MS).into(),
        ..passive()
    };
    let target = network.population("target", 1, neuron);
    network
        .project(source, target, AllToAll::default())
        .receptor("excitatory")
        .weight(w * PA)
        .delay(0.1 * MS);
    on_every_engine(&network, |name, engine| {
        for (step, v) in trace(engine, target, 0, 200).into_iter().enumerate().skip(1) {
            // Held up to and including the update that ends at 1 + t_ref.
            let expected = if step <= 1 + t_ref {
                -3.0
            } else {
                let i = w * (-0.1 * (1 + t_ref - arrival as usize) as f64 / 0.5).exp();
                let t = 0.1 * (step - 1 - t_ref) as f64;
                let psp = (-t / 10.0_f64).exp() - (-t / 0.5_f64).exp();
                -3.0 * (-t / 10.0_f64).exp() + i * 10.0 * 0.5 / (250.0 * 9.5) * psp
            };
            assert!((v - expected).abs() < 1e-9, "{name}: step {step}: {v} {expected}");
        }
    });
}
