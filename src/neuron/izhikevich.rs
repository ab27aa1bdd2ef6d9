//! Izhikevich's neuron with exponential post-synaptic currents.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Element, Limit, Model, Neuron, Real, Receptor, Setup, Sign, Start, Variable};
use crate::Result;
use crate::random::Parameter;
use crate::units::{Current, MS, MV, PA, Time, Voltage, WeightKind};

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
/// A current of 1 pA raises V by 1 mV/ms, as in NEST. Integrator: one step of the midpoint
/// method per dt for V and U, in which a synaptic current stands at its mean over the step, so
/// that a spike of weight w brings the charge w x tau at any dt. Its error per unit of time
/// falls with dt^2. It is stable while V stays above -62.5 mV - 25 mV ms / dt: at dt 0.1 ms,
/// above -312 mV.
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
/// Mean of a synaptic current over a step, relative to its beginning.
const MEAN_EX: usize = 10;
const MEAN_IN: usize = 11;
/// Decay of a synaptic current over a step.
const DECAY_EX: usize = 12;
const DECAY_IN: usize = 13;

/// The mean of `exp(-t/tau)` over the first `h`.
fn mean(h: f64, tau: f64) -> f64 {
    -tau / h * libm::expm1(-h / tau)
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
    type Constants<T: Element> = [T; 14];

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
                mean(h, tau_ex),
                mean(h, tau_in),
                libm::exp(-h / tau_ex),
                libm::exp(-h / tau_in),
            ],
            state: [v_m - VERTEX, u_m, 0.0, 0.0],
            refractory: 0,
        })
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "must be compiled with its caller's SIMD width")]
    fn step<F: Real>(c: &[F; 14], state: &mut [F; 4], input: &[F; 2], current: F, _: bool) -> bool {
        let [v, u, i_ex, i_in] = *state;
        let drive = c[DRIVE] + current + (c[MEAN_EX] * i_ex + c[MEAN_IN] * i_in);
        let dv = |v: F, u: F| c[CURVATURE] * v * v + (drive - u);
        let du = |v: F, u: F| c[A] * (c[B] * v + c[B_VERTEX] - u);
        let middle = (v + c[HALF_H] * dv(v, u), u + c[HALF_H] * du(v, u));
        let v = v + c[H] * dv(middle.0, middle.1);
        let u = (u + c[H] * du(middle.0, middle.1)).flush();
        let spikes = v >= c[V_TH];
        *state = [
            if spikes { c[C] } else { v },
            if spikes { u + c[D] } else { u },
            (c[DECAY_EX] * i_ex).flush_plus(input[0]),
            (c[DECAY_IN] * i_in).flush_plus(input[1]),
        ];
        spikes
    }

    fn observe(_: &[f64; 14], state: &[f64; 4], variable: usize) -> f64 {
        if variable == 0 { state[0] + VERTEX } else { state[variable] }
    }

    fn into_model(self) -> Box<dyn Model> {
        Box::new(self)
    }
}
