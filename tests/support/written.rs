//! A random network as a config, and files of what it lists.

use std::fmt::Write;
use std::path::Path;

use murine::random::time_at;
use murine::rule::{List, Rule, RuleSpec};
use serde::Serialize;
use toml::{Table, Value};

use super::recipe::{KindSpec, Made};

fn value(of: impl Serialize) -> Value {
    Value::try_from(of).expect("what a config can say")
}

fn table<const N: usize>(entries: [(&str, Value); N]) -> Table {
    entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

impl Made {
    /// The text of a config in `folder` that runs for `steps` steps; lists are written there.
    pub fn config(&self, steps: u64, folder: &Path) -> String {
        let network = &self.network;
        let simulation = table([
            ("dt", value(network.dt)),
            ("duration", value(network.dt * steps as f64)),
            ("seed", value(network.seed)),
            ("precision", value(network.precision)),
        ]);
        let mut populations = Table::new();
        for (population, kind) in network.populations.iter().zip(&self.kinds) {
            let size = ("size", value(population.size / network.modules));
            let table = match kind {
                KindSpec::Neuron(model) => table([size, ("neuron", value(model))]),
                KindSpec::Source(source) => table([size, ("source", value(source))]),
            };
            populations.insert(population.name.clone(), table.into());
        }
        let projections: Vec<Value> =
            (0..self.rules.len()).map(|i| self.projection(i, folder).into()).collect();
        let mut stimuli = Table::new();
        for (input, spec) in network.stimuli.iter().zip(&self.stimuli) {
            let mut table: Table = value(spec).try_into().expect("a table");
            let target = &network.populations[input.target.0].name;
            table.insert("target".into(), value(target));
            if let Some(modules) = input.modules.clone().filter(|m| *m != (0..network.modules)) {
                let (first, count) = (modules.start, modules.end - modules.start);
                let some = [("first", value(first)), ("count", value(count))];
                table.insert("modules".into(), self::table(some).into());
            }
            stimuli.insert(input.name.clone(), table.into());
        }
        let all = table([
            ("modules", value(network.modules)),
            ("simulation", simulation.into()),
            ("population", populations.into()),
            ("projection", projections.into()),
            ("stimulus", stimuli.into()),
        ]);
        toml::to_string(&all).expect("a config")
    }

    fn projection(&self, i: usize, folder: &Path) -> Table {
        let (network, rule) = (&self.network, &self.rules[i]);
        let projection = &network.projections[i];
        let source = &network.populations[projection.source.0].name;
        let mut table = table([
            ("source", value(source)),
            ("target", value(projection.target.name(network))),
            ("receptor", value(&projection.receptor)),
        ]);
        if let RuleSpec::List(list) = rule {
            let name = format!("list-{i}.csv");
            std::fs::write(folder.join(&name), self.listed(i, list)).expect("a list");
            table.insert("rule".into(), value(RuleSpec::from(List::from_file(name))));
            return table;
        }
        table.insert("rule".into(), value(rule));
        table.insert("weight".into(), value(&projection.weight));
        table.insert("delay".into(), value(&projection.delay));
        if let Some(between) = &projection.between {
            table.insert("between".into(), value(between));
            table.insert("delay_per_distance".into(), value(projection.delay_per_distance));
        }
        table
    }

    /// The rows of a list.
    fn listed(&self, i: usize, list: &List) -> String {
        let network = &self.network;
        let unit = network.receptor_of(&network.projections[i]).expect("a receptor").kind.unit();
        let mut text = format!("source,target,weight_{unit},delay_ms\n");
        let weights = list.weights().expect("a list has weights");
        let synapses = network.synapses(i).expect("synapses");
        synapses.for_each(|source, target, level, delay| {
            let (weight, delay) = (weights[level as usize], time_at(delay.into(), network.dt.ms()));
            writeln!(text, "{source},{target},{weight},{delay}").expect("memory");
        });
        text
    }
}
