//! States that are no finite numbers: where they are, and what they are called.

use super::lanes::Lanes;
use super::{BLOCK, Neuron, Real};

/// A state variable of a neuron that is infinite or not a number (NaN).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NotFinite {
    /// Its number among the [state variables](Neuron::State).
    pub state: usize,
    /// The first [variable](Neuron::VARIABLES) that can be recorded and is not finite either, if there is
    /// one.
    pub variable: Option<usize>,
    /// What is recorded of that variable, or else the state.
    pub value: f64,
}

impl NotFinite {
    /// The first of `state`, of which `observe` reads the variables; `None` if all are finite.
    pub(super) fn first<N: Neuron>(
        state: &N::State<f64>,
        observe: impl Fn(usize) -> f64,
    ) -> Option<Self> {
        let number = state.as_ref().iter().position(|x| !x.is_finite())?;
        let mut variables = (0..N::VARIABLES.len()).map(|v| (v, observe(v)));
        let (variable, value) = match variables.find(|(_, value)| !value.is_finite()) {
            Some((variable, value)) => (Some(variable), value),
            None => (None, state.as_ref()[number]),
        };
        Some(Self { state: number, variable, value })
    }
}

/// The first neuron of a block of which a state is not finite.
#[expect(clippy::needless_bitwise_bool, reason = "a branch would keep it from being SIMD")]
pub(super) fn first_lane<F: Real>(states: &[Lanes<F>]) -> Option<usize> {
    let zero = F::default();
    let mut sums = [zero; BLOCK];
    for state in states {
        for (sum, x) in sums.iter_mut().zip(state.0) {
            // Zero, unless it is infinite or none.
            *sum += x * zero;
        }
    }
    // Asked of all at once, which is SIMD.
    let any = sums.iter().fold(false, |any, &sum| any | (sum != zero));
    if any { sums.iter().position(|&sum| sum != zero) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_of_every_neuron_is_seen() {
        fn look<F: Real>(most: F) {
            let zero = F::default();
            let good = [Lanes([most; BLOCK]), Lanes([-most; BLOCK])];
            assert_eq!(first_lane(&good), None);
            let infinite = most + most;
            for bad in [infinite, -infinite, zero / zero] {
                for (state, lane) in [(0, 0), (0, 63), (1, 17)] {
                    let mut states = good;
                    states[state].0[lane] = bad;
                    assert_eq!(first_lane(&states), Some(lane));
                    states[1].0[63] = bad;
                    assert_eq!(first_lane(&states), Some(lane));
                }
            }
        }
        look(f32::MAX);
        look(f64::MAX);
    }
}
