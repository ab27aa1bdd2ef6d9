//! Projections written as a matrix: row = target, column = source.

use super::expand::{Populations, required};
use super::fault::Fault;
use super::format;
use super::tree::{Entry, Node, Place, Table, Value};

/// Appends the projections of the matrix `node`, row by row, whose shape has been checked.
pub(super) fn expand(
    node: &Node,
    populations: &Populations,
    pairs: &mut Vec<Node>,
) -> Result<(), Fault> {
    let table = node.expect_table("a matrix")?;
    let sources = populations.named(required(table, "sources", &node.place)?)?;
    let targets = populations.targets(required(table, "targets", &node.place)?)?;
    let rule = required(table, "rule", &node.place)?;
    let synapse = required(table, "synapse", &node.place)?;
    let entries = synapse.as_list().unwrap_or_default();
    check_shapes(rule, sources.len(), targets.len())?;
    check_names(entries, "sources", &sources, populations)?;
    check_names(entries, "targets", &targets, populations)?;
    for (row, target) in targets.iter().enumerate() {
        for (column, source) in sources.iter().enumerate() {
            if let Some(rule) = cell(rule, row, column) {
                let mut pair = Table(chosen(entries, &source.0, &target.0));
                for key in ["weight", "delay"] {
                    check_given(&pair, key, (&source.0, &target.0), &synapse.place)?;
                }
                for key in ["between", "delay_per_distance"] {
                    table.get(key).into_iter().for_each(|value| pair.put(value.clone().entry(key)));
                }
                pair.put(Node::text(source.0.clone(), &source.1).entry("source"));
                pair.put(Node::text(target.0.clone(), &target.1).entry("target"));
                let place = rule.place.clone();
                pair.put(rule.entry("rule"));
                pairs.push(Node { place, value: Value::Table(pair) });
            }
        }
    }
    Ok(())
}

/// Whether `node` is a matrix of numbers rather than a single value.
fn rows(node: &Node) -> Option<&[Node]> {
    node.as_list().filter(|list| list.iter().any(|row| row.as_list().is_some()))
}

/// The parameters of `rule`, which may be matrices.
fn parameters(rule: &Node) -> impl Iterator<Item = &Entry> {
    let tables = rule.as_table().into_iter().flat_map(|t| &t.0).filter_map(|e| e.node.as_table());
    tables.flat_map(|parameters| &parameters.0)
}

/// Refuses matrices that do not have a row for each target and a column for each source.
fn check_shapes(rule: &Node, columns: usize, count: usize) -> Result<(), Fault> {
    let wrong = |what: &str, has: usize, of: &str, needs: usize, place: &Place| {
        let problem = format!("{what} has {has} {of}, but there are {needs}: give one each");
        Err(Fault::new(problem).at(place).note("rows are targets, columns are sources"))
    };
    for Entry { key, node, .. } in parameters(rule) {
        let Some(rows) = rows(node) else { continue };
        if rows.len() != count {
            return wrong(&format!("`{key}`"), rows.len(), "rows (targets)", count, &node.place);
        }
        for (i, row) in rows.iter().enumerate() {
            let cells = row.as_list().ok_or_else(|| row.wrong("a row, a list of numbers"))?;
            if cells.len() != columns {
                let what = format!("row {} of `{key}`", i + 1);
                return wrong(&what, cells.len(), "columns (sources)", columns, &row.place);
            }
            if let Some(cell) = cells.iter().find(|c| c.as_number().is_none()) {
                return Err(cell.wrong("a number"));
            }
        }
    }
    Ok(())
}

/// Refuses names under `key` that are not among those of the matrix.
fn check_names(
    entries: &[Node],
    key: &str,
    of_matrix: &[(String, Place)],
    populations: &Populations,
) -> Result<(), Fault> {
    for names in entries.iter().filter_map(|e| e.as_table()?.get(key)) {
        for (name, place) in populations.targets(names)? {
            if !of_matrix.iter().any(|(known, _)| *known == name) {
                let problem = format!("`{name}` is not among the {key} of this matrix");
                let known: Vec<&str> = of_matrix.iter().map(|(known, _)| known.as_str()).collect();
                let note = format!("the {key}: {}", known.join(", "));
                return Err(Fault::new(problem).at(&place).note(note));
            }
        }
    }
    Ok(())
}

/// The rule of one projection, or none if a matrix has a zero there. It is placed at that cell.
fn cell(rule: &Node, row: usize, column: usize) -> Option<Node> {
    let mut rule = rule.clone();
    let mut place = None;
    let table = rule.as_table_mut().into_iter().flat_map(|t| &mut t.0);
    for entry in table.filter_map(|e| e.node.as_table_mut()).flat_map(|t| &mut t.0) {
        let Some(rows) = rows(&entry.node) else { continue };
        let cell = rows[row].as_list()?[column].clone();
        if cell.as_number() == Some(0.0) {
            return None;
        }
        place.get_or_insert_with(|| cell.place.clone());
        entry.node = cell;
    }
    if let Some(place) = place {
        rule.place = place;
    }
    Some(rule)
}

/// What the entries say about one projection; later ones override earlier ones.
fn chosen(entries: &[Node], source: &str, target: &str) -> Vec<Entry> {
    let alike = |a: &str, b: &str| format::names(a).eq(format::names(b));
    let holds = |table: &Table, key: &str, name: &str| {
        let names = table.get(key).and_then(Node::as_list);
        names.is_none_or(|names| names.iter().filter_map(Node::as_text).any(|n| alike(n, name)))
    };
    let mut chosen = Table::default();
    for table in entries.iter().filter_map(Node::as_table) {
        if holds(table, "sources", source) && holds(table, "targets", target) {
            let synapse = table.0.iter().filter(|e| e.key != "sources" && e.key != "targets");
            synapse.for_each(|entry| chosen.put(entry.clone()));
        }
    }
    chosen.0
}

fn check_given(
    pair: &Table,
    key: &str,
    (source, target): (&str, &str),
    place: &Place,
) -> Result<(), Fault> {
    if pair.get(key).is_some() {
        return Ok(());
    }
    let problem = format!("no entry gives the {key} of the synapses from `{source}` to `{target}`");
    Err(Fault::new(problem)
        .at(place)
        .note("an entry without `sources` and `targets` holds for all"))
}
