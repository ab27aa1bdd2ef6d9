//! The program `murine`.
fn main() {}
