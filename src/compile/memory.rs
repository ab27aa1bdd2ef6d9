//! How much memory a network will take, before any is taken.

use super::Plan;
use crate::network::{Network, PopulationKind, Precision};
use crate::random::Delays;
use crate::{Error, Result};

/// Predicted bytes of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize)]
pub struct Memory {
    /// Synapses and the directories of their rows.
    pub synapses: f64,
    /// Where each row begins.
    pub index: f64,
    /// State of neurons.
    pub neurons: f64,
    /// Inboxes, calendars, spike lists.
    pub engine: f64,
    /// Scratch of construction that is alive together with the synapses.
    pub construction: f64,
    /// The program itself.
    pub program: f64,
}

/// What the program takes before it has built anything.
const PROGRAM: f64 = 8e6;

impl Memory {
    /// Predicts the peak of `network` laid out by `plan` for `threads` threads.
    ///
    /// # Errors
    /// Delays that cannot be.
    pub fn predict(network: &Network, plan: &Plan, threads: usize) -> Result<Self> {
        let mut memory = Self { program: PROGRAM, ..Self::default() };
        memory.neurons(network);
        memory.rows(network, plan)?;
        memory.construction(network, threads);
        let width: usize = plan.partitions.iter().flatten().map(super::SlicePlan::padded).sum();
        memory.engine = 12.0 * width as f64 + 2e6 * threads as f64;
        Ok(memory)
    }

    /// The sum.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.synapses + self.index + self.neurons + self.engine + self.construction + self.program
    }

    fn neurons(&mut self, network: &Network) {
        let real = if network.precision == Precision::Double { 8 } else { 4 };
        for population in &network.populations {
            if let PopulationKind::Neurons(model) = &population.kind {
                let padded = population.size.next_multiple_of(64) as f64;
                self.neurons += padded * model.bytes_per_neuron(real);
            }
        }
    }

    fn rows(&mut self, network: &Network, plan: &Plan) -> Result<()> {
        let sizes: Vec<f64> = network.populations.iter().map(|p| p.size as f64).collect();
        let mut reached = vec![vec![]; sizes.len()];
        for (i, p) in network.projections.iter().enumerate() {
            let forecast = p.rule.forecast(&network.pairing(i));
            let homes = plan.homes(p.target.0).len() as f64;
            let delays = Delays::new(&p.delay, network.dt)
                .map_err(|e| e.within(&network.projection_key(i)))?;
            let rows = sizes[p.source.0] * homes;
            let each = forecast.synapses / rows;
            self.synapses += 4.0 * forecast.synapses + 4.0 * rows * entries(each, &delays);
            reached[p.source.0].extend(plan.homes(p.target.0));
        }
        for (size, mut homes) in sizes.into_iter().zip(reached) {
            homes.sort_unstable();
            homes.dedup();
            self.index += 4.0 * size * homes.len() as f64;
            self.synapses += 4.0 * size * homes.len() as f64;
        }
        Ok(())
    }

    fn construction(&mut self, network: &Network, threads: usize) {
        let turned: f64 = network
            .projections
            .iter()
            .enumerate()
            .filter(|(_, p)| p.rule.name() == "fixed_indegree")
            .map(|(i, p)| p.rule.forecast(&network.pairing(i)).synapses)
            .fold(0.0, f64::max);
        self.construction = 28.0 * turned.min(8e6 * threads as f64);
    }

    /// Refuses what does not fit `limit` bytes.
    ///
    /// # Errors
    /// Predicted bytes, the limit and what to do.
    pub fn fit(&self, limit: f64, what: &str) -> Result<()> {
        if self.total() <= limit {
            return Ok(());
        }
        Err(Error::Capacity(format!(
            "the network would take {:.2} GB ({:.2} GB of it synapses), but {what} leaves {:.2} GB: make it smaller (for example with --scale) or try all the same with --force",
            self.total() / 1e9,
            self.synapses / 1e9,
            limit / 1e9
        )))
    }
}

/// The expected number of distinct delays among `n` synapses.
fn entries(n: f64, delays: &Delays) -> f64 {
    let total = delays.steps().len() as f64;
    delays
        .steps()
        .chunk_by(|a, b| a == b)
        .map(|same| -libm::expm1(-n * same.len() as f64 / total))
        .sum()
}
