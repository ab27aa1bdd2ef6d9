//! Networks of some thousand neurons that are like those people simulate.

use std::path::{Path, PathBuf};

use murine::Simulation;
use murine::config::{Config, Overrides};
use murine::prelude::*;
use murine::random::spike_hash;

/// A file under configs/.
pub fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("configs").join(name)
}

/// A network of configs/, `--scale`d and with some keys `--set`.
pub fn configured(name: &str, scale: f64, set: &[&str]) -> Network {
    let set = set.iter().map(|s| (*s).to_owned()).collect();
    let scale = (scale != 1.0).then_some(scale);
    let overrides = Overrides { scale, set, ..Overrides::default() };
    Config::load(path(name), &overrides).unwrap_or_else(|e| panic!("{e}")).network
}

/// Name, network and a number of steps in which it does what it is for.
pub fn lifelike() -> Vec<(&'static str, Network, u64)> {
    vec![
        ("microcircuit", configured("microcircuit.toml", 0.03, &[]), 1000),
        ("brunel", configured("brunel.toml", 0.1, &[]), 500),
        ("coba", configured("coba.toml", 0.5, &[]), 1000),
        ("cuba in double precision", cuba(), 1000),
        ("five thalami", thalami(), 3000),
        ("modules", modules(), 1500),
    ]
}

fn cuba() -> Network {
    configured("cuba.toml", 0.5, &["simulation.precision=double"])
}

/// Five copies of the thalamus under flicker, side by side.
fn thalami() -> Network {
    let sizes = [("retina", 80), ("tcr", 80), ("in", 20), ("trn", 40)]
        .map(|(name, size)| format!("population.{name}.size={}", 5 * size));
    let blocks = (0..7).map(|i| format!("projection.{i}.rule.pairwise_bernoulli.blocks=5"));
    let set: Vec<String> = sizes.into_iter().chain(blocks).collect();
    configured("lgn.toml", 1.0, &set.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Two groups with short delays within and long ones between, of which the second is driven by a
/// source population; every kind of rule is there.
pub fn modules() -> Network {
    let mut network = Network::new("modules").dt(0.1 * MS);
    let cell = || IafPscExp {
        i_e: Distribution::uniform(300.0 * PA, 500.0 * PA).into(),
        v_m: Some(Distribution::uniform(-70.0 * MV, -55.0 * MV).into()),
        ..Default::default()
    };
    let noise = network.source("noise", 300, PoissonSource::new(20.0 * HZ));
    let groups =
        [network.population("left", 700, cell()), network.population("right", 500, cell())];
    for (i, group) in groups.into_iter().enumerate() {
        network
            .project(group, group, FixedIndegree::new(40))
            .receptor("inhibitory")
            .weight(-40.0 * PA)
            .delay(Distribution::uniform(0.5 * MS, 3.0 * MS));
        network
            .project(group, groups[1 - i], PairwiseBernoulli::new(0.05))
            .receptor("excitatory")
            .weight(Distribution::normal(30.0 * PA, 3.0 * PA))
            .delay(Distribution::uniform(20.0 * MS, 55.0 * MS));
    }
    network
        .project(noise, groups[1], FixedOutdegree::new(30))
        .receptor("excitatory")
        .weight(50.0 * PA)
        .delay(1.0 * MS);
    network
}

/// The hash of all spikes of a simulation since the last look.
pub fn hash(simulation: &mut Simulation) -> u64 {
    let spikes = simulation.take_spikes();
    spikes.iter().fold(0, |sum, &(step, neuron)| sum.wrapping_add(spike_hash(step, neuron)))
}
