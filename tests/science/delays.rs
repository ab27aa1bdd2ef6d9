//! A spike at t with a delay of d arrives at t + d, to the step.

use super::{double, passive, trace};
use crate::support::engines::on_every_engine;
use crate::support::parts::spikes_at;
use murine::prelude::*;

const I_SYN_EX: usize = 1;

/// The steps after which the excitatory current is above zero for the first time.
fn arrival(dt: f64, at: u64, delay: u64) -> Vec<u64> {
    let mut network = double(dt);
    let source = spikes_at(&mut network, "source", &[at]);
    let target = network.population("target", 1, passive());
    network
        .project(source, target, AllToAll::default())
        .receptor("excitatory")
        .weight(100.0 * PA)
        .delay(delay as f64 * dt * MS);
    let mut steps = Vec::new();
    on_every_engine(&network, |_, engine| {
        let current = trace(engine, target, I_SYN_EX, at + delay + 3);
        steps.extend(current.iter().position(|i| *i > 0.0).map(|step| step as u64));
        assert!((current[(at + delay) as usize] - 100.0).abs() < 1e-9);
    });
    steps
}

#[test]
fn a_spike_arrives_after_its_delay() {
    for dt in [0.1, 0.25, 1.0] {
        for delay in [1, 2, 3, 63, 64, 65, 300, 1000] {
            for at in [1, 2, 100] {
                let found = arrival(dt, at, delay);
                assert!(!found.is_empty());
                assert!(
                    found.iter().all(|s| *s == at + delay),
                    "dt {dt}: {at} + {delay}: {found:?}"
                );
            }
        }
    }
}

#[test]
fn the_longest_delay_is_kept() {
    assert!(arrival(0.1, 7, 16_383).iter().all(|s| *s == 16_390));
}

#[test]
fn an_injected_spike_is_stamped_with_the_current_step() {
    let mut network = double(0.1);
    let source = network.population("source", 1, passive());
    let target = network.population("target", 1, passive());
    network
        .project(source, target, AllToAll::default())
        .receptor("excitatory")
        .weight(100.0 * PA)
        .delay(0.5 * MS);
    on_every_engine(&network, |name, engine| {
        engine.run(10);
        engine.inject(source, &[0, 0]);
        assert_eq!(engine.run(0), [(10, 0), (10, 0)], "{name}");
        let current = trace(engine, target, I_SYN_EX, 6);
        assert_eq!(current[..5], [0.0; 5], "{name}");
        assert!((current[5] - 200.0).abs() < 1e-9, "{name}: {current:?}");
        assert_eq!(engine.events()[2], 2, "{name}");
    });
}

/// A chain of neurons that each make the next one spike: `order` is that of the populations.
fn chain(order: [usize; 3]) -> Vec<Vec<u64>> {
    let mut network = double(0.1);
    let kick = spikes_at(&mut network, "kick", &[5]);
    let neuron = IafPscExp { v_th: (1.0 * MV).into(), t_ref: (50.0 * MS).into(), ..passive() };
    let mut links = [kick; 4];
    for link in order {
        links[link + 1] = network.population(format!("link {link}"), 1, neuron.clone());
    }
    for pair in links.windows(2) {
        network
            .project(pair[0], pair[1], AllToAll::default())
            .receptor("excitatory")
            .weight(1e5 * PA)
            .delay(0.1 * MS);
    }
    let firsts = network.firsts();
    let mut runs = Vec::new();
    on_every_engine(&network, |_, engine| {
        let spikes = engine.run(100);
        let of =
            |link: PopulationId| spikes.iter().find(|s| s.1 == firsts[link.0]).map_or(0, |s| s.0);
        runs.push(links.map(of).to_vec());
    });
    runs
}

#[test]
fn an_arrival_acts_on_the_potential_one_step_later_whatever_the_order_of_populations() {
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        for steps in chain(order) {
            // A delay of one step, and one from the current to the potential.
            assert_eq!(steps, [5, 7, 9, 11], "{order:?}");
        }
    }
}

#[test]
fn spikes_of_one_step_arrive_together() {
    let mut network = double(0.1);
    let sources = network.source(
        "source",
        3,
        murine::stimulus::SpikeGenerator::new(vec![
            vec![0.3 * MS, 0.3 * MS],
            vec![0.2 * MS],
            vec![0.1 * MS],
        ]),
    );
    let target = network.population("target", 1, passive());
    for (delay, w) in [(0.1, 10.0), (0.2, 5.0)] {
        network
            .project(sources, target, AllToAll::default())
            .receptor("excitatory")
            .weight(w * PA)
            .delay(delay * MS);
    }
    let decay = (-0.1_f64 / 0.5).exp();
    on_every_engine(&network, |name, engine| {
        let current = trace(engine, target, I_SYN_EX, 6);
        let mut expected = 0.0;
        for (step, arriving) in [0.0, 0.0, 10.0, 15.0, 25.0, 10.0, 0.0].into_iter().enumerate() {
            expected = expected * decay + arriving;
            assert!((current[step] - expected).abs() < 1e-9, "{name}: {step}: {current:?}");
        }
        assert_eq!(engine.events(), [8, 0, 8], "{name}");
    });
}
