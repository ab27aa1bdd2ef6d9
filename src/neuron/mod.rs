//! How neurons evolve: one model per file.
//!
//! A model keeps four kinds of data apart: *parameters* (what the user sets: the fields of the
//! struct), *constants* (precomputed from them), *state* (evolves) and *input* (what arrives in
//! a step). It says how one neuron takes one step; the engine turns that into SIMD over a
//! population, so a model defined outside this crate runs as fast as one inside.
//!
//! Conventions, those of NEST (see the closed forms in the tests):
//!
//! - An update from t to t + h stamps its spikes t + h; a spike at t with delay d is part of the
//!   input of the step that ends at t + d.
//! - Membrane potentials are kept relative to rest, so that rest is zero (where a model has one
//!   resting potential).
//! - A state below [`Real::FLUSH`] in magnitude is flushed to zero, so that a silent neuron is an
//!   exact fixed point and no subnormal number slows the loop.

mod finite;
mod iaf_cond_exp;
mod iaf_psc_delta;
mod iaf_psc_exp;
mod izhikevich;
mod lanes;
mod precision;
mod real;
mod rough;
mod scalar;
mod setup;
mod slice;
mod starts;

pub use finite::NotFinite;
pub use iaf_cond_exp::IafCondExp;
pub use iaf_psc_delta::IafPscDelta;
pub use iaf_psc_exp::IafPscExp;
pub use izhikevich::Izhikevich;
pub use real::{Array, Element, Real};
pub use scalar::Cell;
pub use setup::{Limit, Setup};
pub use slice::{BLOCK, Lane, PARTS, PLACES, Slice, SliceContext};
pub use starts::Footprint;

use std::fmt::Debug;

use crate::units::WeightKind;
use crate::{Error, Result};

/// Which signs the weights into a receptor may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// At least zero.
    Positive,
    /// At most zero.
    Negative,
    /// Either, but one per projection.
    Any,
}

/// Where synapses arrive at a neuron.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receptor {
    /// Its name, for example `excitatory`.
    pub name: &'static str,
    /// What a weight is.
    pub kind: WeightKind,
    /// Which signs weights may have.
    pub sign: Sign,
    /// Whether synapses on it inhibit although their weights are positive.
    pub inhibitory: bool,
    /// The number of the [input](Neuron::Input) it adds to. Receptors may share one.
    pub input: usize,
}

/// Something of a neuron that can be recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name, for example `v_m`.
    pub name: &'static str,
    /// Its unit, for example `mV`.
    pub unit: &'static str,
}

/// A neuron model: equations of one neuron, generic over the floating-point type.
///
/// See `examples/custom_neuron.rs` for a model defined outside this crate.
pub trait Neuron: Clone + Debug + Send + Sync + 'static {
    /// The name in configs.
    const NAME: &'static str;
    /// Where synapses can arrive.
    const RECEPTORS: &'static [Receptor];
    /// What can be recorded.
    const VARIABLES: &'static [Variable];
    /// State variables: `[F; n]`. A run ends with an error where one is found infinite or not a number.
    type State<T: Element>: Array<T>;
    /// What arrived in this step, in the unit of the weights of the receptors: `[F; n]`.
    type Input<T: Element>: Array<T>;
    /// What the update needs, computed once: `[F; n]`.
    type Constants<T: Element>: Array<T>;

    /// Checks the parameters and computes the constants, the initial state and the refractory
    /// period of the neuron that `setup` stands for.
    ///
    /// # Errors
    /// A parameter out of range, through [`Setup::value`].
    fn setup(&self, setup: &Setup) -> Result<Start<Self>>;

    /// One step: advances `state` by dt under `input` and a `current` in pA, and says whether the
    /// neuron spikes. While `refractory`, the potential is held and no spike may be emitted.
    ///
    /// Must be branch-free arithmetic to become SIMD; [`Real::mul_add`] is fused at every width, at the
    /// cost of a call where the processor cannot.
    fn step<F: Real>(
        constants: &Self::Constants<F>,
        state: &mut Self::State<F>,
        input: &Self::Input<F>,
        current: F,
        refractory: bool,
    ) -> bool;

    /// The recorded value of variable number `variable`, while no current comes from outside.
    fn observe(constants: &Self::Constants<f64>, state: &Self::State<f64>, variable: usize) -> f64;

    /// Whether [`Neuron::step`], which is the same arithmetic for all neurons, was too rough for this
    /// one when it went from `before` to `after`; then [`Neuron::step_closer`] takes its place where
    /// [`Neuron::is_closer`], and [`Neuron::refine`] elsewhere. By default never.
    fn is_rough<F: Real>(
        _constants: &Self::Constants<F>,
        _before: &Self::State<F>,
        _after: &Self::State<F>,
        _spikes: bool,
    ) -> bool {
        false
    }

    /// Whether [`Neuron::step_closer`] is not too rough for this neuron. By default never.
    fn is_closer<F: Real>(_constants: &Self::Constants<F>, _before: &Self::State<F>) -> bool {
        false
    }

    /// The step that [`Neuron::step`] takes, by other arithmetic, that costs more: branch-free, too,
    /// since all neurons of a block take it when one of them needs it.
    fn step_closer<F: Real>(
        constants: &Self::Constants<F>,
        state: &mut Self::State<F>,
        input: &Self::Input<F>,
        current: F,
        refractory: bool,
    ) -> bool {
        Self::step(constants, state, input, current, refractory)
    }

    /// The step that [`Neuron::step`] takes, in as many parts as this neuron needs. It takes its time:
    /// it is for the few that are rough.
    fn refine(
        constants: &Self::Constants<f64>,
        state: &mut Self::State<f64>,
        input: &Self::Input<f64>,
        current: f64,
        refractory: bool,
    ) -> bool {
        Self::step(constants, state, input, current, refractory)
    }

    /// Where a potential is kept relative to what the current makes of it: changes what is kept, not
    /// the potential, when the current changes by `by` pA. By default nothing is kept like that.
    fn shift<F: Real>(_constants: &Self::Constants<F>, _state: &mut Self::State<F>, _by: F) {}

    /// Whether single precision would be seen in the potential, or move a spike of a neuron on which
    /// nothing acts but one of the `currents` in pA. By default never.
    fn needs_double(_start: &Start<Self>, _currents: &[f64]) -> bool {
        false
    }

    /// The model that a network holds: itself, or one with the same behaviour that its parameters
    /// make cheaper. Models of this crate say it themselves: what this default makes is compiled once
    /// more in each program that names the model.
    fn into_model(self) -> Box<dyn Model> {
        Box::new(self)
    }
}

/// How a neuron starts.
#[derive(Clone, Debug)]
pub struct Start<N: Neuron> {
    /// Computed once from parameters and dt.
    pub constants: N::Constants<f64>,
    /// The initial state.
    pub state: N::State<f64>,
    /// For how many steps a spike silences the neuron.
    pub refractory: u32,
}

impl<N: Neuron> Start<N> {
    /// Refuses parameters that are possible one by one, but leave what is computed from them without a
    /// finite value.
    fn check_finite(&self, double: bool) -> Result<()> {
        let all = || self.constants.as_ref().iter().chain(self.state.as_ref());
        if all().any(|x| !x.is_finite()) {
            return Err(Error::parameter(
                "",
                "the parameters are so large or small together that no finite numbers come of them",
            ));
        }
        match all().find(|x| !double && !(**x as f32).is_finite()) {
            Some(x) => Err(Error::parameter(
                "",
                format!(
                    "{x:e} comes of the parameters, which is above {:e}, the most in single precision: take precision = \"double\", or smaller parameters",
                    f32::MAX
                ),
            )),
            None => Ok(()),
        }
    }
}

registry! {
    /// Every neuron model, as a config names it.
    ModelSpec -> dyn Model {
        IafPscDelta(IafPscDelta),
        IafPscExp(IafPscExp),
        IafCondExp(IafCondExp),
        Izhikevich(Izhikevich),
    }
}

/// A [`Neuron`] of any model: what a network holds.
pub trait Model: Debug + Send + Sync {
    /// The name of the model.
    fn name(&self) -> &'static str;
    /// Where synapses can arrive.
    fn receptors(&self) -> &'static [Receptor];
    /// How many inputs the receptors add to.
    fn inputs(&self) -> usize;
    /// What can be recorded.
    fn variables(&self) -> &'static [Variable];
    /// What each neuron of `context` takes, for predicting memory.
    ///
    /// # Errors
    /// A drawn parameter out of range.
    fn footprint(&self, context: &SliceContext) -> Result<Footprint>;
    /// Whether a neuron needs double precision: see [`Neuron::needs_double`].
    ///
    /// # Errors
    /// A parameter out of range.
    fn needs_double(&self, setup: &Setup, currents: &[f64]) -> Result<bool>;
    /// Checks the parameters of a population, in single or `double` precision.
    ///
    /// # Errors
    /// The first parameter out of range, and those together of which no finite number comes.
    fn validate(&self, setup: &Setup, double: bool) -> Result<()>;
    /// The neurons `context.first..context.first + context.count` as arrays.
    ///
    /// # Errors
    /// A drawn parameter out of range.
    fn slice(&self, context: &SliceContext) -> Result<Box<dyn Slice>>;
    /// One neuron by itself, for the reference engine.
    ///
    /// # Errors
    /// A drawn parameter out of range.
    fn cell(&self, setup: &Setup, units: &[f64], double: bool) -> Result<Box<dyn Cell>>;
    /// A copy.
    fn clone_box(&self) -> Box<dyn Model>;
}

impl Clone for Box<dyn Model> {
    fn clone(&self) -> Self {
        self.clone_box()
    }
}

impl<N: Neuron> From<N> for Box<dyn Model> {
    fn from(neuron: N) -> Self {
        neuron.into_model()
    }
}

impl<N: Neuron> Model for N {
    fn name(&self) -> &'static str {
        N::NAME
    }

    fn receptors(&self) -> &'static [Receptor] {
        N::RECEPTORS
    }

    fn inputs(&self) -> usize {
        N::Input::<f32>::LEN
    }

    fn variables(&self) -> &'static [Variable] {
        N::VARIABLES
    }

    fn footprint(&self, context: &SliceContext) -> Result<Footprint> {
        starts::footprint(self, context)
    }

    fn needs_double(&self, setup: &Setup, currents: &[f64]) -> Result<bool> {
        let start = self.setup(setup)?;
        Ok(start.check_finite(false).is_err() || N::needs_double(&start, currents))
    }

    fn validate(&self, setup: &Setup, double: bool) -> Result<()> {
        self.setup(setup)?.check_finite(double)
    }

    fn slice(&self, context: &SliceContext) -> Result<Box<dyn Slice>> {
        slice::build(self, context)
    }

    fn cell(&self, setup: &Setup, units: &[f64], double: bool) -> Result<Box<dyn Cell>> {
        scalar::build(self, setup, units, double)
    }

    fn clone_box(&self) -> Box<dyn Model> {
        Box::new(self.clone())
    }
}
