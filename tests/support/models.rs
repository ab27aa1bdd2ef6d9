//! Random neurons: models, their parameters, and weights that have an effect on them.

use murine::neuron::ModelSpec;
use murine::prelude::*;
use murine::units::{Quantity, Weight};

use super::recipe::Spread;

/// Neurons whose threshold lies 15 mV above rest.
#[derive(Clone, Debug)]
pub struct ModelRecipe {
    pub kind: ModelKind,
    /// Constant current, 1 at threshold.
    pub drive: f64,
    /// ms.
    pub tau_m: f64,
    /// ms.
    pub tau_syn: [f64; 2],
    /// Refractory steps.
    pub t_ref: u64,
    pub spread: ParameterSpread,
    /// Which parameters are spread.
    pub spread_of: [bool; 4],
}

#[derive(Clone, Copy, Debug)]
pub enum ModelKind {
    Delta,
    Exp,
    Cond,
    Izhikevich,
}

/// How a parameter differs between neurons.
#[derive(Clone, Copy, Debug)]
pub enum ParameterSpread {
    Drawn(Spread),
    List,
}

impl ModelRecipe {
    /// The mean as a parameter, spread if `spread_of[which]` says so.
    fn parameter<Q: Quantity>(&self, which: usize, mean: Q, size: u64) -> Parameter<Q> {
        match self.spread {
            _ if !self.spread_of[which] => mean.into(),
            ParameterSpread::Drawn(spread) => spread.around(mean).into(),
            ParameterSpread::List => {
                let factor = |i| 0.7 + 0.6 * (f64::from(i) * 0.618).fract();
                let values = (0..size as u32).map(|i| Q::new(mean.value() * factor(i)));
                Parameter::List(values.collect())
            }
        }
    }

    /// A time on the grid; in a list, every neuron has another.
    fn steps(&self, which: usize, size: u64, dt: Time) -> Parameter<Time> {
        match self.spread {
            ParameterSpread::List if self.spread_of[which] => {
                let steps = (0..size).map(|i| dt * (self.t_ref + i % 7) as f64);
                Parameter::List(steps.collect())
            }
            _ => self.parameter(which, dt * self.t_ref as f64, size),
        }
    }

    /// The model.
    pub fn model(&self, size: u64, dt: Time) -> ModelSpec {
        let rest = -65.0;
        let (c_m, tau_m) = (250.0, self.tau_m);
        let i_e = self.parameter(0, self.drive * 15.0 * c_m / tau_m * PA, size);
        let tau_m = self.parameter(1, tau_m * MS, size);
        let v_m: Parameter<Voltage> = if self.spread_of[2] {
            Distribution::uniform(rest * MV, (rest + 16.0) * MV).into()
        } else {
            (rest * MV).into()
        };
        let t_ref = self.steps(3, size, dt);
        let [tau_syn_ex, mut tau_syn_in] = self.tau_syn.map(|tau| Parameter::from(tau * MS));
        if self.spread_of[1] {
            tau_syn_in.clone_from(&tau_syn_ex);
        }
        let (e_l, v_th, v_reset) = (rest * MV, (rest + 15.0) * MV, (rest - 3.0) * MV);
        match self.kind {
            ModelKind::Delta => IafPscDelta {
                e_l: e_l.into(),
                c_m: (c_m * PF).into(),
                tau_m,
                t_ref,
                v_th: v_th.into(),
                v_reset: v_reset.into(),
                i_e,
                v_m: Some(v_m),
            }
            .into(),
            ModelKind::Cond => IafCondExp {
                e_l: e_l.into(),
                c_m: (c_m * PF).into(),
                g_l: self.parameter(1, c_m / self.tau_m * NS, size),
                tau_syn_ex,
                tau_syn_in,
                t_ref,
                v_th: v_th.into(),
                v_reset: v_reset.into(),
                i_e,
                v_m: Some(v_m),
                ..Default::default()
            }
            .into(),
            // Threshold is at about 4 pA, wherever a list or spread of tau_m puts a.
            ModelKind::Izhikevich => Izhikevich {
                a: if self.spread_of[1] {
                    Distribution::uniform(0.02, 0.1).into()
                } else {
                    0.02.into()
                },
                tau_syn_ex,
                tau_syn_in,
                v_m,
                i_e: self.parameter(0, self.drive * 4.0 * PA, size),
                ..Default::default()
            }
            .into(),
            ModelKind::Exp => IafPscExp {
                e_l: e_l.into(),
                c_m: (c_m * PF).into(),
                tau_m,
                tau_syn_ex,
                tau_syn_in,
                t_ref,
                v_th: v_th.into(),
                v_reset: v_reset.into(),
                i_e,
                v_m: Some(v_m),
            }
            .into(),
        }
    }
}

/// The receptor of a model, and a weight that moves its potential by about `mv`.
pub fn receptor(model: &str, inhibitory: bool, mv: f64) -> (&'static str, Weight) {
    let name = if inhibitory { "inhibitory" } else { "excitatory" };
    let sign = if inhibitory { -1.0 } else { 1.0 };
    match model {
        "iaf_psc_delta" => ("default", (sign * mv * MV).into()),
        "iaf_cond_exp" => (name, (4.0 * mv * NS).into()),
        "izhikevich" => (name, (sign * mv * PA).into()),
        "iaf_psc_exp" => (name, (sign * 200.0 * mv * PA).into()),
        other => panic!("`{other}` is missing here"),
    }
}
