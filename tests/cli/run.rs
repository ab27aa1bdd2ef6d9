//! What a run leaves behind.

use murine::analysis::{mean_cv_isi, mean_rate_hz};
use murine::record::read_spikes_sonata;

use super::network::Folder;

#[test]
fn json_is_the_summary_and_has_every_number() {
    let folder = Folder::new();
    let output = folder.succeed(&["run", "tiny.toml", "--out", "r", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&output).expect("one object");
    assert_eq!(json, folder.json("r/summary.json"));
    for key in [
        "name",
        "seed",
        "dt_ms",
        "duration_ms",
        "warmup_ms",
        "threads",
        "partitions",
        "precision",
        "neurons",
        "synapses",
        "spikes",
        "synaptic_events",
        "spike_hash",
        "construct_s",
        "simulate_s",
        "real_time_factor",
        "events_per_s",
        "peak_rss_bytes",
        "predicted_bytes",
        "largest_weight_error",
        "counters",
        "interrupted",
        "version",
        "processor",
        "files",
    ] {
        assert!(!json[key].is_null(), "{key} in {output}");
    }
    for phase in ["deliver", "update", "exchange"] {
        assert!(json["phases_s"][phase].is_f64(), "{phase}");
    }
    assert_eq!(json["duration_ms"], 300.0);
    assert_eq!(json["warmup_ms"], 20.0);
    assert_eq!(json["interrupted"], false);
    let hash = json["spike_hash"].as_str().expect("a text");
    assert!(hash.len() == 18 && hash.starts_with("0x"), "{hash}");
    let order: Vec<_> = json["populations"].as_object().expect("a table").keys().collect();
    assert_eq!(order, ["exc", "inh", "silent"]);
    assert!(json["populations"]["silent"]["cv_isi"].is_null());
}

#[test]
fn the_numbers_are_those_of_the_recorded_spikes() {
    let folder = Folder::new();
    folder.succeed(&["run", "tiny.toml", "--out", "r", "--duration", "2 s"]);
    let (json, spikes) =
        (folder.json("r/summary.json"), read_spikes_sonata(&folder.path("r/spikes.h5")));
    let recording = spikes.expect("spikes");
    assert_eq!(recording.duration_ms(), 2000.0);
    assert!(recording.spikes.iter().all(|s| s.step > 200), "the warm-up is left out");
    assert_eq!(json["spikes"], recording.spikes.len());
    for population in &recording.populations {
        let numbers = &json["populations"][&population.name];
        let rate = mean_rate_hz(&recording, population).expect("a rate");
        assert!((numbers["rate_hz"].as_f64().expect("a rate") - rate).abs() < 1e-9);
        match mean_cv_isi(&recording, population) {
            Some(cv) => assert!((numbers["cv_isi"].as_f64().expect("a CV") - cv).abs() < 1e-9),
            None => assert!(numbers["cv_isi"].is_null()),
        }
    }
    assert!(json["populations"]["exc"]["cv_isi"].as_f64() > Some(0.1), "{json}");
}

#[test]
fn the_hash_depends_on_the_seed_alone() {
    let folder = Folder::new();
    let hash = |arguments: &[&str]| {
        let all = [&["run", "tiny.toml", "-q", "--json"], arguments].concat();
        let json: serde_json::Value =
            serde_json::from_str(&folder.succeed(&all)).expect("one object");
        json["spike_hash"].as_str().expect("a text").to_owned()
    };
    let one = hash(&["--threads", "1"]);
    assert_eq!(one, hash(&["--threads", "2", "--no-plot"]));
    assert_eq!(one, hash(&["--threads", "3", "--format", "csv"]));
    assert_ne!(one, hash(&["--seed", "4"]));
    // The warm-up counts: the same 320 ms, cut elsewhere.
    let cut = ["--set", "simulation.warmup=100 ms", "--duration", "220 ms"];
    assert_eq!(one, hash(&cut));
}

#[test]
fn more_threads_than_cores_share_them_and_that_is_told() {
    let folder = Folder::new();
    for command in [&["run", "tiny.toml", "--out", "r"][..], &["check", "tiny.toml"]] {
        let output = folder.murine(&[command, &["--threads", "1000"]].concat());
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{text}");
        assert!(text.contains("1000 threads were asked for: 4 partitions on"), "{text}");
    }
    let json = folder.json("r/summary.json");
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    assert_eq!(json["partitions"], 4, "blocks of 64 neurons");
    assert_eq!(json["threads"], cores.min(4));
    folder.succeed(&["run", "tiny.toml", "--out", "one", "--threads", "1"]);
    assert_eq!(json["spike_hash"], folder.json("one/summary.json")["spike_hash"]);
}

#[test]
fn every_format_can_be_asked_for() {
    let recorders = r#"
[recorder.v]
state = { population = "exc", variables = ["v_m"], first = 2, interval = "1 ms" }
[recorder.more]
state = { population = "exc", variables = ["v_m"], neurons = [5], interval = "0.5 ms" }
[recorder.rates]
rate = { population = "exc", bin = "5 ms" }
"#;
    let folder = Folder::with(recorders);
    folder.succeed(&["run", "tiny.toml", "--out", "r", "--format", "csv,npz", "--svg"]);
    let mut files = vec!["config.toml", "raster.png", "raster.svg", "rates.csv", "rates.npz"];
    files.extend(["spikes.csv", "spikes.h5", "spikes.npz"]);
    for state in ["state.exc.v_m", "state.exc.v_m.2"] {
        files.extend([".csv", ".h5", ".npz"].map(|end| -> &str { format!("{state}{end}").leak() }));
    }
    files.push("summary.json");
    files.sort_unstable();
    assert_eq!(folder.names("r"), files);
    let mut listed: Vec<String> =
        serde_json::from_value(folder.json("r/summary.json")["files"].clone()).expect("names");
    listed.push("summary.json".into());
    listed.sort();
    assert_eq!(listed, files);
    let read = |name: &str| std::fs::read_to_string(folder.path(name)).expect(name);
    let state = read("r/state.exc.v_m.csv");
    assert!(state.starts_with("time_ms,v_m_mV[0],v_m_mV[1]\n21,"), "{state}");
    assert_eq!(state.lines().count(), 301);
    assert_eq!(read("r/state.exc.v_m.2.csv").lines().count(), 601);
    let rates = read("r/rates.csv");
    assert!(rates.starts_with("time_ms,exc_rate_hz,") && rates.lines().count() == 61, "{rates}");
}

#[test]
fn a_mean_is_recorded_as_text() {
    let folder = Folder::with(
        r#"[recorder.all]
mean = { population = "exc", variables = ["v_m"], interval = "1 ms" }
[recorder.each]
state = { population = "exc", variables = ["v_m"], first = 80, interval = "1 ms" }
"#,
    );
    let output = folder.succeed(&["run", "tiny.toml", "--out", "r", "--json", "--format", "csv"]);
    assert!(output.contains("state.exc.v_m.mean.csv") && !output.contains("mean.h5"), "{output}");
    let read = |name: &str| -> Vec<Vec<f64>> {
        let text = std::fs::read_to_string(folder.path(name)).expect("a text");
        let numbers = |line: &str| line.split(',').map(|x| x.parse().expect("a number")).collect();
        text.lines().skip(1).map(numbers).collect()
    };
    let (mean, each) = (read("r/state.exc.v_m.mean.csv"), read("r/state.exc.v_m.csv"));
    assert_eq!((mean.len(), mean[0].len()), (300, 2));
    for (mean, each) in mean.iter().zip(&each) {
        assert_eq!(mean[0], each[0], "ms");
        let expected = each[1..].iter().sum::<f64>() / 80.0;
        assert!((mean[1] - expected).abs() < 1e-7, "{} at {} ms", mean[1], mean[0]);
    }
    folder.succeed(&["run", "tiny.toml", "--out", "r", "--overwrite", "--no-plot"]);
    assert!(folder.path("r/state.exc.v_m.mean.csv").exists(), "text even if not asked for");
}

#[test]
fn a_sample_of_the_spikes_can_be_recorded() {
    let recorders = "[recorder.some]\nspikes = { population = \"exc\", sample = 10 }\n";
    let folder = Folder::with(recorders);
    folder.succeed(&["run", "tiny.toml", "--out", "some"]);
    let all = Folder::new();
    all.succeed(&["run", "tiny.toml", "--out", "all"]);
    let numbers = |json: serde_json::Value| (json["spike_hash"].clone(), json["spikes"].clone());
    assert_eq!(numbers(folder.json("some/summary.json")), numbers(all.json("all/summary.json")));
    let some = read_spikes_sonata(&folder.path("some/spikes.h5")).expect("spikes");
    let all = read_spikes_sonata(&all.path("all/spikes.h5")).expect("spikes");
    let murine::record::Recorded::Sample(chosen) = &some.populations[0].recorded else {
        panic!("a sample")
    };
    assert_eq!(chosen.len(), 10);
    let mut expected = all.spikes.clone();
    expected.retain(|s| chosen.contains(&s.neuron));
    assert_eq!(some.spikes, expected);
    assert!(!some.spikes.is_empty() && some.spikes.len() < all.spikes.len() / 4);
}

#[test]
fn the_resolved_config_repeats_the_run() {
    let folder = Folder::new();
    folder.succeed(&["run", "tiny.toml", "--out", "a", "--seed", "9", "--scale", "2"]);
    folder.succeed(&["run", "a", "--out", "b"]);
    let hash = |name: &str| folder.json(name)["spike_hash"].clone();
    assert_eq!(hash("a/summary.json"), hash("b/summary.json"));
    assert_eq!(folder.json("b/summary.json")["neurons"], 210);
}

#[test]
fn the_spikes_do_not_depend_on_the_width_of_simd() {
    let folder = Folder::new();
    let hashes = ["", "avx2", "portable"].map(|width| {
        let mut command =
            folder.command(&["run", "tiny.toml", "--out", "r", "--overwrite", "--json"]);
        let output = command.env("MURINE_SIMD", width).output().expect("the program");
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("a summary");
        assert!(json["spikes"].as_u64() > Some(100));
        json["spike_hash"].clone()
    });
    assert!(hashes.iter().all(|h| *h == hashes[0]), "{hashes:?}");
    let mut command = folder.command(&["run", "tiny.toml", "--out", "r2"]);
    let output = command.env("MURINE_SIMD", "sse").output().expect("the program");
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(65), "{message}");
    assert!(message.contains("MURINE_SIMD") && message.contains("portable"), "{message}");
}
