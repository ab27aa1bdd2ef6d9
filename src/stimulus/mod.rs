//! What enters a network from outside: one input per file.
//!
//! A [`Stimulus`] acts on every neuron of a population directly (independent Poisson input, a
//! current); a [`Source`] is a population of its own whose neurons only emit spikes, so that
//! projections can start from it.

mod alias;
mod dc_generator;
mod flicker;
mod poisson;
mod poisson_generator;
mod poisson_source;
mod profile;
mod spike_generator;
mod step_current_generator;

pub use dc_generator::DcGenerator;
pub use flicker::{Flicker, Waveform};
pub use poisson::{MAX_MEAN, POISSON_BLOCK, PoissonCounts, PoissonKeys};
pub use poisson_generator::PoissonGenerator;
pub use poisson_source::PoissonSource;
pub use profile::{Change, Profile};
pub use spike_generator::SpikeGenerator;
pub use step_current_generator::StepCurrentGenerator;

use std::fmt::Debug;

use crate::Result;
use crate::units::{Time, Weight};

registry! {
    /// Every stimulus, as a config names it.
    StimulusSpec -> dyn Stimulus {
        PoissonGenerator(PoissonGenerator),
        DcGenerator(DcGenerator),
        StepCurrentGenerator(StepCurrentGenerator),
    }
}

registry! {
    /// Every source population, as a config names it.
    SourceSpec -> dyn Source {
        PoissonGenerator(PoissonSource),
        SpikeGenerator(SpikeGenerator),
        Flicker(Flicker),
    }
}

/// The strongest current, in pA: some of them together, as a voltage, are finite in single precision.
const MAX_CURRENT: f64 = 1e30;

/// What is wrong with a current, if anything.
pub(crate) fn current_problem(pa: f64) -> Option<String> {
    (!(-MAX_CURRENT..=MAX_CURRENT).contains(&pa)).then(|| {
        format!(
            "{pa} pA is out of range: give a current from -{MAX_CURRENT:e} to {MAX_CURRENT:e} pA"
        )
    })
}

/// What a stimulus does to each neuron of its target.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Independent Poisson spikes for each neuron; [`Stimulus::value`] is their rate in Hz.
    Poisson {
        /// The receptor they arrive at; may be left out if there is only one.
        receptor: Option<String>,
        /// The weight of each.
        weight: Weight,
    },
    /// A current; [`Stimulus::value`] is in pA.
    Current,
}

/// An input to every neuron of one population.
pub trait Stimulus: Debug + Send + Sync {
    /// The name in configs.
    fn name(&self) -> &'static str;
    /// Checks the parameters.
    ///
    /// # Errors
    /// Names key, value, limit and remedy.
    fn validate(&self, dt: Time) -> Result<()>;
    /// What it does.
    fn action(&self) -> Action;
    /// Its strength (Hz or pA) in the update that begins at step `step` (from `step * dt` to
    /// `(step + 1) * dt`), and the first later step at which that may change.
    fn value(&self, step: u64, dt: Time) -> (f64, u64);
    /// The largest value it ever takes (Hz or pA), for bounding sums.
    fn peak(&self) -> f64;
    /// A copy.
    fn clone_box(&self) -> Box<dyn Stimulus>;
}

impl Clone for Box<dyn Stimulus> {
    fn clone(&self) -> Self {
        self.clone_box()
    }
}

impl<S: Stimulus + 'static> From<S> for Box<dyn Stimulus> {
    fn from(stimulus: S) -> Self {
        Box::new(stimulus)
    }
}

/// Which neurons of a source population an [`Emitter`] stands for.
#[derive(Clone, Copy, Debug)]
pub struct SourceContext {
    /// The seed of the network.
    pub seed: u64,
    /// The number of the population.
    pub population: usize,
    /// The first neuron, a multiple of 64.
    pub first: u64,
    /// How many neurons.
    pub count: usize,
    /// The time step.
    pub dt: Time,
}

/// A population that only emits spikes.
pub trait Source: Debug + Send + Sync {
    /// The name in configs.
    fn name(&self) -> &'static str;
    /// Checks the parameters for a population of `size`.
    ///
    /// # Errors
    /// Names key, value, limit and remedy.
    fn validate(&self, size: u64, dt: Time) -> Result<()>;
    /// How many spikes a neuron emits in one step at most: bounds the sums at its targets.
    fn most(&self, dt: Time) -> u32;
    /// The largest rate of a neuron (Hz), up to which [`Emitter::set_rate`] may set it; none where a
    /// rate has no meaning.
    fn peak(&self) -> Option<f64> {
        None
    }
    /// What emits the spikes of some of the neurons.
    fn emitter(&self, context: &SourceContext) -> Box<dyn Emitter>;
    /// A copy.
    fn clone_box(&self) -> Box<dyn Source>;
}

impl Clone for Box<dyn Source> {
    fn clone(&self) -> Self {
        self.clone_box()
    }
}

impl<S: Source + 'static> From<S> for Box<dyn Source> {
    fn from(source: S) -> Self {
        Box::new(source)
    }
}

/// Emits the spikes of a range of a source population.
pub trait Emitter: Send {
    /// Pushes the numbers (within the range, ascending, repeated for several spikes) of the
    /// neurons that spike in the update that begins at step `step`, whose spikes are stamped
    /// `step + 1`. Steps come in order.
    fn emit(&mut self, step: u64, spikes: &mut Vec<u32>);
    /// Changes the rate from now on to one of at most [`Source::peak`].
    fn set_rate(&mut self, _hz: f64) {}
}
