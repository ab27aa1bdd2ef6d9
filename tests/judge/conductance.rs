//! `iaf_cond_exp`, whose equation is linear in V: its exact solution is an integral, taken by Gauss'
//! rule on pieces over which neither the conductances nor what is left of V change by much.
//!
//! However stiff, few pieces are needed: what is older than 50 time constants of the membrane is
//! forgotten, and a conductance is over after some 40 of its own.

use super::cell::{Cell, Membrane};

/// Gauss and Legendre's rule of 16 points in -1..1: of each pair of points, the positive, and its weight.
const RULE: [(f64, f64); 8] = [
    (0.989_400_934_991_649_9, 0.027_152_459_411_754_095),
    (0.944_575_023_073_232_6, 0.062_253_523_938_647_89),
    (0.865_631_202_387_831_7, 0.095_158_511_682_492_78),
    (0.755_404_408_355_003, 0.124_628_971_255_533_87),
    (0.617_876_244_402_643_7, 0.149_595_988_816_576_73),
    (0.458_016_777_657_227_4, 0.169_156_519_395_002_54),
    (0.281_603_550_779_258_9, 0.182_603_415_044_923_6),
    (0.095_012_509_837_637_44, 0.189_450_610_455_068_5),
];

/// After so many time constants of the membrane, nothing is left of what V was.
const FORGOTTEN: f64 = 50.0;

/// What is neglected of the effect of a conductance, in mV.
const NOTHING: f64 = 1e-14;

/// The membrane, and its conductances at the last grid point.
#[derive(Clone)]
pub(super) struct Conductance {
    cell: Cell,
    v: f64,
    g: [f64; 2],
    of_magnitudes: f64,
}

/// A step under a constant current.
struct Step<'a> {
    cell: &'a Cell,
    g: [f64; 2],
    current: f64,
}

impl Step<'_> {
    /// Conductance `r` at time `t` of the step, per capacitance (1/ms).
    fn synaptic(&self, r: usize, t: f64) -> f64 {
        self.g[r] / self.cell.c_m * (-t / self.cell.tau_syn[r]).exp()
    }

    /// The rate at which V is pulled to where it is pulled, at time `t`.
    fn rate(&self, t: f64) -> f64 {
        self.cell.g_l / self.cell.c_m + self.synaptic(0, t) + self.synaptic(1, t)
    }

    /// The integral of the rate from `a` to `b`: so many time constants of the membrane.
    fn between(&self, a: f64, b: f64) -> f64 {
        let synaptic = |r| {
            let tau = self.cell.tau_syn[r];
            -self.synaptic(r, a) * tau * (-(b - a) / tau).exp_m1()
        };
        self.cell.g_l / self.cell.c_m * (b - a) + synaptic(0) + synaptic(1)
    }

    /// What pulls, in mV/ms, relative to the potential `from`.
    fn pull(&self, t: f64, from: f64) -> f64 {
        let Cell { e_l, e_syn, g_l, c_m, .. } = self.cell;
        let synaptic = |r: usize| self.synaptic(r, t) * (e_syn[r] - from);
        (g_l * (e_l - from) + self.current) / c_m + synaptic(0) + synaptic(1)
    }

    /// The latest time before the end from which on everything counts.
    fn begin(&self) -> f64 {
        let h = self.cell.dt;
        if self.between(0.0, h) <= FORGOTTEN {
            return 0.0;
        }
        let (mut forgotten, mut counts) = (0.0, h);
        for _ in 0..60 {
            let middle = 0.5 * (forgotten + counts);
            if self.between(middle, h) > FORGOTTEN { forgotten = middle } else { counts = middle }
        }
        forgotten
    }

    /// Whether conductance `r` still matters at `t`.
    fn lasts(&self, r: usize, t: f64, v: f64) -> bool {
        let time = self.cell.tau_syn[r].min(self.cell.dt - t);
        self.synaptic(r, t) * time * (1.0 + (self.cell.e_syn[r] - v).abs()) > NOTHING
    }

    /// The end of a piece from `a` on over which everything is smooth; none if only the leak is left.
    fn piece(&self, a: f64, v: f64) -> Option<f64> {
        let mut length = f64::INFINITY;
        for r in 0..2 {
            if self.lasts(r, a, v) {
                length = length.min(2.0 * self.cell.tau_syn[r]);
            }
        }
        length.is_finite().then(|| (a + length.min(6.0 / self.rate(a))).min(self.cell.dt))
    }

    /// V, and the potential of magnitudes, from `a` to `b` by quadrature.
    fn integrate(&self, (a, b): (f64, f64), (v, magnitude): (f64, f64)) -> (f64, f64) {
        let half = 0.5 * (b - a);
        let mut sums = [0.0; 3];
        for (x, weight) in RULE.iter().flat_map(|&(x, w)| [(x, w), (-x, w)]) {
            let t = a + half * (1.0 + x);
            let left = half * weight * (-self.between(t, b)).exp();
            sums[0] += left * self.pull(t, v);
            sums[1] += left * self.synaptic(0, t);
            sums[2] += left * self.synaptic(1, t);
        }
        let after = v + sums[0];
        let distance = |r: usize| {
            let e = self.cell.e_syn[r];
            (e - v).abs().max((e - after).abs())
        };
        let decayed = magnitude * (-self.between(a, b)).exp();
        (after, decayed + sums[1] * distance(0) + sums[2] * distance(1))
    }

    /// The same under the leak alone, in closed form.
    fn leak(&self, a: f64, (v, magnitude): (f64, f64)) -> (f64, f64) {
        let Cell { g_l, c_m, e_l, dt, .. } = *self.cell;
        let (span, rate) = (dt - a, g_l / c_m);
        let mean = if rate == 0.0 { span } else { -(-rate * span).exp_m1() / rate };
        let after = v + mean * ((e_l - v) * g_l + self.current) / c_m;
        (after, magnitude * (-rate * span).exp())
    }

    /// V and the potential of magnitudes at the end of the step.
    fn end(&self, mut v: (f64, f64)) -> (f64, f64) {
        let mut now = self.begin();
        if now > 0.0 {
            // Wherever V was, it is where it is pulled.
            let rate = self.rate(now);
            let there = v.0 + self.pull(now, v.0) / rate;
            let magnitude =
                |r: usize| self.synaptic(r, now) * (self.cell.e_syn[r] - there).abs() / rate;
            v = (there, magnitude(0) + magnitude(1));
        }
        while now < self.cell.dt {
            let Some(next) = self.piece(now, v.0) else { return self.leak(now, v) };
            v = self.integrate((now, next), v);
            now = next;
        }
        v
    }
}

impl Conductance {
    pub(super) fn new(cell: &Cell) -> Self {
        let v = cell.v_m.unwrap_or(cell.e_l);
        Self { cell: cell.clone(), v, g: [0.0; 2], of_magnitudes: 0.0 }
    }
}

impl Membrane for Conductance {
    fn advance(&mut self, current: f64, refractory: bool) {
        let step = Step { cell: &self.cell, g: self.g, current: self.cell.i_e + current };
        if !refractory {
            (self.v, self.of_magnitudes) = step.end((self.v, self.of_magnitudes));
        }
        for r in 0..2 {
            self.g[r] *= (-self.cell.dt / self.cell.tau_syn[r]).exp();
        }
    }

    fn arrive(&mut self, weights: [f64; 2], _: [f64; 2], _: bool) {
        for r in 0..2 {
            self.g[r] += weights[r];
        }
    }

    fn potential(&self) -> f64 {
        self.v
    }

    fn of_magnitudes(&self) -> f64 {
        self.of_magnitudes
    }

    fn reset(&mut self) {
        self.v = self.cell.v_reset;
        self.of_magnitudes = 0.0;
    }

    fn copy(&self) -> Box<dyn Membrane> {
        Box::new(self.clone())
    }
}
