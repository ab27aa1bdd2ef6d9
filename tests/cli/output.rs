//! What is said where.

use super::network::{Folder, stderr, stdout};

#[test]
fn quiet_means_nothing_at_all() {
    let folder = Folder::new();
    let output = folder.murine(&["run", "tiny.toml", "-q"]);
    assert_eq!((stdout(&output), stderr(&output)), (String::new(), String::new()));
    let output = folder.murine(&["check", "tiny.toml", "-q"]);
    assert_eq!((stdout(&output), stderr(&output)), (String::new(), String::new()));
    let output = folder.murine(&["run", "tiny.toml", "-q", "--json"]);
    assert_eq!(stderr(&output), "");
    assert!(serde_json::from_str::<serde_json::Value>(&stdout(&output)).is_ok());
}

#[test]
fn people_read_standard_error_and_programs_standard_output() {
    let folder = Folder::new();
    let output = folder.murine(&["run", "tiny.toml", "-v"]);
    assert_eq!(stdout(&output), "runs/tiny-001\n");
    let said = stderr(&output);
    for part in [
        "building 105 neurons",
        "memory: ",
        "rate (Hz)",
        "silent",
        "real-time factor",
        "murine plot runs/tiny-001",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(!said.contains('\x1b') && !said.contains('\r'), "no colours, no bar: {said:?}");
}

#[test]
fn nothing_is_wider_than_80_columns() {
    let folder = Folder::with(
        "[population.a_population_with_quite_a_long_name]\nsize = 2000000\nneuron = \"iaf_psc_exp\"\n\
         [[projection]]\nsource = \"a_population_with_quite_a_long_name\"\n\
         target = \"a_population_with_quite_a_long_name\"\nrule.one_to_one = {}\n\
         receptor = \"excitatory\"\nweight = \"1 pA\"\n\
         delay = { uniform = { low = \"1 ms\", high = \"100 ms\" } }\n",
    );
    let run = ["run", "tiny.toml", "-v", "--out", "r", "--duration", "1ms", "--no-plot"];
    let said = stderr(&folder.murine(&run)) + &folder.succeed(&["check", "tiny.toml"]);
    for line in said.lines() {
        assert!(line.chars().count() <= 80, "{} columns: {line}", line.chars().count());
    }
    assert!(said.contains("a_population_with_quite…"), "{said}");
    for command in ["run", "check", "plot", "recover", "export", "bench"] {
        let help = folder.succeed(&[command, "--help"]);
        let wide = help.lines().find(|line| line.chars().count() > 100);
        assert_eq!(wide, None, "{help}");
    }
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let folder = Folder::new();
    for line in ["schema", "completions bash", "check tiny.toml", "--help"] {
        let output = folder.shell(&format!("{{ $murine {line}; echo $? >&2; }} | true"));
        let said = stderr(&output);
        assert_eq!(said, "0\n", "{line}");
    }
    let output = folder.shell("{ $murine run tiny.toml --json 2>&3; echo $? >&2; } 3>&1 | true");
    assert_eq!(stderr(&output), "0\n");
    assert_eq!(folder.names("runs/tiny-001").len(), 4, "nobody listens, but all is saved");
}

#[test]
fn schema_and_completions_are_data() {
    let folder = Folder::new();
    let schema: serde_json::Value =
        serde_json::from_str(&folder.succeed(&["schema"])).expect("JSON");
    assert_eq!(schema["title"], "Murine config");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(folder.succeed(&["completions", shell]).contains("murine"));
    }
    assert!(folder.succeed(&["--version"]).starts_with("murine "));
    assert!(folder.succeed(&["--help"]).contains("Examples:"));
}
