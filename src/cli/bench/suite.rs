//! What is measured: which networks, how large, on how many threads.

use std::thread::available_parallelism;

use murine::Result;
use murine::config::{Config, Overrides};
use murine::network::Storage;
use murine::units::{Quantity, Time};

use super::{crossover, title, wrong};
use crate::cli::forecast::{self, Forecast};
use crate::cli::limits::{self, Limit};
use crate::cli::table;

/// A network that comes with Murine, in the program itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Standard {
    /// The cortical microcircuit
    Microcircuit,
    /// Brunel's sparse random network
    Brunel,
    /// Vogels and Abbott's, with current-based synapses
    Cuba,
    /// The same with conductance-based synapses
    Coba,
    /// Stored against procedural synapses
    Crossover,
}

impl Standard {
    const ALL: [Self; 5] =
        [Self::Microcircuit, Self::Brunel, Self::Cuba, Self::Coba, Self::Crossover];

    /// Its name; its config is NAME.toml.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Microcircuit => "microcircuit",
            Self::Brunel => "brunel",
            Self::Cuba => "cuba",
            Self::Coba => "coba",
            Self::Crossover => "crossover",
        }
    }

    /// Its config.
    pub(crate) fn config(self) -> &'static str {
        match self {
            Self::Microcircuit => include_str!("../../../configs/microcircuit.toml"),
            Self::Brunel => include_str!("../../../configs/brunel.toml"),
            Self::Cuba => include_str!("../../../configs/cuba.toml"),
            Self::Coba => include_str!("../../../configs/coba.toml"),
            Self::Crossover => include_str!("../../../configs/crossover.toml"),
        }
    }

    /// Spikes per neuron and second, and simulated milliseconds that take about a second.
    fn habits(self) -> (f64, f64) {
        match self {
            Self::Microcircuit => (3.2, 1000.0),
            Self::Brunel => (37.9, 1000.0),
            Self::Cuba => (5.6, 5000.0),
            Self::Coba => (21.0, 5000.0),
            Self::Crossover => (7.4, 1000.0),
        }
    }

    /// Where its synapses are, by turns; `None` says what its config says.
    fn storages(self) -> &'static [Option<Storage>] {
        match self {
            Self::Crossover => &[Some(Storage::Stored), Some(Storage::Procedural)],
            _ => &[None],
        }
    }

    fn load(self, overrides: &Overrides) -> Result<Config> {
        Config::parse(&format!("{}.toml", self.name()), self.config(), overrides)
    }
}

/// What the command line asks for.
pub(crate) struct Request {
    pub(crate) only: Vec<Standard>,
    pub(crate) scale: Option<f64>,
    pub(crate) threads: Vec<u64>,
    pub(crate) duration: Option<Time>,
    pub(crate) quick: bool,
}

impl Request {
    fn wants(&self, standard: Standard) -> bool {
        self.only.is_empty() || self.only.contains(&standard)
    }

    fn threads(&self) -> Vec<u64> {
        if !self.threads.is_empty() {
            let mut given = self.threads.clone();
            given.sort_unstable();
            given.dedup();
            return given;
        }
        let cores = cores();
        let below = (0..).map(|n| 1 << n).take_while(|&n| n < cores);
        below.chain([cores]).collect()
    }
}

/// Cores that this process may use.
pub(super) fn cores() -> u64 {
    available_parallelism().map_or(1, |n| n.get() as u64)
}

/// One measurement: a network of some size on some threads.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) standard: Standard,
    /// How many times as large as published. The microcircuit shrinks as `--scale` shrinks it;
    /// the others keep the number of synapses per neuron, but for `crossover`, which keeps the
    /// number of neurons.
    pub(crate) size: f64,
    /// Where its synapses are, if not where its config says.
    pub(crate) storage: Option<Storage>,
    pub(crate) threads: u64,
    pub(crate) neurons: u64,
    pub(crate) synapses: f64,
    dt: Time,
    duration: Time,
    warmup: Time,
}

impl Case {
    fn new(
        request: &Request,
        standard: Standard,
        size: f64,
        storage: Option<Storage>,
        threads: u64,
    ) -> Result<Self> {
        let usual = standard.habits().1;
        // Ten times as many neurons or synapses take ten times as long.
        let usual = if size >= 5.0 { usual / 5.0 } else { usual };
        let usual = Time::new(if request.quick { 200.0 } else { usual });
        let mut case = Self {
            standard,
            size,
            storage,
            threads,
            neurons: 0,
            synapses: 0.0,
            dt: Time::default(),
            duration: request.duration.unwrap_or(usual),
            warmup: Time::default(),
        };
        let config = case.load()?;
        case.neurons = config.network.size();
        case.synapses = forecast::synapses(&config.network);
        (case.dt, case.warmup) = (config.network.dt, config.warmup);
        Ok(case)
    }

    fn load(&self) -> Result<Config> {
        self.standard.load(&self.overrides()?)
    }

    fn overrides(&self) -> Result<Overrides> {
        let scaled = self.standard == Standard::Microcircuit && self.size != 1.0;
        Ok(Overrides {
            set: self.set()?,
            threads: Some(self.threads),
            duration: Some(self.duration),
            scale: scaled.then_some(self.size),
            ..Overrides::default()
        })
    }

    /// What makes the network larger without more synapses per neuron, or with more of them.
    fn set(&self) -> Result<Vec<String>> {
        if let Some(storage) = self.storage {
            let published = self.standard.load(&Overrides::default())?.network;
            let each = forecast::synapses(&published) / published.size() as f64;
            let each = (each * self.size).round();
            return Ok(vec![
                format!("projection.recurrent.rule.fixed_outdegree.outdegree={each}"),
                format!("projection.recurrent.storage={}", crossover::word(storage)),
            ]);
        }
        if self.standard == Standard::Microcircuit || self.size == 1.0 {
            return Ok(Vec::new());
        }
        let published = self.standard.load(&Overrides::default())?.network;
        let sizes = published.populations.iter().map(|p| {
            let size = (p.size as f64 * self.size).round();
            format!("population.{}.size={size}", p.name)
        });
        let probabilities = ["excitation", "inhibition"].map(|name| {
            let p = 0.02 / self.size;
            format!("projection.{name}.rule.pairwise_bernoulli.p={p}")
        });
        // Brunel's network has in-degrees, which do not depend on its size.
        let by_probability = self.standard != Standard::Brunel;
        Ok(sizes.chain(probabilities.into_iter().filter(|_| by_probability)).collect())
    }

    /// The options by which `murine run` runs it.
    pub(super) fn options(&self) -> Result<Vec<String>> {
        let overrides = self.overrides()?;
        let set = overrides.set.into_iter().flat_map(|set| ["--set".to_owned(), set]);
        let scale = overrides.scale.into_iter().flat_map(|s| ["--scale".to_owned(), s.to_string()]);
        let threads = ["--threads".to_owned(), self.threads.to_string()];
        let duration = ["--duration".to_owned(), self.duration.to_string()];
        Ok(set.chain(scale).chain(threads).chain(duration).collect())
    }

    /// As it is called in lines that tell how far the suite is.
    pub(super) fn title(&self) -> String {
        let name = title(self.standard.name(), self.neurons, self.synapses, self.storage);
        format!("{name}, {}", table::plural(self.threads, "thread"))
    }

    /// About how many wall seconds one run takes on an ordinary core: 25 ns to make a synapse,
    /// 2.5 ns for an event, 3 ns for a neuron and step. Only for what is said beforehand.
    pub(super) fn seconds(&self) -> f64 {
        let simulated = (self.duration.ms() + self.warmup.ms()) * 1e-3;
        let events = self.synapses * self.standard.habits().0 * simulated;
        let updates = self.neurons as f64 * simulated / (self.dt.ms() * 1e-3);
        let made = if self.storage == Some(Storage::Procedural) { 0.0 } else { self.synapses };
        let work = made * 25e-9 + events * 2.5e-9 + updates * 3e-9;
        0.1 + work / self.threads.min(cores()) as f64
    }

    fn fit(&self, limit: Option<&Limit>) -> Result<()> {
        let Some(limit) = limit else { return Ok(()) };
        let forecast = Forecast::new(&mut self.load()?.network, Some(self.threads), None)?;
        forecast.memory.fit(limit.bytes as f64, limit.what)
    }
}

/// What will be run, and what the user should know about it.
pub(crate) struct Plan {
    pub(crate) cases: Vec<Case>,
    pub(crate) notes: Vec<String>,
}

/// Chooses what is measured.
pub(crate) fn plan(request: &Request) -> Result<Plan> {
    let limit = limits::tightest();
    let mut plan = Plan { cases: Vec::new(), notes: Vec::new() };
    let threads = request.threads();
    let most = threads.last().copied().unwrap_or(1);
    if request.scale.is_some() && !request.wants(Standard::Microcircuit) {
        let problem = "this is the size of the microcircuit, which --only leaves out: name it, too";
        return Err(wrong("--scale", problem));
    }
    for standard in Standard::ALL.into_iter().filter(|&standard| request.wants(standard)) {
        let size = match standard {
            Standard::Microcircuit => scale(request, most, limit.as_ref(), &mut plan.notes)?,
            _ => 1.0,
        };
        for (size, threads) in sizes(request.quick, standard, size, &threads) {
            for &storage in standard.storages() {
                let case = Case::new(request, standard, size, storage, threads)?;
                match case.fit(limit.as_ref()) {
                    Ok(()) => plan.cases.push(case),
                    Err(_) => plan.notes.push(format!("left out for memory: {}", case.title())),
                }
            }
        }
    }
    if cfg!(debug_assertions) {
        plan.notes.push("this is a debug build: take one with --release for figures".into());
    }
    Ok(plan)
}

/// The pairs of size and threads at which a network is measured, each once.
fn sizes(quick: bool, standard: Standard, size: f64, threads: &[u64]) -> Vec<(f64, u64)> {
    let most = threads.last().copied().unwrap_or(1);
    let mut pairs: Vec<_> = threads.iter().map(|&n| (size, n)).collect();
    match standard {
        Standard::Brunel => pairs.extend(threads.iter().map(|&n| (n as f64, n))),
        Standard::Cuba if !quick => {
            pairs.extend(threads.iter().map(|&n| (10.0, n)));
            pairs.extend([3.0, 30.0, 100.0].map(|size| (size, most)));
        }
        Standard::Crossover => {
            let all = &[0.03, 0.08, 0.3, 1.0, 3.0, 10.0, 30.0][..if quick { 5 } else { 7 }];
            pairs = all.iter().map(|&size| (size, threads[0])).collect();
        }
        _ => {}
    }
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    pairs.dedup();
    pairs
}

/// The size of the microcircuit: as asked for, or the largest that fits.
fn scale(
    request: &Request,
    threads: u64,
    limit: Option<&Limit>,
    notes: &mut Vec<String>,
) -> Result<f64> {
    let fit = |size| Case::new(request, Standard::Microcircuit, size, None, threads)?.fit(limit);
    if let Some(size) = request.scale {
        if !(size > 0.0 && size <= 10.0) {
            let problem = format!("{size} is no factor: give one above 0 and up to 10, as in 0.1");
            return Err(wrong("--scale", problem));
        }
        return fit(size).map(|()| size);
    }
    if request.quick {
        return Ok(0.1);
    }
    let size = [1.0, 0.5, 0.2].into_iter().find(|&size| fit(size).is_ok()).unwrap_or(0.1);
    if size < 1.0 {
        notes.push(format!("memory allows the microcircuit at --scale {size} only"));
    }
    Ok(size)
}
