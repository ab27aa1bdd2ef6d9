//! `murine export`: the synapses of a network one by one, as the rule `list` reads them.
//!
//! Weights are written as they are simulated, rounded to counts, and delays on the grid, so that
//! the network of the lists has the same spikes; where it would round them otherwise, that is told.

mod agreement;

use std::io::{Error as IoError, ErrorKind};
use std::path::{Path, PathBuf};

use murine::config::Config;
use murine::network::{Network, Rounding};
use murine::random::time_at;
use murine::record::SynapseList;
use murine::{Error, Result};

use super::directory::file_name;
use super::network::NetworkArguments;
use super::voice::Voice;
use super::{limits, output, table};

/// The config beside the lists, which reads them.
const CONFIG: &str = "network.toml";

/// Bytes of a synapse while its list is made.
const BYTES: f64 = 32.0;

/// Arguments of `murine export`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    network: NetworkArguments,
    /// A new directory for a list per projection and a config that reads them; or a .csv or .npz
    /// file, where there is one projection
    #[arg(long, value_name = "DIR|FILE")]
    out: PathBuf,
    /// The format of the lists in a directory; csv if not given
    #[arg(long)]
    format: Option<Format>,
    /// Say nothing but errors
    #[arg(short, long)]
    quiet: bool,
}

/// A format of lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Text, one row per synapse
    Csv,
    /// Arrays of NumPy
    Npz,
}

impl Format {
    /// How the names of its files end.
    fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Npz => "npz",
        }
    }
}

/// Does it; returns the exit code.
pub(crate) fn run(arguments: &Arguments) -> Result<u8> {
    let voice = Voice { quiet: arguments.quiet, verbose: false };
    let config = arguments.network.load()?;
    fits(&config.network)?;
    let out = &arguments.out;
    if let Some(format) = format_of(out) {
        let other = arguments.format.filter(|given| *given != format);
        if let Some(other) = other {
            let problem = format!("`{}` is no .{} file", out.display(), other.ending());
            return Err(Error::parameter("--format", problem));
        }
        one_file(&config.network, out)?;
    } else {
        directory(&config, out, arguments.format.unwrap_or(Format::Csv), voice)?;
        voice.say(&format!("next, try\n  murine run {}", out.join(CONFIG).display()));
    }
    output::print(&out.display().to_string())?;
    Ok(0)
}

/// The format of a single file, by its ending; `None` for a directory.
fn format_of(path: &Path) -> Option<Format> {
    let ending = path.extension()?;
    [Format::Csv, Format::Npz].into_iter().find(|format| ending == format.ending())
}

/// Writes the only projection.
fn one_file(network: &Network, path: &Path) -> Result<()> {
    match network.projections.len() {
        1 => write(&list(network, &network.rounding()?, 0)?, path),
        n => Err(Error::parameter(
            "--out",
            format!("one file holds one projection, but the network has {n}: name a directory"),
        )),
    }
}

/// Writes every projection, and the config that reads them.
fn directory(config: &Config, out: &Path, format: Format, voice: Voice) -> Result<()> {
    let network = &config.network;
    whole(network)?;
    let rounding = network.rounding()?;
    if std::fs::read_dir(out).is_ok_and(|mut entries| entries.next().is_some()) {
        let problem = "it is not empty: take another --out";
        return Err(Error::create(out)(IoError::new(ErrorKind::AlreadyExists, problem)));
    }
    std::fs::create_dir_all(out).map_err(Error::create(out))?;
    let (mut names, mut lists) = (Vec::new(), Vec::new());
    for i in 0..network.projections.len() {
        let name = list_name(network, i, format);
        let list = list(network, &rounding, i)?;
        voice.say(&format!("{name}: {}", table::grouped(list.len() as u64)));
        write(&list, &out.join(&name))?;
        lists.push(agreement::summary(&list, network.dt.ms())?);
        names.push(name);
    }
    if !agreement::agree(network, &rounding, &lists) {
        voice.note(
            "with these lists, some weights are rounded otherwise, in their last digits: the spikes may differ from those of the network",
        );
    }
    let path = out.join(CONFIG);
    let text =
        with_lists(&config.text, &names).map_err(|e| Error::write(&path)(IoError::other(e)))?;
    std::fs::write(&path, text).map_err(Error::write(&path))
}

/// `03-exc-inh.csv`.
fn list_name(network: &Network, i: usize, format: Format) -> String {
    let projection = &network.projections[i];
    let source = file_name(&network.populations[projection.source.0].name);
    let target = file_name(&projection.target.name(network).replace(' ', ""));
    format!("{i:02}-{source}-{target}.{}", format.ending())
}

fn write(list: &SynapseList, path: &Path) -> Result<()> {
    let exists = IoError::new(ErrorKind::AlreadyExists, "it exists: take another --out");
    match path {
        path if path.exists() => Err(Error::create(path)(exists)),
        path if path.extension().is_some_and(|e| e == "npz") => list.write_npz(path),
        path => list.write_csv(path),
    }
}

/// The resolved config with every projection read from a list. Modules are over: lists number the
/// neurons of all.
fn with_lists(text: &str, names: &[String]) -> Result<String, String> {
    let mut config: toml::Table = text.parse().map_err(|e: toml::de::Error| e.to_string())?;
    let modules = config.remove("modules").and_then(|n| n.as_integer()).unwrap_or(1);
    let populations = config.get_mut("population").and_then(toml::Value::as_table_mut);
    for (_, population) in populations.into_iter().flatten() {
        if let Some(toml::Value::Integer(size)) = population.get_mut("size") {
            *size *= modules;
        }
    }
    let projections = config.get_mut("projection").and_then(toml::Value::as_array_mut);
    for (projection, name) in projections.into_iter().flatten().zip(names) {
        let Some(table) = projection.as_table_mut() else { continue };
        for key in ["weight", "delay", "between", "delay_per_distance"] {
            table.remove(key);
        }
        let path = toml::Table::from_iter([("path".to_owned(), name.clone().into())]);
        let rule = toml::Table::from_iter([("list".to_owned(), path.into())]);
        table.insert("rule".into(), rule.into());
    }
    toml::to_string(&config).map_err(|e| e.to_string())
}

/// Refuses stimuli of some modules, since there are no modules beside lists.
fn whole(network: &Network) -> Result<()> {
    match network.stimuli.iter().find(|input| input.modules.is_some()) {
        None => Ok(()),
        Some(input) => Err(Error::parameter(
            format!("stimulus.{}.modules", input.name),
            "beside lists there are no modules: export the network without this stimulus",
        )),
    }
}

/// Refuses projections whose list does not fit into memory.
fn fits(network: &Network) -> Result<()> {
    let of = |i: usize| network.forecast(i).synapses;
    let largest = (0..network.projections.len()).map(of).fold(0.0, f64::max);
    let Some(limit) = limits::tightest() else { return Ok(()) };
    if BYTES * largest <= limit.bytes as f64 {
        return Ok(());
    }
    Err(Error::Capacity(format!(
        "a list of {} synapses takes {}, but {} leaves {}: make it smaller, for example with --scale",
        table::short(largest),
        table::bytes((BYTES * largest) as u64),
        limit.what,
        table::bytes(limit.bytes)
    )))
}

/// The synapses of projection `i`.
fn list(network: &Network, rounding: &Rounding, i: usize) -> Result<SynapseList> {
    let projection = &network.projections[i];
    let rounded = &rounding.projections[i];
    let receptor = network.receptor_of(projection)?;
    // Where each population begins, without modules.
    let mut firsts = vec![0; network.populations.len()];
    let mut size = 0;
    for population in projection.target.populations() {
        firsts[population] = size;
        size += network.populations[population].size;
    }
    let pool = network.pool(i);
    let mut list = SynapseList { kind: Some(receptor.kind), ..SynapseList::default() };
    network.synapses(i)?.for_each(|source, target, level, delay| {
        list.source.push(source);
        let (population, neuron) = pool.find(target);
        let unit = rounding.units[population][rounded.input];
        list.target.push(firsts[population] + neuron);
        list.weight.push(f64::from(rounded.counts(level as usize)) * unit);
        list.delay_ms.push(time_at(delay.into(), network.dt.ms()));
    });
    Ok(list)
}
