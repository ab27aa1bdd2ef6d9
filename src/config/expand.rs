//! Replaces the shorthand of a config by what it stands for: models of one's own, lists of
//! populations, matrices. Everything keeps the place where it was written.

use super::decode::decode;
use super::fault::Fault;
use super::matrix;
use super::tree::{Entry, Node, Place, Table, Value};
use super::{format, inputs};
use crate::neuron::ModelSpec;

/// The keys at the top of a config: the fields of [`format::Format`].
pub(super) const SECTIONS: [&str; 9] = [
    "name",
    "modules",
    "simulation",
    "neuron",
    "population",
    "projection",
    "matrix",
    "stimulus",
    "recorder",
];

/// Expands a whole config.
pub(super) fn expand(root: &mut Node) -> Result<(), Fault> {
    let Some(table) = root.as_table_mut() else { return Ok(()) };
    if let Some(entry) = table.0.iter().find(|e| !SECTIONS.contains(&e.key.as_str())) {
        return Err(Fault::unknown("key", &entry.key, SECTIONS).at(&entry.place));
    }
    let models = table.take("neuron");
    let models = models.as_ref().map(|e| e.node.expect_table("models of one's own")).transpose()?;
    check_models(models)?;
    let populations = expand_populations(table, models)?;
    expand_projections(table, &populations)?;
    each_entry(table, "stimulus", |entry, out| inputs::stimulus(entry, &populations, out))?;
    each_entry(table, "recorder", |entry, out| inputs::recorder(entry, &populations, out))
}

/// The names of the populations, in order.
pub(super) struct Populations(Vec<String>);

impl Populations {
    /// The populations that `node` names: one, or a list of them.
    pub(super) fn named(&self, node: &Node) -> Result<Vec<(String, Place)>, Fault> {
        Self::each(node, |node| self.one(node))
    }

    /// The same, where `exc + inh` is one.
    pub(super) fn targets(&self, node: &Node) -> Result<Vec<(String, Place)>, Fault> {
        Self::each(node, |node| {
            let joined = node.as_text().ok_or_else(|| node.wrong("the name of a population"))?;
            let one = |name: &str| {
                if name.is_empty() {
                    let missing = format!("a name is missing beside `+` in `{joined}`");
                    return Err(Fault::new(missing).at(&node.place));
                }
                self.one(&Node::text(name.to_owned(), &node.place))
            };
            Ok(format::names(joined).map(one).collect::<Result<Vec<_>, _>>()?.join(" + "))
        })
    }

    fn each(
        node: &Node,
        name: impl Fn(&Node) -> Result<String, Fault>,
    ) -> Result<Vec<(String, Place)>, Fault> {
        let nodes = match &node.value {
            Value::Text(_) => std::slice::from_ref(node),
            Value::List(list) if list.is_empty() => {
                return Err(Fault::new("no population is named here").at(&node.place));
            }
            Value::List(list) => list,
            _ => return Err(node.wrong("the name of a population or a list of names")),
        };
        let mut found: Vec<(String, Place)> = Vec::new();
        for node in nodes {
            let name = name(node)?;
            if found.iter().any(|(other, _)| same(other, &name)) {
                return Err(Fault::new(format!("`{name}` is named twice")).at(&node.place));
            }
            found.push((name, node.place.clone()));
        }
        Ok(found)
    }

    fn one(&self, node: &Node) -> Result<String, Fault> {
        let name = node.as_text().ok_or_else(|| node.wrong("the name of a population"))?;
        if self.0.iter().any(|p| p == name) {
            return Ok(name.to_owned());
        }
        let known = self.0.iter().map(String::as_str);
        let fault = Fault::unknown("population", name, known).at(&node.place);
        let joined = "only the `target` of a projection can be several as if they were one; \
                      here, a list takes each in turn";
        Err(if name.contains('+') { fault.note(joined) } else { fault })
    }
}

/// Whether two names are of the same populations, joined in any order.
fn same(a: &str, b: &str) -> bool {
    let sorted = |name| {
        let mut names: Vec<&str> = format::names(name).collect();
        names.sort_unstable();
        names
    };
    sorted(a) == sorted(b)
}

/// The value of `key` in `table`, or a fault at `place` that it is missing.
pub(super) fn required<'a>(table: &'a Table, key: &str, place: &Place) -> Result<&'a Node, Fault> {
    table.get(key).ok_or_else(|| {
        let fault = Fault::new(format!("the key `{key}` is missing here")).at(place);
        let keys: Vec<String> = table.keys().map(|k| format!("`{k}`")).collect();
        if keys.is_empty() { fault } else { fault.note(format!("given: {}", keys.join(", "))) }
    })
}

/// Replaces the entries of the table `key` by those that `expand` makes of each.
fn each_entry(
    table: &mut Table,
    key: &str,
    expand: impl Fn(&Entry, &mut Vec<Entry>) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let Some(node) = table.get_mut(key) else { return Ok(()) };
    let mut out = Vec::new();
    for entry in &node.expect_table(&format!("named tables, as in [{key}.NAME]"))?.0 {
        check_name(&entry.key, &entry.place)?;
        expand(entry, &mut out)?;
    }
    for (i, entry) in out.iter().enumerate() {
        if out[..i].iter().any(|other| other.key == entry.key) {
            let problem = format!("there are two of the name `{}`: rename one", entry.key);
            return Err(Fault::new(problem).at(&entry.place));
        }
    }
    node.value = Value::Table(Table(out));
    Ok(())
}

/// Names become names of files and groups, so they are made of letters, digits, `_` and `-`.
fn check_name(name: &str, place: &Place) -> Result<(), Fault> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !name.is_empty() && name.len() <= 100 && name.chars().all(allowed) {
        return Ok(());
    }
    let problem = format!("`{name}` cannot be a name");
    Err(Fault::new(problem)
        .at(place)
        .note("names have 1 to 100 letters (a-z, A-Z), digits, `_` and `-`"))
}

/// Checks the models of one's own, used or not.
fn check_models(models: Option<&Table>) -> Result<(), Fault> {
    for entry in models.iter().flat_map(|table| &table.0) {
        check_name(&entry.key, &entry.place)?;
        if ModelSpec::names().contains(&entry.key) {
            let problem = format!("`{}` is a model that exists: take another name", entry.key);
            return Err(Fault::new(problem).at(&entry.place));
        }
        decode::<ModelSpec>(&entry.node)?;
    }
    Ok(())
}

fn expand_populations(table: &mut Table, models: Option<&Table>) -> Result<Populations, Fault> {
    let Some(node) = table.get_mut("population") else { return Ok(Populations(Vec::new())) };
    node.expect_table("named tables, as in [population.NAME]")?;
    let mut names = Vec::new();
    for entry in node.as_table_mut().into_iter().flat_map(|table| &mut table.0) {
        check_name(&entry.key, &entry.place)?;
        names.push(entry.key.clone());
        let Some(population) = entry.node.as_table_mut() else {
            return Err(entry.node.wrong("a population, a table"));
        };
        if let Some(neuron) = population.get_mut("neuron") {
            expand_neuron(neuron, models)?;
        }
    }
    Ok(Populations(names))
}

/// Replaces the name of a model of one's own by the model, changed as the population says.
fn expand_neuron(neuron: &mut Node, models: Option<&Table>) -> Result<(), Fault> {
    let (name, place, changes) = match &neuron.value {
        Value::Text(name) => (name.clone(), neuron.place.clone(), None),
        Value::Table(Table(entries)) if entries.len() == 1 => {
            (entries[0].key.clone(), entries[0].place.clone(), Some(entries[0].node.clone()))
        }
        // What else is wrong here is found when it is read.
        _ => return Ok(()),
    };
    let builtin = ModelSpec::names();
    if builtin.contains(&name) {
        return Ok(());
    }
    let Some(model) = models.and_then(|table| table.get(&name)) else {
        let own = models.into_iter().flat_map(Table::keys);
        let known = builtin.iter().map(String::as_str).chain(own);
        return Err(Fault::unknown("model", &name, known).at(&place));
    };
    let place = neuron.place.clone();
    *neuron = match model.as_text() {
        Some(builtin) => Node::table(vec![Node::table(Vec::new(), &place).entry(builtin)], &place),
        None => model.clone(),
    };
    neuron.place = place;
    let parameters = neuron.as_table_mut().and_then(|t| t.0.first_mut()).map(|e| &mut e.node);
    if let (Some(parameters), Some(changes)) = (parameters, changes) {
        let changes = changes.expect_table("the parameters to change")?.clone();
        let Some(parameters) = parameters.as_table_mut() else { return Ok(()) };
        changes.0.into_iter().for_each(|change| parameters.put(change));
    }
    Ok(())
}

/// Replaces lists of populations by a projection for each pair, and appends those of matrices.
fn expand_projections(table: &mut Table, populations: &Populations) -> Result<(), Fault> {
    let mut pairs = Vec::new();
    if let Some(projections) = table.get("projection") {
        for node in tables(projections, "projection")? {
            expand_pairs(node, populations, &mut pairs)?;
        }
    }
    if let Some(matrices) = table.take("matrix") {
        for node in tables(&matrices.node, "matrix")? {
            decode::<format::Matrix>(node)?;
            matrix::expand(node, populations, &mut pairs)?;
        }
    }
    let Some(place) = pairs.first().map(|node| node.place.clone()) else { return Ok(()) };
    let list = Node { place, value: Value::List(pairs) };
    table.put(list.entry("projection"));
    Ok(())
}

/// The tables of `[[name]]`.
fn tables<'a>(node: &'a Node, name: &str) -> Result<&'a [Node], Fault> {
    let list = node.as_list();
    list.ok_or_else(|| node.wrong(&format!("a list of tables, each headed [[{name}]]")))
}

/// Target by target, source by source.
fn expand_pairs(
    node: &Node,
    populations: &Populations,
    pairs: &mut Vec<Node>,
) -> Result<(), Fault> {
    let table = node.expect_table("a projection")?;
    let sources = populations.named(required(table, "source", &node.place)?)?;
    let targets = populations.targets(required(table, "target", &node.place)?)?;
    for (target, at) in &targets {
        for (source, from) in &sources {
            let mut pair = node.clone();
            let Some(table) = pair.as_table_mut() else { continue };
            table.take("name");
            table.put(Node::text(source.clone(), from).entry("source"));
            table.put(Node::text(target.clone(), at).entry("target"));
            pairs.push(pair);
        }
    }
    Ok(())
}
