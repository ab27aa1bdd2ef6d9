//! The configs that come with Murine, and what is always true of a config.

use std::path::{Path, PathBuf};

use murine::config::{Config, Overrides};

fn good() -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs");
    let entries = std::fs::read_dir(directory).expect("the directory of configs");
    let paths = entries.map(|entry| entry.expect("a file").path());
    let mut good: Vec<_> = paths.filter(|p| p.extension().is_some_and(|e| e == "toml")).collect();
    good.sort();
    assert!(good.len() >= 5, "only {} configs", good.len());
    good
}

fn load(path: &Path, overrides: &Overrides) -> Config {
    Config::load(path, overrides).unwrap_or_else(|e| panic!("{e}"))
}

fn named(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("configs").join(name)
}

fn synapses(config: &Config) -> f64 {
    let network = &config.network;
    let forecast = |i: usize| network.projections[i].rule.forecast(&network.pairing(i)).synapses;
    (0..network.projections.len()).map(forecast).sum()
}

#[test]
fn every_config_loads_and_its_resolved_text_gives_the_same_run() {
    for path in good() {
        for scale in [None, Some(0.5), Some(2.0)] {
            let config = load(&path, &Overrides { scale, ..Overrides::default() });
            let again = Config::parse("again.toml", config.to_toml(), &Overrides::default())
                .unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            assert_eq!(format!("{:?}", config.network), format!("{:?}", again.network));
            assert_eq!(config.duration, again.duration);
            assert_eq!(config.warmup, again.warmup);
            assert_eq!(config.text, again.text);
        }
    }
}

#[test]
fn the_full_microcircuit_has_the_published_numbers() {
    let config = load(&named("microcircuit.toml"), &Overrides::default());
    assert_eq!(config.network.size(), 77_169);
    assert_eq!(config.network.projections.len(), 55);
    let total = synapses(&config);
    assert!((298_880_968.0..=298_880_970.0).contains(&total), "{total}");
    assert_eq!(config.network.stimuli.len(), 8);
    assert_eq!(config.network.stimuli[6].stimulus.peak(), 8.0 * 2900.0);
    assert!(config.notes.is_empty());
}
