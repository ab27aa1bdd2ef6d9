//! The memory that is predicted before a network is built, against what it takes: each network is
//! built and run for a while in a process of its own, whose peak the system reports.
#![cfg(target_os = "linux")]

use std::process::Command;

use crate::support::networks::configured;
use murine::Simulation;
use murine::compile::{Memory, Plan};
use murine::prelude::*;
use murine::rule::Between;

/// Tells the child what to build: NAME:THREADS.
const TASK: &str = "MURINE_MEMORY_TASK";

fn network(name: &str) -> Network {
    match name {
        "nothing" => silent(1),
        "silent" => silent(3_000_000),
        "groups" => groups(),
        "spread" => spread(),
        "indegree" => indegree(),
        "bernoulli" => bernoulli(),
        "listed" => listed(),
        "long" => long(),
        "modules" => modules(),
        "brunel" => configured("brunel.toml", 1.0, &[]),
        "brunel_double" => configured("brunel.toml", 0.5, &["simulation.precision=double"]),
        "coba" => configured("coba.toml", 1.0, &[]),
        "microcircuit_0.1" => configured("microcircuit.toml", 0.1, &[]),
        "microcircuit_0.3" => configured("microcircuit.toml", 0.3, &[]),
        "microcircuit" => configured("microcircuit.toml", 1.0, &[]),
        _ => panic!("no network is called {name}"),
    }
}

/// Neurons without synapses.
fn silent(size: u64) -> Network {
    let mut network = Network::new("silent");
    network.population("cells", size, IafPscExp::default());
    network
}

/// A neuron that fires at some 10 Hz, out of step with the others.
fn restless() -> IafPscExp {
    IafPscExp {
        i_e: Distribution::uniform(370.0 * PA, 378.0 * PA).into(),
        v_m: Some(Distribution::uniform(-70.0 * MV, -55.0 * MV).into()),
        ..Default::default()
    }
}

/// Synapses that are listed one by one.
fn listed() -> Network {
    let mut network = Network::new("listed");
    let cells = network.population("cells", 1000, restless());
    let listed = |i: u64| Listed {
        source: i * 7919 % 1000,
        target: i / 7 % 900,
        weight: 1.0 + 1e-6 * i as f64,
        delay: 0.1 + 0.1 * (i % 30) as f64,
    };
    let synapses: Vec<Listed> = (0..2_000_000).map(listed).collect();
    network.project(cells, cells, List::new(&synapses).expect("a list")).receptor("excitatory");
    network
}

/// A ring of many small groups: most pairs of a source and a partition share few synapses.
fn groups() -> Network {
    let mut network = Network::new("groups");
    let cell = restless();
    let groups: Vec<_> =
        (0..400).map(|i| network.population(format!("g{i}"), 100, cell.clone())).collect();
    for (i, &group) in groups.iter().enumerate() {
        network
            .project(group, groups[(i + 1) % groups.len()], PairwiseBernoulli::new(0.5))
            .receptor("excitatory")
            .weight(0.5 * PA)
            .delay(Distribution::uniform(1.0 * MS, 8.0 * MS));
    }
    network
}

/// Neurons that all differ, with few synapses each.
fn spread() -> Network {
    let mut network = Network::new("spread");
    let cell = IafCondExp {
        tau_syn_ex: Distribution::uniform(3.0 * MS, 7.0 * MS).into(),
        v_m: Some(Distribution::uniform(-70.0 * MV, -55.0 * MV).into()),
        t_ref: (50.0 * MS).into(),
        ..Default::default()
    };
    let cells = network.population("cells", 200_000, cell);
    network
        .project(cells, cells, FixedOutdegree::new(20))
        .receptor("excitatory")
        .weight(1.0 * NS)
        .delay(Distribution::normal(3.0 * MS, 1.0 * MS));
    network.stimulate(cells, PoissonGenerator::new(500.0 * HZ, 1.0 * NS).receptor("excitatory"));
    network
}

/// The rule whose construction takes scratch of its own.
fn indegree() -> Network {
    let mut network = Network::new("indegree");
    let cells = network.population("cells", 40_000, IafPscDelta::default());
    network
        .project(cells, cells, FixedIndegree::new(1000))
        .weight(Distribution::normal(0.1 * MV, 0.01 * MV))
        .delay(Distribution::uniform(1.0 * MS, 3.0 * MS));
    network
}

fn bernoulli() -> Network {
    let mut network = Network::new("bernoulli");
    let cells = network.population("cells", 30_000, IafPscDelta::default());
    network.project(cells, cells, PairwiseBernoulli::new(0.05)).weight(0.1 * MV).delay(1.5 * MS);
    network
}

/// Many spikes on their way for a long time.
fn long() -> Network {
    let mut network = Network::new("long");
    let cells = network.population("cells", 5_000, restless());
    network
        .project(cells, cells, FixedOutdegree::new(500))
        .receptor("inhibitory")
        .weight(-1.0 * PA)
        .delay(Distribution::uniform(10.0 * MS, 100.0 * MS));
    network
}

/// Modules that project to themselves and to few others, with stored synapses.
fn modules() -> Network {
    let mut network = Network::new("modules").modules(40);
    let cells = network.population("cells", 40 * 4096, restless());
    let project = |network: &mut Network, between| {
        let own = network.project(cells, cells, FixedOutdegree::new(100)).receptor("excitatory");
        let own = own.weight(0.1 * PA).delay(Distribution::uniform(1.0 * MS, 5.0 * MS));
        if let Some(between) = between {
            own.between(between);
        }
    };
    project(&mut network, None);
    project(&mut network, Some(Between::Ring { neighbours: 4 }));
    network
}

/// Predicted and measured bytes.
fn measure(name: &str, threads: usize) -> (f64, f64) {
    let out = Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", "memory::child", "--include-ignored", "--nocapture"])
        .env(TASK, format!("{name}:{threads}"))
        .output()
        .expect("a child");
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    let value = |key| {
        let line = text.lines().find_map(|l| l.split_once(key)).map(|(_, rest)| rest.trim());
        let value = line.and_then(|v| v.parse::<f64>().ok());
        value.unwrap_or_else(|| {
            panic!("{name}: no {key} in {text}{}", String::from_utf8_lossy(&out.stderr))
        })
    };
    (value("predicted:"), value("peak:"))
}

/// Builds and runs what [`TASK`] says, and prints predicted and measured bytes.
#[test]
#[ignore = "does what the others ask of it"]
fn child() {
    let Ok(task) = std::env::var(TASK) else { return };
    let (name, threads) = task.split_once(':').expect("NAME:THREADS");
    let threads = threads.parse().expect("a number");
    let network = network(name);
    let plan = Plan::new(&network, threads).expect("a plan");
    let memory = Memory::predict(&network, &plan, Simulation::workers(&network, threads))
        .expect("a prediction");
    // What was needed to describe the network is not asked about.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    println!("\npredicted: {}\n{memory:?}", memory.total());
    let mut simulation = Simulation::new(&network, threads).expect("a sound network");
    println!("built: {}", peak());
    for _ in 0..10 {
        simulation.run(20.0 * MS).expect("on the grid");
        simulation.take_spikes();
    }
    println!("spikes: {}\npeak: {}", simulation.counters().spikes, peak());
}

/// The most that this process has taken.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("the process's status");
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).expect("a peak");
    1024 * line.trim().trim_end_matches(" kB").parse::<u64>().expect("kilobytes")
}

fn check(names: &[&str], threads: &[usize]) {
    let mut wrong = Vec::new();
    for name in names {
        for &threads in threads {
            let (predicted, peak) = measure(name, threads);
            let line = format!(
                "{name}, {threads} threads: predicted {:.1} MB, took {:.1} MB",
                predicted / 1e6,
                peak / 1e6
            );
            println!("{line}");
            if (predicted - peak).abs() > (0.05 * peak).max(20e6) {
                wrong.push(line);
            }
        }
    }
    assert!(wrong.is_empty(), "off by more than 5 % and 20 MB:\n{}", wrong.join("\n"));
}

#[test]
fn small_networks_take_what_is_predicted() {
    check(&["nothing", "groups", "listed", "coba", "long", "modules", "microcircuit_0.1"], &[2]);
}

#[test]
#[ignore = "takes minutes"]
fn networks_take_what_is_predicted() {
    let names = [
        "nothing",
        "silent",
        "groups",
        "spread",
        "indegree",
        "bernoulli",
        "long",
        "brunel",
        "brunel_double",
        "coba",
        "microcircuit_0.1",
        "microcircuit_0.3",
    ];
    check(&names, &[1, 2, 5]);
}

#[test]
#[ignore = "takes a minute and 1.5 GB"]
fn the_full_microcircuit_takes_what_is_predicted() {
    check(&["microcircuit"], &[2]);
}
