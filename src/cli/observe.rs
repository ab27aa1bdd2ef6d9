//! From the recorders of a network to what a spool holds.

use std::collections::HashSet;

use murine::engine::Sample;
use murine::network::{Network, PopulationId, PopulationKind, Recorder};
use murine::random::{Key, Purpose, Stream, steps};
use murine::record::{
    Kind, RateProbe, Recorded, RecordedPopulation, Recording, SpoolWriter, StateProbe,
};
use murine::units::{Quantity, Time};
use murine::{Result, Simulation};

/// The description of a recording of `network` between two steps.
pub(crate) fn description(network: &Network, first_step: u64, last_step: u64) -> Recording {
    let firsts = network.firsts();
    let population = |i: usize| RecordedPopulation {
        name: network.populations[i].name.clone(),
        size: network.populations[i].size,
        first: firsts[i],
        kind: kind(network, i),
        recorded: recorded(network, i),
    };
    let populations = (0..network.populations.len()).map(population).collect();
    Recording { dt_ms: network.dt.ms(), first_step, last_step, populations, spikes: Vec::new() }
}

/// What the neurons of a population do to others: a source of spikes stands for the world
/// outside; else its first projection decides.
fn kind(network: &Network, population: usize) -> Kind {
    if let PopulationKind::Source(_) = network.populations[population].kind {
        return Kind::Source;
    }
    let inhibits = |p: &murine::network::Projection| {
        let receptor = network.receptor(p.target.0, p.receptor.as_deref()).ok()?.1;
        let least = match p.rule.weights() {
            Some(weights) => weights.iter().copied().fold(0.0, f64::min),
            None => p.weight.range().0,
        };
        Some(receptor.inhibitory || least < 0.0)
    };
    let mut outgoing = network.projections.iter().filter(|p| p.source.0 == population);
    match outgoing.find_map(inhibits) {
        Some(true) => Kind::Inhibitory,
        _ => Kind::Excitatory,
    }
}

/// Which neurons of a population have their spikes recorded.
fn recorded(network: &Network, population: usize) -> Recorded {
    let mut indices = HashSet::new();
    for recorder in &network.recorders {
        match recorder {
            Recorder::Spikes { population: p, sample: None } if p.0 == population => {
                return Recorded::All;
            }
            Recorder::Spikes { population: p, sample: Some(n) } if p.0 == population => {
                sample(network, population, *n, &mut indices);
            }
            _ => {}
        }
    }
    let mut indices: Vec<u64> = indices.into_iter().collect();
    indices.sort_unstable();
    Recorded::Sample(indices)
}

/// Adds `count` neurons of a population, all sets of them equally likely (Floyd's algorithm).
fn sample(network: &Network, population: usize, count: u64, into: &mut HashSet<u64>) {
    let size = network.populations[population].size;
    let mut stream = Stream::new(Key::new(network.seed, Purpose::Sample, population), [0; 3]);
    let mut chosen = HashSet::new();
    for last in size.saturating_sub(count)..size {
        let index = stream.below(last + 1);
        if !chosen.insert(index) {
            chosen.insert(last);
        }
    }
    into.extend(chosen);
}

/// The states that the recorders of `network` ask for, from the step after `after` on.
pub(crate) fn state_probes(network: &Network, after: u64) -> Result<Vec<StateProbe>> {
    let mut probes = Vec::new();
    for recorder in &network.recorders {
        if let Recorder::State { population, variables, neurons, interval } = recorder {
            let interval_steps = steps(*interval, network.dt)?.max(1);
            probes.extend(variables.iter().map(|variable| StateProbe {
                population: network.populations[population.0].name.clone(),
                variable: variable.clone(),
                unit: unit(network, *population, variable).into(),
                neurons: neurons.clone(),
                interval_steps,
                first_step: (after / interval_steps + 1) * interval_steps,
            }));
        }
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
    let mut bin_steps = 0;
    for recorder in &network.recorders {
        if let Recorder::Rate { bin, .. } = recorder {
            bin_steps = divisor(steps(*bin, network.dt)?, bin_steps);
        }
    }
    Ok((bin_steps > 0).then_some(RateProbe { bin_steps }))
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
            let interval = Time::new(simulation.network().dt.ms() * probe.interval_steps as f64);
            let mut first = None;
            for &neuron in &probe.neurons {
                let number = simulation.probe(population, neuron, &probe.variable, interval)?;
                first = first.or(Some(number));
            }
            firsts.push(first.unwrap_or(0));
        }
        let widths = probes.iter().map(|p| p.neurons.len()).collect();
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

/// Spikes per population and bin.
pub(crate) struct Rates {
    probe: RateProbe,
    first_step: u64,
    done: u64,
    counts: Vec<u64>,
}

impl Rates {
    /// Counting begins after `first_step`.
    pub(crate) fn new(probe: RateProbe, first_step: u64, populations: usize) -> Self {
        Self { probe, first_step, done: 0, counts: vec![0; populations] }
    }

    /// Counts spikes, sorted by step, and writes every bin that ends at `up_to` or before.
    pub(crate) fn write(
        &mut self,
        spikes: &[murine::record::Spike],
        up_to: u64,
        recording: &Recording,
        spool: &mut SpoolWriter,
    ) -> Result<()> {
        for spike in spikes {
            self.close(spike.step - 1, spool)?;
            if let Some(population) = recording.population_of(spike.neuron) {
                self.counts[population] += 1;
            }
        }
        self.close(up_to, spool)
    }

    fn close(&mut self, up_to: u64, spool: &mut SpoolWriter) -> Result<()> {
        while self.first_step + (self.done + 1) * self.probe.bin_steps <= up_to {
            spool.append_rates(self.done, &self.counts)?;
            self.counts.fill(0);
            self.done += 1;
        }
        Ok(())
    }
}
