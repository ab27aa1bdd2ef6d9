//! The program `murine`, from the outside.

mod activity;
mod bench;
mod check;
mod directory;
mod export;
mod failures;
mod network;
mod output;
mod recover;
mod run;
mod signals;
mod times;
