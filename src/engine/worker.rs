//! A worker: some partitions, and the scratch that it works on them with.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use super::barrier::Barrier;
use super::exchange::Board;
use super::partition::Partition;
use crate::neuron::Lane;

/// Wall seconds of a worker by phase.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize)]
pub struct Phases {
    /// Adding due synapses to inboxes.
    pub deliver: f64,
    /// Poisson input and neurons.
    pub update: f64,
    /// Turning spikes into packets, and waiting for others.
    pub exchange: f64,
}

impl Phases {
    pub(super) fn add(&self, other: &Self, factor: f64) -> Self {
        Self {
            deliver: self.deliver + other.deliver * factor,
            update: self.update + other.update * factor,
            exchange: self.exchange + other.exchange * factor,
        }
    }
}

/// Work done, in numbers that need no clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Counters {
    /// Spikes emitted.
    pub spikes: u64,
    /// Rows looked up.
    pub rows: u64,
    /// Packets delivered.
    pub packets: u64,
    /// Synaptic events delivered.
    pub events: u64,
}

impl Counters {
    pub(super) fn add(&mut self, other: &Self) {
        self.spikes += other.spikes;
        self.rows += other.rows;
        self.packets += other.packets;
        self.events += other.events;
    }
}

/// What all workers of a run share.
pub(super) struct Schedule<'a> {
    pub(super) begin: u64,
    pub(super) end: u64,
    /// Longest epoch in steps.
    pub(super) epoch: u64,
    pub(super) board: &'a Board,
    pub(super) barrier: &'a Barrier,
    /// Set from outside.
    pub(super) stop: &'a AtomicBool,
    /// What the workers have agreed on.
    pub(super) stopping: &'a AtomicBool,
}

/// Some partitions and the scratch to work on them.
pub(super) struct Worker {
    pub(super) partitions: Vec<Partition>,
    pub(super) phases: Phases,
    inbox: Vec<Lane>,
}

impl Worker {
    pub(super) fn new(partitions: Vec<Partition>, receptors: usize) -> Self {
        Self { partitions, phases: Phases::default(), inbox: super::lanes(receptors) }
    }

    /// Runs to the end of the schedule, or until all agree to stop; returns the steps taken.
    pub(super) fn run(&mut self, schedule: &Schedule) -> u64 {
        let _guard = schedule.barrier.guard();
        let mut begin = schedule.begin;
        let mut number = 0;
        while begin < schedule.end {
            let end = (begin + schedule.epoch).min(schedule.end);
            for partition in &mut self.partitions {
                epoch(partition, begin..end, &mut self.inbox, &mut self.phases);
                partition.publish(&mut schedule.board.write(partition.number(), number));
            }
            let ticket = schedule.barrier.arrive(|| {
                // Ordering: published to all by the barrier.
                schedule.stopping.store(super::requested(schedule.stop), Ordering::Relaxed);
            });
            if end < schedule.end {
                self.drain_early(end);
            }
            let clock = Instant::now();
            schedule.barrier.wait(&ticket);
            self.exchange(schedule, number);
            self.phases.exchange += clock.elapsed().as_secs_f64();
            begin = end;
            number += 1;
            // Ordering: read after the barrier that published it; the next store comes after
            // every worker has arrived again.
            if schedule.stopping.load(Ordering::Relaxed) {
                break;
            }
        }
        begin - schedule.begin
    }

    /// Delivers what is already known to be due in the first step after `end`, instead of idling
    /// until others arrive. Only for the partition that runs first: the inbox is its until then.
    fn drain_early(&mut self, end: u64) {
        let clock = Instant::now();
        if let Some(first) = self.partitions.first_mut() {
            first.drain(end + 1, &mut self.inbox);
        }
        self.phases.deliver += clock.elapsed().as_secs_f64();
    }

    /// Turns what other partitions published in this epoch into packets.
    fn exchange(&mut self, schedule: &Schedule, number: u64) {
        for other in 0..schedule.board.len() {
            let spikes = schedule.board.read(other, number);
            if spikes.is_empty() {
                continue;
            }
            for partition in self.partitions.iter_mut().filter(|p| p.number() != other) {
                partition.schedule_all(&spikes);
            }
        }
    }
}

/// Runs one partition alone through an epoch.
fn epoch(
    partition: &mut Partition,
    steps: std::ops::Range<u64>,
    inbox: &mut [Lane],
    phases: &mut Phases,
) {
    for step in steps {
        let begin = Instant::now();
        partition.drain(step + 1, inbox);
        let drained = Instant::now();
        partition.update(step, inbox);
        let updated = Instant::now();
        partition.schedule_own(step + 1);
        phases.deliver += (drained - begin).as_secs_f64();
        phases.update += (updated - drained).as_secs_f64();
        phases.exchange += updated.elapsed().as_secs_f64();
    }
}
