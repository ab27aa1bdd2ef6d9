//! Power spectra by Welch's method.

use std::f64::consts::PI;
use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};

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
    let mut periodogram = Periodogram::new(length, sample_ms);
    for piece in signal.windows(length).step_by(length / 2) {
        periodogram.add(piece);
    }
    Some(periodogram.mean())
}

/// The mean of the densities of pieces of one length.
pub(super) struct Periodogram {
    sample_hz: f64,
    window: Vec<f64>,
    transform: Arc<dyn RealToComplex<f64>>,
    input: Vec<f64>,
    output: Vec<Complex<f64>>,
    sum: Vec<f64>,
    pieces: f64,
}

impl Periodogram {
    /// Of pieces of `length` samples, at least 4.
    pub(super) fn new(length: usize, sample_ms: f64) -> Self {
        let hann = |n| 0.5 - 0.5 * (2.0 * PI * n as f64 / length as f64).cos();
        let transform = RealFftPlanner::new().plan_fft_forward(length);
        let output = transform.make_output_vec();
        Self {
            sample_hz: 1e3 / sample_ms,
            window: (0..length).map(hann).collect(),
            input: transform.make_input_vec(),
            sum: vec![0.0; output.len()],
            output,
            transform,
            pieces: 0.0,
        }
    }

    pub(super) fn add(&mut self, piece: &[f64]) {
        let mean = piece.iter().sum::<f64>() / piece.len() as f64;
        for ((x, sample), w) in self.input.iter_mut().zip(piece).zip(&self.window) {
            *x = (sample - mean) * w;
        }
        let done = self.transform.process(&mut self.input, &mut self.output);
        done.expect("the lengths fit by construction");
        self.sum.iter_mut().zip(&self.output).for_each(|(d, z)| *d += z.norm_sqr());
        self.pieces += 1.0;
    }

    /// The mean density of the pieces since the last call.
    pub(super) fn mean(&mut self) -> Spectrum {
        let length = self.window.len();
        let power = self.window.iter().map(|w| w * w).sum::<f64>();
        let scale = 1.0 / (self.sample_hz * power * self.pieces);
        let entry = |(k, d): (usize, &f64)| {
            let single = k == 0 || 2 * k == length;
            d * if single { scale } else { 2.0 * scale }
        };
        let density = self.sum.iter().enumerate().map(entry).collect();
        self.sum.fill(0.0);
        self.pieces = 0.0;
        Spectrum { step_hz: self.sample_hz / length as f64, density }
    }
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
        let entries =
            self.density.iter().enumerate().map(|(k, &density)| Peak { hz: self.hz(k), density });
        entries
            .filter(|p| (from_hz..=to_hz).contains(&p.hz))
            .max_by(|a, b| a.density.total_cmp(&b.density))
    }

    /// The local maxima within `from_hz..=to_hz`, the highest first.
    #[must_use]
    pub fn peaks(&self, from_hz: f64, to_hz: f64) -> Vec<Peak> {
        let higher = |k: usize| {
            let [before, here, after] = [k - 1, k, k + 1].map(|k| self.density[k]);
            here > before && here >= after
        };
        let inner = (1..self.density.len().saturating_sub(1)).filter(|&k| higher(k));
        let peaks = inner.map(|k| Peak { hz: self.hz(k), density: self.density[k] });
        let mut peaks: Vec<Peak> = peaks.filter(|p| (from_hz..=to_hz).contains(&p.hz)).collect();
        peaks.sort_by(|a, b| b.density.total_cmp(&a.density));
        peaks
    }

    /// The median of the density within `from_hz..=to_hz`; `None` when no entry lies there.
    #[must_use]
    pub fn median(&self, from_hz: f64, to_hz: f64) -> Option<f64> {
        let entries = self.density.iter().enumerate();
        let inside = entries.filter(|(k, _)| (from_hz..=to_hz).contains(&self.hz(*k)));
        let mut sorted: Vec<f64> = inside.map(|(_, d)| *d).collect();
        sorted.sort_by(f64::total_cmp);
        sorted.get(sorted.len() / 2).copied()
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
        let (sum, count) =
            below.chain(above).fold((0.0, 0.0), |(sum, count), d| (sum + d, count + 1.0));
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
        let signal: Vec<f64> =
            (0..20_000).map(|n| 3.0 * (2.0 * PI * 40.0 * f64::from(n) * 1e-3).sin()).collect();
        let spectrum = spectrum(&signal, 1.0, 1000).unwrap();
        let peak = spectrum.peak(1.0, 500.0).unwrap();
        assert!((peak.hz - 40.0).abs() < 1e-9);
        let power: f64 = spectrum.density.iter().sum::<f64>() * spectrum.step_hz;
        assert!((power / 4.5 - 1.0).abs() < 1e-3, "half the amplitude squared, not {power}");
        assert!(spectrum.decibels_above(40.0, 10).unwrap() > 100.0);
    }

    #[test]
    fn peaks_come_in_order_and_stand_above_the_median() {
        let wave = |amplitude: f64, hz: f64, n: i32| {
            amplitude * (2.0 * PI * hz * f64::from(n) * 1e-3).sin()
        };
        let signal: Vec<f64> = (0..4000)
            .map(|n| wave(1.0, 30.0, n) + wave(3.0, 60.0, n) + wave(9.0, 7.0, n))
            .collect();
        let spectrum = spectrum(&signal, 1.0, 1000).unwrap();
        let peaks = spectrum.peaks(10.0, 100.0);
        assert_eq!([peaks[0].hz, peaks[1].hz], [60.0, 30.0]);
        assert!((peaks[0].density / peaks[1].density - 9.0).abs() < 1e-3);
        assert!(spectrum.median(10.0, 100.0).unwrap() < 1e-9 * peaks[1].density);
        assert_eq!(spectrum.median(600.0, 700.0), None);
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
