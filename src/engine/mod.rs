//! Runs a compiled network, epoch by epoch.
//!
//! The schedule, as dependencies (k counts epochs, s steps within an epoch):
//!
//! ```text
//! drain(s)    precedes  update(s)      in each partition: what arrives, then what follows
//! update(s)   precedes  schedule(s)    a partition's own spikes become packets at once
//! publish(k)  precedes  barrier(k)     the spikes of an epoch are complete
//! barrier(k)  precedes  exchange(k)    spikes of other partitions become packets
//! exchange(k) precedes  drain(k + 1)
//! ```
//!
//! An epoch is at most as long as the shortest delay between partitions, so nothing that a spike
//! of epoch k causes elsewhere is due before exchange(k). It also ends where states are looked at.

mod barrier;
mod calendar;
mod clock;
mod deliver;
mod exchange;
mod finite;
mod inbox;
mod mean;
mod partition;
mod procedural;
mod slice;
mod tally;
mod tools;
mod worker;

pub use clock::Phases;
pub use exchange::SpikeList;
pub use finite::Failure;
pub use worker::Counters;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::compile::CompiledNetwork;
use crate::{Error, Result};
use barrier::Barrier;
use exchange::{Board, Run};
use partition::{Common, Partition};
use worker::{Outcome, Worker};

/// Longest epoch in steps, where no delay bounds it.
const LONGEST_EPOCH: u64 = 256;

/// How long an epoch may still take once a stop was asked for.
const PATIENCE: Duration = Duration::from_millis(300);

/// A value of a state variable that a probe read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// The step it belongs to.
    pub step: u64,
    /// The number of the probe.
    pub probe: usize,
    /// The value, in the variable's unit.
    pub value: f64,
}

/// A network in motion.
pub struct Engine {
    workers: Vec<Worker>,
    pool: Option<rayon::ThreadPool>,
    board: Board,
    /// The global number of the first neuron of each population, and the total at the end.
    firsts: Vec<u64>,
    step: u64,
    epoch: u64,
    probes: usize,
    injected: Vec<(u64, u64)>,
    patience: Duration,
    /// Cores this process may use; to ask for them takes as long as many steps of a small network.
    cores: usize,
    state: State,
    /// What ended the last run, if it is not to go on.
    failure: Option<Failure>,
}

/// Whether an engine can go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Every partition stands at the same step.
    Sound,
    /// A stop left some partitions beyond the others.
    Abandoned,
    /// A worker panicked, or runs.
    Lost,
}

impl Engine {
    /// Sets `network` in motion on `threads` workers (at most one per partition).
    ///
    /// # Errors
    /// Threads that the system does not give.
    pub fn new(network: CompiledNetwork, threads: usize) -> Result<Self> {
        let count = network.partitions.len();
        let threads = threads.clamp(1, count.max(1));
        let lanes = network.partitions.iter().flat_map(|p| &p.slices).map(|s| s.lanes);
        let lanes = lanes.max().unwrap_or(0);
        let board = Board::new(count);
        let common = Common {
            generators: network.generators,
            max_delay: network.max_delay,
            dt: network.dt,
            seed: network.seed,
        };
        let mut partitions =
            network.partitions.into_iter().enumerate().map(|(i, p)| Partition::new(i, p, &common));
        let workers = (0..threads)
            .map(|w| {
                let mine = (count * (w + 1)) / threads - (count * w) / threads;
                Worker::new(w, partitions.by_ref().take(mine).collect(), lanes)
            })
            .collect::<Result<_>>()?;
        Ok(Self {
            workers,
            pool: if threads > 1 { Some(pool(threads)?) } else { None },
            board,
            firsts: network.firsts,
            step: 0,
            epoch: network.min_crossing.map_or(LONGEST_EPOCH, |d| u64::from(d).min(LONGEST_EPOCH)),
            probes: 0,
            injected: Vec::new(),
            patience: PATIENCE,
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            state: State::Sound,
            failure: None,
        })
    }

    /// How many steps have been taken.
    #[must_use]
    pub fn step(&self) -> u64 {
        self.step
    }

    /// How many workers there are.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.workers.len()
    }

    /// How many partitions they carry.
    #[must_use]
    pub fn partition_count(&self) -> usize {
        self.partitions().count()
    }

    /// The steps of an epoch, unless the run ends before or the states are looked at.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Takes `steps` steps, or fewer if `stop` becomes true; returns how many.
    ///
    /// A stop takes effect at the end of the epoch, and a later call goes on from there. Where
    /// that end is more than 0.3 s away, the epoch is given up half-way: the run ends at the last
    /// step that every partition has completed, and later calls take no step.
    ///
    /// # Errors
    /// A state that is not finite, and then all later calls. States are looked at after every 1000th step
    /// of the network, at which the run ends then: that does not depend on partitions, or on where the
    /// run is cut.
    ///
    /// # Panics
    /// If a worker panicked before: the state is lost.
    pub fn run(&mut self, steps: u64, stop: &AtomicBool) -> Result<u64, Failure> {
        if let Some(failure) = self.failure {
            return Err(failure);
        }
        match self.state {
            State::Sound => self.state = State::Lost,
            State::Abandoned => return Ok(0),
            State::Lost => {
                panic!("a worker panicked in an earlier run: the state of the network is lost")
            }
        }
        let barrier = Barrier::new(self.workers.len(), self.cores);
        let abandoned = AtomicBool::new(false);
        let schedule = worker::Schedule {
            begin: self.step,
            end: self.step + steps,
            epoch: self.epoch,
            board: &self.board,
            barrier: &barrier,
            stop,
            patience: self.patience,
            abandoned: &abandoned,
            one_each: self.workers.iter().all(|w| w.partitions.len() == 1),
        };
        let mut done = vec![Outcome::default(); self.workers.len()];
        match &self.pool {
            None => done[0] = self.workers[0].run(&schedule),
            Some(pool) => pool.in_place_scope(|scope| {
                for (worker, done) in self.workers.iter_mut().zip(&mut done) {
                    let schedule = &schedule;
                    scope.spawn(move |_| *done = worker.run(schedule));
                }
            }),
        }
        self.state = if done[0].abandoned { State::Abandoned } else { State::Sound };
        self.step += done[0].steps;
        self.keep_failure().map(|()| done[0].steps)
    }

    /// Takes the spikes since the last call: (step, global number), ascending.
    pub fn take_spikes(&mut self) -> Vec<(u64, u64)> {
        let logs = self.workers.iter().flat_map(|w| &w.partitions).map(Partition::log);
        let mut spikes = exchange::gathered(logs, &self.firsts);
        self.partitions_mut().for_each(Partition::clear_log);
        if !self.injected.is_empty() {
            spikes.append(&mut self.injected);
            spikes.sort_unstable();
        }
        if self.state == State::Abandoned {
            spikes.retain(|s| s.0 <= self.step);
        }
        debug_assert!(spikes.is_sorted(), "each partition has neurons of its own");
        spikes
    }

    /// Does both, at the same time where there are several workers.
    pub fn join<A: Send, B: Send>(
        &self,
        a: impl FnOnce() -> A + Send,
        b: impl FnOnce() -> B + Send,
    ) -> (A, B) {
        match &self.pool {
            None => (a(), b()),
            Some(pool) => pool.join(a, b),
        }
    }

    /// Takes what the probes have read since the last call, by (step, probe).
    pub fn take_samples(&mut self) -> Vec<Sample> {
        let mut samples: Vec<Sample> =
            self.partitions_mut().flat_map(|p| std::mem::take(&mut p.samples)).collect();
        let shares = self.partitions_mut().flat_map(|p| std::mem::take(&mut p.shares)).collect();
        samples.extend(mean::means(shares));
        samples.retain(|s| s.step <= self.step);
        samples.sort_unstable_by_key(|s| (s.step, s.probe));
        samples
    }

    /// Reads a state variable of one neuron every `interval` steps from now on; returns the
    /// number of the probe.
    pub fn probe(
        &mut self,
        population: usize,
        neuron: u64,
        variable: usize,
        interval: u64,
    ) -> usize {
        let number = self.probes;
        self.probes += 1;
        for partition in self.partitions_mut() {
            partition.probe(population, neuron, variable, interval, number);
        }
        number
    }

    /// Reads the mean of a state variable over a population every `interval` steps from now on;
    /// returns the number of the probe.
    pub fn probe_mean(&mut self, population: usize, variable: usize, interval: u64) -> usize {
        let number = self.probes;
        self.probes += 1;
        for partition in self.partitions_mut() {
            partition.probe_mean(population, variable, interval, number);
        }
        number
    }

    /// The value of a state variable of one neuron now.
    #[must_use]
    pub fn observe(&self, population: usize, neuron: u64, variable: usize) -> Option<f64> {
        self.partitions().find_map(|p| p.observe(population, neuron, variable))
    }

    /// Lets neurons of `population` emit one extra spike now: it is stamped with the current step
    /// and travels along their synapses. Whether sums can hold it is for the caller to know.
    pub(crate) fn inject(&mut self, population: usize, neurons: &[u32]) {
        let step = self.step;
        let run = Run { population: population as u32, count: neurons.len() as u32, step };
        let first = self.firsts[population];
        self.injected.extend(neurons.iter().map(|&n| (step, first + u64::from(n))));
        for worker::Worker { partitions, tools, .. } in &mut self.workers {
            for partition in partitions {
                partition.schedule(std::iter::once((run, neurons)), tools);
            }
        }
    }

    /// Overrides the strength (Hz or pA) of a stimulus, by its number, from now on: one that its sums
    /// can hold, which the caller knows.
    pub(crate) fn set_value(&mut self, stimulus: usize, value: f64) {
        for partition in self.partitions_mut() {
            partition.set_value(stimulus, value);
        }
    }

    /// Overrides the rate (Hz) of a source population from now on, likewise.
    pub(crate) fn set_rate(&mut self, population: usize, hz: f64) {
        for partition in self.partitions_mut() {
            partition.set_rate(population, hz);
        }
    }

    /// Wall seconds by phase, mean over the workers.
    #[must_use]
    pub fn phases(&self) -> Phases {
        let n = self.workers.len() as f64;
        self.workers.iter().fold(Phases::default(), |sum, w| sum.add(&w.phases, 1.0 / n))
    }

    /// What has been done, in numbers that need no clock.
    #[must_use]
    pub fn counters(&self) -> Counters {
        let mut counters = Counters::default();
        for partition in self.partitions() {
            counters.add(&partition.counters);
        }
        counters
    }

    /// Synaptic events that are on their way.
    #[must_use]
    pub fn pending(&self) -> u64 {
        self.partitions().map(Partition::pending).sum()
    }

    /// Calls `f` with (source population, source, target (global), delay, receptor, counts) of
    /// every synapse.
    pub fn for_each_synapse(&self, mut f: impl FnMut(exchange::Synapse)) {
        for partition in self.partitions() {
            partition.for_each_synapse(&self.firsts, &mut f);
        }
    }

    fn partitions(&self) -> impl Iterator<Item = &Partition> {
        self.workers.iter().flat_map(|w| &w.partitions)
    }

    fn partitions_mut(&mut self) -> impl Iterator<Item = &mut Partition> {
        self.workers.iter_mut().flat_map(|w| &mut w.partitions)
    }
}

/// A pool of its own, so that workers never wait for somebody else's tasks.
fn pool(threads: usize) -> Result<rayon::ThreadPool> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|i| format!("murine-{i}"))
        .start_handler(move |i| pin(i, threads))
        .build()
        .map_err(|e| Error::Capacity(format!("cannot start {threads} threads: {e}")))
}

/// Gives thread `i` a core of its own, where there is one for each of `threads`: left to itself, the
/// system puts two workers on one core while they wait, and none on the other.
#[cfg(target_os = "linux")]
fn pin(i: usize, threads: usize) {
    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
    let Ok(allowed) = sched_getaffinity(None) else {
        return;
    };
    let cores: Vec<usize> = (0..CpuSet::MAX_CPU).filter(|&core| allowed.is_set(core)).collect();
    if cores.len() == threads {
        let mut own = CpuSet::new();
        own.set(cores[i]);
        // Refused by some systems: slower, not wrong.
        let _ = sched_setaffinity(None, &own);
    }
}

/// Elsewhere the system decides.
#[cfg(not(target_os = "linux"))]
fn pin(_: usize, _: usize) {}

/// Whether a run should stop; a plain flag that is only ever set.
fn requested(stop: &AtomicBool) -> bool {
    // Ordering: nothing else is published with the flag.
    stop.load(Ordering::Relaxed)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::compile::{Plan, compile};
    use crate::prelude::*;
    use crate::stimulus::{Action, Stimulus};

    /// A current that asks for a stop when a certain step begins.
    #[derive(Clone, Debug)]
    struct Fuse {
        step: u64,
        stop: Arc<AtomicBool>,
    }

    impl Stimulus for Fuse {
        fn name(&self) -> &'static str {
            "fuse"
        }
        fn validate(&self, _: Time) -> Result<()> {
            Ok(())
        }
        fn action(&self) -> Action {
            Action::Current
        }
        fn value(&self, step: u64, _: Time) -> (f64, u64) {
            if step == self.step {
                self.stop.store(true, Ordering::Relaxed);
            }
            (500.0, step + 1)
        }
        fn peak(&self) -> f64 {
            500.0
        }
        fn clone_box(&self) -> Box<dyn Stimulus> {
            Box::new(self.clone())
        }
    }

    /// A network with epochs of 10 steps in which a stop is asked for during step 47.
    fn stopped(patience: Duration) -> (Engine, u64) {
        let stop = Arc::new(AtomicBool::new(false));
        let mut network = Network::new("stopped");
        let cells = network.population("cells", 640, IafPscExp::default());
        network
            .project(cells, cells, FixedOutdegree::new(10))
            .receptor("excitatory")
            .weight(10.0 * PA)
            .delay(1.0 * MS);
        network.stimulate(cells, Fuse { step: 47, stop: stop.clone() });
        let plan = Plan::new(&network, 3).expect("a plan");
        let compiled = compile(&network, &plan).expect("a sound network");
        let mut engine = Engine::new(compiled, 3).expect("threads");
        engine.patience = patience;
        engine.probe(0, 0, 0, 1);
        // Compiling asks stimuli for their values, too.
        stop.store(false, Ordering::Relaxed);
        let taken = engine.run(1000, &stop).expect("finite states");
        (engine, taken)
    }

    #[test]
    fn a_stop_takes_effect_at_the_end_of_the_epoch() {
        let (mut engine, taken) = stopped(Duration::from_secs(60));
        assert_eq!((taken, engine.step()), (50, 50));
        assert_eq!(engine.take_samples().len(), 50);
        assert_eq!(engine.run(7, &AtomicBool::new(false)), Ok(7));
    }

    #[test]
    fn an_epoch_that_takes_long_is_given_up() {
        let (mut engine, taken) = stopped(Duration::ZERO);
        assert_eq!((taken, engine.step()), (40, 40));
        assert!(engine.take_spikes().iter().all(|s| s.0 <= 40));
        let samples = engine.take_samples();
        assert_eq!(samples.last().map(|s| s.step), Some(40));
        assert_eq!(engine.run(10, &AtomicBool::new(false)), Ok(0), "some neurons are ahead");
    }
}
