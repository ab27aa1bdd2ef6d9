//! What can arrive at the inputs of neurons in one step, and which inputs share a unit.

use super::unit::{Choice, Group};
use super::{Given, INJECTED, Rounded, constant, levels};
use crate::Result;
use crate::network::{Network, PopulationKind};
use crate::stimulus::PoissonCounts;

/// A bound of what arrives at one input of one neuron in a step.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Load {
    /// Of the sum of magnitudes, in base units.
    pub(super) sum: f64,
    /// Of the number of weights in it.
    pub(super) count: f64,
}

/// The inputs of all populations in groups: those of populations that are targets together share
/// a unit.
pub(super) struct Groups {
    /// `of[population][input]`: the number of the group.
    of: Vec<Vec<usize>>,
    pub(super) all: Vec<Group>,
}

impl Groups {
    pub(super) fn new(given: &Given) -> Result<Self> {
        let Given { network, weights, inputs, .. } = given;
        let of = joined(network, inputs);
        let count = of.iter().flatten().max().map_or(0, |last| last + 1);
        let mut all: Vec<Group> = (0..count).map(|_| Group::default()).collect();
        for (i, values) in weights.iter().enumerate() {
            let Some(target) = network.projections[i].target.populations().next() else { continue };
            let group = &mut all[of[target][inputs[i]]];
            group.projections.push(i);
            group.add(largest(values), constant(values));
        }
        for input in &network.stimuli {
            if let Some((receptor, weight)) = network.poisson(input)? {
                let group = &mut all[of[input.target.0][receptor]];
                group.stimuli.push(weight);
                group.add(weight.abs(), Some(weight));
            }
        }
        Ok(Self { of, all })
    }

    /// The unit of each group, and the weights of its projections.
    pub(super) fn choices(&self, given: &Given) -> Result<Vec<Choice>> {
        let most = |i: usize| largest(&given.weights[i]) * given.forecasts[i].in_degree;
        let mut sums: Vec<f64> = (0..given.weights.len()).map(most).collect();
        let loads = self.loads(given, &sums)?;
        let plain: Vec<_> =
            self.all.iter().zip(loads).map(|(group, load)| group.plain(load, given)).collect();
        if plain.iter().all(Choice::is_exact) {
            return Ok(plain);
        }
        // Of lists, more is known.
        for (i, sum) in sums.iter_mut().enumerate() {
            if given.network.projections[i].rule.weights().is_some() {
                let magnitudes = levels::sums(given, i, |weight, _| weight.abs())?;
                *sum = magnitudes.into_iter().fold(0.0, f64::max);
            }
        }
        let each = self.all.iter().zip(plain).zip(self.loads(given, &sums)?);
        Ok(each.map(|((group, plain), load)| group.choose(plain, load, given)).collect())
    }

    /// What `f` says of each group, by population and input.
    pub(super) fn by_input(&self, f: impl Fn(usize) -> f64) -> Vec<Vec<f64>> {
        self.of.iter().map(|of| of.iter().map(|&group| f(group)).collect()).collect()
    }

    /// The projections of all groups in the order of the network.
    pub(super) fn in_order(&self, choices: Vec<Choice>) -> Vec<Rounded> {
        let numbers = self.all.iter().flat_map(|group| &group.projections);
        let rounded = choices.into_iter().flat_map(|choice| choice.projections);
        let mut all: Vec<_> = numbers.zip(rounded).collect();
        all.sort_unstable_by_key(|(i, _)| **i);
        all.into_iter().map(|(_, rounded)| rounded).collect()
    }

    /// What arrives at any input of each group, where `sums` bound the magnitudes of each projection that
    /// arrive at a target if each source spikes once.
    fn loads(&self, given: &Given, sums: &[f64]) -> Result<Vec<Load>> {
        let network = given.network;
        let empty = |of: &Vec<usize>| vec![Load::default(); of.len()];
        let mut loads: Vec<Vec<Load>> = self.of.iter().map(empty).collect();
        for (i, projection) in network.projections.iter().enumerate() {
            let spikes = f64::from(network.most_at_once(projection.source.0) + INJECTED);
            for target in projection.target.populations() {
                let load = &mut loads[target][given.inputs[i]];
                load.sum += sums[i] * spikes;
                load.count += given.forecasts[i].in_degree * spikes;
            }
        }
        for input in &network.stimuli {
            if let Some((receptor, weight)) = network.poisson(input)? {
                let most = 2.0 * input.stimulus.peak();
                let count = f64::from(PoissonCounts::most_at(most, network.dt));
                let load = &mut loads[input.target.0][receptor];
                load.sum += weight.abs() * count;
                load.count += count;
            }
        }
        let mut most = vec![Load::default(); self.all.len()];
        for (&group, load) in self.of.iter().flatten().zip(loads.iter().flatten()) {
            let most = &mut most[group];
            most.sum = most.sum.max(load.sum);
            most.count = most.count.max(load.count);
        }
        Ok(most)
    }
}

/// The largest magnitude.
fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |most, value| value.abs().max(most))
}

/// The number of the group of each input of each population.
fn joined(network: &Network, inputs: &[usize]) -> Vec<Vec<usize>> {
    let mut number = 0..;
    let own = |kind: &PopulationKind| match kind {
        PopulationKind::Neurons(model) => number.by_ref().take(model.inputs()).collect(),
        PopulationKind::Source(_) => Vec::new(),
    };
    let mut of: Vec<Vec<usize>> = network.populations.iter().map(|p| &p.kind).map(own).collect();
    // A forest: each leads to one that it is joined with, towards a root that leads to itself.
    let mut joined: Vec<usize> = (0..number.start).collect();
    for (p, &input) in network.projections.iter().zip(inputs) {
        let mut targets = p.target.populations();
        let Some(first) = targets.next() else { continue };
        for other in targets {
            let (a, b) = (root(&mut joined, of[first][input]), root(&mut joined, of[other][input]));
            joined[a.max(b)] = a.min(b);
        }
    }
    let roots: Vec<usize> = (0..joined.len()).map(|i| root(&mut joined, i)).collect();
    let mut next = 0..;
    let mut numbers = vec![0; roots.len()];
    for i in (0..roots.len()).filter(|&i| roots[i] == i) {
        numbers[i] = next.next().unwrap_or_default();
    }
    of.iter_mut().flatten().for_each(|group| *group = numbers[roots[*group]]);
    of
}

/// The root of `i`; the way there is made shorter.
fn root(joined: &mut [usize], mut i: usize) -> usize {
    while joined[i] != i {
        joined[i] = joined[joined[i]];
        i = joined[i];
    }
    i
}
