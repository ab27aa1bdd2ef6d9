//! From what a config says to a [`Network`].

use super::format::{self, Format, names};
use crate::network::{Network, PopulationId, Recorder};
use crate::random::{some_steps, steps};
use crate::rule::Rule;
use crate::{Error, Result};

impl Format {
    /// The network that is described; keys in errors are paths in the file.
    pub(super) fn network(&self) -> Result<Network> {
        let simulation = &self.simulation;
        let mut network = Network::new(self.name.clone())
            .dt(simulation.dt)
            .seed(simulation.seed)
            .precision(simulation.precision)
            .modules(self.modules);
        network.check_modules()?;
        for (name, population) in &self.population {
            add_population(&mut network, name, population)
                .map_err(|e| e.within(&format!("population.{name}")))?;
        }
        for (i, projection) in self.projection.iter().enumerate() {
            add_projection(&mut network, projection)
                .map_err(|e| e.within(&format!("projection.{i}")))?;
        }
        for (name, stimulus) in &self.stimulus {
            let target = find(&network, &stimulus.target)
                .map_err(|e| e.within(&format!("stimulus.{name}.target")))?;
            let mut builder = network.stimulate(target, stimulus.input.clone()).named(name.clone());
            if let Some(format::Modules { first, count }) = stimulus.modules {
                builder = builder.modules(first..first.saturating_add(count));
            }
            let _ = builder.id();
        }
        for (name, recorder) in &self.recorder {
            let recorder = recorder_of(&network, recorder)
                .map_err(|e| e.within(&format!("recorder.{name}")))?;
            network.record(recorder);
        }
        record_all_spikes(&mut network);
        Ok(network)
    }

    /// Checks the run settings.
    pub(super) fn check_simulation(&self) -> Result<()> {
        let format::Simulation { dt, duration, warmup, seed, threads, .. } = self.simulation;
        let key = |e: Error, key: &str| e.within(&format!("simulation.{key}"));
        some_steps(duration, dt).map_err(|e| key(e, "duration"))?;
        steps(warmup, dt).map_err(|e| key(e, "warmup"))?;
        if i64::try_from(seed).is_err() {
            let problem = format!("{seed} is too large: give 0 to {}", i64::MAX);
            return Err(Error::parameter("simulation.seed", problem));
        }
        if let Some(threads) = threads
            && !(1..=4096).contains(&threads)
        {
            let problem = format!("{threads} is out of range: give 1 to 4096");
            return Err(Error::parameter("simulation.threads", problem));
        }
        Ok(())
    }
}

fn find(network: &Network, name: &str) -> Result<PopulationId> {
    network.find(name).ok_or_else(|| Error::parameter("", format!("there is no `{name}`")))
}

fn add_population(
    network: &mut Network,
    name: &str,
    population: &format::Population,
) -> Result<()> {
    let size = population.size.saturating_mul(network.modules);
    let id = match (&population.neuron, &population.source) {
        (Some(neuron), None) => network.population(name, size, neuron.clone()),
        (None, Some(source)) => network.source(name, size, source.clone()),
        (Some(_), Some(_)) => {
            let problem = "a population has either a `neuron` or a `source`: take one away";
            return Err(Error::parameter("source", problem));
        }
        (None, None) => {
            let problem = "the key `neuron` (or `source`) is missing here";
            return Err(Error::parameter("", problem));
        }
    };
    if let Some(rate) = population.reference_rate {
        if rate.hz() < 0.0 {
            let problem = format!("{rate} is negative: give at least zero");
            return Err(Error::parameter("reference_rate", problem));
        }
        network.expect_rate(id, rate);
    }
    Ok(())
}

fn add_projection(network: &mut Network, projection: &format::Projection) -> Result<()> {
    let source = find(network, &projection.source).map_err(|e| e.within("source"))?;
    let targets = names(&projection.target).map(|name| find(network, name));
    let target = targets.collect::<Result<Vec<_>>>().map_err(|e| e.within("target"))?;
    let rule: Box<dyn Rule> = projection.rule.clone().into();
    check_listed(projection, &*rule)?;
    let mut builder = network.project(source, target, rule).storage(projection.storage);
    if let Some(weight) = &projection.weight {
        builder = builder.weight(weight.clone());
    }
    if let Some(delay) = &projection.delay {
        builder = builder.delay(delay.clone());
    }
    if let Some(between) = &projection.between {
        builder = builder.between(between.clone());
    }
    if let Some(delay) = projection.delay_per_distance {
        builder = builder.delay_per_distance(delay);
    }
    if let Some(receptor) = &projection.receptor {
        builder.receptor(receptor.clone());
    }
    Ok(())
}

/// Refuses a weight or delay that is missing, or that the rule lists already.
fn check_listed(projection: &format::Projection, rule: &dyn Rule) -> Result<()> {
    let check = |key: &str, given: bool, listed: bool| match (given, listed) {
        (false, false) => Err(Error::parameter("", format!("the key `{key}` is missing here"))),
        (true, true) => {
            let problem = format!("the rule `{}` lists it already: take this away", rule.name());
            Err(Error::parameter(key, problem))
        }
        _ => Ok(()),
    };
    check("weight", projection.weight.is_some(), rule.weights().is_some())?;
    check("delay", projection.delay.is_some(), rule.delays().is_some())
}

fn recorder_of(network: &Network, recorder: &format::Recorder) -> Result<Recorder> {
    let find = |name: &str| find(network, name).map_err(|e| e.within("population"));
    Ok(match recorder {
        format::Recorder::Spikes(spikes) => {
            Recorder::Spikes { population: find(&spikes.population)?, sample: spikes.sample }
        }
        format::Recorder::Rate(rate) => {
            Recorder::Rate { population: find(&rate.population)?, bin: rate.bin }
        }
        format::Recorder::Activity(activity) => {
            Recorder::Activity { population: find(&activity.population)?, bin: activity.bin }
        }
        format::Recorder::Mean(mean) => Recorder::Mean {
            population: find(&mean.population)?,
            variables: mean.variables.clone(),
            interval: mean.interval,
        },
        format::Recorder::State(state) => {
            let population = find(&state.population)?;
            let size = network.populations[population.0].size;
            Recorder::State {
                population,
                variables: state.variables.clone(),
                neurons: chosen(state, size)?,
                interval: state.interval,
            }
        }
    })
}

/// The neurons whose state is recorded.
fn chosen(state: &format::StateRecorder, size: u64) -> Result<Vec<u64>> {
    match (&state.neurons, state.first) {
        (Some(neurons), None) => Ok(neurons.clone()),
        (None, Some(first)) if first <= size => Ok((0..first).collect()),
        (None, Some(first)) => {
            let problem = format!("{first} is more than the population's {size} neurons");
            Err(Error::parameter("first", problem))
        }
        (Some(_), Some(_)) => {
            Err(Error::parameter("first", "give either `neurons` or `first`: take one away"))
        }
        (None, None) => Err(Error::parameter("", "the key `neurons` (or `first`) is missing here")),
    }
}

/// Without any recorder of spikes, all spikes are recorded.
fn record_all_spikes(network: &mut Network) {
    if !network.recorders.iter().any(|r| matches!(r, Recorder::Spikes { .. })) {
        for i in 0..network.populations.len() {
            network.record(Recorder::Spikes { population: PopulationId(i), sample: None });
        }
    }
}
