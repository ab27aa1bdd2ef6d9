//! How far a run is: a bar on a terminal, a line every few seconds elsewhere.

use std::cell::Cell;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::voice::Voice;

/// Time between two lines where there is no terminal.
const EVERY: Duration = Duration::from_secs(5);

/// How far a run is.
pub(crate) struct Progress {
    bar: ProgressBar,
    voice: Voice,
    dt_ms: f64,
    steps: u64,
    begin: Instant,
    said: Cell<Instant>,
}

impl Progress {
    /// Shows that something of unknown length goes on.
    pub(crate) fn spinner(voice: Voice, text: String) -> Self {
        let this = Self::new(voice, 0, 0.0, ProgressBar::new_spinner());
        if this.bar.is_hidden() {
            voice.say(&text);
        }
        this.bar.set_message(text);
        this.bar.enable_steady_tick(Duration::from_millis(100));
        this
    }

    /// Shows a run of `steps` steps.
    pub(crate) fn run(voice: Voice, steps: u64, dt_ms: f64) -> Self {
        let this = Self::new(voice, steps, dt_ms, ProgressBar::new(steps));
        let template = "{bar:32} {percent:>3} %  {msg}  {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            this.bar.set_style(style.progress_chars("━╸ "));
        }
        this
    }

    fn new(voice: Voice, steps: u64, dt_ms: f64, bar: ProgressBar) -> Self {
        bar.set_draw_target(if voice.quiet {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr_with_hz(10)
        });
        let now = Instant::now();
        Self { bar, voice, dt_ms, steps, begin: now, said: Cell::new(now) }
    }

    /// The run has reached `step`.
    pub(crate) fn at(&self, step: u64) {
        self.bar.set_position(step);
        let ms = |steps: u64| (steps as f64 * self.dt_ms).round();
        let text = format!("{} of {} ms", ms(step), ms(self.steps));
        if self.bar.is_hidden() && self.said.get().elapsed() > EVERY {
            let done = step as f64 / self.steps.max(1) as f64;
            let left = self.begin.elapsed().as_secs_f64() * (1.0 / done.max(1e-9) - 1.0);
            self.voice.say(&format!("{text}, {:.0} %, {left:.0} s left", 100.0 * done));
            self.said.set(Instant::now());
        }
        self.bar.set_message(text);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
