//! What is wrong with a config, where, and how it is shown.

use std::fmt;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use serde::de;

use super::tree::Place;
use crate::Error;

/// Something wrong in a config.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    /// What, in one line.
    pub problem: String,
    /// Where; filled in by the innermost value that knows its place.
    pub place: Option<Place>,
    /// What would be right.
    pub notes: Vec<String>,
}

impl Fault {
    /// A fault without a place.
    pub(super) fn new(problem: impl Into<String>) -> Self {
        Self { problem: problem.into(), place: None, notes: Vec::new() }
    }

    /// The same fault at `place`, unless it has one already.
    #[must_use]
    pub(super) fn at(mut self, place: &Place) -> Self {
        self.place.get_or_insert_with(|| place.clone());
        self
    }

    /// The same fault with a line of advice.
    #[must_use]
    pub(super) fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// `what` (such as "key") `name` does not exist, but `known` do.
    pub(super) fn unknown<'a>(
        what: &str,
        name: &str,
        known: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let known: Vec<&str> = known.into_iter().collect();
        let fault = match nearest(name, &known) {
            Some(best) => Self::new(format!("unknown {what} `{name}`; did you mean `{best}`?")),
            None => Self::new(format!("unknown {what} `{name}`")),
        };
        if known.is_empty() {
            return fault.note(format!("there is no {what} to choose from here"));
        }
        let list: Vec<String> = known.iter().map(|k| format!("`{k}`")).collect();
        fault.note(format!("known: {}", list.join(", ")))
    }
}

/// The name most like `name`, if any is like it: a third of the letters may be wrong, or the
/// beginnings agree.
fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let name = name.to_lowercase();
    let letters = name.chars().count();
    let wrong = |k: &str| strsim::damerau_levenshtein(&name, &k.to_lowercase());
    let likeness = |k: &str| strsim::jaro_winkler(&name, &k.to_lowercase());
    let best = known.iter().min_by_key(|k| wrong(k))?;
    if wrong(best) <= (letters / 3).max(1) {
        return Some(best);
    }
    let best = known.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
    (likeness(best) > 0.8).then_some(best)
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem)
    }
}

impl std::error::Error for Fault {}

/// The types of Rust in words a modeller knows.
fn in_words(expected: &dyn de::Expected) -> String {
    match expected.to_string().as_str() {
        "u64" | "usize" | "u32" => "a whole number of at least 0".into(),
        "a boolean" => "true or false".into(),
        "f64" => "a number".into(),
        "a string" => "a string in quotes".into(),
        "a sequence" => "a list in brackets".into(),
        other if other.starts_with("struct") || other == "a map" => "a table of keys".into(),
        other => other.to_owned(),
    }
}

impl de::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(message.to_string())
    }

    fn invalid_type(unexpected: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        let this = match unexpected {
            de::Unexpected::Map => "a table".to_owned(),
            de::Unexpected::Seq => "a list".to_owned(),
            de::Unexpected::Float(x) if x.fract() == 0.0 => {
                let x = if x.abs() < 1e15 { format!("{x:.1}") } else { format!("{x:e}") };
                format!("{x} (with a decimal point or an exponent)")
            }
            de::Unexpected::Float(x) => format!("{x}"),
            de::Unexpected::Signed(i) => format!("{i}"),
            de::Unexpected::Unsigned(i) => format!("{i}"),
            de::Unexpected::Str(s) => format!("the string \"{s}\""),
            de::Unexpected::Bool(b) => format!("{b}"),
            other => other.to_string(),
        };
        Self::new(format!("expected {}, but this is {this}", in_words(expected)))
    }

    fn invalid_value(unexpected: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::invalid_type(unexpected, expected)
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::unknown("name", variant, expected.iter().copied())
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self::unknown("key", field, expected.iter().copied())
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(format!("the key `{field}` is missing here"))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new(format!("the key `{field}` is given twice"))
    }
}

/// The texts a config is made of: the file first, then what the command line sets.
#[derive(Clone, Debug)]
pub(super) struct Sources(Vec<(String, String)>);

impl Sources {
    /// The file.
    pub(super) fn new(name: &str, text: &str) -> Self {
        Self(vec![(name.to_owned(), text.to_owned())])
    }

    /// Adds a text that is shown as `name`, and returns its number.
    pub(super) fn add(&mut self, name: &str, text: &str) -> usize {
        self.0.push((name.to_owned(), text.to_owned()));
        self.0.len() - 1
    }

    /// Shows `fault` with file, line and caret.
    pub(super) fn render(&self, fault: &Fault) -> Error {
        let place = fault.place.clone().unwrap_or(Place { text: 0, span: 0..0 });
        let (name, text) = &self.0[place.text];
        // A file without a character has no line to point into.
        let text = if text.is_empty() { "\n" } else { text.as_str() };
        let start = floor(text, place.span.start);
        let span = start..floor(text, place.span.end).max(start);
        let snippet = Snippet::source(text)
            .path(name.as_str())
            .annotation(AnnotationKind::Primary.span(span));
        let notes = fault.notes.iter().map(|note| Level::NOTE.message(note.as_str()));
        let report: [Group<'_>; 1] =
            [Level::ERROR.primary_title(fault.problem.as_str()).element(snippet).elements(notes)];
        Error::Config(Renderer::plain().render(&report))
    }
}

/// The nearest boundary of a character at or before byte `at`.
fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
