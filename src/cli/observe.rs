//! From the recorders of a network to what a spool holds.

use std::collections::BTreeSet;

use murine::engine::Sample;
use murine::network::{Network, PopulationId, PopulationKind, Recorder};
use murine::random::{some_steps, time_at};
use murine::record::{RateProbe, RecordedPopulation, Spike, SpoolWriter, StateProbe};
use murine::units::{Quantity, Time};
use murine::{Result, Simulation};

/// The states that the recorders of `network` ask for, from the step after `after` on.
pub(crate) fn state_probes(network: &Network, after: u64) -> Result<Vec<StateProbe>> {
    let mut probes = Vec::new();
    for recorder in &network.recorders {
        let (population, variables, neurons, interval) = match recorder {
            Recorder::State { population, variables, neurons, interval } => {
                (*population, variables, &neurons[..], *interval)
            }
            Recorder::Mean { population, variables, interval } => {
                (*population, variables, &[][..], *interval)
            }
            Recorder::Spikes { .. } | Recorder::Rate { .. } | Recorder::Activity { .. } => continue,
        };
        let interval_steps = some_steps(interval, network.dt)?;
        probes.extend(variables.iter().map(|variable| StateProbe {
            population: network.populations[population.0].name.clone(),
            variable: variable.clone(),
            unit: unit(network, population, variable).into(),
            neurons: neurons.to_vec(),
            interval_steps,
            first_step: (after / interval_steps + 1) * interval_steps,
        }));
    }
    Ok(probes)
}

fn unit(network: &Network, population: PopulationId, variable: &str) -> &'static str {
    match &network.populations[population.0].kind {
        PopulationKind::Neurons(model) => {
            model.variables().iter().find(|v| v.name == variable).map_or("", |v| v.unit)
        }
        PopulationKind::Source(_) => "",
    }
}

/// How rates are recorded: all populations in one bin width, the greatest common divisor of
/// those that are asked for.
pub(crate) fn rate_probe(network: &Network) -> Result<Option<RateProbe>> {
    let rate = |recorder: &Recorder| match recorder {
        Recorder::Rate { bin, .. } => Some(*bin),
        _ => None,
    };
    let bin_steps = bin_steps(network, network.recorders.iter().filter_map(rate))?;
    let populations = (0..network.populations.len()).collect();
    Ok((bin_steps > 0).then_some(RateProbe { bin_steps, populations, modules: 1 }))
}

/// How activity is recorded: the populations that are asked for, likewise in one bin width.
pub(crate) fn activity_probe(network: &Network) -> Result<Option<RateProbe>> {
    let activity = |recorder: &Recorder| match recorder {
        Recorder::Activity { population, bin } => Some((population.0, *bin)),
        _ => None,
    };
    let asked = || network.recorders.iter().filter_map(activity);
    let bin_steps = bin_steps(network, asked().map(|(_, bin)| bin))?;
    let populations: BTreeSet<usize> = asked().map(|(population, _)| population).collect();
    let populations = populations.into_iter().collect();
    Ok((bin_steps > 0).then_some(RateProbe { bin_steps, populations, modules: network.modules }))
}

/// The greatest common divisor of bins, in steps; 0 of none.
fn bin_steps(network: &Network, mut bins: impl Iterator<Item = Time>) -> Result<u64> {
    bins.try_fold(0, |all, bin| Ok(divisor(some_steps(bin, network.dt)?, all)))
}

/// The greatest common divisor.
fn divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { divisor(b, a % b) }
}

/// The probes of a simulation that fill the state probes of a spool.
pub(crate) struct States {
    /// For each probe of the spool, the number of its first probe in the simulation.
    firsts: Vec<usize>,
    widths: Vec<usize>,
    written: Vec<u64>,
}

impl States {
    /// Sets the probes.
    pub(crate) fn start(simulation: &mut Simulation, probes: &[StateProbe]) -> Result<Self> {
        let mut firsts = Vec::new();
        for probe in probes {
            let population = simulation.network().find(&probe.population);
            let population = population.unwrap_or(PopulationId(0));
            let interval = Time::new(time_at(probe.interval_steps, simulation.network().dt.ms()));
            let mut first = None;
            if probe.is_mean() {
                first = Some(simulation.probe_mean(population, &probe.variable, interval)?);
            }
            for &neuron in &probe.neurons {
                let number = simulation.probe(population, neuron, &probe.variable, interval)?;
                first = first.or(Some(number));
            }
            firsts.push(first.unwrap_or(0));
        }
        let widths = probes.iter().map(StateProbe::width).collect();
        Ok(Self { firsts, widths, written: vec![0; probes.len()] })
    }

    /// Writes samples, which are sorted by step and probe.
    pub(crate) fn write(&mut self, samples: &[Sample], spool: &mut SpoolWriter) -> Result<()> {
        let state = |s: &Sample| self.firsts.partition_point(|&first| first <= s.probe) - 1;
        for row in samples.chunk_by(|a, b| a.step == b.step && state(a) == state(b)) {
            let probe = self.firsts.partition_point(|&first| first <= row[0].probe) - 1;
            debug_assert_eq!(row.len(), self.widths[probe], "a sample of every neuron");
            let values: Vec<f64> = row.iter().map(|s| s.value).collect();
            spool.append_state(probe, self.written[probe], &values)?;
            self.written[probe] += 1;
        }
        Ok(())
    }
}

/// Writes a bin, given by its number, to a spool.
type Append = fn(&mut SpoolWriter, u64, &[u64]) -> Result<()>;

/// Spikes per population or module, and bin.
pub(crate) struct Counter {
    bin_steps: u64,
    first_step: u64,
    done: u64,
    counts: Vec<u64>,
    parts: Vec<Part>,
    append: Append,
}

/// A population, in the order of its numbers.
struct Part {
    first: u64,
    end: u64,
    /// Where its counts begin, if it is counted.
    column: Option<usize>,
    /// How many neurons are counted together.
    module: u64,
}

impl Counter {
    /// Counting begins after `first_step`.
    pub(crate) fn new(
        probe: &RateProbe,
        populations: &[RecordedPopulation],
        first_step: u64,
        append: Append,
    ) -> Self {
        let part = |(i, p): (usize, &RecordedPopulation)| {
            let place = probe.populations.iter().position(|&counted| counted == i);
            Part {
                first: p.first,
                end: p.first + p.size,
                column: place.map(|place| place * probe.modules as usize),
                module: (p.size / probe.modules).max(1),
            }
        };
        Self {
            bin_steps: probe.bin_steps,
            first_step,
            done: 0,
            counts: vec![0; probe.columns()],
            parts: populations.iter().enumerate().map(part).collect(),
            append,
        }
    }

    /// Counts spikes, sorted by step and neuron, and writes every bin that ends at `up_to` or before.
    pub(crate) fn write(
        &mut self,
        spikes: &[Spike],
        up_to: u64,
        spool: &mut SpoolWriter,
    ) -> Result<()> {
        for run in spikes.chunk_by(|a, b| a.step == b.step) {
            self.close(run[0].step - 1, spool)?;
            let mut rest = run;
            for part in &self.parts {
                let (these, others) = rest.split_at(rest.partition_point(|s| s.neuron < part.end));
                rest = others;
                if let Some(column) = part.column {
                    for spike in these {
                        let module = (spike.neuron - part.first) / part.module;
                        self.counts[column + module as usize] += 1;
                    }
                }
            }
        }
        self.close(up_to, spool)
    }

    fn close(&mut self, up_to: u64, spool: &mut SpoolWriter) -> Result<()> {
        while self.first_step + (self.done + 1) * self.bin_steps <= up_to {
            (self.append)(spool, self.done, &self.counts)?;
            self.counts.fill(0);
            self.done += 1;
        }
        Ok(())
    }
}
