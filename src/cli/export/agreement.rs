//! Whether the network of the lists rounds weights as the one that they were made of.
//!
//! The unit in which weights are counted follows from all that a receptor can get: from weights that
//! are constant and those that only happen to be, from what might be drawn and what was. Where lists
//! lead to another one, weights differ in their last digits.

use std::collections::{BTreeMap, HashMap};

use murine::Result;
use murine::network::{Network, Rounding};
use murine::random::time_at;
use murine::record::SynapseList;
use murine::rule::{List, Listed};
use murine::stimulus::Action;
use murine::units::MS;

/// A list with the same weights and largest in-degree, as short as can be.
pub(super) fn summary(list: &SynapseList, dt_ms: f64) -> Result<List> {
    let mut weights = BTreeMap::new();
    let mut in_degrees: HashMap<u64, usize> = HashMap::new();
    for (weight, target) in list.weight.iter().zip(&list.target) {
        weights.insert(weight.to_bits(), *weight);
        *in_degrees.entry(*target).or_default() += 1;
    }
    let in_degree = in_degrees.into_values().max().unwrap_or(0);
    let target = |i: usize| if i < in_degree { 0 } else { i as u64 };
    let delay = time_at(1, dt_ms);
    let synapse = |(i, weight)| Listed { source: 0, target: target(i), weight, delay };
    let all = weights.values().copied().cycle().take(in_degree.max(weights.len()));
    List::new(&all.enumerate().map(synapse).collect::<Vec<_>>())
}

/// Whether the weights of `network` stay what they are by `rounding` where each projection has a list
/// of which `lists` are summaries.
pub(super) fn agree(network: &Network, rounding: &Rounding, lists: &[List]) -> bool {
    let mut listed = network.clone();
    listed.modules = 1;
    for (projection, list) in listed.projections.iter_mut().zip(lists) {
        projection.rule = list.clone().into();
        projection.between = None;
        projection.delay_per_distance = 0.0 * MS;
    }
    let Ok(again) = listed.rounding() else { return false };
    let unit = |of: &Rounding, population: usize, input: usize| of.units[population][input];
    // Units that differ by a power of two count the same in floating-point numbers.
    let alike = |population, input| {
        let ratio = unit(&again, population, input) / unit(rounding, population, input);
        ratio.to_bits().trailing_zeros() >= f64::MANTISSA_DIGITS - 1
    };
    let projections = listed.projections.iter().enumerate().all(|(i, projection)| {
        let (rounded, weights) = (&again.projections[i], projection.rule.weights());
        let weights = weights.unwrap_or_default();
        projection.target.populations().all(|population| {
            let unit = unit(&again, population, rounded.input);
            let same = |(level, w): (usize, &f64)| f64::from(rounded.counts(level)) * unit == *w;
            weights.is_empty()
                || (alike(population, rounded.input) && weights.iter().enumerate().all(same))
        })
    });
    let stimuli = listed.stimuli.iter().enumerate().all(|(i, input)| {
        let Action::Poisson { receptor, .. } = input.stimulus.action() else { return true };
        let population = input.target.0;
        let Ok(receptor) = network.receptor(population, receptor.as_deref()) else { return false };
        let weight =
            |of: &Rounding| f64::from(of.stimuli[i]) * unit(of, population, receptor.input);
        alike(population, receptor.input) && weight(&again) == weight(rounding)
    });
    projections && stimuli
}
