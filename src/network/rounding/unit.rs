//! The unit of inputs: what one count of a weight stands for.

use std::collections::HashSet;

use super::levels::{self, EXACT};
use super::load::Load;
use super::{Given, LIMIT, Rounded, constant};

/// The largest sum that an inbox holds, in counts.
const MOST: f64 = 2_147_483_647.0;
/// The same with a margin for weights that are rounded to 15 bits.
const MOST_PLAIN: f64 = 2_147_000_000.0;

/// What acts on inputs that share a unit.
#[derive(Debug, Default)]
pub(super) struct Group {
    /// Numbers of projections.
    pub(super) projections: Vec<usize>,
    /// Weights of stimuli.
    pub(super) stimuli: Vec<f64>,
    /// Smallest unit at which every projection's largest weight fits `i16` without a shift.
    finest: f64,
    /// The magnitudes of constant weights but zero, in the order of projections and stimuli.
    constants: Vec<f64>,
    known: HashSet<u64>,
}

/// A unit, and what follows from it.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) unit: f64,
    /// How many times what is expected to arrive would fit.
    pub(super) room: f64,
    /// The projections of the group.
    pub(super) projections: Vec<Rounded>,
    /// The largest relative error of any weight.
    worst: f64,
    /// The largest relative error of a weight of a projection.
    worst_synapse: f64,
    /// The largest relative error of a constant weight.
    worst_constant: f64,
}

impl Choice {
    /// Whether synapses have their weights exactly, such as those that were rounded before and exported.
    pub(super) fn is_exact(&self) -> bool {
        self.worst_synapse <= EXACT && self.is_right()
    }

    fn is_right(&self) -> bool {
        self.worst <= LIMIT
    }
}

impl Group {
    /// Adds weights up to `largest`, all of which are `constant` or not.
    pub(super) fn add(&mut self, largest: f64, constant: Option<f64>) {
        if largest > 0.0 {
            let finest = largest / 32_767.0;
            self.finest = if self.finest == 0.0 { finest } else { self.finest.min(finest) };
            if let Some(weight) = constant.map(f64::abs).filter(|w| self.known.insert(w.to_bits()))
            {
                self.constants.push(weight);
            }
        }
    }

    /// The choice with 15 bits for each projection.
    pub(super) fn plain(&self, load: Load, given: &Given) -> Choice {
        let wanted = self.finest.max(load.sum / MOST_PLAIN);
        let unit = halved(self.base(wanted, halved, &[EXACT]), wanted);
        let room = MOST_PLAIN * unit / load.sum;
        self.choice(unit, room, given, levels::plain)
    }

    /// The first that will do: `plain`, or a unit that is as small as what arrives allows. Any is better
    /// if all weights are exact.
    pub(super) fn choose(&self, plain: Choice, load: Load, given: &Given) -> Choice {
        if plain.is_exact() {
            return plain;
        }
        // Weights are right to the limit or to a count: so much more may arrive.
        let (sum, least) = (load.sum * (1.0 + LIMIT), (MOST - load.count).max(1.0));
        let (wanted, limits) = (sum / least, [EXACT, LIMIT]);
        // Of halves and thirds of one weight, some are less than half as much again as what is wanted.
        let halves = self.base(wanted, halved, &limits);
        let mut units = vec![halved(halves, wanted), thirded(halves, wanted)];
        units.push(thirded(self.base(wanted, thirded, &limits), wanted));
        units.dedup();
        let choice = |&unit: &f64| {
            let room = MOST / (sum / unit + load.count);
            self.choice(unit, room, given, levels::wide)
        };
        let multiples = units.iter().filter(|unit| self.are_multiples(**unit, given));
        if let Some(exact) = multiples.map(choice).find(Choice::is_exact) {
            return exact;
        }
        if plain.is_right() {
            return plain;
        }
        let mut fine: Vec<Choice> = Vec::new();
        for unit in &units {
            let choice = choice(unit);
            if choice.is_right() {
                return choice;
            }
            fine.push(choice);
        }
        fine.sort_by(|a, b| a.unit.total_cmp(&b.unit));
        let kept = fine.iter().position(|choice| choice.worst_constant <= LIMIT);
        fine.swap_remove(kept.unwrap_or(0))
    }

    /// The constant weight that a unit of at least `wanted` is made of by `divided`: the first with which the
    /// others are whole numbers of units to the first of some limits, if any is, or to the next, or the first.
    fn base(&self, wanted: f64, divided: fn(f64, f64) -> f64, limits: &[f64]) -> f64 {
        let constants = if self.constants.is_empty() { &[1.0] } else { &*self.constants };
        for &limit in limits {
            // What was wrong for one base is for most: asked first, it keeps this from being quadratic.
            let mut suspect = 0;
            for &base in constants {
                let unit = divided(base, wanted);
                let is_off = |i: &usize| !is_multiple(constants[*i], unit, limit);
                match std::iter::once(suspect).chain(0..constants.len()).find(is_off) {
                    None => return base,
                    Some(i) => suspect = i,
                }
            }
        }
        constants[0]
    }

    /// Whether all weights of synapses are whole numbers of units.
    fn are_multiples(&self, unit: f64, given: &Given) -> bool {
        let mut all = self.projections.iter().flat_map(|&i| given.weights[i].iter());
        all.all(|&weight| weight == 0.0 || is_multiple(weight.abs(), unit, EXACT))
    }

    fn choice(
        &self,
        unit: f64,
        room: f64,
        given: &Given,
        round: fn(&[f64], f64, usize) -> Rounded,
    ) -> Choice {
        let of_stimulus = |&w: &f64| levels::error(w, libm::round(w / unit) * unit);
        let worst = self.stimuli.iter().map(of_stimulus).fold(0.0, f64::max);
        let (projections, worst_constant) = (Vec::new(), worst);
        let worst_synapse = 0.0;
        let mut choice = Choice { unit, room, projections, worst, worst_synapse, worst_constant };
        for &i in &self.projections {
            let values = &*given.weights[i];
            let rounded = round(values, unit, given.inputs[i]);
            let error = levels::largest_error(values, &rounded, unit);
            choice.worst = choice.worst.max(error);
            choice.worst_synapse = choice.worst_synapse.max(error);
            if constant(values).is_some() {
                choice.worst_constant = choice.worst_constant.max(error);
            }
            choice.projections.push(rounded);
        }
        choice
    }
}

/// A third of `base` times a power of two, likewise.
fn thirded(base: f64, wanted: f64) -> f64 {
    halved(base / 3.0, wanted)
}

/// `base` times a power of two: the smallest that is at least `wanted`; 1 where nothing is wanted.
fn halved(base: f64, wanted: f64) -> f64 {
    if wanted == 0.0 {
        return 1.0;
    }
    let mut unit = base;
    while unit / 2.0 >= wanted {
        unit /= 2.0;
    }
    while unit < wanted {
        unit *= 2.0;
    }
    unit
}

/// Whether a magnitude is a whole number of units, but for so small a part of it.
fn is_multiple(weight: f64, unit: f64, limit: f64) -> bool {
    let counts = weight / unit;
    let whole = libm::round(counts);
    whole >= 1.0 && (counts - whole).abs() <= limit * whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_a_part_of_a_constant_weight() {
        let mut group = Group::default();
        group.add(0.1, Some(0.1));
        group.add(0.5, Some(-0.5));
        for divided in [halved, thirded] {
            let unit = divided(group.base(1e-6, divided, &[EXACT]), 1e-6);
            assert!((1e-6..2e-6).contains(&unit));
            assert!(is_multiple(0.1, unit, EXACT) && is_multiple(0.5, unit, EXACT));
        }
    }
}
