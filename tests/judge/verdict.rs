//! What Murine did with a network, held against the solution.

use murine::Simulation;

use super::case::Case;
use super::cell::{Cell, Kind, Membrane, membrane};
use super::draw::extremes;
use super::izhikevich::Izhikevich;
use super::run::{Arriving, Run, run};

/// How far a membrane may be off, relative to the way from reset to threshold.
const OFF: f64 = 1e-4;

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    /// How far a membrane may be off, relative to what the magnitudes of the weights would have brought.
    of_weights: f64,
    /// Whether only intervals are judged, to a step; else the membrane is, too.
    trains: bool,
    /// How many of a thousand membranes may be further off.
    pub(super) further: u64,
}

/// Weights may be rounded, and membranes must agree.
pub(super) const MEMBRANES: Rules = Rules { of_weights: 2e-3, trains: false, further: 0 };

/// The same, of a membrane that is not stable: on its way to threshold, and under currents of up to 1e10 pA,
/// it makes much of little.
pub(super) const UNSTABLE: Rules = Rules { further: 2, ..MEMBRANES };

/// What is wrong with a membrane that is further off.
pub(super) const OFF_MEMBRANE: &str = "a membrane off";

/// Weights are exact, and each interval must agree to a step.
pub(super) const TRAINS: Rules = Rules { of_weights: 0.0, trains: true, further: 0 };

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

/// Judges a network.
pub(super) fn judge(case: &Case, seed: u64, rules: Rules) -> Result<Outcome, Wrong> {
    let network = case.network(seed);
    let mut simulation = match Simulation::new(&network, 1) {
        Ok(simulation) => simulation,
        Err(error) => return refused(case, &error.to_string()),
    };
    targets(case, &run(case, &mut simulation)?, rules).map(Outcome::Right)
}

/// Judges what the targets did; says how many spikes that were.
pub(super) fn targets(case: &Case, run: &Run, rules: Rules) -> Result<usize, Wrong> {
    let mut spikes = 0;
    for target in 0..case.targets() as usize {
        let cell = Cell { i_e: case.i_e[target], ..case.cell.clone() };
        let judged = match cell.kind {
            Kind::Izhikevich => within_steps(case, &cell, run, target, rules),
            _ => on_the_grid(case, &cell, run, target, rules),
        };
        judged.map_err(|w| Wrong { how: format!("target {target}: {}", w.how), ..w })?;
        spikes += run.spikes[target].iter().filter(|s| **s).count();
    }
    Ok(spikes)
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
        let here = || {
            format!(
                "step {step}: {found} mV, must be {exact} within {tolerance:e}; threshold {}",
                cell.v_th
            )
        };
        if !found.is_finite() {
            return wrong("not a number", here());
        }
        if run.spikes[target][step] {
            if refractory {
                return wrong("a spike while refractory", here());
            }
            let early = exact < cell.v_th - tolerance;
            if early && !(rules.trains && in_the_next(case, cell, run, target, step, &*membrane)) {
                return wrong("a spike too early", here());
            }
            membrane.reset();
            silent = cell.t_ref;
            overdue = None;
            if (found - cell.v_reset).abs() > OFF * cell.range() {
                return wrong("not reset", here());
            }
            continue;
        }
        if overdue.is_some_and(|since| step > since) {
            return wrong("a spike too late, or none", here());
        }
        if !refractory && overdue.is_none() && exact > cell.v_th + tolerance {
            overdue = Some(step);
        }
        if !rules.trains && overdue.is_none() && (found - exact).abs() > tolerance {
            let what = if refractory { "not held while refractory" } else { OFF_MEMBRANE };
            return wrong(what, here());
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

/// Solutions that are driven less than they should be, as much, and more: by what weights may be off.
struct Bundle {
    all: [Izhikevich; 3],
    /// The step in which each has reached its threshold.
    reached: [Option<usize>; 3],
    /// How far they have been apart since the last spike.
    apart: f64,
}

impl Bundle {
    fn new(cell: &Cell, of_weights: f64) -> Self {
        let driven = |sign: f64| {
            let mut one = Izhikevich::new(cell);
            one.threshold = cell.v_th - sign * OFF * cell.range();
            one.more = sign * of_weights;
            one
        };
        Self { all: [-1.0, 0.0, 1.0].map(driven), reached: [None; 3], apart: 0.0 }
    }

    /// To the grid point `step`, at which `arriving` arrives.
    fn advance(&mut self, step: usize, current: f64, (weights, magnitudes): Arriving) {
        for (one, reached) in self.all.iter_mut().zip(&mut self.reached) {
            if reached.is_some() {
                one.decay();
            } else if one.advance(current) {
                *reached = Some(step);
            }
            one.arrive(weights, magnitudes);
        }
        let [less, exact, more] = self.all.each_ref().map(|one| one.v);
        self.apart = self.apart.max((less - exact).abs()).max((more - exact).abs());
    }

    /// Whether one has reached its threshold, or would in the next step.
    fn may_spike(&self, current: f64) -> bool {
        let mut all = self.all.iter().zip(&self.reached);
        all.any(|(one, reached)| reached.is_some() || one.clone().advance(current))
    }

    /// Murine spiked. U may be what it is in any of the three.
    fn reset(&mut self) {
        let u = self.all.each_ref().map(|one| one.u);
        let (least, most) = (u[0].min(u[1]).min(u[2]), u[0].max(u[1]).max(u[2]));
        for (one, u) in self.all.iter_mut().zip([most, u[1], least]) {
            one.reset(u);
        }
        (self.reached, self.apart) = ([None; 3], 0.0);
    }
}

/// Izhikevich's neuron, whose solution stops where it first reaches the threshold within a step, and
/// then waits for Murine's spike.
fn within_steps(
    case: &Case,
    cell: &Cell,
    run: &Run,
    target: usize,
    rules: Rules,
) -> Result<(), Wrong> {
    let mut bundle = Bundle::new(cell, rules.of_weights);
    for step in 1..=case.steps as usize {
        bundle.advance(step, case.current(step as u64 - 1), run.arrivals[target][step]);
        let (reached, exact) = (bundle.reached, bundle.all[1].v);
        let found = run.potentials[target][step];
        let tolerance = OFF * cell.range() + bundle.apart;
        let here = || {
            format!(
                "step {step}: {found} mV, must be {exact} within {tolerance:e}; reached threshold {} in steps {reached:?}",
                cell.v_th
            )
        };
        if !found.is_finite() {
            return wrong("not a number", here());
        }
        if run.spikes[target][step] {
            // One step early is allowed.
            if !bundle.may_spike(case.current(step as u64)) {
                return wrong("a spike too early", here());
            }
            bundle.reset();
            if (found - cell.v_reset).abs() > OFF * cell.range() {
                return wrong("not reset", here());
            }
            continue;
        }
        if reached.iter().all(|reached| reached.is_some_and(|reached| step > reached)) {
            return wrong("a spike too late, or none", here());
        }
        if !rules.trains && reached == [None; 3] && (found - exact).abs() > tolerance {
            return wrong(OFF_MEMBRANE, here());
        }
    }
    Ok(())
}
