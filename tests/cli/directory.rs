//! Where runs go, and what they may overwrite.

use std::fs;

use super::network::Folder;

const RUN: [&str; 4] = ["config.toml", "raster.png", "spikes.h5", "summary.json"];

#[test]
fn every_run_has_a_directory_of_its_own() {
    let folder = Folder::new();
    assert_eq!(folder.succeed(&["run", "tiny.toml"]), "runs/tiny-001\n");
    assert_eq!(folder.succeed(&["run", "tiny.toml", "--no-plot"]), "runs/tiny-002\n");
    assert_eq!(folder.names("runs/tiny-001"), RUN);
    assert_eq!(folder.names("runs/tiny-002"), [RUN[0], RUN[2], RUN[3]]);
    fs::create_dir(folder.path("runs/tiny-007")).unwrap();
    assert_eq!(folder.succeed(&["run", "tiny.toml"]), "runs/tiny-008\n");
}

#[test]
fn a_run_is_only_replaced_on_request() {
    let folder = Folder::new();
    folder.succeed(&["run", "tiny.toml", "--out", "r", "--svg", "--format", "csv"]);
    fs::write(folder.path("r/notes.txt"), "mine").unwrap();
    fs::write(folder.path("r/state.mine.csv"), "mine").unwrap();
    let before = folder.json("r/summary.json");
    let message = folder.fail(73, &["run", "tiny.toml", "--out", "r", "--seed", "5"]);
    assert!(message.contains("cannot create r: it holds a run"), "{message}");
    assert!(message.contains("--overwrite"), "{message}");
    assert_eq!(before, folder.json("r/summary.json"));
    folder.succeed(&["run", "tiny.toml", "--out", "r", "--seed", "5", "--overwrite"]);
    assert_ne!(before["spike_hash"], folder.json("r/summary.json")["spike_hash"]);
    // What the new run did not make is gone, what was foreign has stayed.
    let mut expected = RUN.to_vec();
    expected.extend(["notes.txt", "state.mine.csv"]);
    expected.sort_unstable();
    assert_eq!(folder.names("r"), expected);
}

#[test]
fn a_foreign_directory_is_never_touched() {
    let folder = Folder::new();
    fs::create_dir(folder.path("mine")).unwrap();
    fs::write(folder.path("mine/config.toml"), "a = 1").unwrap();
    fs::write(folder.path("mine/summary.json"), "{}").unwrap();
    for more in [&[][..], &["--overwrite"]] {
        let all = [&["run", "tiny.toml", "--out", "mine"], more].concat();
        let message = folder.fail(73, &all);
        assert!(message.contains("no run of murine"), "{message}");
    }
    assert_eq!(folder.names("mine"), ["config.toml", "summary.json"]);
    assert_eq!(fs::read_to_string(folder.path("mine/config.toml")).unwrap(), "a = 1");
    let message = folder.fail(73, &["run", "tiny.toml", "--out", "tiny.toml"]);
    assert!(message.contains("cannot create tiny.toml"), "{message}");
}

#[test]
fn an_empty_directory_may_be_used_and_a_deep_one_is_made() {
    let folder = Folder::new();
    fs::create_dir(folder.path("empty")).unwrap();
    folder.succeed(&["run", "tiny.toml", "--out", "empty"]);
    folder.succeed(&["run", "tiny.toml", "--out", "a/b/c"]);
    assert_eq!(folder.names("empty"), folder.names("a/b/c"));
}

#[test]
fn a_name_cannot_lead_elsewhere() {
    let folder = Folder::new();
    let run = ["run", "tiny.toml", "--set", "name=../../etc/x"];
    assert_eq!(folder.succeed(&run), "runs/_.._.._etc_x-001\n");
}
