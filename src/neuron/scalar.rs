//! One neuron by itself: what the reference engine steps.

use super::{Array, Neuron, NotFinite, Real, Setup};
use crate::Result;

/// A neuron on its own, of any model and precision.
pub trait Cell: Send {
    /// One step with the fixed-point sums that arrived at each receptor; says whether it spikes.
    fn step(&mut self, input: &[i64], current: f64) -> bool;
    /// The recorded value of variable number `variable`.
    fn observe(&self, variable: usize) -> f64;
    /// A state that is infinite or not a number.
    fn find_not_finite(&self) -> Option<NotFinite>;
}

struct Scalar<N: Neuron, F: Real> {
    constants: N::Constants<F>,
    exact: N::Constants<f64>,
    state: N::State<F>,
    units: N::Input<F>,
    period: u32,
    refractory: u32,
    current: F,
}

/// The neuron of `setup`; `units[r]` is the weight that one count at receptor `r` stands for.
pub(super) fn build<N: Neuron>(
    model: &N,
    setup: &Setup,
    units: &[f64],
    double: bool,
) -> Result<Box<dyn Cell>> {
    Ok(if double {
        Box::new(scalar::<N, f64>(model, setup, units)?)
    } else {
        Box::new(scalar::<N, f32>(model, setup, units)?)
    })
}

fn scalar<N: Neuron, F: Real>(model: &N, setup: &Setup, units: &[f64]) -> Result<Scalar<N, F>> {
    let start = model.setup(setup)?;
    Ok(Scalar {
        constants: Array::from_fn(|k| F::from_f64(start.constants.as_ref()[k])),
        exact: start.constants,
        state: Array::from_fn(|k| F::from_f64(start.state.as_ref()[k])),
        units: Array::from_fn(|r| F::from_f64(units[r])),
        period: start.refractory,
        refractory: 0,
        current: F::default(),
    })
}

impl<N: Neuron, F: Real> Cell for Scalar<N, F> {
    fn step(&mut self, input: &[i64], current: f64) -> bool {
        let refractory = self.refractory > 0;
        // Whatever fits 32 bits is rounded once, as by the arrays.
        let input =
            N::Input::<F>::from_fn(|r| F::from_f64(input[r] as f64) * self.units.as_ref()[r]);
        let current = F::from_f64(current);
        N::shift(&self.constants, &mut self.state, current - self.current);
        self.current = current;
        let before = self.state;
        let constants = &self.constants;
        let mut spikes = N::step(constants, &mut self.state, &input, current, refractory);
        if N::is_rough(constants, &before, &self.state, spikes) {
            if N::is_closer(constants, &before) {
                self.state = before;
                spikes = N::step_closer(constants, &mut self.state, &input, current, refractory);
            } else {
                (self.state, spikes) =
                    refined::<N, F>(constants, &before, &input, current, refractory);
            }
        }
        self.refractory = if spikes { self.period } else { self.refractory.saturating_sub(1) };
        spikes
    }

    fn observe(&self, variable: usize) -> f64 {
        let mut state = self.state;
        N::shift(&self.constants, &mut state, -self.current);
        N::observe(&self.exact, &Array::from_fn(|k| state.as_ref()[k].to_f64()), variable)
    }

    fn find_not_finite(&self) -> Option<NotFinite> {
        let state = Array::from_fn(|k| self.state.as_ref()[k].to_f64());
        NotFinite::first::<N>(&state, |variable| self.observe(variable))
    }
}

/// The state after a step from `before` that [`Neuron::refine`] takes, and whether it spikes.
pub(super) fn refined<N: Neuron, F: Real>(
    constants: &N::Constants<F>,
    before: &N::State<F>,
    input: &N::Input<F>,
    current: F,
    refractory: bool,
) -> (N::State<F>, bool) {
    let constants = Array::from_fn(|k| constants.as_ref()[k].to_f64());
    let input = Array::from_fn(|k| input.as_ref()[k].to_f64());
    let mut state = Array::from_fn(|k| before.as_ref()[k].to_f64());
    let spikes = N::refine(&constants, &mut state, &input, current.to_f64(), refractory);
    (Array::from_fn(|k| F::from_f64(state.as_ref()[k]).flush()), spikes)
}
