//! What single precision is enough for, and what potentials are kept relative to.

/// What the potential of a leaky neuron is kept relative to, so that what decides when it fires, its
/// distance from where it tends to, is not a difference of large numbers.
///
/// That is V_inf = E_L + R I. Where V_inf is much further from V_th than V_reset and E_L are, V moves by
/// nearly equal steps, and is kept relative to E_L.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Origin {
    /// It, without current from outside, in mV.
    pub(super) potential: f64,
    /// What a current from outside adds to V in a step, in mV/pA.
    pub(super) p20: f64,
    /// What the constant current adds to V in a step, in mV.
    pub(super) drive: f64,
    /// By how much a current from outside moves the origin, in mV/pA.
    pub(super) shift: f64,
}

/// How many times further than V_reset and E_L are from V_th V_inf may be.
const NEAR: f64 = 4.0;

impl Origin {
    /// For a rest at `e_l`, (threshold, reset), `resistance` in mV/pA, what a current `p20` adds in a step,
    /// and a constant current.
    pub(super) fn new(
        e_l: f64,
        (v_th, v_reset): (f64, f64),
        resistance: f64,
        p20: f64,
        i_e: f64,
    ) -> Self {
        let v_inf = e_l + resistance * i_e;
        let near = (v_inf - v_th).abs() <= NEAR * (v_th - v_reset).max((v_th - e_l).abs());
        if near {
            Self { potential: v_inf, p20: 0.0, drive: 0.0, shift: resistance }
        } else {
            Self { potential: e_l, p20, drive: p20 * i_e, shift: 0.0 }
        }
    }
}

/// A membrane on which only currents act: `v <- decay v + drive + per_current I` in each step, relative to
/// an origin that `shift I` moves.
#[derive(Clone, Copy, Debug)]
pub(super) struct Relaxation {
    pub(super) decay: f64,
    pub(super) drive: f64,
    pub(super) per_current: f64,
    pub(super) shift: f64,
    pub(super) threshold: f64,
    pub(super) reset: f64,
    pub(super) start: f64,
    /// The potential that all are relative to.
    pub(super) origin: f64,
    /// Whether intervals are those of the closed form; else to a step.
    pub(super) exact: bool,
}

/// The error of one rounding in single precision, relative.
const ROUNDING: f64 = 6e-8;
/// Roundings of a step.
const ROUNDINGS: f64 = 3.0;
/// The worst error of the potential that is allowed, relative to V_th - V_reset: roundings of both signs
/// leave a tenth of it.
const SEEN: f64 = 1e-4;
/// The same, relative to what input moves it by.
const OF_INPUT: f64 = 5e-4;
/// The same for what does not add up: the potential as it is observed, and where it is reset to.
const SEEN_AT_ONCE: f64 = 2e-5;

/// Whether single precision is seen in a potential up to `largest` from `origin`, where it is reset by
/// `range`.
pub(super) fn is_seen(origin: f64, largest: f64, range: f64) -> bool {
    ROUNDING * (origin.abs() + largest) > SEEN_AT_ONCE * range
}

impl Relaxation {
    /// Whether single precision would be seen in the potential or move a spike, under one of `currents`.
    pub(super) fn is_coarse(&self, currents: &[f64]) -> bool {
        currents.iter().any(|&current| {
            // The threshold is a difference then.
            let difference = if self.shift * current == 0.0 { 0.0 } else { self.threshold.abs() };
            self.under(current).is_coarse_here(difference)
        })
    }

    /// The same, with a current as part of it.
    fn under(self, current: f64) -> Self {
        let by = self.shift * current;
        Self {
            drive: self.drive + self.per_current * current,
            threshold: self.threshold - by,
            reset: self.reset - by,
            start: self.start - by,
            ..self
        }
    }

    fn is_coarse_here(&self, difference: f64) -> bool {
        // Steps for the time constant of the membrane, over which roundings add up.
        let memory = 1.0 / (1.0 - self.decay);
        let end = self.drive * memory;
        // Where it stays, if that is below threshold.
        let stays = end.min(self.threshold);
        let largest = [self.threshold, self.reset, self.start, stays]
            .map(f64::abs)
            .into_iter()
            .fold(0.0, f64::max);
        let range = self.threshold - self.reset;
        let each = ROUNDINGS * ROUNDING;
        // Without a leak, they add up for ever.
        let adds_up = each * largest * memory > SEEN * range || each * memory > OF_INPUT;
        if memory.is_infinite() || adds_up || is_seen(self.origin, largest, range) {
            return true;
        }
        let gap = end - self.threshold;
        if gap <= 0.0 {
            // Rounding must not carry it over a threshold that it does not reach. Relative to where it tends
            // to, it only decays.
            let kept = if self.drive == 0.0 { self.threshold.abs() } else { largest * memory };
            return -gap < each * (kept + difference);
        }
        let steps = libm::log((end - self.reset) / gap) / -libm::log(self.decay);
        // What roundings leave of the potential at the threshold.
        let kept =
            if self.drive == 0.0 { gap * steps.max(1.0) } else { largest * steps.min(memory) };
        let error = each * (kept + difference) * memory / gap;
        if self.exact { error >= (steps - libm::round(steps)).abs() } else { error >= 0.5 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A membrane of 10 ms and 40 MOhm, threshold 15 mV above rest, at `dt` (ms) and a current (pA).
    fn membrane(dt: f64, current: f64) -> Relaxation {
        let inf = 0.04 * current;
        Relaxation {
            decay: libm::exp(-dt / 10.0),
            drive: 0.0,
            per_current: 0.0,
            shift: 0.04,
            threshold: 15.0 - inf,
            reset: -inf,
            start: -inf,
            origin: -70.0 + inf,
            exact: true,
        }
    }

    #[test]
    fn single_precision_is_enough_where_it_moves_nothing() {
        let coarse = |dt, current| membrane(dt, current).is_coarse(&[0.0]);
        assert!(!coarse(0.1, 0.0), "rest");
        assert!(!coarse(0.1, 450.0), "199.2 steps");
        assert!(coarse(0.001, 450.0), "steps of a thousandth of a mV");
        assert!(!coarse(0.1, 375.0), "kept relative to the threshold itself");
        // `steps` until it crosses.
        let after = |steps: f64| 375.0 * (1.0 + libm::exp(-0.01 * steps));
        assert!(!coarse(0.1, after(2000.5)));
        assert!(coarse(0.1, after(2000.01)), "a hundredth of a step too late");
        assert!(membrane(0.1, 0.0).is_coarse(&[0.0, 375.0]), "brought there from outside");
    }
}
