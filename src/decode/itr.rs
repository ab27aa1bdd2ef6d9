//! How much is said in a minute.

/// The information transfer rate in bits per minute (Wolpaw et al. 2002,
/// doi:10.1016/S1388-2457(02)00057-3):
///
/// `60 / T (log2 N + P log2 P + (1 - P) log2((1 - P) / (N - 1)))`
///
/// for N targets, accuracy P (0 to 1) and T seconds per selection, the shift of gaze included. 0 at
/// chance and below it.
#[must_use]
pub fn itr(targets: usize, accuracy: f64, seconds: f64) -> f64 {
    let n = targets as f64;
    if targets < 2 || accuracy <= 1.0 / n {
        return 0.0;
    }
    let term = |p: f64, of: f64| if p > 0.0 { p * (p / of).log2() } else { 0.0 };
    60.0 / seconds * (n.log2() + term(accuracy, 1.0) + term(1.0 - accuracy, n - 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_rates() {
        // Wolpaw et al. 2002: four targets at 90 % are 1.37 bits, two at 80 % are 0.28 bits.
        assert!((itr(4, 0.9, 60.0) - 1.37).abs() < 0.005);
        assert!((itr(2, 0.8, 60.0) - 0.28).abs() < 0.005);
        // Chen et al. 2015: 40 targets, 1 s with the shift, without error: 319 bits a minute.
        assert!((itr(40, 1.0, 1.0) - 319.3).abs() < 0.1);
        assert_eq!(itr(4, 0.25, 1.0), 0.0);
        assert_eq!(itr(4, 0.1, 1.0), 0.0);
    }
}
