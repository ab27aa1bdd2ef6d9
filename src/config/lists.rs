//! Files of synapses that the rule `list` names.

use std::path::Path;

use super::format::{Format, Projection, names};
use super::tree::{Node, Value};
use crate::neuron::{Model, Receptor};
use crate::record::SynapseList;
use crate::rule::{List, Listed, RuleSpec};
use crate::{Error, Result};

/// Makes the paths of lists absolute: they are meant relative to the config, in `directory`.
pub(super) fn make_absolute(root: &mut Node, directory: &Path) {
    let projections = root.as_table_mut().and_then(|t| t.get_mut("projection"));
    let Some(Value::List(projections)) = projections.map(|node| &mut node.value) else { return };
    for projection in projections {
        if let Some(path) = path(projection)
            && let Ok(absolute) = std::path::absolute(directory.join(&*path))
        {
            *path = absolute.display().to_string();
        }
    }
}

/// The path that a projection reads.
fn path(projection: &mut Node) -> Option<&mut String> {
    let rule = projection.as_table_mut()?.get_mut("rule")?;
    let list = rule.as_table_mut()?.get_mut("list")?;
    match &mut list.as_table_mut()?.get_mut("path")?.value {
        Value::Text(path) => Some(path),
        _ => None,
    }
}

/// Reads the lists.
pub(super) fn load(format: &mut Format) -> Result<()> {
    for i in 0..format.projection.len() {
        let receptor = receptor(format, &format.projection[i]);
        if let RuleSpec::List(list) = &mut format.projection[i].rule {
            *list =
                read(list, receptor).map_err(|e| e.within(&format!("projection.{i}.rule.list")))?;
        }
    }
    Ok(())
}

/// The receptor that a projection names, if it exists; otherwise that is found later.
fn receptor(format: &Format, projection: &Projection) -> Option<Receptor> {
    let first = names(&projection.target).next()?;
    let model: Box<dyn Model> = format.population.get(first)?.neuron.clone()?.into();
    match &projection.receptor {
        Some(name) => model.receptors().iter().find(|r| r.name == name).copied(),
        None => model.receptors().first().copied(),
    }
}

fn read(list: &List, receptor: Option<Receptor>) -> Result<List> {
    let Some(path) = &list.path else {
        return Err(Error::parameter("", "the key `path` is missing here"));
    };
    let table = SynapseList::read(path).map_err(|e| Error::parameter("path", e.to_string()))?;
    if let (Some(receptor), Some(kind)) = (receptor, table.kind)
        && receptor.kind != kind
    {
        let (has, takes) = (kind.unit(), receptor.kind.unit());
        let name = receptor.name;
        let problem = format!("the weights are in {has}, but the receptor `{name}` takes {takes}");
        return Err(Error::parameter("path", problem));
    }
    let synapses: Vec<Listed> = (0..table.len())
        .map(|i| Listed {
            source: table.source[i],
            target: table.target[i],
            weight: table.weight[i],
            delay: table.delay_ms[i],
        })
        .collect();
    list.clone().load(&synapses)
}
