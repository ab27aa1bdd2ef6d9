//! Makes a network larger or smaller so that it behaves alike (van Albada et al. 2015,
//! doi 10.1371/journal.pcbi.1004490).
//!
//! With the factor S, a neuron gets S times as many synapses. Divided by sqrt(S), their weights
//! add up to the same variance of the input, and a constant current replaces the missing part
//! 1 - sqrt(S) of its mean. Both need to know how often the sources spike.

use super::compensation::{charge, compensate, reference_rate};
use super::format::{Format, Projection};
use crate::network::Network;
use crate::rule::RuleSpec;
use crate::stimulus::{Profile, StimulusSpec};
use crate::units::Rate;
use crate::{Error, Result};

/// Scales `format`, which describes the network `full`, and returns what the user should know.
pub(super) fn scale(format: &mut Format, full: &Network, factor: f64) -> Result<Vec<String>> {
    if full.modules > 1 {
        let problem = format!(
            "--scale {factor} would change what a module is: take --set modules={} to have as many of them as make that size",
            libm::round(full.modules as f64 * factor).max(1.0)
        );
        return Err(Error::parameter("modules", problem));
    }
    let keeps = keeps_input(format, full);
    let currents = compensate(format, full, factor, &keeps)?;
    scale_sizes(format, factor)?;
    for i in 0..format.projection.len() {
        scale_rule(&mut format.projection[i], full, i, factor)
            .map_err(|e| e.within(&format!("projection.{i}.rule")))?;
        let projection = &mut format.projection[i];
        let mut targets = full.projections[i].target.populations();
        if targets.all(|target| keeps[target]) && scales_degree(&projection.rule) {
            projection.weight =
                projection.weight.as_ref().map(|w| w.map(|w| w * (1.0 / factor.sqrt())));
        }
    }
    scale_poisson(format, full, factor, &keeps);
    format.stimulus.extend(currents);
    Ok(notes(format, &keeps))
}

/// Whether the number of synapses of a neuron changes with the size of the network.
pub(super) fn scales_degree(rule: &RuleSpec) -> bool {
    !matches!(rule, RuleSpec::OneToOne(_) | RuleSpec::List(_))
}

/// For each population, whether enough is known to keep its input: its own reference rate and
/// those of all that project to it, and what a weight adds to its mean input.
fn keeps_input(format: &Format, full: &Network) -> Vec<bool> {
    let known = |i: usize| reference_rate(format, i).is_some();
    let mut keeps: Vec<bool> =
        (0..format.population.len()).map(|i| known(i) && charge(format, i, 0).is_some()).collect();
    for (projection, spec) in full.projections.iter().zip(&format.projection) {
        if scales_degree(&spec.rule) && !known(projection.source.0) {
            projection.target.populations().for_each(|target| keeps[target] = false);
        }
    }
    // Populations that are targets together share their weights: all keep their input, or none.
    for _ in &full.projections {
        for targets in full.projections.iter().map(|p| p.target.populations()) {
            if !targets.clone().all(|target| keeps[target]) {
                targets.for_each(|target| keeps[target] = false);
            }
        }
    }
    keeps
}

fn scale_sizes(format: &mut Format, factor: f64) -> Result<()> {
    for (name, population) in &mut format.population {
        let size = libm::round(population.size as f64 * factor);
        if size < 1.0 {
            let problem = format!(
                "{} x {factor} rounds to {size} neurons: give a larger factor to --scale",
                population.size
            );
            return Err(Error::parameter(format!("population.{name}.size"), problem));
        }
        population.size = size as u64;
    }
    Ok(())
}

/// Degrees times the factor, totals times its square.
fn scale_rule(projection: &mut Projection, full: &Network, i: usize, factor: f64) -> Result<()> {
    let times = |key: &str, n: u64, factor: f64| {
        let scaled = libm::round(n as f64 * factor);
        if n > 0 && scaled < 1.0 {
            let problem = format!("{n} x {factor} rounds to 0: give a larger factor to --scale");
            return Err(Error::parameter(key, problem));
        }
        Ok(scaled as u64)
    };
    match &mut projection.rule {
        RuleSpec::FixedIndegree(rule) => rule.indegree = times("indegree", rule.indegree, factor)?,
        RuleSpec::FixedOutdegree(rule) => {
            rule.outdegree = times("outdegree", rule.outdegree, factor)?;
        }
        RuleSpec::FixedTotalNumber(rule) => {
            // A probability means a number in the full network, which is not the square of the
            // factor times the number it would mean in the scaled one.
            let total = rule.total(&full.pairing(i)) as f64 * factor * factor;
            rule.total_number = Some(libm::round(total) as u64);
            rule.probability = None;
        }
        RuleSpec::List(_) => {
            let problem = "a list of synapses cannot be scaled: take another rule";
            return Err(Error::parameter("list", problem));
        }
        RuleSpec::AllToAll(_) | RuleSpec::OneToOne(_) | RuleSpec::PairwiseBernoulli(_) => {}
    }
    Ok(())
}

/// Fewer and weaker Poisson spikes into the populations whose input is kept.
fn scale_poisson(format: &mut Format, full: &Network, factor: f64, keeps: &[bool]) {
    for (stimulus, input) in format.stimulus.values_mut().zip(&full.stimuli) {
        if let StimulusSpec::PoissonGenerator(poisson) = &mut stimulus.input
            && keeps[input.target.0]
        {
            poisson.rate = times(&poisson.rate, factor);
            poisson.weight = poisson.weight * (1.0 / factor.sqrt());
        }
    }
}

/// All rates of a profile times `factor`.
fn times(rate: &Profile<Rate>, factor: f64) -> Profile<Rate> {
    match rate {
        Profile::Constant(rate) => Profile::Constant(*rate * factor),
        Profile::Steps(changes) => {
            let mut changes = changes.clone();
            for change in &mut changes {
                change.value = change.value * factor;
            }
            Profile::Steps(changes)
        }
    }
}

/// Says whose input could not be kept.
fn notes(format: &Format, keeps: &[bool]) -> Vec<String> {
    let is_neurons = |name: &str| format.population[name].neuron.is_some();
    let names =
        format.population.keys().zip(keeps).filter(|(name, keeps)| !**keeps && is_neurons(name));
    let names: Vec<&str> = names.map(|(name, _)| name.as_str()).collect();
    if names.is_empty() {
        return Vec::new();
    }
    vec![format!(
        "only the sizes and degrees of {} were scaled, so their activity may differ from that of \
         the full network: a `reference_rate` for them and for all that project to them (and \
         synapses that are no conductances) would let the input be kept",
        names.join(", ")
    )]
}
