//! Leaky integrate-and-fire neuron with exponential post-synaptic conductances.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Element, Limit, Model, Neuron, Real, Receptor, Setup, Sign, Start, Variable};
use crate::random::Parameter;
use crate::units::{
    Capacitance, Conductance, Current, MS, MV, NS, PA, PF, Time, Voltage, WeightKind,
};
use crate::{Error, Result};

/// Leaky integrate-and-fire neuron with exponentially decaying excitatory and inhibitory
/// synaptic conductances (Vogels & Abbott 2005, doi 10.1523/JNEUROSCI.3508-05.2005):
///
/// ```text
/// C_m dV/dt = -g_L (V - E_L) - g_ex (V - E_ex) - g_in (V - E_in) + I_e
/// dg_x/dt = -g_x/tau_syn_x + sum of weights x delta(t - arrival)
/// ```
///
/// Integrator: one step of the classical fourth-order Runge-Kutta method per dt for V, in which
/// the conductances are exact at t, t + dt/2 and t + dt. Its error per unit of time falls with
/// dt^4. It is stable while dt (g_L + g_ex + g_in) / C_m stays below 2.7: at dt 0.1 ms and 200 pF,
/// up to 5400 nS.
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

/// Where the Runge-Kutta method stops being stable (2.785), with a margin.
const STABLE: f64 = 2.7;

fn check_stable(h: f64, g_l: f64, c_m: f64) -> Result<()> {
    let ratio = h * g_l / c_m;
    if ratio < STABLE {
        return Ok(());
    }
    Err(Error::parameter(
        "g_l",
        format!(
            "{g_l} nS is too large for dt = {h} ms: dt g_L / C_m is {ratio}, but must be below {STABLE}; take a shorter dt"
        ),
    ))
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
    type Constants<T: Element> = [T; 16];

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
        check_stable(h, g_l, c_m)?;
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
            ],
            state: [v_m - e_l, 0.0, 0.0],
            refractory: setup.steps("t_ref", &self.t_ref)?,
        })
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "must be compiled with its caller's SIMD width")]
    #[expect(clippy::needless_bitwise_bool, reason = "a branch would keep it from being SIMD")]
    fn step<F: Real>(
        c: &[F; 16],
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
        let v = (if refractory { v } else { free }).flush();
        let spikes = !refractory & (v >= c[V_TH]);
        *state = [
            if spikes { c[V_RESET] } else { v },
            full_ex.flush_plus(input[0]),
            full_in.flush_plus(input[1]),
        ];
        spikes
    }

    fn observe(c: &[f64; 16], state: &[f64; 3], variable: usize) -> f64 {
        if variable == 0 { state[0] + c[E_L] } else { state[variable] }
    }

    fn into_model(self) -> Box<dyn Model> {
        Box::new(self)
    }
}
