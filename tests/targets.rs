//! Projections onto several populations as if they were one.

use murine::Simulation;
use murine::config::{Config, Overrides};
use murine::network::Storage;
use murine::prelude::*;
use murine::rule::{Between, Rule};

/// Source and target among all sources and all targets, delay, weight.
type Synapse = (u64, u64, u16, i32);

/// All synapses of the only projection, whose targets are numbered module by module.
fn synapses(network: &Network, threads: usize) -> Vec<Synapse> {
    let simulation = Simulation::new(network, threads).expect("a sound network");
    let (firsts, pool) = (network.firsts(), network.pool(0));
    let targets = network.pairing(0).targets;
    let mut number = vec![u64::MAX; network.size() as usize];
    for target in 0..targets {
        let (population, neuron) = pool.find(target);
        number[(firsts[population] + neuron) as usize] = target;
    }
    let source = firsts[network.projections[0].source.0];
    let mut all = Vec::new();
    simulation.engine().for_each_synapse(|s| {
        all.push((s.source - source, number[s.target as usize], s.delay, s.counts));
    });
    all.sort_unstable();
    all
}

/// Sources, and targets in populations of `sizes`, in so many modules.
fn network(sizes: &[u64], modules: u64, rule: Box<dyn Rule>) -> Network {
    let mut network = Network::new("targets").seed(7).modules(modules);
    let sources = network.population("sources", 40 * modules, IafPscDelta::default());
    let targets: Vec<PopulationId> = (0..)
        .zip(sizes)
        .map(|(i, size)| {
            network.population(format!("p{i}"), size * modules, IafPscDelta::default())
        })
        .collect();
    let builder = network
        .project(sources, targets, rule)
        .weight(Distribution::uniform(0.1 * MV, 0.4 * MV))
        .delay(Distribution::uniform(0.3 * MS, 1.1 * MS));
    if modules > 1 {
        builder.between(Between::Ring { neighbours: 2 }).delay_per_distance(0.2 * MS);
    }
    network
}

fn rules() -> Vec<Box<dyn Rule>> {
    let distinct = FixedOutdegree { multapses: false, ..FixedOutdegree::new(20) };
    vec![
        FixedOutdegree::new(30).into(),
        distinct.into(),
        AllToAll::default().into(),
        PairwiseBernoulli::new(0.3).into(),
        FixedTotalNumber::new(900).into(),
        FixedIndegree::new(7).into(),
    ]
}

#[test]
fn several_populations_get_the_synapses_of_one_of_their_size() {
    for modules in [1, 5] {
        for rule in rules().into_iter().filter(|rule| modules == 1 || rule.by_module()) {
            let one = synapses(&network(&[231], modules, rule.clone()), 1);
            assert!(one.len() > 200);
            for sizes in [vec![128, 103], vec![31, 64, 136], vec![1, 230]] {
                for storage in [Storage::Stored, Storage::Procedural] {
                    if storage == Storage::Procedural && !rule.by_row() {
                        continue;
                    }
                    for threads in [1, 2, 5] {
                        let mut several = network(&sizes, modules, rule.clone());
                        several.projections[0].storage = storage;
                        let found = synapses(&several, threads);
                        assert!(
                            found == one,
                            "{} onto {sizes:?}, {modules} modules, {threads} threads, {storage:?}",
                            rule.name()
                        );
                    }
                }
            }
        }
    }
}

/// Tiles of 65,536 targets begin and end within populations, and lie in several partitions.
#[test]
fn populations_may_be_larger_than_a_tile() {
    let rule = || FixedOutdegree::new(4000).into();
    let one = synapses(&network(&[200_000], 1, rule()), 2);
    for storage in [Storage::Stored, Storage::Procedural] {
        let mut several = network(&[70_001, 29_999, 100_000], 1, rule());
        several.projections[0].storage = storage;
        assert!(synapses(&several, 3) == one, "{storage:?}");
    }
}

#[test]
fn a_source_among_the_targets_is_left_out_where_autapses_are() {
    let rules: [fn(bool) -> Box<dyn Rule>; 6] = [
        |autapses| AllToAll { autapses }.into(),
        |autapses| FixedOutdegree { autapses, ..FixedOutdegree::new(50) }.into(),
        |autapses| FixedOutdegree { autapses, multapses: false, ..FixedOutdegree::new(50) }.into(),
        |autapses| FixedTotalNumber { autapses, ..FixedTotalNumber::new(3000) }.into(),
        |autapses| PairwiseBernoulli { autapses, ..PairwiseBernoulli::new(0.9) }.into(),
        |autapses| FixedIndegree { autapses, ..FixedIndegree::new(30) }.into(),
    ];
    for modules in [1, 3] {
        for rule in rules {
            for autapses in [true, false] {
                let rule = rule(autapses);
                if modules > 1 && !rule.by_module() {
                    continue;
                }
                let mut network = Network::new("own").seed(3).modules(modules);
                let mut add =
                    |name, size| network.population(name, size * modules, IafPscDelta::default());
                let (a, b, c) = (add("a", 33), add("b", 20), add("c", 11));
                let name = rule.name();
                network.project(b, [a, b, c], rule).weight(0.1 * MV).delay(1.0 * MS);
                let all = synapses(&network, 2);
                // Of 64 targets in a module, those of `b` are 33 to 52.
                let own = |s: &&Synapse| s.0 / 20 == s.1 / 64 && s.1 % 64 == 33 + s.0 % 20;
                let own = all.iter().filter(own).count();
                assert_eq!(own > 0, autapses, "{name} in {modules} modules: {own} autapses");
                if name == "all_to_all" {
                    let most = 20 * 64 * modules as usize;
                    assert_eq!(all.len(), most - if autapses { 0 } else { 20 * modules as usize });
                }
                if !matches!(name, "pairwise_bernoulli") {
                    let simulation = Simulation::new(&network, 2).expect("a sound network");
                    assert_eq!(simulation.synapses(), all.len() as u64, "as foretold");
                }
            }
        }
    }
}

/// One count stands for the same in all of them, also where another projection joins them.
#[test]
fn weights_are_rounded_alike() {
    let mut network = Network::new("units");
    let mut add = |name| network.population(name, 100, IafPscDelta::default());
    let (a, b, c) = (add("a"), add("b"), add("c"));
    network.project(a, b, FixedOutdegree::new(1)).weight(0.003 * MV).delay(1.0 * MS);
    network.project(a, [a, b], FixedOutdegree::new(1)).weight(0.1 * MV).delay(1.0 * MS);
    network.project(a, [a, c], FixedOutdegree::new(1)).weight(7.0 * MV).delay(1.0 * MS);
    let rounding = network.rounding().expect("weights that fit");
    let unit = rounding.units[a.0][0];
    for population in [b, c] {
        assert!((rounding.units[population.0][0] - unit).abs() < 1e-15);
    }
    for (rounded, weight) in rounding.projections.iter().zip([0.003, 0.1, 7.0]) {
        assert!((f64::from(rounded.counts(0)) * unit / weight - 1.0).abs() < 1.0 / 256.0);
    }
}

/// Also where what they share is the first of neither.
#[test]
fn joined_weights_mean_the_same_in_every_population() {
    let mut network = Network::new("units");
    let mut add = |name| network.population(name, 100, IafPscDelta::default());
    let (a, b, c) = (add("a"), add("b"), add("c"));
    network.project(a, [a, b], FixedOutdegree::new(1)).weight(0.1 * MV).delay(1.0 * MS);
    network.project(a, [c, b], FixedOutdegree::new(1)).weight(0.15 * MV).delay(1.0 * MS);
    let rounding = network.rounding().expect("weights that fit");
    for (i, weight) in [0.1, 0.15].into_iter().enumerate() {
        for population in network.projections[i].target.populations() {
            let counts = f64::from(rounding.projections[i].counts(0));
            let acts = counts * rounding.units[population][0];
            assert!((acts / weight - 1.0).abs() < 1.0 / 256.0, "{acts} mV in {population}");
        }
    }
}

#[test]
fn populations_that_cannot_be_targets_together_are_refused() {
    let refused = |targets: fn([PopulationId; 4]) -> Vec<PopulationId>, parts: &[&str]| {
        let mut network = Network::new("refused").modules(2);
        let cell = || IafPscDelta::default();
        let a = network.population("a", 2 * 40_000, cell());
        let b = network.population("b", 2 * 30_000, cell());
        let c = network.population("c", 2 * 10, IafPscExp::default());
        let d = network.source("d", 2 * 10, PoissonSource::new(1.0 * HZ));
        let targets = targets([a, b, c, d]);
        network.project(a, targets, FixedOutdegree::new(1)).weight(0.1 * MV).delay(1.0 * MS);
        let error = network.validate().expect_err("refused").to_string();
        assert!(parts.iter().all(|part| error.contains(part)), "{error}");
    };
    refused(|_| Vec::new(), &["there is none", "at least one"]);
    refused(|[a, ..]| vec![a, a], &["`a` is named twice"]);
    refused(|[a, b, ..]| vec![a, b], &["70000 neurons in a module", "at most 65536"]);
    refused(|[a, _, c, _]| vec![a, c], &["`a` and `c`", "cannot be targets together"]);
    refused(|[a, _, _, d]| vec![a, d], &["`d` only emits spikes"]);
    let mut network = Network::new("copies");
    let a = network.population("a", 10, IafPscDelta::default());
    let b = network.population("b", 10, IafPscDelta::default());
    let rule = PairwiseBernoulli::new(1.0).blocks(2);
    network.project(a, [a, b], rule).weight(0.1 * MV).delay(1.0 * MS);
    let error = network.validate().expect_err("copies").to_string();
    assert!(error.contains("blocks") && error.contains("modules"), "{error}");
}

const CONFIG: &str = r#"
[simulation]
duration = "10 ms"
[population.exc]
size = 80
neuron = "iaf_psc_delta"
[population.inh]
size = 20
neuron = "iaf_psc_delta"
"#;

fn load(rest: &str) -> Result<Config, String> {
    let text = format!("{CONFIG}{rest}");
    Config::parse("test.toml", &text, &Overrides::default()).map_err(|e| e.to_string())
}

#[test]
fn configs_join_populations_by_a_plus() {
    let projection = |target: &str| {
        format!(
            "[[projection]]\nsource = [\"exc\", \"inh\"]\ntarget = {target}\nrule.fixed_outdegree.outdegree = 10\nweight = \"0.1 mV\"\ndelay = \"1 ms\"\n"
        )
    };
    let targets = |config: &Config| -> Vec<String> {
        config.network.projections.iter().map(|p| p.target.name(&config.network)).collect()
    };
    let config = load(&projection("\"exc+ inh\"")).expect("a config");
    assert_eq!(targets(&config), ["exc + inh", "exc + inh"]);
    let resolved = Config::parse("resolved.toml", &config.text, &Overrides::default());
    assert_eq!(targets(&resolved.expect("what was resolved")), ["exc + inh", "exc + inh"]);
    let config = load(&projection("[\"exc\", \"inh + exc\"]")).expect("a config");
    assert_eq!(targets(&config), ["exc", "exc", "inh + exc", "inh + exc"]);
    let error = load(&projection("\"exc + inb\"")).expect_err("a typo");
    assert!(error.contains("unknown population `inb`") && error.contains("`inh`"), "{error}");
    let error = load(&projection("\"exc + exc\"")).expect_err("twice");
    assert!(error.contains("named twice"), "{error}");
    let error = load(&projection("[\"exc + inh\", \"inh+exc\"]")).expect_err("twice");
    assert!(error.contains("`inh + exc` is named twice"), "{error}");
    for joined in ["exc + ", "+ exc", "exc ++ inh"] {
        let error = load(&projection(&format!("\"{joined}\""))).expect_err("nothing");
        assert!(error.contains("a name is missing beside `+`"), "{error}");
    }

    let matrix = r#"
[[matrix]]
sources = ["exc", "inh"]
targets = ["exc + inh", "inh"]
rule.fixed_outdegree.outdegree = [[10, 20], [0, 5]]
synapse = [
    { weight = "0.1 mV", delay = "1 ms" },
    { targets = ["exc+inh"], delay = "2 ms" },
]
"#;
    let config = load(matrix).expect("a config");
    assert_eq!(targets(&config), ["exc + inh", "exc + inh", "inh"]);
    let delays: Vec<_> = (0..3).map(|i| config.network.delays(i).expect("delays").0).collect();
    assert_eq!(delays, [20, 20, 10]);

    let error = load("[stimulus.dc]\ntarget = \"exc + inh\"\ndc_generator.amplitude = \"1 pA\"\n");
    let error = error.expect_err("each has its own stimulus");
    assert!(error.contains("exc + inh") && error.contains("a list takes each"), "{error}");
}

/// A tenth of the neurons have a tenth of the out-degree, to both populations together.
#[test]
fn joined_targets_are_scaled_together() {
    let join = "[[projection]]\nsource = \"exc\"\ntarget = \"exc + inh\"\nrule.fixed_outdegree.outdegree = 50\nweight = \"0.1 mV\"\ndelay = \"1 ms\"\n";
    let text = format!("{CONFIG}{join}");
    let overrides = Overrides { scale: Some(0.1), ..Overrides::default() };
    let network = Config::parse("test.toml", &text, &overrides).expect("a config").network;
    assert_eq!(network.projections[0].target.size(&network), 8 + 2);
    assert!((network.forecast(0).synapses - 8.0 * 5.0).abs() < 1e-9);
}
