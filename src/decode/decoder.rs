//! The decoder: from samples to decisions.

use super::ear::{DAMPING, Ear, Leak, Moment};
use super::race::{Fired, Race, RaceOptions};
use super::{BandPass, Whitening};
use crate::{Error, Result};

/// How a decoder is made.
#[derive(Clone, Debug, PartialEq)]
pub struct DecoderOptions {
    /// Samples per second, 100 to 2000.
    pub sample_hz: f64,
    /// Channels, at least 1.
    pub channels: usize,
    /// The frequency of each target in Hz, 6 or more; at least two.
    pub frequencies: Vec<f64>,
    /// How much each harmonic of a target counts, the fundamental first.
    pub weights: Vec<f64>,
    /// How far the evidence for a target must stand out for a decision: as rarely at rest as a normal
    /// variable exceeds so many standard deviations. The higher, the slower and surer.
    pub threshold: f64,
}

impl Default for DecoderOptions {
    fn default() -> Self {
        Self {
            sample_hz: 250.0,
            channels: 8,
            frequencies: Vec::new(),
            weights: vec![1.0, 1.0, 0.5],
            threshold: 2.8,
        }
    }
}

/// A decision.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decision {
    /// The number of the target.
    pub target: usize,
    /// How sure it is, 0 to 1: the share of this target in the sum over all targets of
    /// `exp(evidence x channels)`.
    pub confidence: f64,
}

/// The band that is looked at, in Hz: from below the slowest flicker to the third harmonic of a
/// fast one.
const BAND_HZ: (f64, f64) = (6.0, 60.0);

/// Before a resonator has run for so long, in seconds, its energy says little about its own
/// frequency, and nothing is learnt from it.
const SETTLED_S: f64 = 0.5;

/// Looks take at most about so long, in seconds.
const LOOK_S: f64 = 4.0;

/// Targets so near to each other hear each other's answers, in Hz: half the width of a resonator
/// that rings for a second.
const NEAR_HZ: f64 = 0.5;

/// Decodes what is looked at, causally, sample by sample:
///
/// 1. Each channel is band-passed from 6 to 60 Hz ([`BandPass`]) and made independent of the others
///    ([`Whitening`]).
/// 2. For each target, harmonic and channel a [`Resonator`](super::Resonator) rings. Its energy is
///    taken relative to all that was heard meanwhile, at any frequency, so that a movement that
///    shakes all of them excites none; then relative to its mean and spread at rest, and
///    drives a [`Counter`](super::Counter). Another counts by how much it would be less, relative to
///    what is heard now half a hertz beside it: a rhythm that sets in, such as alpha, is loud there, too.
/// 3. The spikes of the counters enter a winner-take-all network on Murine's engine.
///
/// Nothing is trained: the covariance of the channels and the energies at rest are learnt from what
/// has been recorded so far, but for what led to a decision, which was no rest.
pub struct Decoder {
    options: DecoderOptions,
    bands: Vec<BandPass>,
    whitening: Whitening,
    /// By harmonic, then by target.
    ears: Vec<Vec<Ear>>,
    leak: Leak,
    /// The energy of what was heard, mean over channels, remembered as by the resonators.
    heard: f64,
    /// Samples from which rest was learnt.
    learnt: u64,
    race: Race,
    /// Samples since the resonators were last silenced.
    elapsed: u64,
    /// Samples to wait before they ring again.
    pause: u64,
}

impl Decoder {
    /// A decoder that knows nothing yet: give it some seconds of rest.
    ///
    /// # Errors
    /// Options out of range.
    pub fn new(options: DecoderOptions) -> Result<Self> {
        validate(&options)?;
        let DecoderOptions { sample_hz, channels, ref frequencies, ref weights, .. } = options;
        let ears = |h: usize| {
            let ear = |(k, hz)| Ear::new(hz * (h + 1) as f64, channels, sample_hz, k * channels);
            frequencies.iter().enumerate().map(ear).collect()
        };
        let race = Race::new(&RaceOptions {
            targets: frequencies.len(),
            channels,
            weights,
            sample_hz,
            threshold: options.threshold,
        })?;
        Ok(Self {
            bands: vec![BandPass::new(BAND_HZ.0, BAND_HZ.1, sample_hz); channels],
            whitening: Whitening::new(channels, sample_hz),
            ears: (0..weights.len()).map(ears).collect(),
            leak: Leak::new(sample_hz),
            heard: 0.0,
            learnt: 0,
            race,
            elapsed: 0,
            // As long as the whitening is silent.
            pause: options.sample_hz as u64,
            options,
        })
    }

    /// Forgets what is ringing, and goes on after `seconds`: while the gaze moves on, and until the
    /// answer to the next target arrives, there is nothing to hear.
    pub fn restart(&mut self, seconds: f64) {
        for ear in self.ears.iter_mut().flatten() {
            ear.silence();
            ear.remember();
        }
        self.leak.silence();
        self.heard = 0.0;
        self.elapsed = 0;
        self.pause = self.pause.max((seconds * self.options.sample_hz).round() as u64);
    }

    /// Takes in a sample of each channel, in any unit; says whether that decides the race.
    ///
    /// # Errors
    /// Another number of channels, or a sample that is not finite.
    pub fn push(&mut self, sample: &[f64]) -> Result<Option<Decision>> {
        let x = self.prepare(sample)?;
        if self.pause > 0 {
            self.pause -= 1;
            self.race.run(&[])?;
            return Ok(None);
        }
        if self.elapsed.is_multiple_of((LOOK_S * self.options.sample_hz) as u64) {
            self.ears.iter_mut().flatten().for_each(Ear::remember);
        }
        self.elapsed += 1;
        let spikes = self.ring(&x);
        let Some(&target) = self.race.run(&spikes)?.first() else { return Ok(None) };
        let confidence = self.confidence(target)?;
        self.unlearn(target);
        Ok(Some(Decision { target, confidence }))
    }

    /// The sample, band-passed and whitened.
    fn prepare(&mut self, sample: &[f64]) -> Result<Vec<f64>> {
        let channels = self.options.channels;
        if sample.len() != channels || sample.iter().any(|x| !x.is_finite()) {
            let problem =
                format!("{sample:?}: give a finite number for each of {channels} channels");
            return Err(Error::parameter("sample", problem));
        }
        let mut x: Vec<f64> =
            self.bands.iter_mut().zip(sample).map(|(band, x)| band.filter(*x)).collect();
        self.whitening.whiten(&mut x);
        Ok(x)
    }

    /// Drives resonators and counters; returns the spikes of the counters by harmonic.
    fn ring(&mut self, x: &[f64]) -> Vec<Fired> {
        let DecoderOptions { sample_hz, channels, .. } = self.options;
        let settled = self.elapsed as f64 > SETTLED_S * sample_hz;
        self.learnt += u64::from(settled);
        let power = x.iter().map(|x| x * x).sum::<f64>() / channels as f64;
        self.heard = self.heard * (-2.0 * DAMPING / sample_hz).exp() + power;
        let moment = Moment {
            sample_hz,
            scale: 1.0 / self.heard.max(f64::MIN_POSITIVE),
            leak: self.leak.push(),
            learnt_s: settled.then(|| self.learnt as f64 / sample_hz),
        };
        let hear = |ears: &mut Vec<Ear>| {
            let mut fired = Fired::default();
            for ear in ears {
                ear.push(x, &moment, &mut fired);
            }
            fired
        };
        self.ears.iter_mut().map(hear).collect()
    }

    /// Takes back what was learnt of a target and its neighbours in this look: it was an answer.
    fn unlearn(&mut self, target: usize) {
        let frequencies = &self.options.frequencies;
        for ears in &mut self.ears {
            for (ear, hz) in ears.iter_mut().zip(frequencies) {
                if (hz - frequencies[target]).abs() <= NEAR_HZ {
                    ear.unlearn();
                }
            }
        }
    }

    /// The evidence for each target, 1 on average at rest: the greatest is what a choice at this
    /// moment would be.
    ///
    /// # Errors
    /// None that a caller can make.
    pub fn evidence(&self) -> Result<Vec<f64>> {
        self.race.evidence()
    }

    /// How near each target is to a decision, which is at the threshold.
    ///
    /// # Errors
    /// None that a caller can make.
    pub fn progress(&self) -> Result<Vec<f64>> {
        self.race.keys()
    }

    /// How sure a choice of `target` would be, 0 to 1.
    ///
    /// # Errors
    /// None that a caller can make.
    pub fn confidence(&self, target: usize) -> Result<f64> {
        let evidence = self.evidence()?;
        let weight = |e: f64| ((e - evidence[target]) * self.options.channels as f64).exp();
        Ok(1.0 / evidence.iter().map(|e| weight(*e)).sum::<f64>())
    }
}

fn validate(options: &DecoderOptions) -> Result<()> {
    let refuse = |key: &str, problem: String| Err(Error::parameter(key, problem));
    let DecoderOptions { sample_hz, channels, frequencies, weights, threshold } = options;
    if !(100.0..=2000.0).contains(sample_hz) {
        return refuse("sample_hz", format!("{sample_hz} Hz is out of range: 100 to 2000 Hz"));
    }
    if *channels == 0 {
        return refuse("channels", "there is none: give at least one".into());
    }
    if frequencies.len() < 2 {
        return refuse("frequencies", "a choice needs at least two targets".into());
    }
    let highest = 0.45 * sample_hz / weights.len().max(1) as f64;
    if let Some(hz) = frequencies.iter().find(|f| !(BAND_HZ.0..=highest).contains(*f)) {
        let range = format!("{} to {highest:.1} Hz", BAND_HZ.0);
        let problem = format!("{hz} Hz is out of range: {range}, for all harmonics to fit");
        return refuse("frequencies", problem);
    }
    if weights.is_empty() || weights.iter().any(|w| !(*w > 0.0 && w.is_finite())) {
        return refuse("weights", format!("{weights:?}: give a positive number per harmonic"));
    }
    if !(*threshold > 0.0 && threshold.is_finite()) {
        return refuse("threshold", format!("{threshold} is not positive"));
    }
    Ok(())
}
