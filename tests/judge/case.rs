//! A random network: what it is in plain numbers, and how Murine is told.

use murine::prelude::*;
use murine::random::Parameter;

use super::cell::{Cell, Kind};

/// A synapse with its delay in steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Synapse {
    pub source: u64,
    pub target: u64,
    pub weight: f64,
    pub delay: u64,
}

/// Sources of spikes.
#[derive(Clone, Debug)]
pub(super) enum Sources {
    /// The steps of the spikes of each.
    Times(Vec<Vec<u64>>),
    /// So many of a rate in Hz.
    Poisson(u64, f64),
}

/// By which rule the synapses are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    AllToAll,
    OneToOne,
    List,
}

/// A population of sources and its synapses.
#[derive(Clone, Debug)]
pub(super) struct Projection {
    pub sources: Sources,
    /// 0: excitatory, or the only one; 1: inhibitory.
    pub receptor: usize,
    pub told: Told,
    pub synapses: Vec<Synapse>,
}

/// A current that is constant between changes: (first step, pA).
pub(super) type Changes = Vec<(u64, f64)>;

/// A network, and how long it runs.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub steps: u64,
    pub double: bool,
    pub cell: Cell,
    /// The constant current of each target; one more parameter may differ.
    pub i_e: Vec<f64>,
    pub projections: Vec<Projection>,
    pub currents: Vec<Changes>,
}

impl Sources {
    pub(super) fn count(&self) -> u64 {
        match self {
            Self::Times(times) => times.len() as u64,
            Self::Poisson(count, _) => *count,
        }
    }

    /// How many spikes of one come in a step at most, with next to certainty.
    pub(super) fn most(&self, dt: f64) -> f64 {
        match self {
            Self::Times(times) => {
                let longest = |times: &Vec<u64>| {
                    let same = |step| times.iter().filter(|t| *t == step).count();
                    times.iter().map(same).max().unwrap_or(0)
                };
                times.iter().map(longest).max().unwrap_or(0) as f64
            }
            Self::Poisson(_, rate) => {
                let mean = rate * dt * 1e-3;
                (mean + 10.0 * mean.sqrt() + 10.0).floor()
            }
        }
    }
}

fn weight(kind: Kind, w: f64) -> Weight {
    match kind {
        Kind::Delta => (w * MV).into(),
        Kind::Cond => (w * NS).into(),
        Kind::Exp | Kind::Izhikevich => (w * PA).into(),
    }
}

impl Case {
    pub(super) fn targets(&self) -> u64 {
        self.i_e.len() as u64
    }

    /// The current into the targets, besides `i_e`, in the update that begins at `step`.
    pub(super) fn current(&self, step: u64) -> f64 {
        let now = |changes: &Changes| {
            changes.iter().rev().find(|change| change.0 <= step).map_or(0.0, |change| change.1)
        };
        self.currents.iter().map(now).sum()
    }

    fn model(&self) -> Box<dyn murine::neuron::Model> {
        let c = &self.cell;
        let i_e: Parameter<Current> = match &self.i_e[..] {
            [first, rest @ ..] if rest.iter().all(|i| i == first) => (*first * PA).into(),
            all => all.iter().map(|i| *i * PA).collect::<Vec<_>>().into(),
        };
        let (c_m, e_l) = ((c.c_m * PF).into(), (c.e_l * MV).into());
        let (v_th, v_reset) = ((c.v_th * MV).into(), (c.v_reset * MV).into());
        let [tau_syn_ex, tau_syn_in] = c.tau_syn.map(|tau| (tau * MS).into());
        let t_ref = (f64::from(c.t_ref) * c.dt * MS).into();
        let v_m = c.v_m.map(|v| (v * MV).into());
        let tau_m = (c.tau_m * MS).into();
        match c.kind {
            Kind::Exp => IafPscExp {
                e_l,
                c_m,
                tau_m,
                tau_syn_ex,
                tau_syn_in,
                t_ref,
                v_th,
                v_reset,
                i_e,
                v_m,
            }
            .into(),
            Kind::Delta => IafPscDelta { e_l, c_m, tau_m, t_ref, v_th, v_reset, i_e, v_m }.into(),
            Kind::Cond => {
                let [e_ex, e_in] = c.e_syn.map(|e| (e * MV).into());
                let g_l = (c.g_l * NS).into();
                IafCondExp {
                    e_l,
                    c_m,
                    g_l,
                    e_ex,
                    e_in,
                    tau_syn_ex,
                    tau_syn_in,
                    t_ref,
                    v_th,
                    v_reset,
                    i_e,
                    v_m,
                }
                .into()
            }
            Kind::Izhikevich => Izhikevich {
                a: c.a.into(),
                b: c.b.into(),
                c: v_reset,
                d: (c.d * MV).into(),
                v_th,
                i_e,
                tau_syn_ex,
                tau_syn_in,
                v_m: (c.v_m.unwrap_or(c.v_reset) * MV).into(),
                u_m: Some((c.u_m * MV).into()),
            }
            .into(),
        }
    }

    /// What Murine is told; the targets come first.
    pub(super) fn network(&self, seed: u64) -> Network {
        let dt = self.cell.dt;
        let at = |step: u64| step as f64 * dt * MS;
        let precision = if self.double { Precision::Double } else { Precision::default() };
        let mut network = Network::new("judged").dt(dt * MS).seed(seed).precision(precision);
        let targets = network.population("targets", self.targets(), self.model());
        for (i, projection) in self.projections.iter().enumerate() {
            let (name, count) = (format!("sources {i}"), projection.sources.count());
            let source = match &projection.sources {
                Sources::Times(times) => {
                    let times = times.iter().map(|times| times.iter().map(|t| at(*t)).collect());
                    network.source(name, count, SpikeGenerator::new(times.collect()))
                }
                Sources::Poisson(_, rate) => {
                    network.source(name, count, PoissonSource::new(*rate * HZ))
                }
            };
            let one = projection.synapses[0];
            let builder = match projection.told {
                Told::List => {
                    let listed = |s: &Synapse| Listed {
                        source: s.source,
                        target: s.target,
                        weight: s.weight,
                        delay: s.delay as f64 * dt,
                    };
                    let list: Vec<Listed> = projection.synapses.iter().map(listed).collect();
                    network.project(source, targets, List::new(&list).expect("a short list"))
                }
                Told::AllToAll => network.project(source, targets, AllToAll::default()),
                Told::OneToOne => network.project(source, targets, OneToOne {}),
            };
            let receptor = ["excitatory", "inhibitory"][projection.receptor];
            let receptor = if self.cell.kind == Kind::Delta { "default" } else { receptor };
            let builder = builder.receptor(receptor);
            if projection.told != Told::List {
                let weight = Distribution::Constant(weight(self.cell.kind, one.weight));
                builder.weight(weight).delay(at(one.delay));
            }
        }
        for changes in &self.currents {
            let amplitude: Vec<(Time, Current)> =
                changes.iter().map(|&(step, pa)| (at(step), pa * PA)).collect();
            // On from one step to another: as a window.
            if let [(start, pa), (stop, 0.0)] = changes[..] {
                let (start, stop) = (at(start), Some(at(stop)));
                network.stimulate(targets, DcGenerator { amplitude: pa * PA, start, stop });
            } else {
                network.stimulate(
                    targets,
                    StepCurrentGenerator {
                        amplitude: amplitude.into(),
                        start: Time::default(),
                        stop: None,
                    },
                );
            }
        }
        network
    }
}
