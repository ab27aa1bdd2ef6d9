//! Weights as integers: what makes sums independent of their order.
//!
//! A synapse stores a weight as `i16`, shifted left by a power of two that belongs to its
//! projection; the inbox of a neuron sums `i32`. The *unit* (the weight that one count stands
//! for) belongs to a (target population, input), is shared by populations that are targets together,
//! and follows from the network alone:
//!
//! - it is so large that all that can arrive in one step cannot overflow 31 bits: as many spikes of
//!   each source as it can emit in a step and one that is injected, and of a Poisson input as many
//!   as twice its peak rate brings (its mean and ten standard deviations),
//! - it is so small that each projection has at least 8 bits for its median weight,
//! - it is a constant weight times 2^-k where there is one, so that this weight and its small
//!   multiples are exact: the first one with which the others are exact, too, or the first.

use super::{Network, PopulationKind};
use crate::random::Levels;
use crate::stimulus::{Action, PoissonCounts};
use crate::{Error, Result};

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
    /// How many spikes of one neuron of each population may travel together, in one step, before a
    /// sum of its targets could leave 31 bits: at least one more than it emits by itself.
    pub together: Vec<u32>,
}

/// The weights of one projection: `level << shift` counts each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rounded {
    /// The number of the input of the target.
    pub input: usize,
    /// By which power of two the levels are multiplied.
    pub shift: u8,
    /// One integer per level of the distribution, or per listed synapse.
    pub levels: Vec<i16>,
}

impl Rounded {
    /// The weight of level `level` in counts.
    #[must_use]
    pub fn counts(&self, level: usize) -> i32 {
        i32::from(self.levels[level]) << self.shift
    }
}

/// The largest sum that an inbox holds, in counts, with a margin for rounding.
const MOST: f64 = 2_147_000_000.0;

/// Spikes of a neuron in one step that can be injected into any network, besides its own.
const INJECTED: u32 = 1;

/// What arrives at one input of one population.
#[derive(Clone, Debug, Default, PartialEq)]
struct Arrivals {
    /// Bound of the sum of magnitudes in one step, in base units.
    sum: f64,
    /// Smallest unit at which every projection's largest weight fits `i16` without a shift.
    finest: f64,
    /// The constant weights, each with its number in the order of projections and stimuli, ascending.
    constants: Vec<(usize, f64)>,
}

impl Arrivals {
    fn add(&mut self, number: usize, largest: f64, count: f64, constant: Option<f64>) {
        self.sum += largest * count;
        if largest > 0.0 {
            let finest = largest / 32_767.0;
            self.finest = if self.finest == 0.0 { finest } else { self.finest.min(finest) };
            self.constants.extend(constant.filter(|w| *w != 0.0).map(|w| (number, w)));
        }
    }

    /// What holds for both.
    fn with(mut self, other: Self) -> Self {
        let finer = |a: f64, b: f64| if a == 0.0 || b == 0.0 { a.max(b) } else { a.min(b) };
        self.sum = self.sum.max(other.sum);
        self.finest = finer(self.finest, other.finest);
        self.constants.extend(other.constants);
        self.constants.sort_unstable_by_key(|c| c.0);
        self.constants.dedup();
        self
    }

    /// How many times what is expected to arrive would fit, at a unit.
    fn room(&self, unit: f64) -> f64 {
        if self.sum == 0.0 { f64::INFINITY } else { MOST * unit / self.sum }
    }

    /// The unit: at least the bound of the sum over 2^31, near the finest that is of use.
    fn unit(&self) -> f64 {
        let least = self.sum / MOST;
        let wanted = self.finest.max(least);
        if wanted == 0.0 {
            return 1.0;
        }
        let unit = |(_, weight): &(usize, f64)| halved(weight.abs(), wanted);
        let all_exact = |unit: &f64| self.constants.iter().all(|(_, w)| is_multiple(*w, *unit));
        let first = self.constants.first().map_or_else(|| halved(1.0, wanted), unit);
        if all_exact(&first) {
            first
        } else {
            self.constants.iter().map(unit).find(all_exact).unwrap_or(first)
        }
    }
}

/// `base` times a power of two: the smallest that is at least `wanted`.
fn halved(base: f64, wanted: f64) -> f64 {
    let mut unit = base;
    while unit / 2.0 >= wanted {
        unit /= 2.0;
    }
    while unit < wanted {
        unit *= 2.0;
    }
    unit
}

/// Whether a weight is a whole number of units, but for the rounding of its own digits.
fn is_multiple(weight: f64, unit: f64) -> bool {
    let counts = weight.abs() / unit;
    let whole = libm::round(counts);
    whole >= 1.0 && (counts - whole).abs() <= 1e-12 * whole
}

/// Rounds `values` to multiples of `unit` that fit `i16` after a common shift.
fn round(values: &[f64], unit: f64, input: usize) -> Rounded {
    let largest = values.iter().fold(0.0_f64, |m, v| m.max(v.abs())) / unit;
    let mut shift = 0u8;
    while libm::round(largest / f64::from(1u32 << shift)) > 32_767.0 {
        shift += 1;
    }
    let step = unit * f64::from(1u32 << shift);
    Rounded { input, shift, levels: values.iter().map(|v| libm::round(v / step) as i16).collect() }
}

impl Network {
    /// The integers that stand for the weights; what both engines use.
    ///
    /// # Errors
    /// What [`Network::validate`] finds in receptors, weights too different for one receptor, and
    /// distributions too wide for 16 bits.
    pub fn rounding(&self) -> Result<Rounding> {
        let weights: Vec<Vec<f64>> = self
            .projections
            .iter()
            .map(|p| {
                p.rule
                    .weights()
                    .map_or_else(|| Levels::new(&p.weight).values().to_vec(), <[f64]>::to_vec)
            })
            .collect();
        let inputs = self.projection_inputs()?;
        let arrivals = self.arrivals(&weights, &inputs)?;
        let units: Vec<Vec<f64>> =
            arrivals.iter().map(|of| of.iter().map(Arrivals::unit).collect()).collect();
        let together = self.together(&arrivals, &units, &inputs);
        let mut largest_error = 0.0_f64;
        let mut projections = Vec::new();
        for (i, values) in weights.iter().enumerate() {
            let unit = self.unit(i, inputs[i], &units);
            let rounded = round(values, unit, inputs[i]);
            let error = relative_error(values, &rounded, unit, median(values));
            if error > 1.0 / 256.0 {
                let problem = too_coarse(values, error);
                return Err(Error::parameter(
                    format!("{}.weight", self.projection_key(i)),
                    problem,
                ));
            }
            largest_error = largest_error.max(relative_error(values, &rounded, unit, 0.0));
            projections.push(rounded);
        }
        let (stimuli, of_stimuli) = self.stimulus_counts(&units)?;
        let largest_error = of_stimuli.into_iter().fold(largest_error, f64::max);
        Ok(Rounding { units, projections, stimuli, largest_error, together })
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

    /// See [`Rounding::together`].
    fn together(
        &self,
        arrivals: &[Vec<Arrivals>],
        units: &[Vec<f64>],
        inputs: &[usize],
    ) -> Vec<u32> {
        let mut room = vec![f64::INFINITY; self.populations.len()];
        for (p, &input) in self.projections.iter().zip(inputs) {
            for target in p.target.populations() {
                let here = arrivals[target][input].room(units[target][input]);
                room[p.source.0] = room[p.source.0].min(here);
            }
        }
        let fits = |(i, room): (usize, f64)| {
            let most = self.most_at_once(i) + INJECTED;
            ((f64::from(most) * room) as u32).max(most)
        };
        room.into_iter().enumerate().map(fits).collect()
    }

    fn arrivals(&self, weights: &[Vec<f64>], inputs: &[usize]) -> Result<Vec<Vec<Arrivals>>> {
        let mut arrivals: Vec<Vec<Arrivals>> = self
            .populations
            .iter()
            .map(|p| match &p.kind {
                PopulationKind::Neurons(model) => {
                    (0..model.inputs()).map(|_| Arrivals::default()).collect()
                }
                PopulationKind::Source(_) => Vec::new(),
            })
            .collect();
        for (i, values) in weights.iter().enumerate() {
            let largest = values.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
            let constant = values.iter().all(|v| *v == values[0]).then(|| values.first().copied());
            let own = self.most_at_once(self.projections[i].source.0);
            let spikes = f64::from(own + INJECTED);
            let arriving = self.forecast(i).in_degree * spikes;
            for target in self.projections[i].target.populations() {
                arrivals[target][inputs[i]].add(i, largest, arriving, constant.flatten());
            }
        }
        for (number, input) in (self.projections.len()..).zip(&self.stimuli) {
            if let Action::Poisson { receptor, weight } = input.stimulus.action() {
                let r = self.receptor(input.target.0, receptor.as_deref())?.input;
                let count = f64::from(PoissonCounts::most_at(2.0 * input.stimulus.peak(), self.dt));
                let (target, weight) = (input.target.0, weight.value());
                arrivals[target][r].add(number, weight.abs(), count, Some(weight));
            }
        }
        self.share_arrivals(&mut arrivals, inputs);
        Ok(arrivals)
    }

    /// Gives the populations that are targets together one unit.
    fn share_arrivals(&self, arrivals: &mut [Vec<Arrivals>], inputs: &[usize]) {
        // Each round takes what is shared one projection further.
        for _ in 0..self.projections.len() {
            let before = arrivals.to_vec();
            for (p, &input) in self.projections.iter().zip(inputs) {
                let all = p.target.populations().map(|t| arrivals[t][input].clone());
                let Some(shared) = all.reduce(Arrivals::with) else { continue };
                p.target.populations().for_each(|t| arrivals[t][input] = shared.clone());
            }
            if before == arrivals {
                break;
            }
        }
    }

    /// What one count of the weights of a projection, which act on `input`, stands for.
    fn unit(&self, projection: usize, input: usize, units: &[Vec<f64>]) -> f64 {
        let mut targets = self.projections[projection].target.populations();
        targets.next().map_or(1.0, |target| units[target][input])
    }

    /// The weight of each stimulus in counts, and its relative error.
    fn stimulus_counts(&self, units: &[Vec<f64>]) -> Result<(Vec<i32>, Vec<f64>)> {
        let rounded = |input: &super::Input| match input.stimulus.action() {
            Action::Current => Ok((0, 0.0)),
            Action::Poisson { receptor, weight } => {
                let r = self.receptor(input.target.0, receptor.as_deref())?.input;
                let (weight, unit) = (weight.value(), units[input.target.0][r]);
                let counts = libm::round(weight / unit) as i32;
                Ok((counts, error(weight, f64::from(counts) * unit)))
            }
        };
        self.stimuli.iter().map(rounded).collect()
    }
}

/// The error of a weight relative to it.
fn error(weight: f64, rounded: f64) -> f64 {
    if weight == 0.0 { 0.0 } else { ((rounded - weight) / weight).abs() }
}

/// The largest relative error of the weights of at least a magnitude.
fn relative_error(values: &[f64], rounded: &Rounded, unit: f64, least: f64) -> f64 {
    let of = |(i, v): (usize, &f64)| error(*v, f64::from(rounded.counts(i)) * unit);
    values.iter().enumerate().filter(|(_, v)| v.abs() >= least).map(of).fold(0.0, f64::max)
}

/// The median magnitude.
fn median(values: &[f64]) -> f64 {
    let mut magnitudes: Vec<f64> = values.iter().map(|v| v.abs()).collect();
    magnitudes.sort_by(f64::total_cmp);
    magnitudes.get(magnitudes.len() / 2).copied().unwrap_or(0.0)
}

/// What is wrong with weights that would be rounded by `error`, and what helps.
fn too_coarse(values: &[f64], error: f64) -> String {
    let percent = 100.0 * error;
    if values.iter().all(|v| *v == values[0]) {
        return format!(
            "the weight would be rounded by {percent:.1} %: so much can arrive at this receptor in one step that 31 bits cannot hold it beside so small a weight; let fewer inputs or smaller weights act on this receptor"
        );
    }
    format!(
        "the median weight would be rounded by {percent:.1} %: the weights are too different for 16 bits, or others into this receptor are too large; split the projection by the size of its weights, or bound a distribution with max"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_weight_and_its_multiples_are_exact() {
        let mut arrivals = Arrivals::default();
        arrivals.add(0, 0.1, 1250.0, Some(0.1));
        arrivals.add(1, 0.5, 250.0, Some(-0.5));
        let unit = arrivals.unit();
        for w in [0.1, -0.5] {
            let rounded = round(&[w], unit, 0);
            assert!((f64::from(rounded.counts(0)) * unit - w).abs() < 1e-16, "{w}");
        }
    }

    #[test]
    fn the_sum_fits() {
        let mut arrivals = Arrivals::default();
        arrivals.add(0, 87.8, 1e6, None);
        assert!(arrivals.sum / arrivals.unit() < 2_147_483_647.0);
    }

    #[test]
    fn large_weights_are_shifted() {
        let rounded = round(&[1000.0], 0.001, 1);
        assert_eq!(rounded.shift, 5);
        assert_eq!(rounded.counts(0), 1_000_000);
    }
}
