//! From a network to its layout: who owns which neuron, how its synapses lie in memory, and how
//! much memory that takes.

mod build;
mod columns;
mod memory;
mod plan;
mod region;
mod reserve;
mod rows;
mod sorted;

pub use memory::Memory;
pub use plan::{Plan, SlicePlan};
pub use rows::{Entry, Port, Rows};

use crate::Result;
use crate::network::{Network, Precision, Rounding};
use crate::neuron::{Slice, SliceContext};
use crate::rule::Synapses;
use crate::stimulus::{Action, Emitter, Stimulus};
use crate::units::Time;

/// A network laid out for the engine.
pub struct CompiledNetwork {
    /// The time step.
    pub dt: Time,
    /// The seed.
    pub seed: u64,
    /// The global number of the first neuron of each population, and the total at the end.
    pub firsts: Vec<u64>,
    /// The partitions; each is written by one worker at a time.
    pub partitions: Vec<CompiledPartition>,
    /// The longest delay in steps.
    pub max_delay: u16,
    /// The shortest delay between two partitions in steps; `None` if nothing crosses.
    pub min_crossing: Option<u16>,
    /// The number of synapses.
    pub synapses: u64,
}

/// The neurons of a partition and all synapses that end there.
pub struct CompiledPartition {
    /// Neurons, by population.
    pub slices: Vec<CompiledSlice>,
    /// Sources, by population.
    pub emitters: Vec<CompiledEmitter>,
    /// The synapses.
    pub rows: Rows,
    /// Places in the inbox: neurons padded to blocks.
    pub width: usize,
}

/// The neurons of one population in one partition.
pub struct CompiledSlice {
    /// Where they are.
    pub plan: SlicePlan,
    /// Themselves.
    pub neurons: Box<dyn Slice>,
    /// How many lanes of the inbox they read.
    pub lanes: usize,
    /// What acts on them from outside.
    pub inputs: Vec<CompiledInput>,
}

/// The sources of one population in one partition.
pub struct CompiledEmitter {
    /// Where they are.
    pub plan: SlicePlan,
    /// Themselves.
    pub emitter: Box<dyn Emitter>,
}

/// A stimulus on a slice.
pub struct CompiledInput {
    /// Its number in the network.
    pub id: usize,
    /// What it is.
    pub stimulus: Box<dyn Stimulus>,
    /// For Poisson input: the lane of the inbox and the weight in counts; `None` for a current.
    pub poisson: Option<(usize, i32)>,
}

/// Lays `network` out for `partitions` partitions, on the threads of the current rayon pool.
///
/// # Errors
/// What [`Network::validate`] and the rules refuse, and limits of the layout.
pub fn compile(network: &Network, plan: &Plan) -> Result<CompiledNetwork> {
    network.validate()?;
    let rounding = network.rounding()?;
    let all = build::synapses(network)?;
    let rows = build::rows(network, plan, &rounding, &all)?;
    let delays = || all.iter().map(Synapses::delays);
    let max_delay = delays().map(|d| d.1).max().unwrap_or(1);
    let synapses = rows.iter().map(Rows::synapses).sum();
    let mut partitions = Vec::with_capacity(rows.len());
    for (slices, rows) in plan.partitions.iter().zip(rows) {
        partitions.push(partition(network, &rounding, slices, rows)?);
    }
    Ok(CompiledNetwork {
        dt: network.dt,
        seed: network.seed,
        firsts: network.firsts(),
        partitions,
        max_delay,
        min_crossing: min_crossing(network, plan, &all),
        synapses,
    })
}

/// The shortest delay of a projection whose ends lie in different partitions.
fn min_crossing(network: &Network, plan: &Plan, all: &[Synapses]) -> Option<u16> {
    let crossing = network.projections.iter().zip(all).filter(|(p, _)| {
        let (source, target) = (plan.homes(p.source.0), plan.homes(p.target.0));
        !(source.len() == 1 && source == target)
    });
    crossing.map(|(_, s)| s.delays().0).min()
}

fn partition(
    network: &Network,
    rounding: &Rounding,
    slices: &[SlicePlan],
    rows: Rows,
) -> Result<CompiledPartition> {
    use crate::network::PopulationKind;
    let width = slices.last().map_or(0, |s| s.offset + s.padded());
    let mut partition = CompiledPartition { slices: Vec::new(), emitters: Vec::new(), rows, width };
    for plan in slices {
        let population = &network.populations[plan.population];
        match &population.kind {
            PopulationKind::Neurons(model) => {
                let units = rounding.units[plan.population].clone();
                let context = context(network, plan.population, plan.first, plan.count, units);
                partition.slices.push(CompiledSlice {
                    plan: *plan,
                    neurons: model
                        .slice(&context)
                        .map_err(|e| e.within(&format!("population.{}", population.name)))?,
                    lanes: model.inputs(),
                    inputs: inputs(network, rounding, plan.population)?,
                });
            }
            PopulationKind::Source(source) => partition.emitters.push(CompiledEmitter {
                plan: *plan,
                emitter: source.emitter(&crate::stimulus::SourceContext {
                    seed: network.seed,
                    population: plan.population,
                    first: plan.first,
                    count: plan.count,
                    dt: network.dt,
                }),
            }),
        }
    }
    Ok(partition)
}

/// What some neurons of a population need to be set up.
fn context(
    network: &Network,
    population: usize,
    first: u64,
    count: usize,
    units: Vec<f64>,
) -> SliceContext {
    SliceContext {
        seed: network.seed,
        population,
        size: network.populations[population].size,
        first,
        count,
        dt: network.dt,
        units,
        double: network.precision == Precision::Double,
    }
}

fn inputs(network: &Network, rounding: &Rounding, population: usize) -> Result<Vec<CompiledInput>> {
    let of = network.stimuli.iter().enumerate().filter(|(_, input)| input.target.0 == population);
    of.map(|(i, input)| {
        let poisson = match input.stimulus.action() {
            Action::Current => None,
            Action::Poisson { receptor, .. } => Some((
                network.receptor(population, receptor.as_deref())?.input,
                rounding.stimuli[i],
            )),
        };
        Ok(CompiledInput { id: i, stimulus: input.stimulus.clone(), poisson })
    })
    .collect()
}
