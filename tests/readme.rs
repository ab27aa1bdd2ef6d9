//! What the README shows is true.

use murine::Simulation;
use murine::config::{Config, Overrides};
use murine::units::MS;

const README: &str = include_str!("../README.md");

/// The first block of the README in `language`.
fn block(language: &str) -> &'static str {
    let begin = format!("```{language}\n");
    let rest = README.split_once(&begin).expect("a block of this language").1;
    rest.split_once("```").expect("the end of the block").0
}

#[test]
fn the_network_in_a_file_runs_and_spikes() {
    let config = Config::parse("readme.toml", block("toml"), &Overrides::default()).unwrap();
    let mut simulation = Simulation::new(&config.network, 1).unwrap();
    simulation.run(100.0 * MS).unwrap();
    assert!(simulation.take_spikes().len() > 500);
}

#[test]
fn the_mistake_is_reported_as_shown() {
    let wrong = block("toml").replace("i_e = ", "tau_n = \"10 ms\"\ni_e = ");
    let error =
        Config::parse("readme.toml", &wrong, &Overrides::default()).unwrap_err().to_string();
    let shown = block("text").trim();
    assert!(error.contains(shown), "{error}\n does not contain\n{shown}");
}

#[test]
fn the_commands_exist() {
    for line in README.lines().filter_map(|l| l.strip_prefix("| `murine ")) {
        let command = line.split([' ', '`']).next().unwrap();
        let known = ["run", "check", "plot", "export", "recover", "bench", "schema", "completions"];
        assert!(known.contains(&command), "{command}");
    }
    assert!(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("configs/brunel.toml").exists());
}
