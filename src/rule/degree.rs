//! What rules with given numbers of synapses have in common: limits and bounds.

use super::Pairing;
use crate::{Error, Result};

/// Synapses that one neuron may have in one projection: numbers in a row are 32 bits, and their
/// double must fit a table.
const MAX_DEGREE: u64 = 1_000_000_000;

/// The default of options that NEST sets, too.
pub(super) fn yes() -> bool {
    true
}

/// How many of `size` neurons can be partners of one neuron that is among them, if it can be.
pub(super) fn partners(size: u64, pairing: &Pairing, autapses: bool) -> u64 {
    size - u64::from(pairing.own.is_some() && !autapses)
}

/// How many of `size` sources a target can have at most: all, unless each target is a source.
pub(super) fn sources(size: u64, pairing: &Pairing, autapses: bool) -> u64 {
    if pairing.sources == pairing.targets { partners(size, pairing, autapses) } else { size }
}

/// Refuses degrees that are too large to be counted, or that have no possible partner.
pub(super) fn refuse(key: &str, degree: u64, possible: u64, whom: &str) -> Result<()> {
    if degree > MAX_DEGREE {
        return Err(Error::parameter(
            key,
            format!(
                "{degree} is out of range: a neuron has at most {MAX_DEGREE} synapses in a projection"
            ),
        ));
    }
    if degree > 0 && possible == 0 {
        return Err(Error::parameter(
            key,
            format!(
                "{degree} synapses, but without autapses there are no {whom}: set autapses = true, or {key} = 0"
            ),
        ));
    }
    Ok(())
}

/// Refuses more distinct partners than there are.
pub(super) fn refuse_distinct(key: &str, degree: u64, possible: u64, whom: &str) -> Result<()> {
    if degree <= possible {
        return Ok(());
    }
    Err(Error::parameter(
        key,
        format!(
            "{degree} is above the {possible} possible {whom}: give at most {possible}, or set multapses = true"
        ),
    ))
}

/// The largest of random degrees with this mean, and with a variance of at most the mean: 10
/// standard deviations above it and 10 more for small means, which are skewed; never above `most`.
pub(super) fn bound(mean: f64, most: f64) -> f64 {
    libm::ceil(mean + 10.0 * libm::sqrt(mean) + 10.0).min(most)
}
