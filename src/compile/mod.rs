//! From a network to its layout: who owns which neuron, how its synapses lie in memory, and how
//! much memory that takes.

mod build;
mod columns;
mod memory;
mod plan;
mod region;
mod reserve;
mod routes;
mod rows;
mod sorted;
mod storage;

pub use memory::Memory;
pub use plan::{Plan, SlicePlan};
pub use routes::Routes;
pub use rows::{Entry, Port, Rows, pack_synapse};
pub use storage::settle;

use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use crate::Result;
use crate::network::{Network, Rounded, Rounding, Storage};
use crate::neuron::{BLOCK, Slice, SliceContext};
use crate::rule::{Pool, Synapses};
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
    /// What makes the synapses of the procedural projections.
    pub generators: Vec<Arc<Generator>>,
    /// The number of synapses; of procedural projections, as expected.
    pub synapses: u64,
    /// How many spikes of a neuron of each population its targets can sum.
    pub together: Vec<u32>,
}

/// What makes the synapses of a procedural projection.
pub struct Generator {
    /// The number of the source population.
    pub source: usize,
    /// Which neurons the targets are.
    pub pool: Pool,
    /// Targets, weights and delays.
    pub synapses: Synapses,
    /// Weights in counts, by level, and what they act on.
    pub weights: Rounded,
}

/// The neurons of a partition and all synapses that end there.
pub struct CompiledPartition {
    /// Neurons, by population.
    pub slices: Vec<CompiledSlice>,
    /// Sources, by population.
    pub emitters: Vec<CompiledEmitter>,
    /// The synapses.
    pub rows: Rows,
    /// The partitions whose spikes matter here.
    pub senders: Vec<Range<u16>>,
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
    /// The blocks of the slice that it acts on.
    pub blocks: Range<usize>,
    /// For Poisson input: the lane of the inbox and the weight in counts; `None` for a current.
    pub poisson: Option<(usize, i32)>,
}

/// Slots for each lane of what is on its way, if delays are at most so many steps: a power of two, so
/// that a step finds its slot without division.
#[must_use]
pub fn ring(max_delay: u16) -> usize {
    (usize::from(max_delay) + 2).next_power_of_two()
}

/// Lays `network` out for `partitions` partitions, on the threads of the current rayon pool.
///
/// # Errors
/// What [`Network::validate`] and the rules refuse, and limits of the layout.
pub fn compile(network: &Network, plan: &Plan) -> Result<CompiledNetwork> {
    network.validate()?;
    let rounding = network.rounding()?;
    let doubles = network.doubles()?;
    let all: Vec<Synapses> =
        (0..network.projections.len()).map(|i| network.synapses(i)).collect::<Result<_>>()?;
    let rows = build::rows(network, plan, &rounding, &all)?;
    let delays = || all.iter().map(Synapses::delays);
    let max_delay = delays().map(|d| d.1).max().unwrap_or(1);
    let routes = Routes::new(network, plan)?;
    let regrown = network.procedural().map(|(i, _)| network.forecast(i).synapses);
    let synapses =
        regrown.sum::<f64>().round() as u64 + rows.iter().map(Rows::synapses).sum::<u64>();
    let parts: Vec<_> = plan.partitions.iter().zip(rows).zip(routes.senders).collect();
    let partitions = parts
        .into_par_iter()
        .map(|((slices, rows), senders)| {
            partition(network, &rounding, &doubles, slices, rows, senders)
        })
        .collect::<Result<_>>()?;
    Ok(CompiledNetwork {
        dt: network.dt,
        seed: network.seed,
        firsts: network.firsts(),
        partitions,
        max_delay,
        min_crossing: routes.min_delay,
        together: rounding.together.clone(),
        generators: generators(network, rounding, all),
        synapses,
    })
}

/// What makes the synapses of procedural projections, of `all` projections.
fn generators(network: &Network, rounding: Rounding, all: Vec<Synapses>) -> Vec<Arc<Generator>> {
    let each = network.projections.iter().zip(all).zip(rounding.projections).enumerate();
    each.filter(|(_, ((p, _), _))| p.storage == Storage::Procedural)
        .map(|(i, ((p, synapses), weights))| {
            Arc::new(Generator { source: p.source.0, pool: network.pool(i), synapses, weights })
        })
        .collect()
}

fn partition(
    network: &Network,
    rounding: &Rounding,
    doubles: &[bool],
    slices: &[SlicePlan],
    rows: Rows,
    senders: Vec<Range<u16>>,
) -> Result<CompiledPartition> {
    use crate::network::PopulationKind;
    let width = slices.last().map_or(0, |s| s.offset + s.padded());
    let (slices_of, emitters) = (Vec::new(), Vec::new());
    let mut partition = CompiledPartition { slices: slices_of, emitters, rows, senders, width };
    for plan in slices {
        let population = &network.populations[plan.population];
        match &population.kind {
            PopulationKind::Neurons(model) => {
                let units = rounding.units[plan.population].clone();
                let double = doubles[plan.population];
                let context = context(network, plan, units, double);
                partition.slices.push(CompiledSlice {
                    plan: *plan,
                    neurons: model
                        .slice(&context)
                        .map_err(|e| e.within(&format!("population.{}", population.name)))?,
                    lanes: model.inputs(),
                    inputs: inputs(network, rounding, plan)?,
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
fn context(network: &Network, plan: &SlicePlan, units: Vec<f64>, double: bool) -> SliceContext {
    SliceContext {
        seed: network.seed,
        population: plan.population,
        size: network.populations[plan.population].size,
        first: plan.first,
        count: plan.count,
        dt: network.dt,
        units,
        double,
    }
}

fn inputs(network: &Network, rounding: &Rounding, plan: &SlicePlan) -> Result<Vec<CompiledInput>> {
    let mut inputs = Vec::new();
    for (i, input) in network.stimuli.iter().enumerate() {
        let neurons = network.stimulated(input);
        let within = |neuron: u64| neuron.clamp(plan.first, plan.first + plan.count as u64);
        let places = within(neurons.start) - plan.first..within(neurons.end) - plan.first;
        if input.target.0 != plan.population || places.is_empty() {
            continue;
        }
        let poisson = match input.stimulus.action() {
            Action::Current => None,
            Action::Poisson { receptor, .. } => Some((
                network.receptor(plan.population, receptor.as_deref())?.input,
                rounding.stimuli[i],
            )),
        };
        let block = BLOCK as u64;
        let blocks = (places.start / block) as usize..places.end.div_ceil(block) as usize;
        inputs.push(CompiledInput { id: i, stimulus: input.stimulus.clone(), blocks, poisson });
    }
    Ok(inputs)
}
