//! The configs that come with Murine, and what is always true of a config.
#![expect(clippy::float_cmp, reason = "what is read is exact")]

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
    (0..network.projections.len()).map(|i| network.forecast(i).synapses).sum()
}

#[test]
fn every_config_loads_and_its_resolved_text_gives_the_same_run() {
    for path in good() {
        let modular = load(&path, &Overrides::default()).network.modules > 1;
        for factor in [1.0, 0.5, 2.0] {
            // Of modules there are more or fewer; they are not scaled.
            let set = vec![format!("modules={}", 40.0 * factor)];
            let overrides = if modular {
                Overrides { set, ..Overrides::default() }
            } else {
                Overrides { scale: Some(factor), ..Overrides::default() }
            };
            let config = load(&path, &overrides);
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

#[test]
fn the_mouse_has_the_numbers_of_its_namesake() {
    let mouse = |set: &str| {
        let set = vec![set.to_owned()];
        load(&named("darwin-mouse.toml"), &Overrides { set, ..Overrides::default() })
    };
    let whole = mouse("modules=1832");
    assert_eq!(whole.network.size(), 120_061_952);
    assert!((synapses(&whole) - 1.0e11).abs() < 2e8, "{}", synapses(&whole));
    let hundredth = mouse("modules=18");
    assert_eq!(hundredth.network.size(), 18 * 65_536);
    // The same degrees.
    assert_eq!(synapses(&hundredth) / 18.0, synapses(&whole) / 1832.0);
}

#[test]
fn the_example_in_the_readme_is_good() {
    let readme = std::fs::read_to_string(named("README.md")).expect("a file");
    let example = readme.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next());
    let config = Config::parse("readme.toml", example.expect("an example"), &Overrides::default())
        .unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(config.network.projections.len(), 2);
}

#[test]
fn overrides_reach_any_key() {
    let set = [
        "projection.inhibition.weight=-0.6 mV",
        "projection.0.delay=2 ms",
        "stimulus.background.poisson_generator.rate=40 kHz",
        "population.exc.size=5000",
        "population.inh.neuron.lif.tau_m=10 ms",
        "simulation.precision=double",
    ];
    let set = set.map(str::to_owned).to_vec();
    let overrides = Overrides {
        set,
        seed: Some(9),
        threads: Some(3),
        duration: Some(50.0 * murine::units::MS),
        scale: None,
    };
    let config = load(&named("brunel.toml"), &overrides);
    let network = &config.network;
    assert_eq!(network.projections[2].weight.range(), (-0.6, -0.6));
    assert_eq!(network.projections[0].delay.range(), (2.0, 2.0));
    assert_eq!(network.stimuli[1].stimulus.peak(), 40_000.0);
    assert_eq!((network.populations[0].size, network.seed), (5000, 9));
    assert_eq!((config.threads, config.duration.ms()), (Some(3), 50.0));
    assert_eq!(network.precision, murine::network::Precision::Double);
    assert!(format!("{:?}", network.populations[1].kind).contains("tau_m: Drawn(Constant(Time(10"));
}

#[test]
fn a_list_is_found_beside_its_config_and_in_the_resolved_text() {
    let directory = tempfile::tempdir().expect("a directory");
    std::fs::write(
        directory.path().join("s.csv"),
        "source,target,weight_mV,delay_ms\n0,1,0.5,1.5\n",
    )
    .expect("written");
    let path = directory.path().join("listed.toml");
    let text = "[simulation]\nduration = \"1 ms\"\n[population.a]\nsize = 2\nneuron.iaf_psc_delta = {}\n\
                [[projection]]\nsource = \"a\"\ntarget = \"a\"\nrule.list.path = \"s.csv\"\n";
    std::fs::write(&path, text).expect("written");
    let config = load(&path, &Overrides::default());
    assert_eq!(synapses(&config), 1.0);
    let again = Config::parse("elsewhere/again.toml", config.to_toml(), &Overrides::default());
    assert_eq!(synapses(&again.unwrap_or_else(|e| panic!("{e}"))), 1.0);
}
