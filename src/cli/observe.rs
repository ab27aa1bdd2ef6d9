//! From the recorders of a network to what a spool holds.

use murine::engine::Sample;
use murine::network::{Network, PopulationId, PopulationKind, Recorder};
use murine::random::steps;
use murine::record::{RateProbe, Recording, SpoolWriter, StateProbe};
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
            Recorder::Spikes { .. } | Recorder::Rate { .. } => continue,
        };
        let interval_steps = steps(interval, network.dt)?.max(1);
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
