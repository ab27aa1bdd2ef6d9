//! Counter-based random numbers: what is drawn depends on *what for*, *for whom* and *when*,
//! never on the thread or on the order of the draws.
//!
//! The generator is Philox4x32-10 (Salmon et al. 2011, doi 10.1145/2063384.2063405). A [`Key`]
//! is made of the network's seed, a [`Purpose`] and the number of the population or projection;
//! the 128-bit counter holds who and when.

mod binomial;
mod distribution;
mod hash;
mod philox;
mod stream;
mod tables;
mod text;

pub use binomial::{binomial, hypergeometric, poisson_pmf};
pub use distribution::{Distribution, Parameter, normal_cdf, normal_quantile};
pub use hash::spike_hash;
pub use philox::{Key, LANES, Purpose, RoundKeys, fill, philox, philox_counters, philox_lanes};
pub use stream::Stream;
pub use tables::{Delays, Levels, RESOLUTION, steps};
