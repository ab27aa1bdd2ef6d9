//! Leaky integrate-and-fire neuron with exponential post-synaptic currents.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::precision::{Origin, Relaxation};
use super::{Element, Limit, Model, Neuron, Real, Receptor, Setup, Sign, Start, Variable};
use crate::Result;
use crate::random::{Distribution, Parameter};
use crate::units::{Capacitance, Current, MS, MV, PA, PF, Time, Voltage, WeightKind};

/// Leaky integrate-and-fire neuron with exponentially decaying excitatory and inhibitory
/// synaptic currents, integrated exactly (Rotter & Diesmann 1999, doi 10.1007/s004220050570):
///
/// ```text
/// C_m dV/dt = -C_m/tau_m (V - E_L) + I_ex + I_in + I_e
/// dI_x/dt = -I_x/tau_syn_x + sum of weights x delta(t - arrival)
/// ```
///
/// A spike is emitted at the first grid point with V >= V_th; then V is held at V_reset for
/// t_ref, while the synaptic currents go on. V is kept relative to V_inf = E_L + R I (R is
/// tau_m / C_m), to which the currents from outside alone would bring it, so that intervals are exact however near V_inf is
/// to V_th; where they are equal, V never reaches V_th. Receptors: `excitatory` (weights in pA, at least
/// zero) and `inhibitory` (at most zero). Recordable: `v_m`, `i_syn_ex`, `i_syn_in`.
///
/// Where tau_syn_ex and tau_syn_in are the same constant, only the sum of the currents is kept,
/// which needs a third less time and memory; recordable then: `v_m`, `i_syn`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct IafPscExp {
    /// Resting potential.
    pub e_l: Parameter<Voltage>,
    /// Capacitance of the membrane, above zero.
    pub c_m: Parameter<Capacitance>,
    /// Time constant of the membrane, above zero.
    pub tau_m: Parameter<Time>,
    /// Time constant of the excitatory current, above zero.
    pub tau_syn_ex: Parameter<Time>,
    /// Time constant of the inhibitory current, above zero.
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

impl Default for IafPscExp {
    fn default() -> Self {
        Self {
            e_l: (-70.0 * MV).into(),
            c_m: (250.0 * PF).into(),
            tau_m: (10.0 * MS).into(),
            tau_syn_ex: (2.0 * MS).into(),
            tau_syn_in: (2.0 * MS).into(),
            t_ref: (2.0 * MS).into(),
            v_th: (-55.0 * MV).into(),
            v_reset: (-70.0 * MV).into(),
            i_e: (0.0 * PA).into(),
            v_m: None,
        }
    }
}

const P22: usize = 0;
const P20: usize = 1;
const P21_EX: usize = 2;
const P21_IN: usize = 3;
const P11_EX: usize = 4;
const P11_IN: usize = 5;
const V_TH: usize = 6;
const V_RESET: usize = 7;
const DRIVE: usize = 8;
/// By how much a current moves what V is kept relative to, in mV/pA.
const SHIFT: usize = 9;
/// What V is kept relative to without current from outside.
const ORIGIN: usize = 10;

/// The effect on V after `h` of a synaptic current of 1 pA (ms/pF = mV/pA):
/// `tau_m tau_s / (C (tau_m - tau_s)) (exp(-h/tau_m) - exp(-h/tau_s))`, written without cancellation, and its
/// limit where the time constants meet.
///
/// The limit is off by h/2b: it is taken only where that is below the resolution of `f64`.
fn p21(tau_m: f64, tau_s: f64, c_m: f64, h: f64) -> f64 {
    let b = tau_s * tau_m / (tau_m - tau_s);
    if (h / b).abs() < 1e-16 {
        return h / c_m * libm::exp(-h / tau_m);
    }
    // Where the current is over within the step, it is what remains of the membrane's decay that counts.
    if h / b > 1.0 {
        return -b / c_m * libm::exp(-h / tau_m) * libm::expm1(-h / b);
    }
    b / c_m * libm::exp(-h / tau_s) * libm::expm1(h / b)
}

/// The membrane without synaptic current, for [`Neuron::needs_double`].
fn relaxation(c: &[f64; 11], start: f64) -> Relaxation {
    Relaxation {
        decay: c[P22],
        drive: c[DRIVE],
        per_current: c[P20],
        shift: c[SHIFT],
        threshold: c[V_TH],
        reset: c[V_RESET],
        start,
        origin: c[ORIGIN],
        exact: true,
    }
}

impl Neuron for IafPscExp {
    const NAME: &'static str = "iaf_psc_exp";
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
        Variable { name: "i_syn_ex", unit: "pA" },
        Variable { name: "i_syn_in", unit: "pA" },
    ];
    type State<T: Element> = [T; 3];
    type Input<T: Element> = [T; 2];
    type Constants<T: Element> = [T; 11];

    fn setup(&self, setup: &Setup) -> Result<Start<Self>> {
        let h = setup.dt().ms();
        let e_l = setup.value("e_l", &self.e_l, Limit::Finite)?;
        let c_m = setup.value("c_m", &self.c_m, Limit::Positive)?;
        let tau_m = setup.value("tau_m", &self.tau_m, Limit::Positive)?;
        let tau_ex = setup.value("tau_syn_ex", &self.tau_syn_ex, Limit::Positive)?;
        let tau_in = setup.value("tau_syn_in", &self.tau_syn_in, Limit::Positive)?;
        let v_reset = setup.value("v_reset", &self.v_reset, Limit::Finite)?;
        let v_th = setup.value("v_th", &self.v_th, Limit::Above(v_reset, "v_reset"))?;
        let i_e = setup.value("i_e", &self.i_e, Limit::Finite)?;
        let v_m = match &self.v_m {
            Some(v_m) => setup.value("v_m", v_m, Limit::Finite)?,
            None => e_l,
        };
        let p20 = -tau_m / c_m * libm::expm1(-h / tau_m);
        let Origin { potential, p20, drive, shift } =
            Origin::new(e_l, (v_th, v_reset), tau_m / c_m, p20, i_e);
        Ok(Start {
            constants: [
                libm::exp(-h / tau_m),
                p20,
                p21(tau_m, tau_ex, c_m, h),
                p21(tau_m, tau_in, c_m, h),
                libm::exp(-h / tau_ex),
                libm::exp(-h / tau_in),
                (v_th - potential).threshold(),
                v_reset - potential,
                drive,
                shift,
                potential,
            ],
            state: [v_m - potential, 0.0, 0.0],
            refractory: setup.steps("t_ref", &self.t_ref)?,
        })
    }

    #[inline(always)]
    fn step<F: Real>(
        c: &[F; 11],
        state: &mut [F; 3],
        input: &[F; 2],
        current: F,
        refractory: bool,
    ) -> bool {
        let [v, i_ex, i_in] = *state;
        let free = c[P22] * v + c[P21_EX] * i_ex + c[P21_IN] * i_in + (c[DRIVE] + c[P20] * current);
        let v = (if refractory { v } else { free }).flush();
        let spikes = !refractory & (v >= (c[V_TH] - c[SHIFT] * current).threshold());
        *state = [
            if spikes { c[V_RESET] - c[SHIFT] * current } else { v },
            (c[P11_EX] * i_ex).flush_plus(input[0]),
            (c[P11_IN] * i_in).flush_plus(input[1]),
        ];
        spikes
    }

    fn observe(c: &[f64; 11], state: &[f64; 3], variable: usize) -> f64 {
        if variable == 0 { state[0] + c[ORIGIN] } else { state[variable] }
    }

    fn shift<F: Real>(c: &[F; 11], state: &mut [F; 3], by: F) {
        state[0] = state[0] - c[SHIFT] * by;
    }

    fn needs_double(start: &Start<Self>, currents: &[f64]) -> bool {
        relaxation(&start.constants, start.state[0]).is_coarse(currents)
    }

    fn into_model(self) -> Box<dyn Model> {
        let constant = matches!(self.tau_syn_ex, Parameter::Drawn(Distribution::Constant(_)));
        if constant && self.tau_syn_ex == self.tau_syn_in {
            Box::new(OneCurrent(self))
        } else {
            Box::new(self)
        }
    }
}

/// [`IafPscExp`] whose currents decay alike: their sum is all that the membrane sees.
#[derive(Clone, Debug)]
struct OneCurrent(IafPscExp);

impl Neuron for OneCurrent {
    const NAME: &'static str = IafPscExp::NAME;
    const RECEPTORS: &'static [Receptor] = &[
        Receptor { input: 0, ..IafPscExp::RECEPTORS[0] },
        Receptor { input: 0, ..IafPscExp::RECEPTORS[1] },
    ];
    const VARIABLES: &'static [Variable] =
        &[Variable { name: "v_m", unit: "mV" }, Variable { name: "i_syn", unit: "pA" }];
    type State<T: Element> = [T; 2];
    type Input<T: Element> = [T; 1];
    type Constants<T: Element> = [T; 11];

    fn setup(&self, setup: &Setup) -> Result<Start<Self>> {
        let Start { constants, state: [v, ..], refractory } = self.0.setup(setup)?;
        Ok(Start { constants, state: [v, 0.0], refractory })
    }

    #[inline(always)]
    fn step<F: Real>(
        c: &[F; 11],
        state: &mut [F; 2],
        input: &[F; 1],
        current: F,
        refractory: bool,
    ) -> bool {
        let [v, i_syn] = *state;
        let free = c[P22] * v + c[P21_EX] * i_syn + (c[DRIVE] + c[P20] * current);
        let v = (if refractory { v } else { free }).flush();
        let spikes = !refractory & (v >= (c[V_TH] - c[SHIFT] * current).threshold());
        *state = [
            if spikes { c[V_RESET] - c[SHIFT] * current } else { v },
            (c[P11_EX] * i_syn).flush_plus(input[0]),
        ];
        spikes
    }

    fn observe(c: &[f64; 11], state: &[f64; 2], variable: usize) -> f64 {
        if variable == 0 { state[0] + c[ORIGIN] } else { state[variable] }
    }

    fn shift<F: Real>(c: &[F; 11], state: &mut [F; 2], by: F) {
        state[0] = state[0] - c[SHIFT] * by;
    }

    fn needs_double(start: &Start<Self>, currents: &[f64]) -> bool {
        relaxation(&start.constants, start.state[0]).is_coarse(currents)
    }
}
