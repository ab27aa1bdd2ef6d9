//! Power spectra by Welch's method.

use std::f64::consts::PI;

use realfft::RealFftPlanner;

/// A one-sided power spectral density.
#[derive(Clone, Debug, PartialEq)]
pub struct Spectrum {
    /// From one frequency to the next, in Hz; the first is 0.
    pub step_hz: f64,
    /// The density at each frequency, in the signal's unit squared per Hz.
    pub density: Vec<f64>,
}

/// Where a spectrum is highest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Peak {
    /// The frequency, in Hz.
    pub hz: f64,
    /// The density there.
    pub density: f64,
}

/// Estimates the power spectral density of a signal by Welch's method (1967,
/// doi:10.1109/TAU.1967.1161901): the mean over segments of `segment` samples, each half
/// overlapping the next, with its mean removed and under a Hann window `w`,
///
/// `S(f) = c / (fs * sum w^2) * |sum_n w_n x_n exp(-2 pi i f n / fs)|^2`
///
/// where `c` is 2, but 1 at 0 and at the Nyquist frequency, so that `sum S * step` is the
/// variance of the signal. `sample_ms` is the time from one sample to the next, in ms.
///
/// A `segment` longer than the signal is shortened to it. `None` with fewer than 4 samples.
#[must_use]
pub fn spectrum(signal: &[f64], sample_ms: f64, segment: usize) -> Option<Spectrum> {
    let length = segment.min(signal.len());
    if length < 4 {
        return None;
    }
    let window: Vec<f64> = (0..length).map(|n| 0.5 - 0.5 * (2.0 * PI * n as f64 / length as f64).cos()).collect();
    let transform = RealFftPlanner::new().plan_fft_forward(length);
    let (mut input, mut output) = (transform.make_input_vec(), transform.make_output_vec());
    let mut density = vec![0.0; output.len()];
    let mut segments = 0.0;
    for piece in signal.windows(length).step_by(length / 2) {
        let mean = piece.iter().sum::<f64>() / length as f64;
        for ((x, sample), w) in input.iter_mut().zip(piece).zip(&window) {
            *x = (sample - mean) * w;
        }
        // The lengths fit by construction, which is all that can fail.
        transform.process(&mut input, &mut output).ok()?;
        density.iter_mut().zip(&output).for_each(|(d, z)| *d += z.norm_sqr());
        segments += 1.0;
    }
    let sample_hz = 1e3 / sample_ms;
    let scale = 1.0 / (sample_hz * window.iter().map(|w| w * w).sum::<f64>() * segments);
    for (k, d) in density.iter_mut().enumerate() {
        let single = k == 0 || 2 * k == length;
        *d *= if single { scale } else { 2.0 * scale };
    }
    Some(Spectrum { step_hz: sample_hz / length as f64, density })
}

impl Spectrum {
    /// The frequency of an entry, in Hz.
    #[must_use]
    pub fn hz(&self, entry: usize) -> f64 {
        entry as f64 * self.step_hz
    }

    /// The highest point within `from_hz..=to_hz`; `None` when no entry lies there.
    #[must_use]
    pub fn peak(&self, from_hz: f64, to_hz: f64) -> Option<Peak> {
        let entries = self.density.iter().enumerate().map(|(k, &density)| Peak { hz: self.hz(k), density });
        entries.filter(|p| (from_hz..=to_hz).contains(&p.hz)).max_by(|a, b| a.density.total_cmp(&b.density))
    }

    /// How far the density at `hz` stands above its surroundings, in dB:
    ///
    /// `10 log10(S(hz) / mean of the neighbours)`
    ///
    /// with `neighbours` entries on either side, from the third on: the Hann window spreads a
    /// sine over the two beside it. `None` when there are none, or they are 0.
    #[must_use]
    pub fn decibels_above(&self, hz: f64, neighbours: usize) -> Option<f64> {
        let at = (hz / self.step_hz).round() as usize;
        let density = *self.density.get(at)?;
        let below = self.density[..at.saturating_sub(2)].iter().rev().take(neighbours);
        let above = self.density.iter().skip(at + 3).take(neighbours);
        let (sum, count) = below.chain(above).fold((0.0, 0.0), |(sum, count), d| (sum + d, count + 1.0));
        (sum > 0.0).then(|| 10.0 * (density * count / sum).log10())
    }
}

#[cfg(test)]
mod tests {
    use super::super::rates::tests::uniform;
    use super::*;

    fn noise(length: usize) -> Vec<f64> {
        let mut state = 3;
        (0..length).map(|_| (0..12).map(|_| uniform(&mut state)).sum::<f64>() - 6.0).collect()
    }

    #[test]
    fn a_sine_peaks_at_its_frequency_with_its_power() {
        let signal: Vec<f64> = (0..20_000).map(|n| 3.0 * (2.0 * PI * 40.0 * f64::from(n) * 1e-3).sin()).collect();
        let spectrum = spectrum(&signal, 1.0, 1000).unwrap();
        let peak = spectrum.peak(1.0, 500.0).unwrap();
        assert!((peak.hz - 40.0).abs() < 1e-9);
        let power: f64 = spectrum.density.iter().sum::<f64>() * spectrum.step_hz;
        assert!((power / 4.5 - 1.0).abs() < 1e-3, "half the amplitude squared, not {power}");
        assert!(spectrum.decibels_above(40.0, 10).unwrap() > 100.0);
    }

    #[test]
    fn noise_is_flat_and_keeps_its_variance() {
        let signal = noise(200_000);
        let variance = signal.iter().map(|x| x * x).sum::<f64>() / 2e5;
        let spectrum = spectrum(&signal, 1.0, 500).unwrap();
        let power = spectrum.density.iter().sum::<f64>() * spectrum.step_hz;
        assert!((power / variance - 1.0).abs() < 0.01, "Parseval: {power}, {variance}");
        assert!(spectrum.density[5..245].iter().all(|d| (d * 500.0 / variance - 1.0).abs() < 0.3));
        assert!(spectrum.decibels_above(100.0, 10).unwrap().abs() < 1.0);
    }

    #[test]
    fn short_signals_have_none() {
        assert_eq!(spectrum(&[1.0, 2.0, 3.0], 1.0, 100), None);
        assert!(spectrum(&[1.0, 2.0, 3.0, 1.0, 2.0], 1.0, 100).is_some());
        let silence = spectrum(&[0.0; 100], 1.0, 50).unwrap();
        assert_eq!(silence.decibels_above(100.0, 3), None);
    }
}
