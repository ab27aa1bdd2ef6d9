//! Whatever is done to a config, it is either read or refused with a report: nothing panics.

use std::path::Path;

use murine::Error;
use murine::config::{Config, Overrides};
use proptest::prelude::*;

/// Texts that are in configs, or nearly, to be put where they do not belong.
const TOKENS: [&str; 44] = [
    "0",
    "-1",
    "1e18",
    "nan",
    "inf",
    "-0.0",
    "9223372036854775807",
    "\"\"",
    "\"1e308 pA\"",
    "\"-5 ms\"",
    "\"1e-300 ms\"",
    "\"0 ms\"",
    "\"exc\"",
    "\"8 Hz\"",
    "\"6 nS\"",
    "\"0.1 mV\"",
    "[]",
    "{}",
    "[[]]",
    "[[0]]",
    "true",
    "size",
    "neuron",
    "source",
    "rule",
    "weight",
    "delay",
    "target",
    "matrix",
    "normal",
    "uniform",
    "lognormal",
    "min",
    "sd",
    "all_to_all",
    "one_to_one",
    "modules",
    "between",
    "ring",
    "list",
    "=",
    ".",
    "[[projection]]",
    "[population]",
];

/// One change of a text.
#[derive(Clone, Debug)]
enum Change {
    DeleteLine(prop::sample::Index),
    DuplicateLine(prop::sample::Index, prop::sample::Index),
    SwapLines(prop::sample::Index, prop::sample::Index),
    ReplaceCharacter(prop::sample::Index, char),
    DeleteCharacters(prop::sample::Index, usize),
    ReplaceWord(prop::sample::Index, prop::sample::Index),
    SwapWords(prop::sample::Index, prop::sample::Index),
    Cut(prop::sample::Index),
}

fn change() -> impl Strategy<Value = Change> {
    let index = || any::<prop::sample::Index>();
    prop_oneof![
        1 => index().prop_map(Change::DeleteLine),
        1 => (index(), index()).prop_map(|(a, b)| Change::DuplicateLine(a, b)),
        1 => (index(), index()).prop_map(|(a, b)| Change::SwapLines(a, b)),
        1 => (index(), any::<char>()).prop_map(|(i, c)| Change::ReplaceCharacter(i, c)),
        1 => (index(), "[-0-9.,=\\[\\]{}\"# a-z]").prop_map(|(i, c)| {
            Change::ReplaceCharacter(i, c.chars().next().unwrap_or(' '))
        }),
        1 => (index(), 1_usize..30).prop_map(|(i, n)| Change::DeleteCharacters(i, n)),
        4 => (index(), index()).prop_map(|(i, token)| Change::ReplaceWord(i, token)),
        4 => (index(), index()).prop_map(|(a, b)| Change::SwapWords(a, b)),
        1 => index().prop_map(Change::Cut),
    ]
}

/// The ranges of bytes of the words, texts and numbers of `text` that are no comments.
fn words(text: &str) -> Vec<(usize, usize)> {
    let mut words = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let code = line.split('#').next().unwrap_or("");
        let mut at = start;
        for part in code.split_inclusive([' ', '=', ',', '[', ']', '{', '}', '.', '\n']) {
            let word = part.trim_end_matches([' ', '=', ',', '[', ']', '{', '}', '.', '\n']);
            if !word.is_empty() {
                words.push((at, at + word.len()));
            }
            at += part.len();
        }
        start += line.len();
    }
    words
}

fn apply(text: &str, change: &Change) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    let mut characters: Vec<char> = text.chars().collect();
    let words = words(text);
    if lines.is_empty() || words.is_empty() {
        return text.to_owned();
    }
    match change {
        Change::DeleteLine(i) => {
            lines.remove(i.index(lines.len()));
            lines.join("\n")
        }
        Change::DuplicateLine(i, to) => {
            lines.insert(to.index(lines.len()), lines[i.index(lines.len())]);
            lines.join("\n")
        }
        Change::SwapLines(a, b) => {
            let (a, b) = (a.index(lines.len()), b.index(lines.len()));
            lines.swap(a, b);
            lines.join("\n")
        }
        Change::ReplaceCharacter(i, c) => {
            let i = i.index(characters.len());
            characters[i] = *c;
            characters.into_iter().collect()
        }
        Change::DeleteCharacters(i, n) => {
            let i = i.index(characters.len());
            characters.drain(i..(i + n).min(characters.len()));
            characters.into_iter().collect()
        }
        Change::ReplaceWord(i, token) => {
            let (from, to) = words[i.index(words.len())];
            format!("{}{}{}", &text[..from], TOKENS[token.index(TOKENS.len())], &text[to..])
        }
        Change::SwapWords(a, b) => {
            let ((a, b), (c, d)) = (words[a.index(words.len())], words[b.index(words.len())]);
            if b > c {
                return text.to_owned();
            }
            let (first, second) = (&text[a..b], &text[c..d]);
            format!("{}{second}{}{first}{}", &text[..a], &text[b..c], &text[d..])
        }
        Change::Cut(i) => characters[..i.index(characters.len())].iter().collect(),
    }
}

/// The configs that come with Murine, and one with what they lack.
fn good(which: usize) -> String {
    let names = ["ring.toml", "brunel.toml", "cuba.toml", "coba.toml", "microcircuit.toml"];
    let Some(name) = names.get(which) else {
        return if which == names.len() { EVERYTHING.to_owned() } else { MODULES.to_owned() };
    };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs").join(name);
    std::fs::read_to_string(path).expect("a config")
}

const EVERYTHING: &str = r#"
name = "everything"
simulation = { duration = "20 ms", dt = "0.1 ms", warmup = "5 ms", seed = 3, precision = "double", threads = 2 }
[population]
exc = { size = 40, neuron.iaf_psc_exp = { i_e = { lognormal = { mean = "300 pA", sd = "30 pA", max = "900 pA" } } } }
inh = { size = 40, neuron.iaf_cond_exp = {}, reference_rate = "5 Hz" }
noise = { size = 40, source.poisson_generator = { rate = [{ from = "0 ms", value = "8 Hz" }, { from = "5 ms", value = "9 Hz" }] } }
train = { size = 2, source.spike_generator = { spike_times = [["1 ms", "2 ms"], []] } }
[[projection]]
source = ["exc", "noise"]
target = "exc"
receptor = "excitatory"
rule.fixed_outdegree = { outdegree = 5, autapses = false, multapses = false }
weight = { uniform = { low = "1 pA", high = "2 pA" } }
delay = { lognormal = { mean = "1.5 ms", sd = "0.5 ms" } }
[[projection]]
source = "noise"
target = "inh"
receptor = "excitatory"
rule = "one_to_one"
weight = "1 nS"
delay = "1 ms"
[[projection]]
source = "train"
target = "exc"
receptor = "inhibitory"
rule.fixed_total_number.total_number = 7
weight = "-1 pA"
delay = "1 ms"
[stimulus.current]
target = ["exc", "inh"]
step_current_generator = { amplitude = [{ from = "0 ms", value = "8 pA" }], start = "1 ms", stop = "9 ms" }
[recorder.some]
spikes = { population = ["exc", "inh"], sample = 5 }
[recorder.v]
state = { population = "exc", variables = ["v_m"], neurons = [0, 3], interval = "0.5 ms" }
[recorder.r]
rate = { population = "inh", bin = "5 ms" }
[recorder.a]
activity = { population = ["exc", "inh"], bin = "5 ms" }
"#;

/// Modules, linked in every way.
const MODULES: &str = r#"
modules = 6
simulation = { duration = "20 ms" }
[population]
exc = { size = 64, neuron.iaf_psc_delta = {} }
noise = { size = 3, source.poisson_generator = { rate = "8 Hz" } }
[[matrix]]
sources = ["exc", "noise"]
targets = ["exc"]
rule.fixed_outdegree.outdegree = [[5, 2]]
between.grid = { radius = 1.5, columns = 3 }
delay_per_distance = "0.5 ms"
synapse = [{ delay = "5 ms", weight = "0.5 mV" }]
[[projection]]
source = "exc"
target = "exc"
rule.pairwise_bernoulli = { p = 0.1, blocks = 4 }
between.small_world = { neighbours = 3, rewiring = 0.2 }
delay_per_distance = "0.3 ms"
weight = "1 mV"
delay = "1 ms"
[[projection]]
source = "exc"
target = "exc"
rule.fixed_outdegree = { outdegree = 5, autapses = false, multapses = false }
between.list = [[0, 1], [1, 1], [5, 3]]
weight = "1 mV"
delay = "1 ms"
[[projection]]
source = "exc"
target = "exc"
rule = "one_to_one"
between.matrix = [[0, 1, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0], [0, 0, 0, 0, 0, 1], [0, 0, 0, 1, 1, 0], [0, 0, 1, 0, 0, 0], [1, 0, 1, 0, 1, 0]]
weight = "1 mV"
delay = "1 ms"
[[projection]]
source = "exc"
target = "exc"
rule = "all_to_all"
between.ring.neighbours = 2
weight = "1 mV"
delay = "1 ms"
[stimulus.current]
target = "exc"
modules = { first = 2, count = 3 }
dc_generator.amplitude = "8 pA"
"#;

fn read(text: &str, overrides: &Overrides) -> Result<Config, String> {
    match Config::parse("mutant.toml", text, overrides) {
        Ok(config) => Ok(config),
        Err(Error::Config(report)) if report.contains('^') => Err(report),
        Err(other) => panic!("no report with a caret: {other}\n{text}"),
    }
}

#[test]
fn the_config_with_everything_is_good() {
    let config = read(EVERYTHING, &Overrides::default()).unwrap_or_else(|e| panic!("{e}"));
    let again = read(config.to_toml(), &Overrides::default()).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(format!("{:?}", config.network), format!("{:?}", again.network));
    assert_eq!(config.network.recorders.len(), 6);
    let config = read(MODULES, &Overrides::default()).unwrap_or_else(|e| panic!("{e}"));
    let again = read(config.to_toml(), &Overrides::default()).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(format!("{:?}", config.network), format!("{:?}", again.network));
    assert_eq!((config.network.modules, config.network.projections.len()), (6, 6));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn a_changed_config_is_read_or_refused(
        which in 0_usize..7,
        changes in prop::collection::vec(change(), 1..5),
        scale in prop::option::of(prop_oneof![Just(0.1), Just(3.0), Just(1e-5)]),
    ) {
        let mut text = good(which);
        for change in &changes {
            text = apply(&text, change);
        }
        let overrides = Overrides { scale, ..Overrides::default() };
        if let Ok(config) = read(&text, &overrides) {
            // What is read can be written, and means the same.
            let again = read(config.to_toml(), &Overrides::default());
            let again = again.unwrap_or_else(|e| panic!("{e}\n{text}\n{}", config.text));
            prop_assert_eq!(format!("{:?}", config.network), format!("{:?}", again.network));
        }
    }

    #[test]
    fn any_override_is_applied_or_refused(set in "[a-z.=\"\\[\\]{}0-9 -]{0,40}", path in 0_usize..6) {
        let paths = ["", "population.", "projection.0.", "simulation.", "matrix.ring.", "population.exc."];
        let overrides = Overrides { set: vec![format!("{}{set}", paths[path])], ..Overrides::default() };
        let _ = read(&good(path), &overrides);
    }
}
