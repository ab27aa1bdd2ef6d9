//! The standard suite, at a tiny size.

use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::network::{Folder, names, stderr, stdout};

/// A hundredth of the microcircuit, twice as many threads as once.
const TINY: [&str; 8] =
    ["bench", "--scale", "0.01", "--only", "microcircuit", "--duration", "10 ms", "--quick"];

fn tiny<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&TINY, more].concat()
}

#[test]
fn a_bench_has_every_number() {
    let folder = Folder::new();
    let told = folder.murine(&tiny(&["--threads", "2,1", "--repeat", "2", "--out", "b"]));
    assert_eq!(told.status.code(), Some(0), "{}", stderr(&told));
    assert_eq!(folder.names("b"), ["bench.json", "phases.png", "strong.png"]);
    let json = folder.json("b/bench.json");
    for key in ["version", "date", "processor", "cores", "interrupted"] {
        assert!(!json[key].is_null(), "{key} in {json}");
    }
    let measured = json["measurements"].as_array().expect("a list");
    let threads: Vec<_> = measured.iter().map(|m| m["threads"].as_u64()).collect();
    assert_eq!(threads, [Some(1), Some(2)]);
    for m in measured {
        for key in ["construct_s", "simulate_s", "real_time_factor", "peak_rss_bytes"] {
            let of = |which| m[key][which].as_f64().expect("a number");
            assert!(of("min") <= of("median") && of("median") <= of("max"), "{key} in {m}");
            assert!(of("min") > 0.0, "{key} in {m}");
        }
        let phases: f64 = ["deliver", "update", "exchange", "other"]
            .map(|phase| m["phases_s"][phase]["median"].as_f64().expect("a number"))
            .iter()
            .sum();
        assert!(phases > 0.0, "{m}");
        for counter in ["spikes", "rows", "packets", "events"] {
            assert!(m["counters"][counter].is_u64(), "{counter} in {m}");
        }
        assert_eq!([&m["runs"], &m["duration_ms"]], [&Value::from(2), &Value::from(10.0)]);
        assert_eq!(m["spike_hash"], measured[0]["spike_hash"], "other threads, same spikes");
    }
    for said in [stdout(&told), stderr(&told)] {
        let wide = said.lines().find(|line| line.chars().count() > 80);
        assert_eq!(wide, None, "{said}");
        assert!(said.contains("microcircuit 772") && !said.contains('\x1b'), "{said}");
    }
    for part in ["this will run", "each 2 times", "takes about", "round 2 of 2"] {
        assert!(stderr(&told).contains(part), "{part}: {}", stderr(&told));
    }
    for part in ["real-time factor", "bytes/synapse", "events/s/core", "deliver"] {
        assert!(stdout(&told).contains(part), "{part}: {}", stdout(&told));
    }
}

#[test]
fn a_bench_is_held_against_an_earlier_one() {
    let folder = Folder::new();
    folder.succeed(&tiny(&["-q", "--threads", "1", "--out", "old"]));
    let against = tiny(&["-q", "--threads", "1,2", "--against", "old/bench.json"]);
    let said = folder.succeed(&against);
    assert!(said.contains("new / old"), "{said}");
    assert!(said.contains("the work is the same"), "{said}");
    assert!(said.contains("without a counterpart of the same size and duration: 1"), "{said}");

    let path = folder.path("old/bench.json");
    let mut json = folder.json("old/bench.json");
    json["measurements"][0]["counters"]["packets"] = 1.into();
    json["measurements"][0]["spike_hash"] = "0x0".into();
    std::fs::write(&path, json.to_string()).expect("written");
    let said = folder.succeed(&against);
    assert!(said.contains("the work differs"), "{said}");
    assert!(said.contains("microcircuit 772, 1 thread: packets 1 -> "), "{said}");
    assert!(said.contains("microcircuit 772, 1 thread: other spikes"), "{said}");

    let json = folder.succeed(&[&against[..], &["--json"]].concat());
    assert!(serde_json::from_str::<Value>(&json).is_ok(), "{json}");
}

#[test]
fn what_cannot_be_is_refused_before_anything_runs() {
    let folder = Folder::new();
    for (arguments, code, part) in [
        (&["bench", "--scale", "0"][..], 65, "--scale: 0 is no factor"),
        (&["bench", "--scale", "1e9"], 65, "--scale: 1000000000 is no factor"),
        (&["bench", "--scale", "1", "--only", "cuba"], 65, "which --only leaves out"),
        (&["bench", "--threads", "0"], 2, "0 is not in 1.."),
        (&["bench", "--repeat", "0"], 2, "0 is not in 1.."),
        (&["bench", "--only", "cube"], 2, "'cuba'"),
        (&["bench", "--duration", "0.05 ms"], 65, "0.05"),
        (&["bench", "--against", "nowhere.json"], 66, "nowhere.json"),
        (&["bench", "--against", "tiny.toml"], 65, "give the bench.json of an earlier one"),
    ] {
        let said = folder.fail(code, arguments);
        assert!(said.contains(part), "{arguments:?}: {said}");
        assert!(!folder.path("runs").exists(), "{arguments:?} leaves something");
    }
}

#[test]
fn an_interrupted_bench_keeps_what_was_measured() {
    let folder = Folder::new();
    let scratch = folder.path("scratch");
    std::fs::create_dir(&scratch).expect("a folder");
    let mut child = folder
        .command(&tiny(&["--threads", "1", "--repeat", "100000", "--out", "b"]))
        .env("TMPDIR", &scratch)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program");
    // The summary of a first run is there.
    let begin = Instant::now();
    let summary = || {
        let benches = names(&scratch);
        benches.iter().any(|bench| scratch.join(bench).join("run/summary.json").exists())
    };
    while !summary() {
        assert!(begin.elapsed() < Duration::from_secs(60), "waited in vain");
        std::thread::sleep(Duration::from_millis(2));
    }
    std::thread::sleep(Duration::from_millis(100));
    let pid = child.id().to_string();
    let sent = std::process::Command::new("kill").args(["-INT", &pid]).status();
    assert!(sent.expect("kill").success());
    assert_eq!(child.wait().expect("an end").code(), Some(130));
    let json = folder.json("b/bench.json");
    assert_eq!(json["interrupted"], true);
    assert!(json["measurements"][0]["runs"].as_u64() >= Some(1), "{json}");
    assert!(names(&scratch).is_empty(), "the scratch folder is gone");
}

#[test]
fn stored_and_procedural_synapses_are_held_against_each_other() {
    let folder = Folder::new();
    let command = ["bench", "--only", "crossover", "--quick", "--duration", "5 ms", "--out", "b"];
    let told = folder.murine(&command);
    assert_eq!(told.status.code(), Some(0), "{}", stderr(&told));
    assert_eq!(folder.names("b"), ["bench.json", "crossover.png"]);
    let json = folder.json("b/bench.json");
    let measured = json["measurements"].as_array().expect("a list");
    for (pair, synapses) in measured.chunks(2).zip([3, 8, 30, 100, 300]) {
        assert_eq!([&pair[0]["storage"], &pair[1]["storage"]], ["stored", "procedural"]);
        assert_eq!(pair[0]["spike_hash"], pair[1]["spike_hash"], "{synapses}");
        assert_eq!(pair[0]["synaptic_events"], pair[1]["synaptic_events"], "{synapses}");
        for m in pair {
            assert_eq!(m["synapses"], 65_472 * synapses);
            assert!(m["delivery_ns_per_event"]["median"].as_f64() > Some(0.0), "{m}");
            assert_eq!([&m["threads"], &m["neurons"]], [&Value::from(1), &Value::from(65_472)]);
        }
    }
    assert_eq!(measured.len(), 10);
    for said in [stdout(&told), stderr(&told)] {
        let wide = said.lines().find(|line| line.chars().count() > 80);
        assert_eq!(wide, None, "{said}");
    }
    for part in ["synapses of a source", "ns per event", "300 "] {
        assert!(stdout(&told).contains(part), "{part}: {}", stdout(&told));
    }
    for part in ["on 1 thread, twice", "crossover 300 procedural, 1 thread"] {
        assert!(stderr(&told).contains(part), "{part}: {}", stderr(&told));
    }
}
