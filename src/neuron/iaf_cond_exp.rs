//! Leaky integrate-and-fire neuron with exponential post-synaptic conductances.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::precision::Relaxation;
use super::{Element, Limit, Model, Neuron, Real, Receptor, Setup, Sign, Start, Variable};
use crate::Result;
use crate::random::Parameter;
use crate::units::{
    Capacitance, Conductance, Current, MS, MV, NS, PA, PF, Time, Voltage, WeightKind,
};

/// Leaky integrate-and-fire neuron with exponentially decaying excitatory and inhibitory
/// synaptic conductances (Vogels & Abbott 2005, doi 10.1523/JNEUROSCI.3508-05.2005):
///
/// ```text
/// C_m dV/dt = -g_L (V - E_L) - g_ex (V - E_ex) - g_in (V - E_in) + I_e
/// dg_x/dt = -g_x/tau_syn_x + sum of weights x delta(t - arrival)
/// ```
///
/// Integrator: the conductances are exact. V takes one step of the classical fourth-order Runge-Kutta
/// method per dt, and the term of fifth order at constant conductances, while z = dt (g_L + g_ex + g_in) /
/// C_m is at most 0.5, and less where a conductance decays within a few steps (by the fourth power of a
/// time constant over 2.3 dt); its error is below 1e-4 of the distance to the reversal potentials. Beyond,
/// V follows (D/G - V) dL, with G the conductance over C_m, D what it pulls to, L = integral of G dt, and
/// D/G a parabola in L: at once, up to z = 8 and where conductances fall by at most a sixteenth in a step;
/// else in parts over which they fall by as much, all exact. That holds for any dt and any input.
///
/// A spike is emitted at the first grid point with V >= V_th; then V is held at V_reset for
/// t_ref, while the conductances go on. Receptors: `excitatory` and `inhibitory` (weights in nS,
/// at least zero in both). Recordable: `v_m`, `g_ex`, `g_in`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct IafCondExp {
    /// Resting potential: reversal potential of the leak.
    pub e_l: Parameter<Voltage>,
    /// Capacitance of the membrane, above zero.
    pub c_m: Parameter<Capacitance>,
    /// Conductance of the leak, at least zero.
    pub g_l: Parameter<Conductance>,
    /// Reversal potential of excitation.
    pub e_ex: Parameter<Voltage>,
    /// Reversal potential of inhibition.
    pub e_in: Parameter<Voltage>,
    /// Time constant of the excitatory conductance, above zero.
    pub tau_syn_ex: Parameter<Time>,
    /// Time constant of the inhibitory conductance, above zero.
    pub tau_syn_in: Parameter<Time>,
    /// Refractory period, a multiple of dt.
    pub t_ref: Parameter<Time>,
    /// Threshold, above V_reset.
    pub v_th: Parameter<Voltage>,
    /// Potential after a spike.
    pub v_reset: Parameter<Voltage>,
    /// Constant current.
    pub i_e: Parameter<Current>,
    /// Initial potential; E_L if not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub v_m: Option<Parameter<Voltage>>,
}

impl Default for IafCondExp {
    fn default() -> Self {
        Self {
            e_l: (-70.0 * MV).into(),
            c_m: (250.0 * PF).into(),
            g_l: (16.6667 * NS).into(),
            e_ex: (0.0 * MV).into(),
            e_in: (-85.0 * MV).into(),
            tau_syn_ex: (0.2 * MS).into(),
            tau_syn_in: (2.0 * MS).into(),
            t_ref: (2.0 * MS).into(),
            v_th: (-55.0 * MV).into(),
            v_reset: (-60.0 * MV).into(),
            i_e: (0.0 * PA).into(),
            v_m: None,
        }
    }
}

/// `dt/C_m`: a current times this is the change of V in a step; and what pulls V back.
const H_C: usize = 0;
const BACK: usize = 1;
const BACK_LEAK: usize = 2;
/// The same, times the reversal potentials (relative to rest).
const H_EX: usize = 3;
const H_IN: usize = 4;
/// Decay of a conductance over half a step, and over a step.
const HALF_EX: usize = 5;
const HALF_IN: usize = 6;
const FULL_EX: usize = 7;
const FULL_IN: usize = 8;
const V_TH: usize = 9;
const V_RESET: usize = 10;
const H_DRIVE: usize = 11;
const E_L: usize = 12;
const HALF: usize = 13;
const SIXTH: usize = 14;
const THIRD: usize = 15;
/// The most that may pull V back for a step to be taken at once.
const ROUGH: usize = 16;
/// dt over the time constants of the conductances.
const RATE_EX: usize = 17;
const RATE_IN: usize = 18;

/// The most that `dt G / C_m` may be for a step to be taken at once, where conductances decay slowly: less
/// where V has a range of less than 10 mV, in which it is seen more closely.
const AT_ONCE: f64 = 0.5;
/// How much conductances may decay in such a step; as much less may pull back where they decay more.
const FAST: f64 = 0.44;
/// The most that it may be for a part of a step to be taken so.
const IN_PART: f64 = 0.08;
/// The most that a conductance may decay in a step, and that it may pull back, for the closed form.
const SLOW: f64 = 1.0 / PARTS;
const CLOSED: f64 = 8.0;

/// What [`ROUGH`] is for a leak of `leak` and conductances that decay at `rate` (both per step).
fn rough(leak: f64, rate: f64, range: f64) -> f64 {
    // The error of the step grows with the fifth power, or more.
    let at_once = AT_ONCE * libm::pow((range / 10.0).min(1.0), 0.2);
    // The error of Simpson's rule for what a conductance brings in a step grows with the fourth power.
    let slow = (FAST / rate).min(1.0);
    -(leak + at_once * slow * slow * slow * slow).min(at_once)
}

/// The membrane during a step, in which time runs from 0 to 1.
struct Membrane {
    /// What decays with time, at its beginning, and how fast: excitation, inhibition.
    conductances: [(f64, f64); 2],
    /// The pull of each and of the current.
    pulls: [f64; 2],
    drive: f64,
    /// How much a conductance pulls back, and how much the leak does.
    per_conductance: f64,
    leak: f64,
}

/// Into how many parts a step is cut while a conductance falls by 1/e.
const PARTS: f64 = 16.0;
/// What a conductance moves V by, relative to its distance from the reversal potential, below which it
/// is left out.
const NO_MATTER: f64 = 1e-9;

impl Membrane {
    fn new(c: &[f64; 19], [_, g_ex, g_in]: [f64; 3], current: f64) -> Self {
        Self {
            conductances: [(g_ex, c[RATE_EX]), (g_in, c[RATE_IN])],
            pulls: [c[H_EX], c[H_IN]],
            drive: c[H_DRIVE] + c[H_C] * current,
            per_conductance: c[H_C],
            leak: -c[BACK_LEAK],
        }
    }

    /// V at the end of the step that it begins with `v`.
    fn after(mut self, mut v: f64) -> f64 {
        let mut time = 0.0;
        loop {
            self.forget(time);
            let part = self.part();
            if time + part >= 1.0 {
                return self.advance(v, time, 1.0 - time);
            }
            v = self.advance(v, time, part);
            time += part;
        }
    }

    /// Leaves out conductances of which too little is left to matter: a longer part would see them at its
    /// beginning, and take that for a sixth of the whole.
    fn forget(&mut self, time: f64) {
        for (g, rate) in &mut self.conductances {
            if *g * libm::exp(-*rate * time) * self.per_conductance / rate.max(1.0) <= NO_MATTER {
                *g = 0.0;
            }
        }
    }

    /// For how long the conductances are nearly the same.
    fn part(&self) -> f64 {
        let left = self.conductances.iter().filter(|(g, _)| *g > 0.0);
        left.map(|(_, rate)| 1.0 / (PARTS * rate)).fold(1.0, f64::min)
    }

    /// What V is pulled to and how strongly: `dV/dt = pull - back V`.
    fn at(&self, time: f64) -> (f64, f64) {
        let (mut pull, mut back) = (self.drive, self.leak);
        for ((g, rate), to) in self.conductances.iter().zip(self.pulls) {
            let g = g * libm::exp(-rate * time);
            pull += g * to;
            back += g * self.per_conductance;
        }
        (pull, back)
    }

    /// The integral of what pulls V back over `part` from `time` on.
    fn integral(&self, time: f64, part: f64) -> f64 {
        let of = |&(g, rate): &(f64, f64)| {
            -g * libm::exp(-rate * time) * libm::expm1(-rate * part) / rate * self.per_conductance
        };
        self.leak * part + self.conductances.iter().map(of).sum::<f64>()
    }

    /// V after `part` from `time` on.
    fn advance(&self, v: f64, time: f64, part: f64) -> f64 {
        let begin = self.at(time);
        let middle = self.at(time + 0.5 * part);
        let end = self.at(time + part);
        let all = self.integral(time, part);
        if all <= IN_PART {
            let slope = |(pull, back): (f64, f64), v: f64| part * (pull - back * v);
            let k1 = slope(begin, v);
            let k2 = slope(middle, v + 0.5 * k1);
            let k3 = slope(middle, v + 0.5 * k2);
            let k4 = slope(end, v + k3);
            return v + (k1 + 2.0 * (k2 + k3) + k4) / 6.0;
        }
        // Where V tends to, as `to + slope s + bend s^2` of what is left of the integral.
        let tends = |(pull, back): (f64, f64)| pull / back;
        let rest = self.integral(time + 0.5 * part, 0.5 * part);
        let to = tends(end);
        let (mean, mean_rest) = ((tends(begin) - to) / all, (tends(middle) - to) / rest);
        let bend = (mean - mean_rest) / (all - rest);
        let slope = mean_rest - bend * rest;
        let left = libm::exp(-all);
        let moments =
            [1.0 - left, 1.0 - (1.0 + all) * left, 2.0 - (2.0 + all * (2.0 + all)) * left];
        left * v + to * moments[0] + slope * moments[1] + bend * moments[2]
    }
}

/// V after a step in which it tends to `tends` and is pulled back by `back`: each at the begin, in the
/// middle and at the end.
#[inline(always)]
#[expect(clippy::inline_always, reason = "must be compiled with its caller's SIMD width")]
fn along<F: Real>(v: F, [begin, middle, end]: [F; 3], back: [F; 3]) -> F {
    let f = F::from_f64;
    // The integral of what pulls back, of a parabola through the three: the whole, and the second half.
    let all = f(1.0 / 6.0) * f(4.0).mul_add(back[1], back[0] + back[2]);
    let rest = f(1.0 / 24.0) * f(8.0).mul_add(back[1], f(5.0).mul_add(back[2], -back[0]));
    // What V tends to, as `end + slope s + bend s^2` of what is left of the integral.
    let (mean, mean_rest) = ((begin - end) / all, (middle - end) / rest);
    let bend = (mean - mean_rest) / (all - rest);
    let slope = (-bend).mul_add(rest, mean_rest);
    let left = decay(all);
    let linear = (-left).mul_add(f(1.0) + all, f(1.0));
    let square = (-left).mul_add(all.mul_add(all + f(2.0), f(2.0)), f(2.0));
    bend.mul_add(square, slope.mul_add(linear, left.mul_add(v - end, end)))
}

/// exp(-x) of x in 0..8, to 1e-8 (in single precision, 1e-6 of itself).
#[inline(always)]
fn decay<F: Real>(x: F) -> F {
    const SERIES: [f64; 7] =
        [-1.0 / 5040.0, 1.0 / 720.0, -1.0 / 120.0, 1.0 / 24.0, -1.0 / 6.0, 0.5, -1.0];
    let x = F::from_f64(1.0 / 16.0) * x;
    let mut sum = F::from_f64(1.0 / 40320.0);
    for term in SERIES {
        sum = sum.mul_add(x, F::from_f64(term));
    }
    let mut power = sum.mul_add(x, F::from_f64(1.0));
    for _ in 0..4 {
        power = power * power;
    }
    power
}

/// The end of a step at which V, were it `free`, and the conductances are `after`: input arrives, and V may
/// spike.
#[inline(always)]
#[expect(clippy::inline_always, reason = "must be compiled with its caller's SIMD width")]
#[expect(clippy::needless_bitwise_bool, reason = "a branch would keep it from being SIMD")]
fn end_step<F: Real>(
    c: &[F; 19],
    state: &mut [F; 3],
    after: [F; 3],
    input: &[F; 2],
    refractory: bool,
) -> bool {
    let [free, g_ex, g_in] = after;
    let v = (if refractory { state[0] } else { free }).flush();
    let spikes = !refractory & (v >= c[V_TH]);
    *state =
        [if spikes { c[V_RESET] } else { v }, g_ex.flush_plus(input[0]), g_in.flush_plus(input[1])];
    spikes
}

impl Neuron for IafCondExp {
    const NAME: &'static str = "iaf_cond_exp";
    const RECEPTORS: &'static [Receptor] = &[
        Receptor {
            name: "excitatory",
            kind: WeightKind::Conductance,
            sign: Sign::Positive,
            inhibitory: false,
            input: 0,
        },
        Receptor {
            name: "inhibitory",
            kind: WeightKind::Conductance,
            sign: Sign::Positive,
            inhibitory: true,
            input: 1,
        },
    ];
    const VARIABLES: &'static [Variable] = &[
        Variable { name: "v_m", unit: "mV" },
        Variable { name: "g_ex", unit: "nS" },
        Variable { name: "g_in", unit: "nS" },
    ];
    type State<T: Element> = [T; 3];
    type Input<T: Element> = [T; 2];
    type Constants<T: Element> = [T; 19];

    fn setup(&self, setup: &Setup) -> Result<Start<Self>> {
        let h = setup.dt().ms();
        let e_l = setup.value("e_l", &self.e_l, Limit::Finite)?;
        let c_m = setup.value("c_m", &self.c_m, Limit::Positive)?;
        let g_l = setup.value("g_l", &self.g_l, Limit::NotNegative)?;
        let e_ex = setup.value("e_ex", &self.e_ex, Limit::Finite)?;
        let e_in = setup.value("e_in", &self.e_in, Limit::Finite)?;
        let tau_ex = setup.value("tau_syn_ex", &self.tau_syn_ex, Limit::Positive)?;
        let tau_in = setup.value("tau_syn_in", &self.tau_syn_in, Limit::Positive)?;
        let v_reset = setup.value("v_reset", &self.v_reset, Limit::Finite)?;
        let v_th = setup.value("v_th", &self.v_th, Limit::Above(v_reset, "v_reset"))?;
        let i_e = setup.value("i_e", &self.i_e, Limit::Finite)?;
        let v_m = match &self.v_m {
            Some(v_m) => setup.value("v_m", v_m, Limit::Finite)?,
            None => e_l,
        };
        Ok(Start {
            constants: [
                h / c_m,
                -h / c_m,
                -h / c_m * g_l,
                h / c_m * (e_ex - e_l),
                h / c_m * (e_in - e_l),
                libm::exp(-0.5 * h / tau_ex),
                libm::exp(-0.5 * h / tau_in),
                libm::exp(-h / tau_ex),
                libm::exp(-h / tau_in),
                v_th - e_l,
                v_reset - e_l,
                h / c_m * i_e,
                e_l,
                0.5,
                1.0 / 6.0,
                1.0 / 3.0,
                rough(h * g_l / c_m, (h / tau_ex).max(h / tau_in), v_th - v_reset),
                h / tau_ex,
                h / tau_in,
            ],
            state: [v_m - e_l, 0.0, 0.0],
            refractory: setup.steps("t_ref", &self.t_ref)?,
        })
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "must be compiled with its caller's SIMD width")]
    fn step<F: Real>(
        c: &[F; 19],
        state: &mut [F; 3],
        input: &[F; 2],
        current: F,
        refractory: bool,
    ) -> bool {
        let [v, g_ex, g_in] = *state;
        let drive = c[H_DRIVE] + c[H_C] * current;
        // The change of V in a step is linear in V: pull + back x V at given conductances.
        let pulls = |g_ex: F, g_in: F| {
            let pull = g_ex.mul_add(c[H_EX], g_in.mul_add(c[H_IN], drive));
            (pull, (g_ex + g_in).mul_add(c[BACK], c[BACK_LEAK]))
        };
        let (half_ex, half_in) = (c[HALF_EX] * g_ex, c[HALF_IN] * g_in);
        let (full_ex, full_in) = (c[FULL_EX] * g_ex, c[FULL_IN] * g_in);
        let (begin, begin_back) = pulls(g_ex, g_in);
        let (half, half_back) = pulls(half_ex, half_in);
        let (end, end_back) = pulls(full_ex, full_in);
        let k1 = begin_back.mul_add(v, begin);
        let k2 = half_back.mul_add(c[HALF].mul_add(k1, v), half);
        let k3 = half_back.mul_add(c[HALF].mul_add(k2, v), half);
        let k4 = end_back.mul_add(v + k3, end);
        let free = c[THIRD].mul_add(k2 + k3, c[SIXTH].mul_add(k1 + k4, v));
        // At constant conductances this is the term of fifth order, which the method leaves out.
        let free = (half_back * half_back * F::from_f64(1.0 / 30.0)).mul_add(k3 - k2, free);
        end_step(c, state, [free, full_ex, full_in], input, refractory)
    }

    fn observe(c: &[f64; 19], state: &[f64; 3], variable: usize) -> f64 {
        if variable == 0 { state[0] + c[E_L] } else { state[variable] }
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "must be compiled with its caller's SIMD width")]
    fn is_rough<F: Real>(c: &[F; 19], before: &[F; 3], _: &[F; 3], _: bool) -> bool {
        (before[1] + before[2]).mul_add(c[BACK], c[BACK_LEAK]) < c[ROUGH]
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "must be compiled with its caller's SIMD width")]
    #[expect(clippy::needless_bitwise_bool, reason = "a branch would keep it from being SIMD")]
    fn is_closer<F: Real>(c: &[F; 19], before: &[F; 3]) -> bool {
        let slow = F::from_f64(SLOW);
        let back = (before[1] + before[2]).mul_add(c[BACK], c[BACK_LEAK]);
        (c[RATE_EX] <= slow) & (c[RATE_IN] <= slow) & (-back <= F::from_f64(CLOSED))
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "must be compiled with its caller's SIMD width")]
    fn step_closer<F: Real>(
        c: &[F; 19],
        state: &mut [F; 3],
        input: &[F; 2],
        current: F,
        refractory: bool,
    ) -> bool {
        let [v, g_ex, g_in] = *state;
        let drive = c[H_C].mul_add(current, c[H_DRIVE]);
        let at = |g_ex: F, g_in: F| {
            let pull = g_ex.mul_add(c[H_EX], g_in.mul_add(c[H_IN], drive));
            let back = -(g_ex + g_in).mul_add(c[BACK], c[BACK_LEAK]);
            (pull / back, back)
        };
        let (full_ex, full_in) = (c[FULL_EX] * g_ex, c[FULL_IN] * g_in);
        let (begin, begin_back) = at(g_ex, g_in);
        let (middle, middle_back) = at(c[HALF_EX] * g_ex, c[HALF_IN] * g_in);
        let (end, end_back) = at(full_ex, full_in);
        let free = along(v, [begin, middle, end], [begin_back, middle_back, end_back]);
        end_step(c, state, [free, full_ex, full_in], input, refractory)
    }

    fn refine(
        c: &[f64; 19],
        state: &mut [f64; 3],
        input: &[f64; 2],
        current: f64,
        refractory: bool,
    ) -> bool {
        let v =
            if refractory { state[0] } else { Membrane::new(c, *state, current).after(state[0]) };
        let spikes = !refractory && v >= c[V_TH];
        *state = [
            if spikes { c[V_RESET] } else { v },
            c[FULL_EX] * state[1] + input[0],
            c[FULL_IN] * state[2] + input[1],
        ];
        spikes
    }

    fn needs_double(start: &Start<Self>, currents: &[f64]) -> bool {
        let c = &start.constants;
        // Over a step, of which the leak takes a part.
        let part = if c[BACK_LEAK] == 0.0 { 1.0 } else { libm::expm1(c[BACK_LEAK]) / c[BACK_LEAK] };
        Relaxation {
            decay: libm::exp(c[BACK_LEAK]),
            drive: part * c[H_DRIVE],
            per_current: part * c[H_C],
            shift: 0.0,
            threshold: c[V_TH],
            reset: c[V_RESET],
            start: start.state[0],
            origin: c[E_L],
            exact: false,
        }
        .is_coarse(currents)
    }

    fn into_model(self) -> Box<dyn Model> {
        Box::new(self)
    }
}
