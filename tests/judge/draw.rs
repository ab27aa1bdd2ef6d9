//! How networks are drawn: extreme, but legal, and such that most targets come near their threshold.

use super::case::{Case, Changes, Projection, Sources, Synapse, Told};
use super::cell::{Cell, Kind};
use super::dice::Dice;

const DTS: [f64; 10] = [0.001, 0.002, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 1.0 / 32.0];

/// Spikes of all sources of a network that can be expected, at most.
const SPIKES: f64 = 1e5;

/// What a sum of weights may be of the smallest, in all networks but one of [`RARE`].
const RATIO: f64 = 3e6;
const RARE: u64 = 32;

/// Network `number` of a model.
pub(super) fn draw(kind: Kind, number: u64) -> Case {
    let mut dice = Dice::new(number * 4 + kind as u64);
    let dt = dice.one_of(&DTS);
    let longest: &[u64] = if matches!(kind, Kind::Exp | Kind::Delta) {
        &[100, 300, 1000, 1000, 3000, 3000, 20_000]
    } else {
        &[100, 300]
    };
    let steps = dice.one_of(longest);
    let mut cell = cell(kind, dt, steps, &mut dice);
    let targets = 1 + dice.below(5);
    let i_e = currents(&cell, steps, targets, &mut dice);
    cell.i_e = i_e[0];
    let count = dice.one_of(&[0, 1, 1, 2, 2, 3, 4]);
    let projections = (0..count).map(|_| projection(&cell, steps, targets, &mut dice)).collect();
    let count = dice.one_of(&[0, 0, 1, 2]);
    let currents = (0..count).map(|_| changes(&cell, steps, &mut dice)).collect();
    let double = dice.happens(0.2);
    let mut case = Case { steps, double, cell, i_e, projections, currents };
    if !number.is_multiple_of(RARE) {
        bound(&mut case);
    }
    if kind == Kind::Izhikevich {
        exact(&mut case);
    }
    case
}

/// Makes weights powers of two times the smallest into their receptor, which are not rounded. What
/// errors of each weight by itself do to an unstable membrane is not what one error of all does.
fn exact(case: &mut Case) {
    for receptor in 0..2 {
        let (_, smallest) = extremes(case, receptor);
        for synapse in case
            .projections
            .iter_mut()
            .filter(|p| p.receptor == receptor)
            .flat_map(|p| &mut p.synapses)
        {
            let times = (synapse.weight.abs() / smallest).log2().round().exp2();
            synapse.weight = (smallest * times).copysign(synapse.weight);
        }
    }
}

/// Network `number` of a model under input as strong as an inbox can hold, with weights that are not
/// rounded: one for each receptor.
pub(super) fn strong(kind: Kind, number: u64) -> Case {
    let mut dice = Dice::new((number * 4 + kind as u64) ^ (1 << 40));
    let dt = if dice.happens(0.1) { dice.one_of(&[10.0, 1000.0]) } else { dice.one_of(&DTS) };
    let steps = 300;
    let mut cell = cell(kind, dt, steps, &mut dice);
    cell.i_e = currents(&cell, steps, 1, &mut dice)[0];
    let mut projections = Vec::new();
    for receptor in 0..2 {
        if receptor == 1 && dice.happens(0.3) {
            break;
        }
        let sources = sources(steps, dt, dice.one_of(&[1, 10, 50]), &mut dice);
        let negative = kind == Kind::Izhikevich && receptor == 1;
        let range = if kind == Kind::Izhikevich { 20.0 } else { cell.range() };
        let strength = dice.decades(-2.0, 8.0) * range / effect(&cell, receptor, steps as f64 * dt);
        let weight = strength.clamp(1e-9, 1e15) * if negative { -1.0 } else { 1.0 };
        let delay = 1 + dice.below(20);
        let synapse = |source| Synapse { source, target: 0, weight, delay };
        let synapses = (0..sources.count()).map(synapse).collect();
        projections.push(Projection { sources, receptor, told: Told::AllToAll, synapses });
    }
    let currents = if dice.happens(0.3) { vec![changes(&cell, steps, &mut dice)] } else { vec![] };
    let (i_e, double) = (vec![cell.i_e], dice.happens(0.2));
    Case { steps, double, cell, i_e, projections, currents }
}

fn time(dt: f64, dice: &mut Dice) -> f64 {
    match dice.below(3) {
        0 => dice.decades(-6.0, 9.0),
        1 => dice.decades(-0.3, 1.7),
        _ => dt * dice.decades(-2.0, 4.0),
    }
    .clamp(1e-6, 1e9)
}

fn cell(kind: Kind, dt: f64, steps: u64, dice: &mut Dice) -> Cell {
    if kind == Kind::Izhikevich {
        return izhikevich(dt, dice);
    }
    let range = dice.decades(-2.0, 2.0);
    let e_l = match dice.below(3) {
        0 => 0.0,
        1 => -70.0,
        _ => dice.between(-100.0, 100.0),
    };
    let v_reset = match dice.below(4) {
        0 => e_l - range * dice.unit(),
        1 => e_l + 0.5 * range * dice.unit(),
        _ => e_l,
    };
    let v_th = v_reset + range;
    let v_m = match dice.below(4) {
        0 => Some(v_reset + range * dice.unit()),
        1 => Some(v_th - range * dice.decades(-9.0, -3.0)),
        _ => None,
    };
    let tau_m = time(dt, dice);
    let near = |tau: f64, dice: &mut Dice| match dice.below(4) {
        0 => tau,
        1 => (tau * (1.0 + dice.sign() * dice.decades(-12.0, -2.0))).clamp(1e-6, 1e9),
        _ => time(dt, dice),
    };
    let tau_ex = near(tau_m, dice);
    let tau_in = if dice.happens(0.5) { tau_ex } else { near(tau_m, dice) };
    let c_m = if dice.happens(0.3) { 250.0 } else { dice.decades(-3.0, 6.0) };
    let g_l = if dice.happens(0.1) { 0.0 } else { c_m / tau_m };
    let e_syn = match dice.below(3) {
        0 => [0.0, -85.0],
        1 => [v_th + range * dice.decades(-1.0, 2.0), v_reset - range * dice.decades(-2.0, 1.0)],
        _ => [v_th + range, e_l],
    };
    let t_ref = match dice.below(3) {
        0 => 0,
        1 => 1 + dice.below(20),
        _ => dice.below(steps.min(400)),
    } as u32;
    Cell {
        kind,
        dt,
        c_m,
        tau_m,
        g_l,
        e_l,
        e_syn,
        tau_syn: [tau_ex, tau_in],
        v_th,
        v_reset,
        t_ref,
        i_e: 0.0,
        v_m,
        a: 0.0,
        b: 0.0,
        d: 0.0,
        u_m: 0.0,
    }
}

fn izhikevich(dt: f64, dice: &mut Dice) -> Cell {
    let wild = dice.happens(0.4);
    let v_reset =
        if wild { dice.between(-90.0, -30.0) } else { dice.one_of(&[-65.0, -55.0, -50.0]) };
    let v_th = if wild { v_reset + dice.decades(-2.0, 2.0) } else { 30.0 };
    let a = if wild { dice.decades(-4.0, 1.0) } else { dice.one_of(&[0.02, 0.1]) };
    let b = if wild { dice.between(-1.0, 1.0) } else { dice.one_of(&[0.2, 0.25]) };
    let d = if wild { dice.between(-10.0, 20.0) } else { dice.one_of(&[0.05, 2.0, 8.0]) };
    let v_m = if wild { v_th - (v_th - v_reset) * dice.unit() - 1e-3 } else { -65.0 };
    let tau_ex = time(dt, dice);
    let tau_in = if dice.happens(0.3) { tau_ex } else { time(dt, dice) };
    Cell {
        kind: Kind::Izhikevich,
        dt,
        c_m: 1.0,
        tau_m: 1.0,
        g_l: 0.0,
        e_l: v_reset,
        e_syn: [0.0; 2],
        tau_syn: [tau_ex, tau_in],
        v_th,
        v_reset,
        t_ref: 0,
        i_e: 0.0,
        v_m: Some(v_m),
        a,
        b,
        d,
        u_m: if wild { dice.between(-20.0, 20.0) } else { b * v_m },
    }
}

/// The rate at which a membrane without synapses decays (1/ms).
fn decay(cell: &Cell) -> f64 {
    match cell.kind {
        Kind::Cond => cell.g_l / cell.c_m,
        Kind::Izhikevich => 0.2,
        _ => 1.0 / cell.tau_m,
    }
}

/// What 1 pA for some time changes V by (mV).
fn ramp(cell: &Cell, t: f64) -> f64 {
    let rate = decay(cell);
    (if rate == 0.0 { t } else { -(-rate * t).exp_m1() / rate }) / cell.c_m
}

/// Constant currents that lead to below, to, or above the threshold.
fn currents(cell: &Cell, steps: u64, targets: u64, dice: &mut Dice) -> Vec<f64> {
    let run = steps as f64 * cell.dt;
    if cell.kind == Kind::Izhikevich {
        let i = match dice.below(4) {
            0 => 0.0,
            1 => dice.between(0.0, 15.0),
            2 => dice.sign() * dice.decades(0.0, 3.0),
            _ => dice.between(3.0, 4.5),
        };
        return vec![i; targets as usize];
    }
    let (range, all) = (cell.range(), ramp(cell, f64::INFINITY.min(1e12)));
    let theta = (cell.v_th - cell.e_l).max(0.0);
    let way = dice.below(7);
    let mut one = || match way {
        0 => 0.0,
        1 => theta * (1.0 + dice.sign() * dice.decades(-9.0, -3.0)) / all,
        2 => theta / all,
        3 => (theta + range * dice.decades(-2.0, 1.0)) / all,
        4 => -range * dice.decades(-2.0, 1.0) / all,
        _ => range * dice.decades(-1.0, 1.0) / ramp(cell, run * dice.between(0.05, 1.0)),
    };
    // Of a list each is drawn, else all are the same.
    let first = one();
    let listed = targets > 1 && first != 0.0 && way % 2 == 1;
    (0..targets).map(|i| if listed && i > 0 { one() } else { first }).collect()
}

fn changes(cell: &Cell, steps: u64, dice: &mut Dice) -> Changes {
    let run = steps as f64 * cell.dt;
    let scale = match cell.kind {
        Kind::Izhikevich => dice.decades(-1.0, 3.0),
        _ => cell.range() / ramp(cell, run * dice.between(0.05, 1.0)),
    };
    let start = dice.below(steps / 2);
    if dice.happens(0.5) {
        let stop = start + 1 + dice.below(steps / 2);
        return vec![(start, scale * dice.between(-1.0, 2.0)), (stop, 0.0)];
    }
    let mut step = start;
    let change = |_| {
        let change = (step, scale * dice.between(-1.0, 2.0));
        step += 1 + dice.below(steps / 4);
        change
    };
    (0..3).map(change).collect()
}

/// The largest effect of an arrival of weight 1 within `run` on V in mV, roughly.
fn effect(cell: &Cell, receptor: usize, run: f64) -> f64 {
    let tau = cell.tau_syn[receptor];
    let time = tau.min(run).min(1.0 / decay(cell).max(1e-12)).max(cell.dt.min(tau));
    match cell.kind {
        Kind::Delta => 1.0,
        Kind::Exp => {
            // What is left at grid points of what is over within a step.
            let left = (-(cell.dt - tau).max(0.0) / cell.tau_m).exp();
            0.37 * time / cell.c_m * left.max(1e-6)
        }
        Kind::Cond => time / cell.c_m * (cell.e_syn[receptor] - cell.v_reset).abs().max(1e-3),
        Kind::Izhikevich => time,
    }
}

fn sources(steps: u64, dt: f64, count: u64, dice: &mut Dice) -> Sources {
    if dice.happens(0.5) {
        let mut times = |_| {
            let mut times = Vec::new();
            for _ in 0..dice.below(10) {
                let copies = if dice.happens(0.2) { 1 + dice.below(5) } else { 1 };
                let step = 1 + dice.below(steps);
                times.extend((0..copies).map(|_| step));
            }
            times
        };
        return Sources::Times((0..count).map(&mut times).collect());
    }
    let most = SPIKES / (count as f64 * steps as f64 * dt * 1e-3);
    Sources::Poisson(count, dice.decades(0.0, 6.0).min(most))
}

fn projection(cell: &Cell, steps: u64, targets: u64, dice: &mut Dice) -> Projection {
    let run = steps as f64 * cell.dt;
    let told = dice.one_of(&[Told::AllToAll, Told::OneToOne, Told::List, Told::List]);
    let count = match told {
        Told::OneToOne => targets,
        _ => dice.one_of(&[1, 1, 2, 5, 10, 50]),
    };
    let sources = sources(steps, cell.dt, count, dice);
    let receptor = if cell.kind == Kind::Delta { 0 } else { u64::from(dice.happens(0.4)) as usize };
    let negative = match cell.kind {
        Kind::Cond => false,
        Kind::Delta => dice.happens(0.3),
        _ => receptor == 1,
    };
    // How many arrive while the first still counts.
    let (inputs, memory) = match &sources {
        Sources::Times(_) => (1.0, 0.0),
        Sources::Poisson(n, rate) => {
            (*n as f64 * rate * 1e-3, cell.tau_syn[receptor].max(1.0 / decay(cell).max(1e-12)))
        }
    };
    let inputs = (inputs * memory.min(run)).max(1.0);
    let strength = match cell.kind {
        Kind::Cond | Kind::Izhikevich => dice.decades(-2.0, 4.0),
        _ => dice.decades(-2.0, 1.0),
    };
    let range = if cell.kind == Kind::Izhikevich { 20.0 } else { cell.range() };
    let scale = (strength * range / (effect(cell, receptor, run) * inputs)).clamp(1e-9, 1e12);
    let scale = if negative { -scale } else { scale };
    let decades = if dice.happens(0.5) { 6.0 } else { dice.between(0.0, 3.0) };
    let delay = |dice: &mut Dice| match dice.below(8) {
        0 => 1 + dice.below(steps.min(16_000)),
        _ => 1 + dice.below(20),
    };
    let (constant, same) = (scale * dice.decades(-decades, 0.0), delay(dice));
    let mut synapses = Vec::new();
    for source in 0..count {
        for target in 0..targets {
            let (told, told_delay) = match told {
                Told::List if dice.happens(0.2) => continue,
                Told::List => (scale * dice.decades(-decades, 0.0), delay(dice)),
                Told::OneToOne if source != target => continue,
                _ => (constant, same),
            };
            synapses.push(Synapse { source, target, weight: told, delay: told_delay });
        }
    }
    if synapses.is_empty() {
        synapses.push(Synapse { source: 0, target: 0, weight: scale, delay: 1 });
    }
    Projection { sources, receptor, told, synapses }
}

/// Whether two receptors are one input: then their weights share a unit.
pub(super) fn shared(cell: &Cell) -> bool {
    cell.kind == Kind::Exp && cell.tau_syn[0] == cell.tau_syn[1]
}

/// The largest sum of magnitudes that can arrive at a target in a step, one spike of each source
/// injected, and the smallest weight into the same input.
pub(super) fn extremes(case: &Case, receptor: usize) -> (f64, f64) {
    let mut sums = vec![0.0; case.targets() as usize];
    let mut smallest = f64::INFINITY;
    let same = |p: &&Projection| shared(&case.cell) || p.receptor == receptor;
    for projection in case.projections.iter().filter(same) {
        let spikes = projection.sources.most(case.cell.dt) + 1.0;
        for synapse in &projection.synapses {
            sums[synapse.target as usize] += synapse.weight.abs() * spikes;
            smallest = smallest.min(synapse.weight.abs());
        }
    }
    (sums.into_iter().fold(0.0, f64::max), smallest)
}

/// Raises weights that are too small beside the others for any sum of 31 bits.
fn bound(case: &mut Case) {
    for receptor in 0..2 {
        let (sum, _) = extremes(case, receptor);
        let one_input = shared(&case.cell);
        for projection in &mut case.projections {
            if one_input || projection.receptor == receptor {
                for synapse in &mut projection.synapses {
                    let magnitude = synapse.weight.abs().max(sum / RATIO);
                    synapse.weight = magnitude.copysign(synapse.weight);
                }
            }
        }
    }
}
