//! Izhikevich's neuron with exponential post-synaptic currents.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Element, Limit, Model, Neuron, Real, Receptor, Setup, Sign, Start, Variable};
use crate::random::Parameter;
use crate::units::{Current, MS, MV, PA, Time, Voltage, WeightKind};
use crate::{Error, Result};

/// Izhikevich's neuron (2003, doi 10.1109/TNN.2003.820440): two variables that fire like most
/// neurons of the brain, with exponentially decaying excitatory and inhibitory synaptic currents:
///
/// ```text
/// dV/dt = 0.04 V^2 + 5 V + 140 - U + I_ex + I_in + I_e      (V in mV, t in ms)
/// dU/dt = a (b V - U)
/// dI_x/dt = -I_x/tau_syn_x + sum of weights x delta(t - arrival)
/// V >= V_th: a spike, V = c, U = U + d
/// ```
///
/// A current of 1 pA raises V by 1 mV/ms, as in NEST. Integrator: the synaptic currents are exact; V and
/// U take one step of the classical fourth-order Runge-Kutta method per dt while V is within 1.875 mV ms
/// / dt of -62.5 mV (at dt 0.1 ms, 18.75 mV), while it moves by at most 0.28 mV ms / dt, and while what
/// such a step makes of the synaptic charge is
/// exact to 1e-4 mV. Beyond, and where V reaches V_th, the neuron takes the step in as many parts as that
/// needs; it spikes where V first reaches V_th, and begins the next step from c, with U as
/// it was there and d. Where inhibition holds V far below, U and the currents stand still during a part, for
/// which V then has a closed form. dt (a + sqrt|a b|) must be below 50.
///
/// Receptors: `excitatory` (weights in pA, at least zero) and `inhibitory` (at most zero).
/// Recordable: `v_m`, `u_m`, `i_syn_ex`, `i_syn_in`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Izhikevich {
    /// Rate of the recovery U, in 1/ms, above zero.
    pub a: Parameter<f64>,
    /// How much U follows V.
    pub b: Parameter<f64>,
    /// Potential after a spike.
    pub c: Parameter<Voltage>,
    /// What a spike adds to U.
    pub d: Parameter<Voltage>,
    /// Where a spike is cut off, above c.
    pub v_th: Parameter<Voltage>,
    /// Constant current.
    pub i_e: Parameter<Current>,
    /// Time constant of the excitatory current, above zero.
    pub tau_syn_ex: Parameter<Time>,
    /// Time constant of the inhibitory current, above zero.
    pub tau_syn_in: Parameter<Time>,
    /// Initial potential, below V_th.
    pub v_m: Parameter<Voltage>,
    /// Initial recovery; b times the initial potential if not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub u_m: Option<Parameter<Voltage>>,
}

impl Default for Izhikevich {
    fn default() -> Self {
        Self {
            a: 0.02.into(),
            b: 0.2.into(),
            c: (-65.0 * MV).into(),
            d: (8.0 * MV).into(),
            v_th: (30.0 * MV).into(),
            i_e: (0.0 * PA).into(),
            tau_syn_ex: (2.0 * MS).into(),
            tau_syn_in: (2.0 * MS).into(),
            v_m: (-65.0 * MV).into(),
            u_m: None,
        }
    }
}

/// The lowest point of the parabola: `0.04 V^2 + 5 V + 140 = 0.04 (V + 62.5)^2 - 16.25`. V is kept
/// relative to it, where nothing cancels.
const VERTEX: f64 = -62.5;
const BOTTOM: f64 = -16.25;
/// The second derivative of the parabola.
const BEND: f64 = 0.08;

const H: usize = 0;
const HALF_H: usize = 1;
const CURVATURE: usize = 2;
const DRIVE: usize = 3;
const A: usize = 4;
const B: usize = 5;
/// b times the vertex.
const B_VERTEX: usize = 6;
const V_TH: usize = 7;
const C: usize = 8;
const D: usize = 9;
/// Decay of a synaptic current over half a step.
const HALF_EX: usize = 10;
const HALF_IN: usize = 11;
/// Decay of a synaptic current over a step.
const DECAY_EX: usize = 12;
const DECAY_IN: usize = 13;
const TWO: usize = 14;
const SIXTH_H: usize = 15;
/// How far from the vertex V, and how large the synaptic currents may be for a step to be taken at once.
const MOST_V: usize = 16;
const MOST_I: usize = 17;
/// One over the time constants of the synaptic currents, in 1/ms.
const RATE_EX: usize = 18;
const RATE_IN: usize = 19;
/// How far V may rise and fall again within a step: by recovery, and for each pA of synaptic current.
const BUMP: usize = 20;
const BUMP_I: usize = 21;
/// How far V may move in a step that is taken at once.
const MOST_MOVE: usize = 22;
/// How much the slope of V may change in a part of a step, relative to V.
const IN_PART: usize = 23;

/// How much the slope of V may change in a step, relative to V, for the step to be taken at once; and in
/// each of its parts otherwise. Where V has a smaller range than [`RANGE`], which is some mV, it is seen
/// more closely.
const AT_ONCE: f64 = 0.15;
const IN_PARTS: f64 = 0.05;
const RANGE: f64 = 20.0;

/// By how much less the slope may change, for errors that grow with its fifth power.
fn closeness(range: f64) -> f64 {
    libm::pow((range / RANGE).min(1.0), 0.2)
}
/// The most that the recovery may change in a step, relative to itself.
const FASTEST: f64 = 50.0;
/// What a synaptic current moves V by, in mV, below which it is left out.
const NO_MATTER: f64 = 1e-9;
/// Parts of a part for the closed form; and parts of the method of Runge and Kutta that are as good as one
/// of those.
const HELD: f64 = 16.0;
const MANY: f64 = 64.0;

/// How fast U follows, and V with it, in 1/ms.
fn recovery(a: f64, b: f64) -> f64 {
    a + libm::sqrt((a * b).abs())
}

fn check_recovery(h: f64, recovery: f64) -> Result<()> {
    if h * recovery < FASTEST {
        return Ok(());
    }
    Err(Error::parameter(
        "a",
        format!(
            "the recovery is too fast for dt = {h} ms: dt (a + sqrt|a b|) is {}, but must be below {FASTEST}; take dt below {} ms",
            h * recovery,
            FASTEST / recovery
        ),
    ))
}

/// The largest V, move of V, and synaptic currents for a step of `h`, with a recovery that fast and currents that decay
/// at `rate`.
fn most(h: f64, recovery: f64, rate: f64, at_once: f64) -> [f64; 3] {
    if h * recovery > at_once {
        return [-1.0; 3];
    }
    // The error of Simpson's rule for the charge of a step, h I (h rate)^4 / 2880, below 1e-4 mV.
    let x = h * rate;
    let charge = (0.288 / (h * x * x * x * x)).min(1e30);
    [at_once / (BEND * h), at_once * at_once / (BEND * h), charge]
}

/// A neuron during a step.
struct Course<'a> {
    c: &'a [f64; 24],
    /// Currents at the beginning of the step: constant ones, excitation, inhibition.
    drive: f64,
    synaptic: [f64; 2],
}

impl Course<'_> {
    fn current(&self, time: f64) -> f64 {
        let [ex, inh] = self.synaptic;
        self.drive
            + ex * libm::exp(-time * self.c[RATE_EX])
            + inh * libm::exp(-time * self.c[RATE_IN])
    }

    /// dV/dt and dU/dt.
    fn slope(&self, time: f64, [v, u]: [f64; 2]) -> [f64; 2] {
        let c = self.c;
        [c[CURVATURE] * v * v + self.current(time) - u, c[A] * (c[B] * v + c[B_VERTEX] - u)]
    }

    /// Leaves out synaptic currents of which too little is left to matter: a longer part would see them at
    /// its beginning, and take that for a sixth of the whole.
    fn forget(&mut self, time: f64) {
        for (i, rate) in self.synaptic.iter_mut().zip([self.c[RATE_EX], self.c[RATE_IN]]) {
            if i.abs() * libm::exp(-time * rate) / rate.max(1.0 / self.c[H]) <= NO_MATTER {
                *i = 0.0;
            }
        }
    }

    /// For how long synaptic currents, and U, are nearly the same.
    fn calm(&self) -> f64 {
        let c = self.c;
        let left =
            self.synaptic.into_iter().zip([c[RATE_EX], c[RATE_IN]]).filter(|(i, _)| *i != 0.0);
        left.map(|(_, rate)| 0.125 / rate).fold(c[IN_PART] / recovery(c[A], c[B]), f64::min)
    }

    /// For how long one step of the Runge-Kutta method is exact enough.
    fn part(&self, time: f64, state: [f64; 2]) -> f64 {
        let [v, _] = state;
        let [slope, _] = self.slope(time, state);
        self.c[IN_PART] / (BEND * v.abs()).max(libm::sqrt(BEND * slope.abs()))
    }

    /// One step of the Runge-Kutta method.
    fn advance(&self, time: f64, part: f64, state: [f64; 2]) -> [f64; 2] {
        let to = |by: f64, [dv, du]: [f64; 2]| [state[0] + by * dv, state[1] + by * du];
        let half = 0.5 * part;
        let k1 = self.slope(time, state);
        let k2 = self.slope(time + half, to(half, k1));
        let k3 = self.slope(time + half, to(half, k2));
        let k4 = self.slope(time + part, to(part, k3));
        let mean = |i: usize| (k1[i] + 2.0 * (k2[i] + k3[i]) + k4[i]) / 6.0;
        to(part, [mean(0), mean(1)])
    }

    /// The same where inhibition is so strong that V only follows it: at a constant current below
    /// zero, V tends to -w, where 0.04 w^2 balances it, by a hyperbolic tangent.
    fn held(&self, time: f64, part: f64, [v, u]: [f64; 2]) -> Option<[f64; 2]> {
        let c = self.c;
        let below = u - self.current(time + 0.5 * part);
        let w = libm::sqrt(below.max(0.0) / c[CURVATURE]);
        if v > 0.5 * w || w == 0.0 {
            return None;
        }
        let tanh = libm::tanh(c[CURVATURE] * w * part);
        let v = w * (v - w * tanh) / (w - v * tanh);
        let tends = c[B] * v + c[B_VERTEX];
        Some([v, tends + (u - tends) * libm::exp(-c[A] * part)])
    }

    /// Whether V, below threshold at both ends of a part, turns within it, and may have been above.
    fn may_have_crossed(&self, time: f64, part: f64, before: [f64; 2], after: [f64; 2]) -> bool {
        let (rise, fall) = (self.slope(time, before)[0], self.slope(time + part, after)[0]);
        rise > 0.0 && fall < 0.0 && before[0] + 0.5 * part * rise >= self.c[V_TH]
    }

    /// V and U at the end of the step, or where V first reaches V_th; and whether it does.
    fn after(mut self, mut state: [f64; 2]) -> ([f64; 2], bool) {
        let (h, mut most, mut time) = (self.c[H], f64::INFINITY, 0.0);
        while time < h {
            self.forget(time);
            let calm = self.calm().min(h - time).min(most);
            let mut part = self.part(time, state).min(calm);
            let long = calm / HELD;
            let next = if long > MANY * part { self.held(time, long, state) } else { None };
            let next = match next {
                Some(next) => {
                    part = long;
                    next
                }
                None => self.advance(time, part, state),
            };
            if next[0] < self.c[V_TH] && !self.may_have_crossed(time, part, state, next) {
                state = next;
                // Not `time + part`, which may be no more than `time`.
                time = if part >= h - time { h } else { time + part };
            } else if part > h / 65536.0 {
                most = 0.5 * part;
            } else if next[0] < self.c[V_TH] {
                (state, time) = (next, time + part);
            } else {
                let [(before, u), (after, end)] = [(state[0], state[1]), (next[0], next[1])];
                let crossing = (self.c[V_TH] - before) / (after - before);
                return ([after, u + crossing * (end - u)], true);
            }
        }
        (state, false)
    }
}

impl Neuron for Izhikevich {
    const NAME: &'static str = "izhikevich";
    const RECEPTORS: &'static [Receptor] = &[
        Receptor {
            name: "excitatory",
            kind: WeightKind::Current,
            sign: Sign::Positive,
            inhibitory: false,
            input: 0,
        },
        Receptor {
            name: "inhibitory",
            kind: WeightKind::Current,
            sign: Sign::Negative,
            inhibitory: true,
            input: 1,
        },
    ];
    const VARIABLES: &'static [Variable] = &[
        Variable { name: "v_m", unit: "mV" },
        Variable { name: "u_m", unit: "mV" },
        Variable { name: "i_syn_ex", unit: "pA" },
        Variable { name: "i_syn_in", unit: "pA" },
    ];
    type State<T: Element> = [T; 4];
    type Input<T: Element> = [T; 2];
    type Constants<T: Element> = [T; 24];

    fn setup(&self, setup: &Setup) -> Result<Start<Self>> {
        let h = setup.dt().ms();
        let a = setup.value("a", &self.a, Limit::Positive)?;
        let b = setup.value("b", &self.b, Limit::Finite)?;
        let c = setup.value("c", &self.c, Limit::Finite)?;
        let d = setup.value("d", &self.d, Limit::Finite)?;
        let v_th = setup.value("v_th", &self.v_th, Limit::Above(c, "c"))?;
        let i_e = setup.value("i_e", &self.i_e, Limit::Finite)?;
        let tau_ex = setup.value("tau_syn_ex", &self.tau_syn_ex, Limit::Positive)?;
        let tau_in = setup.value("tau_syn_in", &self.tau_syn_in, Limit::Positive)?;
        let v_m = setup.value("v_m", &self.v_m, Limit::Below(v_th, "v_th"))?;
        let recovery = recovery(a, b);
        check_recovery(h, recovery)?;
        let fastest = (1.0 / tau_ex).max(1.0 / tau_in);
        let close = closeness(v_th - c);
        let [most_v, most_move, most_i] = most(h, recovery, fastest, AT_ONCE * close);
        let u_m = match &self.u_m {
            Some(u_m) => setup.value("u_m", u_m, Limit::Finite)?,
            None => b * v_m,
        };
        Ok(Start {
            constants: [
                h,
                0.5 * h,
                0.04,
                BOTTOM + i_e,
                a,
                b,
                b * VERTEX,
                v_th - VERTEX,
                c - VERTEX,
                d,
                libm::exp(-0.5 * h / tau_ex),
                libm::exp(-0.5 * h / tau_in),
                libm::exp(-h / tau_ex),
                libm::exp(-h / tau_in),
                2.0,
                h / 6.0,
                most_v,
                most_i,
                1.0 / tau_ex,
                1.0 / tau_in,
                25.0 * h * h * recovery,
                0.25 * h * h * fastest,
                most_move,
                IN_PARTS * close,
            ],
            state: [v_m - VERTEX, u_m, 0.0, 0.0],
            refractory: 0,
        })
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "must be compiled with its caller's SIMD width")]
    fn step<F: Real>(c: &[F; 24], state: &mut [F; 4], input: &[F; 2], current: F, _: bool) -> bool {
        let [v, u, i_ex, i_in] = *state;
        let constant = c[DRIVE] + current;
        let drives = [
            constant + (i_ex + i_in),
            constant + (c[HALF_EX] * i_ex + c[HALF_IN] * i_in),
            constant + (c[DECAY_EX] * i_ex + c[DECAY_IN] * i_in),
        ];
        let slope = |drive: F, v: F, u: F| {
            (c[CURVATURE] * v * v + (drive - u), c[A] * (c[B] * v + c[B_VERTEX] - u))
        };
        let k1 = slope(drives[0], v, u);
        let k2 = slope(drives[1], v + c[HALF_H] * k1.0, u + c[HALF_H] * k1.1);
        let k3 = slope(drives[1], v + c[HALF_H] * k2.0, u + c[HALF_H] * k2.1);
        let k4 = slope(drives[2], v + c[H] * k3.0, u + c[H] * k3.1);
        let v = v + c[SIXTH_H] * (k1.0 + c[TWO] * (k2.0 + k3.0) + k4.0);
        let u = (u + c[SIXTH_H] * (k1.1 + c[TWO] * (k2.1 + k3.1) + k4.1)).flush();
        let spikes = v >= c[V_TH];
        *state = [
            if spikes { c[C] } else { v },
            if spikes { u + c[D] } else { u },
            (c[DECAY_EX] * i_ex).flush_plus(input[0]),
            (c[DECAY_IN] * i_in).flush_plus(input[1]),
        ];
        spikes
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "must be compiled with its caller's SIMD width")]
    #[expect(clippy::needless_bitwise_bool, reason = "a branch would keep it from being SIMD")]
    fn is_rough<F: Real>(c: &[F; 24], before: &[F; 4], after: &[F; 4], spikes: bool) -> bool {
        let [v, _, i_ex, i_in] = *before;
        // What is no number is not below, either.
        let synaptic = i_ex - i_in;
        let below = c[V_TH] - (c[BUMP] + c[BUMP_I] * synaptic);
        let calm = (v.abs() <= c[MOST_V])
            & (after[0].abs() <= c[MOST_V])
            & ((after[0] - v).abs() <= c[MOST_MOVE])
            & (synaptic <= c[MOST_I])
            & (v < below)
            & (after[0] < below);
        spikes | !calm
    }

    fn refine(
        c: &[f64; 24],
        state: &mut [f64; 4],
        input: &[f64; 2],
        current: f64,
        _: bool,
    ) -> bool {
        let [v, u, i_ex, i_in] = *state;
        let course = Course { c, drive: c[DRIVE] + current, synaptic: [i_ex, i_in] };
        let ([v, u], spikes) = course.after([v, u]);
        *state = [
            if spikes { c[C] } else { v },
            if spikes { u + c[D] } else { u },
            c[DECAY_EX] * i_ex + input[0],
            c[DECAY_IN] * i_in + input[1],
        ];
        spikes
    }

    fn needs_double(_: &Start<Self>, _: &[f64]) -> bool {
        // On its way up V moves away from where it would be without what was rounded.
        true
    }

    fn observe(_: &[f64; 24], state: &[f64; 4], variable: usize) -> f64 {
        if variable == 0 { state[0] + VERTEX } else { state[variable] }
    }

    fn into_model(self) -> Box<dyn Model> {
        Box::new(self)
    }
}
