//! What a network will take, before anything is built.

use murine::compile::{Memory, Plan, settle};
use murine::network::Network;
use murine::record::Statistics;
use murine::{Result, Simulation};

use super::limits::Limit;
use super::table::plural;

/// Bytes of the buffers between the engine and the files: the spool's and a batch of spikes.
const RECORDING: f64 = 4e6;

/// How much of the memory that is free is given to synapses that need not be stored.
const SHARE: f64 = 0.9;

/// What a network will take.
#[derive(Clone, Debug)]
pub(crate) struct Forecast {
    /// Who will own which neurons.
    pub(crate) plan: Plan,
    /// Workers.
    pub(crate) threads: usize,
    /// The threads that were asked for, if there are not so many workers.
    asked: Option<u64>,
    /// Memory of the network and of what observes it.
    pub(crate) memory: Memory,
}

impl Forecast {
    /// For `network` on `threads` threads, if given; decides what is stored, within `limit`.
    pub(crate) fn new(
        network: &mut Network,
        given: Option<u64>,
        limit: Option<&Limit>,
    ) -> Result<Self> {
        let plan = Plan::new(network, Simulation::parts(network, threads(given)))?;
        let threads = Simulation::workers(network, threads(given)).min(plan.partitions.len());
        let asked = given.filter(|&given| given > threads as u64);
        let statistics: u64 = network.populations.iter().map(|p| Statistics::bytes(p.size)).sum();
        let recording = statistics as f64 + RECORDING;
        let budget = limit.map_or(f64::INFINITY, |l| SHARE * l.bytes as f64 - recording);
        settle(network, &plan, threads, budget)?;
        let mut memory = Memory::predict(network, &plan, threads)?;
        memory.engine += recording;
        Ok(Self { plan, threads, asked, memory })
    }

    /// Why there are fewer workers than threads were asked for.
    pub(crate) fn note(&self) -> Option<String> {
        let (parts, workers) = (self.plan.partitions.len() as u64, self.threads as u64);
        let (parts, workers) = (plural(parts, "partition"), plural(workers, "core"));
        self.asked.map(|asked| format!("{asked} threads were asked for: {parts} on {workers}"))
    }

    /// All of it.
    pub(crate) fn bytes(&self) -> u64 {
        self.memory.total() as u64
    }
}

/// The threads of a config, as [`Simulation::new`] takes them.
pub(crate) fn threads(given: Option<u64>) -> usize {
    given.map_or(0, |threads| threads as usize)
}

/// The expected number of synapses.
pub(crate) fn synapses(network: &Network) -> f64 {
    let of = |i: usize| network.forecast(i).synapses;
    (0..network.projections.len()).map(of).sum()
}
