//! States that are no finite numbers end a run, at the same step for any number of partitions.

use super::worker::Worker;
use super::{Engine, State};
use crate::neuron::NotFinite;

/// Steps from one look at the states to the next: it costs a tenth of a step of all neurons or so, which
/// is 0.01 % of a thousand. An epoch ends there, so that all partitions stand at the same step.
pub(super) const LOOK: u64 = 1000;

/// A state of a neuron that is infinite or not a number: what ends a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Failure {
    /// The step after which it was found.
    pub step: u64,
    /// The number of the population.
    pub population: usize,
    /// The number of the neuron within the population.
    pub neuron: u64,
    /// Which variable it is, and its value.
    pub what: NotFinite,
}

impl Failure {
    /// Of several, the least is told.
    pub(super) fn place(&self) -> (usize, u64) {
        (self.population, self.neuron)
    }
}

/// The end of the epoch that begins at step `begin`, if no look at the states may lie within it.
pub(super) fn next_look(begin: u64) -> u64 {
    (begin / LOOK + 1) * LOOK
}

impl Engine {
    /// Looks at all states now.
    ///
    /// # Errors
    /// The first that is not finite, which all later runs give, too.
    pub fn check_finite(&mut self) -> Result<(), Failure> {
        let step = self.step;
        let look = |worker: &mut Worker| {
            for partition in &mut worker.partitions {
                partition.look(step);
            }
        };
        match &self.pool {
            None => self.workers.iter_mut().for_each(look),
            Some(pool) => pool.in_place_scope(|scope| {
                for worker in &mut self.workers {
                    scope.spawn(move |_| look(worker));
                }
            }),
        }
        self.keep_failure()
    }

    /// Keeps the first of what was found in the partitions, if they stand at the same step.
    pub(super) fn keep_failure(&mut self) -> Result<(), Failure> {
        if self.failure.is_none() && self.state == State::Sound {
            let found = self.partitions().filter_map(|p| p.failure);
            self.failure = found.min_by_key(Failure::place);
        }
        self.failure.map_or(Ok(()), Err)
    }
}
