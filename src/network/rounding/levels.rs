//! Weights in counts: by how much they are shifted, how far off they are, and what is done where
//! they cannot be right one by one.

use super::{Given, LIMIT, Rounded, constant};
use crate::{Error, Result};

/// What the digits of a weight itself are off by.
pub(super) const EXACT: f64 = 1e-12;
/// What weights that are not right by themselves may add to the error of a sum.
const SMALL: f64 = LIMIT / 2.0;
/// The largest level.
const MOST: f64 = 32_767.0;
/// Bits between two shifts: a level that does not fit the smaller one has 9 bits in the larger one, so that
/// what is large is right to 0.1 %.
const BETWEEN: u8 = 6;
/// The largest shift.
const LARGEST: u8 = Rounded::MAX_SHIFT;

/// `weight` in steps of `unit << shift`.
fn level(weight: f64, unit: f64, shift: u8) -> f64 {
    libm::round(weight / (unit * f64::from(1_u32 << shift)))
}

fn fits(weight: f64, unit: f64, shift: u8) -> bool {
    level(weight, unit, shift).abs() <= MOST
}

/// Rounds to multiples of `unit` that fit `i16` after a common shift.
pub(super) fn plain(values: &[f64], unit: f64, input: usize) -> Rounded {
    let largest = values.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
    let mut shift = 0;
    while shift < LARGEST && !fits(largest, unit, shift) {
        shift += 1;
    }
    let levels = values.iter().map(|v| level(*v, unit, shift) as i16).collect();
    Rounded { input, shifts: vec![shift], levels }
}

/// Rounds to multiples of `unit` that fit `i16` after a common shift if this will do, else each after
/// one of few.
pub(super) fn wide(values: &[f64], unit: f64, input: usize) -> Rounded {
    let plain = plain(values, unit, input);
    let error = largest_error(values, &plain, unit);
    if error <= EXACT || constant(values).is_some() {
        return plain;
    }
    // What was rounded before fits shifts as far from its own unit as they were then.
    if let Some(exact) = (1..=BETWEEN).find(|&first| {
        let off = |v: &f64| !is_exact(*v, unit, shift(*v, unit, first));
        !values.iter().any(off)
    }) {
        return shifted(values, unit, input, exact);
    }
    if error <= LIMIT { plain } else { shifted(values, unit, input, BETWEEN) }
}

fn is_exact(weight: f64, unit: f64, shift: u8) -> bool {
    let rounded = level(weight, unit, shift) * unit * f64::from(1_u32 << shift);
    error(weight, rounded) <= EXACT
}

/// The smallest shift that a weight fits: none, `first`, or some times [`BETWEEN`] more.
fn shift(weight: f64, unit: f64, first: u8) -> u8 {
    let some = std::iter::once(0).chain((first..LARGEST).step_by(BETWEEN.into()));
    some.into_iter().find(|&shift| fits(weight, unit, shift)).unwrap_or(LARGEST)
}

fn shifted(values: &[f64], unit: f64, input: usize, first: u8) -> Rounded {
    let mut shifts: Vec<u8> = values.iter().map(|v| shift(*v, unit, first)).collect();
    let levels = values.iter().zip(&shifts).map(|(v, s)| level(*v, unit, *s) as i16).collect();
    if shifts.iter().all(|s| *s == shifts[0]) {
        shifts.truncate(1);
    }
    Rounded { input, shifts, levels }
}

/// The error of a weight relative to it.
pub(super) fn error(weight: f64, rounded: f64) -> f64 {
    if weight == 0.0 { 0.0 } else { ((rounded - weight) / weight).abs() }
}

/// The largest relative error of the weights.
pub(super) fn largest_error(values: &[f64], rounded: &Rounded, unit: f64) -> f64 {
    let of = |(i, v): (usize, &f64)| error(*v, f64::from(rounded.counts(i)) * unit);
    values.iter().enumerate().map(of).fold(0.0, f64::max)
}

/// The share of the weights that became zero.
pub(super) fn lost_share(values: &[f64], rounded: &Rounded) -> f64 {
    let lost = values.iter().zip(&rounded.levels).filter(|(v, level)| **v != 0.0 && **level == 0);
    lost.count() as f64 / values.len().max(1) as f64
}

/// The sums, by target, of what `of` says of the weight and the level of each synapse of a list.
pub(super) fn sums(given: &Given, i: usize, of: impl Fn(f64, usize) -> f64) -> Result<Vec<f64>> {
    let (mut sums, values) = (Vec::new(), &given.weights[i]);
    given.network.synapses(i)?.for_each(|_, target, level, _| {
        let (target, level) = (target as usize, level as usize);
        if target >= sums.len() {
            sums.resize(target + 1, 0.0);
        }
        sums[target] += of(values[level], level);
    });
    Ok(sums)
}

/// Sees that what is not right one by one is right in the sum of a target, if need be by giving
/// to one weight what was taken from another.
///
/// # Errors
/// Weights of projection `i` that are too small beside others for that.
pub(super) fn see_to_sums(given: &Given, i: usize, unit: f64, rounded: &mut Rounded) -> Result<()> {
    let values = &*given.weights[i];
    let error = largest_error(values, rounded, unit);
    if error <= LIMIT {
        return Ok(());
    }
    let refuse = |problem| {
        let key = format!("{}.weight", given.network.projection_key(i));
        Err(Error::parameter(key, problem))
    };
    if constant(values).is_some() {
        return refuse(too_small(error));
    }
    if given.network.projections[i].rule.weights().is_some() {
        return match see_to_list(given, i, unit, rounded)? {
            Some((target, error)) => refuse(too_small_in_sum(&format!("target {target}"), error)),
            None => Ok(()),
        };
    }
    if off_in_sum(given, i, unit, rounded) > SMALL {
        let mut taken = 0.0;
        for level in 0..values.len() {
            carry(values[level], unit, rounded, level, &mut taken);
        }
    }
    match off_in_sum(given, i, unit, rounded) {
        error if error > SMALL => refuse(too_small_in_sum("a target", error)),
        _ => Ok(()),
    }
}

/// The same for a list; the first target for which it is not possible, and by how much.
fn see_to_list(
    given: &Given,
    i: usize,
    unit: f64,
    rounded: &mut Rounded,
) -> Result<Option<(usize, f64)>> {
    let magnitudes = sums(given, i, |weight, _| weight.abs())?;
    let errors = |rounded: &Rounded| -> Result<Vec<f64>> {
        let off = |weight, level| f64::from(rounded.counts(level)) * unit - weight;
        let all = sums(given, i, off)?.into_iter().zip(&magnitudes);
        Ok(all.map(|(off, sum)| if *sum > 0.0 { off.abs() / sum } else { 0.0 }).collect())
    };
    let before = errors(rounded)?;
    if before.iter().all(|error| *error <= LIMIT) {
        return Ok(None);
    }
    let (mut taken, values) = (vec![0.0; before.len()], &given.weights[i]);
    given.network.synapses(i)?.for_each(|_, target, level, _| {
        let (target, level) = (target as usize, level as usize);
        if before[target] > LIMIT {
            carry(values[level], unit, rounded, level, &mut taken[target]);
        }
    });
    let after = errors(rounded)?.into_iter().enumerate();
    Ok(after.max_by(|a, b| a.1.total_cmp(&b.1)).filter(|(_, error)| *error > LIMIT))
}

/// Rounds a weight that is too small to be right by itself, with what was `taken` from others.
fn carry(weight: f64, unit: f64, rounded: &mut Rounded, level: usize, taken: &mut f64) {
    if weight == 0.0 || rounded.shift(level) > 0 || 2.0 * LIMIT * weight.abs() > unit {
        return;
    }
    let wanted = weight.abs() + *taken;
    let counts = libm::round(wanted / unit).max(0.0);
    *taken = wanted - counts * unit;
    rounded.levels[level] = (weight.signum() * counts) as i16;
}

/// How far off the sum at a target is expected to be by weights that are not right by themselves, relative to
/// all magnitudes in it, where weights are drawn: in the mean, and by three standard deviations.
fn off_in_sum(given: &Given, i: usize, unit: f64, rounded: &Rounded) -> f64 {
    let (mut sum, mut off, mut squares) = (0.0, 0.0, 0.0);
    for (level, value) in given.weights[i].iter().enumerate() {
        sum += value.abs();
        let kept = f64::from(rounded.counts(level)) * unit;
        if error(*value, kept) > LIMIT {
            off += kept - value;
            squares += (kept - value) * (kept - value);
        }
    }
    let (n, network) = (rounded.levels.len() as f64, given.network);
    let targets = network.projections[i].target.size(network) as f64;
    let in_degree = (given.forecasts[i].synapses / targets).max(1.0);
    (off.abs() + 3.0 * libm::sqrt(squares * n / in_degree)) / sum
}

/// What is wrong with a constant weight that would be rounded by `error`, and what helps.
pub(super) fn too_small(error: f64) -> String {
    format!(
        "the weight would be rounded by {:.1} %: so much can arrive at this receptor in one step that 31 bits cannot hold it beside so small a weight; let fewer inputs or smaller weights act on this receptor",
        100.0 * error
    )
}

/// The same for the weights of `target`, whose sum would be off by `error`.
fn too_small_in_sum(target: &str, error: f64) -> String {
    format!(
        "the sum of the weights of {target} would be rounded by {:.1} %: so much can arrive elsewhere at this receptor in one step that 31 bits cannot hold it beside weights so small; leave out synapses that small, or let fewer inputs or smaller weights act on this receptor",
        100.0 * error
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_weights_are_shifted() {
        let rounded = plain(&[1000.0], 0.001, 1);
        assert_eq!(rounded.shifts, [5]);
        assert_eq!(rounded.counts(0), 1_000_000);
    }

    /// Also where the shifts begin elsewhere.
    #[test]
    fn every_weight_keeps_eight_bits() {
        for first in 1..=BETWEEN {
            let mut weight = 250.0;
            while weight < f64::from(1 << 30) {
                let rounded = shifted(&[weight, 1.0], 1.0, 0, first);
                assert!(largest_error(&[weight, 1.0], &rounded, 1.0) <= LIMIT, "{weight} {first}");
                weight *= 1.0007;
            }
        }
    }

    #[test]
    fn one_shift_is_kept_where_it_will_do() {
        assert_eq!(wide(&[1e6, 1e5], 1.0, 0).shifts.len(), 1);
        assert_eq!(wide(&[1e6, 300.3, 2.0], 1.0, 0).shifts, [6, 0, 0]);
        assert_eq!(wide(&[1e6, 1e6], 1.0, 0).shifts, [5], "a constant");
    }

    #[test]
    fn what_is_taken_from_one_is_given_to_the_next() {
        let values = [0.3; 10];
        let mut rounded = Rounded { input: 0, shifts: vec![0], levels: vec![0; 10] };
        let mut taken = 0.0;
        for (level, value) in values.iter().enumerate() {
            carry(-value, 1.0, &mut rounded, level, &mut taken);
        }
        assert_eq!(rounded.levels.iter().sum::<i16>(), -3);
        assert!(rounded.levels.iter().all(|level| (-1..=0).contains(level)));
    }
}
