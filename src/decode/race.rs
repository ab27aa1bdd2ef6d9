//! The race of the targets: spiking neurons on Murine's engine.

use std::sync::atomic::AtomicBool;

use crate::Result;
use crate::network::{Network, PopulationId};
use crate::neuron::IafPscDelta;
use crate::random::Distribution;
use crate::rule::{AllToAll, PairwiseBernoulli};
use crate::simulation::Simulation;
use crate::stimulus::SpikeGenerator;
use crate::units::{MS, MV, Voltage};

/// Spikes per second of a counter that is driven as much as at rest: so many that one spike more or
/// less does not matter within the time constants below, and few enough to be cheap.
pub(super) const COUNTER_HZ: f64 = 40.0;

/// The most spikes of a counter in a sample.
pub(super) const MOST: usize = 8;

/// Time constants of the membranes, in ms. Resonators change within a second, so a tenth of it
/// smooths the spikes and loses no time.
const EVIDENCE_MS: f64 = 100.0;
const RIVAL_MS: f64 = 50.0;
const KEY_MS: f64 = 150.0;

/// Rivals fire where the evidence exceeds the mean of rest by so many of its standard deviations;
/// what is below takes no part in the race.
const ENTRY: f64 = 2.0;

/// By how much the threshold of a rival exceeds its reset, in the same unit: it sets their rate, 1 /
/// (50 ms x 2) or so for each standard deviation.
const STEP: f64 = 2.0;

/// Rivals of each target, at different points of their way to the next spike: together they say
/// more often how strong they are.
const RIVALS: u64 = 4;

/// How much a target is held back by the others, relative to what drives it forth. With 1 the
/// nearest neighbours, which share half of a target's evidence, hold it back for too long.
const INHIBITION: f64 = 0.5;

/// A winner-take-all network. Counters of each target and harmonic excite its evidence, a membrane
/// that never fires, and its rivals, which fire where the evidence stands out. Rivals excite the
/// key of their own target and inhibit all others; so do the counters of its flanks with its key. The
/// first key that fires wins.
///
/// ```text
/// counters -> evidence            (membrane potential: the score of a choice at a given time)
///          -> rivals -> keys      (first spike: the decision of a choice at any time)
///                    -| all keys
/// flanks             -| keys
/// ```
///
/// Flanks touch neither the evidence nor the rivals, which hold neighbours back until they can be told
/// apart: they do not say which target is looked at, only that it may be none.
///
/// Potentials are in standard deviations of the evidence at rest, 1 mV each.
pub(super) struct Race {
    simulation: Simulation,
    /// Counters and those of the flanks, by harmonic.
    counters: Vec<[PopulationId; 2]>,
    evidence: PopulationId,
    keys: PopulationId,
    /// The global number of the first key.
    first_key: u64,
    targets: u64,
    /// Steps of the engine in a sample.
    steps: u64,
    /// The standard deviation of the evidence at rest, relative to its mean.
    sd: f64,
}

/// How often each counter of a harmonic fires in a sample.
#[derive(Clone, Debug, Default)]
pub(super) struct Fired {
    /// By target and channel.
    pub(super) counters: Vec<usize>,
    /// By target.
    pub(super) flanks: Vec<usize>,
}

/// What the race depends on.
#[derive(Clone, Debug)]
pub(super) struct RaceOptions<'a> {
    pub(super) targets: usize,
    pub(super) channels: usize,
    /// The weight of each harmonic.
    pub(super) weights: &'a [f64],
    pub(super) sample_hz: f64,
    /// The threshold of the keys, in standard deviations of a normal variable.
    pub(super) threshold: f64,
}

impl Race {
    pub(super) fn new(options: &RaceOptions) -> Result<Self> {
        let targets = options.targets as u64;
        let steps = (1000.0 / options.sample_hz).round().max(1.0) as u64;
        let dt = 1000.0 / options.sample_hz / steps as f64 * MS;
        let sd = deviation(options.weights, options.channels);
        let threshold = skewed(options.threshold, sd);
        let mut network = Network::new("race").dt(dt);
        let evidence = network.population("evidence", targets, membrane(EVIDENCE_MS, 1e3));
        let rivals = network.population("rivals", RIVALS * targets, rival(1.0 / sd));
        let keys = network.population("keys", targets, membrane(KEY_MS, threshold));

        let own = PairwiseBernoulli::new(1.0).blocks(targets);
        let size = targets * options.channels as u64;
        let counters = (1..).zip(options.weights).map(|(harmonic, weight)| {
            let silent = SpikeGenerator::new(vec![Vec::new(); size as usize]);
            let counters = network.source(format!("counters_{harmonic}"), size, silent);
            let silent = SpikeGenerator::new(vec![Vec::new(); targets as usize]);
            let flanks = network.source(format!("flanks_{harmonic}"), targets, silent);
            // With all counters at their rate of rest, the evidence is its mean, 1 / sd.
            let all = options.weights.iter().sum::<f64>() * options.channels as f64;
            let share = weight / all / sd;
            let weight = |ms: f64| share / (COUNTER_HZ * 1e-3 * ms) * MV;
            for (population, ms) in [(evidence, EVIDENCE_MS), (rivals, RIVAL_MS)] {
                network.project(counters, population, own.clone()).weight(weight(ms)).delay(dt);
            }
            // What rivals would not have said without it.
            let weight = -(1.0 + INHIBITION) * weight(KEY_MS);
            network.project(flanks, keys, own.clone()).weight(weight).delay(dt);
            [counters, flanks]
        });
        let counters: Vec<_> = counters.collect();

        // Rivals whose evidence is 1 above their entry bring their key to 1.
        let weight = STEP * RIVAL_MS / KEY_MS / RIVALS as f64;
        let (forth, back) = (weight * (1.0 + INHIBITION) * MV, -weight * INHIBITION * MV);
        network.project(rivals, keys, own).weight(forth).delay(dt);
        network.project(rivals, keys, AllToAll::default()).weight(back).delay(dt);
        let first_key = network.firsts()[keys.0];
        let simulation = Simulation::new(&network, 1)?;
        Ok(Self { simulation, counters, evidence, keys, first_key, targets, steps, sd })
    }

    /// Runs for a sample with the spikes of each harmonic. Returns the keys that fire, the one that
    /// fires first first.
    pub(super) fn run(&mut self, spikes: &[Fired]) -> Result<Vec<usize>> {
        for (populations, fired) in self.counters.iter().zip(spikes) {
            for (population, counts) in populations.iter().zip([&fired.counters, &fired.flanks]) {
                let times = |(counter, &n)| std::iter::repeat_n(counter, n);
                let fire = (0..).zip(counts).flat_map(times);
                self.simulation.inject(*population, &fire.collect::<Vec<u64>>())?;
            }
        }
        self.simulation.run_steps(self.steps, &AtomicBool::new(false))?;
        let keys = self.first_key..self.first_key + self.targets;
        let all = self.simulation.take_spikes().into_iter().map(|(_, neuron)| neuron);
        Ok(all.filter(|n| keys.contains(n)).map(|n| (n - self.first_key) as usize).collect())
    }

    /// The evidence for each target, 1 on average at rest.
    pub(super) fn evidence(&self) -> Result<Vec<f64>> {
        let read = |target| Ok(self.sd * self.simulation.observe(self.evidence, target, "v_m")?);
        (0..self.targets).map(read).collect()
    }

    /// How near each key is to its decision, in standard deviations of the evidence at rest.
    pub(super) fn keys(&self) -> Result<Vec<f64>> {
        let read = |target| self.simulation.observe(self.keys, target, "v_m");
        (0..self.targets).map(read).collect()
    }
}

/// A membrane that starts at 0, with its threshold in mV.
fn membrane(tau_ms: f64, threshold: f64) -> IafPscDelta {
    IafPscDelta {
        e_l: (0.0 * MV).into(),
        tau_m: (tau_ms * MS).into(),
        t_ref: (0.0 * MS).into(),
        v_th: (threshold * MV).into(),
        v_reset: (0.0 * MV).into(),
        ..IafPscDelta::default()
    }
}

/// The standard deviation of the evidence at rest, relative to its mean: energies of noise are
/// exponentially distributed, and their weighted mean is taken over harmonics and channels.
fn deviation(weights: &[f64], channels: usize) -> f64 {
    let squares: f64 = weights.iter().map(|w| w * w).sum();
    (squares / channels as f64).sqrt() / weights.iter().sum::<f64>()
}

/// So many standard deviations are exceeded by the evidence as rarely as `normal` of them by a normal
/// variable. The evidence is a sum of exponentially distributed energies, so that its skew is twice
/// its deviation from a mean of 1: few channels exceed their deviation more often (Cornish & Fisher
/// 1938, doi:10.2307/1400905, first term).
fn skewed(normal: f64, sd: f64) -> f64 {
    normal + (normal * normal - 1.0) / 6.0 * 2.0 * sd
}

/// A neuron that rests so far below its threshold that it fires above the entry only; `mean` is the
/// evidence at rest.
fn rival(mean: f64) -> IafPscDelta {
    let anywhere: Distribution<Voltage> = Distribution::uniform(0.0 * MV, STEP * MV);
    IafPscDelta {
        e_l: ((STEP - mean - ENTRY) * MV).into(),
        v_m: Some(anywhere.into()),
        ..membrane(RIVAL_MS, STEP)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn race() -> Race {
        let weights = [1.0, 0.5];
        let options = RaceOptions {
            targets: 5,
            channels: 4,
            weights: &weights,
            sample_hz: 250.0,
            threshold: 3.0,
        };
        Race::new(&options).unwrap()
    }

    /// Runs for a second with counters of each target driven by so many times the rest.
    fn run(race: &mut Race, drive: [f64; 5]) -> Option<usize> {
        run_beside(race, drive, [0.0; 5])
    }

    /// The same with flanks that are loud.
    fn run_beside(race: &mut Race, drive: [f64; 5], flanks: [f64; 5]) -> Option<usize> {
        let mut counters = vec![vec![super::super::Counter::default(); 20]; 2];
        let mut beside = vec![vec![super::super::Counter::default(); 5]; 2];
        let mut first = None;
        for _ in 0..250 {
            let fire = |(i, c): (usize, &mut super::super::Counter)| {
                c.push(drive[i / 4] * COUNTER_HZ / 250.0, 1.0, MOST)
            };
            let hold = |(i, c): (usize, &mut super::super::Counter)| {
                c.push(4.0 * flanks[i] * COUNTER_HZ / 250.0, 1.0, 4 * MOST)
            };
            let both = counters.iter_mut().zip(&mut beside);
            let fired = |(counters, beside): (&mut Vec<_>, &mut Vec<_>)| Fired {
                counters: counters.iter_mut().enumerate().map(fire).collect(),
                flanks: beside.iter_mut().enumerate().map(hold).collect(),
            };
            let spikes: Vec<Fired> = both.map(fired).collect();
            first = first.or(race.run(&spikes).unwrap().first().copied());
        }
        first
    }

    #[test]
    fn the_evidence_is_the_drive() {
        let mut race = race();
        run(&mut race, [1.0, 2.0, 0.5, 3.0, 0.0]);
        let evidence = race.evidence().unwrap();
        for (found, drive) in evidence.iter().zip([1.0, 2.0, 0.5, 3.0, 0.0]) {
            assert!((found - drive).abs() < 0.25 * drive + 0.01, "{evidence:?}");
        }
    }

    #[test]
    fn the_strongest_wins_if_it_stands_out() {
        assert_eq!(run(&mut race(), [1.0, 1.0, 3.0, 1.0, 1.0]), Some(2));
        let beside = run_beside(&mut race(), [1.0, 1.0, 3.0, 1.0, 1.0], [0.0, 0.0, 2.0, 0.0, 0.0]);
        assert_eq!(beside, None, "its flanks hold it back");
        assert_eq!(run(&mut race(), [1.0; 5]), None, "nobody is looked at");
        assert_eq!(run(&mut race(), [1.0, 3.0, 3.0, 3.0, 1.0]), None, "three hold each other back");
    }
}
