//! All integration tests as one program, a module for each topic: Murine is linked once, not thirty
//! times. `cargo test sleep::` runs those of one topic.

mod architecture;
mod bad_configs;
mod blocks;
#[cfg(feature = "cli")]
mod cli;
mod config_mutations;
mod config_scale;
mod configs;
mod decode;
mod engine;
mod flicker;
mod golden;
mod judge;
mod lgn;
mod memory;
mod modules;
mod networks;
mod neurons;
mod not_finite;
mod oracle;
mod precision;
mod readme;
mod remedies;
mod rule_errors;
mod rules;
mod science;
mod sleep;
mod stimuli;
mod sums;
mod support;
mod targets;
mod times;
mod unknown;
mod weights;
