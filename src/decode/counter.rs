//! Numbers as spikes.

/// A perfect integrate-and-fire neuron that is reset by subtraction: it turns a drive (per sample,
/// at least 0) into spikes and loses none of it,
///
/// `v += drive; while v >= threshold { v -= threshold; spike }`
///
/// so that after any time `|spikes * threshold - sum of the drive| < threshold`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Counter {
    v: f64,
}

impl Counter {
    /// A counter that is `v` (in `0..threshold`) on its way to the next spike.
    #[must_use]
    pub fn starting(v: f64) -> Self {
        Self { v }
    }

    /// Takes in the drive of a sample; returns its spikes. More than `most` are not fired, and
    /// what would have fired them is lost, as in a neuron that saturates.
    pub fn push(&mut self, drive: f64, threshold: f64, most: usize) -> usize {
        self.v += drive;
        let spikes = (self.v / threshold).floor();
        self.v -= spikes * threshold;
        (spikes as usize).min(most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_and_floods_saturate() {
        let mut counter = Counter::default();
        let drive = |n: u32| 0.3 + 0.2 * f64::from(n).sin();
        let spikes: usize = (0..1000).map(|n| counter.push(drive(n), 0.7, 10)).sum();
        let sum: f64 = (0..1000).map(drive).sum();
        let short = sum - 0.7 * spikes as f64;
        assert!((0.0..0.7).contains(&short), "{short}");
        assert_eq!(Counter::starting(0.5).push(0.4, 0.7, 10), 1);
        assert_eq!(counter.push(1e6, 0.7, 4), 4);
        assert!(counter.push(0.0, 0.7, 4) == 0);
    }
}
