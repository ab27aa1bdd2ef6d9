//! Synapses one by one, and back.

use std::collections::BTreeMap;

use murine::Simulation;
use murine::config::{Config, Overrides};
use murine::record::SynapseList;

use super::network::Folder;

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
