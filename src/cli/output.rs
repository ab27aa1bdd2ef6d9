//! Data on standard output.

use std::io::{ErrorKind, Write};

use murine::{Error, Result};

/// Writes `text` and a line break. A reader that has seen enough (`| head`) is no error.
pub(crate) fn print(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    let written = writeln!(out, "{text}").and_then(|()| out.flush());
    match written {
        Err(e) if e.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(Error::write("standard output")),
    }
}
