//! The module table of ARCHITECTURE.md, and house rules, held against the source.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Which module may import which, besides the ground: the table of ARCHITECTURE.md.
const TABLE: &str = "
| module | may import |
|---|---|
| random | - |
| neuron | random |
| rule | random |
| stimulus | random |
| record | random |
| network | neuron, rule, stimulus, record, random |
| config | network, neuron, rule, stimulus, record, random |
| compile | network, neuron, rule, stimulus, random |
| engine | compile, neuron, rule, stimulus, record, random |
| simulation | compile, engine, network, neuron, stimulus, record, random |
| reference | network, neuron, rule, stimulus, random |
| analysis | record |
| plot | record, analysis |
| decode | network, neuron, rule, simulation, stimulus, random |
";

/// What every module may import, and which imports nothing else.
const GROUND: [&str; 5] = ["error", "units", "registry", "simd", "prefetch"];

/// On the public API only: may import everything.
const TOP: [&str; 3] = ["lib", "main", "cli"];

/// Files that may hold `unsafe`, each with its reason in its first lines.
const UNSAFE: [&str; 2] = ["src/prefetch.rs", "src/random/ars.rs"];

/// Lines of the longest file that is still read at one go.
const LONGEST: usize = 500;

/// The modules that `module` may import; `None` if the table does not know it.
fn allowed(module: &str) -> Option<BTreeSet<&str>> {
    if GROUND.contains(&module) {
        return Some(GROUND.into());
    }
    let row = TABLE
        .lines()
        .filter_map(|line| line.trim_matches('|').split_once('|'))
        .find(|(name, _)| name.trim() == module)?;
    let names = row.1.trim_matches('|').split(',').map(str::trim).filter(|name| *name != "-");
    Some(names.chain(GROUND).chain([module]).collect())
}

/// Whatever lies under `folder` and is Rust.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The root of the package, and the path of a file below it with its text.
fn files(folder: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let of = root.join(folder);
    let paths = if of.exists() { sources(&of) } else { Vec::new() };
    let relative = |p: &Path| p.strip_prefix(root).expect("below the root").display().to_string();
    paths.iter().map(|p| (relative(p), fs::read_to_string(p).expect("a text"))).collect()
}

/// The top-level module that the file `src/...` belongs to.
fn module_of(path: &str) -> &str {
    let rest = path.trim_start_matches("src/");
    rest.split_once('/').map_or(rest.trim_end_matches(".rs"), |(module, _)| module)
}

/// The text without comments, and without the unit tests at its end.
fn code(text: &str) -> String {
    let end = text.find("#[cfg(test)]").unwrap_or(text.len());
    let lines = text[..end].lines().map(|line| line.split("//").next().unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

/// The identifier at the start of `text`.
fn identifier(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}

/// The first names of a group `{a::b, c::{d, e}}`.
fn group(text: &str) -> Vec<&str> {
    let (mut depth, mut names, mut expect) = (0, Vec::new(), true);
    for (i, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => break,
            '}' => depth -= 1,
            ',' if depth == 1 => expect = true,
            c if expect && depth == 1 && !c.is_whitespace() => {
                names.push(identifier(&text[i..]));
                expect = false;
            }
            _ => {}
        }
    }
    names
}

/// The top-level modules that `code` names by `prefix` (`crate::`): in `use` and elsewhere.
fn imports<'a>(code: &'a str, prefix: &str) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices(prefix) {
        if code[..at].ends_with('$') {
            continue; // in a macro for other crates
        }
        let rest = &code[at + prefix.len()..];
        if rest.starts_with('{') {
            found.extend(group(rest));
        } else {
            found.insert(identifier(rest));
        }
    }
    found
        .into_iter()
        .map(|name| if ["Error", "Result"].contains(&name) { "error" } else { name })
        .collect()
}

/// Whether `super::` leads to the crate root from this file.
fn is_module_root(path: &str) -> bool {
    path.matches('/').count() == 1 || (path.matches('/').count() == 2 && path.ends_with("/mod.rs"))
}

#[test]
fn modules_import_only_what_the_table_allows() {
    let mut wrong = Vec::new();
    for (path, text) in files("src") {
        let module = module_of(&path);
        if TOP.contains(&module) {
            continue;
        }
        let Some(allowed) = allowed(module) else {
            wrong.push(format!("{path}: the module `{module}` is not in the table"));
            continue;
        };
        let code = code(&text);
        let mut named = imports(&code, "crate::");
        if is_module_root(&path) {
            named.extend(imports(&code, "super::"));
        }
        for name in named.difference(&allowed) {
            wrong.push(format!("{path}: `{module}` may not import `{name}`"));
        }
        if code.contains("super::super::") {
            wrong.push(format!("{path}: write `crate::` in place of `super::super::`"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_table_has_no_cycle() {
    let names: Vec<&str> = TABLE
        .lines()
        .filter_map(|l| l.trim_matches('|').split_once('|').map(|(name, _)| name.trim()))
        .filter(|name| allowed(name).is_some() && !["module", "---"].contains(name))
        .collect();
    let mut placed = BTreeSet::from(GROUND);
    for _ in 0..names.len() {
        for &name in &names {
            let needs = allowed(name).expect("a row");
            if needs.iter().all(|n| *n == name || placed.contains(n)) {
                placed.insert(name);
            }
        }
    }
    let stuck: Vec<_> = names.iter().filter(|name| !placed.contains(*name)).collect();
    assert!(stuck.is_empty(), "in a cycle, or importing what is no module: {stuck:?}");
}

#[test]
fn the_parser_of_imports_sees_all_forms() {
    let code = "use crate::network::{Network, Rounding};\nuse crate::{Error, Result, rule::{A, B}, plot};\n\
                fn f() -> crate::engine::Simulation {}\n$crate::compile::x";
    let found: Vec<_> = imports(code, "crate::").into_iter().collect();
    assert_eq!(found, ["engine", "error", "network", "plot", "rule"]);
    assert_eq!(super_imports_of_a_root(), ["engine"]);
}

fn super_imports_of_a_root() -> Vec<&'static str> {
    imports("use super::engine::X;", "super::").into_iter().collect()
}

#[test]
fn files_are_short_finished_and_quiet() {
    let mut wrong = Vec::new();
    for folder in ["src", "tests", "examples", "benches"] {
        for (path, text) in files(folder) {
            let lines = text.lines().count();
            if lines > LONGEST {
                wrong.push(format!("{path}: {lines} lines: split it below {LONGEST}"));
            }
            for mark in [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("X", "XX")] {
                if text.contains(mark) {
                    wrong.push(format!("{path}: `{mark}`: do it, or write an issue"));
                }
            }
            let prints = ["println!", "eprintln!", "print!(", "dbg!("]
                .iter()
                .find(|p| code(&text).contains(**p));
            if let Some(print) = prints
                && folder == "src"
                && !["cli", "main"].contains(&module_of(&path))
            {
                wrong.push(format!("{path}: `{print}`: the library never prints"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn unsafe_code_is_where_it_may_be() {
    let unsafe_files: Vec<String> = files("src")
        .into_iter()
        .filter(|(_, text)| {
            code(text).split(|c: char| !c.is_alphanumeric() && c != '_').any(|w| w == "unsafe")
        })
        .map(|(path, _)| path)
        .collect();
    assert_eq!(unsafe_files, UNSAFE, "keep the list of files with unsafe code in step");
}
