//! The program `murine`: arguments in, exit code out.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = cli::Arguments::read();
    match arguments.command.run() {
        Ok(code) => code.into(),
        Err(error) => {
            cli::voice::report(&error);
            error.exit_code().into()
        }
    }
}
