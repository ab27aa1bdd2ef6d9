//! Synapses one by one, and back.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

use murine::Simulation;
use murine::config::{Config, Overrides};
use murine::record::SynapseList;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config as ProptestConfig, RngAlgorithm, TestRng, TestRunner};

use super::network::{Folder, stderr};
use crate::support::strategy::recipe;

#[test]
fn the_network_of_the_lists_has_the_same_spikes() {
    let folder = Folder::new();
    folder.succeed(&["run", "tiny.toml", "--out", "r"]);
    let hash = folder.json("r/summary.json")["spike_hash"].clone();
    for (format, out) in [("csv", "a"), ("npz", "b")] {
        // Also of a run, by its resolved config.
        let from = if format == "csv" { "tiny.toml" } else { "r" };
        folder.succeed(&["export", from, "--out", out, "--format", format]);
        let list = format!("00-exc-exc.{format}");
        assert_eq!((folder.names(out).len(), &folder.names(out)[0]), (5, &list));
        let again = format!("again-{out}");
        folder.succeed(&["run", &format!("{out}/network.toml"), "--out", &again]);
        assert_eq!(folder.json(&format!("{again}/summary.json"))["spike_hash"], hash);
    }
}

/// Also where weights are so different that they have several shifts.
#[test]
fn weights_of_all_sizes_come_back() {
    for sd in ["100 pA", "3000 pA", "300000 pA"] {
        let folder = Folder::new();
        let wide =
            format!("projection.0.weight={{ lognormal = {{ mean = \"30 pA\", sd = \"{sd}\" }} }}");
        folder.succeed(&["run", "tiny.toml", "--set", &wide, "--out", "r"]);
        folder.succeed(&["export", "r", "--out", "x"]);
        folder.succeed(&["run", "x/network.toml", "--out", "again"]);
        let [before, after] = ["r", "again"].map(|run| folder.json(&format!("{run}/summary.json")));
        assert_eq!(before["spike_hash"], after["spike_hash"], "{sd}");
        assert!(before["largest_weight_error"].as_f64() > Some(1e-6), "{sd}");
    }
}

#[test]
fn the_lists_are_what_was_built() {
    let folder = Folder::new();
    folder.succeed(&["export", "tiny.toml", "--out", "x"]);
    let config = Config::load(folder.path("tiny.toml"), &Overrides::default()).unwrap();
    let network = &config.network;
    let (rounding, firsts) = (network.rounding().unwrap(), network.firsts());
    let mut listed: BTreeMap<(u64, u64, u16, i32), u32> = BTreeMap::new();
    for (projection, name) in network.projections.iter().zip(folder.names("x")) {
        let list = SynapseList::read(&folder.path("x").join(name)).unwrap();
        let target = projection.target.populations().next().expect("a target");
        let input = network.receptor(target, projection.receptor.as_deref()).unwrap().input;
        for i in 0..list.len() {
            let counts = (list.weight[i] / rounding.units[target][input]).round() as i32;
            let source = firsts[projection.source.0] + list.source[i];
            let delay = (list.delay_ms[i] * 10.0).round() as u16;
            *listed.entry((source, firsts[target] + list.target[i], delay, counts)).or_default() +=
                1;
        }
    }
    let simulation = Simulation::new(network, 2).unwrap();
    simulation.engine().for_each_synapse(|s| {
        let key = (s.source, s.target, s.delay, s.counts);
        *listed.get_mut(&key).unwrap_or_else(|| panic!("{s:?} is not listed")) -= 1;
    });
    assert!(listed.values().all(|&n| n == 0), "as many as were built");
}

#[test]
fn nothing_is_overwritten() {
    let folder = Folder::new();
    folder.succeed(&["export", "tiny.toml", "--out", "x"]);
    assert!(folder.fail(73, &["export", "tiny.toml", "--out", "x"]).contains("not empty"));
    let message = folder.fail(65, &["export", "tiny.toml", "--out", "x.csv"]);
    assert!(message.contains("--out: one file holds one projection"), "{message}");
}

#[test]
fn one_projection_fits_one_file() {
    let folder = Folder::new();
    let config = "[simulation]\nduration = \"1 ms\"\n[population]\n\
         a = { size = 3, neuron = \"iaf_psc_exp\" }\n[[projection]]\nsource = \"a\"\ntarget = \"a\"\n\
         rule.one_to_one = {}\nreceptor = \"excitatory\"\nweight = \"2 pA\"\ndelay = \"0.3 ms\"\n";
    std::fs::write(folder.path("one.toml"), config).unwrap();
    assert_eq!(folder.succeed(&["export", "one.toml", "--out", "one.csv"]), "one.csv\n");
    let text = std::fs::read_to_string(folder.path("one.csv")).unwrap();
    assert_eq!(text, "source,target,weight_pA,delay_ms\n0,0,2,0.3\n1,1,2,0.3\n2,2,2,0.3\n");
    assert!(folder.fail(73, &["export", "one.toml", "--out", "one.csv"]).contains("exists"));
    let both = ["export", "one.toml", "--out", "two.csv", "--format", "npz"];
    assert!(folder.fail(65, &both).contains("--format: `two.csv` is no .npz file"));
    folder.succeed(&["export", "one.toml", "--out", "two.npz"]);
    assert_eq!(folder.names("."), ["one.csv", "one.toml", "tiny.toml", "two.npz"]);
}

/// Modules, which lists know nothing of.
const MODULES: &str = r#"
modules = 3
[simulation]
duration = "50 ms"
[population]
exc = { size = 64, neuron.iaf_psc_exp = { i_e = "400 pA", v_m = { uniform = { low = "-70 mV", high = "-56 mV" } } } }
[[projection]]
source = "exc"
target = "exc"
receptor = "excitatory"
rule.fixed_outdegree.outdegree = 10
weight = "30 pA"
delay = "1 ms"
[[projection]]
source = "exc"
target = "exc"
receptor = "inhibitory"
rule.pairwise_bernoulli.p = 0.2
between.small_world = { neighbours = 1, rewiring = 0.5 }
delay_per_distance = "0.7 ms"
weight = "-50 pA"
delay = "2 ms"
"#;

#[test]
fn modules_become_one() {
    let folder = Folder::new();
    std::fs::write(folder.path("modules.toml"), MODULES).unwrap();
    folder.succeed(&["run", "modules.toml", "--out", "r"]);
    folder.succeed(&["export", "modules.toml", "--out", "x"]);
    folder.succeed(&["run", "x/network.toml", "--out", "again"]);
    let hash = |run: &str| folder.json(&format!("{run}/summary.json"))["spike_hash"].clone();
    assert_eq!(hash("again"), hash("r"));
    let some = "[stimulus.some]\ntarget = \"exc\"\nmodules = { first = 1, count = 1 }\n\
         dc_generator.amplitude = \"10 pA\"\n";
    std::fs::write(folder.path("some.toml"), format!("{MODULES}{some}")).unwrap();
    let message = folder.fail(65, &["export", "some.toml", "--out", "y"]);
    assert!(message.contains("stimulus.some.modules: beside lists"), "{message}");
}

#[test]
fn joined_targets_are_listed_together() {
    let folder = Folder::new();
    let set =
        ["--set", "projection.0.target=exc + inh", "--set", "projection.0.receptor=excitatory"];
    folder.succeed(&[&["run", "tiny.toml", "--out", "r"][..], &set].concat());
    folder.succeed(&["export", "r", "--out", "x"]);
    assert!(
        folder.names("x").contains(&"00-exc-exc+inh.csv".to_owned()),
        "{:?}",
        folder.names("x")
    );
    folder.succeed(&["run", "x/network.toml", "--out", "again"]);
    let hash = |run: &str| folder.json(&format!("{run}/summary.json"))["spike_hash"].clone();
    assert_eq!(hash("again"), hash("r"));
}

#[test]
fn a_projection_without_synapses_survives() {
    let folder = Folder::new();
    let config = "[simulation]\nduration = \"10 ms\"\nDT\n[population.a]\nsize = 5\n\
         neuron.iaf_psc_exp = { i_e = \"500 pA\", t_ref = \"5 ms\" }\n[[projection]]\nsource = \"a\"\ntarget = \"a\"\n\
         receptor = \"excitatory\"\nrule.pairwise_bernoulli.p = 0.0\nweight = \"10 pA\"\n\
         delay = \"5 ms\"\n";
    for (i, dt) in ["", "dt = \"5 ms\""].iter().enumerate() {
        let config = config.replace("DT", dt);
        std::fs::write(folder.path("c.toml"), config).expect("a config");
        for format in ["csv", "npz"] {
            let of = |what: &str| format!("{what}{i}{format}");
            folder.succeed(&["run", "c.toml", "--no-plot", "--out", &of("r")]);
            folder.succeed(&["export", "c.toml", "--format", format, "--out", &of("x")]);
            let network = format!("{}/network.toml", of("x"));
            folder.succeed(&["check", &network]);
            folder.succeed(&["run", &network, "--no-plot", "--out", &of("again")]);
            let hash =
                |run: String| folder.json(&format!("{run}/summary.json"))["spike_hash"].clone();
            assert_eq!(hash(of("again")), hash(of("r")), "{dt} {format}");
        }
    }
}

/// Steps of a random network.
const STEPS: u64 = 250;

/// Random networks of the oracle, by their configs, their lists, and their run directories.
fn round_trips(seed: u64, networks: usize) {
    let mut runner = runner(seed);
    let (mut spikes, mut told) = (0, 0);
    for i in 0..networks {
        let mut recipe = recipe().new_tree(&mut runner).expect("a recipe").current();
        // Beside lists, there are no modules that could be stimulated.
        recipe.stimuli.iter_mut().for_each(|s| s.everywhere = true);
        let made = recipe.made();
        let folder = Folder::new();
        let config = made.config(STEPS, folder.path(".").as_path());
        std::fs::write(folder.path("c.toml"), &config).expect("a config");
        let mut simulation = Simulation::new(&made.network, 1).expect("a sound network");
        simulation.run_steps(STEPS, &AtomicBool::new(false)).expect("finite states");
        let expected = simulation.take_spikes();
        spikes += expected.len();
        let check = |what: &str| {
            let config = Config::load(folder.path(what), &Overrides::default());
            let config = config.unwrap_or_else(|e| panic!("{e}\n{what} of {recipe:#?}"));
            let mut simulation = Simulation::new(&config.network, 2).expect("a sound network");
            simulation.run(config.duration).expect("on the grid");
            let found = simulation.take_spikes();
            assert!(found == expected, "{what} of\n{recipe:#?}\n{config}", config = config.text);
        };
        check("c.toml");
        let format = ["csv", "npz"][i % 2];
        if exported(&folder, &["c.toml", "--format", format, "--out", "x"]) {
            check("x/network.toml");
        } else {
            told += 1;
        }
        // Once more, from the run of the lists, and the run itself.
        folder.succeed(&["run", "x/network.toml", "--no-plot", "-q", "--out", "r"]);
        assert!(exported(&folder, &["r", "--out", "y"]), "lists of lists are the same");
        folder.succeed(&["run", "y/network.toml", "--no-plot", "-q", "--out", "twice"]);
        folder.succeed(&["run", "r", "--no-plot", "-q", "--out", "again"]);
        let hash = |run: &str| folder.json(&format!("{run}/summary.json"))["spike_hash"].clone();
        assert_eq!([hash("twice"), hash("again")], [hash("r"), hash("r")], "{recipe:#?}");
    }
    assert!(4 * told < networks, "{told} of {networks} are rounded otherwise");
    assert!(spikes > 100 * networks, "{spikes} spikes show nothing");
}

/// Exports; says whether the lists have the same weights, where the program says nothing else.
fn exported(folder: &Folder, arguments: &[&str]) -> bool {
    let output = folder.murine(&[&["export"], arguments].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    !stderr(&output).contains("rounded otherwise")
}

#[test]
fn weights_that_lists_would_round_otherwise_are_told() {
    let config = |strong: &str| {
        format!(
            "[simulation]\nduration = \"9 ms\"\n[population]\n\
             a = {{ size = 1, source.poisson_generator.rate = \"1 Hz\" }}\n\
             b = {{ size = 1, neuron = \"izhikevich\" }}\n\
             [[projection]]\nsource = \"a\"\ntarget = \"b\"\nreceptor = \"excitatory\"\n\
             rule.one_to_one = {{}}\ndelay = \"1 ms\"\n\
             weight.uniform = {{ low = \"10 pA\", high = \"30 pA\" }}\n\
             [stimulus.weak]\ntarget = \"b\"\n\
             poisson_generator = {{ rate = \"2 kHz\", weight = \"1.19 pA\", receptor = \"excitatory\" }}\n\
             [stimulus.strong]\ntarget = \"b\"\n\
             poisson_generator = {{ rate = \"2 kHz\", weight = \"{strong} pA\", receptor = \"excitatory\" }}\n"
        )
    };
    let folder = Folder::new();
    // The drawn weight of the only synapse is a constant of the list, of which 0.93 pA is no part.
    for (strong, same) in [("2.38", true), ("0.93", false)] {
        std::fs::write(folder.path("c.toml"), config(strong)).expect("a config");
        assert_eq!(exported(&folder, &["c.toml", "--out", strong]), same, "{strong} pA");
    }
}

/// Random numbers that are the same each time.
fn runner(seed: u64) -> TestRunner {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    TestRunner::new_with_rng(ProptestConfig::default(), rng)
}

#[test]
fn random_networks_survive_their_lists_and_their_run_directories() {
    round_trips(1, 8);
}

/// The same of many, in `./check --long`.
#[test]
#[ignore = "takes minutes"]
fn many_random_networks_survive_their_lists() {
    for seed in 2..12 {
        round_trips(seed, 40);
    }
}
