//! Leaky integrate-and-fire neuron with delta synapses.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::precision::{Origin, Relaxation};
use super::{Element, Limit, Model, Neuron, Real, Receptor, Setup, Sign, Start, Variable};
use crate::Result;
use crate::random::Parameter;
use crate::units::{Capacitance, Current, MS, MV, PA, PF, Time, Voltage, WeightKind};

/// Leaky integrate-and-fire neuron whose membrane potential jumps by the weight of each spike
/// that arrives, integrated exactly (Rotter & Diesmann 1999, doi 10.1007/s004220050570):
///
/// ```text
/// C_m dV/dt = -C_m/tau_m (V - E_L) + I_e + C_m x sum of weights x delta(t - arrival)
/// ```
///
/// All that arrives in a step is added before the threshold test. A spike is emitted at the first
/// grid point with V >= V_th; then V is held at V_reset for t_ref, and what arrives meanwhile is
/// discarded. Receptor: `default` (weights in mV, of either sign). Recordable: `v_m`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct IafPscDelta {
    /// Resting potential.
    pub e_l: Parameter<Voltage>,
    /// Capacitance of the membrane, above zero.
    pub c_m: Parameter<Capacitance>,
    /// Time constant of the membrane, above zero.
    pub tau_m: Parameter<Time>,
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

impl Default for IafPscDelta {
    fn default() -> Self {
        Self {
            e_l: (-70.0 * MV).into(),
            c_m: (250.0 * PF).into(),
            tau_m: (10.0 * MS).into(),
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
const V_TH: usize = 2;
const V_RESET: usize = 3;
const DRIVE: usize = 4;
/// By how much a current moves what V is kept relative to, in mV/pA.
const SHIFT: usize = 5;
/// What V is kept relative to without current from outside.
const ORIGIN: usize = 6;

impl Neuron for IafPscDelta {
    const NAME: &'static str = "iaf_psc_delta";
    const RECEPTORS: &'static [Receptor] = &[Receptor {
        name: "default",
        kind: WeightKind::Voltage,
        sign: Sign::Any,
        inhibitory: false,
        input: 0,
    }];
    const VARIABLES: &'static [Variable] = &[Variable { name: "v_m", unit: "mV" }];
    type State<T: Element> = [T; 1];
    type Input<T: Element> = [T; 1];
    type Constants<T: Element> = [T; 7];

    fn setup(&self, setup: &Setup) -> Result<Start<Self>> {
        let h = setup.dt().ms();
        let e_l = setup.value("e_l", &self.e_l, Limit::Finite)?;
        let c_m = setup.value("c_m", &self.c_m, Limit::Positive)?;
        let tau_m = setup.value("tau_m", &self.tau_m, Limit::Positive)?;
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
                (v_th - potential).threshold(),
                v_reset - potential,
                drive,
                shift,
                potential,
            ],
            state: [v_m - potential],
            refractory: setup.steps("t_ref", &self.t_ref)?,
        })
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "must be compiled with its caller's SIMD width")]
    fn step<F: Real>(
        c: &[F; 7],
        state: &mut [F; 1],
        input: &[F; 1],
        current: F,
        refractory: bool,
    ) -> bool {
        let [v] = *state;
        let free = (c[P22] * v + (c[DRIVE] + c[P20] * current)).flush_plus(input[0]);
        let v = if refractory { v } else { free };
        let spikes = !refractory & (v >= (c[V_TH] - c[SHIFT] * current).threshold());
        *state = [if spikes { c[V_RESET] - c[SHIFT] * current } else { v }];
        spikes
    }

    fn observe(c: &[f64; 7], state: &[f64; 1], _: usize) -> f64 {
        state[0] + c[ORIGIN]
    }

    fn shift<F: Real>(c: &[F; 7], state: &mut [F; 1], by: F) {
        state[0] = state[0] - c[SHIFT] * by;
    }

    fn needs_double(start: &Start<Self>, currents: &[f64]) -> bool {
        let c = &start.constants;
        Relaxation {
            decay: c[P22],
            drive: c[DRIVE],
            per_current: c[P20],
            shift: c[SHIFT],
            threshold: c[V_TH],
            reset: c[V_RESET],
            start: start.state[0],
            origin: c[ORIGIN],
            exact: true,
        }
        .is_coarse(currents)
    }

    fn into_model(self) -> Box<dyn Model> {
        Box::new(self)
    }
}
