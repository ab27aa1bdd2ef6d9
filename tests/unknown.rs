//! What a network does not have is refused by the library, not taken as something else.

use murine::compile::Plan;
use murine::prelude::*;
use murine::reference::Reference;

/// Three neurons, a source and a current, and numbers that only a larger network has.
fn simulation() -> (Simulation, PopulationId, StimulusId) {
    let mut network = Network::new("small");
    let a = network.population("a", 3, IafPscExp::default());
    let s = network.source(
        "s",
        1,
        PoissonSource { rate: (5.0 * HZ).into(), start: 0.0 * MS, stop: None },
    );
    network
        .project(s, a, AllToAll::default())
        .receptor("excitatory")
        .weight(1.0 * PA)
        .delay(1.0 * MS);
    let current =
        network.stimulate(a, DcGenerator { amplitude: 1.0 * PA, start: 0.0 * MS, stop: None });
    let current = current.id();
    (Simulation::new(&network, 1).expect("a sound network"), a, current)
}

fn says<T: std::fmt::Debug>(result: murine::Result<T>, parts: &[&str]) {
    let message = result.expect_err("it must be refused").to_string();
    assert!(parts.iter().all(|part| message.contains(part)), "{message}");
}

#[test]
fn neurons_variables_and_intervals() {
    let (mut simulation, a, _) = simulation();
    let source = PopulationId(1);
    let neuron = ["there is no neuron 3: the population has 3, numbered from 0"];
    says(simulation.probe(a, 3, "v_m", 1.0 * MS), &neuron);
    says(simulation.observe(a, 3, "v_m"), &neuron);
    says(simulation.inject(a, &[0, 3]), &neuron);
    says(simulation.observe(a, u64::MAX, "v_m"), &["there is no neuron"]);
    let variable = ["unknown variable `x`", "v_m"];
    says(simulation.probe(a, 0, "x", 1.0 * MS), &variable);
    says(simulation.probe_mean(a, "x", 1.0 * MS), &variable);
    says(simulation.observe(a, 0, "x"), &variable);
    says(simulation.probe_mean(source, "v_m", 1.0 * MS), &["`s` has no state"]);
    for interval in [0.0, 0.05, -1.0] {
        let parts = ["interval: ", "is below the time step: give at least dt = 0.1 ms"];
        says(simulation.probe(a, 0, "v_m", interval * MS), &parts);
        says(simulation.probe_mean(a, "v_m", interval * MS), &parts);
    }
    says(simulation.run(-1.0 * MS), &["duration", "negative"]);
    simulation.run(2.0 * MS).expect("it runs on");
    assert!(simulation.take_samples().is_empty(), "no probe was set");
}

#[test]
fn numbers_of_another_network() {
    let (mut simulation, _, current) = simulation();
    let foreign = PopulationId(7);
    let parts = ["there is no population 7, but 2 numbered from 0"];
    says(simulation.probe(foreign, 0, "v_m", 1.0 * MS), &parts);
    says(simulation.probe_mean(foreign, "v_m", 1.0 * MS), &parts);
    says(simulation.observe(foreign, 0, "v_m"), &parts);
    says(simulation.inject(foreign, &[0]), &parts);
    says(simulation.set_value(StimulusId(4), 1.0), &["there is no stimulus 4, but 1 numbered"]);
    says(simulation.set_value(current, f64::NAN), &["NaN pA is out of range", "-1e30 to 1e30 pA"]);
    simulation.set_value(current, 2.0).expect("its own");
    says(simulation.network().receptor(7, None).map(|r| r.name), &parts);
}

#[test]
fn a_network_described_with_numbers_of_another() {
    let foreign = PopulationId(7);
    let refused = |describe: &dyn Fn(&mut Network, PopulationId), key: &str| {
        let mut network = Network::new("mixed");
        let a = network.population("a", 3, IafPscDelta::default());
        describe(&mut network, a);
        let parts = [key, "there is no population 7"];
        says(network.validate(), &parts);
        says(Simulation::new(&network, 0).map(|_| ()), &parts);
        says(Reference::new(&network).map(|_| ()), &parts);
    };
    let connect = |network: &mut Network, source: PopulationId, target: PopulationId| {
        network.project(source, target, AllToAll::default()).weight(1.0 * MV).delay(1.0 * MS);
    };
    refused(&|network, a| connect(network, foreign, a), "projection.0.source");
    refused(&|network, a| connect(network, a, foreign), "projection.0.target");
    let dc = DcGenerator { amplitude: 1.0 * PA, start: 0.0 * MS, stop: None };
    refused(
        &|network, _| {
            network.stimulate(foreign, dc.clone()).named("dc");
        },
        "stimulus.dc.target",
    );
    let record = |network: &mut Network, _| {
        network.record(Recorder::Spikes { population: foreign, sample: None });
    };
    refused(&record, "recorder.0.population");
}

#[test]
fn a_weight_or_delay_that_was_never_set() {
    let mut network = Network::new("unset");
    let a = network.population("a", 3, IafPscExp::default());
    network.project(a, a, AllToAll::default()).receptor("excitatory");
    says(network.validate(), &["projection.a->a.weight: there is none: set it", ".weight("]);
    says(Simulation::new(&network, 0).map(|_| ()), &["weight: there is none"]);
    network.projections[0].weight = Distribution::Constant((1.0 * PA).into());
    says(network.validate(), &["projection.a->a.delay: there is none: set it", ".delay("]);
    says(Plan::new(&network, 1).and_then(|_| Simulation::new(&network, 1)).map(|_| ()), &["delay"]);
    network.projections[0].delay = (1.0 * MS).into();
    network.validate().expect("both are set");
    // A list has its own.
    let list = [Listed { source: 0, target: 1, weight: 1.0, delay: 1.0 }];
    network.project(a, a, List::new(&list).expect("a list")).receptor("excitatory");
    network.validate().expect("listed");
    Simulation::new(&network, 2).expect("it is built");
    network.project(a, a, List::from_file("l.csv")).receptor("excitatory");
    says(network.validate(), &["the synapses of \"l.csv\" have not been read: load the list"]);
}
