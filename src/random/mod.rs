//! Counter-based random numbers: what is drawn depends on *what for*, *for whom* and *when*,
//! never on the thread or on the order of the draws.
//!
//! There are two generators, both of Salmon et al. (2011, doi 10.1145/2063384.2063405):
//! Philox4x32-10, and [`Ars`] where numbers are needed by the billion, for Poisson input and for
//! independent synapses. A [`Key`] is made of the network's seed, a [`Purpose`] and the number of the
//! population or projection; the 128-bit counter holds who and when.

mod ars;
mod binomial;
mod distribution;
mod grid;
mod hash;
mod philox;
mod stream;
mod tables;
mod text;

pub use ars::{Ars, BLOCKS, Blocks, NUMBERS};
pub use binomial::{binomial, hypergeometric, poisson_pmf};
pub use distribution::{Distribution, Parameter, normal_cdf, normal_quantile};
pub(crate) use grid::step_of;
pub use grid::{some_steps, steps, time_after, time_at};
pub use hash::spike_hash;
pub use philox::{Key, Purpose, fill, philox};
pub use stream::Stream;
pub use tables::{Delays, Levels, RESOLUTION};
