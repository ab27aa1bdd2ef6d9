//! What can go wrong, and the exit code that says so.

use std::time::Instant;

use murine::record::read_spikes_sonata;

use super::network::{Folder, stderr, stdout};

#[test]
fn mistakes_on_the_command_line_are_2() {
    let folder = Folder::new();
    let message = folder.fail(2, &[]);
    assert!(message.contains("Examples:") && message.contains("murine run configs/brunel.toml"));
    let message = folder.fail(2, &["rnu", "tiny.toml"]);
    assert!(message.contains("unrecognized subcommand 'rnu'"), "{message}");
    assert!(message.contains("'run'"), "{message}");
    assert!(folder.fail(2, &["run", "tiny.toml", "--sed", "1"]).contains("--seed"));
    assert!(folder.fail(2, &["run", "tiny.toml", "--duration", "1"]).contains("no unit"));
    for (option, code) in [("--seed", 2), ("--threads", 2), ("--scale", 65)] {
        let message = folder.fail(code, &["run", "tiny.toml", option, "-1"]);
        assert!(message.contains("-1") && !message.contains("unexpected"), "{message}");
    }
    folder.fail(2, &["run", "tiny.toml", "--overwrite"]);
    folder.fail(2, &["run", "tiny.toml", "-q", "-v"]);
    folder.fail(2, &["plot", "r", "--size", "big"]);
    assert!(!folder.path("runs").exists());
}

#[test]
fn a_wrong_config_is_65_and_a_missing_one_66() {
    let folder = Folder::new();
    for command in [&["run"][..], &["check"], &["export", "--out", "x"]] {
        let message = folder.fail(66, &[command, &["none.toml"]].concat());
        assert!(message.starts_with("error: cannot read none.toml: No such file"), "{message}");
        let wrong = ["tiny.toml", "--set", "population.exc.sise=3"];
        let message = folder.fail(65, &[command, &wrong].concat());
        assert!(message.starts_with("error: ") && !message.contains("error: error"), "{message}");
        assert!(message.contains('^'), "a caret: {message}");
    }
    let message = folder.fail(66, &["run", "."]);
    assert!(message.contains("cannot read ./config.toml"), "{message}");
    assert_eq!(folder.names("."), ["tiny.toml"]);
}

#[test]
fn what_does_not_fit_is_refused_at_once() {
    let folder = Folder::new();
    let begin = Instant::now();
    let huge = ["--set", "population.exc.size=3000000000"];
    let message = folder.fail(65, &[&["run", "tiny.toml"], &huge[..]].concat());
    assert!(begin.elapsed().as_secs_f64() < 1.0, "{:?}", begin.elapsed());
    assert!(message.contains("GB of it synapses") && message.contains("--force"), "{message}");
    assert!(!folder.path("runs").exists(), "nothing is made");
    let output = folder.murine(&[&["check", "tiny.toml"], &huge[..]].concat());
    assert_eq!(output.status.code(), Some(65));
    assert!(stdout(&output).contains("free"), "the numbers are shown all the same");
}

#[test]
fn the_limit_of_the_shell_counts() {
    let folder = Folder::new();
    let output = folder
        .shell("ulimit -v 900000; $murine check tiny.toml -q --set population.exc.size=20000000");
    assert_eq!(output.status.code(), Some(65), "{}", stderr(&output));
    assert!(stderr(&output).contains("ulimit -v"), "{}", stderr(&output));
}

#[test]
fn a_directory_that_cannot_be_made_is_73_before_anything_is_built() {
    let folder = Folder::new();
    for out in ["tiny.toml/r", "/proc/r", "/dev/null/r"] {
        let begin = Instant::now();
        let run = ["run", "tiny.toml", "--out", out, "--set", "population.exc.size=1000000"];
        let message = folder.fail(73, &run);
        assert!(message.starts_with(&format!("error: cannot create {out}")), "{message}");
        assert!(begin.elapsed().as_secs_f64() < 1.0);
    }
}

#[test]
fn a_full_disk_is_74_and_what_was_written_can_be_recovered() {
    let folder = Folder::new();
    // 2 or 4 MB: some shells count in blocks of 512 bytes, others of 1024.
    let output =
        folder.shell("ulimit -f 4000; exec $murine run tiny.toml --out r --duration 100000s");
    assert_eq!(output.status.code(), Some(74), "{}", stderr(&output));
    let message = stderr(&output);
    let begin = message.find("error: cannot write r/spikes.spool: File too large");
    assert!(begin < message.find("murine recover r") && begin.is_some(), "{message}");
    assert!(!folder.path("r/summary.json").exists(), "a run that failed is no success");
    folder.succeed(&["recover", "r"]);
    let json = folder.json("r/summary.json");
    assert_eq!(json["recovered"], true);
    assert!(json["spikes"].as_u64() > Some(10_000), "{json}");
    assert!(json["duration_ms"].as_f64() < Some(100_000_000.0), "{json}");
}

#[test]
fn a_full_disk_at_the_conversion_leaves_the_spool() {
    let folder = Folder::new();
    // Clocks: 4 bytes a spike in the spool, 16 in the HDF5 file.
    let clocks = "[simulation]\nduration = \"700 ms\"\n[population.clocks]\nsize = 5000\n\
                  neuron.iaf_psc_exp = { i_e = \"600 pA\" }\n";
    std::fs::write(folder.path("clocks.toml"), clocks).expect("a config");
    let output = folder.shell("ulimit -f 3000; exec $murine run clocks.toml --out r");
    assert_eq!(output.status.code(), Some(74), "{}", stderr(&output));
    assert!(stderr(&output).contains("cannot write r/spikes.h5"), "{}", stderr(&output));
    assert_eq!(folder.names("r"), ["config.toml", "spikes.spool"]);
    folder.succeed(&["recover", "r"]);
    let json = folder.json("r/summary.json");
    assert_eq!((&json["duration_ms"], &json["interrupted"]), (&700.0.into(), &false.into()));
}

#[test]
fn standard_output_on_a_full_disk_is_74() {
    let folder = Folder::new();
    let output = folder.shell("$murine schema > /dev/full");
    assert_eq!(output.status.code(), Some(74));
    assert!(stderr(&output).contains("cannot write standard output"), "{}", stderr(&output));
}

/// Clocks excite neurons by so much that single precision overflows.
const WILD: &str = r#"
[simulation]
duration = "500 ms"
precision = "single"
[population.calm]
size = 50
neuron.iaf_psc_exp = { i_e = "600 pA" }
[population.wild]
size = 200
neuron = "iaf_psc_exp"
[[projection]]
source = "calm"
target = "wild"
rule.fixed_indegree.indegree = 10
receptor = "excitatory"
weight = "1e38 pA"
delay = "1 ms"
"#;

#[test]
fn a_state_that_is_not_finite_is_65_and_what_precedes_is_saved() {
    let folder = Folder::new();
    std::fs::write(folder.path("wild.toml"), WILD).expect("a config");
    let of = |ms: u64| {
        let step = ms * 10;
        format!(
            "population.wild: i_syn of neuron 0 is inf at step {step} ({ms} ms): take smaller weights"
        )
    };
    // When it is looked at does not depend on threads, SIMD, storage or the batches of the program.
    let mut whole = Vec::new();
    for (threads, simd) in [("1", ""), ("5", "portable"), ("2", "avx2")] {
        let arguments = ["run", "wild.toml", "--out", threads, "--threads", threads, "--json"];
        let output = folder.command(&arguments).env("MURINE_SIMD", simd).output();
        let output = output.expect("the program");
        let said = stderr(&output);
        assert_eq!((output.status.code(), stdout(&output)), (Some(65), String::new()), "{said}");
        assert!(said.contains(&format!("error: {}", of(100))), "{said}");
        assert!(said.contains(&format!("what precedes it is in {threads}")), "{said}");
        let names = ["config.toml", "raster.png", "spikes.h5", "summary.json"];
        assert_eq!(folder.names(threads), names);
        let json = folder.json(&format!("{threads}/summary.json"));
        assert!(json["error"].as_str().is_some_and(|e| e.starts_with(&of(100))), "{json}");
        assert_eq!((&json["duration_ms"], &json["interrupted"]), (&100.0.into(), &true.into()));
        let spikes = folder.path(&format!("{threads}/spikes.h5"));
        let spikes = read_spikes_sonata(&spikes).expect("spikes").spikes;
        assert!(spikes.len() > 1000 && json["spikes"] == spikes.len(), "{json}");
        whole.push(spikes);
    }
    assert!(whole.iter().all(|spikes| *spikes == whole[0]));
    // The end is looked at, too, and so is the warm-up.
    let short = ["run", "wild.toml", "--out", "end", "--duration", "43ms", "-q"];
    assert!(folder.fail(65, &short).contains(&of(43)));
    assert_eq!(folder.json("end/summary.json")["duration_ms"], 43.0);
    let long = ["run", "wild.toml", "--out", "warm", "--set", "simulation.warmup=200 ms"];
    assert!(folder.fail(65, &long).contains(&of(100)));
    assert_eq!(folder.json("warm/summary.json")["duration_ms"], 0.0);
    // As it says.
    let double = ["run", "wild.toml", "--out", "double", "--set", "simulation.precision=double"];
    folder.succeed(&double);
    assert!(folder.json("double/summary.json")["error"].is_null());
}
