//! Murine simulates large networks of spiking neurons on ordinary multicore computers.
//!
//! One way for the data:
//!
//! ```text
//! config -> network -> compile -> engine -> record -> analysis -> plot
//! (TOML)    (what)     (layout)   (run)     (observe) (numbers)   (pictures)
//! ```
#![deny(unsafe_code)]

pub mod analysis;
mod error;
#[cfg(feature = "plot")]
pub mod plot;
pub mod record;
pub mod units;

pub use error::{Error, Result};
