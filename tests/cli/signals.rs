//! Ctrl-C, SIGTERM, and worse.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use murine::record::read_spikes_sonata;

use super::network::{Folder, stderr};

/// A run that would take minutes, once it has written spikes.
fn long_run(folder: &Folder) -> Child {
    let run = ["run", "tiny.toml", "--out", "r", "--duration", "100000s", "-q"];
    let child = folder.command(&run).stderr(Stdio::null()).spawn().expect("the program");
    let spool = folder.path("r/spikes.spool");
    wait_for(|| std::fs::metadata(&spool).is_ok_and(|m| m.len() > 100_000));
    child
}

fn wait_for(condition: impl Fn() -> bool) {
    let begin = Instant::now();
    while !condition() {
        assert!(begin.elapsed() < Duration::from_secs(60), "waited in vain");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn send(signal: &str, child: &Child) {
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status();
    assert!(sent.expect("kill").success());
}

#[test]
fn a_signal_stops_the_run_and_everything_is_saved() {
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let folder = Folder::new();
        let mut child = long_run(&folder);
        let begin = Instant::now();
        send(signal, &child);
        // The last step that is simulated comes within a second; converting takes a little more.
        assert_eq!(child.wait().expect("an end").code(), Some(code));
        assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
        let names = ["config.toml", "raster.png", "spikes.h5", "summary.json"];
        assert_eq!(folder.names("r"), names);
        let json = folder.json("r/summary.json");
        assert_eq!(json["interrupted"], true);
        let recording = read_spikes_sonata(&folder.path("r/spikes.h5")).expect("spikes");
        assert_eq!(json["spikes"], recording.spikes.len());
        assert!((json["duration_ms"].as_f64().unwrap() - recording.duration_ms()).abs() < 1e-3);
    }
}

#[test]
fn an_interruption_is_said_before_what_it_leaves() {
    let folder = Folder::new();
    let run = ["run", "tiny.toml", "--out", "r", "--duration", "100000s"];
    let child = folder.command(&run).stderr(Stdio::piped()).stdout(Stdio::null()).spawn();
    let child = child.expect("the program");
    wait_for(|| std::fs::metadata(folder.path("r/spikes.spool")).is_ok_and(|m| m.len() > 100_000));
    send("-INT", &child);
    let said = stderr(&child.wait_with_output().expect("an end"));
    let place = |part| said.find(part).unwrap_or_else(|| panic!("no {part}: {said}"));
    assert!(place("interrupted after") < place("murine recover r"), "{said}");
    assert!(place("murine recover r") < place("rate (Hz)"), "{said}");
}

#[test]
fn the_spikes_up_to_an_interruption_are_those_of_the_whole_run() {
    let folder = Folder::new();
    let child = &mut long_run(&folder);
    send("-INT", child);
    child.wait().expect("an end");
    let cut = read_spikes_sonata(&folder.path("r/spikes.h5")).expect("spikes");
    folder.succeed(&["run", "tiny.toml", "--out", "whole", "--duration", "1s", "--threads", "2"]);
    let whole = read_spikes_sonata(&folder.path("whole/spikes.h5")).expect("spikes");
    let until = whole.last_step.min(cut.last_step);
    let before = |r: &murine::record::Recording| {
        r.spikes.iter().copied().filter(|s| s.step <= until).collect::<Vec<_>>()
    };
    assert!(before(&cut) == before(&whole) && !before(&cut).is_empty());
}

#[test]
fn a_signal_while_building_leaves_nothing() {
    let folder = Folder::new();
    let size = ["--set", "population.exc.size=30000"];
    let degree = ["--set", "projection.0.rule.fixed_indegree.indegree=1000"];
    let run =
        [&["run", "tiny.toml", "--out", "r", "--duration", "1000s"], &size[..], &degree].concat();
    let child = folder.command(&run).stderr(Stdio::piped()).stdout(Stdio::null()).spawn();
    let child = child.expect("the program");
    wait_for(|| folder.path("r").exists());
    std::thread::sleep(Duration::from_millis(30));
    let begin = Instant::now();
    send("-INT", &child);
    let end = child.wait_with_output().expect("an end");
    assert_eq!(end.status.code(), Some(130));
    assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
    // On a machine that has built it by now, the run is saved instead.
    let nothing = stderr(&end).contains("nothing is saved");
    assert_eq!(nothing, !folder.path("r").exists());
    assert_eq!(nothing, !folder.path("r/summary.json").exists());
}

#[test]
fn a_second_signal_ends_at_once_and_the_spool_can_be_recovered() {
    let folder = Folder::new();
    let mut child = long_run(&folder);
    send("-INT", &child);
    send("-INT", &child);
    let code = child.wait().expect("an end").code();
    assert_eq!(code, Some(130));
    if folder.path("r/spikes.spool").exists() {
        folder.succeed(&["recover", "r", "-q"]);
    }
    let recording = read_spikes_sonata(&folder.path("r/spikes.h5")).expect("spikes");
    assert!(!recording.spikes.is_empty());
}

#[test]
fn a_killed_run_is_recovered_by_the_next_plot() {
    let folder = Folder::new();
    let mut child = long_run(&folder);
    send("-KILL", &child);
    assert_eq!(child.wait().expect("an end").code(), None);
    assert_eq!(folder.names("r"), ["config.toml", "spikes.spool"]);
    assert_eq!(folder.succeed(&["plot", "r", "--to", "200ms"]), "r/raster.png\n");
    let names = ["config.toml", "raster.png", "spikes.h5", "summary.json"];
    assert_eq!(folder.names("r"), names);
    let json = folder.json("r/summary.json");
    assert_eq!([&json["recovered"], &json["interrupted"]], [true, true]);
    assert_eq!(json["name"], "tiny");
    assert!(json["spikes"].as_u64() > Some(0));
    assert!(json.get("simulate_s").is_none(), "nobody knows");
}

#[test]
fn a_run_that_goes_on_is_left_alone() {
    let folder = Folder::new();
    let mut child = long_run(&folder);
    let message = folder.fail(65, &["recover", "r"]);
    assert!(message.contains("a run is writing it now"), "{message}");
    let message = folder.fail(73, &["run", "tiny.toml", "--out", "r", "--overwrite"]);
    assert!(message.contains("a run is writing to it now"), "{message}");
    assert_eq!(folder.succeed(&["plot", "r", "--out", "now.png"]), "now.png\n");
    send("-TERM", &child);
    assert_eq!(child.wait().expect("an end").code(), Some(143));
    assert!(read_spikes_sonata(&folder.path("r/spikes.h5")).is_ok());
}
