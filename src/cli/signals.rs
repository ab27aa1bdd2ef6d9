//! Ctrl-C and SIGTERM.
//!
//! As long as there is nothing to save, a signal ends the program at once. Later the first one
//! asks the run to stop, and everything is saved; a second one ends the program at once and
//! leaves the spool, from which `murine recover` saves the run.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use murine::{Error, Result};
use signal_hook::consts::{SIGINT, SIGTERM};

use super::voice::Voice;

/// What signals do to a run.
#[derive(Clone, Debug)]
pub(crate) struct Signals(Arc<State>);

#[derive(Debug)]
struct State {
    voice: Voice,
    stop: AtomicBool,
    first: AtomicI32,
    /// Whether there is something to save.
    saving: AtomicBool,
    /// A folder that is removed when the program ends with nothing in it.
    empty: Mutex<Option<PathBuf>>,
}

impl Signals {
    /// Takes over the signals.
    pub(crate) fn install(voice: Voice) -> Result<Self> {
        let this = Self(Arc::new(State {
            voice,
            stop: AtomicBool::default(),
            first: AtomicI32::default(),
            saving: AtomicBool::default(),
            empty: Mutex::default(),
        }));
        ignore_file_size_signal().map_err(no_signals)?;
        let mut signals =
            signal_hook::iterator::Signals::new([SIGINT, SIGTERM]).map_err(no_signals)?;
        let state = this.clone();
        std::thread::Builder::new()
            .name("signals".into())
            .spawn(move || signals.forever().for_each(|signal| state.receive(signal)))
            .map_err(no_signals)?;
        Ok(this)
    }

    /// The flag that asks a run to stop.
    pub(crate) fn stop(&self) -> &AtomicBool {
        &self.0.stop
    }

    /// The exit code to end with: 0 without a signal, 130 or 143 with one.
    pub(crate) fn code(&self) -> u8 {
        // Ordering: a plain number, published with nothing else.
        match self.0.first.load(Ordering::Relaxed) {
            0 => 0,
            signal => 128 + signal as u8,
        }
    }

    /// Notes a folder to be removed if a signal ends the program before anything is in it.
    pub(crate) fn remove_if_empty(&self, folder: Option<PathBuf>) {
        *self.empty() = folder;
    }

    /// From now on there is something to save.
    pub(crate) fn begin_saving(&self) {
        let _nobody_leaves_now = self.empty();
        // Ordering: read under the same lock.
        self.0.saving.store(true, Ordering::Relaxed);
    }

    fn empty(&self) -> MutexGuard<'_, Option<PathBuf>> {
        self.0.empty.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn receive(&self, signal: i32) {
        let empty = self.empty();
        // Ordering: only this thread writes these two; readers need nothing else with them.
        let again = self.0.first.swap(signal, Ordering::Relaxed) != 0;
        self.0.stop.store(true, Ordering::Relaxed);
        if again || !self.0.saving.load(Ordering::Relaxed) {
            if let Some(folder) = &*empty {
                // Fails where something is in it, as it should.
                let _ = std::fs::remove_dir(folder);
            }
            if !again {
                self.0.voice.leave_line();
                self.0.voice.note("interrupted before anything was simulated: nothing is saved");
            }
            std::process::exit(128 + signal);
        }
    }
}

/// A file that grows beyond the limit of the shell (`ulimit -f`) is an error, not a sudden death.
fn ignore_file_size_signal() -> std::io::Result<()> {
    let signal = signal_hook::consts::SIGXFSZ;
    signal_hook::flag::register(signal, Arc::new(AtomicBool::new(false))).map(|_| ())
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn no_signals(error: std::io::Error) -> Error {
    Error::Capacity(format!("cannot watch for signals: {error}"))
}

/// Whether the flag is set.
pub(crate) fn raised(stop: &AtomicBool) -> bool {
    // Ordering: nothing else is published with the flag.
    stop.load(Ordering::Relaxed)
}
