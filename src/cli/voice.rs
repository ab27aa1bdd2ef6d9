//! What the program says to people, on standard error.

use std::io::{IsTerminal, Write};

use murine::Error;

/// How much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Voice {
    /// Nothing but errors.
    pub(crate) quiet: bool,
    /// More than usual.
    pub(crate) verbose: bool,
}

impl Voice {
    /// Says something, unless it is to be quiet.
    pub(crate) fn say(self, text: &str) {
        if !self.quiet {
            line(text);
        }
    }

    /// Says something that only some want to know.
    pub(crate) fn detail(self, text: &str) {
        if self.verbose && !self.quiet {
            line(text);
        }
    }

    /// Begins a new line where a terminal shows how far a run is.
    pub(crate) fn leave_line(self) {
        if !self.quiet && std::io::stderr().is_terminal() {
            line("");
        }
    }

    /// Says what the user should know, though nothing is wrong.
    pub(crate) fn note(self, text: &str) {
        self.say(&format!("{YELLOW}note{RESET}: {text}"));
    }
}

/// Begins bold text.
pub(crate) const BOLD: &str = "\x1b[1m";
/// Begins faint text.
pub(crate) const FAINT: &str = "\x1b[2m";
const RED: &str = "\x1b[1;31m";
const YELLOW: &str = "\x1b[1;33m";
/// Ends either.
pub(crate) const RESET: &str = "\x1b[0m";

/// Says what went wrong.
pub(crate) fn report(error: &Error) {
    let text = error.to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    line(&format!("{RED}error{RESET}: {text}"));
}

/// Writes a line to standard error; colours are left out where there is no terminal, and with
/// `NO_COLOR`. Where nobody reads it any more, it is lost, and the run goes on.
fn line(text: &str) {
    let _ = writeln!(anstream::stderr(), "{text}");
}
