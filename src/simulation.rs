//! A network from description to motion: the front door of the library.

use std::collections::HashMap;
use std::sync::atomic::AtomicBool;

use crate::compile::{Plan, compile};
use crate::engine::{Counters, Engine, Failure, Phases, Sample};
use crate::network::{Network, Population, PopulationId, StimulusId};
use crate::random::{some_steps, steps, time_at};
use crate::record::{Recording, Spike};
use crate::units::{Quantity, Time};
use crate::{Error, Result};

/// Neurons per worker below which another worker costs more than it does.
const WORTH_A_WORKER: u64 = 1000;

/// The same of the work between two exchanges: neurons times steps.
const WORTH_AN_EXCHANGE: f64 = 2000.0;

/// Parts that a network may be cut into where there are fewer cores: each spike is looked up in every
/// part, and a row cut into many pieces is more work than a whole one.
const PARTS: usize = 8;

/// How much longer a synaptic event takes than a step of a neuron.
const EVENT: f64 = 3.0;

/// A network that runs, in pieces of any length.
///
/// The spikes depend on the network, its seed and dt, and on nothing else: not on the number of
/// threads, and not on how the run is cut into pieces.
pub struct Simulation {
    network: Network,
    engine: Engine,
    synapses: u64,
    /// How many spikes of a neuron of each population may travel together; what was injected last.
    together: Vec<u32>,
    injected: Injected,
    /// The step at which spikes were last taken.
    taken: u64,
}

impl Simulation {
    /// Builds `network` for `threads` threads (0: one per core; fewer where there is not enough
    /// work). More threads than cores share them: they are parts of the network, at most 8 or
    /// as many as there are cores, carried by as many workers as there are cores.
    ///
    /// # Errors
    /// Everything that can be wrong with a network.
    pub fn new(network: &Network, threads: usize) -> Result<Self> {
        crate::simd::check()?;
        network.validate_ids()?;
        let builders = if threads == 0 { cores() } else { threads.min(cores()) };
        let plan = Plan::new(network, Self::parts(network, threads))?;
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(builders)
            .build()
            .map_err(|e| Error::Capacity(format!("cannot start {builders} threads: {e}")))?;
        let compiled = pool.install(|| compile(network, &plan))?;
        let (synapses, together) = (compiled.synapses, compiled.together.clone());
        Ok(Self {
            network: network.clone(),
            engine: Engine::new(compiled, Self::workers(network, threads))?,
            synapses,
            together,
            injected: Injected::default(),
            taken: 0,
        })
    }

    /// How many workers [`Simulation::new`] takes for `threads` threads (0: as many as there are
    /// cores and work): never more than cores, since those would only wait for each other.
    #[must_use]
    pub fn workers(network: &Network, threads: usize) -> usize {
        Self::parts(network, threads).min(cores())
    }

    /// Into how many partitions [`Simulation::new`] cuts `network` at least for `threads` threads.
    #[must_use]
    pub fn parts(network: &Network, threads: usize) -> usize {
        if threads > 0 {
            return threads.min(PARTS.max(cores()));
        }
        let worth =
            (network.size() / WORTH_A_WORKER).min((work(network) / WORTH_AN_EXCHANGE) as u64);
        cores().min(worth.max(1) as usize)
    }

    /// Runs for `duration`, a multiple of dt; afterwards [`Simulation::take_spikes`] has its spikes.
    ///
    /// # Errors
    /// A duration off the grid, and states that are not finite: as [`Simulation::run_steps`], but they
    /// are looked at after the last step, too.
    pub fn run(&mut self, duration: Time) -> Result<()> {
        let steps = steps(duration, self.network.dt).map_err(|e| e.within("duration"))?;
        self.run_steps(steps, &AtomicBool::new(false))?;
        self.check_finite()
    }

    /// Runs for `steps` steps or until `stop` becomes true; returns the number of steps taken.
    ///
    /// A stop takes effect at the end of the [epoch](Simulation::epoch), and a later call goes on
    /// from there. Where that end is more than 0.3 s away, the epoch is given up half-way: the run
    /// ends at the last step that every neuron has completed, and later calls take no step.
    ///
    /// # Errors
    /// [`Error::NotFinite`]: a state variable that is infinite or not a number. States are looked at after
    /// every 1000th step of the network, so that the error is the same on any number of threads, and
    /// however the run is cut. The run ends there; its spikes and samples up to that step can be taken. All
    /// later calls give the same error. [`Simulation::check_finite`] looks after any other step.
    pub fn run_steps(&mut self, steps: u64, stop: &AtomicBool) -> Result<u64> {
        self.engine.run(steps, stop).map_err(|failure| self.not_finite(failure))
    }

    /// Looks at the states of all neurons now. It costs a fraction of a step.
    ///
    /// # Errors
    /// [`Error::NotFinite`]: the first neuron of which a state variable is infinite or not a number; all
    /// later calls and runs give the same error.
    pub fn check_finite(&mut self) -> Result<()> {
        self.engine.check_finite().map_err(|failure| self.not_finite(failure))
    }

    fn not_finite(&self, failure: Failure) -> Error {
        let Failure { step, population, neuron, what } = failure;
        self.network.not_finite(step, (population, neuron), what)
    }

    /// The steps between two exchanges of spikes, at most: runs of a multiple of it cost least.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.engine.epoch()
    }

    /// The time that has passed.
    #[must_use]
    pub fn time(&self) -> Time {
        Time::new(time_at(self.engine.step(), self.network.dt.ms()))
    }

    /// How many steps have been taken.
    #[must_use]
    pub fn step(&self) -> u64 {
        self.engine.step()
    }

    /// The network that runs.
    #[must_use]
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// How many workers run it: as many as threads were asked for, but at most one per core, and
    /// none without a part of the network.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.engine.threads()
    }

    /// Into how many partitions the network is cut: at least one for each thread that was asked for,
    /// but none without neurons.
    #[must_use]
    pub fn partitions(&self) -> usize {
        self.engine.partition_count()
    }

    /// How many synapses were built.
    #[must_use]
    pub fn synapses(&self) -> u64 {
        self.synapses
    }

    /// Takes the spikes since the last call: (step, global number), ascending.
    pub fn take_spikes(&mut self) -> Vec<(u64, u64)> {
        self.taken = self.engine.step();
        self.engine.take_spikes()
    }

    /// Takes the spikes since the last call as a recording, for analysis and figures; of the
    /// neurons that the network's recorders choose.
    pub fn recording(&mut self) -> Recording {
        let mut recording = self.network.recording(self.taken, self.engine.step());
        let all = self.take_spikes().into_iter().map(|(step, neuron)| Spike { step, neuron });
        let mut spikes: Vec<Spike> = all.collect();
        recording.keep_recorded(&mut spikes);
        recording.spikes = spikes;
        recording
    }

    /// Takes what the probes have read since the last call, by (step, probe).
    pub fn take_samples(&mut self) -> Vec<Sample> {
        self.engine.take_samples()
    }

    /// Lets neurons emit one extra spike now: it is stamped with the current time and travels
    /// along their synapses.
    ///
    /// # Errors
    /// A population or neuron that does not exist, and so many spikes of one neuron in one step that the
    /// sums at its targets might not hold them; nothing is injected then.
    pub fn inject(&mut self, population: PopulationId, neurons: &[u64]) -> Result<()> {
        self.check_neurons(population, neurons)?;
        let most = u64::from(self.together[population.0]);
        let own = u64::from(self.network.most_at_once(population.0));
        let mut injected = self.injected.at(self.engine.step());
        for &neuron in neurons {
            let count = injected.add(population.0, neuron);
            if count + own > most {
                let name = &self.network.populations[population.0].name;
                return Err(Error::parameter(
                    format!("population.{name}"),
                    format!(
                        "neuron {neuron} cannot emit {count} spikes more in one step: its targets can sum {most} of it, of which {own} may be its own; inject them in different steps, or give smaller weights"
                    ),
                ));
            }
        }
        self.injected = injected;
        let neurons: Vec<u32> = neurons.iter().map(|&n| n as u32).collect();
        self.engine.inject(population.0, &neurons);
        Ok(())
    }

    /// Overrides the strength of a stimulus from now on: Hz for Poisson input, pA for a current.
    ///
    /// # Errors
    /// A stimulus that does not exist, currents that are not finite or beyond 1e30 pA, and rates below
    /// zero, above twice the stimulus's peak (which bounds the sums that the integer inbox can hold) or
    /// above 100,000 spikes per step.
    pub fn set_value(&mut self, stimulus: StimulusId, value: f64) -> Result<()> {
        self.network.check_value(stimulus, value)?;
        self.engine.set_value(stimulus.0, value);
        Ok(())
    }

    /// Overrides the rate of a population of sources (Hz) from now on; it is constant then.
    ///
    /// # Errors
    /// A population that does not exist or has no rate, and rates below zero or above the source's
    /// peak, which bounds the sums that the integer inbox can hold.
    pub fn set_rate(&mut self, population: PopulationId, hz: f64) -> Result<()> {
        self.network.check_rate(population, hz)?;
        self.engine.set_rate(population.0, hz);
        Ok(())
    }

    /// Reads a state variable of one neuron every `interval` from now on; returns the number of
    /// the probe.
    ///
    /// # Errors
    /// An unknown population, variable or neuron, an interval off the grid or below dt.
    pub fn probe(
        &mut self,
        population: PopulationId,
        neuron: u64,
        variable: &str,
        interval: Time,
    ) -> Result<usize> {
        let variable = self.variable(population, variable)?;
        self.check_neurons(population, &[neuron])?;
        let interval = self.interval(interval)?;
        Ok(self.engine.probe(population.0, neuron, variable, interval))
    }

    /// Reads the mean of a state variable over a population every `interval` from now on; returns
    /// the number of the probe. The mean is the same on any number of threads, and not a number (NaN)
    /// where a neuron's value is none or beyond 2e21 of its unit.
    ///
    /// # Errors
    /// An unknown population or variable, an interval off the grid or below dt.
    pub fn probe_mean(
        &mut self,
        population: PopulationId,
        variable: &str,
        interval: Time,
    ) -> Result<usize> {
        let variable = self.variable(population, variable)?;
        let interval = self.interval(interval)?;
        Ok(self.engine.probe_mean(population.0, variable, interval))
    }

    /// The value of a state variable of one neuron now.
    ///
    /// # Errors
    /// An unknown population, variable or neuron.
    pub fn observe(&self, population: PopulationId, neuron: u64, variable: &str) -> Result<f64> {
        let number = self.variable(population, variable)?;
        self.check_neurons(population, &[neuron])?;
        let value = self.engine.observe(population.0, neuron, number);
        value.ok_or_else(|| Error::parameter("neuron", format!("{neuron} has no state to observe")))
    }

    /// The population of that number.
    fn population(&self, id: PopulationId) -> Result<&Population> {
        self.network.known(id).map_err(|e| e.within("population"))
    }

    fn check_neurons(&self, population: PopulationId, neurons: &[u64]) -> Result<()> {
        let Population { name, size, .. } = self.population(population)?;
        match neurons.iter().find(|n| *n >= size) {
            None => Ok(()),
            Some(n) => Err(Error::parameter(
                format!("population.{name}"),
                format!("there is no neuron {n}: the population has {size}, numbered from 0"),
            )),
        }
    }

    fn interval(&self, interval: Time) -> Result<u64> {
        some_steps(interval, self.network.dt).map_err(|e| e.within("interval"))
    }

    fn variable(&self, population: PopulationId, name: &str) -> Result<usize> {
        let population = self.population(population)?;
        let crate::network::PopulationKind::Neurons(model) = &population.kind else {
            return Err(Error::parameter(
                "variables",
                format!("`{}` has no state: it only emits spikes", population.name),
            ));
        };
        let known = model.variables();
        known.iter().position(|v| v.name == name).ok_or_else(|| {
            let names: Vec<_> = known.iter().map(|v| v.name).collect();
            Error::parameter(
                "variables",
                format!("unknown variable `{name}`: {} has {}", model.name(), names.join(", ")),
            )
        })
    }

    /// Wall seconds by phase, mean over the workers.
    #[must_use]
    pub fn phases(&self) -> Phases {
        self.engine.phases()
    }

    /// What has been done, in numbers that need no clock.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.engine.counters()
    }

    /// Synaptic events that are on their way.
    #[must_use]
    pub fn pending(&self) -> u64 {
        self.engine.pending()
    }

    /// The engine, for what is not offered here.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }
}

/// Spikes that were injected in one step.
#[derive(Clone, Debug, Default)]
struct Injected {
    step: u64,
    /// How many, by population and neuron.
    counts: HashMap<(usize, u64), u64>,
}

impl Injected {
    /// What was injected at `step`, of which nothing is known but what came last.
    fn at(&self, step: u64) -> Self {
        if self.step == step { self.clone() } else { Self { step, ..Self::default() } }
    }

    /// One more; says how many that makes.
    fn add(&mut self, population: usize, neuron: u64) -> u64 {
        let count = self.counts.entry((population, neuron)).or_default();
        *count += 1;
        *count
    }
}

/// The work between two exchanges, in steps of neurons: at a rate of 1 Hz, since it is not known.
fn work(network: &Network) -> f64 {
    let projections = 0..network.projections.len();
    let synapses: f64 = projections.clone().map(|i| network.forecast(i).synapses).sum();
    let epoch =
        projections.filter_map(|i| network.own_delays(i).ok()).map(|(least, _)| least).min();
    let events = synapses * network.dt.ms() * 1e-3;
    (network.size() as f64 + EVENT * events) * f64::from(epoch.unwrap_or(u16::MAX))
}

/// Cores this process may use.
fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::*;

    #[test]
    fn small_networks_take_no_more_threads_than_they_keep_busy() {
        let network = |size: u64, delay: Time, outdegree: u64| {
            let mut network = Network::new("some");
            let a = network.population("a", size, IafPscDelta::default());
            network.project(a, a, FixedOutdegree::new(outdegree)).weight(0.1 * MV).delay(delay);
            work(&network) / WORTH_AN_EXCHANGE
        };
        let step = 0.1 * MS;
        assert!(network(2000, step, 80) < 2.0, "an exchange every step");
        assert!(network(4000, step, 80) > 2.0);
        assert!(network(2000, 30.0 * step, 80) > 2.0, "every 30 steps");
        assert!(network(2000, step, 10_000) > 2.0, "many synapses");
        assert!(work(&Network::new("empty")) < 1.0);
        let mut alone = Network::new("alone");
        alone.population("a", 100, IafPscDelta::default());
        assert!(work(&alone) / WORTH_AN_EXCHANGE > 1.0, "no exchange at all");
        assert_eq!(Simulation::workers(&alone, 0), 1, "few neurons");
        assert_eq!(Simulation::parts(&alone, 3), 3, "as asked for");
        assert_eq!(Simulation::workers(&alone, 3), 3.min(cores()));
    }

    #[test]
    fn more_threads_than_cores_share_them() {
        let mut network = Network::new("many");
        network.population("a", 640, IafPscDelta::default());
        let most = cores().clamp(PARTS, 10);
        for (threads, parts) in [(5, 5), (8, 8), (1000, most), (70_000, most)] {
            let simulation = Simulation::new(&network, threads).expect("few workers");
            assert_eq!(simulation.partitions(), parts, "{threads} threads");
            assert_eq!(simulation.threads(), parts.min(cores()));
        }
    }
}
