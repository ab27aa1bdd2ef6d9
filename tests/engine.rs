//! What is true of the engine whatever the network: nothing depends on threads or on how a run
//! is cut, and no event is lost.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::support::engines::out_degrees;
use crate::support::networks::{configured, hash, lifelike, modules};
use murine::Simulation;
use murine::compile::{Plan, compile};
use murine::engine::Engine;
use murine::network::Storage;
use murine::prelude::*;
use murine::reference::Reference;

const THREADS: [usize; 5] = [1, 2, 3, 5, 8];

fn simulation(network: &Network, threads: usize) -> Simulation {
    let simulation = Simulation::new(network, threads).expect("a sound network");
    let blocks: u64 =
        network.populations.iter().map(|p| p.size.div_ceil(murine::neuron::BLOCK as u64)).sum();
    assert!(simulation.partitions() >= threads.min(blocks as usize));
    simulation
}

fn run(simulation: &mut Simulation, steps: u64) {
    let done = simulation.run_steps(steps, &AtomicBool::new(false)).expect("finite states");
    assert_eq!(done, steps);
}

#[test]
fn one_hash_for_any_number_of_threads() {
    for (name, network, steps) in lifelike() {
        let mut hashes = Vec::new();
        for threads in THREADS {
            let mut simulation = simulation(&network, threads);
            run(&mut simulation, steps);
            assert!(simulation.counters().spikes > 200, "{name}: {:?}", simulation.counters());
            hashes.push(hash(&mut simulation));
        }
        assert_eq!(hashes, [hashes[0]; THREADS.len()], "{name}");
    }
}

/// On any machine: workers that wait for each other in any order.
#[test]
fn more_workers_than_cores_agree() {
    for (name, network, steps) in lifelike() {
        let mut expected = simulation(&network, 1);
        run(&mut expected, steps);
        let plan = Plan::new(&network, 5).expect("a plan");
        let compiled = compile(&network, &plan).expect("a sound network");
        let mut engine = Engine::new(compiled, 5).expect("threads");
        assert_eq!(engine.threads(), plan.partitions.len().min(5));
        assert_eq!(engine.run(steps, &AtomicBool::new(false)), Ok(steps));
        assert!(engine.take_spikes() == expected.take_spikes(), "{name}");
    }
}

#[test]
fn a_mean_is_that_of_the_neurons_and_the_same_on_any_number_of_threads() {
    let network = modules();
    let left = network.find("left").expect("a population");
    let means = THREADS.map(|threads| {
        let mut simulation = simulation(&network, threads);
        let probe = simulation.probe_mean(left, "v_m", 0.5 * MS).expect("a variable");
        let neuron = simulation.probe(left, 3, "v_m", 1.0 * MS).expect("a variable");
        run(&mut simulation, 1234);
        let samples = simulation.take_samples();
        assert!(samples.is_sorted_by_key(|s| (s.step, s.probe)));
        assert_eq!(samples.iter().filter(|s| s.probe == neuron).count(), 123);
        let means: Vec<_> = samples.iter().filter(|s| s.probe == probe).copied().collect();
        run(&mut simulation, 1);
        let last = simulation.take_samples()[0];
        let direct: f64 =
            (0..700).map(|n| simulation.observe(left, n, "v_m").expect("a neuron")).sum();
        assert_eq!(last.step, 1235);
        assert!((last.value - direct / 700.0).abs() < 1e-7, "{} {}", last.value, direct / 700.0);
        means
    });
    assert_eq!(means[0].len(), 246);
    assert!(means.iter().all(|m| *m == means[0]));
    let mut simulation = simulation(&network, 1);
    assert!(simulation.probe_mean(PopulationId(0), "v_m", 1.0 * MS).is_err(), "a source");
}

#[test]
fn a_mean_of_huge_values_is_right_or_not_a_number() {
    // Steady potentials of tau_m / C_m = 40 mV per nA: far beyond those of any neuron.
    for (pa, is_number) in [(1e14, true), (-1e18, true), (1e25, false)] {
        let mut network = Network::new("huge");
        let model = IafPscExp { v_th: (1e37 * MV).into(), ..Default::default() };
        let cells = network.population("cells", 1000, model);
        network.stimulate(cells, DcGenerator::new(pa * PA));
        let means = [1, 5].map(|threads| {
            let mut simulation = simulation(&network, threads);
            simulation.probe_mean(cells, "v_m", 10.0 * MS).expect("a variable");
            run(&mut simulation, 300);
            let last = simulation.observe(cells, 0, "v_m").expect("a neuron");
            assert!(last.abs() > 1e-2 * pa.abs(), "{last} mV of {pa} pA");
            let means: Vec<f64> = simulation.take_samples().iter().map(|s| s.value).collect();
            assert_eq!(means.len(), 3);
            if is_number {
                assert!((means[2] / last - 1.0).abs() < 1e-12, "{} mV, not {last}", means[2]);
            } else {
                assert!(means[2].is_nan(), "{}", means[2]);
            }
            means.iter().map(|mean| mean.to_bits()).collect::<Vec<_>>()
        });
        assert_eq!(means[0], means[1]);
    }
}

#[test]
fn one_hash_for_any_cut_of_the_run() {
    for (name, network, _) in lifelike() {
        let mut whole = simulation(&network, 2);
        run(&mut whole, 600);
        let expected = hash(&mut whole);
        for pieces in [vec![1; 600], vec![599, 1], vec![0, 7, 0, 93, 500], vec![37; 17]] {
            let mut cut = simulation(&network, 3);
            let mut sum = 0_u64;
            for steps in pieces {
                let left = 600 - cut.step();
                run(&mut cut, steps.min(left));
                sum = sum.wrapping_add(hash(&mut cut));
            }
            assert_eq!((cut.step(), sum), (600, expected), "{name}");
            assert_eq!(cut.pending(), whole.pending(), "{name}");
        }
    }
}

#[test]
fn events_delivered_and_pending_are_the_out_degrees_of_all_spikes() {
    for (name, network, steps) in lifelike() {
        for threads in THREADS {
            let mut simulation = simulation(&network, threads);
            let degrees = out_degrees(&simulation);
            assert_eq!(degrees.iter().sum::<u64>(), simulation.synapses(), "{name}");
            let mut sent = 0;
            for piece in [1, steps / 3, steps / 2] {
                run(&mut simulation, piece);
                let spikes = simulation.take_spikes();
                sent += spikes.iter().map(|s| degrees[s.1 as usize]).sum::<u64>();
                let counters = simulation.counters();
                assert_eq!(counters.events + simulation.pending(), sent, "{name}, {threads}");
            }
            assert!(simulation.counters().events > 10_000, "{name}");
            assert!(simulation.pending() > 0, "{name}");
        }
    }
}

/// All synapses, in an order of their own.
fn synapses(network: &Network, threads: usize) -> Vec<(u64, u64, u16, u8, i32)> {
    let simulation = simulation(network, threads);
    let mut all = Vec::with_capacity(simulation.synapses() as usize);
    simulation.engine().for_each_synapse(|s| {
        all.push((s.source, s.target, s.delay, s.input, s.counts));
    });
    all.sort_unstable();
    all
}

#[test]
fn the_same_synapses_for_any_number_of_threads() {
    for (name, network, _) in lifelike() {
        let expected = synapses(&network, 1);
        assert!(expected.len() > 10_000, "{name}");
        for threads in &THREADS[1..] {
            // No `assert_eq`: it would print them all.
            assert!(synapses(&network, *threads) == expected, "{name}: {threads} threads");
        }
    }
}

/// Whether their rows are looked up or made again: the same synapses, spikes and events.
#[test]
fn procedural_projections_have_the_synapses_of_stored_ones() {
    for (name, network, steps) in lifelike() {
        let mut procedural = network.clone();
        for p in procedural.projections.iter_mut().filter(|p| p.rule.by_row()) {
            p.storage = Storage::Procedural;
        }
        let stored = procedural.stored().count();
        assert_eq!(synapses(&procedural, 3), synapses(&network, 2), "{name}");
        let mut plain = simulation(&network, 2);
        run(&mut plain, steps);
        let expected = hash(&mut plain);
        for threads in [1, 3] {
            let mut simulation = simulation(&procedural, threads);
            run(&mut simulation, steps);
            assert_eq!(simulation.counters().events > 0, plain.counters().events > 0, "{name}");
            assert_eq!(stored == 0, simulation.counters().rows == 0, "{name}");
            let sent = |s: &Simulation| s.counters().events + s.pending();
            assert_eq!(sent(&simulation), sent(&plain), "{name}");
            assert_eq!(hash(&mut simulation), expected, "{name}");
        }
    }
}

#[test]
fn synapses_may_be_more_than_32_bits_can_count() {
    let mut network = Network::new("stress").dt(1.0 * MS);
    let cells = network.population("cells", 100_000, IafPscDelta::default());
    network
        .project(cells, cells, FixedOutdegree::new(50_000))
        .weight(1e-6 * MV)
        .delay(Distribution::uniform(1.0 * MS, 4.0 * MS))
        .storage(Storage::Procedural);
    let mut simulation = simulation(&network, 2);
    assert_eq!(simulation.synapses(), 5_000_000_000);
    simulation.inject(cells, &[0, 7, 99_999]).expect("neurons that exist");
    run(&mut simulation, 2);
    assert!(simulation.pending() > 0);
    assert_eq!(simulation.counters().events + simulation.pending(), 150_000);
    run(&mut simulation, 3);
    assert_eq!((simulation.counters().events, simulation.pending()), (150_000, 0));
}

/// More than an entry of a row has room for, at one delay and at several receptors.
#[test]
fn a_source_may_have_any_number_of_synapses_of_one_delay() {
    let mut network = Network::new("crowd");
    let times = [1.0, 9.0, 9.1].map(|ms| ms * MS).to_vec();
    let source = network.source("source", 1, SpikeGenerator::new(vec![times]));
    let model = IafPscExp { tau_syn_in: (3.0 * MS).into(), ..IafPscExp::default() };
    let targets = network.population("targets", 9001, model);
    let onto = [("excitatory", 3.0, 0.3), ("excitatory", 5.0, 0.3), ("inhibitory", -0.5, 0.3)];
    for (receptor, weight, delay) in onto.into_iter().chain([("excitatory", 5.0, 0.4)]) {
        network
            .project(source, targets, AllToAll::default())
            .receptor(receptor)
            .weight(weight * NA)
            .delay(delay * MS);
    }
    let mut reference = Reference::new(&network).expect("a sound network");
    let expected = reference.run(400);
    assert!(expected.iter().filter(|spike| spike.1 > 0).count() >= 9001, "the targets spike");
    for threads in [1, 3] {
        let mut simulation = simulation(&network, threads);
        run(&mut simulation, 400);
        assert!(simulation.take_spikes() == expected, "{threads} threads");
        let found = (simulation.counters().events, simulation.pending());
        assert_eq!(found, (reference.events_delivered(), reference.events_pending()));
    }
}

#[test]
fn a_lifelike_network_spikes_as_the_reference() {
    for (name, network) in
        [("microcircuit", configured("microcircuit.toml", 0.02, &[])), ("modules", modules())]
    {
        let expected = Reference::new(&network).expect("a sound network").run(800);
        let mut simulation = simulation(&network, 3);
        run(&mut simulation, 800);
        assert!(simulation.take_spikes() == expected, "{name}");
    }
}

#[test]
fn a_stopped_run_goes_on_as_if_nothing_had_happened() {
    let network = modules();
    let mut whole = simulation(&network, 2);
    run(&mut whole, 3000);
    let expected = hash(&mut whole);
    let mut stopped = simulation(&network, 2);
    let stop = AtomicBool::new(false);
    let taken = std::thread::scope(|scope| {
        let run = scope.spawn(|| stopped.run_steps(u64::MAX / 2, &stop));
        std::thread::sleep(std::time::Duration::from_millis(20));
        stop.store(true, Ordering::Relaxed);
        run.join().expect("no panic").expect("finite states")
    });
    assert!(taken > 0 && taken < 1_000_000, "{taken}");
    assert_eq!(stopped.step(), taken);
    let spikes = stopped.take_spikes();
    assert!(spikes.iter().all(|s| s.0 <= taken));
    run(&mut whole, taken.saturating_sub(3000));
    run(&mut stopped, 3000_u64.saturating_sub(taken));
    let all: Vec<_> = spikes.into_iter().chain(stopped.take_spikes()).collect();
    let first = all.iter().filter(|s| s.0 <= 3000);
    let sum = first.fold(0_u64, |sum, &(step, neuron)| {
        sum.wrapping_add(murine::random::spike_hash(step, neuron))
    });
    assert_eq!(sum, expected);
}

/// What a controller sees and does must not depend on threads either.
#[test]
fn probes_and_interventions_do_not_depend_on_threads() {
    let play = |threads| {
        let network = configured("microcircuit.toml", 0.02, &[]);
        let mut simulation = simulation(&network, threads);
        let target = PopulationId(2);
        for neuron in [0, 100, 437] {
            simulation.probe(target, neuron, "v_m", 0.5 * MS).expect("a variable");
        }
        simulation.run(20.0 * MS).expect("on the grid");
        simulation.inject(target, &[1, 3, 5, 400]).expect("neurons that exist");
        simulation.set_value(StimulusId(2), 600.0).expect("a possible rate");
        simulation.run(20.0 * MS).expect("on the grid");
        let seen = simulation.observe(target, 200, "v_m").expect("a variable");
        (simulation.take_samples(), seen.to_bits(), simulation.take_spikes())
    };
    let expected = play(1);
    assert_eq!(expected.0.len(), 3 * 80);
    for threads in &THREADS[1..] {
        assert!(play(*threads) == expected, "{threads} threads");
    }
}
