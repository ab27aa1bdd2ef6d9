//! One run of one network, in a process of its own.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use indexmap::IndexMap;
use murine::{Error, Result};
use serde::Deserialize;

use super::suite::Case;
use crate::cli::directory::SUMMARY;
use crate::cli::signals::raised;

/// Time between two looks at a run: short beside any run, and too seldom to cost it anything.
const LOOK: Duration = Duration::from_millis(10);

/// What is taken from the summary of a run.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Run {
    pub(crate) dt_ms: f64,
    pub(crate) duration_ms: f64,
    pub(crate) warmup_ms: f64,
    pub(crate) precision: String,
    pub(crate) neurons: u64,
    pub(crate) synapses: u64,
    /// Threads that were used, of those that were allowed.
    #[serde(rename = "threads")]
    pub(crate) workers: u64,
    pub(crate) synaptic_events: u64,
    pub(crate) spike_hash: String,
    pub(crate) construct_s: f64,
    pub(crate) simulate_s: f64,
    pub(crate) phases_s: IndexMap<String, f64>,
    pub(crate) peak_rss_bytes: Option<u64>,
    /// By name, whichever the engine has.
    pub(crate) counters: IndexMap<String, u64>,
}

impl Run {
    /// Wall seconds of a phase.
    pub(crate) fn phase(&self, name: &str) -> f64 {
        self.phases_s.get(name).copied().unwrap_or(0.0)
    }
}

/// Where runs take place: a folder that vanishes with it.
pub(crate) struct Workbench {
    folder: tempfile::TempDir,
    program: PathBuf,
}

impl Workbench {
    pub(crate) fn new() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("murine-bench-").tempdir();
        let folder = folder.map_err(Error::create(std::env::temp_dir()))?;
        let program = std::env::current_exe().map_err(Error::read("the program itself"))?;
        Ok(Self { folder, program })
    }

    /// Runs `case` once; `None` if `stop` became true before its end.
    pub(crate) fn run(&self, case: &Case, stop: &AtomicBool) -> Result<Option<Run>> {
        if raised(stop) {
            return Ok(None);
        }
        let path = |name: &str| self.folder.path().join(name);
        let (config, out, log) = (path("network.toml"), path("run"), path("log"));
        fs::write(&config, case.standard.config()).map_err(Error::write(&config))?;
        let errors = File::create(&log).map_err(Error::create(&log))?;
        let child = Command::new(&self.program)
            .arg("run")
            .arg(&config)
            .args(case.options()?)
            .args(["--no-plot", "--quiet", "--overwrite", "--out"])
            .arg(&out)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(errors)
            .spawn()
            .map_err(Error::read(&self.program))?;
        let status = wait(child, stop).map_err(Error::read(&self.program))?;
        if raised(stop) {
            return Ok(None);
        }
        if !status.success() {
            let said = fs::read_to_string(&log).unwrap_or_default();
            let problem = format!("the run of {} failed ({status}): {}", case.title(), said.trim());
            return Err(Error::Capacity(problem));
        }
        let path = out.join(SUMMARY);
        let text = fs::read_to_string(&path).map_err(Error::read(&path))?;
        let run = serde_json::from_str(&text);
        run.map(Some).map_err(|e| Error::Malformed { path, problem: e.to_string() })
    }
}

/// Waits for a run; if `stop` becomes true, it is ended at once: nobody wants what it has.
fn wait(mut child: Child, stop: &AtomicBool) -> std::io::Result<ExitStatus> {
    loop {
        if raised(stop) {
            child.kill()?;
            return child.wait();
        }
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        std::thread::sleep(LOOK);
    }
}
