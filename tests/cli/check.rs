//! What `murine check` tells.

use crate::network::Folder;

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
