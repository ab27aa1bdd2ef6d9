//! The numbers of a run: `summary.json`, and what `--json` prints.

use std::path::Path;

use indexmap::IndexMap;
use murine::engine::{Counters, Phases};
use murine::network::{Network, Precision};
use murine::record::{Recording, Statistics};
use murine::{Error, Result};
use serde::Serialize;

use super::session::Measured;

/// The numbers of a run. Times, rates, spikes, events and counters are those after the warm-up.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Summary {
    /// The network's name.
    pub(crate) name: String,
    /// The seed.
    pub(crate) seed: Option<u64>,
    /// The time step.
    pub(crate) dt_ms: f64,
    /// How long was simulated, without the warm-up; less than asked for if interrupted.
    pub(crate) duration_ms: f64,
    /// The warm-up.
    pub(crate) warmup_ms: f64,
    /// Whether the run was interrupted.
    pub(crate) interrupted: bool,
    /// Why the simulation could not go on, if it could not: this is what precedes that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
    /// Whether this is what could be saved of a run that crashed; then whatever only the run
    /// knew is missing.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) recovered: bool,
    /// The type of the neurons' state.
    pub(crate) precision: Option<Precision>,
    /// The populations whose state has 64 bits.
    pub(crate) double: Vec<String>,
    /// Neurons, sources included.
    pub(crate) neurons: u64,
    /// Spikes of all neurons, recorded or not.
    pub(crate) spikes: u64,
    /// What only the run knew.
    #[serde(flatten)]
    pub(crate) run: Option<RunNumbers>,
    /// By name, in the order of the network.
    pub(crate) populations: IndexMap<String, PopulationSummary>,
    /// The program's version.
    pub(crate) version: &'static str,
    /// The commit it was built from, if the build said so.
    pub(crate) commit: Option<&'static str>,
    /// The processor.
    pub(crate) processor: Option<String>,
    /// The files beside this one.
    pub(crate) files: Vec<String>,
}

/// What can only be known while a network runs.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct RunNumbers {
    /// Workers.
    pub(crate) threads: usize,
    /// What they carry: one for each thread that was asked for, or more.
    pub(crate) partitions: usize,
    /// Synapses built.
    pub(crate) synapses: u64,
    /// Events delivered to synapses; those of Poisson inputs do not count.
    pub(crate) synaptic_events: u64,
    /// Sum over all spikes, warm-up included, of a hash of (step, neuron): hexadecimal, because
    /// many readers of JSON keep only 53 bits of a number.
    pub(crate) spike_hash: String,
    /// Wall seconds of construction.
    pub(crate) construct_s: f64,
    /// Wall seconds of simulation, recording included.
    pub(crate) simulate_s: f64,
    /// `simulate_s` by simulated seconds.
    pub(crate) real_time_factor: f64,
    /// Wall seconds by phase, mean over the workers.
    pub(crate) phases_s: Phases,
    /// `synaptic_events` by `simulate_s`.
    pub(crate) events_per_s: f64,
    /// The most memory held.
    pub(crate) peak_rss_bytes: Option<u64>,
    /// What was predicted.
    pub(crate) predicted_bytes: u64,
    /// The largest relative error of a weight, stimuli included, due to its rounding.
    pub(crate) largest_weight_error: f64,
    /// Synapses whose weight is so small beside others that it became 0, as expected.
    pub(crate) weights_lost: f64,
    /// Their share of all synapses.
    pub(crate) weights_lost_share: f64,
    /// Work done.
    pub(crate) counters: Counters,
}

/// The numbers of one population.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct PopulationSummary {
    /// How many neurons.
    pub(crate) neurons: u64,
    /// Their spikes.
    pub(crate) spikes: u64,
    /// Spikes per neuron and second.
    pub(crate) rate_hz: f64,
    /// The mean coefficient of variation of the intervals of neurons with at least five of them.
    pub(crate) cv_isi: Option<f64>,
    /// How many neurons `cv_isi` was looked for in, if not in all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cv_isi_of: Option<u64>,
}

impl Summary {
    /// The numbers of `recording`, whose spikes are summed up in `statistics`: those of all
    /// neurons, or (`recovered`) only those that were recorded.
    pub(crate) fn new(recording: &Recording, statistics: &Statistics, recovered: bool) -> Self {
        let seconds = recording.duration_ms() * 1e-3;
        let population = |(i, p): (usize, &murine::record::RecordedPopulation)| {
            let spikes = statistics.spikes(i);
            let neurons = if recovered { p.recorded_size() } else { p.size };
            let neuron_seconds = neurons as f64 * seconds;
            let followed = statistics.followed(i);
            let numbers = PopulationSummary {
                neurons: p.size,
                spikes,
                rate_hz: if neuron_seconds > 0.0 { spikes as f64 / neuron_seconds } else { 0.0 },
                cv_isi: statistics.cv_isi(i),
                cv_isi_of: (followed < p.size).then_some(followed),
            };
            (p.name.clone(), numbers)
        };
        let populations: IndexMap<_, _> =
            recording.populations.iter().enumerate().map(population).collect();
        Self {
            name: String::new(),
            seed: None,
            dt_ms: recording.dt_ms,
            duration_ms: recording.duration_ms(),
            warmup_ms: recording.time_ms(recording.first_step),
            interrupted: false,
            error: None,
            recovered,
            precision: None,
            double: Vec::new(),
            neurons: populations.values().map(|p| p.neurons).sum(),
            spikes: populations.values().map(|p| p.spikes).sum(),
            run: None,
            populations,
            version: env!("CARGO_PKG_VERSION"),
            commit: option_env!("MURINE_COMMIT"),
            processor: super::machine::processor(),
            files: Vec::new(),
        }
    }

    /// The numbers of a run of `network`.
    pub(crate) fn of(self, network: &Network) -> Self {
        Self {
            name: network.name.clone(),
            seed: Some(network.seed),
            precision: Some(network.precision),
            double: network
                .in_double()
                .map(|names| names.into_iter().map(String::from).collect())
                .unwrap_or_default(),
            ..self
        }
    }

    /// What stands above its raster.
    pub(crate) fn title(&self) -> String {
        match self.seed {
            Some(seed) => format!("{}, seed {seed}", self.name),
            None => self.name.clone(),
        }
    }

    /// As JSON.
    pub(crate) fn json(&self) -> Result<String> {
        serde_json::to_string_pretty(self)
            .map_err(|e| Error::write(super::directory::SUMMARY)(e.into()))
    }

    /// Writes it; where it stands, all other files of the run are complete.
    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        let part = path.with_extension("json.part");
        let written = std::fs::write(&part, self.json()? + "\n");
        written.and_then(|()| std::fs::rename(&part, path)).map_err(Error::write(path))
    }
}

impl RunNumbers {
    /// Completes the numbers by what was measured over `simulated_s` seconds.
    pub(crate) fn measured(mut self, measured: &Measured, dt_ms: f64) -> Self {
        let simulated_s = measured.steps as f64 * dt_ms * 1e-3;
        let ratio = |a: f64, b: f64| if b > 0.0 { a / b } else { 0.0 };
        self.simulate_s = measured.seconds;
        self.real_time_factor = ratio(measured.seconds, simulated_s);
        self.phases_s = measured.phases;
        self.synaptic_events = measured.counters.events;
        self.events_per_s = ratio(measured.counters.events as f64, measured.seconds);
        self.counters = measured.counters;
        self
    }
}
