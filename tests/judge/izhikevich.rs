//! `izhikevich`, by extrapolation of the linearly implicit Euler method (Deuflhard 1985,
//! doi 10.1137/1027140; Hairer & Wanner, Solving Ordinary Differential Equations II, IV.9): of order
//! 8 in steps of its own choice, and stable however stiff.

use super::cell::Cell;

/// Numbers of sub-steps that are extrapolated: 1 to this.
const ORDER: usize = 8;

/// Error of a step of its own, relative to the state (and to 1 mV).
const TOLERANCE: f64 = 1e-11;

/// What is neglected of the effect of a current, in mV.
const NOTHING: f64 = 1e-13;

/// State between grid points, and the equations.
#[derive(Clone, Debug)]
pub(super) struct Izhikevich {
    cell: Cell,
    /// What the threshold is for this solution.
    pub threshold: f64,
    /// How much of the magnitudes of the weights is added to what arrives.
    pub more: f64,
    pub v: f64,
    pub u: f64,
    /// Synaptic currents, excitation and inhibition.
    currents: [f64; 2],
    /// The step it tries next, in ms.
    next: f64,
}

/// The equations within a step.
struct Flow<'a> {
    cell: &'a Cell,
    currents: [f64; 2],
    constant: f64,
}

type State = [f64; 2];

impl Flow<'_> {
    /// Of V and U at time `t`.
    fn slope(&self, t: f64, [v, u]: State) -> State {
        let synaptic = |r: usize| {
            let i = self.currents[r];
            if i == 0.0 { 0.0 } else { i * (-t / self.cell.tau_syn[r]).exp() }
        };
        let input = self.constant + synaptic(0) + synaptic(1);
        let above = v + 62.5;
        [0.04 * above * above - 16.25 - u + input, self.cell.a * (self.cell.b * v - u)]
    }

    /// How far the next step may go from `t` on: not beyond what a current does that is soon over.
    fn farthest(&self, t: f64) -> f64 {
        let last = |r: usize| {
            let tau = self.cell.tau_syn[r];
            let brings = self.currents[r].abs() * tau.min(self.cell.dt) * (-t / tau).exp();
            if brings > NOTHING { 2.0 * tau } else { f64::INFINITY }
        };
        last(0).min(last(1))
    }

    /// `n` linearly implicit steps in all over `h`.
    fn euler(&self, t: f64, y: State, h: f64, n: usize) -> State {
        let s = h / n as f64;
        let Cell { a, b, .. } = *self.cell;
        // I - s J, with J = [[0.08 (V + 62.5), -1], [a b, -a]].
        let (m00, m01, m10, m11) = (1.0 - s * 0.08 * (y[0] + 62.5), s, -s * a * b, 1.0 + s * a);
        let determinant = m00 * m11 - m01 * m10;
        let mut y = y;
        for i in 1..=n {
            let [f, g] = self.slope(t + s * i as f64, y).map(|f| s * f);
            y[0] += (f * m11 - m01 * g) / determinant;
            y[1] += (m00 * g - m10 * f) / determinant;
        }
        y
    }

    /// The state `h` later, and its error relative to what is allowed.
    fn attempt(&self, t: f64, y: State, h: f64) -> (State, f64) {
        let mut rows = [[0.0; 2]; ORDER];
        let mut before = [0.0; 2];
        for j in 0..ORDER {
            let mut value = self.euler(t, y, h, j + 1);
            for k in 0..j {
                // rows[k] holds what was extrapolated k times from one row above.
                let ratio = (j + 1) as f64 / (j - k) as f64;
                let better: State =
                    std::array::from_fn(|i| value[i] + (value[i] - rows[k][i]) / (ratio - 1.0));
                rows[k] = value;
                before = value;
                value = better;
            }
            rows[j] = value;
        }
        let last = rows[ORDER - 1];
        let error = |i: usize| {
            let scale = 1f64.max(y[i].abs()).max(last[i].abs());
            (last[i] - before[i]).abs() / (TOLERANCE * scale)
        };
        let error = error(0).max(error(1));
        (last, if error.is_nan() { f64::INFINITY } else { error })
    }

    /// Whether V may have been at `v_th` within a step that both ends of which are below it.
    fn peaks(&self, (t, y): (f64, State), (end, after): (f64, State), v_th: f64) -> bool {
        let h = end - t;
        let (rises, falls) = (self.slope(t, y)[0] * h, self.slope(end, after)[0] * h);
        // By a cubic polynomial through both ends, it is at most so far above them.
        let above = 4.0 / 27.0 * (rises - falls);
        rises > 0.0 && falls < 0.0 && y[0].max(after[0]) + above >= v_th
    }
}

impl Izhikevich {
    pub(super) fn new(cell: &Cell) -> Self {
        Self {
            threshold: cell.v_th,
            more: 0.0,
            v: cell.v_m.unwrap_or(cell.v_reset),
            u: cell.u_m,
            currents: [0.0; 2],
            next: cell.dt,
            cell: cell.clone(),
        }
    }

    /// From one grid point to the next; where V reaches the threshold between, it stays there and so
    /// does U, and that is said.
    pub(super) fn advance(&mut self, current: f64) -> bool {
        let cell = self.cell.clone();
        let flow = Flow { cell: &cell, currents: self.currents, constant: cell.i_e + current };
        self.decay();
        self.v >= self.threshold || self.flow(&flow, cell.dt)
    }

    /// The currents alone, over a step.
    pub(super) fn decay(&mut self) {
        for r in 0..2 {
            self.currents[r] *= (-self.cell.dt / self.cell.tau_syn[r]).exp();
        }
    }

    fn flow(&mut self, flow: &Flow, dt: f64) -> bool {
        let (mut now, mut y, mut h) = (0.0, [self.v, self.u], self.next.min(dt));
        while now < dt {
            h = h.min(flow.farthest(now));
            let last = h >= dt - now;
            let step = if last { dt - now } else { h };
            let end = if last { dt } else { now + step };
            let (after, error) = flow.attempt(now, y, step);
            let factor = (0.8 * error.powf(-1.0 / ORDER as f64)).clamp(0.1, 4.0);
            // Near the smallest step that can be told apart, what there is must do.
            if error > 1.0 && step > 1e-15 * dt {
                h = step * factor;
                continue;
            }
            let resolved = step < 1e-6 * dt;
            if after[0] < self.threshold
                && !resolved
                && flow.peaks((now, y), (end, after), self.threshold)
            {
                h = 0.5 * step;
                continue;
            }
            if after[0] >= self.threshold {
                [self.v, self.u] = self.crossing(flow, now, y, step);
                self.next = step;
                return true;
            }
            (now, y) = (end, after);
            h = step * factor;
        }
        [self.v, self.u] = y;
        self.next = h;
        false
    }

    /// The state where V reaches the threshold, at most `step` after `now`.
    fn crossing(&self, flow: &Flow, now: f64, y: State, step: f64) -> State {
        let (mut below, mut above) = (0.0, step);
        for _ in 0..45 {
            let middle = 0.5 * (below + above);
            let (after, _) = flow.attempt(now, y, middle);
            if after[0] >= self.threshold { above = middle } else { below = middle }
        }
        flow.attempt(now, y, above).0
    }

    /// What arrives at a grid point.
    pub(super) fn arrive(&mut self, weights: [f64; 2], magnitudes: [f64; 2]) {
        for r in 0..2 {
            self.currents[r] += weights[r] + self.more * magnitudes[r];
        }
    }

    /// V = c, and U what it was at the threshold, and d.
    pub(super) fn reset(&mut self, u: f64) {
        self.v = self.cell.v_reset;
        self.u = u + self.cell.d;
        self.next = self.cell.dt;
    }
}
