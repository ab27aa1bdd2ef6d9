//! A worker: some partitions, and the tools that it works on them with.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::barrier::{Barrier, Vote, WORDS};
use super::clock::{Clock, Phases};
use super::exchange::Board;
use super::finite::{LOOK, next_look};
use super::partition::{Next, Partition};
use super::slice::CHUNK;
use super::tools::Tools;
use crate::Result;

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
    /// Cache lines of stored synapses that were asked for ahead. It follows from where rows lie,
    /// which several threads decide by turns: only on one thread it is always the same.
    pub prefetches: u64,
    /// Steps that partitions slept through.
    pub slept: u64,
}

impl Counters {
    /// The work since `before`.
    #[must_use]
    pub fn since(&self, before: &Self) -> Self {
        Self {
            spikes: self.spikes - before.spikes,
            rows: self.rows - before.rows,
            packets: self.packets - before.packets,
            events: self.events - before.events,
            prefetches: self.prefetches - before.prefetches,
            slept: self.slept - before.slept,
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.spikes += other.spikes;
        self.rows += other.rows;
        self.packets += other.packets;
        self.events += other.events;
        self.prefetches += other.prefetches;
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
    /// Whether each worker has one partition, of the same number.
    pub(super) one_each: bool,
}

/// How far a worker came.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Outcome {
    /// Steps that are complete.
    pub(super) steps: u64,
    /// Whether some partitions are beyond them.
    pub(super) abandoned: bool,
}

/// A step's share of the blocks of the partition that comes next, if there is one.
fn next<'a>(partition: Option<&'a Partition>, step: u64, epoch: &Range<u64>) -> Next<'a> {
    let steps = (epoch.end - epoch.start) as usize;
    let (done, all) = ((step - epoch.start) as usize, partition.map_or(0, Partition::blocks));
    let blocks = done * all / steps..(done + 1) * all / steps;
    Next { partition, blocks, at_a_time: CHUNK.div_ceil(steps) }
}

/// Some partitions and the tools to work on them; on cache lines of its own.
#[repr(align(128))]
pub(super) struct Worker {
    number: usize,
    pub(super) partitions: Vec<Partition>,
    pub(super) phases: Phases,
    pub(super) tools: Tools,
    clock: Clock,
    /// When `stop` was first seen.
    asked: Option<Instant>,
}

impl Worker {
    pub(super) fn new(number: usize, partitions: Vec<Partition>, lanes: usize) -> Result<Self> {
        let (phases, tools) = (Phases::default(), Tools::new(lanes)?);
        Ok(Self { number, partitions, phases, tools, clock: Clock::new(), asked: None })
    }

    /// Runs to the end of the schedule, or until all agree to stop.
    pub(super) fn run(&mut self, schedule: &Schedule) -> Outcome {
        let _guard = schedule.barrier.guard();
        let mut begin = schedule.begin;
        let mut round = 0;
        let mut outcome = Outcome::default();
        self.asked = None;
        self.clock = Clock::new();
        while begin < schedule.end {
            let end = (begin + schedule.epoch).min(schedule.end).min(next_look(begin));
            let steps = begin..end;
            let vote = self.epoch(schedule, &steps);
            // What is not complete does not count.
            let packed = vote != Vote::Abandon && self.publish(schedule, begin, round);
            let message = packed.then_some(self.tools.words.as_slice());
            schedule.barrier.arrive(self.number, round, vote, message);
            if steps.end < schedule.end && !schedule.barrier.is_alone() {
                self.drain_early(steps.end);
            }
            let verdict = schedule.barrier.wait(round);
            if verdict == Vote::Abandon {
                outcome.abandoned = true;
                break;
            }
            self.exchange(schedule, begin, round);
            begin = steps.end;
            round += 1;
            if verdict == Vote::Stop {
                break;
            }
        }
        let phases = std::mem::replace(&mut self.clock, Clock::new()).end();
        self.phases = self.phases.add(&phases, 1.0);
        outcome.steps = begin - schedule.begin;
        outcome
    }

    /// Runs each partition alone through an epoch, unless somebody loses patience.
    fn epoch(&mut self, schedule: &Schedule, steps: &Range<u64>) -> Vote {
        self.clock.epoch(self.partitions.len() * (steps.end - steps.start) as usize);
        let mut sound = true;
        for i in 0..self.partitions.len() {
            for step in steps.clone() {
                if self.impatient(schedule) {
                    return Vote::Abandon;
                }
                self.step(i, step, steps);
            }
            // While its state is in the cache.
            sound &= !steps.end.is_multiple_of(LOOK) || self.partitions[i].look(steps.end);
        }
        if sound && !super::requested(schedule.stop) { Vote::GoOn } else { Vote::Stop }
    }

    /// Makes the spikes of the epoch that begins at step `begin` known: packed in few words, if they
    /// fit, or else on the board.
    fn publish(&mut self, schedule: &Schedule, begin: u64, round: u64) -> bool {
        let words = &mut self.tools.words;
        for partition in &mut self.partitions {
            partition.keep();
            let packed = schedule.one_each && partition.spikes.pack(begin, WORDS, words);
            if !packed {
                let mut list = schedule.board.write(partition.number(), round);
                std::mem::swap(&mut partition.spikes, &mut list);
            }
            partition.spikes.clear();
            if packed {
                return true;
            }
        }
        false
    }

    /// Whether to give up the epoch: a stop was asked for, and its end is not near.
    fn impatient(&mut self, schedule: &Schedule) -> bool {
        if !super::requested(schedule.stop) {
            return false;
        }
        if self.asked.get_or_insert_with(Instant::now).elapsed() >= schedule.patience {
            // Ordering: others only stop the sooner for it; the vote decides.
            schedule.abandoned.store(true, Ordering::Relaxed);
        }
        schedule.abandoned.load(Ordering::Relaxed)
    }

    /// One step of one partition.
    fn step(&mut self, i: usize, step: u64, epoch: &Range<u64>) {
        let clock = &mut self.clock;
        let (before, after) = self.partitions.split_at_mut(i);
        let [partition, after @ ..] = after else { return };
        let mut next = next(after.first().or(before.first()), step, epoch);
        clock.exchanged();
        partition.drain(step + 1, &mut self.tools);
        clock.delivered();
        let emitted = partition.emit(step, &mut self.tools);
        let rests = partition.rests(step, &mut self.tools);
        if rests {
            partition.sleep(step);
        } else {
            partition.update(step, &mut self.tools, &mut next);
        }
        clock.updated();
        if emitted || !rests {
            partition.schedule_own(step + 1, &mut self.tools);
        }
    }

    /// Delivers what is already known to be due in the first step after `end`, instead of idling
    /// until others arrive. Only for the partition that runs first: the inbox is its until then.
    fn drain_early(&mut self, end: u64) {
        self.clock.exchanged();
        if let Some(first) = self.partitions.first_mut() {
            first.drain(end + 1, &mut self.tools);
        }
        self.clock.delivered();
    }

    /// Turns what other partitions published in the epoch that begins at step `begin` into packets.
    fn exchange(&mut self, schedule: &Schedule, begin: u64, round: u64) {
        let Tools { few, words, spoke, .. } = &mut self.tools;
        let (mut few, mut words) = (std::mem::take(few), std::mem::take(words));
        let mut spoke = std::mem::take(spoke);
        if !schedule.one_each {
            schedule.board.ask(round, &mut spoke);
        }
        for partition in &mut self.partitions {
            let senders = std::mem::take(&mut partition.senders);
            let others = senders.iter().cloned().flatten().map(usize::from);
            let own = partition.number();
            for other in others.filter(|&other| other != own) {
                if schedule.one_each && schedule.barrier.message(other, round, &mut words) {
                    few.unpack(begin, &words);
                    partition.schedule(few.iter(), &mut self.tools);
                } else if schedule.one_each || spoke[other] {
                    let spikes = schedule.board.read(other, round);
                    partition.schedule(spikes.iter(), &mut self.tools);
                }
            }
            partition.senders = senders;
        }
        (self.tools.few, self.tools.words, self.tools.spoke) = (few, words, spoke);
    }
}
