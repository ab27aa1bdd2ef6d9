//! EEG made up: what a few electrodes over the visual cortex record while somebody looks at
//! flickering targets.
//!
//! ```text
//! channel = (background of 1/f noise + alpha rhythm + noise of the sensor)
//!         + response to the target, 140 ms late + mains + blinks          [microvolt]
//! ```
//!
//! What belongs to the person and the montage (topographies, phases, the alpha frequency) follows
//! from the number of the subject; what differs from run to run follows from the seed.

mod background;
mod noise;
mod response;
mod scalp;

use background::{Alpha, Blinks, Mains, Pink};
use noise::Noise;
use response::Response;

use super::Target;
use crate::{Error, Result};

pub use response::HARMONICS;

/// What the generator makes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EegOptions {
    /// Samples per second, 100 to 2000.
    pub sample_hz: f64,
    /// Electrodes, 1 to 8: Oz, O1, O2, `POz`, PO3, PO4, PO5, PO6, in this order.
    pub channels: usize,
    /// The power of the response to a target at 10 Hz relative to that of background, alpha
    /// rhythm and sensor together, both as means over the channels, in dB.
    pub snr_db: f64,
    /// Who it is.
    pub subject: u64,
    /// Which run it is.
    pub seed: u64,
}

impl Default for EegOptions {
    fn default() -> Self {
        Self { sample_hz: 250.0, channels: 8, snr_db: -12.0, subject: 1, seed: 1 }
    }
}

/// The root-mean-square of background, alpha rhythm and sensor together, in microvolt.
const BACKGROUND_UV: f64 = 10.0;

/// The shares of that power which alpha rhythm and sensor have, with eyes open.
const ALPHA_SHARE: f64 = 0.25;
const SENSOR_SHARE: f64 = 0.03;

/// A generator of EEG, sample by sample.
#[derive(Clone, Debug)]
pub struct Eeg {
    pink: Pink,
    alpha: Alpha,
    sensor: Noise,
    response: Response,
    mains: Mains,
    blinks: Blinks,
}

impl Eeg {
    /// Electrodes at rest, at time 0.
    ///
    /// # Errors
    /// A sampling rate, number of channels or signal-to-noise ratio out of range.
    pub fn new(options: &EegOptions) -> Result<Self> {
        validate(options)?;
        let scalp = scalp::electrodes(options.channels);
        let uv = |share: f64| BACKGROUND_UV * share.sqrt();
        let pink = uv(1.0 - ALPHA_SHARE - SENSOR_SHARE);
        let answer = BACKGROUND_UV * 10f64.powf(options.snr_db / 20.0);
        Ok(Self {
            pink: Pink::new(&scalp, pink, options),
            alpha: Alpha::new(&scalp, uv(ALPHA_SHARE), options),
            sensor: Noise::run(options, "sensor").scaled(uv(SENSOR_SHARE)),
            response: Response::new(&scalp, answer, options),
            mains: Mains::new(&scalp, options),
            blinks: Blinks::new(&scalp, options),
        })
    }

    /// From now on the person looks at this target, or at none. The brain's answer follows 140 ms
    /// later. Targets flicker since time 0.
    pub fn look_at(&mut self, target: Option<Target>) {
        self.response.look_at(target);
    }

    /// The next sample of each channel, in microvolt.
    pub fn sample(&mut self) -> Vec<f64> {
        let mut channels = self.pink.sample();
        self.alpha.add(&mut channels);
        self.response.add(&mut channels);
        self.mains.add(&mut channels);
        self.blinks.add(&mut channels);
        for x in &mut channels {
            *x += self.sensor.normal();
        }
        channels
    }
}

fn validate(options: &EegOptions) -> Result<()> {
    let refuse = |key: &str, problem: String| Err(Error::parameter(key, problem));
    let EegOptions { sample_hz, channels, snr_db, .. } = *options;
    if !(100.0..=2000.0).contains(&sample_hz) {
        return refuse("sample_hz", format!("{sample_hz} Hz is out of range: 100 to 2000 Hz"));
    }
    if !(1..=scalp::MOST).contains(&channels) {
        let most = scalp::MOST;
        return refuse("channels", format!("{channels} channels are out of range: 1 to {most}"));
    }
    if !snr_db.is_finite() {
        return refuse("snr_db", format!("{snr_db} dB is not finite"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{Spectrum, spectrum};

    /// A minute of one channel, with 4 s segments in the spectrum.
    fn minute(options: &EegOptions, target: Option<Target>, channel: usize) -> Spectrum {
        let mut eeg = Eeg::new(options).unwrap();
        eeg.look_at(target);
        let samples: Vec<f64> = (0..15_000).map(|_| eeg.sample()[channel]).collect();
        spectrum(&samples, 4.0, 1000).unwrap()
    }

    #[test]
    fn the_background_falls_with_frequency_and_has_alpha_and_mains() {
        let rest = minute(&EegOptions::default(), None, 0);
        let band = |from: f64, to: f64| rest.median(from, to).unwrap();
        // 1/f: a tenth of the frequency has about ten times the density.
        let fall = band(1.5, 2.5) / band(18.0, 22.0);
        assert!((5.0..25.0).contains(&fall), "{fall}");
        let alpha = rest.peak(8.0, 12.5).unwrap().density / band(14.0, 20.0);
        assert!(alpha > 8.0, "{alpha}");
        assert!((rest.peak(40.0, 60.0).unwrap().hz - 50.0).abs() < 0.3);
        let power: f64 = rest.density.iter().sum::<f64>() * rest.step_hz;
        assert!((80.0..250.0).contains(&power), "{power} microvolt squared");
    }

    #[test]
    fn a_target_is_answered_at_its_harmonics() {
        let options = EegOptions { snr_db: 0.0, ..EegOptions::default() };
        let spectrum = minute(&options, Some(Target { hz: 13.0, phase: 0.0 }), 0);
        for hz in [13.0, 26.0] {
            let above = spectrum.decibels_above(hz, 8).unwrap();
            assert!(above > 8.0, "{above} dB at {hz} Hz");
        }
    }

    #[test]
    fn neighbours_record_alike_and_runs_differ() {
        let run = |seed| {
            let mut eeg = Eeg::new(&EegOptions { seed, ..EegOptions::default() }).unwrap();
            (0..5000).map(|_| eeg.sample()).collect::<Vec<_>>()
        };
        let (one, other) = (run(1), run(2));
        assert_eq!(one, run(1));
        let correlation = |x: &dyn Fn(usize) -> f64, y: &dyn Fn(usize) -> f64| {
            let sum = |f: &dyn Fn(usize) -> f64| (0..5000).map(f).sum::<f64>();
            sum(&|n| x(n) * y(n)) / (sum(&|n| x(n) * x(n)) * sum(&|n| y(n) * y(n))).sqrt()
        };
        let near = correlation(&|n| one[n][0], &|n| one[n][1]);
        let far = correlation(&|n| one[n][0], &|n| one[n][7]);
        assert!(near > 0.6 && near > far, "{near} {far}");
        assert!(correlation(&|n| one[n][0], &|n| other[n][0]).abs() < 0.3);
    }

    #[test]
    fn the_answer_is_late() {
        let with = |snr_db| {
            let mut eeg = Eeg::new(&EegOptions { snr_db, ..EegOptions::default() }).unwrap();
            eeg.look_at(Some(Target { hz: 10.0, phase: 0.0 }));
            (0..100).map(|_| eeg.sample()[0]).collect::<Vec<_>>()
        };
        let (loud, silent) = (with(40.0), with(-200.0));
        let first = (0..100).find(|&n| (loud[n] - silent[n]).abs() > 1e-6).unwrap();
        assert!((35..38).contains(&first), "140 ms are 35 samples, not {first}");
    }

    #[test]
    fn options_out_of_range_are_refused() {
        let refused = |options: EegOptions| Eeg::new(&options).unwrap_err().to_string();
        let options = EegOptions::default();
        assert!(refused(EegOptions { channels: 9, ..options }).contains("1 to 8"));
        assert!(refused(EegOptions { sample_hz: 0.0, ..options }).contains("100 to 2000 Hz"));
        assert!(refused(EegOptions { snr_db: f64::NAN, ..options }).contains("not finite"));
    }
}
