//! A tiny network, and the program that runs it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// A hundred neurons that spike irregularly, after a warm-up.
const TINY: &str = r#"
name = "tiny"

[simulation]
duration = "300 ms"
warmup = "20 ms"
seed = 3

[population.exc]
size = 80
neuron = "iaf_psc_exp"
[population.inh]
size = 20
neuron = "iaf_psc_exp"
[population.silent]
size = 5
neuron = "iaf_psc_exp"

[[projection]]
source = "exc"
target = ["exc", "inh"]
rule.fixed_indegree.indegree = 10
receptor = "excitatory"
weight = "30 pA"
delay = { uniform = { low = "0.5 ms", high = "2 ms" } }

[[projection]]
source = "inh"
target = ["exc", "inh"]
rule.pairwise_bernoulli.p = 0.2
receptor = "inhibitory"
weight = { normal = { mean = "-100 pA", sd = "10 pA", max = "0 pA" } }
delay = "1 ms"

[stimulus.drive]
target = ["exc", "inh"]
poisson_generator = { rate = "8 kHz", weight = "87.8 pA", receptor = "excitatory" }
"#;

/// A folder with a config in it, in which the program runs.
pub(crate) struct Folder(TempDir);

impl Folder {
    /// The tiny network, and `more` at the end of its config.
    pub(crate) fn with(more: &str) -> Self {
        let folder = Self(tempfile::tempdir().expect("a folder"));
        std::fs::write(folder.path("tiny.toml"), format!("{TINY}{more}")).expect("a config");
        folder
    }

    /// The tiny network.
    pub(crate) fn new() -> Self {
        Self::with("")
    }

    /// A path in it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The program with these arguments, to be run here.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_murine"));
        command.current_dir(self.0.path()).args(arguments);
        command
    }

    /// What the program with these arguments says and does.
    pub(crate) fn murine(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the program")
    }

    /// As [`murine`](Self::murine), which must succeed; its standard output.
    pub(crate) fn succeed(&self, arguments: &[&str]) -> String {
        let output = self.murine(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", stderr(&output));
        stdout(&output)
    }

    /// As [`murine`](Self::murine), which must end with `code`; its standard error.
    pub(crate) fn fail(&self, code: i32, arguments: &[&str]) -> String {
        let output = self.murine(arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", stderr(&output));
        assert_eq!(stdout(&output), "", "a failure has no data");
        stderr(&output)
    }

    /// The program in a shell line, called `$murine`.
    pub(crate) fn shell(&self, line: &str) -> Output {
        let mut shell = Command::new("sh");
        shell.env("murine", env!("CARGO_BIN_EXE_murine")).current_dir(self.0.path());
        shell.args(["-c", line]).output().expect("a shell")
    }

    /// The JSON in a file.
    pub(crate) fn json(&self, name: &str) -> Value {
        let text = std::fs::read(self.path(name)).expect(name);
        serde_json::from_slice(&text).expect("JSON")
    }

    /// The names in a folder, sorted.
    pub(crate) fn names(&self, folder: &str) -> Vec<String> {
        names(&self.path(folder))
    }
}

/// The names in a folder, sorted.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let name = |e: std::io::Result<std::fs::DirEntry>| e.expect("an entry").file_name();
    let mut names: Vec<String> = entries.map(|e| name(e).to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Standard output as text.
pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("text")
}

/// Standard error as text.
pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("text")
}
