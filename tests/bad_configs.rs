//! Every file in tests/configs/bad is wrong, and says in `# error: ` lines what the report must
//! contain, and in a `# caret: ` line what the caret must point at. `# option: --set PATH=VALUE` (or `--seed`, `--threads`, `--duration`, `--scale`) lines
//! are applied as on the command line.

use std::path::{Path, PathBuf};

use murine::Error;
use murine::config::{Config, Overrides};

/// What follows `marker` in the comments of `text`.
pub(crate) fn marked<'a>(text: &'a str, marker: &str) -> Vec<&'a str> {
    text.lines().filter_map(|line| line.strip_prefix(marker)).map(str::trim).collect()
}

pub(crate) fn overrides(text: &str) -> Overrides {
    let mut overrides = Overrides::default();
    for option in marked(text, "# option:") {
        let (option, value) = option.split_once(' ').expect("an option and a value");
        match option {
            "--set" => overrides.set.push(value.to_owned()),
            "--seed" => overrides.seed = Some(value.parse().expect("a seed")),
            "--threads" => overrides.threads = Some(value.parse().expect("a number")),
            "--duration" => overrides.duration = Some(value.parse().expect("a time")),
            "--scale" => overrides.scale = Some(value.parse().expect("a factor")),
            other => panic!("unknown option {other}"),
        }
    }
    overrides
}

pub(crate) fn files() -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/configs/bad");
    let mut files: Vec<PathBuf> = std::fs::read_dir(directory)
        .expect("the directory of bad configs")
        .map(|entry| entry.expect("a file").path())
        .filter(|path| path.extension().is_some_and(|e| e == "toml"))
        .collect();
    files.sort();
    files
}

/// The text above the carets of a report; none where they stand behind a line or span several.
pub(crate) fn pointed_at(report: &str) -> Option<String> {
    let lines: Vec<&str> = report.lines().collect();
    lines.windows(2).find_map(|pair| {
        let carets = pair[1].trim_start().strip_prefix('|')?.trim();
        if carets.is_empty() || carets.chars().any(|c| c != '^') {
            return None;
        }
        let from = pair[1].chars().position(|c| c == '^')?;
        let text: String = pair[0].chars().skip(from).take(carets.len()).collect();
        (!text.trim().is_empty()).then_some(text)
    })
}

/// What is wrong with the report on the file at `path`, and the report.
fn complaint(path: &Path) -> Option<String> {
    let text = String::from_utf8_lossy(&std::fs::read(path).expect("a file")).into_owned();
    let expected = marked(&text, "# error:");
    let overrides = overrides(&text);
    let name = path.file_name().expect("a name").to_string_lossy().into_owned();
    let report = match Config::load(path, &overrides) {
        Ok(_) => return Some(format!("{name}: no error\n")),
        Err(Error::Config(report)) => report,
        Err(other) => return Some(format!("{name}: not a report: {other}\n")),
    };
    let mut missing: Vec<&str> =
        expected.iter().filter(|part| !report.contains(**part)).copied().collect();
    if expected.is_empty() {
        missing.push("(no `# error:` line)");
    }
    let place = if report.contains("--> --") { "--> --".into() } else { format!("{name}:") };
    let has_line = report.lines().any(|line| {
        let start = line.trim_start();
        line.contains(&place)
            || start.split_once(" |").is_some_and(|(n, _)| n.parse::<usize>().is_ok())
    });
    if !(has_line && report.contains(&place)) {
        missing.push("(file and line)");
    }
    if !report.contains('^') {
        missing.push("(a caret)");
    }
    let caret = marked(&text, "# caret:");
    if pointed_at(&report).as_deref() != caret.first().copied() {
        missing.push(caret.first().unwrap_or(&"(a `# caret:` line)"));
    }
    (!missing.is_empty()).then(|| format!("{name}: missing {missing:?} in\n{report}\n"))
}

#[test]
fn every_bad_config_is_refused_with_its_message() {
    let files = files();
    assert!(files.len() >= 60, "only {} bad configs", files.len());
    if let Ok(wanted) = std::env::var("SHOW") {
        for path in files.iter().filter(|p| p.display().to_string().contains(&wanted)) {
            let text = String::from_utf8_lossy(&std::fs::read(path).expect("a file")).into_owned();
            let error = Config::load(path, &overrides(&text)).expect_err("it is bad");
            println!("{error}\n");
        }
    }
    let complaints: Vec<String> = files.iter().filter_map(|path| complaint(path)).collect();
    assert!(complaints.is_empty(), "{} are wrong:\n{}", complaints.len(), complaints.join("\n"));
}
