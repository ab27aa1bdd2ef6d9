//! What listens at a harmonic of a target.

use super::race::{COUNTER_HZ, Fired, MOST};
use super::rest::Rest;
use super::{Counter, Resonator};

/// The damping of the resonators per second: they remember two seconds.
pub(super) const DAMPING: f64 = 0.5;

/// How far a flank lies from its harmonic, in Hz: beyond the width of a resonator, and well within
/// that of a rhythm.
const FLANK_HZ: f64 = 0.5;

/// As long as a flank hears nearly all that its harmonic does, this much of it is taken to be its
/// own.
const LEAST_OWN: f64 = 0.05;

/// A harmonic of a target: for each channel a resonator and its counter, and one resonator on
/// either flank. A flickering light excites one frequency; a rhythm of the brain, such as alpha, all
/// frequencies near its own, and so the flanks. Where these are louder now than the harmonic is at
/// rest, the counter of the flanks fires as often as those of the harmonic do too much.
#[derive(Clone, Debug)]
pub(super) struct Ear {
    resonators: Vec<Resonator>,
    flanks: [Vec<Resonator>; 2],
    counters: Vec<Counter>,
    flank_counter: Counter,
    /// The energy at rest: now, and before the present look.
    rest: Rest,
    before: Rest,
}

/// What an ear is told with each sample.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    pub(super) sample_hz: f64,
    /// One over all energy that was heard.
    pub(super) scale: f64,
    /// The share of a target's energy that its flanks hear, see [`Leak`].
    pub(super) leak: f64,
    /// For how many seconds rest has been learnt, if this sample adds to it.
    pub(super) learnt_s: Option<f64>,
}

impl Ear {
    /// `first` is how many counters there are before its own.
    pub(super) fn new(hz: f64, channels: usize, sample_hz: f64, first: usize) -> Self {
        let resonators = |hz| vec![Resonator::new(hz, DAMPING, sample_hz); channels];
        // Counters begin at different points of their way, or they would all fire at once.
        let count = |k: usize| Counter::starting((k as f64 * 0.618).fract());
        Self {
            resonators: resonators(hz),
            flanks: [resonators(hz - FLANK_HZ), resonators(hz + FLANK_HZ)],
            counters: (first..first + channels).map(count).collect(),
            flank_counter: count(first),
            rest: Rest::new(channels),
            before: Rest::new(channels),
        }
    }

    /// Forgets what is ringing.
    pub(super) fn silence(&mut self) {
        for resonator in self.resonators.iter_mut().chain(self.flanks.iter_mut().flatten()) {
            resonator.z = 0.0.into();
        }
    }

    /// A look begins.
    pub(super) fn remember(&mut self) {
        self.before = self.rest;
    }

    /// What was learnt in this look was an answer.
    pub(super) fn unlearn(&mut self) {
        self.rest = self.before;
    }

    /// Takes in a sample of each channel; adds the spikes of its counters to the lists.
    pub(super) fn push(&mut self, x: &[f64], moment: &Moment, fired: &mut Fired) {
        let Moment { sample_hz, scale, leak, learnt_s } = *moment;
        let mean = scale * mean_energy(&mut self.resonators, x);
        let flanks: f64 = self.flanks.iter_mut().map(|flank| mean_energy(flank, x)).sum();
        let floor = (0.5 * scale * flanks - leak * mean) / (1.0 - leak).max(LEAST_OWN);
        let unit = COUNTER_HZ / sample_hz;
        for (resonator, counter) in self.resonators.iter().zip(&mut self.counters) {
            let relative = self.rest.relative(resonator.z.norm_sqr() * scale);
            fired.counters.push(counter.push(relative * unit, 1.0, MOST));
        }
        let excess = self.rest.excess(mean, floor) * x.len() as f64;
        fired.flanks.push(self.flank_counter.push(excess * unit, 1.0, MOST * x.len()));
        if let Some(seconds) = learnt_s {
            self.rest.learn(mean, seconds, 1.0 / sample_hz);
        }
    }
}

/// The mean energy over channels, after another sample of each.
fn mean_energy(resonators: &mut [Resonator], x: &[f64]) -> f64 {
    let sum: f64 = resonators.iter_mut().zip(x).map(|(resonator, x)| resonator.push(*x)).sum();
    sum / x.len() as f64
}

/// The share of a tone's energy that a resonator half a hertz beside it hears: all of it at first,
/// less and less as it rings. Relative to the tone's own turn its drive stands still, so that it is
/// found by two resonators that a constant pushes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Leak([Resonator; 2]);

impl Leak {
    pub(super) fn new(sample_hz: f64) -> Self {
        Self([0.0, FLANK_HZ].map(|hz| Resonator::new(hz, DAMPING, sample_hz)))
    }

    /// Begins again.
    pub(super) fn silence(&mut self) {
        self.0.iter_mut().for_each(|resonator| resonator.z = 0.0.into());
    }

    /// The share after another sample.
    pub(super) fn push(&mut self) -> f64 {
        let [own, flank] = self.0.each_mut().map(|resonator| resonator.push(1.0));
        flank / own
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Key, Purpose, Stream, normal_quantile};
    use std::f64::consts::TAU;

    /// The spikes, less those of the flanks, in the third and fourth second that an ear for 10 Hz hears a wave whose frequency
    /// wanders by `hz`; what it heard at rest was ten times weaker.
    fn spikes(hz: f64) -> i64 {
        let mut stream = Stream::new(Key::new(5, Purpose::User, 0), [0; 3]);
        let (mut ear, mut leak) = (Ear::new(10.0, 1, 250.0, 0), Leak::new(250.0));
        let (mut angle, mut heard) = (0.0, 0);
        for n in 0..1000 {
            angle += TAU * 10.0 / 250.0 + hz * normal_quantile(stream.unit());
            // Its energy at the end of a pure wave is (250 / 2 x 0.86 / 0.5)^2 times its square.
            let x = 10f64.sqrt() / 216.0 * angle.sin();
            let leak = leak.push();
            let moment = Moment { sample_hz: 250.0, scale: 1.0, leak, learnt_s: None };
            let mut fired = Fired::default();
            ear.push(&[x], &moment, &mut fired);
            if n >= 500 {
                let count = |of: &[usize]| i64::try_from(of[0]).expect("few");
                heard += count(&fired.counters) - count(&fired.flanks);
            }
        }
        heard
    }

    #[test]
    fn a_tone_is_heard_and_a_rhythm_is_not() {
        let (tone, rhythm) = (spikes(0.0), spikes(0.25));
        // Rest would be two seconds of 40 Hz.
        assert!(tone > 400 && rhythm < 160, "{tone}, {rhythm}");
    }

    #[test]
    fn flanks_hear_all_of_a_tone_and_then_little() {
        let mut leak = Leak::new(250.0);
        let shares: Vec<f64> = (0..1000).map(|_| leak.push()).collect();
        assert!((shares[0] - 1.0).abs() < 1e-12);
        // |1 - exp(-(a - 2 pi i d) t)|^2 / |a - 2 pi i d|^2 over the same with d = 0, at 1 s.
        let closed = (1.0 + (-0.5f64).exp()).powi(2) / (0.25 + (TAU * 0.5).powi(2));
        let own = ((1.0 - (-0.5f64).exp()) / 0.5).powi(2);
        assert!((shares[249] / (closed / own) - 1.0).abs() < 0.02, "{}", shares[249]);
    }
}
