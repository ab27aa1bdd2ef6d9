//! All that can arrive in one step is summed exactly, or refused: by the engine as by the reference.

use murine::Simulation;
use murine::network::Storage;
use murine::prelude::*;
use murine::reference::Reference;

/// A neuron that sums its input, and never fires.
fn sum() -> IafPscExp {
    IafPscExp { v_th: (1e9 * MV).into(), ..Default::default() }
}

/// Sources with `projections` of one weight each onto a neuron.
fn network(
    dt: f64,
    weights: &[(Box<dyn murine::stimulus::Source>, u64, f64)],
) -> (Network, PopulationId) {
    let mut network = Network::new("sums").dt(dt * MS);
    let target = network.population("target", 1, sum());
    for (i, (source, size, weight)) in weights.iter().enumerate() {
        let source = network.source(format!("source {i}"), *size, source.clone());
        network
            .project(source, target, AllToAll::default())
            .receptor("excitatory")
            .weight(*weight * PA)
            .delay(1.0 * MS);
    }
    (network, target)
}

fn silent() -> Box<dyn murine::stimulus::Source> {
    PoissonSource::new(0.0 * HZ).into()
}

fn current(simulation: &Simulation, target: PopulationId) -> f64 {
    simulation.observe(target, 0, "i_syn").expect("a variable")
}

#[test]
fn spikes_of_one_source_in_one_step_are_all_summed() {
    let twice = SpikeGenerator::new(vec![vec![1.0 * MS, 1.0 * MS]]);
    let (network, target) = network(0.1, &[(twice.into(), 1, 1000.0), (silent(), 10, 0.01)]);
    for storage in [Storage::Stored, Storage::Procedural] {
        let mut network = network.clone();
        network.projections.iter_mut().for_each(|p| p.storage = storage);
        let mut simulation = Simulation::new(&network, 1).expect("a sound network");
        simulation.run(2.0 * MS).expect("on the grid");
        let found = current(&simulation, target);
        assert!((found - 2000.0).abs() < 0.1, "{found} pA");
    }
}

#[test]
fn sources_of_any_rate_are_all_summed() {
    let fast = PoissonSource::new(2000.0 * HZ);
    let (network, target) = network(1.0, &[(fast.into(), 200, 100.0), (silent(), 10, 0.02)]);
    let mut simulation = Simulation::new(&network, 1).expect("a sound network");
    simulation.run(2.0 * MS).expect("on the grid");
    let found = current(&simulation, target);
    assert!((35_000.0..45_000.0).contains(&found), "{found} pA");
}

#[test]
fn a_rate_may_be_set_to_twice_its_peak() {
    let mut network = Network::new("peak").dt(1.0 * MS);
    let target = network.population("target", 64, sum());
    // A weight of next to nothing makes the unit as small as the sum allows.
    let weak = network.source("weak", 1, PoissonSource::new(0.0 * HZ));
    network
        .project(weak, target, AllToAll::default())
        .receptor("excitatory")
        .weight(0.01 * PA)
        .delay(1.0 * MS);
    let input = PoissonGenerator::new(1e6 * HZ, 100.0 * PA).receptor("excitatory");
    let input = network.stimulate(target, input).id();
    let mut simulation = Simulation::new(&network, 1).expect("a sound network");
    simulation.set_value(input, 2e6).expect("twice the peak");
    simulation.run(1.0 * MS).expect("on the grid");
    for neuron in 0..64 {
        let found = simulation.observe(target, neuron, "i_syn").expect("a variable");
        assert!((160_000.0..240_000.0).contains(&found), "{found} pA");
    }
}

#[test]
fn a_strength_that_sums_have_no_room_for_is_refused() {
    let mut network = Network::new("bounds").dt(1.0 * MS);
    let target = network.population("target", 1, sum());
    let source = network.source("source", 1, PoissonSource::new(500.0 * HZ));
    let volleys = network.source("volleys", 1, Flicker::new(10.0 * HZ, Waveform::Volley));
    let input = |hz: f64| PoissonGenerator::new(hz * HZ, 1.0 * PA).receptor("excitatory");
    let noise = network.stimulate(target, input(1000.0)).named("noise").id();
    // So fast that twice as fast could not be drawn.
    let fastest = network.stimulate(target, input(1e8)).named("fastest").id();
    let current = network.stimulate(target, DcGenerator::new(1.0 * PA)).named("current").id();
    let mut simulation = Simulation::new(&network, 1).expect("a sound network");
    let mut reference = Reference::new(&network).expect("a sound network");
    for (input, value, part) in [
        (noise, 2000.1, "stimulus.noise: 2000.1 Hz is out of range: give 0 to 2000 Hz"),
        (noise, -1.0, "-1 Hz is out of range"),
        (noise, f64::NAN, "NaN Hz is out of range"),
        (fastest, 1.1e8, "give 0 to 100000000 Hz"),
        (current, f64::INFINITY, "inf pA is out of range"),
        (current, -2e30, "give a current from -1e30 to 1e30 pA"),
        (StimulusId(3), 1.0, "there is no stimulus 3, but 3 numbered from 0"),
    ] {
        let of = [simulation.set_value(input, value), reference.set_value(input, value)];
        for refused in of.map(|e| e.expect_err("too much").to_string()) {
            assert!(refused.contains(part), "{refused}");
        }
    }
    for (population, hz, part) in [
        (source, 500.1, "population.source: 500.1 Hz is out of range: give 0 to 500 Hz"),
        (source, f64::NAN, "NaN Hz"),
        (volleys, 1.0, "population.volleys: `flicker` has no rate to set"),
        (target, 1.0, "`iaf_psc_exp` has no rate to set"),
        (PopulationId(3), 1.0, "there is no population 3"),
    ] {
        let of = [simulation.set_rate(population, hz), reference.set_rate(population, hz)];
        for refused in of.map(|e| e.expect_err("too much").to_string()) {
            assert!(refused.contains(part), "{refused}");
        }
    }
    for (input, value) in [(noise, 2000.0), (fastest, 1e8), (current, -1e30), (current, 1e30)] {
        simulation.set_value(input, value).expect("what was advised");
        reference.set_value(input, value).expect("what was advised");
    }
    simulation.set_rate(source, 500.0).expect("what was advised");
    reference.set_rate(source, 500.0).expect("what was advised");
    simulation.run(3.0 * MS).expect("on the grid");
    reference.run(3);
    let v = simulation.observe(target, 0, "v_m").expect("a variable");
    assert!(v.is_finite() && v == reference.observe(target, 0, 0), "{v}");
}

#[test]
fn a_rate_that_is_no_number_is_refused() {
    for rate in [f64::NAN * HZ, f64::INFINITY * HZ] {
        let waves = [
            Waveform::Sine { rate },
            Waveform::Square { rate },
            Waveform::Pulse { rate, width: MS },
        ];
        for wave in waves {
            let flicker: Box<dyn murine::stimulus::Source> = Flicker::new(10.0 * HZ, wave).into();
            let refused = flicker.validate(1, 0.1 * MS).expect_err("no number").to_string();
            assert!(refused.contains("rate: ") && refused.contains("is not finite"), "{refused}");
        }
    }
}

#[test]
fn the_fastest_rate_can_be_drawn_whatever_the_step() {
    for dt in [0.1, 0.025, 0.3, 0.07, 1.0 / 3.0, 1e-3, 0.7, 1.1] {
        let mut network = Network::new("fast").dt(dt * MS);
        let model = IafPscExp { t_ref: (0.0 * MS).into(), ..sum() };
        let target = network.population("target", 1, model);
        // The limit that the message of a rate beyond it names.
        let fastest = murine::stimulus::MAX_MEAN / (dt * 1e-3);
        let input = PoissonGenerator::new(fastest * HZ, 1.0 * PA).receptor("excitatory");
        network.stimulate(target, input);
        let mut simulation = Simulation::new(&network, 1).expect("a sound network");
        let none = std::sync::atomic::AtomicBool::new(false);
        simulation.run_steps(2, &none).expect("finite states");
        Reference::new(&network).expect("a sound network").run(2);
    }
}

#[test]
fn what_is_injected_fits_or_is_refused() {
    let (network, target) = network(0.1, &[(silent(), 1, 1000.0), (silent(), 10, 1e-4)]);
    let source = PopulationId(1);
    let mut simulation = Simulation::new(&network, 1).expect("a sound network");
    let mut reference = Reference::new(&network).expect("a sound network");
    let mut accepted = 0;
    let refused = loop {
        match simulation.inject(source, &[0, 0, 0]) {
            Ok(()) => accepted += 3,
            Err(e) => break e.to_string(),
        }
        reference.inject(source, &[0, 0, 0]).expect("a neuron");
    };
    assert!(
        refused.contains("neuron 0 cannot emit") && refused.contains("different steps"),
        "{refused}"
    );
    assert!(accepted >= 3, "some fit");
    simulation.run(1.0 * MS).expect("on the grid");
    reference.run(10);
    let found = current(&simulation, target);
    assert!(
        (found - 1000.0 * f64::from(accepted)).abs() < 1e-3 * found,
        "{found} pA of {accepted}"
    );
    assert!((found - reference.observe(target, 0, 1)).abs() < 1e-3);
    simulation.inject(source, &[0]).expect("in the next step, others fit");
}

#[test]
fn a_weight_that_is_lost_is_told() {
    let mut network = Network::new("lost");
    let source = network.source("source", 1, SpikeGenerator::new(vec![vec![1.0 * MS]]));
    let target = network.population("target", 3, sum());
    let listed = |weight| Listed { source: 0, target: 1, weight, delay: 1.0 };
    let list = [1e-9, 100.0, 70.0].map(listed);
    network.project(source, target, List::new(&list).expect("a list")).receptor("excitatory");
    let rounding = network.rounding().expect("a list of which a sum is right");
    assert_eq!(rounding.largest_error, 1.0, "1e-9 pA became zero");
    assert_eq!((rounding.lost, rounding.lost_share), (1.0, 1.0 / 3.0));
}

#[test]
fn a_stimulus_whose_weight_is_rounded_is_told() {
    let mut network = Network::new("rounded");
    let target = network.population("target", 1, sum());
    for weight in [100.0, 0.0123] {
        let input = PoissonGenerator::new(1e6 * HZ, weight * PA).receptor("excitatory");
        network.stimulate(target, input);
    }
    let rounding = network.rounding().expect("weights of stimuli");
    let unit = rounding.units[target.0][0];
    let error = (f64::from(rounding.stimuli[1]) * unit / 0.0123 - 1.0).abs();
    assert!(error > 1e-6 && (rounding.largest_error / error - 1.0).abs() < 1e-6, "{error}");
}
