//! The builder: a network described in Rust.

use std::ops::Range;

use super::{
    Input, Network, Population, PopulationId, PopulationKind, Precision, Projection, Recorder,
    StimulusId, Storage, Targets,
};
use crate::neuron::Model;
use crate::random::Distribution;
use crate::rule::{Between, Rule};
use crate::stimulus::{Source, Stimulus};
use crate::units::{MS, MV, Rate, Time, Weight};

impl Network {
    /// Sets the time step.
    #[must_use]
    pub fn dt(mut self, dt: Time) -> Self {
        self.dt = dt;
        self
    }

    /// Sets the seed.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Sets the floating-point type of the neurons' state.
    #[must_use]
    pub fn precision(mut self, precision: Precision) -> Self {
        self.precision = precision;
        self
    }

    /// Cuts all populations into so many equal parts. Each projection is then made part by part:
    /// each projects to itself, or to others by a rule of [`ProjectionBuilder::between`].
    #[must_use]
    pub fn modules(mut self, modules: u64) -> Self {
        self.modules = modules;
        self
    }

    /// Adds `size` neurons of `model`, in all modules together.
    pub fn population(
        &mut self,
        name: impl Into<String>,
        size: u64,
        model: impl Into<Box<dyn Model>>,
    ) -> PopulationId {
        self.add(name.into(), size, PopulationKind::Neurons(model.into()))
    }

    /// Adds `size` sources of spikes.
    pub fn source(
        &mut self,
        name: impl Into<String>,
        size: u64,
        source: impl Into<Box<dyn Source>>,
    ) -> PopulationId {
        self.add(name.into(), size, PopulationKind::Source(source.into()))
    }

    fn add(&mut self, name: String, size: u64, kind: PopulationKind) -> PopulationId {
        self.populations.push(Population { name, size, kind, reference_rate: None });
        PopulationId(self.populations.len() - 1)
    }

    /// States the rate that a population is expected to have.
    ///
    /// # Panics
    /// If this network has no population of that number.
    pub fn expect_rate(&mut self, population: PopulationId, rate: Rate) {
        self.populations[population.0].reference_rate = Some(rate);
    }

    /// Connects a population to another, or to several as if they were one (`[exc, inh]`); weight
    /// and delay are set on what is returned, unless the rule lists them.
    /// [`validate`](Self::validate) refuses a projection without them, and populations that this
    /// network does not have.
    pub fn project(
        &mut self,
        source: PopulationId,
        target: impl Into<Targets>,
        rule: impl Into<Box<dyn Rule>>,
    ) -> ProjectionBuilder<'_> {
        self.projections.push(Projection {
            source,
            target: target.into(),
            receptor: None,
            rule: rule.into(),
            between: None,
            delay_per_distance: 0.0 * MS,
            // Not a number: there are no defaults, so that none is taken unawares.
            weight: Distribution::Constant(Weight::Voltage(f64::NAN * MV)),
            delay: Distribution::Constant(f64::NAN * MS),
            storage: Storage::Auto,
        });
        let last = self.projections.len() - 1;
        ProjectionBuilder(&mut self.projections[last])
    }

    /// Lets `stimulus` act on every neuron of `target`, which [`validate`](Self::validate) refuses if
    /// this network does not have it.
    pub fn stimulate(
        &mut self,
        target: PopulationId,
        stimulus: impl Into<Box<dyn Stimulus>>,
    ) -> StimulusBuilder<'_> {
        let id = StimulusId(self.stimuli.len());
        let stimulus = stimulus.into();
        let name = format!("{}_{}", stimulus.name(), id.0);
        self.stimuli.push(Input { name, target, modules: None, stimulus });
        StimulusBuilder { input: &mut self.stimuli[id.0], id }
    }

    /// Observes something.
    pub fn record(&mut self, recorder: Recorder) {
        self.recorders.push(recorder);
    }
}

/// A projection being described.
#[derive(Debug)]
pub struct ProjectionBuilder<'a>(&'a mut Projection);

impl ProjectionBuilder<'_> {
    /// Names the receptor of the targets.
    #[expect(clippy::return_self_not_must_use, reason = "it changes the network")]
    pub fn receptor(self, name: impl Into<String>) -> Self {
        self.0.receptor = Some(name.into());
        self
    }

    /// Sets the weights: a value (`87.8 * PA`) or a distribution of [`Weight`].
    #[expect(clippy::return_self_not_must_use, reason = "it changes the network")]
    pub fn weight(self, weight: impl IntoWeights) -> Self {
        self.0.weight = weight.into_weights();
        self
    }

    /// Sets the delays: a value (`1.5 * MS`) or a distribution.
    #[expect(clippy::return_self_not_must_use, reason = "it changes the network")]
    pub fn delay(self, delay: impl Into<Distribution<Time>>) -> Self {
        self.0.delay = delay.into();
        self
    }

    /// Lets modules project to others.
    #[expect(clippy::return_self_not_must_use, reason = "it changes the network")]
    #[expect(clippy::must_use_candidate, reason = "it changes the network")]
    pub fn between(self, between: Between) -> Self {
        self.0.between = Some(between);
        self
    }

    /// Sets what a place of distance between modules adds to the delays.
    #[expect(clippy::return_self_not_must_use, reason = "it changes the network")]
    #[expect(clippy::must_use_candidate, reason = "it changes the network")]
    pub fn delay_per_distance(self, delay: Time) -> Self {
        self.0.delay_per_distance = delay;
        self
    }

    /// Says whether the synapses are kept in memory.
    #[expect(clippy::return_self_not_must_use, reason = "it changes the network")]
    #[expect(clippy::must_use_candidate, reason = "it changes the network")]
    pub fn storage(self, storage: Storage) -> Self {
        self.0.storage = storage;
        self
    }
}

/// What can be given as the weights of a projection: a quantity or a distribution of one.
pub trait IntoWeights {
    /// As a distribution of weights.
    fn into_weights(self) -> Distribution<Weight>;
}

impl<Q: Into<Weight>> IntoWeights for Q {
    fn into_weights(self) -> Distribution<Weight> {
        Distribution::Constant(self.into())
    }
}

impl<Q: crate::units::Quantity + Into<Weight>> IntoWeights for Distribution<Q> {
    fn into_weights(self) -> Distribution<Weight> {
        self.map(Into::into)
    }
}

/// A stimulus being described.
#[derive(Debug)]
pub struct StimulusBuilder<'a> {
    input: &'a mut Input,
    id: StimulusId,
}

impl StimulusBuilder<'_> {
    /// Gives it a name.
    #[expect(clippy::return_self_not_must_use, reason = "it changes the network")]
    pub fn named(self, name: impl Into<String>) -> Self {
        self.input.name = name.into();
        self
    }

    /// Lets it act on some modules only.
    #[expect(clippy::return_self_not_must_use, reason = "it changes the network")]
    #[expect(clippy::must_use_candidate, reason = "it changes the network")]
    pub fn modules(self, modules: Range<u64>) -> Self {
        self.input.modules = Some(modules);
        self
    }

    /// Its number, for changing it during a run.
    #[must_use]
    pub fn id(self) -> StimulusId {
        self.id
    }
}
