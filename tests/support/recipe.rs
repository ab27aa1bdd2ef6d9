//! A random network as plain data: what proptest draws, prints and shrinks.
//!
//! Every recipe makes a sound network: what does not fit (a projection into a population of
//! sources, say) is bent or left out, so that shrinking never leaves the sound ones.

use murine::network::PopulationKind;
use murine::neuron::ModelSpec;
use murine::prelude::*;
use murine::rule::{Between, RuleSpec};
use murine::stimulus::{Profile, SourceSpec, StimulusSpec};
use murine::units::{Quantity, Weight};

use super::models::{ModelRecipe, receptor};
use super::rules::{Ends, RuleRecipe};

/// A network.
#[derive(Clone, Debug)]
pub struct Recipe {
    /// Time step in ms.
    pub dt: f64,
    pub seed: u64,
    pub double: bool,
    pub modules: u64,
    pub populations: Vec<PopulationRecipe>,
    pub projections: Vec<ProjectionRecipe>,
    pub stimuli: Vec<StimulusRecipe>,
}

#[derive(Clone, Debug)]
pub struct PopulationRecipe {
    /// In each module.
    pub size: u64,
    pub kind: KindRecipe,
}

#[derive(Clone, Debug)]
pub enum KindRecipe {
    Neurons(ModelRecipe),
    /// Spikes per step.
    Poisson(f64, Window),
    Flicker {
        waveform: FlickerRecipe,
        /// In steps.
        period: f64,
        phase: f64,
        contrast: f64,
        window: Window,
    },
    /// (neuron, step), taken modulo the size.
    Train(Vec<(u64, u64)>),
}

/// A wave, and spikes per step; a pulse is one step wide.
#[derive(Clone, Copy, Debug)]
pub enum FlickerRecipe {
    Volley,
    Square(f64),
    Sine(f64),
    Pulse(f64),
}

impl FlickerRecipe {
    fn waveform(self, dt: Time) -> Waveform {
        let hz = |per_step: f64| per_step / (dt.ms() * 1e-3) * HZ;
        match self {
            Self::Volley => Waveform::Volley,
            Self::Square(rate) => Waveform::Square { rate: hz(rate) },
            Self::Sine(rate) => Waveform::Sine { rate: hz(rate) },
            Self::Pulse(rate) => Waveform::Pulse { rate: hz(rate), width: dt },
        }
    }
}

/// When something acts: first step and length, and whether its strength changes meanwhile.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    pub start: u64,
    pub length: Option<u64>,
    pub stepwise: bool,
}

/// How the values of a quantity are spread around its mean.
#[derive(Clone, Copy, Debug)]
pub enum Spread {
    Constant,
    Uniform,
    Normal,
    Lognormal,
}

#[derive(Clone, Debug)]
pub struct ProjectionRecipe {
    pub source: usize,
    pub target: usize,
    /// A population that is a target together with the other, where both have the same receptors.
    pub also: Option<usize>,
    pub rule: RuleRecipe,
    pub inhibitory: bool,
    /// The strength of all synapses of a target together, in mV.
    pub strength: f64,
    pub weights: Spread,
    /// The mean delay in steps.
    pub delay: u64,
    pub delays: Spread,
    /// Which modules are linked, if there are several; each with itself if `None`.
    pub between: Option<BetweenRecipe>,
}

/// Links between modules.
#[derive(Clone, Copy, Debug)]
pub enum BetweenRecipe {
    /// How many neighbours, and steps of delay per place.
    Ring(u64, u64),
    SmallWorld(u64, u64),
    Grid(u64),
    /// Each module to the one three further, and to itself.
    List,
}

impl BetweenRecipe {
    fn between(self, modules: u64) -> Between {
        let neighbours = |n: u64| 1 + n % (modules - 1);
        match self {
            Self::Ring(n, _) => Between::Ring { neighbours: neighbours(n) },
            Self::SmallWorld(n, _) => {
                Between::SmallWorld { neighbours: neighbours(n), rewiring: 0.4 }
            }
            Self::Grid(_) => Between::Grid { radius: 1.5, columns: None },
            Self::List => {
                let to = |m: u64| (m + 3) % modules;
                let links = (0..modules).flat_map(|m| [(m, m), (m, to(m))]);
                Between::List(links.filter(|(a, b)| a != b || modules != 3).collect())
            }
        }
    }

    fn steps_per_place(self) -> u64 {
        match self {
            Self::Ring(_, steps) | Self::SmallWorld(_, steps) | Self::Grid(steps) => steps,
            Self::List => 0,
        }
    }
}

#[derive(Clone, Debug)]
pub struct StimulusRecipe {
    pub target: usize,
    /// Whether it acts on all modules; else on about half of them, where blocks allow it.
    pub everywhere: bool,
    pub kind: StimulusKind,
    pub window: Window,
}

#[derive(Clone, Copy, Debug)]
pub enum StimulusKind {
    /// Spikes per step, strength in mV, inhibitory.
    Poisson(f64, f64, bool),
    /// pA.
    Current(f64),
}

impl Window {
    fn bounds(self, dt: Time) -> (Time, Option<Time>) {
        let end = self.length.map(|length| dt * (self.start + length.max(1)) as f64);
        (dt * self.start as f64, end)
    }

    /// `value`, or a staircase up to it.
    fn profile<Q: Quantity>(self, value: Q, dt: Time) -> Profile<Q> {
        if !self.stepwise {
            return value.into();
        }
        let share = |share: f64| Q::new(value.value() * share);
        vec![(dt * 7.0, share(1.0)), (dt * 64.0, share(0.25)), (dt * 150.0, share(0.75))].into()
    }
}

impl Spread {
    /// A distribution of that mean, of one sign.
    pub fn around<Q: Quantity>(self, mean: Q) -> Distribution<Q> {
        let m = mean.value();
        let (low, high) = (m - 0.5 * m.abs(), m + 0.5 * m.abs());
        match self {
            Self::Uniform => Distribution::uniform(Q::new(low), Q::new(high)),
            Self::Normal => Distribution::normal(mean, Q::new(0.2 * m.abs()))
                .at_least(Q::new(low))
                .at_most(Q::new(high)),
            Self::Lognormal if m > 0.0 => {
                Distribution::lognormal(mean, Q::new(0.3 * m)).at_most(Q::new(3.0 * m))
            }
            _ => Distribution::Constant(mean),
        }
    }

    fn weights(self, mean: Weight) -> Distribution<Weight> {
        self.around(mean).map(|w| mean.kind().weight(w.value()))
    }
}

/// A network, and of what a config would make it.
#[derive(Clone, Debug)]
pub struct Made {
    pub network: Network,
    pub kinds: Vec<KindSpec>,
    pub rules: Vec<RuleSpec>,
    pub stimuli: Vec<StimulusSpec>,
}

#[derive(Clone, Debug)]
pub enum KindSpec {
    Neuron(Box<ModelSpec>),
    Source(SourceSpec),
}

impl Recipe {
    /// The network.
    pub fn network(&self) -> Network {
        self.made().network
    }

    /// The network, and of what it is made.
    pub fn made(&self) -> Made {
        let precision = if self.double { Precision::Double } else { Precision::Single };
        let network = Network::new("random").dt(self.dt * MS).seed(self.seed).precision(precision);
        let network = network.modules(self.modules);
        let mut made = Made { network, kinds: vec![], rules: vec![], stimuli: vec![] };
        for (i, population) in self.populations.iter().enumerate() {
            let kind = population.add(format!("p{i}"), &mut made.network);
            made.kinds.push(kind);
        }
        for projection in &self.projections {
            let rule = projection.add(&mut made.network);
            made.rules.extend(rule);
        }
        for stimulus in &self.stimuli {
            let stimulus = stimulus.add(&mut made.network);
            made.stimuli.extend(stimulus);
        }
        made
    }
}

impl PopulationRecipe {
    fn add(&self, name: String, network: &mut Network) -> KindSpec {
        let size = self.size * network.modules;
        let kind = self.kind(size, network.dt);
        match kind.clone() {
            KindSpec::Neuron(model) => network.population(name, size, *model),
            KindSpec::Source(source) => network.source(name, size, source),
        };
        kind
    }

    fn kind(&self, size: u64, dt: Time) -> KindSpec {
        KindSpec::Source(match &self.kind {
            KindRecipe::Neurons(model) => return KindSpec::Neuron(Box::new(model.model(size, dt))),
            KindRecipe::Poisson(per_step, window) => {
                let (start, stop) = window.bounds(dt);
                let rate = window.profile(*per_step / (dt.ms() * 1e-3) * HZ, dt);
                PoissonSource { rate, start, stop }.into()
            }
            KindRecipe::Flicker { waveform, period, phase, contrast, window } => {
                let (start, stop) = window.bounds(dt);
                let frequency = 1e3 / (period * dt.ms()) * HZ;
                let (waveform, phase, contrast) = (waveform.waveform(dt), *phase, *contrast);
                Flicker { frequency, waveform, phase, contrast, start, stop }.into()
            }
            KindRecipe::Train(spikes) => {
                let mut times = vec![Vec::new(); size as usize];
                for (neuron, step) in spikes {
                    times[(neuron % size) as usize].push(dt * (step + 1) as f64);
                }
                SpikeGenerator::new(times).into()
            }
        })
    }
}

/// The first population of neurons from number `i` on, and the name of its model.
fn neurons(network: &Network, i: usize) -> Option<(PopulationId, &'static str)> {
    let count = network.populations.len();
    (i..i + count).find_map(|i| match &network.populations[i % count].kind {
        PopulationKind::Neurons(model) => Some((PopulationId(i % count), model.name())),
        PopulationKind::Source(_) => None,
    })
}

impl ProjectionRecipe {
    /// One population, or two that can be targets together.
    fn targets(&self, network: &Network, target: PopulationId, model: &str) -> Vec<PopulationId> {
        let (name, _) = receptor(model, self.inhibitory, 1.0);
        let of = |population: PopulationId| network.receptor(population.0, Some(name)).ok();
        let also = self.also.and_then(|i| neurons(network, i)).map(|(also, _)| also);
        let also = also.filter(|&also| also != target && of(also) == of(target));
        [Some(target), also].into_iter().flatten().collect()
    }

    fn add(&self, network: &mut Network) -> Option<RuleSpec> {
        let (target, model) = neurons(network, self.target)?;
        let source = PopulationId(self.source % network.populations.len());
        let targets = self.targets(network, target, model);
        let modules = network.modules;
        let size = |of: PopulationId| network.populations[of.0].size / modules;
        let dt = network.dt;
        let mut ends = Ends {
            sources: size(source),
            targets: targets.iter().map(|&target| size(target)).sum(),
            same: targets.contains(&source),
            dt,
            weight: 0.0,
            delay: self.delay,
            modular: modules > 1,
            joined: targets.len() > 1,
        };
        let fan_in = self.rule.in_degree(&ends).max(1.0);
        let (name, weight) = receptor(model, self.inhibitory, self.strength / fan_in.sqrt());
        ends.weight = weight.value();
        let rule = self.rule.rule(&ends);
        let builder = network
            .project(source, targets, rule.clone())
            .receptor(name)
            .weight(self.weights.weights(weight))
            .delay(self.delays.around(dt * self.delay as f64));
        if let (Some(between), 2..) = (self.between, modules) {
            builder
                .between(between.between(modules))
                .delay_per_distance(dt * between.steps_per_place() as f64);
        }
        Some(rule)
    }
}

impl StimulusRecipe {
    fn add(&self, network: &mut Network) -> Option<StimulusSpec> {
        let (target, model) = neurons(network, self.target)?;
        let (dt, modules) = (network.dt, network.modules);
        let some = if self.everywhere
            || !network.populations[target.0].size.is_multiple_of(64 * modules)
        {
            0..modules
        } else {
            modules / 3..modules.div_ceil(2).max(modules / 3 + 1)
        };
        let (start, stop) = self.window.bounds(dt);
        let stimulus: StimulusSpec = match self.kind {
            StimulusKind::Poisson(per_step, strength, inhibitory) => {
                let (name, weight) = receptor(model, inhibitory, strength);
                let rate = self.window.profile(per_step / (dt.ms() * 1e-3) * HZ, dt);
                let receptor = Some(name.to_owned());
                PoissonGenerator { rate, weight, receptor, start, stop }.into()
            }
            StimulusKind::Current(pa) if self.window.stepwise => {
                let amplitude = self.window.profile(pa * PA, dt);
                StepCurrentGenerator { amplitude, start, stop }.into()
            }
            StimulusKind::Current(pa) => DcGenerator { amplitude: pa * PA, start, stop }.into(),
        };
        network.stimulate(target, stimulus.clone()).modules(some);
        Some(stimulus)
    }
}
