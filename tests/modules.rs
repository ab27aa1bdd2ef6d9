//! The synapses of networks of modules, one by one: which modules they lead to, how many they are
//! and when they arrive, for every rule that knows modules and however neurons are dealt to
//! partitions.

use std::collections::{BTreeMap, BTreeSet};

use murine::Simulation;
use murine::network::Storage;
use murine::prelude::*;
use murine::rule::{Between, Rule};

/// Modules of each network, but where a test says otherwise.
const MODULES: u64 = 7;

/// Neurons of a module in the source and in the target population: whole blocks, or not.
const SIZES: [(u64, u64); 3] = [(128, 64), (70, 33), (1, 5)];

/// A synapse: source and target within their populations, delay in steps, receptor, weight.
type Synapse = (u64, u64, u16, u8, i32);

/// Two populations of modules of these sizes and nothing else.
fn empty((sources, targets): (u64, u64), modules: u64) -> (Network, [PopulationId; 2]) {
    let mut network = Network::new("modules").dt(0.1 * MS).seed(5).modules(modules);
    let a = network.population("a", sources * modules, IafPscExp::default());
    let b = network.population("b", targets * modules, IafPscExp::default());
    (network, [a, b])
}

/// Every kind of links.
fn kinds() -> Vec<Option<Between>> {
    let matrix =
        |to: u64| (0..MODULES).map(|from| u8::from((to * to + from).is_multiple_of(3))).collect();
    vec![
        None,
        Some(Between::Ring { neighbours: 3 }),
        Some(Between::SmallWorld { neighbours: 2, rewiring: 0.5 }),
        Some(Between::Grid { radius: 1.5, columns: Some(3) }),
        Some(Between::List(vec![(0, 0), (0, 6), (5, 1), (2, 1)])),
        Some(Between::List(vec![])),
        Some(Between::Matrix((0..MODULES).map(matrix).collect())),
    ]
}

/// The modules that each is linked to, with their distances.
fn links(between: Option<&Between>, seed: u64) -> Vec<BTreeMap<u64, f64>> {
    let Some(between) = between else {
        return (0..MODULES).map(|m| BTreeMap::from([(m, 0.0)])).collect();
    };
    let links = between.links(MODULES, seed).expect("possible links");
    let all = links.iter().map(|of| of.iter().map(|l| (u64::from(l.target), l.distance)).collect());
    all.collect()
}

/// From `a` to `b` by `rule`, with `per_place` ms for each place.
fn projected(
    sizes: (u64, u64),
    rule: impl Into<Box<dyn Rule>>,
    between: Option<&Between>,
    per_place: f64,
) -> Network {
    let (mut network, [a, b]) = empty(sizes, MODULES);
    let builder = network
        .project(a, b, rule)
        .receptor("excitatory")
        .weight(Distribution::uniform(1.0 * PA, 2.0 * PA))
        .delay(Distribution::uniform(0.3 * MS, 1.1 * MS));
    if let Some(between) = between {
        builder.between(between.clone()).delay_per_distance(per_place * MS);
    }
    network
}

/// All synapses, sorted.
fn synapses(network: &Network, threads: usize) -> Vec<Synapse> {
    let simulation = Simulation::new(network, threads).expect("a sound network");
    let firsts = network.firsts();
    let within = |neuron| neuron - firsts[firsts.partition_point(|first| *first <= neuron) - 1];
    let mut all = Vec::new();
    simulation.engine().for_each_synapse(|s| {
        all.push((within(s.source), within(s.target), s.delay, s.input, s.counts));
    });
    all.sort_unstable();
    all
}

/// Source, module of the target and steps of delay besides the way, with how often each occurs.
fn by_module(
    all: &[Synapse],
    (sources, targets): (u64, u64),
    links: &[BTreeMap<u64, f64>],
    steps_per_place: f64,
) -> BTreeMap<(u64, u64, u16), u64> {
    let mut found = BTreeMap::new();
    for &(source, target, delay, ..) in all {
        let (from, to) = (source / sources, target / targets);
        let distance = links[from as usize].get(&to);
        let distance = distance.unwrap_or_else(|| panic!("{from} is not linked to {to}"));
        let later = (distance * steps_per_place).round() as u16;
        assert!((3 + later..=11 + later).contains(&delay), "{delay} steps over {distance}");
        *found.entry((source, to, delay - later)).or_default() += 1;
    }
    found
}

#[test]
fn every_synapse_leads_to_a_linked_module_and_arrives_when_its_distance_says() {
    for sizes in SIZES {
        for between in &kinds() {
            let links = links(between.as_ref(), 5);
            let distant = between.as_ref().is_some_and(Between::has_distance);
            let rule = || FixedOutdegree::new(9);
            let near = synapses(&projected(sizes, rule(), between.as_ref(), 0.0), 2);
            let near = by_module(&near, sizes, &links, 0.0);
            let mut degrees = BTreeMap::new();
            for (&(source, to, _), n) in &near {
                *degrees.entry((source, to)).or_insert(0) += n;
            }
            let pairs = links.iter().map(BTreeMap::len).sum::<usize>();
            assert_eq!(degrees.len(), sizes.0 as usize * pairs, "{between:?}");
            assert!(degrees.values().all(|&n| n == 9), "{between:?}");
            if distant {
                // 2.7 steps a place: rounded once, not place by place.
                let far = synapses(&projected(sizes, rule(), between.as_ref(), 0.27), 2);
                let far = by_module(&far, sizes, &links, 2.7);
                assert!(far == near, "{between:?}: what is drawn does not depend on distance");
            }
        }
    }
}

#[test]
fn all_targets_of_a_linked_module_are_reached() {
    let between = Between::Ring { neighbours: 2 };
    let sizes = (128, 64);
    let all = synapses(&projected(sizes, FixedOutdegree::new(40), Some(&between), 0.1), 1);
    let mut counts = vec![0_u32; (sizes.1 * MODULES) as usize];
    for s in &all {
        counts[s.1 as usize] += 1;
    }
    // 160 on average: 2 x 128 sources with 40 synapses each for 64 targets.
    assert!(counts.iter().all(|n| (90..=240).contains(n)), "{counts:?}");
}

#[test]
fn rules_are_applied_to_each_pair_of_linked_modules() {
    for between in &kinds() {
        let links = links(between.as_ref(), 5);
        let pairs = links.iter().map(BTreeMap::len).sum::<usize>() as u64;
        let built = |sizes, rule: Box<dyn Rule>| {
            let all = synapses(&projected(sizes, rule, between.as_ref(), 0.0), 3);
            by_module(&all, sizes, &links, 0.0);
            all
        };
        let all = built((70, 70), OneToOne::default().into());
        assert_eq!(all.len() as u64, 70 * pairs);
        assert!(all.iter().all(|s| s.0 % 70 == s.1 % 70), "{between:?}");

        let all = built((9, 33), AllToAll::default().into());
        assert_eq!(all.len() as u64, 9 * 33 * pairs);
        let distinct: BTreeSet<_> = all.iter().map(|s| (s.0, s.1)).collect();
        assert_eq!(distinct.len(), all.len(), "{between:?}");

        let all = built((70, 33), PairwiseBernoulli::new(0.2).into());
        let mean = 0.2 * (70 * 33 * pairs) as f64;
        let sd = (0.8 * mean).sqrt();
        assert!((all.len() as f64 - mean).abs() <= 5.0 * sd, "{} of {mean}", all.len());
        let distinct: BTreeSet<_> = all.iter().map(|s| (s.0, s.1)).collect();
        assert_eq!(distinct.len(), all.len(), "{between:?}");

        let rule = FixedOutdegree { multapses: false, ..FixedOutdegree::new(30) };
        let all = built((70, 33), rule.into());
        assert_eq!(all.len() as u64, 70 * 30 * pairs);
        let distinct: BTreeSet<_> = all.iter().map(|s| (s.0, s.1)).collect();
        assert_eq!(distinct.len(), all.len(), "{between:?}");
    }
}

/// Blocks of a rule lie within a module.
#[test]
fn blocks_are_parts_of_modules() {
    let rule = PairwiseBernoulli::new(1.0).blocks(3);
    let between = Between::Ring { neighbours: 1 };
    let all = synapses(&projected((60, 30), rule, Some(&between), 0.0), 2);
    assert_eq!(all.len() as u64, MODULES * 60 * 10);
    assert!(all.iter().all(|s| s.0 % 60 / 20 == s.1 % 30 / 10));
}

#[test]
fn autapses_are_only_those_of_a_module_with_itself() {
    let rules: [fn(bool) -> Box<dyn Rule>; 4] = [
        |autapses| AllToAll { autapses }.into(),
        |autapses| FixedOutdegree { autapses, ..FixedOutdegree::new(4) }.into(),
        |autapses| FixedOutdegree { autapses, multapses: false, ..FixedOutdegree::new(4) }.into(),
        |autapses| PairwiseBernoulli { autapses, ..PairwiseBernoulli::new(0.9) }.into(),
    ];
    // 0 to itself and to its neighbour, 1 to 2.
    let list = Between::List(vec![(0, 0), (0, 1), (1, 2)]);
    for (size, threads) in [(5, 1), (5, 2), (64, 3)] {
        for rule in rules {
            for autapses in [true, false] {
                for storage in [Storage::Stored, Storage::Procedural] {
                    let mut network = Network::new("autapses").modules(3);
                    let cells = network.population("cells", 3 * size, IafPscDelta::default());
                    network
                        .project(cells, cells, rule(autapses))
                        .between(list.clone())
                        .weight(0.1 * MV)
                        .delay(1.0 * MS)
                        .storage(storage);
                    let all = synapses(&network, threads);
                    let own = all.iter().filter(|s| s.0 == s.1).count() as u64;
                    if autapses {
                        assert!(own > 0 && own <= 4 * size, "{own}");
                    } else {
                        assert_eq!(own, 0);
                    }
                    assert!(all.iter().all(|s| s.0 < 2 * size));
                    let links = [(0, 0), (0, 1), (1, 2)];
                    let linked = |s: &Synapse| links.contains(&(s.0 / size, s.1 / size));
                    assert!(all.iter().all(linked));
                    if rule(autapses).name() != "pairwise_bernoulli" {
                        let simulation = Simulation::new(&network, threads).expect("it is sound");
                        assert_eq!(simulation.synapses(), all.len() as u64, "as foretold");
                    }
                    if rule(autapses).name() == "all_to_all" {
                        let all = all.len() as u64;
                        assert_eq!(all, 3 * size * size - if autapses { 0 } else { size });
                    }
                }
            }
        }
    }
}

/// Neurons of other modules are no autapses: one each is enough.
#[test]
fn modules_of_one_neuron_need_no_autapses() {
    for multapses in [true, false] {
        let mut network = Network::new("ones").modules(6);
        let cells = network.population("cells", 6, IafPscDelta::default());
        let rule = FixedOutdegree { autapses: false, multapses, outdegree: 1 };
        let ring = Between::Ring { neighbours: 2 };
        network.project(cells, cells, rule).between(ring).weight(0.1 * MV).delay(1.0 * MS);
        let found: Vec<_> = synapses(&network, 2).iter().map(|s| (s.0, s.1)).collect();
        let expected: BTreeSet<_> =
            (0..6).flat_map(|n| [(n, (n + 1) % 6), (n, (n + 5) % 6)]).collect();
        assert_eq!(found, expected.into_iter().collect::<Vec<_>>());
    }
}

#[test]
fn the_same_synapses_stored_or_procedural_on_any_number_of_threads() {
    let rules: [fn() -> Box<dyn Rule>; 4] = [
        || FixedOutdegree::new(9).into(),
        || FixedOutdegree { multapses: false, ..FixedOutdegree::new(5) }.into(),
        || PairwiseBernoulli::new(0.3).into(),
        || AllToAll::default().into(),
    ];
    for sizes in [(128, 64), (70, 33)] {
        for rule in rules {
            for between in &kinds()[..5] {
                let network = projected(sizes, rule(), between.as_ref(), 0.0);
                let expected = synapses(&network, 1);
                assert!(!expected.is_empty());
                for threads in [1, 2, 5, 9] {
                    for storage in [Storage::Stored, Storage::Procedural] {
                        let mut network = network.clone();
                        network.projections[0].storage = storage;
                        let found = synapses(&network, threads);
                        assert!(found == expected, "{sizes:?} {between:?} {threads} {storage:?}");
                    }
                }
            }
        }
    }
}

/// As many neurons as a target of 16 bits can tell apart.
#[test]
fn modules_may_be_as_large_as_a_partition() {
    let size = 65_536;
    for (threads, storage) in
        [(1, Storage::Stored), (2, Storage::Procedural), (3, Storage::Procedural)]
    {
        let mut network = Network::new("large").modules(2);
        let few = network.population("few", 4, IafPscDelta::default());
        let many = network.population("many", 2 * size, IafPscDelta::default());
        network
            .project(few, many, FixedOutdegree::new(20_000))
            .between(Between::Ring { neighbours: 1 })
            .weight(0.1 * MV)
            .delay(1.0 * MS)
            .storage(storage);
        let all = synapses(&network, threads);
        assert_eq!(all.len(), 80_000);
        assert!(all.iter().all(|s| s.0 / 2 != s.1 / size));
        for module in [0, 1] {
            let within = all.iter().filter(|s| s.1 / size == module).map(|s| s.1 % size);
            let (least, most) = (within.clone().min().unwrap(), within.max().unwrap());
            assert!(least < 100 && most > size - 100, "{least} to {most}");
        }
    }
    let mut network = Network::new("too large").modules(2);
    network.population("many", 2 * (size + 1), IafPscDelta::default());
    let error = network.validate().expect_err("too large").to_string();
    assert!(error.contains("65537 neurons") && error.contains("1 to 65536"), "{error}");
}

#[test]
fn numbers_of_modules_that_cannot_be_are_refused() {
    for modules in [0, 3, 11, u64::MAX] {
        let mut network = Network::new("wrong").modules(modules);
        let cells = network.population("cells", 10, IafPscDelta::default());
        network.project(cells, cells, FixedOutdegree::new(1)).weight(0.1 * MV).delay(1.0 * MS);
        for threads in [1, 4] {
            let error = Simulation::new(&network, threads).err().expect("refused").to_string();
            assert!(error.contains("modules"), "{modules}: {error}");
        }
    }
    let ring = Between::Ring { neighbours: 1 };
    assert!(ring.links(0, 1).is_err() && ring.links(1, 1).is_err());
}

#[test]
fn delays_end_at_16383_steps() {
    let network = |places: u64, per_place: f64| {
        let mut network = Network::new("long").dt(1.0 * MS).modules(2 * places);
        let cells = network.population("cells", 2 * places, IafPscDelta::default());
        network
            .project(cells, cells, OneToOne::default())
            .between(Between::Ring { neighbours: 2 * places - 1 })
            .weight(20.0 * MV)
            .delay(83.0 * MS)
            .delay_per_distance(per_place * MS);
        network
    };
    let longest = synapses(&network(2, 8150.0), 2).iter().map(|s| s.2).max();
    assert_eq!(longest, Some(16_383));
    for per_place in [8150.5, 16_383.0, 1e9] {
        let error = network(2, per_place).validate().expect_err("too long").to_string();
        assert!(error.contains("delay_per_distance") && error.contains("16383"), "{error}");
    }
    let mut simulation = Simulation::new(&network(2, 8150.0), 3).expect("a sound network");
    simulation.inject(PopulationId(0), &[0]).expect("a neuron");
    simulation.run(16_385.0 * MS).expect("on the grid");
    assert_eq!(simulation.take_spikes(), [(0, 0), (8233, 1), (8233, 3), (16_383, 2)]);
}
