//! The default precision: intervals are those of the closed form at every time step.
//!
//! Constant current from rest at V_reset: `T = tau_m ln(RI / (RI - (V_th - V_reset)))`, a spike each
//! `t_ref/h + ceil(T/h)` steps (Rotter & Diesmann 1999, doi 10.1007/s004220050570).

use murine::Simulation;
use murine::prelude::*;

/// V_inf - V_th in mV to current in pA, for the default neuron: 40 MOhm, 15 mV to threshold.
fn above(gap: f64) -> f64 {
    375.0 + gap / 0.04
}

/// Steps between spikes of the default neuron, whose V_inf is `gap` mV above V_th.
fn interval(gap: f64, dt: f64) -> f64 {
    let time = 10.0 * ((15.0 + gap) / gap).ln();
    (2.0 / dt).round() + (time / dt).ceil()
}

/// A population of one neuron in the default precision, and the steps of its spikes.
fn spikes(
    dt: f64,
    steps: u64,
    build: impl FnOnce(&mut Network) -> murine::network::PopulationId,
) -> Vec<u64> {
    let mut network = Network::new("one").dt(dt * MS);
    let population = build(&mut network);
    let first = network.firsts()[population.0];
    let mut simulation = Simulation::new(&network, 1).expect("a sound network");
    simulation.run(dt * MS * steps as f64).expect("on the grid");
    let all = simulation.take_spikes().into_iter();
    all.filter(|s| s.1 == first).map(|s| s.0).collect()
}

/// A network of one neuron that gets this current in pA; says which it is.
type Build = fn(&mut Network, f64) -> murine::network::PopulationId;

/// The ways in which a constant current reaches the default neuron.
fn ways() -> Vec<(&'static str, Build)> {
    fn exp(current: f64) -> IafPscExp {
        IafPscExp { i_e: (current * PA).into(), ..Default::default() }
    }
    vec![
        ("i_e", |network, current| network.population("n", 1, exp(current))),
        ("delta, i_e", |network, current| {
            let model = IafPscDelta { i_e: (current * PA).into(), ..Default::default() };
            network.population("n", 1, model)
        }),
        ("two currents, i_e", |network, current| {
            let tau_syn_in = (3.0 * MS).into();
            network.population("n", 1, IafPscExp { tau_syn_in, ..exp(current) })
        }),
        ("dc_generator", |network, current| {
            let n = network.population("n", 1, IafPscExp::default());
            network.stimulate(n, DcGenerator::new(current * PA));
            n
        }),
        ("both", |network, current| {
            let n = network.population("n", 1, exp(300.0));
            network.stimulate(n, DcGenerator::new((current - 300.0) * PA));
            n
        }),
        ("beside a silent source", |network, current| {
            let source = network.source("s", 1, SpikeGenerator::new(vec![vec![]]));
            let n = network.population("n", 1, exp(current));
            let project = network.project(source, n, OneToOne {});
            project.receptor("excitatory").weight(10.0 * PA).delay(1.0 * MS);
            n
        }),
        ("dc_generator beside a silent source", |network, current| {
            let source = network.source("s", 1, SpikeGenerator::new(vec![vec![]]));
            let n = network.population("n", 1, IafPscExp::default());
            network.stimulate(n, DcGenerator::new(current * PA));
            let project = network.project(source, n, OneToOne {});
            project.receptor("excitatory").weight(10.0 * PA).delay(1.0 * MS);
            n
        }),
    ]
}

#[test]
fn intervals_are_those_of_the_table() {
    let table = [
        (380.0, [46, 454, 1813]),
        (450.0, [20, 200, 797]),
        (600.0, [12, 119, 473]),
        (1450.0, [5, 50, 200]),
    ];
    for (current, row) in table {
        for (dt, expected) in [1.0, 0.1, 0.025].into_iter().zip(row) {
            for (way, build) in ways() {
                let found = spikes(dt, 6 * expected, |network| build(network, current));
                let differ = found.windows(2).any(|pair| pair[1] - pair[0] != expected);
                assert!(found.len() >= 4 && !differ, "{way}: {current} pA, {dt} ms: {found:?}");
            }
        }
    }
}

#[test]
fn intervals_are_exact_at_every_time_step() {
    for dt in [1.0, 0.1, 0.01, 0.001] {
        for gap in [43.0, 3.0, 0.2, 1e-3, 1e-6, 1e-9] {
            let expected = interval(gap, dt) as u64;
            if expected > 40_000 {
                continue;
            }
            for (way, build) in ways() {
                let found = spikes(dt, 2 * expected + 2, |network| build(network, above(gap)));
                // The first is not delayed by t_ref.
                let first = expected - (2.0 / dt).round() as u64;
                // Of a gap of 1e-9 mV, the current itself keeps 7 digits.
                let slack = if gap < 1e-8 { 1 + (1e-6 * 10.0 / dt) as u64 } else { 0 };
                let near = |a: u64, b: u64| a.abs_diff(b) <= slack;
                assert!(
                    found.len() >= 2
                        && near(found[0], first)
                        && near(found[1] - found[0], expected),
                    "{way}: gap {gap} mV, dt {dt} ms: {found:?}, expected {first} and each {expected}"
                );
            }
        }
    }
}

#[test]
fn where_the_current_leads_just_to_threshold_nothing_fires() {
    for dt in [1.0, 0.1, 0.01] {
        for (way, build) in ways() {
            for gap in [0.0, -1e-9, -1e-6] {
                let found = spikes(dt, (300.0 / dt) as u64, |network| build(network, above(gap)));
                assert!(found.is_empty(), "{way}: gap {gap} mV, dt {dt} ms: {found:?}");
            }
        }
    }
}

#[test]
fn membranes_that_leak_hardly_at_all_fire_on_time() {
    for (tau, dt) in
        [(1e5_f64, 0.1_f64), (1e6, 0.1), (1e7, 0.1), (1e9, 0.1), (1e7, 0.01), (1e9, 1.0)]
    {
        for current in [450.0, 1000.0] {
            let model = IafPscExp {
                tau_m: (tau * MS).into(),
                i_e: (current * PA).into(),
                ..Default::default()
            };
            let resistance = tau / 250.0;
            let time = -tau * (-15.0 / (resistance * current)).ln_1p();
            let expected = (2.0 / dt).round() as u64 + (time / dt).ceil() as u64;
            let found = spikes(dt, 4 * expected, |network| network.population("n", 1, model));
            let differ = found.windows(2).any(|pair| pair[1] - pair[0] != expected);
            assert!(
                found.len() >= 3 && !differ,
                "tau {tau}, dt {dt}, {current}: {found:?} {expected}"
            );
        }
    }
}

#[test]
fn a_current_that_changes_moves_no_potential() {
    // Held at V_reset while the current changes; and at rest, from which it goes on without a jump.
    let mut network = Network::new("one").dt(0.1 * MS);
    let model =
        IafPscExp { t_ref: (5.0 * MS).into(), i_e: (500.0 * PA).into(), ..Default::default() };
    let n = network.population("n", 1, model);
    let id = network.stimulate(n, DcGenerator::new(0.0 * PA)).id();
    let mut simulation = Simulation::new(&network, 1).expect("a sound network");
    while simulation.take_spikes().is_empty() {
        simulation.run(0.1 * MS).expect("on the grid");
    }
    for current in [100.0, -3000.0, 7e5] {
        simulation.set_value(id, current).expect("finite");
        simulation.run(0.1 * MS).expect("on the grid");
        let v = simulation.observe(n, 0, "v_m").expect("a variable");
        assert!((v + 70.0).abs() < 1e-9, "{current} pA: {v}");
    }
}
