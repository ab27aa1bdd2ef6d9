//! Times and the steps of the simulation: both ways, and nothing is moved.

use crate::units::{Quantity, Time};
use crate::{Error, Result};

/// How far from a step a time may lie, in ms: what arithmetic on decimal times can leave, and
/// far less than anyone means.
const TOLERANCE: f64 = 1e-9;

/// What remains of a long time in double precision: so many times its last digit.
const ULPS: f64 = 4.0;

/// From so many steps on, a step is not well above the precision of a time.
const MOST: f64 = 1e14;

/// How many steps of `dt` the time is.
///
/// # Errors
/// A time that is no multiple of `dt`, to 1e-9 ms (for steps below 1 ns: to a thousandth of one)
/// and four units in the last place of the time, negative, or of more than 1e14 steps.
pub fn steps(time: Time, dt: Time) -> Result<u64> {
    let refuse = |problem: String| Err(Error::parameter("", problem));
    let ratio = time.ms() / dt.ms();
    if !ratio.is_finite() {
        return refuse(format!("{time} is not a finite time: give a multiple of dt = {dt}"));
    }
    if ratio < 0.0 {
        return refuse(format!("{time} is negative: give at least zero"));
    }
    if ratio > MOST {
        let most = Time::new(MOST * dt.ms());
        return refuse(format!("{time} is too long for steps of {dt}: give at most {most}"));
    }
    let whole = libm::round(ratio);
    let tolerance = TOLERANCE.min(1e-3 * dt.ms()) + ULPS * f64::EPSILON * time.ms();
    if (whole * dt.ms() - time.ms()).abs() > tolerance {
        let at = |step: f64| Time::new(time_at(step as u64, dt.ms()));
        let (below, above) = (at(libm::floor(ratio)), at(libm::ceil(ratio)));
        let or = if ratio < 1.0 { String::new() } else { format!("{below} or ") };
        return refuse(format!("{time} is not a multiple of dt = {dt}: take {or}{above}"));
    }
    Ok(whole as u64)
}

/// The same of a time that must be at least one step.
///
/// # Errors
/// As [`steps`], and times below `dt`.
pub fn some_steps(time: Time, dt: Time) -> Result<u64> {
    match steps(time, dt) {
        Ok(0) | Err(_) if time < dt => Err(Error::parameter(
            "",
            format!("{time} is below the time step: give at least dt = {dt}"),
        )),
        steps => steps,
    }
}

/// The step nearest to a time that is known to lie on the grid.
pub(crate) fn step_of(time: Time, dt: Time) -> u64 {
    libm::round(time.ms() / dt.ms()) as u64
}

/// The time of a step of `dt_ms`, in ms: the double nearest to the product in decimals, so that
/// step 3 of 0.1 ms is at 0.3, not at 0.30000000000000004.
#[must_use]
pub fn time_at(step: u64, dt_ms: f64) -> f64 {
    time_after(0.0, step, dt_ms)
}

/// The same from `first_ms` on: `first_ms + step * width_ms`.
///
/// Where these are not decimals of at most 15 digits, such as a third of a millisecond, it is
/// what double precision makes of it.
#[must_use]
pub fn time_after(first_ms: f64, step: u64, width_ms: f64) -> f64 {
    /// Up to this, whole numbers are exact.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let mut power = 1.0;
    for _ in 0..=15 {
        let (first, width) = (libm::round(first_ms * power), libm::round(width_ms * power));
        if first / power == first_ms && width / power == width_ms {
            let whole = first + step as f64 * width;
            if whole.abs() <= EXACT {
                return whole / power;
            }
            break;
        }
        power *= 10.0;
    }
    first_ms + step as f64 * width_ms
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::MS;

    #[test]
    fn a_time_half_a_step_off_is_refused_however_long() {
        for (time, dt) in
            [(49_999.95, 0.1), (50_000.05, 0.1), (1e9 + 0.05, 0.1), (5000.005, 0.01), (0.15, 0.1)]
        {
            let problem = steps(time * MS, dt * MS).unwrap_err().to_string();
            assert!(problem.contains("is not a multiple of dt"), "{problem}");
            let remedy = problem.rsplit_once(" or ").unwrap().1;
            steps(remedy.parse().unwrap(), dt * MS).unwrap();
        }
        assert!(steps(1.000_001 * MS, 0.1 * MS).is_err());
        assert!(steps(1e20 * MS, 0.1 * MS).is_err());
        assert!(steps(1.5e-9 * MS, 1e-9 * MS).is_err(), "also of the smallest steps");
    }

    #[test]
    fn what_arithmetic_leaves_is_no_time() {
        for dt in [0.1, 0.025, 0.001, 1.0 / 32.0, 1.0 / 3.0, 0.07] {
            for step in [1, 3, 7, 333, 500_001, 123_456_789, 9_999_999_999] {
                let times = [step as f64 * dt, time_at(step, dt), step as f64 / (1.0 / dt)];
                for time in times {
                    assert_eq!(steps(time * MS, dt * MS).unwrap(), step, "{time} of {dt}");
                }
            }
        }
        assert_eq!(steps((0.1 + 0.2) * MS, 0.1 * MS).unwrap(), 3);
    }

    #[test]
    fn less_than_a_step_has_one_remedy() {
        let problem = |ms: f64| some_steps(ms * MS, 0.1 * MS).unwrap_err().to_string();
        for ms in [0.0, 0.05, -1.0] {
            assert!(problem(ms).ends_with("is below the time step: give at least dt = 0.1 ms"));
        }
        assert!(problem(0.25).ends_with("take 0.2 ms or 0.3 ms"), "{}", problem(0.25));
        assert!(problem(f64::NAN).contains("not a finite time"));
        assert_eq!(some_steps(0.1 * MS, 0.1 * MS).unwrap(), 1);
    }

    #[test]
    fn times_are_the_decimals_they_stand_for() {
        for (dt, digits) in [("0.1", 1), ("0.025", 3), ("0.001", 3), ("0.03125", 5), ("2", 0)] {
            let (dt_ms, scale) = (dt.parse::<f64>().unwrap(), 10_u64.pow(digits));
            let per_step = (dt_ms * scale as f64).round() as u64;
            for step in (0..2000).chain((0..100).map(|i| 1_234_567_891 + i * 7919)) {
                let whole = step * per_step;
                let text =
                    format!("{}.{:0w$}", whole / scale, whole % scale, w = digits.max(1) as usize);
                let text = if digits == 0 { whole.to_string() } else { text };
                let time: f64 = text.parse().unwrap();
                assert_eq!(time_at(step, dt_ms).to_bits(), time.to_bits(), "{text}");
            }
        }
        assert_eq!(time_after(0.1, 2, 0.1).to_bits(), 0.3f64.to_bits());
        assert_eq!(time_at(2, 1.0 / 3.0), 2.0 / 3.0);
    }
}
