//! No time is moved: whatever lies off the grid is refused, early and late in a run.

use murine::Simulation;
use murine::config::{Config, Overrides};
use murine::prelude::*;
use murine::random::Delays;

/// Half a step off, more than half a million steps from zero.
const LATE: &str = "50000.05 ms";

/// A config in which every time is on the grid; `--set` puts one off it.
const SOUND: &str = r#"
[simulation]
duration = "60 s"
warmup = "1 s"
[population.a]
size = 1
neuron.iaf_psc_exp.t_ref = "2 ms"
[population.s]
size = 1
source.spike_generator.spike_times = [["1 ms"]]
[population.f]
size = 1
source.flicker = { frequency = "0.01 Hz", waveform.pulse = { rate = "1 Hz", width = "1 s" } }
[[projection]]
source = "s"
target = "a"
receptor = "excitatory"
rule.all_to_all = {}
weight = "1 pA"
delay = "1 ms"
[stimulus.c]
target = "a"
step_current_generator.amplitude = [{ from = "1 s", value = "1 pA" }]
[stimulus.d]
target = "a"
dc_generator = { amplitude = "1 pA", start = "1 s", stop = "60 s" }
[recorder.v]
state = { population = "a", variables = ["v_m"], neurons = [0], interval = "1 ms" }
[recorder.m]
mean = { population = "a", variables = ["v_m"], interval = "1 ms" }
[recorder.r]
rate = { population = "a", bin = "1 ms" }
[recorder.b]
activity = { population = "a", bin = "1 ms" }
"#;

fn load(set: Option<&str>) -> murine::Result<Config> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("c.toml");
    std::fs::write(&path, SOUND).expect("a config");
    let set = set.map(str::to_owned).into_iter().collect();
    Config::load(&path, &Overrides { set, ..Overrides::default() })
}

#[test]
fn every_time_of_a_config_is_held_to_the_same_grid() {
    load(None).expect("sound");
    for key in [
        "simulation.duration",
        "simulation.warmup",
        "population.a.neuron.iaf_psc_exp.t_ref",
        "population.s.source.spike_generator.spike_times.0.0",
        "population.f.source.flicker.start",
        "population.f.source.flicker.stop",
        "population.f.source.flicker.waveform.pulse.width",
        "projection.0.delay",
        "stimulus.c.step_current_generator.amplitude.0.from",
        "stimulus.d.dc_generator.start",
        "stimulus.d.dc_generator.stop",
        "recorder.v.state.interval",
        "recorder.m.mean.interval",
        "recorder.r.rate.bin",
        "recorder.b.activity.bin",
    ] {
        for time in [LATE, "49999.95 ms", "1000.0000001 ms"] {
            let message = match load(Some(&format!("{key}={time}"))) {
                Ok(_) => panic!("{key} = {time} is accepted"),
                Err(error) => error.to_string(),
            };
            assert!(message.contains("is not a multiple of dt = 0.1 ms"), "{key}: {message}");
        }
    }
}

#[test]
fn so_is_every_time_of_a_list_and_of_the_library() {
    let off = |error: murine::Error| {
        let message = error.to_string();
        assert!(message.contains("is not a multiple of dt"), "{message}");
    };
    let delay = 1_000.000_05;
    let mut network = Network::new("list");
    let a = network.population("a", 2, IafPscDelta::default());
    let listed = [Listed { source: 0, target: 1, weight: 1.0, delay }];
    network.project(a, a, List::new(&listed).expect("a list"));
    off(network.validate().expect_err("off the grid"));
    off(Delays::new(&(delay * MS).into(), 0.1 * MS).expect_err("off the grid"));

    let mut network = Network::new("runs");
    let a = network.population("a", 1, IafPscDelta::default());
    let mut simulation = Simulation::new(&network, 1).expect("a network");
    let late = 50_000.05 * MS;
    off(simulation.run(late).expect_err("off the grid"));
    off(simulation.probe(a, 0, "v_m", late).expect_err("off the grid"));
    off(simulation.probe_mean(a, "v_m", late).expect_err("off the grid"));
    simulation.run(3.0 * (0.1 * MS)).expect("what arithmetic leaves is accepted");
    assert_eq!(simulation.time(), 0.3 * MS);
}
