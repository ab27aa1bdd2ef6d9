//! What `murine check` tells.

use super::network::Folder;

#[test]
fn a_network_is_told_without_building_it() {
    let folder = Folder::new();
    let text = folder.succeed(&["check", "tiny.toml", "--threads", "2"]);
    for part in [
        "tiny: 105 neurons, 1,400 synapses",
        "exc -> inh",
        "pairwise_bernoulli",
        "0.5 to 2.0",
        "simulates 300 ms after 20 ms of warm-up, in steps of 0.1 ms",
        "2 threads, 2 partitions, which exchange spikes every 0.5 ms",
        "weights are rounded by",
        "index of synapses",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(folder.names("."), ["tiny.toml"]);
}

#[test]
fn programs_can_read_it() {
    let folder = Folder::new();
    let json = |arguments: &[&str]| -> serde_json::Value {
        let all = [&["check", "tiny.toml", "--json"], arguments].concat();
        serde_json::from_str(&folder.succeed(&all)).expect("one object")
    };
    let report = json(&["--scale", "10"]);
    assert_eq!(report["neurons"], 1050);
    assert_eq!(report["populations"][1]["model"], "iaf_psc_exp");
    assert_eq!(report["events_per_s"], serde_json::Value::Null, "no rates are known");
    let rates = ["exc", "inh"].map(|p| format!("population.{p}.reference_rate=10 Hz"));
    let known = json(&["--set", &rates[0], "--set", &rates[1]]);
    assert_eq!(known["events_per_s"], 14_000.0);
    let predicted = report["predicted_bytes"].as_f64().expect("bytes");
    assert!(predicted > 1e6 && predicted < 1e8);
}

/// Also in the summary of the run.
#[test]
fn weights_that_become_zero_are_counted() {
    let wide = "projection.0.weight={ lognormal = { mean = \"30 pA\", sd = \"300000 pA\" } }";
    let folder = Folder::new();
    let report: serde_json::Value =
        serde_json::from_str(&folder.succeed(&["check", "tiny.toml", "--json"]))
            .expect("one object");
    assert_eq!(
        (&report["weights_lost"], &report["weights_lost_share"]),
        (&0.0.into(), &0.0.into())
    );
    let json = folder.succeed(&["check", "tiny.toml", "--json", "--set", wide]);
    let report: serde_json::Value = serde_json::from_str(&json).expect("one object");
    let lost = report["weights_lost"].as_f64().expect("a number");
    let share = report["weights_lost_share"].as_f64().expect("a number");
    assert!(lost > 1.0 && (share - lost / 1400.0).abs() < 1e-9, "{json}");
    let text = folder.succeed(&["check", "tiny.toml", "--set", wide]);
    let told =
        format!("weights ({:.2} %) are so small beside others that they become 0", 100.0 * share);
    assert!(text.contains(&told) && text.contains("the sum of a target by 0.2 %"), "{text}");
    folder.succeed(&["run", "tiny.toml", "--set", wide, "--out", "r"]);
    let summary = folder.json("r/summary.json");
    assert_eq!(summary["weights_lost"], report["weights_lost"]);
    assert_eq!(summary["weights_lost_share"], report["weights_lost_share"]);
}

#[test]
fn it_tells_events_and_seconds() {
    let folder = Folder::new();
    let text = folder.succeed(&["check", "tiny.toml"]);
    for part in ["events per simulated s", "at 1 Hz if unknown", "at 10 Hz if unknown"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(costs(&folder, &[]), [("1 Hz", 1400.0), ("10 Hz", 14_000.0)].map(own));
    let [exc, inh] = ["exc", "inh"].map(|p| format!("population.{p}.reference_rate=10 Hz"));
    let one = costs(&folder, &["--set", &exc]);
    assert_eq!(one, [("1 Hz", 10_400.0), ("10 Hz", 14_000.0)].map(own), "400 start at inh");
    let both = ["--set", &exc, "--set", &inh];
    assert_eq!(costs(&folder, &both), [own(("expected", 14_000.0))]);
    let text = folder.succeed(&[&["check", "tiny.toml"], &both[..]].concat());
    assert!(text.contains("at expected rates"), "{text}");
}

#[test]
fn sources_and_whatever_is_listed_have_a_cost_too() {
    let folder = Folder::with(
        r#"
[population]
some = { size = 3, neuron.iaf_psc_exp.v_m = ["-70 mV", "-69 mV", "-68 mV"], reference_rate = "5 Hz" }
cue = { size = 2, source.spike_generator.spike_times = [["100 ms"], ["200 ms", "300 ms"]] }

[[projection]]
source = "cue"
target = "exc"
rule.all_to_all = {}
receptor = "excitatory"
weight = "1 pA"
delay = "50 ms"

[[projection]]
source = "some"
target = "some"
rule.one_to_one = {}
receptor = "excitatory"
weight = "1 pA"
delay = "1 ms"
"#,
    );
    // The cue spikes 3 times in 320 ms: each of its two, 4.6875 times per second.
    let rates = ["exc", "inh"].map(|p| format!("population.{p}.reference_rate=10 Hz"));
    let known = ["--set", &rates[0], "--set", &rates[1]];
    for threads in ["1", "8"] {
        let costs = costs(&folder, &[&known[..], &["--threads", threads]].concat());
        assert_eq!(costs, [own(("expected", 14_000.0 + 750.0 + 15.0))]);
    }
}

fn own((rates, events): (&str, f64)) -> (String, f64) {
    (rates.into(), events)
}

/// The rates at which costs are told, and the events per second; that there are seconds is certain.
fn costs(folder: &Folder, arguments: &[&str]) -> Vec<(String, f64)> {
    let all = [&["check", "tiny.toml", "--json"], arguments].concat();
    let report: serde_json::Value =
        serde_json::from_str(&folder.succeed(&all)).expect("one object");
    let cost = |cost: &serde_json::Value| {
        for seconds in ["construct_s", "simulate_s"] {
            assert!(cost[seconds].as_f64().is_some_and(|s| s > 0.0), "{seconds}: {cost}");
        }
        (cost["rates"].as_str().expect("a name").into(), cost["events_per_s"].as_f64().expect("it"))
    };
    report["cost"].as_array().expect("a list").iter().map(cost).collect()
}

/// A slice of them has no modules; where there are more modules than it has neurons, either.
#[test]
fn modules_have_a_cost_too() {
    let folder = Folder::new();
    let config = r#"
modules = 300
[simulation]
duration = "100 ms"
[population]
exc = { size = 64, neuron = "iaf_psc_exp", reference_rate = "10 Hz" }
[[projection]]
source = "exc"
target = "exc"
receptor = "excitatory"
rule.fixed_outdegree.outdegree = 10
between.ring.neighbours = 2
delay_per_distance = "1 ms"
weight = "30 pA"
delay = "1 ms"
[stimulus.some]
target = "exc"
modules = { first = 7, count = 1 }
dc_generator.amplitude = "10 pA"
"#;
    std::fs::write(folder.path("tiny.toml"), config).unwrap();
    // 300 x 64 neurons, 2 x 10 synapses each, at 10 Hz.
    for threads in ["1", "100"] {
        let expected = [own(("expected", 3_840_000.0))];
        assert_eq!(costs(&folder, &["--threads", threads]), expected);
    }
}
