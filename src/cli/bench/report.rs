//! What was measured: `bench.json`.

use std::path::Path;
use std::time::SystemTime;

use indexmap::IndexMap;
use murine::network::Storage;
use murine::{Error, Result};
use serde::{Deserialize, Serialize};

use super::measure::Run;
use super::suite::{self, Case};
use crate::cli::machine;
use crate::cli::table::plural;

/// All measurements, and where they were made.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Report {
    /// The program's version.
    pub(crate) version: String,
    /// The commit it was built from, if the build said so.
    pub(crate) commit: Option<String>,
    /// When it began to be written, in UTC.
    pub(crate) date: String,
    /// The processor.
    pub(crate) processor: Option<String>,
    /// Cores that the program may use.
    pub(crate) cores: u64,
    /// Whether the program was built for looking into it, not for speed.
    pub(crate) debug_build: bool,
    /// Whether it ended before all runs were done.
    pub(crate) interrupted: bool,
    /// One for each network, size and number of threads.
    pub(crate) measurements: Vec<Measurement>,
}

/// The median of some runs, and how far they are apart.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
}

/// Wall seconds by phase.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Phases {
    pub(crate) deliver: Spread,
    pub(crate) update: Spread,
    pub(crate) exchange: Spread,
    pub(crate) other: Spread,
}

/// One network of one size on one number of threads.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Measurement {
    pub(crate) network: String,
    /// How many times as large as published.
    pub(crate) size: f64,
    /// Where its synapses were, if that was compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) storage: Option<Storage>,
    pub(crate) neurons: u64,
    pub(crate) synapses: u64,
    /// Threads allowed.
    pub(crate) threads: u64,
    /// Threads used.
    pub(crate) workers: u64,
    pub(crate) dt_ms: f64,
    pub(crate) warmup_ms: f64,
    pub(crate) duration_ms: f64,
    pub(crate) precision: String,
    pub(crate) runs: usize,
    pub(crate) spike_hash: String,
    pub(crate) synaptic_events: u64,
    pub(crate) construct_s: Spread,
    pub(crate) simulate_s: Spread,
    pub(crate) real_time_factor: Spread,
    pub(crate) phases_s: Phases,
    pub(crate) events_per_s_and_core: Spread,
    /// Of delivery and exchange, in nanoseconds of a core; none without events.
    #[serde(default)]
    pub(crate) delivery_ns_per_event: Option<Spread>,
    pub(crate) peak_rss_bytes: Option<Spread>,
    pub(crate) bytes_per_synapse: Option<f64>,
    /// Work that was the same in all runs.
    pub(crate) counters: IndexMap<String, u64>,
}

impl Spread {
    /// `None` of nothing.
    fn of(values: impl Iterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<f64> = values.collect();
        values.sort_by(f64::total_cmp);
        let (min, max) = (*values.first()?, *values.last()?);
        let middle = values.len() / 2;
        let median = if values.len() % 2 == 1 {
            values[middle]
        } else {
            f64::midpoint(values[middle - 1], values[middle])
        };
        Some(Self { median, min, max })
    }

    /// Whether the ranges have something in common.
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        self.min <= other.max && other.min <= self.max
    }
}

impl Phases {
    fn of(runs: &[Run]) -> Option<Self> {
        let phase = |name: &str| Spread::of(runs.iter().map(|run| run.phase(name)));
        let known = |run: &Run| run.phases_s.values().sum::<f64>();
        Some(Self {
            deliver: phase("deliver")?,
            update: phase("update")?,
            exchange: phase("exchange")?,
            other: Spread::of(runs.iter().map(|run| (run.simulate_s - known(run)).max(0.0)))?,
        })
    }

    /// The medians: deliver, update, exchange, other.
    pub(crate) fn medians(&self) -> [f64; 4] {
        [self.deliver, self.update, self.exchange, self.other].map(|spread| spread.median)
    }
}

impl Measurement {
    /// Sums up the runs of a case; `None` if there was none.
    pub(crate) fn new(case: &Case, runs: &[Run]) -> Option<Self> {
        let first = runs.first()?;
        let spread = |of: &dyn Fn(&Run) -> f64| Spread::of(runs.iter().map(of));
        let peaks = runs.iter().filter_map(|run| run.peak_rss_bytes);
        let peak_rss_bytes = Spread::of(peaks.map(|bytes| bytes as f64));
        let rate = |run: &Run| {
            let core_seconds = run.simulate_s * run.workers as f64;
            run.synaptic_events as f64 / core_seconds.max(f64::MIN_POSITIVE)
        };
        let delivery = |run: &Run| {
            let core_seconds = (run.phase("deliver") + run.phase("exchange")) * run.workers as f64;
            1e9 * core_seconds / run.synaptic_events as f64
        };
        let eventful = runs.iter().filter(|run| run.synaptic_events > 0);
        Some(Self {
            network: case.standard.name().to_owned(),
            size: case.size,
            storage: case.storage,
            neurons: first.neurons,
            synapses: first.synapses,
            threads: case.threads,
            workers: first.workers,
            dt_ms: first.dt_ms,
            warmup_ms: first.warmup_ms,
            duration_ms: first.duration_ms,
            precision: first.precision.clone(),
            runs: runs.len(),
            spike_hash: first.spike_hash.clone(),
            synaptic_events: first.synaptic_events,
            construct_s: spread(&|run| run.construct_s)?,
            simulate_s: spread(&|run| run.simulate_s)?,
            real_time_factor: spread(&|run| run.simulate_s / (run.duration_ms * 1e-3))?,
            phases_s: Phases::of(runs)?,
            events_per_s_and_core: spread(&rate)?,
            delivery_ns_per_event: Spread::of(eventful.map(delivery)),
            peak_rss_bytes,
            bytes_per_synapse: peak_rss_bytes.map(|p| p.median / first.synapses.max(1) as f64),
            counters: steady(runs, case.threads),
        })
    }

    /// As tables name it.
    pub(crate) fn title(&self) -> String {
        super::title(&self.network, self.neurons, self.synapses as f64, self.storage)
    }

    /// Whether two are of the same network for the same time, so that the spikes must agree.
    pub(crate) fn is_of(&self, other: &Self) -> bool {
        let key = |m: &Self| {
            let numbers = [m.size, m.dt_ms, m.warmup_ms, m.duration_ms];
            (m.network.clone(), m.neurons, numbers, m.precision.clone())
        };
        key(self) == key(other)
    }
}

/// The counters that are the same in all runs; where rows lie, and so what is asked for ahead, is
/// settled on one thread only.
fn steady(runs: &[Run], threads: u64) -> IndexMap<String, u64> {
    let mut counters = runs.first().map(|run| run.counters.clone()).unwrap_or_default();
    counters.retain(|name, count| {
        (threads == 1 || name != "prefetches")
            && runs.iter().all(|run| run.counters.get(name) == Some(count))
    });
    counters
}

impl Report {
    /// A report of now and here.
    pub(crate) fn new(measurements: Vec<Measurement>, interrupted: bool) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").into(),
            commit: option_env!("MURINE_COMMIT").map(str::to_owned),
            date: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
            processor: machine::processor(),
            cores: suite::cores(),
            debug_build: cfg!(debug_assertions),
            interrupted,
            measurements,
        }
    }

    /// The measurements but for those that compare storages, which have a table of their own.
    pub(crate) fn networks(&self) -> impl Iterator<Item = &Measurement> {
        self.measurements.iter().filter(|m| m.storage.is_none())
    }

    /// Whether each network spiked alike on all threads and with all kinds of synapses.
    pub(crate) fn agree(&self) -> Result<()> {
        for m in &self.measurements {
            let first = self.measurements.iter().find(|first| first.is_of(m));
            let Some(first) = first.filter(|first| first.spike_hash != m.spike_hash) else {
                continue;
            };
            let told =
                |m: &Measurement| format!("{} on {}", m.title(), plural(m.threads, "thread"));
            return Err(Error::Capacity(format!(
                "{} and {} gave other spikes, which must never be: report it with bench.json",
                told(first),
                told(m)
            )));
        }
        Ok(())
    }

    /// An earlier one.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(Error::read(path))?;
        serde_json::from_str(&text).map_err(|e| Error::Malformed {
            path: path.to_owned(),
            problem: format!("no result of a bench ({e}): give the bench.json of an earlier one"),
        })
    }

    /// As JSON.
    pub(crate) fn json(&self) -> Result<String> {
        serde_json::to_string_pretty(self).map_err(|e| Error::write("bench.json")(e.into()))
    }

    /// Writes it.
    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        std::fs::write(path, self.json()? + "\n").map_err(Error::write(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_of_odd_and_even_numbers_of_runs() {
        let of = |values: &[f64]| Spread::of(values.iter().copied());
        let odd = of(&[3.0, 1.0, 9.0]).unwrap();
        assert_eq!([odd.min, odd.median, odd.max], [1.0, 3.0, 9.0]);
        let even = of(&[4.0, 1.0, 2.0, 9.0]).unwrap();
        assert_eq!(even.median, 3.0);
        assert!(of(&[]).is_none());
        assert!(odd.overlaps(&even) && !odd.overlaps(&of(&[10.0]).unwrap()));
    }
}
