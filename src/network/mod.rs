//! What is simulated: populations, projections, stimuli and recorders, by name and number.
//! No layout, no threads, no files.
//!
//! ```
//! use murine::prelude::*;
//!
//! let mut network = Network::new("pair").dt(0.1 * MS).seed(1);
//! let a = network.population("a", 100, IafPscExp { i_e: (400.0 * PA).into(), ..Default::default() });
//! let b = network.population("b", 100, IafPscExp::default());
//! network.project(a, b, AllToAll::default())
//!     .receptor("excitatory")
//!     .weight(20.0 * PA)
//!     .delay(1.5 * MS);
//! network.validate()?;
//! # Ok::<(), murine::Error>(())
//! ```

mod build;
mod finite;
mod links;
mod modules;
mod precision;
mod recorders;
mod recording;
mod rounding;
mod strength;
mod targets;
mod validate;

pub use build::{ProjectionBuilder, StimulusBuilder};
pub use precision::Precision;
pub use rounding::{Rounded, Rounding};
pub use targets::Targets;

use std::ops::Range;

use crate::neuron::Model;
use crate::random::Distribution;
use crate::rule::{Between, Rule};
use crate::stimulus::{Source, Stimulus};
use crate::units::{MS, Rate, Time, Weight};

/// The number of a population in its network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PopulationId(pub usize);

/// The number of a stimulus in its network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StimulusId(pub usize);

/// A network: everything that decides the spikes.
#[derive(Clone, Debug)]
pub struct Network {
    /// What it is called.
    pub name: String,
    /// The time step.
    pub dt: Time,
    /// From which all random numbers follow.
    pub seed: u64,
    /// The floating-point type of the neurons' state.
    pub precision: Precision,
    /// How many equal parts all populations are cut into, at least 1.
    pub modules: u64,
    /// Groups of neurons, numbered in this order.
    pub populations: Vec<Population>,
    /// Groups of synapses.
    pub projections: Vec<Projection>,
    /// Inputs.
    pub stimuli: Vec<Input>,
    /// What is observed; cannot change the spikes.
    pub recorders: Vec<Recorder>,
    /// What follows from the above and takes long, kept.
    links: links::Links,
}

/// Neurons of one model, or sources of spikes.
#[derive(Clone, Debug)]
pub struct Population {
    /// Its name, unique in the network.
    pub name: String,
    /// How many neurons, in all modules together.
    pub size: u64,
    /// What they are.
    pub kind: PopulationKind,
    /// The rate they are expected to have, for down-scaling and for predicting cost.
    pub reference_rate: Option<Rate>,
}

/// What a population consists of.
#[derive(Clone, Debug)]
pub enum PopulationKind {
    /// Neurons of a model.
    Neurons(Box<dyn Model>),
    /// Sources that only emit spikes.
    Source(Box<dyn Source>),
}

/// Where the synapses of a projection are, which changes none of them.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Storage {
    /// Stored as long as memory lasts ([`crate::compile::settle`]), else procedural.
    #[default]
    Auto,
    /// In memory: some 4 bytes a synapse.
    Stored,
    /// Nowhere: the synapses of a source are made again whenever it spikes (Knight & Nowotny 2021,
    /// doi 10.1038/s43588-020-00022-7). For rules that work by source.
    Procedural,
}

/// The synapses from one population to another, or to several as if they were one.
#[derive(Clone, Debug)]
pub struct Projection {
    /// Where they start.
    pub source: PopulationId,
    /// Where they end.
    pub target: Targets,
    /// Which receptor of the targets; may be left out if there is only one.
    pub receptor: Option<String>,
    /// Which pairs are connected.
    pub rule: Box<dyn Rule>,
    /// Which modules project to which; each to itself if not given.
    pub between: Option<Between>,
    /// What a place of distance between modules adds to the delays.
    pub delay_per_distance: Time,
    /// Their weights (NaN: none is set); ignored where the rule lists weights.
    pub weight: Distribution<Weight>,
    /// Their delays (NaN: none is set); ignored where the rule lists delays.
    pub delay: Distribution<Time>,
    /// Where they are.
    pub storage: Storage,
}

/// A stimulus and the population it acts on.
#[derive(Clone, Debug)]
pub struct Input {
    /// Its name, for messages and for changing it during a run.
    pub name: String,
    /// The population it acts on.
    pub target: PopulationId,
    /// The modules it acts on; all if not given.
    pub modules: Option<Range<u64>>,
    /// What it does.
    pub stimulus: Box<dyn Stimulus>,
}

/// What is observed.
#[derive(Clone, Debug, PartialEq)]
pub enum Recorder {
    /// The spikes of a population: of all neurons, or of a random sample of `sample`.
    Spikes {
        /// Whose.
        population: PopulationId,
        /// How many neurons; all if `None`.
        sample: Option<u64>,
    },
    /// State variables of chosen neurons at an interval.
    State {
        /// Whose.
        population: PopulationId,
        /// Names of variables of the model.
        variables: Vec<String>,
        /// Numbers of neurons within the population.
        neurons: Vec<u64>,
        /// Time between samples, a multiple of dt.
        interval: Time,
    },
    /// The mean of state variables over a population, at an interval.
    Mean {
        /// Whose.
        population: PopulationId,
        /// Names of variables of the model.
        variables: Vec<String>,
        /// Time between samples, a multiple of dt.
        interval: Time,
    },
    /// The mean rate of a population in bins.
    Rate {
        /// Whose.
        population: PopulationId,
        /// Length of a bin, a multiple of dt.
        bin: Time,
    },
    /// The spikes of each module of a population in bins, of all its neurons.
    Activity {
        /// Whose.
        population: PopulationId,
        /// Length of a bin, a multiple of dt.
        bin: Time,
    },
}

impl Network {
    /// An empty network: dt 0.1 ms, seed 1, precision chosen by population.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            dt: 0.1 * MS,
            seed: 1,
            precision: Precision::Auto,
            modules: 1,
            populations: Vec::new(),
            projections: Vec::new(),
            stimuli: Vec::new(),
            recorders: Vec::new(),
            links: links::Links::default(),
        }
    }

    /// How many neurons there are in all, sources included.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.populations.iter().map(|p| p.size).sum()
    }

    /// The global number of the first neuron of each population, and the total at the end.
    #[must_use]
    pub fn firsts(&self) -> Vec<u64> {
        let mut firsts = vec![0];
        for population in &self.populations {
            firsts.push(firsts[firsts.len() - 1] + population.size);
        }
        firsts
    }

    /// The population of that name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<PopulationId> {
        self.populations.iter().position(|p| p.name == name).map(PopulationId)
    }

    /// The projections whose synapses lie in memory, with their numbers.
    pub fn stored(&self) -> impl Iterator<Item = (usize, &Projection)> {
        self.projections.iter().enumerate().filter(|(_, p)| p.storage != Storage::Procedural)
    }

    /// The projections whose synapses are made again with each spike, with their numbers.
    pub fn procedural(&self) -> impl Iterator<Item = (usize, &Projection)> {
        self.projections.iter().enumerate().filter(|(_, p)| p.storage == Storage::Procedural)
    }
}
