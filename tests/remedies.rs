//! Whoever follows the advice of a message gets on: what it names in place of the culprit is
//! accepted there.

use murine::Error;
use murine::config::{Config, Overrides};

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
