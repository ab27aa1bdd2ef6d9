//! Lines of output.

use std::fmt::Arguments;
use std::io::{ErrorKind, Write};

/// Prints a line at once, so that letters appear as they are decided. Where nobody reads on (`| head`)
/// nothing is left to do, and on a full disk nothing can be done.
pub(crate) fn line(text: Arguments) {
    let mut out = std::io::stdout().lock();
    if let Err(error) = writeln!(out, "{text}").and_then(|()| out.flush()) {
        if error.kind() == ErrorKind::BrokenPipe {
            std::process::exit(0);
        }
        eprintln!("error: cannot write: {error}");
        std::process::exit(1);
    }
}

/// `println!` that ends quietly with its reader.
macro_rules! say {
    ($($text:tt)*) => { $crate::say::line(format_args!($($text)*)) };
}
