//! How a power spectrum changes over time.

use super::spectrum::Periodogram;

/// Power spectral densities one after the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Spectrogram {
    /// The middle of the first segment, in ms after the first sample.
    pub first_ms: f64,
    /// From the middle of one segment to the next, in ms.
    pub step_ms: f64,
    /// From one frequency to the next, in Hz; the first is 0.
    pub step_hz: f64,
    /// The density of each segment at each frequency, in the signal's unit squared per Hz.
    pub density: Vec<Vec<f64>>,
}

/// The densities of segments of `segment` samples, each `step` samples after the one before,
/// as [`spectrum`](super::spectrum()) estimates them: a resolution of 1 / (segment in seconds) Hz.
/// `sample_ms` is the time from one sample to the next, in ms.
///
/// `None` with a segment of fewer than 4 samples, a signal shorter than one, or a step of 0.
#[must_use]
pub fn spectrogram(
    signal: &[f64],
    sample_ms: f64,
    segment: usize,
    step: usize,
) -> Option<Spectrogram> {
    if segment < 4 || signal.len() < segment || step == 0 {
        return None;
    }
    let mut periodogram = Periodogram::new(segment, sample_ms);
    let mut density = Vec::new();
    let mut step_hz = 0.0;
    for piece in signal.windows(segment).step_by(step) {
        periodogram.add(piece);
        let spectrum = periodogram.mean();
        step_hz = spectrum.step_hz;
        density.push(spectrum.density);
    }
    let first_ms = 0.5 * segment as f64 * sample_ms;
    Some(Spectrogram { first_ms, step_ms: step as f64 * sample_ms, step_hz, density })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chirp_rises() {
        // The phase of 10 Hz + 5 Hz per second.
        let phase = |t: f64| std::f64::consts::TAU * (10.0 * t + 2.5 * t * t);
        let signal: Vec<f64> = (0..8000).map(|n| phase(f64::from(n) * 1e-3).sin()).collect();
        let spectrogram = spectrogram(&signal, 1.0, 1000, 500).unwrap();
        assert_eq!((spectrogram.first_ms, spectrogram.step_ms), (500.0, 500.0));
        assert_eq!(spectrogram.density.len(), 15);
        for (n, density) in spectrogram.density.iter().enumerate() {
            let highest = (0..density.len()).max_by(|&a, &b| density[a].total_cmp(&density[b]));
            let hz = highest.unwrap() as f64 * spectrogram.step_hz;
            let expected = 10.0 + 5.0 * 0.5 * (n as f64 + 1.0);
            assert!((hz - expected).abs() <= 2.0, "segment {n}: {hz}, not {expected} Hz");
        }
    }

    #[test]
    fn short_signals_have_none() {
        assert_eq!(spectrogram(&[0.0; 9], 1.0, 10, 1), None);
        assert_eq!(spectrogram(&[0.0; 9], 1.0, 5, 0), None);
    }
}
