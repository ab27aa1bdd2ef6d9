//! Down-scaling against numbers worked out by hand.
#![expect(clippy::float_cmp, reason = "numbers of synapses are whole")]

use std::path::Path;

use murine::config::{Config, Overrides};
use murine::network::{Network, PopulationId};
use murine::stimulus::Action;
use murine::units::Weight;

fn load(name: &str, scale: Option<f64>, set: &[&str]) -> Config {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs").join(name);
    let set = set.iter().map(|s| (*s).to_owned()).collect();
    Config::load(path, &Overrides { scale, set, ..Overrides::default() })
        .unwrap_or_else(|e| panic!("{e}"))
}

fn synapses(network: &Network, i: usize) -> f64 {
    network.projections[i].rule.forecast(&network.pairing(i)).synapses
}

/// The constant current into a population in pA.
fn current(network: &Network, population: PopulationId) -> f64 {
    let of = network.stimuli.iter().filter(|s| s.target == population);
    of.filter(|s| s.stimulus.action() == Action::Current)
        .map(|s| s.stimulus.value(0, network.dt).0)
        .sum()
}

fn find(network: &Network, name: &str) -> PopulationId {
    network.find(name).unwrap_or_else(|| panic!("no population {name}"))
}

fn assert_near(value: f64, expected: f64, relative: f64) {
    assert!((value / expected - 1.0).abs() < relative, "{value}, expected {expected}");
}

#[test]
fn a_tenth_of_the_microcircuit_has_a_hundredth_of_its_synapses() {
    let (full, tenth) =
        (load("microcircuit.toml", None, &[]), load("microcircuit.toml", Some(0.1), &[]));
    assert!(tenth.notes.is_empty(), "{:?}", tenth.notes);
    // 2068 + 583 + 2192 + 548 + 485 + 107 + 1440 + 295
    assert_eq!(tenth.network.size(), 7718);
    assert_eq!(tenth.network.populations[0].size, 2068);
    for i in 0..full.network.projections.len() {
        let expected = synapses(&full.network, i) / 100.0;
        assert!((synapses(&tenth.network, i) - expected).abs() <= 0.5, "projection {i}");
    }
    let in_degree = |c: &Config, i: usize, n: f64| synapses(&c.network, i) / n;
    // K = ln(1 - 0.1009) / ln(1 - 1 / 20683^2) / 20683 = 2199.86 from L23E to itself.
    assert_near(in_degree(&full, 0, 20683.0), 2199.86, 1e-5);
    assert_near(in_degree(&tenth, 0, 2068.0), 219.99, 1e-3);
}

#[test]
fn weights_and_poisson_rates_of_the_microcircuit_shrink() {
    let tenth = load("microcircuit.toml", Some(0.1), &[]).network;
    let factor = 1.0 / 0.1_f64.sqrt();
    let (least, most) = tenth.projections[0].weight.range();
    assert_near(0.5 * (least + most), 87.8085 * factor, 0.05);
    let background = tenth.stimuli.iter().find(|s| s.name == "background_L6E").expect("a stimulus");
    assert_near(background.stimulus.peak(), 0.1 * 8.0 * 2900.0, 1e-12);
    let Action::Poisson { weight: Weight::Current(weight), .. } = background.stimulus.action()
    else {
        panic!("a Poisson stimulus in pA");
    };
    assert_near(weight.pa(), 87.8085 * factor, 1e-12);
}

/// The currents in pA, worked out in a few lines of Python from the tables of the publication:
/// `(1 - sqrt(0.1)) tau_syn (sum of w K rate + w_ext K_ext 8 Hz)`, where
/// `K = ln(1 - p) / ln(1 - 1 / (N_target N_source)) / N_target`.
const CURRENTS: [(&str, f64); 8] = [
    ("L23E", 27.7504),
    ("L23I", 111.3823),
    ("L4E", 112.5200),
    ("L4I", 114.4130),
    ("L5E", 125.0810),
    ("L5I", 151.5833),
    ("L6E", 43.7074),
    ("L6I", 153.7259),
];

#[test]
fn currents_keep_the_mean_input_of_the_microcircuit() {
    let tenth = load("microcircuit.toml", Some(0.1), &[]).network;
    for (name, expected) in CURRENTS {
        assert_near(current(&tenth, find(&tenth, name)), expected, 1e-4);
    }
    let larger = load("microcircuit.toml", Some(4.0), &[]).network;
    let (name, tenth) = CURRENTS[0];
    // 1 - sqrt(4) = -1.
    assert_near(current(&larger, find(&larger, name)), -tenth / (1.0 - 0.1_f64.sqrt()), 1e-4);
}

#[test]
fn currents_keep_the_mean_input_of_delta_synapses() {
    let quarter = load("brunel.toml", Some(0.25), &[]).network;
    assert_eq!(quarter.populations[0].size, 2500);
    assert_eq!(synapses(&quarter, 0), 2500.0 * 250.0);
    assert_eq!(quarter.projections[0].weight.range(), (0.2, 0.2));
    // C_m (1 - 1/2) (0.1 mV 1000 37.9 Hz - 0.5 mV 250 37.9 Hz + 0.1 mV 20 kHz), C_m = 250 pF.
    let expected = 250.0 * 0.5 * (3.79 - 4.7375 + 2.0);
    assert_near(current(&quarter, PopulationId(0)), expected, 1e-9);
}

#[test]
fn without_reference_rates_only_sizes_and_degrees_scale_and_a_note_says_so() {
    let set = ["projection.excitation.rule={fixed_indegree={indegree=64}}"];
    let half = load("cuba.toml", Some(0.5), &set);
    assert_eq!(half.network.populations[0].size, 1600);
    assert_eq!(synapses(&half.network, 0), 1600.0 * 32.0);
    assert_eq!(half.network.projections[0].weight.range(), (16.2, 16.2));
    assert!(half.network.stimuli.is_empty());
    assert_eq!(half.notes.len(), 1);
    assert!(half.notes[0].contains("exc, inh"), "{}", half.notes[0]);
}

#[test]
fn a_factor_of_one_changes_nothing() {
    let (full, same) =
        (load("microcircuit.toml", None, &[]), load("microcircuit.toml", Some(1.0), &[]));
    assert_eq!(full.network.stimuli.len(), same.network.stimuli.len());
    for i in 0..full.network.projections.len() {
        assert_eq!(synapses(&full.network, i), synapses(&same.network, i));
        assert_eq!(full.network.projections[i].weight, same.network.projections[i].weight);
    }
}
