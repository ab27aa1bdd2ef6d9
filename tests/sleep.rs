//! Partitions in which nothing moves are not stepped: how many steps that is follows from the
//! activity, and no spike, sample or event depends on it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use murine::Simulation;
use murine::network::Storage;
use murine::prelude::*;
use murine::reference::Reference;
use murine::rule::Between;
use murine::stimulus::{Action, Stimulus};

/// Modules, each of which is a partition where there are as many threads.
const MODULES: u64 = 4;
/// Neurons of a module: whole blocks.
const SIZE: u64 = 128;

/// A neuron that comes to rest within some 300 steps. At rest its potential is zero, so that what is
/// observed is its state, exactly.
fn cell(t_ref: Time) -> IafPscExp {
    IafPscExp {
        t_ref: t_ref.into(),
        e_l: (0.0 * MV).into(),
        v_reset: (0.0 * MV).into(),
        v_th: (15.0 * MV).into(),
        c_m: (125.0 * PF).into(),
        tau_m: (0.5 * MS).into(),
        tau_syn_ex: (0.2 * MS).into(),
        tau_syn_in: (0.15 * MS).into(),
        v_m: Some(Distribution::uniform(0.0 * MV, 10.0 * MV).into()),
        ..Default::default()
    }
}

/// Module 0 is driven from step 600 to 700 and excites module 1; nothing reaches the others.
fn network(t_ref: Time) -> (Network, PopulationId) {
    let mut network = Network::new("sleep").dt(0.1 * MS).modules(MODULES);
    let cells = network.population("cells", MODULES * SIZE, cell(t_ref));
    network
        .project(cells, cells, FixedOutdegree::new(10))
        .receptor("inhibitory")
        .weight(-100.0 * PA)
        .delay(Distribution::uniform(0.5 * MS, 2.0 * MS));
    network
        .project(cells, cells, FixedOutdegree::new(10))
        .between(Between::List(vec![(0, 1)]))
        .receptor("excitatory")
        .weight(4000.0 * PA)
        .delay(1.5 * MS);
    let drive =
        DcGenerator { start: 60.0 * MS, stop: Some(70.0 * MS), ..DcGenerator::new(6000.0 * PA) };
    network.stimulate(cells, drive).modules(0..1);
    (network, cells)
}

/// For each step, the modules of which some neuron changes in it, by the reference.
fn moving(network: &Network, steps: u64) -> Vec<[bool; MODULES as usize]> {
    let mut reference = Reference::new(network).expect("a sound network");
    let state = |reference: &Reference| -> Vec<[u64; 3]> {
        let of = |neuron, variable| reference.observe(PopulationId(0), neuron, variable).to_bits();
        (0..MODULES * SIZE).map(|n| [of(n, 0), of(n, 1), of(n, 2)]).collect()
    };
    let mut before = state(&reference);
    (0..steps)
        .map(|_| {
            reference.run(1);
            let after = state(&reference);
            let module = |m: usize| m * SIZE as usize..(m + 1) * SIZE as usize;
            let moves = std::array::from_fn(|m| before[module(m)] != after[module(m)]);
            before = after;
            moves
        })
        .collect()
}

fn run(simulation: &mut Simulation, steps: u64) {
    let done = simulation.run_steps(steps, &AtomicBool::new(false)).expect("finite states");
    assert_eq!(done, steps);
}

/// Of each thread count, how many modules are a partition: as few threads as that leave several.
const TOGETHER: [(usize, usize); 3] = [(4, 1), (2, 2), (1, 4)];

#[test]
fn partitions_sleep_through_all_steps_in_which_nothing_moves() {
    let steps = 1200;
    // While a neuron is refractory, time passes that cannot be observed.
    let (network, _) = network(0.0 * MS);
    let moving = moving(&network, steps);
    let expected = Reference::new(&network).expect("a sound network").run(steps);
    for module in [0, 1] {
        let mine = expected.iter().filter(|s| s.1 / SIZE == module).count();
        assert!(mine > 100, "{mine} spikes of module {module}");
    }
    assert!(expected.iter().all(|s| s.1 < 2 * SIZE));
    // What nothing reaches moves until its potentials have decayed.
    let unreached = |m: usize| moving.iter().filter(|moves| moves[m]).count();
    assert!((100..400).contains(&unreached(2)) && (100..400).contains(&unreached(3)));
    for (threads, together) in TOGETHER {
        // A drive that begins or ends is looked at in a step, and so is a partition at the start.
        let looked_at = |part: usize, step: usize| part == 0 && [0, 600, 700].contains(&step);
        let parts = MODULES as usize / together;
        let rests = |part: usize, step: usize, moves: &[bool]| {
            !moves[part * together..(part + 1) * together].contains(&true) && !looked_at(part, step)
        };
        let quiet =
            |part| moving.iter().enumerate().filter(move |(s, m)| rests(part, *s, *m)).count();
        let quiet: usize = (0..parts).map(quiet).sum();
        assert!(quiet > parts * steps as usize / 4, "{quiet}");
        for storage in [Storage::Stored, Storage::Procedural] {
            let mut network = network.clone();
            network.projections.iter_mut().for_each(|p| p.storage = storage);
            let mut simulation = Simulation::new(&network, threads).expect("a sound network");
            run(&mut simulation, steps);
            assert!(simulation.take_spikes() == expected, "{threads} threads");
            assert_eq!(simulation.counters().slept, quiet as u64, "{threads} threads, {storage:?}");
        }
    }
}

#[test]
fn a_run_in_pieces_sleeps_as_much() {
    let (network, _) = network(2.0 * MS);
    let slept = |piece: u64| {
        let mut simulation = Simulation::new(&network, 4).expect("a sound network");
        for _ in 0..900 / piece {
            run(&mut simulation, piece);
        }
        (simulation.counters().slept, simulation.take_spikes())
    };
    let whole = slept(900);
    assert!(whole.0 > 0);
    for piece in [1, 9, 45] {
        assert!(slept(piece) == whole, "in pieces of {piece} steps");
    }
}

/// What acts on a sleeping partition from outside wakes it.
#[test]
fn injected_spikes_and_changed_stimuli_wake() {
    let (mut network, cells) = network(2.0 * MS);
    let later = network.stimulate(cells, DcGenerator::new(0.0 * PA)).modules(2..3).id();
    let noise = PoissonGenerator {
        start: 10.0 * MS,
        stop: Some(10.1 * MS),
        ..PoissonGenerator::new(5000.0 * HZ, 3000.0 * PA).receptor("excitatory")
    };
    let noise = network.stimulate(cells, noise).modules(3..4).id();
    let mut reference = Reference::new(&network).expect("a sound network");
    let mut expected = reference.run(580);
    reference.inject(cells, &[3, 300]).expect("neurons");
    expected.extend(reference.run(400));
    reference.set_value(later, 6000.0).expect("a current");
    expected.extend(reference.run(100));
    reference.set_value(later, 0.0).expect("a current");
    reference.set_value(noise, 9000.0).expect("a rate");
    expected.extend(reference.run(300));
    reference.set_value(noise, 0.0).expect("a rate");
    expected.extend(reference.run(500));
    for module in [2, 3] {
        assert!(expected.iter().filter(|s| s.1 / SIZE == module).count() > 50);
    }
    for (threads, _) in TOGETHER {
        let mut simulation = Simulation::new(&network, threads).expect("a sound network");
        let mut slept = Vec::new();
        let mut go = |simulation: &mut Simulation, steps| {
            run(simulation, steps);
            slept.push(simulation.counters().slept);
        };
        go(&mut simulation, 580);
        simulation.inject(cells, &[3, 300]).expect("neurons");
        go(&mut simulation, 400);
        simulation.set_value(later, 6000.0).expect("a current");
        go(&mut simulation, 100);
        simulation.set_value(later, 0.0).expect("a current");
        simulation.set_value(noise, 9000.0).expect("a rate");
        go(&mut simulation, 300);
        simulation.set_value(noise, 0.0).expect("a rate");
        go(&mut simulation, 500);
        assert!(simulation.take_spikes() == expected, "{threads} threads");
        assert_eq!(simulation.pending(), reference.events_pending());
        assert_eq!(simulation.counters().events, reference.events_delivered());
        assert!(slept[0] > 100 && slept[4] > slept[3] + 100, "{slept:?}");
    }
}

#[test]
fn probes_read_the_same_of_those_who_sleep() {
    let (network, cells) = network(2.0 * MS);
    let plain = {
        let mut simulation = Simulation::new(&network, 4).expect("a sound network");
        run(&mut simulation, 1000);
        (simulation.counters(), simulation.take_spikes())
    };
    for (threads, _) in TOGETHER {
        let mut simulation = Simulation::new(&network, threads).expect("a sound network");
        let one = simulation.probe(cells, 2 * SIZE + 5, "v_m", 0.1 * MS).expect("a variable");
        let mean = simulation.probe_mean(cells, "v_m", 0.7 * MS).expect("a variable");
        run(&mut simulation, 1000);
        assert!(simulation.take_spikes() == plain.1, "{threads} threads");
        if threads == 4 {
            assert_eq!(simulation.counters(), plain.0);
        }
        let samples = simulation.take_samples();
        assert_eq!(samples.iter().filter(|s| s.probe == mean).count(), 1000 / 7);
        let mine: Vec<_> = samples.iter().filter(|s| s.probe == one).collect();
        assert_eq!(mine.len(), 1000);
        let mut reference = Reference::new(&network).expect("a sound network");
        for sample in mine {
            reference.run(1);
            let value = reference.observe(cells, 2 * SIZE + 5, 0);
            assert_eq!((sample.step, sample.value.to_bits()), (reference.step(), value.to_bits()));
        }
    }
}

/// Spikes of a source population reach those who sleep, whenever they come and at whatever rate; in
/// between they do sleep, beside the sources.
#[test]
fn sources_wake() {
    let (mut network, cells) = network(2.0 * MS);
    let mut times = vec![Vec::new(); MODULES as usize];
    times[2] = vec![50.0 * MS, 90.0 * MS];
    let clock = network.source("clock", MODULES, SpikeGenerator::new(times));
    let noise = PoissonSource { start: 130.0 * MS, ..PoissonSource::new(1.0 * HZ) };
    let noise = network.source("noise", MODULES * SIZE, noise);
    for source in [clock, noise] {
        network
            .project(source, cells, FixedOutdegree::new(30))
            .between(Between::Ring { neighbours: 1 })
            .receptor("excitatory")
            .weight(9000.0 * PA)
            .delay(0.7 * MS);
    }
    let mut reference = Reference::new(&network).expect("a sound network");
    let expected = reference.run(1500);
    assert!(expected.iter().any(|s| s.1 / SIZE == 3));
    let late = |s: &&(u64, u64)| s.0 > 1300 && s.1 >= MODULES * (SIZE + 1);
    assert!(expected.iter().filter(late).count() > 3, "the noise spikes");
    let still = moving(&network, 1500).into_iter().flatten().filter(|moves| !moves).count() as u64;
    for threads in [1, 3, 4] {
        let mut simulation = Simulation::new(&network, threads).expect("a sound network");
        run(&mut simulation, 1500);
        assert!(simulation.take_spikes() == expected, "{threads} threads");
        let slept = simulation.counters().slept;
        assert!(threads < 4 || (still / 2..=still).contains(&slept), "{slept} of {still} steps");
    }
}

/// A current that asks for a stop when a certain step begins.
#[derive(Clone, Debug)]
struct Fuse {
    step: u64,
    stop: Arc<AtomicBool>,
}

impl Stimulus for Fuse {
    fn name(&self) -> &'static str {
        "fuse"
    }
    fn validate(&self, _: Time) -> murine::Result<()> {
        Ok(())
    }
    fn action(&self) -> Action {
        Action::Current
    }
    fn value(&self, step: u64, _: Time) -> (f64, u64) {
        if step == self.step {
            self.stop.store(true, Ordering::Relaxed);
        }
        (1500.0, step + 1)
    }
    fn peak(&self) -> f64 {
        1500.0
    }
    fn clone_box(&self) -> Box<dyn Stimulus> {
        Box::new(self.clone())
    }
}

/// What was counted for the next step when a run was stopped is not lost.
#[test]
fn a_stopped_run_goes_on_with_what_had_arrived() {
    for storage in [Storage::Stored, Storage::Procedural] {
        let stop = Arc::new(AtomicBool::new(false));
        let mut network = Network::new("stopped").dt(0.1 * MS);
        let cells = network.population("cells", 1300, cell(2.0 * MS));
        network
            .project(cells, cells, FixedOutdegree::new(600))
            .receptor("inhibitory")
            .weight(-5.0 * PA)
            .delay(1.0 * MS)
            .storage(storage);
        network.stimulate(cells, Fuse { step: 307, stop: stop.clone() });
        network.stimulate(cells, DcGenerator::new(5000.0 * PA));
        // More than 255 at once at each neuron, in more than one chunk of a partition.
        let all: Vec<u64> = (0..1300).collect();
        let mut reference = Reference::new(&network).expect("a sound network");
        reference.inject(cells, &all).expect("neurons");
        let expected = reference.run(600);
        assert!(expected.len() > 1000);
        stop.store(false, Ordering::Relaxed);
        for threads in [1, 3] {
            let mut simulation = Simulation::new(&network, threads).expect("a sound network");
            stop.store(false, Ordering::Relaxed);
            simulation.inject(cells, &all).expect("neurons");
            let taken = simulation.run_steps(600, &stop).expect("finite states");
            let epoch = simulation.epoch();
            assert_eq!(taken, 307_u64.next_multiple_of(epoch), "{threads} threads");
            run(&mut simulation, 600 - taken);
            assert!(simulation.take_spikes() == expected, "{threads} threads, {storage:?}");
        }
    }
}

/// Of a neuron that is held at its reset only the count of its refractory period moves.
#[test]
fn nobody_sleeps_through_the_end_of_a_long_refractory_period() {
    for steps in [1.0, 254.0, 255.0, 256.0, 257.0, 510.0, 511.0, 1000.0] {
        let mut network = Network::new("held").dt(0.1 * MS);
        let cell = IafPscDelta { t_ref: (0.1 * steps * MS).into(), ..Default::default() };
        let cells = network.population("cells", 70, cell);
        network.stimulate(cells, DcGenerator::new(500.0 * PA));
        let mut simulation = Simulation::new(&network, 1).expect("a sound network");
        run(&mut simulation, 3000);
        let expected = Reference::new(&network).expect("a sound network").run(3000);
        assert!(expected.len() >= 140, "each fires twice");
        assert_eq!(simulation.take_spikes(), expected, "{steps} steps");
    }
}
