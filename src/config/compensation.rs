//! The constant currents that replace the mean input which down-scaling takes away.

use super::format::{Format, Stimulus};
use super::scale::scales_degree;
use crate::Result;
use crate::network::Network;
use crate::neuron::ModelSpec;
use crate::random::{Levels, Parameter};
use crate::stimulus::{
    Change, DcGenerator, PoissonGenerator, Profile, SourceSpec, StepCurrentGenerator, StimulusSpec,
};
use crate::units::{Current, PA, Quantity, Rate, Time};

/// The rate at which neurons of population number `i` are expected to spike, in Hz.
pub(super) fn reference_rate(format: &Format, i: usize) -> Option<f64> {
    let (_, population) = format.population.get_index(i)?;
    let of_source = || match &population.source {
        Some(SourceSpec::PoissonGenerator(source)) => match source.rate {
            Profile::Constant(rate) => Some(rate.hz()),
            Profile::Steps(_) => None,
        },
        Some(SourceSpec::Flicker(source)) => Some(source.mean_rate().hz()),
        _ => None,
    };
    population.reference_rate.map(Rate::hz).or_else(of_source)
}

/// The mean current in pA that one spike per ms of weight 1 brings to receptor number `receptor`
/// of population number `i`: the time constant in ms of a synaptic current, the capacitance in
/// pF of a delta synapse; none for conductances, whose current depends on the potential.
pub(super) fn charge(format: &Format, i: usize, receptor: usize) -> Option<f64> {
    match format.population.get_index(i)?.1.neuron.as_ref()? {
        ModelSpec::IafPscExp(model) if receptor == 0 => Some(mean(&model.tau_syn_ex)),
        ModelSpec::IafPscExp(model) => Some(mean(&model.tau_syn_in)),
        ModelSpec::IafPscDelta(model) => Some(mean(&model.c_m)),
        ModelSpec::Izhikevich(model) if receptor == 0 => Some(mean(&model.tau_syn_ex)),
        ModelSpec::Izhikevich(model) => Some(mean(&model.tau_syn_in)),
        ModelSpec::IafCondExp(_) => None,
    }
}

/// The mean of a parameter over the neurons, in base units.
fn mean<Q: Quantity>(parameter: &Parameter<Q>) -> f64 {
    match parameter {
        Parameter::Drawn(distribution) => Levels::new(distribution).mean(),
        Parameter::List(values) => {
            values.iter().map(|v| v.value()).sum::<f64>() / values.len() as f64
        }
    }
}

/// The stimuli that keep the mean input of the populations for which `keeps` says so: for each
/// neuron (1 - sqrt(S)) sum of (charge x weight x in-degree x rate), all of the full network.
pub(super) fn compensate(
    format: &Format,
    full: &Network,
    factor: f64,
    keeps: &[bool],
) -> Result<Vec<(String, Stimulus)>> {
    let missing = 1.0 - factor.sqrt();
    let mut constant = recurrent(format, full)?;
    let mut changing = Vec::new();
    for ((name, stimulus), input) in format.stimulus.iter().zip(&full.stimuli) {
        let target = input.target.0;
        if let StimulusSpec::PoissonGenerator(poisson) = &stimulus.input
            && keeps[target]
        {
            let receptor = full.receptor(target, poisson.receptor.as_deref())?.input;
            let charge = charge(format, target, receptor).unwrap_or_default();
            let per_hz = charge * poisson.weight.value() * 1e-3;
            if let Some(rate) = lasting(poisson) {
                constant[target] += per_hz * rate.hz();
            } else {
                let current = replace(poisson, missing * per_hz);
                changing.push((format!("compensation_{name}"), &stimulus.target, current));
            }
        }
    }
    let mut currents = Vec::new();
    for (i, name) in format.population.keys().enumerate() {
        if keeps[i] && constant[i] * missing != 0.0 {
            let current = DcGenerator::new(constant[i] * missing * PA).into();
            currents.push((format!("compensation_{name}"), name, current));
        }
    }
    currents.extend(changing);
    Ok(named(format, currents))
}

/// The mean current in pA from other populations into each, in the full network.
fn recurrent(format: &Format, full: &Network) -> Result<Vec<f64>> {
    let mut currents = vec![0.0; full.populations.len()];
    for (i, (projection, spec)) in full.projections.iter().zip(&format.projection).enumerate() {
        let receptor = full.receptor_of(projection)?.input;
        let (Some(hz), true) =
            (reference_rate(format, projection.source.0), scales_degree(&spec.rule))
        else {
            continue;
        };
        let in_degree = full.forecast(i).synapses / projection.target.size(full) as f64;
        let weight = Levels::new(&projection.weight).mean();
        for target in projection.target.populations() {
            let charge = charge(format, target, receptor).unwrap_or_default();
            currents[target] += charge * weight * in_degree * hz * 1e-3;
        }
    }
    Ok(currents)
}

/// The rate of an input that never changes.
fn lasting(poisson: &PoissonGenerator) -> Option<Rate> {
    match poisson.rate {
        Profile::Constant(rate) if poisson.start == Time::default() && poisson.stop.is_none() => {
            Some(rate)
        }
        _ => None,
    }
}

/// A current of `pa_per_hz` times the rate of `poisson`, at the same times.
fn replace(poisson: &PoissonGenerator, pa_per_hz: f64) -> StimulusSpec {
    let current = |rate: Rate| Current::new(rate.hz() * pa_per_hz);
    let (start, stop) = (poisson.start, poisson.stop);
    match &poisson.rate {
        Profile::Constant(rate) => DcGenerator { amplitude: current(*rate), start, stop }.into(),
        Profile::Steps(changes) => {
            let change = |c: &Change<Rate>| Change { from: c.from, value: current(c.value) };
            let amplitude = Profile::Steps(changes.iter().map(change).collect());
            StepCurrentGenerator { amplitude, start, stop }.into()
        }
    }
}

/// The currents as stimuli, under names that are not taken.
fn named(
    format: &Format,
    currents: Vec<(String, &String, StimulusSpec)>,
) -> Vec<(String, Stimulus)> {
    let mut named: Vec<(String, Stimulus)> = Vec::new();
    for (mut name, target, input) in currents {
        while format.stimulus.contains_key(&name) || named.iter().any(|(n, _)| *n == name) {
            name.push('_');
        }
        named.push((
            name,
            Stimulus { target: target.clone(), modules: None, indegree: None, input },
        ));
    }
    named
}
