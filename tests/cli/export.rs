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

/// A random network of a few populations: models, rules, delays, time steps and modules.
fn random(draw: &mut impl FnMut(usize) -> usize) -> String {
    let dt = ["0.1 ms", "0.25 ms", "0.025 ms", "1 ms"][draw(4)];
    let models = [
        ("iaf_psc_exp.i_e = \"450 pA\"", "pA", ["excitatory", "inhibitory"], 80.0),
        ("iaf_psc_delta.i_e = \"450 pA\"", "mV", ["default", "default"], 0.5),
        ("iaf_cond_exp.i_e = \"450 pA\"", "nS", ["excitatory", "inhibitory"], 2.0),
        ("izhikevich.i_e = \"12 pA\"", "pA", ["excitatory", "inhibitory"], 3.0),
    ];
    let (model, unit, receptors, strength) = models[draw(4)];
    let modules = [1, 1, 3][draw(3)];
    let mut text = vec![format!(
        "modules = {modules}\n[simulation]\nduration = \"100 ms\"\ndt = \"{dt}\"\nseed = {}\n",
        draw(1000)
    )];
    let sizes: Vec<usize> = (0..3).map(|_| 1 + draw(70)).collect();
    for (i, size) in sizes.iter().enumerate() {
        text.push(format!("[population.p{i}]\nsize = {size}\nneuron.{model}\n"));
    }
    text.push(format!(
        "[population.noise]\nsize = {}\nsource.poisson_generator.rate = \"200 Hz\"\n",
        1 + draw(40)
    ));
    for _ in 0..=draw(5) {
        let source = ["p0", "p1", "p2", "noise"][draw(4)];
        let target = ["p0", "p1", "p2", "p0 + p2"][draw(4)];
        let rule = match draw(if modules == 1 { 5 } else { 3 }) {
            0 => format!("pairwise_bernoulli.p = 0.{}", draw(4)),
            1 => format!("fixed_outdegree.outdegree = {}", draw(9)),
            2 => "all_to_all = {}".to_owned(),
            3 => format!("fixed_indegree.indegree = {}", draw(9)),
            _ => format!("fixed_total_number.total_number = {}", draw(400)),
        };
        let side = draw(2);
        let sign = if side == 1 && unit != "nS" { -1.0 } else { 1.0 };
        let mean: f64 = sign * strength;
        let (low, high) = (0.5 * mean.min(3.0 * mean), 0.5 * mean.max(3.0 * mean));
        let weight = match draw(2) {
            0 => format!("\"{mean} {unit}\""),
            _ => format!("{{ uniform = {{ low = \"{low} {unit}\", high = \"{high} {unit}\" }} }}"),
        };
        let delay = ["\"1 ms\"", "{ uniform = { low = \"1 ms\", high = \"7 ms\" } }"][draw(2)];
        text.push(format!(
            "[[projection]]\nsource = \"{source}\"\ntarget = \"{target}\"\nrule.{rule}\n\
             receptor = \"{}\"\nweight = {weight}\ndelay = {delay}\n",
            receptors[side]
        ));
    }
    text.concat()
}

#[test]
fn random_networks_survive_their_lists_and_their_run_directories() {
    let mut state = 7_u64;
    let mut draw = |below: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let folder = Folder::new();
    let mut spikes = 0;
    for i in 0..12 {
        let config = random(&mut draw);
        std::fs::write(folder.path("c.toml"), &config).expect("a config");
        let of = |what: &str| format!("{what}{i}");
        let format = ["csv", "npz"][i % 2];
        folder.succeed(&["run", "c.toml", "--no-plot", "--out", &of("r")]);
        folder.succeed(&["export", "c.toml", "--format", format, "--out", &of("x")]);
        let network = format!("{}/network.toml", of("x"));
        folder.succeed(&["run", &network, "--no-plot", "--out", &of("again")]);
        folder.succeed(&["run", &of("r"), "--no-plot", "--out", &of("r-again")]);
        // Once more, from the run of the lists.
        folder.succeed(&["export", &of("again"), "--out", &of("y")]);
        let twice = format!("{}/network.toml", of("y"));
        folder.succeed(&["run", &twice, "--no-plot", "--out", &of("y-again")]);
        let run = |run: &str| folder.json(&format!("{}/summary.json", of(run)));
        // The directories are named with the number last.
        let summary = run("r");
        for again in ["again", "r-again", "y-again"] {
            assert_eq!(run(again)["spike_hash"], summary["spike_hash"], "{again} of\n{config}");
        }
        spikes += summary["spikes"].as_u64().expect("a number");
    }
    assert!(spikes > 1000, "{spikes} spikes show nothing");
}
