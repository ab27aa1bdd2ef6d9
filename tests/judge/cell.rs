//! One neuron of the judge: its parameters as plain numbers, and what every solver does.

use super::conductance::Conductance;
use super::linear::Linear;

/// Which equations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Exp,
    Delta,
    Cond,
    Izhikevich,
}

/// Parameters in mV, ms, pF, nS and pA; of those that a model lacks, the value means nothing.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    pub kind: Kind,
    pub dt: f64,
    pub c_m: f64,
    pub tau_m: f64,
    pub g_l: f64,
    pub e_l: f64,
    /// Excitation and inhibition.
    pub e_syn: [f64; 2],
    pub tau_syn: [f64; 2],
    pub v_th: f64,
    /// Izhikevich's c.
    pub v_reset: f64,
    /// In steps.
    pub t_ref: u32,
    pub i_e: f64,
    /// At the beginning; at E_L if not given.
    pub v_m: Option<f64>,
    pub a: f64,
    pub b: f64,
    pub d: f64,
    pub u_m: f64,
}

impl Cell {
    /// From reset to threshold.
    pub(super) fn range(&self) -> f64 {
        self.v_th - self.v_reset
    }
}

/// A membrane between spikes.
pub(super) trait Membrane {
    /// From one grid point to the next, with a constant current besides `i_e`. V stays where it is
    /// while the neuron is `refractory`.
    fn advance(&mut self, current: f64, refractory: bool);
    /// What arrives at this grid point: the sum of the weights at each receptor, and of their magnitudes.
    fn arrive(&mut self, weights: [f64; 2], magnitudes: [f64; 2], refractory: bool);
    /// In mV.
    fn potential(&self) -> f64;
    /// The potential that the magnitudes would have produced.
    fn of_magnitudes(&self) -> f64;
    /// V = V_reset.
    fn reset(&mut self);
    /// A copy.
    fn copy(&self) -> Box<dyn Membrane>;
}

/// The membrane of a model whose spikes are tested at grid points.
pub(super) fn membrane(cell: &Cell) -> Box<dyn Membrane> {
    match cell.kind {
        Kind::Exp | Kind::Delta => Box::new(Linear::new(cell)),
        Kind::Cond => Box::new(Conductance::new(cell)),
        Kind::Izhikevich => unreachable!("its threshold is tested within steps"),
    }
}
