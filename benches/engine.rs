//! What a run is made of: update, Poisson input, delivery, construction, whole networks.
//!
//!     cargo bench -p murine-benches

use std::hint::black_box;
use std::sync::atomic::AtomicBool;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use murine::config::{Config, Overrides};
use murine::prelude::*;

const NEURONS: u64 = 40_000;

/// Steps of a network without synapses: what neurons cost by themselves, with and without input.
fn update(c: &mut Criterion) {
    let mut group = c.benchmark_group("update");
    group.throughput(Throughput::Elements(NEURONS));
    let mut add = |name: &str, network: &Network| {
        let mut simulation = Simulation::new(network, 1).expect("a sound network");
        group.bench_function(name, |b| {
            b.iter(|| {
                simulation.run_steps(1, &AtomicBool::new(false)).expect("finite states");
                black_box(simulation.take_spikes());
            });
        });
    };
    let alone = |precision| {
        let mut network = Network::new("alone").precision(precision);
        network.population("p", NEURONS, IafPscExp::default());
        network
    };
    add("iaf_psc_exp/single", &alone(Precision::Single));
    add("iaf_psc_exp/double", &alone(Precision::Double));
    let mut network = Network::new("delta");
    network.population("p", NEURONS, IafPscDelta::default());
    add("iaf_psc_delta/single", &network);
    let mut network = Network::new("cond");
    network.population("p", NEURONS, IafCondExp::default());
    add("iaf_cond_exp/single", &network);
    for khz in [1.0, 12.8, 23.0] {
        let mut network = alone(Precision::Single);
        let input = PoissonGenerator::new(khz * KHZ, 1.0 * PA).receptor("excitatory");
        network.stimulate(PopulationId(0), input);
        add(&format!("iaf_psc_exp/poisson {khz} kHz"), &network);
    }
    group.finish();
}

/// A config at a scale that fits a benchmark.
fn config(name: &str, set: &[&str], scale: Option<f64>) -> Network {
    let path = format!("{}/configs/{name}.toml", env!("CARGO_MANIFEST_DIR"));
    let set = set.iter().map(ToString::to_string).collect();
    let overrides = Overrides { set, scale, ..Overrides::default() };
    Config::load(path, &overrides).expect("a sound config").network
}

fn construct(c: &mut Criterion) {
    let mut group = c.benchmark_group("construct");
    group.sample_size(10);
    for (name, scale) in [("brunel", None), ("microcircuit", Some(0.1))] {
        let network = config(name, &[], scale);
        let synapses = Simulation::new(&network, 2).expect("a sound network").synapses();
        group.throughput(Throughput::Elements(synapses));
        group.bench_function(name, |b| b.iter(|| Simulation::new(&network, 2)));
    }
    group.finish();
}

/// 10 ms of whole networks; the throughput is in synaptic events.
fn networks(c: &mut Criterion) {
    let mut group = c.benchmark_group("network, 10 ms");
    group.sample_size(20);
    for (name, scale) in
        [("brunel", None), ("cuba", None), ("coba", None), ("microcircuit", Some(0.2))]
    {
        let network = config(name, &[], scale);
        for threads in [1, 2] {
            let mut simulation = Simulation::new(&network, threads).expect("a sound network");
            simulation.run(200.0 * MS).expect("a multiple of dt");
            group.bench_with_input(BenchmarkId::new(name, threads), &threads, |b, _| {
                b.iter(|| {
                    simulation.run(10.0 * MS).expect("a multiple of dt");
                    black_box(simulation.take_spikes());
                });
            });
        }
    }
    group.finish();
}

criterion_group!(benches, update, construct, networks);
criterion_main!(benches);
