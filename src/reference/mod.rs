//! The naive engine: it defines what is correct.
//!
//! It reads the [`Network`] itself, keeps every synapse in a list and every neuron as a
//! [`Cell`] of its own, and goes step by step:
//!
//! 1. take the input that arrives at step k + 1 out of the ring of inboxes,
//! 2. add what stimuli bring in the step from k to k + 1,
//! 3. advance every neuron; those that reach threshold spike, stamped k + 1,
//! 4. add every synapse of every spike to the inbox of step k + 1 + delay.
//!
//! It shares nothing with the fast engine but the rounding of weights, so that it checks the
//! compilation of the network as well as its simulation. It is not meant to be fast.
//!
//! ```
//! use murine::prelude::*;
//! use murine::reference::Reference;
//!
//! let mut network = Network::new("one");
//! network.population("a", 1, IafPscExp { i_e: (450.0 * PA).into(), ..Default::default() });
//! let spikes = Reference::new(&network)?.run(1000);
//! assert!(spikes.len() > 1);
//! # Ok::<(), murine::Error>(())
//! ```

mod drive;
mod synapses;

use crate::network::{Network, PopulationId, PopulationKind, StimulusId};
use crate::neuron::{Cell, Setup};
use crate::stimulus::{Emitter, SourceContext};
use crate::{Error, Result};
use drive::Drive;
use synapses::Synapse;

/// A network, simulated naively.
pub struct Reference {
    network: Network,
    /// The global number of the first neuron of each population, and the total.
    firsts: Vec<u64>,
    members: Vec<Members>,
    synapses: Vec<Vec<Synapse>>,
    drive: Drive,
    /// What arrives at step k is in `inbox[k % inbox.len()]`.
    inbox: Vec<Inbox>,
    inputs: usize,
    /// Injected spikes that [`Reference::run`] has not returned yet.
    injected: Vec<(u64, u64)>,
    step: u64,
    delivered: u64,
    out_degrees: u64,
}

/// The neurons of a population.
enum Members {
    Neurons(Vec<Box<dyn Cell>>),
    Source(Box<dyn Emitter>),
}

/// What arrives in one step.
#[derive(Clone)]
struct Inbox {
    /// Sums of weights: of neuron n at input r at `n * inputs + r`. Wide, so that a sum that does not
    /// fit the fast engine's is not wrong here, too.
    sums: Vec<i64>,
    /// How many synaptic events the sums are made of.
    events: u64,
}

impl Reference {
    /// Builds `network`.
    ///
    /// # Errors
    /// What [`Network::validate`], [`Network::rounding`] and the rules refuse.
    pub fn new(network: &Network) -> Result<Self> {
        network.validate()?;
        let rounding = network.rounding()?;
        let doubles = network.doubles()?;
        let members = (0..network.populations.len())
            .map(|p| members(network, p, &rounding.units[p], doubles[p]))
            .collect::<Result<_>>()?;
        let synapses = synapses::list(network, &rounding)?;
        let longest = synapses.iter().flatten().map(|s| s.delay).max().unwrap_or(0);
        let inputs = rounding.units.iter().map(Vec::len).max().unwrap_or(0).max(1);
        let sums = vec![0; network.size() as usize * inputs];
        Ok(Self {
            network: network.clone(),
            firsts: network.firsts(),
            members,
            synapses,
            drive: Drive::new(network, &rounding)?,
            inbox: vec![Inbox { sums, events: 0 }; longest + 1],
            inputs,
            injected: Vec::new(),
            step: 0,
            delivered: 0,
            out_degrees: 0,
        })
    }

    /// Advances by `steps` steps. Returns the spikes since the last call as (step, global neuron),
    /// in ascending order, injected ones included.
    pub fn run(&mut self, steps: u64) -> Vec<(u64, u64)> {
        let mut spikes = std::mem::take(&mut self.injected);
        spikes.sort_unstable();
        for _ in 0..steps {
            let first = spikes.len();
            self.advance(&mut spikes);
            for &(_, neuron) in &spikes[first..] {
                self.send(neuron);
            }
        }
        spikes
    }

    /// Looks at the states of all neurons now.
    ///
    /// # Errors
    /// As [`Simulation::check_finite`](crate::Simulation::check_finite).
    pub fn check_finite(&self) -> Result<()> {
        for (population, members) in self.members.iter().enumerate() {
            let Members::Neurons(cells) = members else { continue };
            for (neuron, cell) in (0..).zip(cells) {
                if let Some(found) = cell.find_not_finite() {
                    let place = (population, neuron);
                    return Err(self.network.not_finite(self.step, place, found));
                }
            }
        }
        Ok(())
    }

    /// One step of all neurons.
    fn advance(&mut self, spikes: &mut Vec<(u64, u64)>) {
        let slot = (self.step + 1) as usize % self.inbox.len();
        self.delivered += std::mem::take(&mut self.inbox[slot].events);
        let sums = &mut self.inbox[slot].sums;
        let mut active = Vec::new();
        for (p, members) in self.members.iter_mut().enumerate() {
            let first = self.firsts[p];
            match members {
                Members::Neurons(cells) => {
                    let begin = first as usize * self.inputs;
                    let sums = &mut sums[begin..begin + cells.len() * self.inputs];
                    let mut currents = vec![0.0; cells.len()];
                    self.drive.apply(p, self.step, sums, self.inputs, &mut currents);
                    let inputs = sums.chunks_exact(self.inputs).zip(currents);
                    for (i, (cell, (input, current))) in cells.iter_mut().zip(inputs).enumerate() {
                        if cell.step(input, current) {
                            active.push(i as u32);
                        }
                    }
                }
                Members::Source(emitter) => emitter.emit(self.step, &mut active),
            }
            spikes.extend(active.drain(..).map(|i| (self.step + 1, first + u64::from(i))));
        }
        sums.fill(0);
        self.step += 1;
    }

    /// Lets a spike of `neuron`, stamped with the current step, travel along all its synapses.
    fn send(&mut self, neuron: u64) {
        let synapses = &self.synapses[neuron as usize];
        for synapse in synapses {
            let slot = (self.step as usize + synapse.delay) % self.inbox.len();
            let inbox = &mut self.inbox[slot];
            inbox.sums[synapse.target * self.inputs + synapse.input] += i64::from(synapse.weight);
            inbox.events += 1;
        }
        self.out_degrees += synapses.len() as u64;
    }

    /// Lets neurons of a population, by their numbers within it, emit one spike more each, stamped
    /// with the current step. It travels with its delays and does not disturb the neuron.
    ///
    /// # Errors
    /// A number beyond the population; then nothing is injected.
    pub fn inject(&mut self, population: PopulationId, neurons: &[u64]) -> Result<()> {
        let (first, end) = (self.firsts[population.0], self.firsts[population.0 + 1]);
        if let Some(neuron) = neurons.iter().find(|&&n| n >= end - first) {
            return Err(Error::parameter(
                "inject",
                format!("there is no neuron {neuron}: the population has {}", end - first),
            ));
        }
        for neuron in neurons {
            self.injected.push((self.step, first + neuron));
            self.send(first + neuron);
        }
        Ok(())
    }

    /// Overrides the strength (Hz or pA) of a stimulus from now on.
    ///
    /// # Errors
    /// As [`Simulation::set_value`](crate::Simulation::set_value).
    pub fn set_value(&mut self, stimulus: StimulusId, value: f64) -> Result<()> {
        self.network.check_value(stimulus, value)?;
        self.drive.set_value(stimulus.0, value);
        Ok(())
    }

    /// Overrides the rate (Hz) of a population of sources from now on.
    ///
    /// # Errors
    /// As [`Simulation::set_rate`](crate::Simulation::set_rate).
    pub fn set_rate(&mut self, population: PopulationId, hz: f64) -> Result<()> {
        self.network.check_rate(population, hz)?;
        if let Members::Source(emitter) = &mut self.members[population.0] {
            emitter.set_rate(hz);
        }
        Ok(())
    }

    /// Variable number `variable` of a neuron, by its number within its population.
    ///
    /// # Panics
    /// If there is no such neuron or variable, or the population only emits spikes.
    #[must_use]
    pub fn observe(&self, population: PopulationId, neuron: u64, variable: usize) -> f64 {
        match &self.members[population.0] {
            Members::Neurons(cells) => cells[neuron as usize].observe(variable),
            Members::Source(_) => panic!("population {} has no state", population.0),
        }
    }

    /// How many steps have been simulated.
    #[must_use]
    pub fn step(&self) -> u64 {
        self.step
    }

    /// How many synaptic events have reached their targets; Poisson input is not counted.
    #[must_use]
    pub fn events_delivered(&self) -> u64 {
        self.delivered
    }

    /// How many synaptic events are under way.
    #[must_use]
    pub fn events_pending(&self) -> u64 {
        self.inbox.iter().map(|inbox| inbox.events).sum()
    }

    /// The sum over all spikes, injected ones included, of the number of synapses of their neuron.
    #[must_use]
    pub fn out_degrees(&self) -> u64 {
        self.out_degrees
    }

    /// How many synapses a neuron of a population has.
    #[must_use]
    pub fn out_degree(&self, population: PopulationId, neuron: u64) -> u64 {
        self.synapses[(self.firsts[population.0] + neuron) as usize].len() as u64
    }
}

/// Makes the neurons of population `p`; `units` are those of its inputs.
fn members(network: &Network, p: usize, units: &[f64], double: bool) -> Result<Members> {
    let population = &network.populations[p];
    match &population.kind {
        PopulationKind::Neurons(model) => {
            let cell = |neuron| {
                let setup = Setup::new(network.seed, p, population.size, neuron, network.dt);
                model.cell(&setup, units, double)
            };
            let cells = (0..population.size).map(cell).collect::<Result<_>>();
            cells
                .map(Members::Neurons)
                .map_err(|e| e.within(&format!("population.{}", population.name)))
        }
        PopulationKind::Source(source) => Ok(Members::Source(source.emitter(&SourceContext {
            seed: network.seed,
            population: p,
            first: 0,
            count: population.size as usize,
            dt: network.dt,
        }))),
    }
}
