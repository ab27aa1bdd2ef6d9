//! A TOML document as a tree in which every key and value knows where it was written.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::fault::Fault;

/// Where something was written: a range of bytes of one of the [`Sources`](super::fault::Sources).
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Place {
    /// The number of the text.
    pub text: usize,
    /// The bytes.
    pub span: Range<usize>,
}

/// A value and its place.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub place: Place,
    pub value: Value,
}

/// What a value can be.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Text(String),
    Integer(i128),
    Number(f64),
    Bool(bool),
    Datetime(String),
    List(Vec<Node>),
    Table(Table),
}

/// A table, in the order of the text.
#[derive(Clone, Debug, Default)]
pub(super) struct Table(pub Vec<Entry>);

/// A key with its value.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub key: String,
    /// Where the key was written.
    pub place: Place,
    pub node: Node,
}

impl Table {
    /// The value of `key`.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        self.0.iter().find(|e| e.key == key).map(|e| &e.node)
    }

    /// The value of `key`, to be changed.
    pub(super) fn get_mut(&mut self, key: &str) -> Option<&mut Node> {
        self.0.iter_mut().find(|e| e.key == key).map(|e| &mut e.node)
    }

    /// Takes `key` out.
    pub(super) fn take(&mut self, key: &str) -> Option<Entry> {
        let i = self.0.iter().position(|e| e.key == key)?;
        Some(self.0.remove(i))
    }

    /// Puts `entry` in, in place of an entry with that key.
    pub(super) fn put(&mut self, entry: Entry) {
        match self.0.iter_mut().find(|e| e.key == entry.key) {
            Some(old) => *old = entry,
            None => self.0.push(entry),
        }
    }

    /// All keys.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|e| e.key.as_str())
    }
}

impl Node {
    /// A text written at `place`.
    pub(super) fn text(text: impl Into<String>, place: &Place) -> Self {
        Self { place: place.clone(), value: Value::Text(text.into()) }
    }

    /// A table written at `place`.
    pub(super) fn table(entries: Vec<Entry>, place: &Place) -> Self {
        Self { place: place.clone(), value: Value::Table(Table(entries)) }
    }

    /// This node as the value of `key`.
    pub(super) fn entry(self, key: impl Into<String>) -> Entry {
        Entry { key: key.into(), place: self.place.clone(), node: self }
    }

    /// The table this is.
    pub(super) fn as_table(&self) -> Option<&Table> {
        if let Value::Table(table) = &self.value { Some(table) } else { None }
    }

    /// The table this is, to be changed.
    pub(super) fn as_table_mut(&mut self) -> Option<&mut Table> {
        if let Value::Table(table) = &mut self.value { Some(table) } else { None }
    }

    /// The list this is.
    pub(super) fn as_list(&self) -> Option<&[Node]> {
        if let Value::List(list) = &self.value { Some(list) } else { None }
    }

    /// The text this is.
    pub(super) fn as_text(&self) -> Option<&str> {
        if let Value::Text(text) = &self.value { Some(text) } else { None }
    }

    /// The number this is.
    pub(super) fn as_number(&self) -> Option<f64> {
        match self.value {
            Value::Integer(i) => Some(i as f64),
            Value::Number(x) => Some(x),
            _ => None,
        }
    }

    /// The table this is, or a fault that says so.
    pub(super) fn expect_table(&self, what: &str) -> Result<&Table, Fault> {
        self.as_table().ok_or_else(|| self.wrong(&format!("{what}, a table")))
    }

    /// The fault that another type was expected here.
    pub(super) fn wrong(&self, expected: &str) -> Fault {
        Fault::new(format!("expected {expected}, but this is {}", self.kind())).at(&self.place)
    }

    /// What type this has, in words.
    pub(super) fn kind(&self) -> &'static str {
        match self.value {
            Value::Text(_) => "a string",
            Value::Integer(_) => "a whole number",
            Value::Number(_) => "a number",
            Value::Bool(_) => "true or false",
            Value::Datetime(_) => "a date",
            Value::List(_) => "a list",
            Value::Table(_) => "a table",
        }
    }
}

/// Reads text number `text`.
pub(super) fn parse(content: &str, text: usize) -> Result<Node, Fault> {
    let table = DeTable::parse(content).map_err(|e| syntax(content, &e, text))?;
    let place = Place { text, span: 0..0 };
    Ok(Node { value: Value::Table(convert_table(table.get_ref(), text)?), place })
}

/// Reads one value, as after an equals sign, that starts at byte `offset` of text number `text`.
pub(super) fn parse_value(content: &str, text: usize, offset: usize) -> Result<Node, Fault> {
    let value = DeValue::parse(content).map_err(|e| syntax(content, &e, text))?;
    let mut node = convert(value.get_ref(), value.span(), text)?;
    shift(&mut node, offset);
    Ok(node)
}

/// Moves every place of `node` by `offset` bytes.
fn shift(node: &mut Node, offset: usize) {
    let move_place = |p: &mut Place| p.span = p.span.start + offset..p.span.end + offset;
    move_place(&mut node.place);
    match &mut node.value {
        Value::List(list) => list.iter_mut().for_each(|n| shift(n, offset)),
        Value::Table(table) => table.0.iter_mut().for_each(|e| {
            move_place(&mut e.place);
            shift(&mut e.node, offset);
        }),
        _ => {}
    }
}

/// An error of the TOML parser.
fn syntax(content: &str, error: &toml::de::Error, text: usize) -> Fault {
    let span = error.span().unwrap_or(0..0);
    let mut problem = error.message().replace('\n', "; ");
    if let ("duplicate key", Some(key)) = (problem.as_str(), content.get(span.clone())) {
        problem = format!("duplicate key `{key}`");
    }
    Fault::new(problem).at(&Place { text, span })
}

fn convert_table(table: &DeTable<'_>, text: usize) -> Result<Table, Fault> {
    let entries = table.iter().map(|(key, value)| {
        let place = Place { text, span: key.span() };
        let mut node = convert(value.get_ref(), value.span(), text)?;
        if node.as_table().is_some() {
            // The span of a table is its header or nothing: the key is what to point at.
            node.place = place.clone();
        }
        Ok(Entry { key: key.get_ref().to_string(), place, node })
    });
    entries.collect::<Result<_, Fault>>().map(Table)
}

fn convert(value: &DeValue<'_>, span: Range<usize>, text: usize) -> Result<Node, Fault> {
    let place = Place { text, span };
    let fault = |problem: String| Fault::new(problem).at(&place);
    let value = match value {
        DeValue::String(s) => Value::Text(s.to_string()),
        DeValue::Integer(i) => Value::Integer(
            i128::from_str_radix(i.as_str(), i.radix())
                .map_err(|_| fault(format!("{i} is too large for a whole number")))?,
        ),
        DeValue::Float(x) => match x.as_str().parse::<f64>() {
            Ok(x) if x.is_finite() => Value::Number(x),
            _ => return Err(fault(format!("{x} is not a finite number"))),
        },
        DeValue::Boolean(b) => Value::Bool(*b),
        DeValue::Datetime(d) => Value::Datetime(d.to_string()),
        DeValue::Array(list) => Value::List(
            list.iter().map(|n| convert(n.get_ref(), n.span(), text)).collect::<Result<_, _>>()?,
        ),
        DeValue::Table(table) => Value::Table(convert_table(table, text)?),
    };
    Ok(Node { place, value })
}
