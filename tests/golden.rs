//! Spikes and counters of fixed networks, to the bit: what must not change without intent.
//!
//! If a change is meant to alter the spikes (another order of random numbers, another rounding,
//! a correction of a model), run
//!
//! ```text
//! cargo test golden:: -- --nocapture
//! ```
//!
//! put the new lines that it prints in place of the old ones, and say in the commit and in
//! CHANGELOG.md why they changed. A change that should only make things faster, smaller or more
//! readable never touches `SPIKES`; `packets`, `rows` and `prefetches` may change with the layout.

use std::fmt::Write;

use crate::support::networks::{configured, hash, modules};
use murine::Simulation;
use murine::engine::Counters;

/// Name, steps, number of spikes, hash.
const SPIKES: &str = "
ring 2000 160 aa130accb0b7927c
brunel 3000 10997 d9a8e34543309cd0
cuba 1000 1111 a789d87d572b1b71
coba 6000 51493 1d74dda329feaa75
coba_double 6000 51676 c293fc2ccfba46de
lgn 10000 8221 ffb218727feaa32c
microcircuit 2000 1588 5ef28f8cb5947798
modules 2000 6705 a339710ad2afb778
mouse 1000 16469 357afa471a96358a
";

/// Name, then counters after the same steps on two threads.
const COUNTERS: &str = "
ring rows 160 packets 706 events 775 pending 25 slept 197
brunel rows 21994 packets 21928 events 1095720 pending 3266 slept 0
cuba rows 2222 packets 2220 events 22112 pending 31 slept 0
coba rows 102986 packets 102964 events 4114599 pending 853 slept 0
coba_double rows 103352 packets 103344 events 4133009 pending 338 slept 0
lgn rows 13739 packets 16868 events 138963 pending 1765 slept 0
microcircuit rows 3176 packets 90827 events 296357 pending 1907 slept 0
modules rows 13410 packets 282155 events 385822 pending 35842 slept 0
mouse rows 0 packets 147791 events 13683487 pending 35190 slept 0
";

/// Name, then cache lines of synapses asked for ahead in the same steps on one thread.
const PREFETCHES: &str = "
ring prefetches 747
brunel prefetches 79246
cuba prefetches 2472
coba prefetches 308749
coba_double prefetches 310201
lgn prefetches 20521
microcircuit prefetches 74327
modules prefetches 261120
mouse prefetches 0
";

/// Twelve small modules: halved delays, rare Poisson input, links that are rewired.
const MOUSE: [&str; 3] =
    ["modules=12", "population.excitatory.size=1024", "population.inhibitory.size=256"];

fn networks() -> Vec<(&'static str, murine::network::Network, u64)> {
    let double = ["simulation.precision=double"];
    vec![
        ("ring", configured("ring.toml", 1.0, &[]), 2000),
        ("brunel", configured("brunel.toml", 0.08, &[]), 3000),
        ("cuba", configured("cuba.toml", 0.25, &[]), 1000),
        ("coba", configured("coba.toml", 1.0, &[]), 6000),
        ("coba_double", configured("coba.toml", 1.0, &double), 6000),
        ("lgn", configured("lgn.toml", 1.0, &[]), 10_000),
        ("microcircuit", configured("microcircuit.toml", 0.05, &[]), 2000),
        ("modules", modules(), 2000),
        ("mouse", configured("darwin-mouse.toml", 1.0, &MOUSE), 1000),
    ]
}

#[test]
fn spikes_and_counters_are_those_of_before() {
    let (mut spikes, mut counted) = (String::from("\n"), String::from("\n"));
    for (name, network, steps) in networks() {
        let mut simulation = Simulation::new(&network, 2).expect("a sound network");
        simulation.run(network.dt * steps as f64).expect("on the grid");
        let Counters { spikes: n, rows, packets, events, slept, .. } = simulation.counters();
        let hash = hash(&mut simulation);
        let _ = writeln!(spikes, "{name} {steps} {n} {hash:016x}");
        let pending = simulation.pending();
        let _ = writeln!(
            counted,
            "{name} rows {rows} packets {packets} events {events} pending {pending} slept {slept}"
        );
    }
    if (spikes.as_str(), counted.as_str()) != (SPIKES, COUNTERS) {
        println!("SPIKES:{spikes}COUNTERS:{counted}");
    }
    assert_eq!(spikes, SPIKES, "see the head of this file");
    assert_eq!(counted, COUNTERS, "see the head of this file");
}

#[test]
fn as_many_cache_lines_are_asked_for_as_before() {
    let mut counted = String::from("\n");
    for (name, network, steps) in networks() {
        let mut simulation = Simulation::new(&network, 1).expect("a sound network");
        simulation.run(network.dt * steps as f64).expect("on the grid");
        let _ = writeln!(counted, "{name} prefetches {}", simulation.counters().prefetches);
    }
    assert_eq!(counted, PREFETCHES, "see the head of this file");
}
