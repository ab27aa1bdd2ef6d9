//! A run of a network: what came out of it, and what went in.

use std::sync::atomic::AtomicBool;

use murine::prelude::*;

use super::case::{Case, Sources};
use super::verdict::Wrong;

/// Sums of the weights that arrive at a step by receptor, and of their magnitudes.
pub(super) type Arriving = ([f64; 2], [f64; 2]);

/// The steps at which each source of each projection emitted spikes.
pub(super) type Emitted = Vec<Vec<Vec<u64>>>;

/// What happened to the targets.
#[derive(Clone, Debug)]
pub(super) struct Run {
    /// Of each target, by step from 0: after the update that ends there.
    pub potentials: Vec<Vec<f64>>,
    /// Whether each target spikes, by step.
    pub spikes: Vec<Vec<bool>>,
    /// What arrives by target and step.
    pub arrivals: Vec<Vec<Arriving>>,
}

/// What arrives at each target by step, if each weight is taken for what `weight` makes of it.
pub(super) fn arrivals(
    case: &Case,
    emitted: &Emitted,
    mut weight: impl FnMut(f64) -> f64,
) -> Vec<Vec<Arriving>> {
    let none = vec![Arriving::default(); case.steps as usize + 1];
    let mut arrivals = vec![none; case.targets() as usize];
    for (projection, emitted) in case.projections.iter().zip(emitted) {
        for s in &projection.synapses {
            let w = weight(s.weight);
            for step in &emitted[s.source as usize] {
                let at = (step + s.delay) as usize;
                if let Some((sums, magnitudes)) = arrivals[s.target as usize].get_mut(at) {
                    sums[projection.receptor] += w;
                    magnitudes[projection.receptor] += w.abs();
                }
            }
        }
    }
    arrivals
}

/// Runs the network that Murine has built.
pub(super) fn run(case: &Case, simulation: &mut Simulation) -> Result<Run, Wrong> {
    let (targets, steps) = (case.targets() as usize, case.steps as usize);
    let dt = simulation.network().dt;
    for target in 0..case.targets() {
        simulation.probe(PopulationId(0), target, "v_m", dt).expect("a variable of all models");
    }
    simulation.run_steps(case.steps, &AtomicBool::new(false)).expect("finite states");
    let mut potentials = vec![vec![f64::NAN; steps + 1]; targets];
    for sample in simulation.take_samples() {
        potentials[sample.probe][sample.step as usize] = sample.value;
    }
    let mut spikes = vec![vec![false; steps + 1]; targets];
    let firsts = simulation.network().firsts();
    let mut emitted: Emitted =
        case.projections.iter().map(|p| vec![Vec::new(); p.sources.count() as usize]).collect();
    for (step, neuron) in simulation.take_spikes() {
        let population = firsts.partition_point(|first| *first <= neuron) - 1;
        let neuron = (neuron - firsts[population]) as usize;
        if population > 0 {
            emitted[population - 1][neuron].push(step);
        } else if std::mem::replace(&mut spikes[neuron][step as usize], true) {
            let how = format!("target {neuron}, step {step}");
            return Err(Wrong { what: "two spikes in a step", how });
        }
    }
    for (i, (projection, emitted)) in case.projections.iter().zip(&emitted).enumerate() {
        as_told(&projection.sources, emitted, case).map_err(|how| Wrong {
            what: "sources do what they were not told",
            how: format!("sources {i}: {how}"),
        })?;
    }
    let arrivals = arrivals(case, &emitted, |weight| weight);
    Ok(Run { potentials, spikes, arrivals })
}

/// Whether sources emitted what they were told to, or as many.
fn as_told(sources: &Sources, emitted: &[Vec<u64>], case: &Case) -> Result<(), String> {
    match sources {
        Sources::Times(times) => {
            for (told, emitted) in times.iter().zip(emitted) {
                let mut told = told.clone();
                told.sort_unstable();
                if told != *emitted {
                    return Err(format!("{emitted:?} in place of {told:?}"));
                }
            }
        }
        Sources::Poisson(count, rate) => {
            let mean = *count as f64 * rate * case.steps as f64 * case.cell.dt * 1e-3;
            let found: usize = emitted.iter().map(Vec::len).sum();
            if (found as f64 - mean).abs() > 8.0 * mean.sqrt() + 12.0 {
                return Err(format!("{found} spikes in place of {mean}"));
            }
        }
    }
    Ok(())
}
