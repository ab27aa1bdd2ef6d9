//! What a config file may contain: the types behind the JSON Schema, the reader and the writer.
//!
//! The reader first [expands](super::expand) what is only shorthand (lists of populations,
//! matrices, models of one's own), so the types hold single values where the file, and the schema,
//! allow a list. The writer writes these single values.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use crate::network::{Precision, Storage};
use crate::neuron::ModelSpec;
use crate::random::Distribution;
use crate::rule::{Between, RuleSpec};
use crate::stimulus::{SourceSpec, StimulusSpec};
use crate::units::{MS, Rate, Time, Weight};

/// A network of spiking neurons and how to simulate it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Murine config")]
pub(super) struct Format {
    /// What the network is called; the name of the file if not given.
    #[serde(default)]
    pub name: String,
    /// How many modules there are: each has `size` neurons of each population, and projections are
    /// made within each, or between them where they say how.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub modules: u64,
    /// How the network is simulated.
    pub simulation: Simulation,
    /// Models of one's own: a model with other values of its parameters, under a new name, for
    /// example `[neuron.lif.iaf_psc_exp]`. A population takes it by `neuron = "lif"`, or by
    /// `neuron.lif = { v_m = "-60 mV" }` with some parameters changed again.
    #[serde(default, skip_serializing)]
    #[schemars(with = "IndexMap<String, ModelSpec>")]
    #[expect(dead_code, reason = "expanded before; here for its schema")]
    pub neuron: (),
    /// Groups of neurons, or of sources of spikes, numbered in the order of the file.
    pub population: IndexMap<String, Population>,
    /// Groups of synapses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub projection: Vec<Projection>,
    /// Many projections at a glance.
    #[serde(default, skip_serializing)]
    #[schemars(with = "Vec<Matrix>")]
    #[expect(dead_code, reason = "expanded before; here for its schema")]
    pub matrix: (),
    /// Inputs from outside.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub stimulus: IndexMap<String, Stimulus>,
    /// What is observed. Without any recorder of spikes, all spikes of all populations.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub recorder: IndexMap<String, Recorder>,
}

fn one() -> u64 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_one(modules: &u64) -> bool {
    *modules == 1
}

/// How a network is simulated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Simulation {
    /// The time step.
    #[serde(default = "default_dt")]
    pub dt: Time,
    /// How long to simulate, not counting the warm-up; a multiple of dt.
    pub duration: Time,
    /// How long to simulate before that, left out of all results; a multiple of dt.
    #[serde(default)]
    pub warmup: Time,
    /// The number from which all random numbers follow.
    #[serde(default = "default_seed")]
    #[schemars(range(max = 9_223_372_036_854_775_807_u64))]
    pub seed: u64,
    /// The floating-point type of the state of the neurons.
    #[serde(default)]
    pub precision: Precision,
    /// How many threads to use; if not given, as many as there are processors and work. Cannot change the
    /// spikes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 4096))]
    pub threads: Option<u64>,
}

fn default_dt() -> Time {
    0.1 * MS
}

fn default_seed() -> u64 {
    1
}

/// Neurons of one model, or sources of spikes: either `neuron` or `source` must be given.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Population {
    /// How many, in each module.
    #[schemars(range(min = 1, max = 4_000_000_000_u64))]
    pub size: u64,
    /// The model of the neurons: its name, or a table of its parameters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<NeuronChoice>")]
    pub neuron: Option<ModelSpec>,
    /// What emits the spikes, if these are no neurons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceSpec>,
    /// The mean rate they are expected to have: lets `--scale` keep it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference_rate: Option<Rate>,
}

/// A model, by name or with parameters.
#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its schema is used")]
pub(super) enum NeuronChoice {
    /// A model with its parameters.
    Model(Box<ModelSpec>),
    /// The name of a model, built in or of one's own.
    Name(String),
    /// A model of one's own, with some parameters changed.
    Own(IndexMap<String, serde_json::Map<String, serde_json::Value>>),
}

/// One population or several.
#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its schema is used")]
pub(super) enum Names {
    /// The name of a population.
    One(String),
    /// The names of several populations.
    Several(Vec<String>),
}

/// The populations of `exc + inh`.
pub(super) fn names(joined: &str) -> impl Iterator<Item = &str> {
    joined.split('+').map(str::trim)
}

/// Synapses from one population to another. Where several are named, each pair gets a projection
/// of its own.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Projection {
    /// A name by which `--set projection.NAME.weight=..` finds it.
    #[serde(default, skip_serializing)]
    #[schemars(with = "Option<String>")]
    #[expect(dead_code, reason = "expanded before; here for its schema")]
    pub name: (),
    /// Where the synapses start.
    #[schemars(with = "Names")]
    pub source: String,
    /// Where they end. `exc + inh` draws the targets from both as if they were one population.
    #[schemars(with = "Names")]
    pub target: String,
    /// At which receptor of the targets; may be left out where they have only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receptor: Option<String>,
    /// Which pairs of neurons are connected; where there are modules, in each pair of linked modules.
    pub rule: RuleSpec,
    /// Which modules project to which; each to itself if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub between: Option<Between>,
    /// What each place of distance between modules adds to the delays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay_per_distance: Option<Time>,
    /// The weights: a value or a distribution. Left out where the rule lists them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<Distribution<Weight>>,
    /// The delays: a value or a distribution. Left out where the rule lists them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay: Option<Distribution<Time>>,
    /// Whether the synapses are kept in memory (`stored`), made again whenever their source spikes
    /// (`procedural`), or kept as long as memory lasts (`auto`). The spikes are the same.
    #[serde(default)]
    pub storage: Storage,
}

/// Projections from each of several sources to each of several targets.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "the reader checks with it, and takes the values from the tree")]
pub(super) struct Matrix {
    /// A name by which `--set matrix.NAME.rule..=..` finds it.
    #[serde(default)]
    pub name: Option<String>,
    /// The source populations: the columns.
    pub sources: Vec<String>,
    /// The target populations: the rows. `exc + inh` is one row.
    pub targets: Vec<String>,
    /// As in a projection; a number may be a matrix (a list of rows), in which 0 means that
    /// there is no projection.
    #[schemars(with = "IndexMap<String, IndexMap<String, serde_json::Value>>")]
    pub rule: serde::de::IgnoredAny,
    /// As in a projection.
    #[serde(default)]
    pub between: Option<Between>,
    /// As in a projection.
    #[serde(default)]
    pub delay_per_distance: Option<Time>,
    /// Receptor, weight and delay of the projections.
    pub synapse: Vec<Synapse>,
}

/// Receptor, weight and delay of some of the projections of a matrix: where several entries fit a
/// projection, later ones override earlier ones key by key.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "the reader checks with it, and takes the values from the tree")]
pub(super) struct Synapse {
    /// The sources it holds for; all if not given.
    #[serde(default)]
    pub sources: Option<Vec<String>>,
    /// The targets it holds for; all if not given.
    #[serde(default)]
    pub targets: Option<Vec<String>>,
    /// As in a projection.
    #[serde(default)]
    pub receptor: Option<String>,
    /// As in a projection.
    #[serde(default)]
    pub weight: Option<Distribution<Weight>>,
    /// As in a projection.
    #[serde(default)]
    pub delay: Option<Distribution<Time>>,
    /// As in a projection.
    #[serde(default)]
    pub storage: Option<Storage>,
}

/// An input to every neuron of a population. Where several targets are named, each gets its own,
/// and a list in place of a value gives one value for each target.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Stimulus {
    /// The populations it acts on.
    #[schemars(with = "Names")]
    pub target: String,
    /// The modules it acts on; all if not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modules: Option<Modules>,
    /// For `poisson_generator`: how many inputs of this rate each neuron gets; multiplies the rate.
    #[serde(default, skip_serializing)]
    #[expect(dead_code, reason = "expanded before; here for its schema")]
    pub indegree: Option<Indegree>,
    /// What it does.
    #[serde(flatten)]
    pub input: StimulusSpec,
}

/// Some neighbouring modules.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Modules {
    /// The number of the first, from 0.
    pub first: u64,
    /// How many.
    #[schemars(range(min = 1))]
    pub count: u64,
}

/// A number, or one for each target.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its schema is used")]
pub(super) enum Indegree {
    /// The same for all.
    One(u64),
    /// One for each target.
    Several(Vec<u64>),
}

impl<'de> Deserialize<'de> for Stimulus {
    /// Reads what the reader has made of a stimulus: serde cannot refuse unknown keys in a
    /// flattened table.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Nested {
            target: String,
            modules: Option<Modules>,
            input: StimulusSpec,
        }
        let Nested { target, modules, input } = Nested::deserialize(deserializer)?;
        Ok(Self { target, modules, indegree: None, input })
    }
}

/// Something that is observed. Where several populations are named, each gets its own recorder.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Recorder {
    /// The spikes of a population.
    Spikes(SpikeRecorder),
    /// State variables of chosen neurons at an interval.
    State(StateRecorder),
    /// The mean of state variables over a population, at an interval.
    Mean(MeanRecorder),
    /// The mean rate of a population in bins.
    Rate(RateRecorder),
    /// The spikes of each module of a population in bins.
    Activity(ActivityRecorder),
}

/// The spikes of a population.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SpikeRecorder {
    /// Whose.
    #[schemars(with = "Names")]
    pub population: String,
    /// Of how many neurons, chosen at random; of all if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<u64>,
}

/// State variables of chosen neurons: give either `neurons` or `first`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct StateRecorder {
    /// Whose.
    #[schemars(with = "Names")]
    pub population: String,
    /// Names of variables of the model, for example `v_m`.
    pub variables: Vec<String>,
    /// Numbers of neurons within the population, from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub neurons: Option<Vec<u64>>,
    /// The first so many neurons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<u64>,
    /// The time between samples, a multiple of dt.
    pub interval: Time,
}

/// The mean of state variables over all neurons of a population.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MeanRecorder {
    /// Whose.
    #[schemars(with = "Names")]
    pub population: String,
    /// Names of variables of the model, for example `v_m`.
    pub variables: Vec<String>,
    /// The time between samples, a multiple of dt.
    pub interval: Time,
}

/// The mean rate of a population.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RateRecorder {
    /// Whose.
    #[schemars(with = "Names")]
    pub population: String,
    /// The length of a bin, a multiple of dt.
    pub bin: Time,
}

/// The spikes of each module of a population, counted over all its neurons, whatever recorders of
/// spikes sample; of the whole population where there are no modules.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ActivityRecorder {
    /// Whose.
    #[schemars(with = "Names")]
    pub population: String,
    /// The length of a bin, a multiple of dt.
    pub bin: Time,
}
