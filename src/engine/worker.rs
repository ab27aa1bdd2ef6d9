//! A worker: some partitions, and the tools that it works on them with.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::time::{Duration, Instant};

use super::barrier::Barrier;
use super::exchange::Board;
use super::partition::{Next, Partition};
use super::slice::CHUNK;
use super::tools::Tools;
use crate::Result;

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
    /// Steps that partitions slept through.
    pub slept: u64,
}

impl Counters {
    pub(super) fn add(&mut self, other: &Self) {
        self.spikes += other.spikes;
        self.rows += other.rows;
        self.packets += other.packets;
        self.events += other.events;
        self.slept += other.slept;
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
    /// How long an epoch may still take once `stop` was seen.
    pub(super) patience: Duration,
    /// Whether a worker has given up the epoch half-way.
    pub(super) abandoned: &'a AtomicBool,
    /// What the workers have agreed on.
    pub(super) verdict: &'a AtomicU8,
}

/// Verdicts at the end of an epoch.
const GO_ON: u8 = 0;
/// The epoch is complete and the last.
const STOP: u8 = 1;
/// The epoch is not complete.
const ABANDON: u8 = 2;

impl Schedule<'_> {
    /// What the last to arrive decides for all.
    fn judge(&self) {
        // Ordering: set before their setters arrived.
        let verdict = if self.abandoned.load(Ordering::Relaxed) {
            ABANDON
        } else if super::requested(self.stop) {
            STOP
        } else {
            GO_ON
        };
        // Ordering: published to all by the barrier.
        self.verdict.store(verdict, Ordering::Relaxed);
    }
}

/// How far a worker came.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Outcome {
    /// Steps that are complete.
    pub(super) steps: u64,
    /// Whether some partitions are beyond them.
    pub(super) abandoned: bool,
}

/// Seconds since the last look: phase follows phase, so that the clock is read once for each.
struct Clock(Instant);

impl Clock {
    fn lap(&mut self) -> f64 {
        let now = Instant::now();
        (now - std::mem::replace(&mut self.0, now)).as_secs_f64()
    }
}

/// A step's share of the blocks of the partition that comes next, if there is one.
fn next<'a>(partition: Option<&'a Partition>, step: u64, epoch: &std::ops::Range<u64>) -> Next<'a> {
    let steps = (epoch.end - epoch.start) as usize;
    let (done, all) = ((step - epoch.start) as usize, partition.map_or(0, Partition::blocks));
    let blocks = done * all / steps..(done + 1) * all / steps;
    Next { partition, blocks, at_a_time: CHUNK.div_ceil(steps) }
}

/// Some partitions and the tools to work on them.
pub(super) struct Worker {
    pub(super) partitions: Vec<Partition>,
    pub(super) phases: Phases,
    pub(super) tools: Tools,
    clock: Clock,
    /// When `stop` was first seen.
    asked: Option<Instant>,
}

impl Worker {
    pub(super) fn new(partitions: Vec<Partition>, lanes: usize) -> Result<Self> {
        let (phases, tools) = (Phases::default(), Tools::new(lanes)?);
        Ok(Self { partitions, phases, tools, clock: Clock(Instant::now()), asked: None })
    }

    /// Runs to the end of the schedule, or until all agree to stop.
    pub(super) fn run(&mut self, schedule: &Schedule) -> Outcome {
        let _guard = schedule.barrier.guard();
        let mut begin = schedule.begin;
        let mut number = 0;
        let mut outcome = Outcome::default();
        self.asked = None;
        self.clock = Clock(Instant::now());
        while begin < schedule.end {
            let end = (begin + schedule.epoch).min(schedule.end);
            self.epoch(schedule, begin..end, number);
            let ticket = schedule.barrier.arrive(|| schedule.judge());
            if end < schedule.end && !schedule.barrier.is_alone() {
                self.drain_early(end);
            }
            schedule.barrier.wait(&ticket);
            // Ordering: read after the barrier that published it; the next store comes after
            // every worker has arrived again.
            let verdict = schedule.verdict.load(Ordering::Relaxed);
            if verdict == ABANDON {
                outcome.abandoned = true;
                break;
            }
            self.exchange(schedule, number);
            begin = end;
            number += 1;
            if verdict == STOP {
                break;
            }
        }
        self.phases.exchange += self.clock.lap();
        outcome.steps = begin - schedule.begin;
        outcome
    }

    /// Runs each partition alone through an epoch, unless somebody loses patience.
    fn epoch(&mut self, schedule: &Schedule, steps: std::ops::Range<u64>, number: u64) {
        for i in 0..self.partitions.len() {
            for step in steps.clone() {
                if self.impatient(schedule) {
                    return;
                }
                self.step(i, step, &steps);
            }
            let partition = &mut self.partitions[i];
            partition.publish(&mut schedule.board.write(partition.number(), number));
        }
    }

    /// Whether to give up the epoch: a stop was asked for, and its end is not near.
    fn impatient(&mut self, schedule: &Schedule) -> bool {
        if !super::requested(schedule.stop) {
            return false;
        }
        if self.asked.get_or_insert_with(Instant::now).elapsed() >= schedule.patience {
            // Ordering: the barrier publishes it; that others see it sooner or later does not
            // matter.
            schedule.abandoned.store(true, Ordering::Relaxed);
        }
        schedule.abandoned.load(Ordering::Relaxed)
    }

    /// One step of one partition.
    fn step(&mut self, i: usize, step: u64, epoch: &std::ops::Range<u64>) {
        let phases = &mut self.phases;
        let (before, after) = self.partitions.split_at_mut(i);
        let [partition, after @ ..] = after else { return };
        let mut next = next(after.first().or(before.first()), step, epoch);
        phases.exchange += self.clock.lap();
        partition.drain(step + 1, &mut self.tools);
        phases.deliver += self.clock.lap();
        let emitted = partition.emit(step, &mut self.tools);
        if partition.rests(step) {
            partition.sleep(step);
            if !emitted {
                phases.update += self.clock.lap();
                return;
            }
        } else {
            partition.update(step, &mut self.tools, &mut next);
        }
        phases.update += self.clock.lap();
        partition.schedule_own(step + 1, &mut self.tools);
    }

    /// Delivers what is already known to be due in the first step after `end`, instead of idling
    /// until others arrive. Only for the partition that runs first: the inbox is its until then.
    fn drain_early(&mut self, end: u64) {
        self.phases.exchange += self.clock.lap();
        if let Some(first) = self.partitions.first_mut() {
            first.drain(end + 1, &mut self.tools);
        }
        self.phases.deliver += self.clock.lap();
    }

    /// Turns what other partitions published in this epoch into packets.
    fn exchange(&mut self, schedule: &Schedule, number: u64) {
        for partition in &mut self.partitions {
            let senders = std::mem::take(&mut partition.senders);
            let others = senders.iter().cloned().flatten().map(usize::from);
            let own = partition.number();
            for other in others.filter(|&other| other != own) {
                let spikes = schedule.board.read(other, number);
                partition.schedule(spikes.iter(), &mut self.tools);
            }
            partition.senders = senders;
        }
    }
}
