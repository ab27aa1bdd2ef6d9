//! The linear models, solved in closed form from grid point to grid point with 32 digits: formulas
//! stand as in a textbook, since what cancels in them is there.

use super::cell::{Cell, Kind, Membrane};
use super::wide::Wide;

/// `iaf_psc_exp` or `iaf_psc_delta`, relative to E_L.
#[derive(Clone)]
pub(super) struct Linear {
    delta: bool,
    e_l: f64,
    i_e: Wide,
    reset: Wide,
    /// What is left of V, and of each current, after a step.
    left: Wide,
    current_left: [Wide; 2],
    /// What a constant current, and each synaptic current, of 1 pA brings in a step.
    constant: Wide,
    synaptic: [Wide; 2],
    v: Wide,
    currents: [Wide; 2],
    /// The same of the magnitudes of the weights.
    magnitude: f64,
    current_magnitudes: [f64; 2],
}

/// After `t`, the potential by a current that began with 1 pA.
fn psp(t: Wide, tau_m: Wide, tau_s: Wide, c_m: Wide) -> Wide {
    if tau_m == tau_s {
        return t / c_m * (-t / tau_m).exp();
    }
    let difference = (-t / tau_m).exp_m1() - (-t / tau_s).exp_m1();
    tau_m * tau_s / (c_m * (tau_m - tau_s)) * difference
}

impl Linear {
    pub(super) fn new(cell: &Cell) -> Self {
        let [h, tau_m, c_m] = [cell.dt, cell.tau_m, cell.c_m].map(Wide::from);
        let e_l = Wide::from(cell.e_l);
        let tau_syn = cell.tau_syn.map(Wide::from);
        Self {
            delta: cell.kind == Kind::Delta,
            e_l: cell.e_l,
            i_e: cell.i_e.into(),
            reset: Wide::from(cell.v_reset) - e_l,
            left: (-h / tau_m).exp(),
            current_left: tau_syn.map(|tau| (-h / tau).exp()),
            constant: -(tau_m / c_m * (-h / tau_m).exp_m1()),
            synaptic: tau_syn.map(|tau| psp(h, tau_m, tau, c_m)),
            v: cell.v_m.map_or(Wide::default(), |v_m| Wide::from(v_m) - e_l),
            currents: [Wide::default(); 2],
            magnitude: 0.0,
            current_magnitudes: [0.0; 2],
        }
    }
}

impl Membrane for Linear {
    fn advance(&mut self, current: f64, refractory: bool) {
        if !refractory {
            self.v = self.v * self.left + self.constant * (self.i_e + current.into());
            self.magnitude *= self.left.near();
        }
        for r in 0..2 {
            if !refractory {
                self.v = self.v + self.synaptic[r] * self.currents[r];
                self.magnitude += self.synaptic[r].near() * self.current_magnitudes[r];
            }
            self.currents[r] = self.currents[r] * self.current_left[r];
            self.current_magnitudes[r] *= self.current_left[r].near();
        }
    }

    fn arrive(&mut self, weights: [f64; 2], magnitudes: [f64; 2], refractory: bool) {
        if self.delta {
            if !refractory {
                self.v = self.v + weights[0].into();
                self.magnitude += magnitudes[0];
            }
            return;
        }
        for r in 0..2 {
            self.currents[r] = self.currents[r] + weights[r].into();
            self.current_magnitudes[r] += magnitudes[r];
        }
    }

    fn potential(&self) -> f64 {
        (self.v + self.e_l.into()).near()
    }

    fn of_magnitudes(&self) -> f64 {
        self.magnitude
    }

    fn reset(&mut self) {
        self.v = self.reset;
        self.magnitude = 0.0;
    }

    fn copy(&self) -> Box<dyn Membrane> {
        Box::new(self.clone())
    }
}
