//! Where in a config the culprit of an error stands.

use super::fault::Fault;
use super::tree::{Entry, Node, Place, Table, Value};
use crate::Error;
use crate::network::Network;

/// The fault for an error of the network that `root` describes; other errors as they are.
pub(super) fn fault(error: Error, root: &Node, network: Option<&Network>) -> Result<Fault, Error> {
    let Error::Parameter { key, problem } = &error else { return Err(error) };
    let mut segments = key.split('.');
    let section = segments.next().unwrap_or_default();
    let rest: Vec<&str> = segments.collect();
    let place = match (section, rest.split_first()) {
        ("projection", Some((pair, rest))) => projection(root, pair, &error, network)
            .map_or_else(|| descend(root, &["projection"]), |node| descend(node, rest)),
        ("recorder", Some((number, rest))) => entry(root, "recorder", number)
            .map_or_else(|| descend(root, &["recorder"]), |entry| descend(&entry.node, rest)),
        _ => descend(root, &key.split('.').collect::<Vec<_>>()),
    };
    Ok(Fault::new(format!("{}: {problem}", in_names(root, key))).at(&place))
}

/// `key` with names in place of numbers of recorders and projections.
fn in_names(root: &Node, key: &str) -> String {
    let mut segments: Vec<String> = key.split('.').map(str::to_owned).collect();
    let name = match segments.as_slice() {
        [section, number, ..] if section == "recorder" => {
            entry(root, section, number).map(|entry| entry.key.clone())
        }
        [section, number, ..] if section == "projection" => pair_name(root, number),
        _ => None,
    };
    if let Some(name) = name {
        segments[1] = name;
    }
    segments.join(".")
}

/// `SOURCE->TARGET` for a number of a projection.
fn pair_name(root: &Node, number: &str) -> Option<String> {
    let list = root.as_table()?.get("projection")?.as_list()?;
    let projection = list.get(number.parse::<usize>().ok()?)?.as_table()?;
    let name = |key| projection.get(key).and_then(Node::as_text);
    Some(format!("{}->{}", name("source")?, name("target")?))
}

/// The entry of a section with that name or number.
fn entry<'a>(root: &'a Node, section: &str, name: &str) -> Option<&'a Entry> {
    let Table(entries) = root.as_table()?.get(section)?.as_table()?;
    let numbered = || name.parse().ok().and_then(|i: usize| entries.get(i));
    entries.iter().find(|e| e.key == name).or_else(numbered)
}

/// The projection that `pair` (`SOURCE->TARGET`, or a number) means. Where several connect the
/// same populations, it is the one that makes the same error by itself.
fn projection<'a>(
    root: &'a Node,
    pair: &str,
    error: &Error,
    network: Option<&Network>,
) -> Option<&'a Node> {
    let list = root.as_table()?.get("projection")?.as_list()?;
    if let Ok(number) = pair.parse::<usize>() {
        return list.get(number);
    }
    let (source, target) = pair.split_once("->")?;
    let is = |node: &Node, key: &str, name: &str| {
        node.as_table().and_then(|t| t.get(key)).and_then(Node::as_text) == Some(name)
    };
    let mut candidates = list
        .iter()
        .enumerate()
        .filter(|(_, node)| is(node, "source", source) && is(node, "target", target));
    let first = candidates.next()?;
    let fails_alone = |i: usize| {
        let Some(network) = network else { return false };
        let mut alone = network.clone();
        alone.projections = network.projections.get(i).cloned().into_iter().collect();
        let found = alone.validate().and_then(|()| alone.rounding().map(|_| ()));
        found.is_err_and(|found| found.to_string() == error.to_string())
    };
    if fails_alone(first.0) {
        return Some(first.1);
    }
    Some(candidates.find(|(i, _)| fails_alone(*i)).unwrap_or(first).1)
}

/// The place of the key that `path` names, as far down as it is written. Names on the way that the
/// path leaves out (`neuron.iaf_psc_exp`) are found.
fn descend(node: &Node, path: &[&str]) -> Place {
    let Some((first, rest)) = path.split_first() else { return node.place.clone() };
    let (name, index) = split_index(first);
    let Some(mut found) = find(node, name) else {
        return if rest.is_empty() { stand_in(node) } else { descend(node, rest) };
    };
    if let (Some(i), Some(list)) = (index, found.as_list()) {
        found = list.get(i).unwrap_or(found);
    }
    descend(found, rest)
}

/// Where a key would be written that has its default: at the name of the model.
fn stand_in(node: &Node) -> Place {
    let table = |node: &Node, key: &str| node.as_table().and_then(|t| t.get(key)).cloned();
    let Some(model) = table(node, "neuron").or_else(|| table(node, "source")) else {
        return node.place.clone();
    };
    match &model.value {
        Value::Table(Table(entries)) if entries.len() == 1 => entries[0].place.clone(),
        _ => model.place,
    }
}

/// `rate[3]` as a name and a number.
fn split_index(segment: &str) -> (&str, Option<usize>) {
    match segment.strip_suffix(']').and_then(|s| s.split_once('[')) {
        Some((name, index)) => (name, index.parse().ok()),
        None => (segment, None),
    }
}

/// The value of the key `name` in `node`, or further down.
fn find<'a>(node: &'a Node, name: &str) -> Option<&'a Node> {
    let Value::Table(table) = &node.value else { return None };
    table.get(name).or_else(|| table.0.iter().find_map(|e| find(&e.node, name)))
}
