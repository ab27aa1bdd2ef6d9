//! Whoever follows the advice of a message gets on: what it names in place of the culprit is
//! accepted there.

use murine::Error;
use murine::config::{Config, Overrides};
use murine::random::{Delays, Distribution};
use murine::units::MS;

use crate::bad_configs::{files, overrides, pointed_at};

/// Configs with one fault, beside those of tests/configs/bad.
const MORE: [(&str, &str); 6] = [
    ("duration = \"100 ms\"", "duration = \"0,1 s\""),
    ("duration = \"100 ms\"", "duration = \"0.05 ms\""),
    ("duration = \"100 ms\"", "duration = \"50000.05 ms\""),
    ("size = 4", "sise = 4"),
    ("delay = \"1 ms\"", "delay = \"1e999 ms\""),
    ("weight = \"1 mV\"", "weight = \"1 mW\""),
];

const SOUND: &str = r#"
[simulation]
duration = "100 ms"
[population.a]
size = 4
neuron = "iaf_psc_delta"
[[projection]]
source = "a"
target = "a"
rule.all_to_all = {}
weight = "1 mV"
delay = "1 ms"
"#;

/// What a report names to be written where its caret points, as TOML.
fn advice(report: &str) -> Vec<String> {
    let problem = report.lines().next().expect("a line");
    let mut found = Vec::new();
    for before in ["such as \"", "for example \""] {
        found.extend(problem.split_once(before).and_then(|(_, rest)| {
            rest.split_once('"').map(|(example, _)| format!("\"{example}\""))
        }));
    }
    for before in [": take ", "at least dt = "] {
        let Some((_, rest)) = problem.split_once(before) else { continue };
        let times = rest.split(" or ").filter(|time| time.parse::<murine::units::Time>().is_ok());
        found.extend(times.map(|time| format!("\"{time}\"")));
    }
    if let Some((_, rest)) = problem.split_once("did you mean `") {
        found.extend(rest.split_once('`').map(|(name, _)| name.to_owned()));
    }
    found
}

/// `text` with `advice` in place of what the report points at; `None` if that is elsewhere.
fn followed(text: &str, report: &str, advice: &str) -> Option<String> {
    let place = report.split_once("--> ")?.1.lines().next()?;
    let mut parts = place.rsplitn(3, ':');
    let column: usize = parts.next()?.parse().ok()?;
    let line: usize = parts.next()?.parse().ok()?;
    // What comes of a default is pointed at by the key of its table.
    let value = |culprit: &String| culprit.starts_with(|c: char| !c.is_ascii_alphabetic());
    let culprit = pointed_at(report).filter(|c| !advice.starts_with('"') || value(c))?;
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let chars: Vec<char> = lines.get(line - 1)?.chars().collect();
    let before: String = chars[..column - 1].iter().collect();
    let rest: String = chars[column - 1..].iter().collect();
    let rest = rest.strip_prefix(&culprit)?;
    let quoted = culprit.starts_with('"') && !advice.starts_with('"');
    let advice = if quoted { format!("\"{advice}\"") } else { advice.to_owned() };
    lines[line - 1] = format!("{before}{advice}{rest}");
    Some(lines.join("\n"))
}

/// Follows all advice about `text`; returns how often that could be tried.
fn follow(name: &str, text: &str, overrides: &Overrides) -> usize {
    let Err(Error::Config(report)) = Config::parse(name, text, overrides) else { return 0 };
    let problem = |report: &str| report.lines().next().map(str::to_owned);
    let mut tried = 0;
    for advice in advice(&report) {
        let Some(mended) = followed(text, &report, &advice) else { continue };
        tried += 1;
        if let Err(again) = Config::parse(name, &mended, overrides) {
            let again = again.to_string();
            // The next fault of a file with two is another matter.
            assert!(
                problem(&again) != problem(&report) && pointed_at(&again) != Some(advice.clone()),
                "{name}: {advice} is refused in turn\n{report}\n{again}"
            );
        }
    }
    tried
}

#[test]
fn whatever_a_message_names_is_accepted() {
    let mut tried = 0;
    for path in files() {
        let text = String::from_utf8_lossy(&std::fs::read(&path).expect("a file")).into_owned();
        tried += follow(&path.display().to_string(), &text, &overrides(&text));
    }
    for (sound, bad) in MORE {
        assert!(SOUND.contains(sound), "{sound}");
        let text = SOUND.replace(sound, bad);
        let one = follow("more.toml", &text, &Overrides::default());
        assert!(one > 0, "{bad}: nothing to follow");
        tried += one;
    }
    assert!(tried >= 40, "only {tried} pieces of advice");
}

fn problem(text: &str) -> String {
    let error = Config::parse("c.toml", text, &Overrides::default()).expect_err("refused");
    error.to_string().lines().next().expect("a line").to_owned()
}

#[test]
fn a_comma_is_answered_with_a_point_and_micro_is_read() {
    let with = |duration: &str| SOUND.replace("100 ms", duration);
    let message = problem(&with("1,5 ms"));
    assert!(message.contains("a comma where a point must be"), "{message}");
    assert!(message.contains("such as \"1.5 ms\""), "{message}");
    for micro in ["us", "\u{b5}s", "\u{3bc}s"] {
        let config = Config::parse("c.toml", &with(&format!("100 {micro}")), &Overrides::default());
        assert_eq!(config.expect("micro").duration, "0.1 ms".parse().expect("a time"));
    }
}

#[test]
fn advice_for_a_list_is_advice_that_a_list_can_take() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("c.toml");
    let text = SOUND.replace("rule.all_to_all = {}", "rule.list.path = \"l.csv\"");
    let text = text.replace("weight = \"1 mV\"\ndelay = \"1 ms\"\n", "");
    std::fs::write(&path, text).expect("a config");
    let refused = |rows: &str| {
        let list = format!("source,target,weight_mV,delay_ms\n{rows}");
        std::fs::write(folder.path().join("l.csv"), list).expect("a list");
        let error = Config::load(&path, &Overrides::default()).expect_err("refused").to_string();
        error.lines().next().expect("a line").to_owned()
    };
    let signs = refused("0,1,1,1\n1,0,-1,1\n");
    assert!(signs.contains("one sign; split the list by sign"), "{signs}");
    assert!(!signs.contains("min ="), "{signs}");
    let short = refused("0,1,1,0.05\n");
    assert!(
        short.ends_with("0.05 ms is below the time step: give at least dt = 0.1 ms"),
        "{short}"
    );
    let long = refused("0,1,1,2000\n");
    assert!(long.contains("give at most 1638.3 ms"), "{long}");
}

#[test]
fn a_constant_has_no_bounds_to_set() {
    let text = SOUND.replace("iaf_psc_delta", "iaf_psc_exp");
    let text = text.replace("weight = \"1 mV\"", "weight = \"-1 pA\"\nreceptor = \"excitatory\"");
    let message = problem(&text);
    assert!(message.contains("change the sign, or take the other receptor"), "{message}");
    let text = text.replace("iaf_psc_exp", "iaf_cond_exp").replace("pA", "nS");
    let message = problem(&text);
    assert!(message.ends_with("at least zero: change the sign"), "{message}");
    let message = problem(&SOUND.replace("delay = \"1 ms\"", "delay = \"2 s\""));
    assert!(message.contains("make it shorter") && !message.contains("max"), "{message}");
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn parameters_of_neurons_have_limits_with_units_and_remedies_that_work() {
    let normal = |mean: &str, sd: &str, bound: &str| {
        format!("{{ normal = {{ mean = \"{mean}\", sd = \"{sd}\"{bound} }} }}")
    };
    let uniform =
        |low: &str, high: &str| format!("{{ uniform = {{ low = \"{low}\", high = \"{high}\" }} }}");
    let text = |value: &str| format!("\"{value}\"");
    let list = |values: [&str; 4]| format!("{values:?}");
    for (key, wrong, part, right) in [
        ("tau_m", text("0 ms"), "tau_m: 0 ms must be above zero: give a higher one", text("1 ms")),
        (
            "v_th",
            text("-80 mV"),
            "v_th: -80 mV must be above v_reset = -70 mV: give a higher one, or a lower v_reset",
            text("-69 mV"),
        ),
        (
            "tau_m",
            normal("10 ms", "5 ms", ""),
            "must be above zero: give the distribution a min above zero",
            normal("10 ms", "5 ms", ", min = \"0.1 ms\""),
        ),
        (
            "v_th",
            normal("-65 mV", "5 mV", ""),
            "must be above v_reset = -70 mV: give the distribution a min above v_reset = -70 mV",
            normal("-65 mV", "5 mV", ", min = \"-69 mV\""),
        ),
        (
            "t_ref",
            uniform("-1 ms", "2 ms"),
            "-1 ms can be drawn, but must be at least zero: give the distribution a low of at least zero",
            uniform("0 ms", "2 ms"),
        ),
        (
            "tau_m",
            list(["1 ms", "2 ms", "-3 ms", "4 ms"]),
            "tau_m[2]: -3 ms must be above zero: give a higher one",
            list(["1 ms", "2 ms", "3 ms", "4 ms"]),
        ),
        (
            "tau_m",
            "[\"1 ms\"]".to_owned(),
            "tau_m: the list has 1 values, but the population has 4 neurons: give one each",
            list(["1 ms"; 4]),
        ),
        (
            "t_ref",
            text("0.15 ms"),
            "t_ref: 0.15 ms is not a multiple of dt = 0.1 ms: take 0.1 ms or 0.2 ms",
            text("0.2 ms"),
        ),
        (
            "t_ref",
            list(["1 ms", "1 ms", "1 ms", "0.15 ms"]),
            "t_ref[3]: 0.15 ms is not a multiple of dt",
            list(["1 ms", "1 ms", "1 ms", "0.1 ms"]),
        ),
        (
            "t_ref",
            text("429496729.6 ms"),
            "t_ref: 429496729.6 ms is too long: give at most 429496729.5 ms",
            text("429496729.5 ms"),
        ),
        (
            "t_ref",
            list(["1 ms", "5e8 ms", "1 ms", "1 ms"]),
            "t_ref[1]: 500000000 ms is too long: give at most 429496729.5 ms",
            list(["1 ms", "429496729.5 ms", "1 ms", "1 ms"]),
        ),
        (
            "t_ref",
            normal("1e9 ms", "1e9 ms", ", min = \"0 ms\""),
            "can be drawn: give the distribution a max of at most 429496729.5 ms",
            normal("1e9 ms", "1e9 ms", ", min = \"0 ms\", max = \"429496729.5 ms\""),
        ),
        (
            "t_ref",
            uniform("0 ms", "1e9 ms"),
            "1000000000 ms can be drawn: give the distribution a high of at most 429496729.5 ms",
            uniform("0 ms", "429496729.5 ms"),
        ),
        (
            "t_ref",
            uniform("0.01 ms", "0.04 ms"),
            "t_ref: all values, up to 0.04 ms, round to no step of dt = 0.1 ms",
            uniform("0.01 ms", "0.06 ms"),
        ),
        (
            "tau_m",
            uniform("2 ms", "1 ms"),
            "low: 2 ms is above high = 1 ms: exchange them",
            uniform("1 ms", "2 ms"),
        ),
        (
            "tau_m",
            normal("2 ms", "1 ms", ", min = \"3 ms\", max = \"1 ms\""),
            "min: 3 ms is above max = 1 ms: exchange them",
            normal("2 ms", "1 ms", ", min = \"1 ms\", max = \"3 ms\""),
        ),
    ] {
        let with = |value: &str| {
            let neuron = format!("neuron.iaf_psc_delta = {{ {key} = {value} }}");
            SOUND.replace("neuron = \"iaf_psc_delta\"", &neuron)
        };
        let message = problem(&with(&wrong));
        assert!(message.contains(part), "{key} = {wrong}: {message}");
        Config::parse("c.toml", &with(&right), &Overrides::default()).expect("the remedy works");
    }
}

#[test]
fn what_another_parameter_limits_is_limited_neuron_by_neuron() {
    let model = |v_th: [&str; 4]| {
        let neuron = format!(
            "neuron.iaf_psc_delta = {{ v_reset = [\"-60 mV\", \"-70 mV\", \"-70 mV\", \"-80 mV\"], v_th = {v_th:?} }}"
        );
        let text = SOUND.replace("neuron = \"iaf_psc_delta\"", &neuron);
        let config = Config::parse("c.toml", &text, &Overrides::default()).expect("a config");
        murine::Simulation::new(&config.network, 1).map(|_| ()).map_err(|e| e.to_string())
    };
    model(["-50 mV", "-65 mV", "-50 mV", "-75 mV"]).expect("each is above its own");
    let refused = model(["-50 mV", "-65 mV", "-75 mV", "-75 mV"]).expect_err("below its own");
    assert!(
        refused.contains("population.a.v_th[2]: -75 mV must be above v_reset = -70 mV"),
        "{refused}"
    );
}

#[test]
fn a_distribution_of_what_is_no_number_is_refused() {
    let (one, none) = (1.0 * MS, f64::NAN * MS);
    for distribution in [
        Distribution::Constant(none),
        Distribution::uniform(one, f64::INFINITY * MS),
        Distribution::normal(none, one),
        Distribution::lognormal(one, none),
        Distribution::normal(one, one).at_least(none),
    ] {
        let refused = Delays::new(&distribution, 0.1 * MS).expect_err("no number").to_string();
        assert!(refused.contains("is not finite: give a number"), "{refused}");
    }
}
