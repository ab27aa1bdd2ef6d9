//! What is left of a spool that was cut off or damaged.

use std::fs;

use murine::record::{
    Kind, RecordedPopulation, Recording, Spike, SpoolHeader, SpoolWriter, read_spikes_sonata,
};

use super::network::{Folder, stderr};

/// A run that crashed with spikes of every second step.
fn crashed(steps: u64) -> (Folder, Vec<Spike>) {
    let folder = Folder::new();
    fs::create_dir(folder.path("r")).expect("a folder");
    let recording = Recording {
        dt_ms: 0.1,
        last_step: steps,
        populations: vec![RecordedPopulation::new("exc", 0, 10, Kind::Excitatory)],
        ..Recording::default()
    };
    let header = SpoolHeader { recording, ..SpoolHeader::default() };
    let mut spool = SpoolWriter::create(&folder.path("r/spikes.spool"), &header).expect("a spool");
    let spikes: Vec<_> = (1..steps / 2).map(|n| Spike { step: 2 * n, neuron: n % 10 }).collect();
    for piece in spikes.chunks(10) {
        spool.append_spikes(piece, piece[piece.len() - 1].step).expect("room");
        spool.flush().expect("room");
    }
    (folder, spikes)
}

#[test]
fn a_spool_that_was_cut_off_gives_what_precedes_the_cut() {
    let (folder, spikes) = crashed(1000);
    let path = folder.path("r/spikes.spool");
    let whole = fs::read(&path).unwrap();
    for length in [whole.len() - 1, whole.len() / 2, whole.len() / 2 + 13] {
        fs::write(&path, &whole[..length]).unwrap();
        let output = folder.murine(&["recover", "r", "--format", "csv"]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert!(stderr(&output).contains("cut off"), "{}", stderr(&output));
        let names = ["raster.png", "spikes.csv", "spikes.h5", "summary.json"];
        assert_eq!(folder.names("r"), names);
        let recording = read_spikes_sonata(&folder.path("r/spikes.h5")).unwrap();
        assert_eq!(recording.spikes, spikes[..recording.spikes.len()]);
        assert!(recording.spikes.len() > 100, "{length}");
        fs::remove_file(folder.path("r/summary.json")).unwrap();
    }
}

#[test]
fn a_run_that_was_stopped_early_is_called_interrupted() {
    for (end, interrupted) in [(1000, false), (999, true)] {
        let folder = Folder::new();
        fs::create_dir(folder.path("r")).unwrap();
        let recording = Recording {
            dt_ms: 0.1,
            last_step: 1000,
            populations: vec![RecordedPopulation::new("exc", 0, 10, Kind::Excitatory)],
            ..Recording::default()
        };
        let header = SpoolHeader { recording, ..SpoolHeader::default() };
        let spool = SpoolWriter::create(&folder.path("r/spikes.spool"), &header).unwrap();
        spool.finish(end).unwrap();
        let said = stderr(&folder.murine(&["recover", "r", "--no-plot"]));
        assert_eq!(folder.json("r/summary.json")["interrupted"], interrupted, "{said}");
        assert_eq!(said.contains("the run was interrupted at 99.9 ms"), interrupted, "{said}");
    }
}

#[test]
fn damage_in_the_middle_is_told_and_the_spool_is_kept() {
    let (folder, spikes) = crashed(1000);
    let path = folder.path("r/spikes.spool");
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let output = folder.murine(&["recover", "r", "--no-plot"]);
    assert!(stderr(&output).contains("damaged at byte"), "{}", stderr(&output));
    assert_eq!(folder.names("r"), ["spikes.h5", "spikes.spool.damaged", "summary.json"]);
    assert_eq!(fs::read(folder.path("r/spikes.spool.damaged")).unwrap(), bytes);
    let recording = read_spikes_sonata(&folder.path("r/spikes.h5")).unwrap();
    assert_eq!(recording.spikes, spikes[..recording.spikes.len()]);
}

#[test]
fn a_spool_without_a_header_is_an_error() {
    let (folder, _) = crashed(100);
    let path = folder.path("r/spikes.spool");
    fs::write(&path, &fs::read(&path).unwrap()[..30]).unwrap();
    let message = folder.fail(65, &["recover", "r"]);
    assert!(message.contains("r/spikes.spool") && message.contains("header"), "{message}");
    assert!(path.exists());
}

#[test]
fn other_directories_are_errors() {
    let folder = Folder::new();
    for command in ["recover", "plot"] {
        folder.fail(66, &[command, "none"]);
        folder.fail(66, &[command, "tiny.toml"]);
        assert!(folder.fail(65, &[command, "."]).contains("no run directory"));
    }
    folder.succeed(&["run", "tiny.toml", "--out", "r"]);
    let output = folder.murine(&["recover", "r"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(stderr(&output).contains("nothing to recover"), "{}", stderr(&output));
}

#[test]
fn a_run_can_be_drawn_again() {
    let folder = Folder::new();
    folder.succeed(&["run", "tiny.toml", "--out", "r", "--no-plot"]);
    assert_eq!(folder.succeed(&["plot", "r"]), "r/raster.png\n");
    let options = ["--from", "100ms", "--to", "0.2s", "--populations", "exc,inh", "--rows", "50"];
    let more = ["--bin", "2ms", "--size", "640x480", "--out", "x.svg"];
    assert_eq!(folder.succeed(&[&["plot", "r"], &options[..], &more].concat()), "x.svg\n");
    let svg = fs::read_to_string(folder.path("x.svg")).unwrap();
    assert!(
        svg.contains("width=\"640\"") && svg.contains("tiny, seed 3") && !svg.contains("silent")
    );
    for (options, part) in [
        (["--from", "900ms"], "--from: nothing after 900 ms; the recording goes from 20 to 320"),
        (["--to", "0.01s"], "--to: nothing up to 10 ms; the recording goes from 20 to 320"),
        (["--populations", "ex"], "--populations: no population `ex`"),
        (["--size", "10x10"], "--size: 10 x 10 pixels"),
    ] {
        let message = folder.fail(65, &[&["plot", "r"], &options[..]].concat());
        assert!(message.contains(part), "{message}");
    }
    folder.fail(73, &["plot", "r", "--out", "none/x.png"]);
    let gif = folder.fail(65, &["plot", "r", "--out", "x.gif"]);
    assert!(gif.contains("--out: x.gif: a picture is a .png or an .svg"), "{gif}");
    std::os::unix::fs::symlink("/dev/full", folder.path("full.png")).unwrap();
    folder.fail(74, &["plot", "r", "--out", "full.png"]);
}
