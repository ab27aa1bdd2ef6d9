//! Weights as integers: what makes sums independent of their order.
//!
//! A synapse stores a weight as `i16`, the *level*, shifted left by a power of two that is told by
//! where it lies; the inbox of a neuron sums `i32`. The *unit* (the weight that one count stands
//! for) belongs to a (target population, input), is shared by populations that are targets together,
//! and follows from the network alone (`unit`):
//!
//! - it is so large that all that can arrive in one step cannot overflow 31 bits: as many spikes of
//!   each source as it can emit in a step and one that is injected, and of a Poisson input as many
//!   as twice its peak rate brings (its mean and ten standard deviations),
//! - it is a constant weight times 2^-k (or a third of that) where there is one, so that this weight
//!   and its small multiples are exact: the first one with which the others are exact, too, or the first,
//! - it is so small that the weights of each projection have 15 bits. Where some of them are so small
//!   beside others that this would round them by more than 0.2 %, it is as small as the sum allows.
//!
//! So each weight is right to 0.2 % where the largest sum is at most 5e6 times the smallest weight.
//! The weights of a projection then have several shifts, six bits apart: each weight the smallest that
//! it fits, so that it keeps 9 bits. Beyond that, what cannot be right by itself is right in the sum: that
//! of each target of a list to 0.2 %, that of distributed weights as well as can be expected
//! (`levels`). Weights that become 0 are counted, and a constant weight that would be rounded by
//! more is refused.

mod levels;
mod load;
mod unit;

use std::borrow::Cow;

use super::{Network, PopulationKind};
use crate::random::Levels;
use crate::rule::Forecast;
use crate::stimulus::Action;
use crate::{Error, Result};

use load::Groups;

/// The integers that stand for the weights of a network.
#[derive(Clone, Debug, PartialEq)]
pub struct Rounding {
    /// `units[population][input]`: what one count stands for, in the base unit of its receptors.
    pub units: Vec<Vec<f64>>,
    /// The weights of each projection.
    pub projections: Vec<Rounded>,
    /// The weight of each stimulus in counts; 0 for currents.
    pub stimuli: Vec<i32>,
    /// The largest relative rounding error of any weight, stimuli included: 1 where one became zero.
    pub largest_error: f64,
    /// How many synapses have a weight that became zero; of distributed weights, as expected.
    pub lost: f64,
    /// Their share of all synapses.
    pub lost_share: f64,
    /// How many spikes of one neuron of each population may travel together, in one step, before a
    /// sum of its targets could leave 31 bits: at least one more than it emits by itself.
    pub together: Vec<u32>,
}

/// The weights of one projection: `level << shift` counts each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rounded {
    /// The number of the input of the target.
    pub input: usize,
    /// By which powers of two the levels are multiplied: one for all, or one for each.
    pub shifts: Vec<u8>,
    /// One integer per level of the distribution, or per listed synapse.
    pub levels: Vec<i16>,
}

impl Rounded {
    /// The largest shift: no weight is larger than half of what an inbox holds.
    pub const MAX_SHIFT: u8 = 16;

    /// By which power of two level `level` is multiplied.
    #[must_use]
    pub fn shift(&self, level: usize) -> u8 {
        match *self.shifts.as_slice() {
            [all] => all,
            ref each => each[level],
        }
    }

    /// The weight of level `level` in counts.
    #[must_use]
    pub fn counts(&self, level: usize) -> i32 {
        i32::from(self.levels[level]) << self.shift(level)
    }

    /// The shifts that occur, ascending, each with its share of the levels.
    #[must_use]
    pub fn shares(&self) -> Vec<(u8, f64)> {
        if let [all] = *self.shifts.as_slice() {
            return vec![(all, 1.0)];
        }
        let mut numbers = [0_u64; 1 << u8::BITS];
        self.shifts.iter().for_each(|&shift| numbers[usize::from(shift)] += 1);
        let each = (0..=u8::MAX).zip(numbers).filter(|(_, n)| *n > 0);
        each.map(|(shift, n)| (shift, n as f64 / self.shifts.len() as f64)).collect()
    }
}

/// Weights may be rounded by so much: 8 bits.
const LIMIT: f64 = 0.002;

/// Spikes of a neuron in one step that can be injected into any network, besides its own.
const INJECTED: u32 = 1;

/// What rounding starts from; all by projection.
struct Given<'a> {
    network: &'a Network,
    /// Weights in base units, by level.
    weights: Vec<Cow<'a, [f64]>>,
    /// Inputs of the targets.
    inputs: Vec<usize>,
    forecasts: Vec<Forecast>,
}

impl<'a> Given<'a> {
    fn new(network: &'a Network) -> Result<Self> {
        Ok(Self {
            network,
            weights: network.projections.iter().map(weights).collect(),
            inputs: network.projection_inputs()?,
            forecasts: (0..network.projections.len()).map(|i| network.forecast(i)).collect(),
        })
    }
}

impl Network {
    /// The integers that stand for the weights; what both engines use.
    ///
    /// # Errors
    /// What [`Network::validate`] finds in receptors, and weights that would be rounded by more than
    /// 0.2 %: constant ones, and those that are listed or distributed in the sum of a target.
    pub fn rounding(&self) -> Result<Rounding> {
        let given = Given::new(self)?;
        let groups = Groups::new(&given)?;
        let choices = groups.choices(&given)?;
        let units = groups.by_input(|group| choices[group].unit);
        let together = self.together(&groups.by_input(|group| choices[group].room), &given.inputs);
        let (stimuli, mut largest_error) = self.stimulus_counts(&units)?;
        let mut projections = groups.in_order(choices);
        let mut lost = 0.0;
        for (i, rounded) in projections.iter_mut().enumerate() {
            let values = &*given.weights[i];
            let unit = self.unit(i, given.inputs[i], &units);
            levels::see_to_sums(&given, i, unit, rounded)?;
            largest_error = largest_error.max(levels::largest_error(values, rounded, unit));
            lost += given.forecasts[i].synapses * levels::lost_share(values, rounded);
        }
        let all: f64 = given.forecasts.iter().map(|f| f.synapses).sum();
        let lost_share = if all > 0.0 { lost / all } else { 0.0 };
        Ok(Rounding { units, projections, stimuli, largest_error, lost, lost_share, together })
    }

    fn projection_inputs(&self) -> Result<Vec<usize>> {
        (0..self.projections.len())
            .map(|i| {
                let found = self.receptor_of(&self.projections[i]);
                found.map(|r| r.input).map_err(|e| e.within(&self.projection_key(i)))
            })
            .collect()
    }

    /// How many spikes a neuron emits in a step at most.
    pub(crate) fn most_at_once(&self, population: usize) -> u32 {
        match &self.populations[population].kind {
            PopulationKind::Neurons(_) => 1,
            PopulationKind::Source(source) => source.most(self.dt),
        }
    }

    /// See [`Rounding::together`]; `rooms[population][input]`: how many times what is expected to arrive
    /// would fit.
    fn together(&self, rooms: &[Vec<f64>], inputs: &[usize]) -> Vec<u32> {
        let mut room = vec![f64::INFINITY; self.populations.len()];
        for (p, &input) in self.projections.iter().zip(inputs) {
            for target in p.target.populations() {
                room[p.source.0] = room[p.source.0].min(rooms[target][input]);
            }
        }
        let fits = |(i, room): (usize, f64)| {
            let most = self.most_at_once(i) + INJECTED;
            ((f64::from(most) * room) as u32).max(most)
        };
        room.into_iter().enumerate().map(fits).collect()
    }

    /// What one count of the weights of a projection, which act on `input`, stands for.
    fn unit(&self, projection: usize, input: usize, units: &[Vec<f64>]) -> f64 {
        let mut targets = self.projections[projection].target.populations();
        targets.next().map_or(1.0, |target| units[target][input])
    }

    /// The input that a stimulus acts on and its weight; `None` for a current.
    fn poisson(&self, input: &super::Input) -> Result<Option<(usize, f64)>> {
        match input.stimulus.action() {
            Action::Current => Ok(None),
            Action::Poisson { receptor, weight } => {
                let receptor = self.receptor(input.target.0, receptor.as_deref())?;
                Ok(Some((receptor.input, weight.value())))
            }
        }
    }

    /// The weight of each stimulus in counts, and the largest relative error.
    fn stimulus_counts(&self, units: &[Vec<f64>]) -> Result<(Vec<i32>, f64)> {
        let (mut all, mut largest) = (Vec::new(), 0.0_f64);
        for stimulus in &self.stimuli {
            let Some((input, weight)) = self.poisson(stimulus)? else {
                all.push(0);
                continue;
            };
            let unit = units[stimulus.target.0][input];
            let counts = libm::round(weight / unit) as i32;
            let error = levels::error(weight, f64::from(counts) * unit);
            if error > LIMIT {
                let key = format!("stimulus.{}.weight", stimulus.name);
                return Err(Error::parameter(key, levels::too_small(error)));
            }
            largest = largest.max(error);
            all.push(counts);
        }
        Ok((all, largest))
    }
}

/// The weights of a projection by level.
fn weights(projection: &super::Projection) -> Cow<'_, [f64]> {
    match projection.rule.weights() {
        Some(listed) => Cow::Borrowed(listed),
        None => Cow::Owned(Levels::new(&projection.weight).values().to_vec()),
    }
}

/// The weight that all are, if they are the same.
fn constant(values: &[f64]) -> Option<f64> {
    values.first().copied().filter(|first| values.iter().all(|v| v == first))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::*;
    use crate::rule::Rule;

    /// Numbers between 0 and 1.
    fn numbers(mut state: u64) -> impl FnMut() -> f64 {
        move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            ((state >> 11) as f64 + 0.5) / 9_007_199_254_740_992.0
        }
    }

    /// Projections and a stimulus of all kinds, whose weights lie in so many decades; the bound of
    /// their sum by the smallest weight.
    fn network(seed: u64, decades: f64) -> (Network, f64) {
        let mut next = numbers(seed);
        let mut weight = move || libm::pow(10.0, decades * (next() - 0.5));
        let mut network = Network::new("weights");
        let target = network.population("target", 4, IafPscExp::default());
        let (mut sum, mut smallest) = (0.0, f64::INFINITY);
        let mut seen = |most: f64, least: f64| {
            sum += most;
            smallest = smallest.min(least);
        };
        for kind in (0..4).filter(|kind| seed >> kind & 1 == 1) {
            let sources = 1 + seed % 7;
            let source = network.source(format!("{kind}"), sources, PoissonSource::new(0.0 * HZ));
            let (a, b) = (weight(), weight());
            let (low, high) = (a.min(b), a.max(b));
            let own = f64::from(network.most_at_once(source.0) + INJECTED);
            let (rule, weight): (Box<dyn Rule>, Distribution<_>) = match kind {
                0 | 1 => (AllToAll::default().into(), (a * PA).into()),
                2 => (AllToAll::default().into(), Distribution::uniform(low * PA, high * PA)),
                _ => {
                    let of = |source| Listed {
                        source,
                        target: source % 3,
                        weight: weight(),
                        delay: 1.0,
                    };
                    let list: Vec<Listed> = (0..sources).map(of).collect();
                    let into = |target| list.iter().filter(move |s| s.target == target);
                    let sums = (0..3).map(|t| into(t).map(|s| s.weight).sum::<f64>());
                    let least = list.iter().map(|s| s.weight).fold(f64::INFINITY, f64::min);
                    seen(own * sums.fold(0.0, f64::max), least);
                    (List::new(&list).expect("a list").into(), (0.0 * PA).into())
                }
            };
            let listed = rule.weights().is_some();
            network
                .project(source, target, rule)
                .receptor("excitatory")
                .weight(weight)
                .delay(1.0 * MS);
            if !listed {
                let values = Levels::new(&network.projections.last().expect("one").weight);
                let (least, most) = (values.values()[0], values.values().last().expect("some"));
                seen(own * network.forecast(network.projections.len() - 1).in_degree * most, least);
            }
        }
        if seed & 16 > 0 {
            let weight = weight();
            let input = PoissonGenerator::new(1e4 * HZ, weight * PA).receptor("excitatory");
            network.stimulate(target, input);
            let most = crate::stimulus::PoissonCounts::most_at(2e4, network.dt);
            seen(f64::from(most) * weight, weight);
        }
        (network, sum / smallest)
    }

    /// How far off the sums of listed projections are, relative to the magnitudes in them.
    fn off(network: &Network, rounding: &Rounding) -> f64 {
        let given = Given::new(network).expect("a sound network");
        let mut most = 0.0_f64;
        for (i, rounded) in rounding.projections.iter().enumerate() {
            if network.projections[i].rule.weights().is_some() {
                let unit = rounding.units[0][rounded.input];
                let all = levels::sums(&given, i, |weight, _| weight).expect("a list");
                let kept =
                    levels::sums(&given, i, |_, level| f64::from(rounded.counts(level)) * unit);
                let errors = all.iter().zip(kept.expect("a list"));
                most = errors.map(|(a, b)| levels::error(*a, b)).fold(most, f64::max);
            }
        }
        most
    }

    #[test]
    fn weights_are_right_where_sums_allow_it_and_sums_elsewhere() {
        let (mut near, mut far, mut refused) = (0, 0, 0);
        for seed in 1..4000 {
            let (network, ratio) = network(seed, 1.0 + (seed % 13) as f64);
            match network.rounding() {
                Ok(rounding) => {
                    if ratio <= 5e6 {
                        near += 1;
                        assert!(rounding.largest_error <= LIMIT, "{seed}: {ratio:e}");
                    } else {
                        far += 1;
                        let off = off(&network, &rounding);
                        assert!(off <= LIMIT, "{seed}: {off}, {}", rounding.largest_error);
                    }
                    assert!(rounding.together.iter().all(|&n| n >= INJECTED));
                    let lost = rounding.lost > 0.0;
                    assert!(!lost || rounding.largest_error >= 1.0, "{seed}");
                }
                Err(error) => {
                    refused += 1;
                    assert!(ratio > 5e6, "{seed}: {ratio:e}: {error}");
                }
            }
        }
        assert!(near > 1000 && far > 100 && refused > 100, "{near} {far} {refused}");
    }

    /// What is written in counts is read as the same counts, though less is known of a distribution
    /// than of a list.
    #[test]
    fn what_was_rounded_is_exact() {
        let mut changed = 0;
        for seed in 1..600 {
            let (mut network, _) = network(seed, 1.0 + (seed % 9) as f64);
            let Ok(rounding) = network.rounding() else { continue };
            changed += u32::from(rounding.largest_error > 1e-9);
            for i in 0..network.projections.len() {
                let rounded = &rounding.projections[i];
                let unit = rounding.units[0][rounded.input];
                let mut list = Vec::new();
                network.synapses(i).expect("synapses").for_each(|source, target, level, _| {
                    let weight = f64::from(rounded.counts(level as usize)) * unit;
                    list.push(Listed { source, target, weight, delay: 1.0 });
                });
                network.projections[i].rule = List::new(&list).expect("a list").into();
            }
            let again = network.rounding().expect("what was rounded");
            for (rounded, again_rounded) in rounding.projections.iter().zip(&again.projections) {
                let error = network.projections.iter().zip(&again.projections);
                let of = |(p, r): (&crate::network::Projection, &Rounded)| {
                    let values = p.rule.weights().expect("a list");
                    levels::largest_error(values, r, again.units[0][r.input])
                };
                let error = error.map(of).fold(0.0, f64::max);
                assert!(error <= 1e-12, "{seed}: {error}");
                assert_eq!(rounded.input, again_rounded.input);
            }
        }
        assert!(changed > 50, "{changed}");
    }

    #[test]
    fn many_constants_take_no_time() {
        let mut network = Network::new("many");
        let a = network.population("a", 1, IafPscDelta::default());
        for i in 0..100_000 {
            let weight = 1.0 + 1e-5 * f64::from(i);
            network.project(a, a, AllToAll::default()).weight(weight * MV).delay(1.0 * MS);
        }
        let error = network.rounding().expect("a sound network").largest_error;
        assert!(error < 1e-3);
    }
}
