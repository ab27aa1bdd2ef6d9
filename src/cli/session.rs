//! A simulation that is recorded as it goes.

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use murine::engine::{Counters, Phases};
use murine::record::{Recording, Spike, SpoolHeader, SpoolWriter, Statistics};
use murine::{Error, Result, Simulation};

use super::observe::{self, Counter, States};
use super::progress::Progress;

/// Wall time of a batch of steps: short enough that the progress bar moves and a full disk is
/// noticed soon, long enough that what happens between batches costs nothing.
const BATCH: Duration = Duration::from_millis(60);

/// Wall time that a batch may take so that no epoch is cut.
const LONGEST_BATCH: Duration = Duration::from_secs(2);

/// Wall time from one flush of the spool to the next: what a crash may lose.
const FLUSH: Duration = Duration::from_secs(2);

/// A simulation with its spool and statistics.
pub(crate) struct Session {
    simulation: Simulation,
    header: SpoolHeader,
    spool: SpoolWriter,
    statistics: Statistics,
    states: Option<States>,
    counters: Vec<Counter>,
    batch: u64,
    flushed: Instant,
    measured: Measured,
    /// Why the simulation cannot go on.
    failure: Option<Error>,
}

/// What is left of a session.
pub(crate) struct Finished {
    /// What was recorded, without its spikes.
    pub(crate) recording: Recording,
    /// What is known of all spikes.
    pub(crate) statistics: Statistics,
    /// What was measured.
    pub(crate) measured: Measured,
    /// Why the simulation did not go on.
    pub(crate) failure: Option<Error>,
}

/// What was measured since the end of the warm-up.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Measured {
    /// Wall time, recording included.
    pub(crate) seconds: f64,
    /// Wall seconds by phase.
    pub(crate) phases: Phases,
    /// Work done.
    pub(crate) counters: Counters,
    /// Steps.
    pub(crate) steps: u64,
}

impl Session {
    /// Prepares to record `simulation` into a spool, from the step `warmup` up to `end`.
    pub(crate) fn new(simulation: Simulation, spool: &Path, warmup: u64, end: u64) -> Result<Self> {
        let network = simulation.network();
        let header = SpoolHeader {
            recording: network.recording(warmup, end),
            states: observe::state_probes(network, warmup)?,
            rates: observe::rate_probe(network)?,
            activity: observe::activity_probe(network)?,
        };
        let populations = &header.recording.populations;
        let rates = header
            .rates
            .as_ref()
            .map(|p| Counter::new(p, populations, warmup, SpoolWriter::append_rates));
        let activity = header
            .activity
            .as_ref()
            .map(|p| Counter::new(p, populations, warmup, SpoolWriter::append_activity));
        Ok(Self {
            spool: SpoolWriter::create(spool, &header)?,
            statistics: Statistics::new(populations),
            simulation,
            header,
            states: None,
            counters: rates.into_iter().chain(activity).collect(),
            batch: 1,
            flushed: Instant::now(),
            measured: Measured::default(),
            failure: None,
        })
    }

    /// Runs the warm-up, then the rest, as far as `stop` and the states of the neurons let it.
    pub(crate) fn run(&mut self, stop: &AtomicBool, progress: &Progress) -> Result<()> {
        let recording = &self.header.recording;
        let (warmup, end) = (recording.first_step, recording.last_step);
        self.advance(warmup, stop, progress, Self::warm_up)?;
        if self.simulation.step() < warmup || self.failure.is_some() {
            return Ok(());
        }
        self.states = Some(States::start(&mut self.simulation, &self.header.states)?);
        let (begin, before) = (Instant::now(), self.work());
        self.advance(end, stop, progress, Self::record)?;
        if self.failure.is_none() {
            self.failure = self.simulation.check_finite().err();
        }
        let (phases, counters) = self.work();
        self.measured = Measured {
            seconds: begin.elapsed().as_secs_f64(),
            phases: difference(phases, before.0),
            counters: counters.since(&before.1),
            steps: self.simulation.step() - warmup,
        };
        Ok(())
    }

    /// Ends the spool, and hands back what is left when the network is forgotten.
    pub(crate) fn finish(self) -> Result<Finished> {
        let Self { statistics, measured, failure, .. } = self;
        let mut recording = self.header.recording;
        recording.last_step = self.simulation.step().max(recording.first_step);
        self.spool.finish(recording.last_step)?;
        Ok(Finished { recording, statistics, measured, failure })
    }

    fn work(&self) -> (Phases, Counters) {
        (self.simulation.phases(), self.simulation.counters())
    }

    /// Runs up to the step `end` in batches, and calls `keep` after each.
    fn advance(
        &mut self,
        end: u64,
        stop: &AtomicBool,
        progress: &Progress,
        keep: fn(&mut Self) -> Result<()>,
    ) -> Result<()> {
        while self.simulation.step() < end {
            let begin = Instant::now();
            let wanted = self.batch.min(end - self.simulation.step());
            let done = self.simulation.run_steps(wanted, stop);
            // Also what precedes a failure.
            keep(self)?;
            progress.at(self.simulation.step());
            let done = match done {
                Ok(done) => done,
                Err(error) => {
                    self.failure = Some(error);
                    break;
                }
            };
            if done < wanted || super::signals::raised(stop) {
                break;
            }
            self.batch = next_batch(wanted, begin.elapsed(), self.simulation.epoch());
        }
        Ok(())
    }

    #[expect(clippy::unnecessary_wraps, reason = "called in place of `record`")]
    fn warm_up(&mut self) -> Result<()> {
        let spikes = take(&mut self.simulation);
        self.statistics.warm_up(&spikes);
        Ok(())
    }

    fn record(&mut self) -> Result<()> {
        let mut spikes = take(&mut self.simulation);
        let (up_to, recording) = (self.simulation.step(), &self.header.recording);
        let Self { simulation, statistics, counters, spool, .. } = self;
        let count = || counters.iter_mut().try_for_each(|c| c.write(&spikes, up_to, spool));
        simulation.engine().join(|| statistics.add(&spikes), count).1?;
        recording.keep_recorded(&mut spikes);
        self.spool.append_spikes(&spikes, up_to)?;
        if let Some(states) = &mut self.states {
            states.write(&self.simulation.take_samples(), &mut self.spool)?;
        }
        if self.flushed.elapsed() > FLUSH {
            self.spool.flush()?;
            self.flushed = Instant::now();
        }
        Ok(())
    }
}

/// How many steps the next batch has, when the last had `steps` and took `time`: whole epochs,
/// unless one takes very long.
fn next_batch(steps: u64, time: Duration, epoch: u64) -> u64 {
    let factor = BATCH.as_secs_f64() / time.as_secs_f64().max(1e-6);
    let next = ((steps as f64 * factor.clamp(0.25, 4.0)) as u64).max(1);
    let whole = next.next_multiple_of(epoch);
    if whole as f64 * time.as_secs_f64() <= steps as f64 * LONGEST_BATCH.as_secs_f64() {
        whole
    } else {
        next
    }
}

fn take(simulation: &mut Simulation) -> Vec<Spike> {
    // The same two numbers: the vector is reused in place.
    simulation.take_spikes().into_iter().map(|(step, neuron)| Spike { step, neuron }).collect()
}

fn difference(a: Phases, b: Phases) -> Phases {
    Phases {
        deliver: a.deliver - b.deliver,
        update: a.update - b.update,
        exchange: a.exchange - b.exchange,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_are_whole_epochs_unless_those_take_long() {
        let ms = Duration::from_millis;
        assert_eq!(next_batch(10, ms(60), 1), 10);
        assert_eq!(next_batch(10, ms(1), 1), 40, "no more than four times as many");
        assert_eq!(next_batch(10, ms(60), 16), 16);
        assert_eq!(next_batch(1, ms(60), 30), 30, "1.8 s");
        assert_eq!(next_batch(1, ms(60), 40), 1, "2.4 s");
        assert_eq!(next_batch(1, ms(6000), 1), 1);
    }
}
