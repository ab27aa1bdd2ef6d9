//! `murine completions`: what a shell needs to complete our commands.

use clap::CommandFactory;
use clap_complete::Shell;
use murine::Result;

use super::output;

/// Arguments of `murine completions`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// For which shell
    shell: Shell,
}

/// Prints them; returns the exit code.
pub(crate) fn run(arguments: &Arguments) -> Result<u8> {
    let mut text = Vec::new();
    let mut command = super::Arguments::command();
    clap_complete::generate(arguments.shell, &mut command, "murine", &mut text);
    output::print(String::from_utf8_lossy(&text).trim_end())?;
    Ok(0)
}
