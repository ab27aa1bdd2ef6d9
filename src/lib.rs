//! Murine simulates large networks of spiking neurons on ordinary multicore computers.
//!
//! One way for the data:
//!
//! ```text
//! config -> network -> compile -> engine -> record -> analysis -> plot
//! (TOML)    (what)     (layout)   (run)     (observe) (numbers)   (pictures)
//! ```
#![deny(unsafe_code)]

#[macro_use]
mod registry;

pub mod analysis;
pub mod compile;
pub mod config;
pub mod decode;
pub mod engine;
mod error;
pub mod network;
pub mod neuron;
#[cfg(feature = "plot")]
pub mod plot;
mod prefetch;
pub mod random;
pub mod record;
pub mod reference;
pub mod rule;
mod simd;
mod simulation;
pub mod stimulus;
pub mod units;

pub use error::{Error, Result};
pub use simulation::Simulation;

/// What a program that builds and runs networks needs.
pub mod prelude {
    pub use crate::network::{Network, PopulationId, Precision, Recorder, StimulusId};
    pub use crate::neuron::{IafCondExp, IafPscDelta, IafPscExp, Izhikevich};
    pub use crate::random::{Distribution, Parameter};
    pub use crate::rule::{
        AllToAll, FixedIndegree, FixedOutdegree, FixedTotalNumber, List, Listed, OneToOne,
        PairwiseBernoulli,
    };
    pub use crate::stimulus::{
        DcGenerator, Flicker, PoissonGenerator, PoissonSource, SpikeGenerator,
        StepCurrentGenerator, Waveform,
    };
    pub use crate::units::*;
    pub use crate::{Error, Result, Simulation};
}

/// Keeps the Rust of the README true.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
