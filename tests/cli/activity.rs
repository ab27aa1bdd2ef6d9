//! Spikes counted by module and bin.

use murine::record::{RateSeries, read_activity_npz, read_spikes_sonata};

use super::network::Folder;

const MODULAR: &str = r#"
name = "modular"
modules = 4

[simulation]
duration = "103 ms"
warmup = "20 ms"

[population.exc]
size = 20
neuron = "iaf_psc_exp"
[population.inh]
size = 5
neuron = "iaf_psc_exp"

[[projection]]
source = "exc"
target = ["exc", "inh"]
rule.fixed_outdegree.outdegree = 3
receptor = "excitatory"
weight = "100 pA"
delay = "1 ms"

[stimulus.drive]
target = ["exc", "inh"]
poisson_generator = { rate = "8 kHz", weight = "87.8 pA", receptor = "excitatory" }

[recorder.brain.activity]
population = ["inh", "exc"]
bin = "5 ms"
"#;

/// A folder with the modular network, and `more` at the end of its config.
fn folder(more: &str) -> Folder {
    let folder = Folder::new();
    std::fs::write(folder.path("modular.toml"), format!("{MODULAR}{more}")).expect("a config");
    folder
}

fn activity(folder: &Folder, run: &str) -> RateSeries {
    read_activity_npz(&folder.path(&format!("{run}/activity.npz"))).expect("activity")
}

#[test]
fn activity_is_the_spikes_of_each_module_and_bin() {
    let folder = folder("");
    folder.succeed(&["run", "modular.toml", "--out", "r", "--format", "csv"]);
    let spikes = read_spikes_sonata(&folder.path("r/spikes.h5")).expect("spikes").spikes;
    let mut expected = vec![0; 20 * 8];
    for spike in spikes.iter().filter(|s| s.step <= 1200) {
        let bin = (spike.step - 201) / 50;
        let module =
            if spike.neuron < 80 { spike.neuron / 20 } else { 4 + (spike.neuron - 80) / 5 };
        expected[(8 * bin + module) as usize] += 1;
    }
    let counted = activity(&folder, "r");
    assert_eq!(counted.counts, expected);
    assert!(expected.iter().sum::<u64>() > 100 && expected[159] + expected[158] > 0);
    assert_eq!((counted.modules, counted.sizes), (4, vec![80, 20]));
    assert_eq!(counted.populations, ["exc", "inh"], "in the order of the network");
    assert_eq!((counted.first_ms, counted.bin_ms), (20.0, 5.0));
    let text = std::fs::read_to_string(folder.path("r/activity.csv")).expect("text");
    let first: Vec<String> = expected[..8].iter().map(ToString::to_string).collect();
    let head = "time_ms,exc_spikes[0],exc_spikes[1],exc_spikes[2],exc_spikes[3],inh_spikes[0]";
    assert!(text.starts_with(head), "{text}");
    assert_eq!(text.lines().nth(1), Some(format!("20,{}", first.join(",")).as_str()));
    let files = folder.json("r/summary.json")["files"].to_string();
    assert!(files.contains("\"activity.npz\",\"activity.csv\",\"activity.png\""), "{files}");
}

#[test]
fn activity_counts_neurons_whose_spikes_are_not_recorded() {
    let folder = folder("[recorder.few.spikes]\npopulation = \"exc\"\nsample = 3\n");
    folder.succeed(&["run", "modular.toml", "--out", "few", "--threads", "2"]);
    let all = self::folder("");
    all.succeed(&["run", "modular.toml", "--out", "all", "--threads", "1"]);
    assert_eq!(activity(&folder, "few"), activity(&all, "all"));
}

#[test]
fn without_modules_whole_populations_are_counted() {
    let folder = Folder::with(
        "[recorder.r]\nrate = { population = \"exc\", bin = \"10 ms\" }\n\
         [recorder.a]\nactivity = { population = [\"exc\", \"silent\"], bin = \"10 ms\" }\n",
    );
    folder.succeed(&["run", "tiny.toml", "--out", "r", "--format", "csv"]);
    let text = |name: &str| std::fs::read_to_string(folder.path(name)).expect(name);
    let column = |text: &str, n: usize| -> Vec<f64> {
        let number =
            |line: &str| line.split(',').nth(n).expect("a field").parse().expect("a number");
        text.lines().skip(1).map(number).collect()
    };
    let counts = text("r/activity.csv");
    assert!(counts.starts_with("time_ms,exc_spikes,silent_spikes\n20,"), "{counts}");
    let rates = column(&text("r/rates.csv"), 1);
    for (count, rate) in column(&counts, 1).iter().zip(&rates) {
        assert!((count / 0.8 - rate).abs() < 1e-9, "{count} spikes at {rate} Hz");
    }
    assert_eq!(rates.len(), 30);
}

#[test]
fn activity_is_drawn_again() {
    let folder = folder("");
    folder.succeed(&["run", "modular.toml", "--out", "r"]);
    let drawn = std::fs::read(folder.path("r/activity.png")).expect("a picture");
    let again = folder.succeed(&["plot", "r", "--activity", "--out", "again.png"]);
    assert_eq!(again, "again.png\n");
    assert_eq!(std::fs::read(folder.path("again.png")).expect("a picture"), drawn);
    let part = ["plot", "r", "--activity", "--from", "50ms", "--populations", "inh"];
    assert_eq!(folder.succeed(&part), "r/activity.png\n");
    assert_ne!(std::fs::read(folder.path("r/activity.png")).expect("a picture"), drawn);
    let error = folder.fail(65, &["plot", "r", "--activity", "--populations", "x"]);
    assert!(error.contains("--populations: no activity of `x` was recorded"), "{error}");
    folder.succeed(&["run", "tiny.toml", "--out", "tiny"]);
    let error = folder.fail(65, &["plot", "tiny", "--activity"]);
    assert!(error.contains("[recorder.NAME.activity]"), "{error}");
}
