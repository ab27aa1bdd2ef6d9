//! A state that is infinite or not a number ends the run with an error that says where and when: the
//! same for any number of threads, storage and precision, and however the run is cut.

use std::sync::atomic::AtomicBool;

use murine::network::Storage;
use murine::neuron::{Element, Limit, Neuron, Real, Receptor, Setup, Sign, Start, Variable};
use murine::prelude::*;
use murine::reference::Reference;

/// A clock whose state breaks in a certain step: `odd / (breaks - step)` is finite until then. What
/// inhibits it sets it back to 0.
#[derive(Clone, Debug)]
struct Fragile {
    /// The step, of each neuron.
    breaks: Parameter<f64>,
    /// 0 for NaN, and 1 or -1 for an infinity of that sign.
    odd: f64,
    /// Whether what breaks can be recorded.
    seen: bool,
    /// Spikes per step.
    rate: f64,
}

/// Later than any test.
const NEVER: f64 = 1e6;

impl Fragile {
    fn sound(size: u64) -> Self {
        Self {
            breaks: Parameter::List(vec![NEVER; size as usize]),
            odd: 0.0,
            seen: true,
            rate: 0.01,
        }
    }

    /// Of `size` neurons, some break.
    fn some(size: u64, broken: &[(usize, f64)]) -> Self {
        let mut breaks = vec![NEVER; size as usize];
        for &(neuron, step) in broken {
            breaks[neuron] = step;
        }
        Self { breaks: Parameter::List(breaks), ..Self::sound(0) }
    }
}

impl Neuron for Fragile {
    const NAME: &'static str = "fragile";
    const RECEPTORS: &'static [Receptor] = &[Receptor {
        name: "default",
        kind: WeightKind::Voltage,
        sign: Sign::Any,
        inhibitory: false,
        input: 0,
    }];
    const VARIABLES: &'static [Variable] =
        &[Variable { name: "phase", unit: "1" }, Variable { name: "v_m", unit: "mV" }];
    type State<T: Element> = [T; 4];
    type Input<T: Element> = [T; 1];
    type Constants<T: Element> = [T; 4];

    fn setup(&self, setup: &Setup) -> Result<Start<Self>> {
        let breaks = setup.value("breaks", &self.breaks, Limit::Positive)?;
        let constants = [breaks, self.odd, f64::from(u8::from(self.seen)), self.rate];
        Ok(Start { constants, state: [0.0; 4], refractory: 0 })
    }

    fn step<F: Real>(
        [breaks, odd, seen, rate]: &[F; 4],
        [step, phase, v, hidden]: &mut [F; 4],
        [input]: &[F; 1],
        _: F,
        _: bool,
    ) -> bool {
        let (zero, one) = (F::default(), F::from_f64(1.0));
        // Then it rests, if it does not spike.
        let next = if *step < *breaks { *step + one } else { *step };
        *step = if *input < zero { zero } else { next };
        let broken = *odd / (*breaks - *step);
        (*v, *hidden) = if *seen > zero { (broken, zero) } else { (zero, broken) };
        let next = *phase + *rate + *input;
        let spikes = next >= one;
        *phase = if spikes { zero } else { next };
        spikes
    }

    fn observe(_: &[f64; 4], state: &[f64; 4], variable: usize) -> f64 {
        state[1 + variable]
    }
}

static STOP: AtomicBool = AtomicBool::new(false);

/// Runs in pieces of so many steps, up to an error.
fn run(simulation: &mut Simulation, steps: u64, piece: u64) -> Result<()> {
    while simulation.step() < steps {
        simulation.run_steps(piece.min(steps - simulation.step()), &STOP)?;
    }
    Ok(())
}

/// Neurons of three populations break between the steps 1000 and 2000.
fn network() -> Network {
    let mut network = Network::new("fragile").dt(0.1 * MS);
    let sound = network.population("sound", 700, Fragile::sound(700));
    let broken = [(900, 1001.0), (333, 1999.0), (334, 2000.0), (12, 2001.0)];
    let some = network.population("some", 1000, Fragile::some(1000, &broken));
    network.population("late", 70, Fragile::some(70, &[(0, 1001.0)]));
    for target in [sound, some] {
        network
            .project(sound, target, FixedOutdegree::new(20))
            .weight(Distribution::uniform(0.0 * MV, 0.01 * MV))
            .delay(Distribution::uniform(0.7 * MS, 3.0 * MS));
    }
    network
}

#[test]
fn the_error_is_the_same_for_any_threads_storage_precision_and_pieces() {
    for precision in [Precision::Single, Precision::Double] {
        let network = network().precision(precision);
        let mut reference = Reference::new(&network).expect("a sound network");
        let mut spikes = reference.run(1000);
        reference.check_finite().expect("nothing is broken yet");
        spikes.extend(reference.run(1000));
        let expected = reference.check_finite().expect_err("a broken neuron").to_string();
        let begin = "population.some: v_m of neuron 333 is NaN at step 2000 (200 ms): take smaller";
        assert!(expected.starts_with(begin), "{expected}");
        assert_eq!(expected.contains("precision"), precision == Precision::Single, "{expected}");
        for (threads, piece, storage) in [
            (1, 5000, Storage::Stored),
            (1, 3, Storage::Procedural),
            (2, 999, Storage::Stored),
            (2, 5000, Storage::Procedural),
            (5, 5000, Storage::Stored),
            (5, 13, Storage::Procedural),
        ] {
            let case = format!("{threads} threads, pieces of {piece} steps, {storage:?}");
            let mut network = network.clone();
            network.projections.iter_mut().for_each(|p| p.storage = storage);
            let mut simulation = Simulation::new(&network, threads).expect("a sound network");
            let probe =
                simulation.probe(PopulationId(1), 333, "v_m", 0.1 * MS).expect("a variable");
            let error = run(&mut simulation, 5000, piece).expect_err(&case);
            assert_eq!((error.to_string(), error.exit_code()), (expected.clone(), 65), "{case}");
            assert_eq!(simulation.step(), 2000, "{case}");
            assert!(simulation.take_spikes() == spikes, "{case}");
            let samples = simulation.take_samples();
            let mine = |s: &&murine::engine::Sample| s.probe == probe && s.value.is_finite();
            assert_eq!(
                (samples.len(), samples.iter().filter(mine).count()),
                (2000, 1998),
                "{case}"
            );
            // It does not go on.
            let again = simulation.run_steps(1, &STOP).expect_err(&case).to_string();
            assert_eq!((again, simulation.step()), (expected.clone(), 2000), "{case}");
        }
    }
}

#[test]
fn those_who_sleep_are_looked_at() {
    let mut network = Network::new("asleep").modules(4);
    let broken = Fragile { odd: 1.0, rate: 0.0, ..Fragile::some(512, &[(300, 20.0)]) };
    let all = Parameter::List((0..512).map(|n| if n == 300 { 20.0 } else { 30.0 }).collect());
    // An infinity less the same is none: what is looked at is the state, not a change of it.
    network.population("cells", 512, Fragile { breaks: all, ..broken.clone() });
    for threads in [1, 4] {
        let mut simulation = Simulation::new(&network, threads).expect("a sound network");
        let error = run(&mut simulation, 3000, 3000).expect_err("an infinity").to_string();
        assert!(
            error.starts_with("population.cells: v_m of neuron 0 is inf at step 1000"),
            "{error}"
        );
        assert!(simulation.counters().slept > 900, "{threads} threads");
    }
    let mut network = Network::new("awake").modules(4);
    network.population("cells", 512, broken);
    for threads in [1, 4] {
        let mut simulation = Simulation::new(&network, threads).expect("a sound network");
        let error = run(&mut simulation, 3000, 7).expect_err("an infinity").to_string();
        assert!(
            error.starts_with("population.cells: v_m of neuron 300 is inf at step 1000"),
            "{error}"
        );
    }
}

#[test]
fn a_run_for_a_time_looks_at_its_end_and_so_does_whoever_asks() {
    for (threads, odd, value) in [(1, -1.0, "-inf"), (3, 1.0, "inf"), (3, 0.0, "NaN")] {
        let mut network = Network::new("hidden");
        network.source("beside", 10, SpikeGenerator::new(vec![Vec::new(); 10]));
        let cells = Fragile { odd, seen: false, ..Fragile::some(200, &[(170, 301.0), (199, 1.0)]) };
        network.population("cells", 200, cells);
        let expected = |neuron: u64, step: u64| {
            let time = step as f64 / 10.0;
            format!(
                "population.cells: state variable 3 of neuron {neuron} is {value} at step {step} ({time} ms): "
            )
        };
        let mut simulation = Simulation::new(&network, threads).expect("a sound network");
        simulation.check_finite().expect("a finite start");
        assert_eq!(simulation.run_steps(300, &STOP).expect("no look yet"), 300);
        let error = simulation.check_finite().expect_err("a broken neuron").to_string();
        assert!(error.starts_with(&expected(199, 300)), "{error}");
        assert_eq!(simulation.run(1.0 * MS).expect_err("the same").to_string(), error);
        assert_eq!(simulation.check_finite().expect_err("the same").to_string(), error);
        assert_eq!(simulation.step(), 300);

        let mut simulation = Simulation::new(&network, threads).expect("a sound network");
        let error = simulation.run(45.0 * MS).expect_err("a broken neuron").to_string();
        assert!(error.starts_with(&expected(170, 450)), "{error}");
        let mut reference = Reference::new(&network).expect("a sound network");
        reference.run(450);
        assert_eq!(reference.check_finite().expect_err("the same").to_string(), error);
    }
}

/// What fills the last block, copies of its last neuron that get no spikes, is not looked at.
#[test]
fn copies_of_the_last_neuron_do_not_count() {
    let mut network = Network::new("copies");
    let once = network.source("once", 1, SpikeGenerator::new(vec![vec![60.0 * MS]]));
    let cells = network.population("cells", 70, Fragile::some(70, &[(69, 1500.0)]));
    network.project(once, cells, AllToAll::default()).weight(-1.0 * MV).delay(0.1 * MS);
    let mut simulation = Simulation::new(&network, 1).expect("a sound network");
    assert_eq!(simulation.run_steps(2000, &STOP).expect("the clock was set back"), 2000);
    let error = simulation.run_steps(2000, &STOP).expect_err("late").to_string();
    assert!(error.starts_with("population.cells: v_m of neuron 69 is NaN at step 3000"), "{error}");
}
