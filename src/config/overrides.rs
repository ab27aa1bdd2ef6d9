//! What the command line changes in a config before it is read.

use super::fault::{Fault, Sources};
use super::tree::{Entry, Node, Place, Value, parse_value};
use crate::Result;
use crate::units::Time;

/// Changes to a config that are not worth a file of their own.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overrides {
    /// `PATH=VALUE` for any key of the file: `population.exc.size=5000`,
    /// `simulation.duration=200 ms`. A projection is found by its number, from 0, or its name.
    /// A value that is no TOML is taken as a string.
    pub set: Vec<String>,
    /// In place of `simulation.seed`.
    pub seed: Option<u64>,
    /// In place of `simulation.threads`.
    pub threads: Option<u64>,
    /// In place of `simulation.duration`.
    pub duration: Option<Time>,
    /// Makes the network this many times as large, as [`Config`](super::Config) describes.
    pub scale: Option<f64>,
}

impl Overrides {
    /// What is set, with the option it came by.
    fn settings(&self) -> Vec<(&'static str, String)> {
        let mut settings: Vec<_> = self.set.iter().map(|text| ("--set", text.clone())).collect();
        settings.extend(self.seed.map(|n| ("--seed", format!("simulation.seed={n}"))));
        settings.extend(self.threads.map(|n| ("--threads", format!("simulation.threads={n}"))));
        settings.extend(self.duration.map(|t| ("--duration", format!("simulation.duration={t}"))));
        settings
    }

    /// Changes the tree.
    pub(super) fn apply(&self, root: &mut Node, sources: &mut Sources) -> Result<()> {
        for (option, setting) in self.settings() {
            let text = sources.add(option, &setting);
            set(root, &setting, text).map_err(|fault| sources.render(&fault))?;
        }
        self.check_scale(sources)
    }

    fn check_scale(&self, sources: &mut Sources) -> Result<()> {
        let Some(factor) = self.scale.filter(|factor| !(1e-6..=1e6).contains(factor)) else {
            return Ok(());
        };
        let given = factor.to_string();
        let place = Place { text: sources.add("--scale", &given), span: 0..given.len() };
        let problem = format!("{factor} is no factor: give one above zero, for example 0.1");
        Err(sources.render(&Fault::new(problem).at(&place)))
    }
}

/// One step of a path, with its place.
type Step = (String, Place);

/// Applies `PATH=VALUE`, which is text number `text`.
fn set(root: &mut Node, setting: &str, text: usize) -> Result<(), Fault> {
    let (mut path, equals) = parse_path(setting, text)?;
    let value = value(&setting[equals + 1..], text, equals + 1);
    let Some((key, place)) = path.pop() else { return Ok(()) };
    let mut node = root;
    for (depth, (key, place)) in path.iter().enumerate() {
        if depth == 0 {
            add_section(node, key, place);
        }
        node = step(node, key, place)?;
    }
    unfold(node, &key);
    match &mut node.value {
        Value::Table(table) => table.put(Entry { key, place, node: value }),
        Value::List(_) => *step(node, &key, &place)? = value,
        _ => return Err(no_keys(node, &place)),
    }
    Ok(())
}

/// The steps of the path in `setting`, and where its equals sign is.
fn parse_path(setting: &str, text: usize) -> Result<(Vec<Step>, usize), Fault> {
    let place = |span| Place { text, span };
    let (mut path, mut start, mut quoted) = (Vec::new(), 0, false);
    for (i, c) in setting.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '.' | '=' if !quoted => {
                let key = setting[start..i].trim().trim_matches('"');
                if key.is_empty() {
                    return Err(Fault::new("a key is empty here").at(&place(start..i + 1)));
                }
                path.push((key.to_owned(), place(start..i)));
                start = i + 1;
                if c == '=' {
                    return Ok((path, i));
                }
            }
            _ => {}
        }
    }
    Err(Fault::new("there is no `=` here")
        .at(&place(0..setting.len()))
        .note("give PATH=VALUE, for example population.exc.size=5000"))
}

/// The value in `content`: TOML, or else a string, so that units need no quotes.
fn value(content: &str, text: usize, offset: usize) -> Node {
    parse_value(content, text, offset).unwrap_or_else(|_| {
        let start = offset + content.len() - content.trim_start().len();
        let place = Place { text, span: start..start + content.trim().len() };
        Node::text(content.trim(), &place)
    })
}

/// Adds a section that may be left out of a file.
fn add_section(root: &mut Node, key: &str, place: &Place) {
    if let Some(table) = root.as_table_mut()
        && ["simulation", "stimulus", "recorder"].contains(&key)
        && table.get(key).is_none()
    {
        table.put(Node::table(Vec::new(), place).entry(key));
    }
}

/// Writes `neuron = "lif"` as `neuron.lif = {}`, which means the same.
fn unfold(node: &mut Node, key: &str) {
    if node.as_text() == Some(key) {
        let place = node.place.clone();
        *node = Node::table(vec![Node::table(Vec::new(), &place).entry(key)], &place);
    }
}

/// The value of `key` in `node`, which must exist.
fn step<'a>(node: &'a mut Node, key: &str, place: &Place) -> Result<&'a mut Node, Fault> {
    unfold(node, key);
    let fault = match &node.value {
        Value::Table(table) => Fault::unknown("key", key, table.keys()).at(place),
        Value::List(list) => {
            let greatest = list.len().saturating_sub(1);
            let problem =
                format!("`{key}` is neither a number from 0 to {greatest} nor a name here");
            Fault::new(problem).at(place)
        }
        _ => no_keys(node, place),
    };
    let found = match &mut node.value {
        Value::Table(table) => table.get_mut(key),
        Value::List(list) => position(list, key).and_then(|i| list.get_mut(i)),
        _ => None,
    };
    found.ok_or(fault)
}

/// Which element of a list `key` means: its number or its `name`.
fn position(list: &[Node], key: &str) -> Option<usize> {
    let named = |node: &Node| node.as_table()?.get("name")?.as_text().map(|name| name == key);
    key.parse().ok().or_else(|| list.iter().position(|node| named(node) == Some(true)))
}

fn no_keys(node: &Node, place: &Place) -> Fault {
    Fault::new(format!("what stands before this is {}: it has no keys", node.kind())).at(place)
}
