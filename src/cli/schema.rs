//! `murine schema`: the JSON Schema of config files, for editors.

use murine::config::schema;
use murine::{Error, Result};

use super::output;

/// Prints it; returns the exit code.
pub(crate) fn run() -> Result<u8> {
    let text = serde_json::to_string_pretty(&schema());
    output::print(&text.map_err(|e| Error::write("the schema")(e.into()))?)?;
    Ok(0)
}
