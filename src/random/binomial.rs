//! Binomial and hypergeometric numbers by inversion from the mode.
//!
//! One uniform number decides; the search walks outwards from the mode, so its cost grows with
//! the standard deviation and not with n. The probability at the mode is Loader's saddle-point
//! form (C. Loader 2000, "Fast and accurate computation of binomial probabilities"), accurate to
//! some 1e-15 also for n of 1e11, where differences of log-gamma lose ten digits.

use super::Stream;

/// ln(n!) minus Stirling's formula.
fn stirling_error(n: f64) -> f64 {
    if n < 16.0 {
        if n == 0.0 {
            return 0.0;
        }
        let half_log_two_pi = 0.918_938_533_204_672_7;
        return libm::lgamma(n + 1.0) - (n + 0.5) * libm::log(n) + n - half_log_two_pi;
    }
    let nn = n * n;
    (1.0 / 12.0 - (1.0 / 360.0 - (1.0 / 1260.0 - (1.0 / 1680.0) / nn) / nn) / nn) / n
}

/// The deviance term x ln(x/np) + np - x, without cancellation near x = np.
fn deviance(x: f64, np: f64) -> f64 {
    let difference = x - np;
    if libm::fabs(difference) >= 0.1 * (x + np) {
        return x * libm::log(x / np) - difference;
    }
    let v = difference / (x + np);
    let mut sum = difference * v;
    let mut term = 2.0 * x * v;
    for j in 1..1000 {
        term *= v * v;
        let next = sum + term / f64::from(2 * j + 1);
        if next.to_bits() == sum.to_bits() {
            break;
        }
        sum = next;
    }
    sum
}

/// P(X = x) for X ~ Binomial(n, p), 0 < p < 1.
fn binomial_pmf(x: f64, n: f64, p: f64) -> f64 {
    let q = 1.0 - p;
    if x == 0.0 {
        return libm::exp(n * libm::log1p(-p));
    }
    if x == n {
        return libm::exp(n * libm::log(p));
    }
    let exponent = stirling_error(n)
        - stirling_error(x)
        - stirling_error(n - x)
        - deviance(x, n * p)
        - deviance(n - x, n * q);
    libm::exp(exponent) * libm::sqrt(n / (2.0 * std::f64::consts::PI * x * (n - x)))
}

/// P(X = k) for X ~ Poisson(mean), mean above zero.
#[must_use]
pub fn poisson_pmf(k: f64, mean: f64) -> f64 {
    if k == 0.0 {
        return libm::exp(-mean);
    }
    let exponent = -stirling_error(k) - deviance(k, mean);
    libm::exp(exponent) / libm::sqrt(2.0 * std::f64::consts::PI * k)
}

/// Walks outwards from the mode until the probability passed reaches `u`.
///
/// `up(k)` is P(k+1)/P(k) and `down(k)` is P(k-1)/P(k); both are 0 at the end of the support.
fn invert(
    u: f64,
    mode: u64,
    at_mode: f64,
    up: impl Fn(f64) -> f64,
    down: impl Fn(f64) -> f64,
) -> u64 {
    let (mut high, mut low) = (mode, mode);
    let (mut p_high, mut p_low) = (at_mode, at_mode);
    let mut left = u - at_mode;
    while left > 0.0 {
        p_high *= up(high as f64);
        p_low *= down(low as f64);
        if p_high <= 0.0 && p_low <= 0.0 {
            return mode; // u beyond the rounding error of the sum: probability below 1e-13
        }
        if p_high > 0.0 {
            high += 1;
            left -= p_high;
            if left <= 0.0 {
                return high;
            }
        }
        if p_low > 0.0 {
            low -= 1;
            left -= p_low;
            if left <= 0.0 {
                return low;
            }
        }
    }
    mode
}

/// A draw from Binomial(n, p): the number of successes in `n` trials of probability `p`.
pub fn binomial(stream: &mut Stream, n: u64, p: f64) -> u64 {
    if p <= 0.0 || n == 0 {
        return 0;
    }
    if p >= 1.0 {
        return n;
    }
    let count = n as f64;
    let mode = (((count + 1.0) * p) as u64).min(n);
    let odds = p / (1.0 - p);
    invert(
        stream.unit(),
        mode,
        binomial_pmf(mode as f64, count, p),
        |k| (count - k) / (k + 1.0) * odds,
        |k| k / ((count - k + 1.0) * odds),
    )
}

/// A draw from the hypergeometric distribution: the number of marked ones among `drawn` taken
/// without replacement out of `total`, of which `marked` are marked.
pub fn hypergeometric(stream: &mut Stream, total: u64, marked: u64, drawn: u64) -> u64 {
    debug_assert!(marked <= total && drawn <= total);
    if marked == total || drawn == 0 {
        return drawn;
    }
    if drawn == total || marked == 0 {
        return marked;
    }
    let (n, m, d) = (total as f64, marked as f64, drawn as f64);
    let least = (marked + drawn).saturating_sub(total);
    let most = marked.min(drawn);
    let mode = (((d + 1.0) * ((m + 1.0) / (n + 2.0))) as u64).clamp(least, most);
    let p = d / n;
    let x = mode as f64;
    let at_mode = binomial_pmf(x, m, p) * binomial_pmf(d - x, n - m, p) / binomial_pmf(d, n, p);
    invert(
        stream.unit(),
        mode,
        at_mode,
        |k| {
            if k >= m.min(d) {
                0.0
            } else {
                (m - k) * (d - k) / ((k + 1.0) * (n - m - d + k + 1.0))
            }
        },
        |k| {
            if k <= least as f64 {
                0.0
            } else {
                k * (n - m - d + k) / ((m - k + 1.0) * (d - k + 1.0))
            }
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Key, Purpose};

    fn moments(draws: impl Iterator<Item = u64>) -> (f64, f64) {
        let xs: Vec<f64> = draws.map(|x| x as f64).collect();
        let n = xs.len() as f64;
        let mean = xs.iter().sum::<f64>() / n;
        (mean, xs.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0))
    }

    #[test]
    fn probabilities_sum_to_one() {
        for (n, p) in [(1u32, 0.3), (20, 0.5), (300, 0.01), (1000, 0.9)] {
            let sum: f64 = (0..=n).map(|x| binomial_pmf(f64::from(x), f64::from(n), p)).sum();
            assert!((sum - 1.0).abs() < 1e-12, "{n} {p}: {sum}");
        }
    }

    #[test]
    fn binomial_has_its_mean_and_variance() {
        for (n, p) in [(10, 0.3), (1000, 0.002), (100_000_000_000, 0.25), (77, 0.99)] {
            let mut stream = Stream::new(Key::new(1, Purpose::User, 0), [0; 3]);
            let (mean, variance) = moments((0..2000).map(|_| binomial(&mut stream, n, p)));
            let expected = n as f64 * p;
            let spread = expected * (1.0 - p);
            assert!((mean - expected).abs() < 4.0 * (spread / 2000.0).sqrt(), "{n} {p}: {mean}");
            assert!((variance / spread - 1.0).abs() < 0.2, "{n} {p}: {variance} {spread}");
        }
    }

    #[test]
    fn hypergeometric_has_its_mean_variance_and_support() {
        for (total, marked, drawn) in
            [(50, 20, 45), (10_000, 100, 3000), (1_000_000_000, 500_000_000, 1_000_000)]
        {
            let mut stream = Stream::new(Key::new(2, Purpose::User, 0), [0; 3]);
            let draws: Vec<u64> =
                (0..2000).map(|_| hypergeometric(&mut stream, total, marked, drawn)).collect();
            assert!(draws.iter().all(|&x| x <= marked.min(drawn) && x + total >= marked + drawn));
            let (mean, variance) = moments(draws.into_iter());
            let (n, m, d) = (total as f64, marked as f64, drawn as f64);
            let expected = d * m / n;
            let spread = expected * (1.0 - m / n) * (n - d) / (n - 1.0);
            assert!((mean - expected).abs() < 4.0 * (spread / 2000.0).sqrt(), "{mean} {expected}");
            assert!((variance / spread - 1.0).abs() < 0.2, "{variance} {spread}");
        }
    }
}
