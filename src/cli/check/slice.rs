//! A slice of a network: what one worker has of it, small enough to be built and run at once.
//!
//! A worker has its share of the neurons, under their stimuli, and of each row the synapses that
//! lead there. So has the slice; only the sources are fewer. They are driven from outside as often
//! as all of them together would spike: packets, inboxes and sums are as in the whole network, and
//! only the rows lie closer together. They fill [`SYNAPSES`], more than the caches next to a core
//! hold, or are all there are.

use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use murine::network::{Network, Population, PopulationId};
use murine::random::Distribution;
use murine::rule::{FixedIndegree, FixedTotalNumber, PairwiseBernoulli, Rule};
use murine::stimulus::SpikeGenerator;
use murine::units::{MS, Time};
use murine::{Error, Result, Simulation};

use super::Projection;

/// Synapses of a slice at most: 8 MB.
const SYNAPSES: f64 = 2e6;
/// Neurons of a slice, and sources, at most.
const NEURONS: f64 = 1e5;
/// Steps that a spike travels at most, so that it arrives while the slice runs.
const DELAY: f64 = 100.0;
/// How long a slice runs, if something arrives in that time.
const BUDGET: Duration = Duration::from_millis(80);
/// How long a sample of its speed takes at least: far longer than reading clocks.
const SAMPLE: Duration = Duration::from_millis(1);

/// How fast a network is on all its workers, in wall seconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Speed {
    /// Of construction.
    pub(super) construct: f64,
    /// Of all neurons and stimuli in one step.
    pub(super) step: f64,
    /// Of a synaptic event.
    pub(super) event: f64,
}

/// What is to be built.
pub(super) struct Slice<'a> {
    whole: &'a Network,
    told: &'a [Projection],
    /// The rate of each population in Hz.
    rates: &'a [f64],
    threads: f64,
    synapses: f64,
    /// The neurons it has of each population.
    targets: Vec<u64>,
    /// The share of the sources that are there.
    sources: f64,
}

impl<'a> Slice<'a> {
    /// What one of `threads` workers has of `whole`, whose populations spike at `rates`.
    pub(super) fn new(
        whole: &'a Network,
        told: &'a [Projection],
        rates: &'a [f64],
        threads: usize,
    ) -> Self {
        let threads = threads.max(1) as f64;
        let neurons = whole.size() as f64;
        let share = (1.0 / threads).min(NEURONS / neurons);
        let targets = whole.populations.iter().map(|p| part(whole, p, share)).collect();
        let synapses: f64 = told.iter().map(|p| p.synapses).sum();
        let sources = (SYNAPSES / (synapses * share)).min(NEURONS / neurons).min(1.0);
        Self { whole, told, rates, threads, synapses, targets, sources }
    }

    /// Builds and runs it.
    pub(super) fn measure(&self) -> Result<Speed> {
        if let Some(network) = self.some_modules() {
            let clock = Instant::now();
            let mut simulation = Simulation::new(&network, 1)?;
            let construct = clock.elapsed().as_secs_f64();
            let (step, event) = self.run(&mut simulation)?;
            let times = self.whole.modules as f64 / network.modules as f64 / self.threads;
            let event = event / self.threads;
            return Ok(Speed { construct: construct * times, step: step * times, event });
        }
        let (small, first) = self.build(self.sources / 16.0)?;
        let built = small.synapses();
        drop(small);
        let (mut simulation, second) = self.build(self.sources)?;
        // Whoever disturbs the clock cannot make synapses free.
        let longer = (second - first).max(second / 8.0);
        let each = longer / (simulation.synapses() - built).max(1) as f64;
        let rest = (first - each * built as f64).max(0.0);
        let (step, event) = self.run(&mut simulation)?;
        let neurons: u64 = self.targets.iter().sum();
        let times = self.whole.size() as f64 / (neurons as f64 * self.threads);
        Ok(Speed {
            construct: rest * times + each * self.synapses / self.threads,
            step: step * times,
            event: event / self.threads,
        })
    }

    /// Of a network of modules, as few as can be linked as all of them are.
    fn some_modules(&self) -> Option<Network> {
        if self.whole.modules == 1 {
            return None;
        }
        let of = |modules: u64| {
            let mut network = self.whole.clone();
            network.modules = modules;
            network.recorders.clear();
            network.stimuli.iter_mut().for_each(|input| input.modules = None);
            for population in &mut network.populations {
                population.size = population.size / self.whole.modules * modules;
            }
            network
        };
        let counts = (1..).map(|n| 2 * n).take_while(|&n| n <= self.whole.modules.min(64));
        counts.map(of).find(|network| network.validate().is_ok())
    }

    /// Builds it with a share of the sources; also returns the seconds that took.
    fn build(&self, sources: f64) -> Result<(Simulation, f64)> {
        let network = self.network(sources);
        let clock = Instant::now();
        let simulation = Simulation::new(&network, 1)?;
        Ok((simulation, clock.elapsed().as_secs_f64()))
    }

    /// Its populations as in the whole, then the sources that stand for them.
    fn network(&self, share: f64) -> Network {
        let mut network = self.whole.clone();
        network.projections.clear();
        network.modules = 1;
        network.recorders.clear();
        network.stimuli.iter_mut().for_each(|input| input.modules = None);
        for (i, population) in network.populations.iter_mut().enumerate() {
            population.name = i.to_string();
            population.size = self.targets[i];
        }
        for (i, population) in self.whole.populations.iter().enumerate() {
            let size = scaled(population.size, share);
            let silent = SpikeGenerator::new(vec![Vec::new(); size as usize]);
            network.source(format!("sources {i}"), size, silent);
        }
        network.projections = (0..self.told.len()).map(|i| self.projection(&network, i)).collect();
        network
    }

    /// A projection from the sources that stand for its own.
    fn projection(&self, network: &Network, i: usize) -> murine::network::Projection {
        let (mut p, told) = (self.whole.projections[i].clone(), &self.told[i]);
        let source = p.source.0;
        p.source = PopulationId(self.targets.len() + source);
        let (before, after) = (&self.whole.populations, &network.populations);
        let sources = after[p.source.0].size as f64 / before[source].size as f64;
        let size = p.target.size(network);
        let targets = size as f64 / p.target.size(self.whole) as f64;
        let pairs = after[p.source.0].size as f64 * size as f64;
        let synapses = told.synapses * sources * targets;
        if p.rule.weights().is_some()
            && let Ok(receptor) = self.whole.receptor_of(&p)
        {
            p.weight = Distribution::Constant(receptor.kind.weight(0.0));
        }
        let (least, most) = told.delay_ms;
        let longest = DELAY * self.whole.dt.ms();
        if p.rule.delays().is_some() || most > longest {
            let within = |ms: f64| -> Time { ms.min(longest) * MS };
            p.delay = Distribution::Uniform { low: within(least), high: within(most) };
        }
        p.rule = rule(&*p.rule, synapses, pairs, size);
        (p.between, p.delay_per_distance) = (None, 0.0 * MS);
        p
    }

    /// Runs it; returns seconds per step and per event.
    fn run(&self, simulation: &mut Simulation) -> Result<(f64, f64)> {
        let (mut steps, mut events) = (Vec::new(), Vec::new());
        let mut due = vec![0.0; self.targets.len()];
        let clock = Instant::now();
        let patience = if self.synapses > 0.0 { 3 * BUDGET } else { BUDGET };
        while clock.elapsed() < if events.is_empty() { patience } else { BUDGET } {
            let sample = Instant::now();
            let (before, phases) = (simulation.counters(), simulation.phases());
            let (begin, mut injecting) = (simulation.step(), Duration::ZERO);
            while sample.elapsed() < SAMPLE {
                let inject = Instant::now();
                self.spike(simulation, &mut due)?;
                injecting += inject.elapsed();
                match simulation.run_steps(1, &AtomicBool::new(false)) {
                    // It has other spikes than the whole: what was measured until then has to do.
                    Err(Error::NotFinite { .. }) => return Ok((usual(steps), usual(events))),
                    other => other?,
                };
            }
            let (after, now) = (simulation.counters(), simulation.phases());
            steps.push((now.update - phases.update) / (simulation.step() - begin) as f64);
            if after.events > before.events {
                let seconds = now.deliver + now.exchange - phases.deliver - phases.exchange;
                let all = seconds + injecting.as_secs_f64();
                events.push(all / (after.events - before.events) as f64);
            }
        }
        Ok((usual(steps), usual(events)))
    }

    /// Lets as many sources spike, evenly spread, as all of the whole network do in a step.
    fn spike(&self, simulation: &mut Simulation, due: &mut [f64]) -> Result<()> {
        let step = simulation.step();
        for (i, due) in due.iter_mut().enumerate() {
            // Modules are their own sources.
            let own = simulation.network().populations.len() == self.targets.len();
            let sources = PopulationId(if own { i } else { self.targets.len() + i });
            let size = simulation.network().populations[sources.0].size;
            let all = if own { size } else { self.whole.populations[i].size } as f64;
            *due += (self.rates[i] * 1e-3 * self.whole.dt.ms() * all).min(size as f64 / 2.0);
            let count = *due as u64;
            *due -= count as f64;
            let first = step.wrapping_mul(0x9e37_79b9) % size;
            let spikes: Vec<u64> =
                (0..count).map(|spike| (first + spike * size / count) % size).collect();
            if count > 0 {
                simulation.inject(sources, &spikes)?;
            }
        }
        Ok(())
    }
}

/// A rule that makes about so many synapses, in the way of `rule`.
fn rule(rule: &dyn Rule, synapses: f64, pairs: f64, targets: u64) -> Box<dyn Rule> {
    match rule.name() {
        // At least one: of none, nothing could be measured.
        _ if !rule.by_row() => {
            FixedIndegree::new((synapses / targets as f64).round().max(1.0) as u64).into()
        }
        "fixed_total_number" | "fixed_outdegree" => {
            FixedTotalNumber::new(synapses.round() as u64).into()
        }
        _ => PairwiseBernoulli::new((synapses / pairs).min(1.0)).into(),
    }
}

/// How many neurons of `population` stand for a share of it: all, if it lists values for each.
fn part(whole: &Network, population: &Population, share: f64) -> u64 {
    let size = scaled(population.size, share);
    let mut alone = Network::new("").dt(whole.dt);
    alone.populations.push(Population { size, ..population.clone() });
    if alone.validate().is_ok() { size } else { population.size }
}

/// A share of a population, but somebody.
fn scaled(size: u64, share: f64) -> u64 {
    ((size as f64 * share).round() as u64).clamp(1, size)
}

/// What is usual when nobody else takes the core: the first quartile; 0 of nothing.
fn usual(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples.get(samples.len() / 4).copied().unwrap_or(0.0)
}
