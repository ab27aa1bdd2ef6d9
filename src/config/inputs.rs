//! Replaces lists of populations in stimuli and recorders by one for each population.

use super::decode::decode;
use super::expand::{Populations, required};
use super::fault::Fault;
use super::tree::{Entry, Node, Table, Value};
use crate::stimulus::{Profile, StimulusSpec};
use crate::units::Rate;

/// Appends the stimuli that `entry` describes, one for each target, in the form
/// `NAME = { target = .., input.KIND = { .. } }`.
pub(super) fn stimulus(
    entry: &Entry,
    populations: &Populations,
    out: &mut Vec<Entry>,
) -> Result<(), Fault> {
    let table = entry.node.expect_table("a stimulus")?;
    check_keys(table)?;
    let targets = populations.named(required(table, "target", &entry.place)?)?;
    for (i, (target, place)) in targets.iter().enumerate() {
        let mut input = table.clone();
        input.take("target");
        let modules = input.take("modules");
        let indegree = input.take("indegree").map(|e| e.node);
        let indegree = indegree.map(|node| element(&node, i, targets.len())).transpose()?;
        let parameters = input.0.first_mut().and_then(|kind| kind.node.as_table_mut());
        for parameter in parameters.into_iter().flat_map(|p| &mut p.0) {
            parameter.node = element(&parameter.node, i, targets.len())?;
        }
        if let Some(indegree) = indegree {
            multiply(&mut input, &indegree)?;
        }
        let input = Node { place: entry.place.clone(), value: Value::Table(input) };
        let target_node = Node::text(target.clone(), place).entry("target");
        let entries = [Some(target_node), modules, Some(input.entry("input"))];
        let node = Node::table(entries.into_iter().flatten().collect(), &entry.place);
        out.push(node.entry(numbered(&entry.key, target, targets.len())));
    }
    Ok(())
}

/// A name for the part of `name` that belongs to `population`.
fn numbered(name: &str, population: &str, parts: usize) -> String {
    if parts == 1 { name.to_owned() } else { format!("{name}_{population}") }
}

/// Refuses keys that are neither shared by all stimuli nor the name of one.
fn check_keys(table: &Table) -> Result<(), Fault> {
    let names = StimulusSpec::names();
    let known =
        || ["target", "modules", "indegree"].into_iter().chain(names.iter().map(String::as_str));
    match table.0.iter().find(|e| !known().any(|k| k == e.key)) {
        Some(entry) => Err(Fault::unknown("key", &entry.key, known()).at(&entry.place)),
        None => Ok(()),
    }
}

/// The value for target number `i`: an element of a list of numbers or texts, else `node` itself.
fn element(node: &Node, i: usize, targets: usize) -> Result<Node, Fault> {
    let single = |n: &Node| !matches!(n.value, Value::Table(_) | Value::List(_));
    let Some(list) = node.as_list().filter(|list| list.iter().all(single)) else {
        return Ok(node.clone());
    };
    if list.len() != targets {
        let problem = format!(
            "the list has {} values, but there are {targets} targets: give one each",
            list.len()
        );
        return Err(Fault::new(problem).at(&node.place));
    }
    Ok(list[i].clone())
}

/// Multiplies the rate of a `poisson_generator`.
fn multiply(input: &mut Table, indegree: &Node) -> Result<(), Fault> {
    let factor = decode::<u64>(indegree)? as f64;
    let rate = input.get_mut("poisson_generator").and_then(Node::as_table_mut);
    let Some(rate) = rate.and_then(|parameters| parameters.get_mut("rate")) else {
        return Err(Fault::new("only a `poisson_generator` with a `rate` has an `indegree`")
            .at(&indegree.place));
    };
    let place = rate.place.clone();
    let scaled = |value: Rate| Node::text((value * factor).to_string(), &place);
    match decode::<Profile<Rate>>(rate)? {
        Profile::Constant(value) => *rate = scaled(value),
        Profile::Steps(changes) => {
            let changes = changes.iter().map(|change| {
                let from = Node::text(change.from.to_string(), &place).entry("from");
                Node::table(vec![from, scaled(change.value).entry("value")], &place)
            });
            rate.value = Value::List(changes.collect());
        }
    }
    Ok(())
}

/// Appends the recorders that `entry` describes, one for each population.
pub(super) fn recorder(
    entry: &Entry,
    populations: &Populations,
    out: &mut Vec<Entry>,
) -> Result<(), Fault> {
    let table = entry.node.expect_table("a recorder")?;
    let [kind] = table.0.as_slice() else {
        // Wrong, and found when it is read.
        out.push(entry.clone());
        return Ok(());
    };
    let Some(parameters) = kind.node.as_table().filter(|p| p.get("population").is_some()) else {
        out.push(entry.clone());
        return Ok(());
    };
    let named = populations.named(required(parameters, "population", &entry.place)?)?;
    for (population, place) in &named {
        let mut part = entry.clone();
        part.key = numbered(&entry.key, population, named.len());
        let kind = part.node.as_table_mut().and_then(|t| t.0.first_mut());
        if let Some(parameters) = kind.and_then(|kind| kind.node.as_table_mut()) {
            parameters.put(Node::text(population.clone(), place).entry("population"));
        }
        out.push(part);
    }
    Ok(())
}
