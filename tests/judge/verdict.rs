//! What Murine did with a network, held against the solution.

use std::sync::atomic::AtomicBool;

use murine::prelude::*;

use super::case::{Case, Sources};
use super::cell::{Cell, Kind, Membrane, membrane};
use super::draw::extremes;
use super::izhikevich::Izhikevich;

/// How far a membrane may be off, relative to the way from reset to threshold.
const OFF: f64 = 1e-4;

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    /// How far a membrane may be off, relative to what the magnitudes of the weights would have brought.
    of_weights: f64,
    /// Whether only intervals are judged, to a step; else the membrane is, too.
    trains: bool,
}

/// Weights may be rounded, and membranes must agree.
pub(super) const MEMBRANES: Rules = Rules { of_weights: 2e-3, trains: false };

/// Weights are exact, and each interval must agree to a step.
pub(super) const TRAINS: Rules = Rules { of_weights: 0.0, trains: true };

/// Sums of weights over the smallest that 31 bits may refuse.
const TOO_DIFFERENT: f64 = 5e6;

/// A network that Murine got wrong.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Wrong {
    /// Of what kind.
    pub what: &'static str,
    /// With numbers.
    pub how: String,
}

fn wrong<T>(what: &'static str, how: String) -> Result<T, Wrong> {
    Err(Wrong { what, how })
}

/// What became of a network that is not wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It agrees, and so many spikes of targets were judged.
    Right(usize),
    /// It was refused for a reason.
    Refused,
}

/// What Murine gave.
struct Run {
    /// Of each target, at each step from 0.
    potentials: Vec<Vec<f64>>,
    /// Whether each target spikes, by step.
    spikes: Vec<Vec<bool>>,
    /// Sums of the weights that arrive by target, step and receptor, and of their magnitudes.
    arrivals: Vec<Vec<([f64; 2], [f64; 2])>>,
}

/// Judges a network.
pub(super) fn judge(case: &Case, seed: u64, rules: Rules) -> Result<Outcome, Wrong> {
    let network = case.network(seed);
    let mut simulation = match Simulation::new(&network, 1) {
        Ok(simulation) => simulation,
        Err(error) => return refused(case, &error.to_string()),
    };
    let run = run(case, &mut simulation)?;
    let mut spikes = 0;
    for target in 0..case.targets() as usize {
        let cell = Cell { i_e: case.i_e[target], ..case.cell.clone() };
        let judged = match cell.kind {
            Kind::Izhikevich => within_steps(case, &cell, &run, target, rules),
            _ => on_the_grid(case, &cell, &run, target, rules),
        };
        judged.map_err(|w| Wrong { how: format!("target {target}: {}", w.how), ..w })?;
        spikes += run.spikes[target].iter().filter(|s| **s).count();
    }
    Ok(Outcome::Right(spikes))
}

/// Whether there is a reason: weights that no sum of 31 bits can hold beside each other to 0.2 %, at
/// units that are a weight times a power of two.
fn refused(case: &Case, message: &str) -> Result<Outcome, Wrong> {
    for receptor in 0..2 {
        let (sum, smallest) = extremes(case, receptor);
        if message.contains("weight") && sum > TOO_DIFFERENT * smallest {
            return Ok(Outcome::Refused);
        }
    }
    wrong("refused without need", message.into())
}

fn run(case: &Case, simulation: &mut Simulation) -> Result<Run, Wrong> {
    let targets = case.targets() as usize;
    let steps = case.steps as usize;
    let dt = simulation.network().dt;
    for target in 0..case.targets() {
        simulation.probe(PopulationId(0), target, "v_m", dt).expect("a variable of all models");
    }
    simulation.run_steps(case.steps, &AtomicBool::new(false));
    let mut potentials = vec![vec![f64::NAN; steps + 1]; targets];
    for sample in simulation.take_samples() {
        potentials[sample.probe][sample.step as usize] = sample.value;
    }
    let mut spikes = vec![vec![false; steps + 1]; targets];
    let mut arrivals = vec![vec![([0.0; 2], [0.0; 2]); steps + 1]; targets];
    let firsts = simulation.network().firsts();
    let mut emitted: Vec<Vec<Vec<u64>>> =
        case.projections.iter().map(|p| vec![Vec::new(); p.sources.count() as usize]).collect();
    for (step, neuron) in simulation.take_spikes() {
        let population = firsts.partition_point(|first| *first <= neuron) - 1;
        let neuron = (neuron - firsts[population]) as usize;
        if population == 0 {
            if spikes[neuron][step as usize] {
                return wrong("two spikes in a step", format!("target {neuron}, step {step}"));
            }
            spikes[neuron][step as usize] = true;
        } else {
            emitted[population - 1][neuron].push(step);
        }
    }
    for (i, (projection, emitted)) in case.projections.iter().zip(&emitted).enumerate() {
        as_told(&projection.sources, emitted, case).map_err(|how| Wrong {
            what: "sources do what they were not told",
            how: format!("sources {i}: {how}"),
        })?;
        for s in &projection.synapses {
            for step in &emitted[s.source as usize] {
                if let Some((sums, magnitudes)) =
                    arrivals[s.target as usize].get_mut((step + s.delay) as usize)
                {
                    sums[projection.receptor] += s.weight;
                    magnitudes[projection.receptor] += s.weight.abs();
                }
            }
        }
    }
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

/// Models whose threshold is tested at grid points. After each spike of Murine's, which must be where
/// the solution allows it, the solution is reset with it: so each interval is judged.
fn on_the_grid(
    case: &Case,
    cell: &Cell,
    run: &Run,
    target: usize,
    rules: Rules,
) -> Result<(), Wrong> {
    let mut membrane: Box<dyn Membrane> = membrane(cell);
    let mut silent = 0_u32;
    let mut overdue = None;
    for step in 1..=case.steps as usize {
        let refractory = silent > 0;
        silent = silent.saturating_sub(1);
        membrane.advance(case.current(step as u64 - 1), refractory);
        let (weights, magnitudes) = run.arrivals[target][step];
        membrane.arrive(weights, magnitudes, refractory);
        let (exact, found) = (membrane.potential(), run.potentials[target][step]);
        let tolerance = OFF * cell.range() + rules.of_weights * membrane.of_magnitudes();
        let here = format!(
            "step {step}: {found} mV, must be {exact} within {tolerance:e}; threshold {}",
            cell.v_th
        );
        if !found.is_finite() {
            return wrong("not a number", here);
        }
        if run.spikes[target][step] {
            if refractory {
                return wrong("a spike while refractory", here);
            }
            let early = exact < cell.v_th - tolerance;
            if early && !(rules.trains && in_the_next(case, cell, run, target, step, &*membrane)) {
                return wrong("a spike too early", here);
            }
            membrane.reset();
            silent = cell.t_ref;
            overdue = None;
            if (found - cell.v_reset).abs() > OFF * cell.range() {
                return wrong("not reset", here);
            }
            continue;
        }
        if overdue.is_some_and(|since| step > since) {
            return wrong("a spike too late, or none", here);
        }
        if !refractory && overdue.is_none() && exact > cell.v_th + tolerance {
            overdue = Some(step);
        }
        if !rules.trains && overdue.is_none() && (found - exact).abs() > tolerance {
            let what = if refractory { "not held while refractory" } else { "a membrane off" };
            return wrong(what, here);
        }
    }
    Ok(())
}

/// Whether a membrane that is not at its threshold in a step would be there in the next.
fn in_the_next(
    case: &Case,
    cell: &Cell,
    run: &Run,
    target: usize,
    step: usize,
    membrane: &dyn Membrane,
) -> bool {
    let Some(&(weights, magnitudes)) = run.arrivals[target].get(step + 1) else { return true };
    let mut later = membrane.copy();
    later.advance(case.current(step as u64), false);
    later.arrive(weights, magnitudes, false);
    later.potential() >= cell.v_th - OFF * cell.range()
}

/// Solutions that are driven more and less than Murine may be, and as much as it should be.
struct Bundle {
    lower: Izhikevich,
    exact: Izhikevich,
    upper: Izhikevich,
    /// The step in which each has reached its threshold.
    reached: [Option<usize>; 3],
}

impl Bundle {
    fn new(cell: &Cell, of_weights: f64) -> Self {
        let off = OFF * cell.range();
        let driven = |sign: f64| {
            let mut one = Izhikevich::new(cell);
            one.threshold = cell.v_th - sign * off;
            one.factors = [1.0 + sign * of_weights, 1.0 - sign * of_weights];
            one
        };
        Self { lower: driven(-1.0), exact: driven(0.0), upper: driven(1.0), reached: [None; 3] }
    }

    fn all(&mut self) -> [&mut Izhikevich; 3] {
        [&mut self.lower, &mut self.exact, &mut self.upper]
    }

    fn advance(&mut self, step: usize, current: f64, weights: [f64; 2]) {
        let mut reached = self.reached;
        for (one, reached) in self.all().into_iter().zip(&mut reached) {
            if reached.is_none() {
                if one.advance(current) {
                    *reached = Some(step);
                }
            } else {
                one.decay();
            }
            one.arrive(weights);
        }
        self.reached = reached;
    }

    /// Murine spiked. U may be what it is in any of the three.
    fn reset(&mut self) {
        let u = [self.lower.u, self.exact.u, self.upper.u];
        let (least, most) = (u[0].min(u[1]).min(u[2]), u[0].max(u[1]).max(u[2]));
        self.lower.reset(most);
        self.exact.reset(u[1]);
        self.upper.reset(least);
        self.reached = [None; 3];
    }
}

/// Izhikevich's neuron, whose solution stops where it first reaches the threshold within a step.
fn within_steps(
    case: &Case,
    cell: &Cell,
    run: &Run,
    target: usize,
    rules: Rules,
) -> Result<(), Wrong> {
    let mut bundle = Bundle::new(cell, rules.of_weights);
    let off = OFF * cell.range();
    let steps = case.steps as usize;
    for step in 1..=steps {
        let arrivals = &run.arrivals[target];
        bundle.advance(step, case.current(step as u64 - 1), arrivals[step].0);
        let found = run.potentials[target][step];
        let at = |i: usize, v: f64| match bundle.reached[i] {
            Some(step) => format!("threshold in step {step}"),
            None => format!("{v} mV"),
        };
        let here = format!(
            "step {step}: {found} mV, must be {} ({} to {}); threshold {}",
            at(1, bundle.exact.v),
            at(0, bundle.lower.v),
            at(2, bundle.upper.v),
            cell.v_th
        );
        if !found.is_finite() {
            return wrong("not a number", here);
        }
        if run.spikes[target][step] {
            // One step early is allowed: would it be there in the next?
            if bundle.reached[2].is_none() && step < steps {
                let mut later = bundle.upper.clone();
                if !later.advance(case.current(step as u64)) {
                    return wrong("a spike too early", here);
                }
            }
            bundle.reset();
            if (found - cell.v_reset).abs() > off {
                return wrong("not reset", here);
            }
            continue;
        }
        if bundle.reached[0].is_some_and(|reached| step > reached) {
            return wrong("a spike too late, or none", here);
        }
        let below = bundle.reached[0].is_none() && found < bundle.lower.v - off;
        let above = bundle.reached[2].is_none() && found > bundle.upper.v + off;
        if !rules.trains && (below || above) {
            return wrong("a membrane off", here);
        }
    }
    Ok(())
}
