//! Izhikevich's neuron against the textbook form of its equations at fine steps, and what it is
//! known for.

use super::{double, intervals, trace};
use crate::support::engines::on_every_engine;
use murine::prelude::*;

/// `V' = 0.04 V^2 + 5 V + 140 - U + I`, `U' = a (b V - U)` by the classical fourth-order method
/// at 1 us: V and U at `ms`, and the times of the spikes until then.
fn textbook(
    model: [f64; 4],
    start: f64,
    ms: f64,
    current: impl Fn(f64) -> f64,
) -> (f64, f64, Vec<f64>) {
    let [a, b, c, d] = model;
    let h = 0.001;
    let slope = |v: f64, u: f64, i: f64| (0.04 * v * v + 5.0 * v + 140.0 - u + i, a * (b * v - u));
    let (mut v, mut u, mut spikes) = (start, b * start, Vec::new());
    for n in 0..(ms / h).round() as u32 {
        let t = f64::from(n) * h;
        let [i0, i1, i2] = [t, t + 0.5 * h, t + h].map(&current);
        let k1 = slope(v, u, i0);
        let k2 = slope(v + 0.5 * h * k1.0, u + 0.5 * h * k1.1, i1);
        let k3 = slope(v + 0.5 * h * k2.0, u + 0.5 * h * k2.1, i1);
        let k4 = slope(v + h * k3.0, u + h * k3.1, i2);
        v += h / 6.0 * (k1.0 + 2.0 * k2.0 + 2.0 * k3.0 + k4.0);
        u += h / 6.0 * (k1.1 + 2.0 * k2.1 + 2.0 * k3.1 + k4.1);
        if v >= 30.0 {
            (v, u) = (c, u + d);
            spikes.push(t + h);
        }
    }
    (v, u, spikes)
}

const REGULAR: [f64; 4] = [0.02, 0.2, -65.0, 8.0];
const CHATTERING: [f64; 4] = [0.02, 0.2, -50.0, 2.0];
const FAST: [f64; 4] = [0.1, 0.2, -65.0, 2.0];

fn cell([a, b, c, d]: [f64; 4], i_e: f64) -> Izhikevich {
    Izhikevich {
        a: a.into(),
        b: b.into(),
        c: (c * MV).into(),
        d: (d * MV).into(),
        i_e: (i_e * PA).into(),
        ..Default::default()
    }
}

/// The spike steps of a cell under a constant current.
fn spikes(dt: f64, model: Izhikevich, ms: f64) -> Vec<(u64, u64)> {
    let mut network = double(dt);
    network.population("a", 1, model);
    let mut simulation = Simulation::new(&network, 1).expect("a sound network");
    simulation.run(ms * MS).expect("on the grid");
    simulation.take_spikes()
}

/// A spike of weight 9 pA at 1 ms onto a cell at rest: V and U at 6 ms, below threshold.
fn after_a_spike(dt: f64) -> (f64, f64) {
    let mut network = double(dt);
    let source = network.source("source", 1, SpikeGenerator::new(vec![vec![0.5 * MS]]));
    let rest = Izhikevich { v_m: (-70.0 * MV).into(), ..cell(REGULAR, 0.0) };
    let target = network.population("target", 1, rest);
    let project = network.project(source, target, OneToOne {});
    project.receptor("excitatory").weight(9.0 * PA).delay(0.5 * MS);
    let mut simulation = Simulation::new(&network, 1).expect("a sound network");
    simulation.run(6.0 * MS).expect("on the grid");
    assert_eq!(simulation.take_spikes().len(), 1, "only the source spikes");
    let observe = |name| simulation.observe(target, 0, name).expect("a variable");
    (observe("v_m"), observe("u_m"))
}

#[test]
fn a_potential_converges_to_the_equations_to_fourth_order() {
    // At rest until the spike arrives at 1 ms.
    let (v, u, _) = textbook(REGULAR, -70.0, 5.0, |t| 9.0 * (-t / 2.0).exp());
    let errors = [0.125, 0.0625, 0.03125].map(|dt| {
        let found = after_a_spike(dt);
        (found.0 - v).abs().max((found.1 - u).abs())
    });
    for pair in errors.windows(2) {
        let order = (pair[0] / pair[1]).log2();
        assert!((3.6..4.6).contains(&order), "order {order} of {errors:?}");
    }
    assert!(errors[2] < 2e-5, "{errors:?}");
}

#[test]
fn spikes_come_when_the_equations_say() {
    for (model, current) in [(REGULAR, 10.0), (CHATTERING, 10.0), (FAST, 10.0)] {
        let (_, _, expected) = textbook(model, -65.0, 100.0, |_| current);
        let found = spikes(0.01, cell(model, current), 100.0);
        assert_eq!(found.len(), expected.len(), "{model:?}");
        for (found, expected) in found.iter().zip(&expected) {
            let ms = found.0 as f64 * 0.01;
            // A spike is cut off at the next step, and so is each before it.
            assert!((ms - expected).abs() < 0.3, "{model:?}: {ms} ms, not {expected}");
        }
    }
}

#[test]
fn it_fires_as_published() {
    let intervals_ms = |model, current| -> Vec<f64> {
        let spikes = spikes(0.1, cell(model, current), 1000.0);
        intervals(&spikes).iter().map(|steps| *steps as f64 * 0.1).collect()
    };
    let regular = intervals_ms(REGULAR, 10.0);
    let last = regular[regular.len() - 1];
    assert!(last > 1.5 * regular[0], "regular spiking adapts: {regular:?}");
    let fast = intervals_ms(FAST, 10.0);
    let last = fast[fast.len() - 1];
    assert!(last < 1.1 * fast[2], "fast spiking adapts at once: {fast:?}");
    assert!(fast.len() > 2 * regular.len());
    let chattering = intervals_ms(CHATTERING, 10.0);
    let (short, long) = (
        chattering.iter().filter(|i| **i < 6.0).count(),
        chattering.iter().filter(|i| **i > 15.0).count(),
    );
    assert!(short > long && long > 10, "bursts: {chattering:?}");
    assert!(intervals_ms(REGULAR, 3.0).is_empty(), "3 pA is below threshold");
}

/// A rest is a root of 0.04 V^2 + (5 - b) V + 140: for b = 0.2, -70 mV.
#[test]
fn it_rests_at_the_root_of_its_equation() {
    let mut network = double(0.1);
    let rest =
        network.population("a", 1, Izhikevich { v_m: (-60.0 * MV).into(), ..Default::default() });
    on_every_engine(&network, |name, engine| {
        assert_eq!(engine.observe(rest, 0, 0), -60.0, "{name}");
        assert_eq!(engine.run(20_000), [], "{name}");
        let v = engine.observe(rest, 0, 0);
        assert!((v + 70.0).abs() < 1e-9, "{name}: {v}");
        assert!((engine.observe(rest, 0, 1) + 14.0).abs() < 1e-9, "{name}");
    });
}

/// What V makes of them, at their mean over a step, is in the test of convergence above.
#[test]
fn currents_decay_exactly_and_each_sign_by_itself() {
    for dt in [0.1, 0.5] {
        let mut network = double(dt);
        let source = network.source("source", 1, SpikeGenerator::new(vec![vec![dt * MS]]));
        let model = Izhikevich {
            tau_syn_ex: (1.7 * MS).into(),
            tau_syn_in: (2.5 * MS).into(),
            ..Default::default()
        };
        let target = network.population("target", 1, model);
        for (name, weight) in [("excitatory", 5.0 * PA), ("inhibitory", -8.0 * PA)] {
            let project = network.project(source, target, OneToOne {});
            project.receptor(name).weight(weight).delay(dt * MS);
        }
        on_every_engine(&network, |name, engine| {
            engine.run(2);
            let ex = trace(engine, target, 2, 30);
            for (n, i) in ex.iter().enumerate() {
                let expected = 5.0 * (-(n as f64) * dt / 1.7).exp();
                assert!((i - expected).abs() < 1e-12, "{name}, dt {dt}, step {n}: {i}");
            }
            let decayed = -8.0 * (-30.0 * dt / 2.5).exp();
            assert!((engine.observe(target, 0, 3) - decayed).abs() < 1e-12, "{name}");
        });
    }
}
