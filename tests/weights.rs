//! Weights of different sizes into one receptor: each is right to 0.2 %, or the sum of those of each
//! target is, or they are refused.

use crate::support::engines::{ENGINES, reference};
use murine::Simulation;
use murine::network::{Rounding, Storage};
use murine::prelude::*;
use murine::random::{Levels, normal_quantile};

/// How far off a weight, or a sum, may be.
const LIMIT: f64 = 0.002;

/// Numbers between 0 and 1.
fn numbers(mut state: u64) -> impl FnMut() -> f64 {
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        ((state >> 11) as f64 + 0.5) / 9_007_199_254_740_992.0
    }
}

/// Sources that spike each by itself, and neurons that fire when some of them do.
fn populations(sources: u64, targets: u64) -> (Network, PopulationId, PopulationId) {
    let mut network = Network::new("weights").seed(5);
    let times = |n| (0..20).map(|k| (0.1 * ((7 * n + 31 * k) % 950 + 1) as f64) * MS).collect();
    let mut times: Vec<Vec<murine::units::Time>> = (0..sources).map(times).collect();
    for of in &mut times {
        of.sort_by(|a, b| a.ms().total_cmp(&b.ms()));
    }
    let sources = network.source("sources", sources, SpikeGenerator::new(times));
    let cell = IafPscExp {
        i_e: Distribution::uniform(300.0 * PA, 400.0 * PA).into(),
        ..Default::default()
    };
    let targets = network.population("targets", targets, cell);
    (network, sources, targets)
}

/// A list from each source to some targets, with lognormal weights.
fn list(sources: u64, targets: u64, degree: u64, sigma: f64) -> Vec<Listed> {
    let mut next = numbers(3);
    let mut list = Vec::new();
    for source in 0..sources {
        for k in 0..degree {
            let weight = (sigma * normal_quantile(next())).exp();
            let (target, delay) = ((source * 7 + k * 13) % targets, 0.1 * ((k % 15) + 1) as f64);
            list.push(Listed { source, target, weight, delay });
        }
    }
    list
}

fn listed(network: &mut Network, from: PopulationId, to: PopulationId, list: &[Listed]) {
    network.project(from, to, List::new(list).expect("a list")).receptor("excitatory");
}

/// The largest error of the sum of a target of the only projection, relative to its magnitudes.
fn worst_sum(network: &Network, rounding: &Rounding, values: &[f64]) -> f64 {
    let rounded = &rounding.projections[0];
    let target = network.projections[0].target.populations().next().expect("a target");
    let unit = rounding.units[target][rounded.input];
    let mut sums = vec![(0.0, 0.0); network.populations[target].size as usize];
    network.synapses(0).expect("synapses").for_each(|_, target, level, _| {
        let (sum, off) = &mut sums[target as usize];
        let weight = values[level as usize];
        *sum += weight.abs();
        *off += f64::from(rounded.counts(level as usize)) * unit - weight;
    });
    let relative = |(sum, off): (f64, f64)| if sum > 0.0 { off.abs() / sum } else { 0.0 };
    sums.into_iter().map(relative).fold(0.0, f64::max)
}

/// All engines, with synapses stored and made again, agree with the reference.
fn agree(network: &Network) {
    let expected = reference(network).run(1500);
    let mut without = network.clone();
    without.projections.clear();
    assert_ne!(reference(&without).run(1500), expected, "weights that matter");
    for (name, build) in ENGINES {
        let mut engine = build(network);
        assert!(engine.run(1500) == expected, "{name}");
        let [delivered, pending, sent] = engine.events();
        assert_eq!(delivered + pending, sent, "{name}");
    }
}

#[test]
fn lists_with_heavy_tails_run() {
    for sigma in [1.5, 2.0, 3.0, 5.0] {
        let (mut network, sources, targets) = populations(60, 200);
        let list = list(60, 200, 100, sigma);
        listed(&mut network, sources, targets, &list);
        let rounding = network.rounding().expect("a list that runs");
        let values = network.projections[0].rule.weights().expect("a list").to_vec();
        let worst = worst_sum(&network, &rounding, &values);
        assert!(worst <= LIMIT, "{sigma}: {worst}");
        if sigma < 2.5 {
            assert!(rounding.largest_error <= LIMIT, "{sigma}: {}", rounding.largest_error);
            assert!(rounding.lost == 0.0);
        }
        let lost = (0..values.len()).filter(|&i| rounding.projections[0].levels[i] == 0).count();
        assert!(rounding.lost == lost as f64 && (lost > 0) == (sigma > 2.5), "{sigma}: {lost}");
        assert!((rounding.lost_share - lost as f64 / values.len() as f64).abs() < 1e-12);
        agree(&network);
    }
}

#[test]
fn distributions_with_heavy_tails_run() {
    for (sigma, rule) in [
        (1.0, FixedOutdegree::new(100).into()),
        (2.0, PairwiseBernoulli::new(0.4).into()),
        (3.0, FixedOutdegree::new(100).into()),
        (3.0, FixedIndegree::new(30).into()),
    ] {
        let rule: Box<dyn murine::rule::Rule> = rule;
        let (mut network, sources, targets) = populations(60, 200);
        let mean = (0.5_f64 * sigma * sigma).exp();
        let sd = mean * ((sigma * sigma).exp() - 1.0).sqrt();
        network
            .project(sources, targets, rule)
            .receptor("excitatory")
            .weight(Distribution::lognormal(mean * PA, sd * PA))
            .delay(Distribution::uniform(0.1 * MS, 2.0 * MS));
        let rounding = network.rounding().expect("a distribution that runs");
        let values = Levels::new(&network.projections[0].weight).values().to_vec();
        let worst = worst_sum(&network, &rounding, &values);
        assert!(worst <= LIMIT, "{sigma}: {worst}");
        assert_eq!(rounding.largest_error <= LIMIT, sigma < 1.5, "{}", rounding.largest_error);
        agree(&network);
    }
}

/// Where the largest sum is not more than five million times the smallest weight.
#[test]
fn small_weights_beside_large_ones_are_right() {
    for small in [0.001, 0.01, 0.000_123] {
        let (mut network, sources, targets) = populations(2, 3);
        let all = [(0, small), (1, 100.0), (1, 100.0)];
        let synapse = |(source, weight)| Listed { source, target: source, weight, delay: 1.0 };
        listed(&mut network, sources, targets, &all.map(synapse));
        let rounding = network.rounding().expect("a sound network");
        assert!(rounding.largest_error <= LIMIT, "{small}: {}", rounding.largest_error);
        for storage in [Storage::Stored, Storage::Procedural] {
            network.projections[0].storage = storage;
            let mut simulation = Simulation::new(&network, 1).expect("a sound network");
            simulation.inject(sources, &[0]).expect("a neuron");
            simulation.run(1.0 * MS).expect("on the grid");
            let found = simulation.observe(targets, 0, "i_syn").expect("a variable");
            assert!((found / small - 1.0).abs() <= LIMIT, "{small}: {found} pA, {storage:?}");
        }
    }
}

/// The smallest weight that a sum of five million times as much leaves room for, as each kind.
#[test]
fn the_smallest_weight_is_right_whatever_it_is() {
    let small = 2.0 * 100.0 / 4.9e6;
    for kind in 0..3 {
        let (mut network, sources, targets) = populations(1, 1);
        let constant = |network: &mut Network, weight: f64| {
            let p = network.project(sources, targets, AllToAll::default()).receptor("excitatory");
            p.weight(weight * PA).delay(1.0 * MS);
        };
        constant(&mut network, 100.0);
        match kind {
            0 => constant(&mut network, small * 1.003),
            1 => {
                let weak = PoissonGenerator::new(1.0 * HZ, small * PA).receptor("excitatory");
                network.stimulate(targets, weak);
            }
            _ => {
                let of =
                    |factor| Listed { source: 0, target: 0, weight: small * factor, delay: 1.0 };
                let list: Vec<Listed> = [1.0, 1.001, 1.0023, 3.3, 1e4].map(of).into();
                listed(&mut network, sources, targets, &list);
            }
        }
        let error = network.rounding().expect("a sound network").largest_error;
        assert!(error > 0.0 && error <= LIMIT, "{kind}: {error}");
    }
}

/// Refused, or right: never off in silence.
#[test]
fn constant_weights_beside_too_much_are_refused() {
    for exponent in 0..16 {
        let small = 1.234_567 * 10.0_f64.powi(-exponent);
        for stimulus in [false, true] {
            let (mut network, sources, targets) = populations(10, 1);
            let weak = if stimulus {
                let weak = PoissonGenerator::new(1000.0 * HZ, small * PA);
                network.stimulate(targets, weak.receptor("excitatory"));
                "stimulus"
            } else {
                let p = network.project(sources, targets, AllToAll::default());
                p.receptor("excitatory").weight(small * PA).delay(1.0 * MS);
                "projection.sources->targets.weight"
            };
            let strong = PoissonGenerator::new(1e6 * HZ, 100.0 * PA).receptor("excitatory");
            network.stimulate(targets, strong);
            match network.rounding() {
                Ok(rounding) => {
                    assert!(rounding.largest_error <= LIMIT, "{small}");
                    assert!(exponent < 8, "{small}");
                }
                Err(error) => {
                    let error = error.to_string();
                    assert!(exponent > 2, "{small}: {error}");
                    assert!(error.contains(weak) && error.contains("31 bits"), "{error}");
                }
            }
        }
    }
}

/// What is lost one by one is kept in the sum of a target, or refused.
#[test]
fn sums_hold_where_single_weights_cannot() {
    let (mut network, sources, targets) = populations(1000, 3);
    let of = |target, weight: f64| {
        move |source| Listed {
            source,
            target,
            weight: weight * (1.0 + 1e-4 * source as f64),
            delay: 1.0,
        }
    };
    let mut list: Vec<Listed> = (0..1000).map(of(0, 1e-7)).collect();
    list.extend((0..10).map(of(1, 10.0)));
    listed(&mut network, sources, targets, &list);
    let rounding = network.rounding().expect("sums that hold");
    let values = network.projections[0].rule.weights().expect("a list").to_vec();
    let worst = worst_sum(&network, &rounding, &values);
    assert!(worst <= LIMIT, "{worst}");
    assert!(rounding.largest_error > LIMIT);
    agree_on_synapses(&network);
    list.push(of(2, 1e-9)(0));
    let mut refused = network.clone();
    refused.projections.clear();
    listed(&mut refused, sources, targets, &list);
    let error = refused.rounding().expect_err("a target with nothing left").to_string();
    assert!(error.contains("target 2") && error.contains("leave out"), "{error}");
}

/// Synapses are built with the weights that the rounding says.
fn agree_on_synapses(network: &Network) {
    let rounding = network.rounding().expect("a sound network");
    let mut expected = Vec::new();
    network.synapses(0).expect("synapses").for_each(|source, target, level, _| {
        expected.push((source, target, rounding.projections[0].counts(level as usize)));
    });
    expected.sort_unstable();
    for (threads, storage) in [
        (1, Storage::Stored),
        (3, Storage::Stored),
        (1, Storage::Procedural),
        (3, Storage::Procedural),
    ] {
        let mut network = network.clone();
        network.projections[0].storage = storage;
        let first = network.firsts()[1];
        let mut found = Vec::new();
        let simulation = Simulation::new(&network, threads).expect("a sound network");
        simulation
            .engine()
            .for_each_synapse(|s| found.push((s.source, s.target - first, s.counts)));
        found.sort_unstable();
        assert!(found == expected, "{threads} threads, {storage:?}");
    }
}

/// A projection whose weights are alike keeps one port whatever stands beside it, and exact weights.
#[test]
fn what_is_alike_keeps_one_shift() {
    let (mut network, sources, targets) = populations(10, 10);
    let mut project = |weight: Distribution<_>| {
        let p = network.project(sources, targets, AllToAll::default()).receptor("excitatory");
        p.weight(weight).delay(1.0 * MS);
    };
    project((0.1 * PA).into());
    project(Distribution::normal(87.8 * PA, 8.78 * PA));
    let rounding = network.rounding().expect("a sound network");
    assert!(rounding.projections.iter().all(|rounded| rounded.shifts.len() == 1));
    let mut project = |weight: Distribution<_>| {
        let p = network.project(sources, targets, AllToAll::default()).receptor("excitatory");
        p.weight(weight).delay(1.0 * MS);
    };
    project(Distribution::uniform(0.0 * PA, 100.0 * PA));
    let rounding = network.rounding().expect("a sound network");
    let [constant, normal, uniform] = rounding.projections.as_slice() else { panic!("three") };
    assert_eq!((constant.shifts.len(), normal.shifts.len()), (1, 1));
    assert!(uniform.shares().len() > 1 && rounding.largest_error <= LIMIT);
    let unit = rounding.units[targets.0][0];
    assert!((f64::from(constant.counts(0)) * unit / 0.1 - 1.0).abs() < 1e-12);
}

#[test]
fn the_shared_case_is_right() {
    let path = std::path::Path::new("../shared/cases/weights-lost/c.toml");
    if !path.exists() {
        println!("skipped: {} is not there", path.display());
        return;
    }
    let config = murine::config::Config::load(path, &murine::config::Overrides::default());
    let network = config.expect("a sound config").network;
    assert!(network.rounding().expect("a sound network").largest_error <= LIMIT);
    let mut simulation = Simulation::new(&network, 1).expect("a sound network");
    simulation.run(2.0 * MS).expect("on the grid");
    let found = simulation.observe(PopulationId(1), 0, "i_syn").expect("a variable");
    assert!((found / 0.001 - 1.0).abs() <= LIMIT, "{found} pA");
}
