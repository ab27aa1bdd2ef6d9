//! `murine check`: what a network is and what it will take, without building it.

use std::fmt::Write;

use murine::config::Config;
use murine::network::{Network, PopulationKind};
use murine::random::Delays;
use murine::{Error, Result};
use serde::Serialize;

use super::forecast::{self, Forecast};
use super::limits::{self, Limit};
use super::network::NetworkArguments;
use super::output;
use super::table::{bytes, grouped, plural, short};
use super::voice::Voice;

/// Rows of a table; of more, only the number is told.
const MOST: usize = 30;

/// Arguments of `murine check`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    network: NetworkArguments,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
    /// Print nothing: the exit code says whether it is right and fits
    #[arg(short, long)]
    quiet: bool,
}

/// What a network is and what it will take.
#[derive(Debug, Serialize)]
struct Report {
    name: String,
    neurons: u64,
    synapses: f64,
    dt_ms: f64,
    warmup_ms: f64,
    duration_ms: f64,
    threads: usize,
    partitions: usize,
    epoch_ms: Option<f64>,
    largest_weight_error: f64,
    predicted_bytes: u64,
    memory: murine::compile::Memory,
    free_bytes: Option<u64>,
    /// Synaptic events per simulated second, where all rates are known.
    events_per_s: Option<f64>,
    populations: Vec<Population>,
    projections: Vec<Projection>,
}

#[derive(Debug, Serialize)]
struct Population {
    name: String,
    neurons: u64,
    model: &'static str,
    rate_hz: Option<f64>,
}

#[derive(Debug, Serialize)]
struct Projection {
    source: String,
    target: String,
    rule: &'static str,
    synapses: f64,
    delay_ms: (f64, f64),
}

/// Does it; returns the exit code.
pub(crate) fn run(arguments: &Arguments) -> Result<u8> {
    let voice = Voice { quiet: arguments.quiet, verbose: false };
    let config = arguments.network.load()?;
    config.notes.iter().for_each(|note| voice.note(note));
    let forecast = Forecast::new(&config.network, config.threads)?;
    let limit = limits::tightest();
    let report = Report::new(&config, &forecast, limit.as_ref())?;
    if arguments.json {
        let text = serde_json::to_string_pretty(&report);
        output::print(&text.map_err(|e| Error::write("the report")(e.into()))?)?;
    } else if !arguments.quiet {
        output::print(&report.text())?;
    }
    if let Some(limit) = limit {
        forecast.memory.fit(limit.bytes as f64, limit.what)?;
    }
    Ok(0)
}

impl Report {
    fn new(config: &Config, forecast: &Forecast, limit: Option<&Limit>) -> Result<Self> {
        let network = &config.network;
        let projections: Vec<Projection> = (0..network.projections.len())
            .map(|i| projection(network, i))
            .collect::<Result<_>>()?;
        Ok(Self {
            name: network.name.clone(),
            neurons: network.size(),
            synapses: forecast::synapses(network),
            dt_ms: network.dt.ms(),
            warmup_ms: config.warmup.ms(),
            duration_ms: config.duration.ms(),
            threads: forecast.threads,
            partitions: forecast.plan.partitions.len(),
            epoch_ms: epoch(network, forecast, &projections),
            largest_weight_error: network.rounding()?.largest_error,
            predicted_bytes: forecast.bytes(),
            memory: forecast.memory,
            free_bytes: limit.map(|l| l.bytes),
            events_per_s: events(network, &projections),
            populations: network.populations.iter().map(population).collect(),
            projections,
        })
    }

    /// For people, at most 80 columns.
    fn text(&self) -> String {
        let mut text = format!("{}: {}", self.name, plural(self.neurons, "neuron"));
        let _ = writeln!(text, ", {} synapses", short(self.synapses));
        self.write_populations(&mut text);
        self.write_projections(&mut text);
        self.write_run(&mut text);
        self.write_memory(&mut text);
        text.truncate(text.trim_end().len());
        text
    }

    fn write_populations(&self, text: &mut String) {
        let head = ["population", "neurons", "model", "expected rate"];
        let _ =
            writeln!(text, "\n{:<24} {:>13}  {:<24} {:>14}", head[0], head[1], head[2], head[3]);
        for p in self.populations.iter().take(MOST) {
            let rate = p.rate_hz.map_or("-".into(), |hz| format!("{hz} Hz"));
            let (name, neurons) = (cut(&p.name, 24), grouped(p.neurons));
            let _ = writeln!(text, "{name:<24} {neurons:>13}  {:<24} {rate:>14}", p.model);
        }
        and_more(text, self.populations.len());
    }

    fn write_projections(&self, text: &mut String) {
        if self.projections.is_empty() {
            return;
        }
        let head = ["projection", "rule", "synapses", "delay (ms)"];
        let _ =
            writeln!(text, "\n{:<26} {:<20} {:>18}  {:>11}", head[0], head[1], head[2], head[3]);
        for p in self.projections.iter().take(MOST) {
            let name = cut(&format!("{} -> {}", p.source, p.target), 26);
            let (least, most) = p.delay_ms;
            let delay = if (most - least).abs() < 1e-9 {
                format!("{least:.1}")
            } else {
                format!("{least:.1} to {most:.1}")
            };
            let synapses = grouped(p.synapses.round() as u64);
            let _ = writeln!(text, "{name:<26} {:<20} {synapses:>18}  {delay:>11}", p.rule);
        }
        and_more(text, self.projections.len());
    }

    fn write_run(&self, text: &mut String) {
        let Self { dt_ms, duration_ms, warmup_ms, .. } = self;
        let _ = writeln!(
            text,
            "\nsimulates {duration_ms} ms after {warmup_ms} ms of warm-up, in steps of {dt_ms} ms"
        );
        let threads = plural(self.threads as u64, "thread");
        let _ = write!(text, "{threads}, {}", plural(self.partitions as u64, "partition"));
        let _ = match self.epoch_ms {
            Some(epoch) => writeln!(text, ", which exchange spikes every {epoch:.1} ms"),
            None => writeln!(text),
        };
        if let Some(events) = self.events_per_s {
            let _ = writeln!(text, "{} synaptic events per simulated second", short(events));
        }
        let _ = match 100.0 * self.largest_weight_error {
            error if error < 1e-9 => writeln!(text, "weights are exact"),
            error if error < 0.001 => writeln!(text, "weights are rounded by less than 0.001 %"),
            error => writeln!(text, "weights are rounded by at most {error:.3} %"),
        };
    }

    fn write_memory(&self, text: &mut String) {
        let _ = writeln!(text, "\n{:<24} {:>10}", "memory", bytes(self.predicted_bytes));
        let m = &self.memory;
        for (part, size) in [
            ("synapses", m.synapses),
            ("index of synapses", m.index),
            ("neurons", m.neurons),
            ("engine and recording", m.engine),
            ("construction", m.construction),
            ("program", m.program),
        ] {
            let _ = writeln!(text, "  {part:<22} {:>10}", bytes(size as u64));
        }
        if let Some(free) = self.free_bytes {
            let _ = writeln!(text, "{:<24} {:>10}", "free", bytes(free));
        }
    }
}

fn population(p: &murine::network::Population) -> Population {
    let model = match &p.kind {
        PopulationKind::Neurons(model) => model.name(),
        PopulationKind::Source(source) => source.name(),
    };
    let rate_hz = p.reference_rate.map(murine::units::Rate::hz);
    Population { name: p.name.clone(), neurons: p.size, model, rate_hz }
}

fn projection(network: &Network, i: usize) -> Result<Projection> {
    let p = &network.projections[i];
    let delay_ms = if let Some(range) = p.rule.delays() {
        range
    } else {
        let delays = Delays::new(&p.delay, network.dt)?;
        let ms = |steps: u16| f64::from(steps) * network.dt.ms();
        (ms(delays.min()), ms(delays.max()))
    };
    Ok(Projection {
        source: network.populations[p.source.0].name.clone(),
        target: network.populations[p.target.0].name.clone(),
        rule: p.rule.name(),
        synapses: p.rule.forecast(&network.pairing(i)).synapses,
        delay_ms,
    })
}

/// The shortest delay between two partitions.
fn epoch(network: &Network, forecast: &Forecast, projections: &[Projection]) -> Option<f64> {
    let crosses = |p: &murine::network::Projection| {
        let (source, target) = (forecast.plan.homes(p.source.0), forecast.plan.homes(p.target.0));
        source.len() > 1 || source != target
    };
    let crossing = network.projections.iter().zip(projections).filter(|(p, _)| crosses(p));
    crossing.map(|(_, told)| told.delay_ms.0).min_by(f64::total_cmp)
}

/// Synaptic events per simulated second, if the rates of all populations are known.
fn events(network: &Network, projections: &[Projection]) -> Option<f64> {
    let of = |(p, told): (&murine::network::Projection, &Projection)| {
        let source = &network.populations[p.source.0];
        Some(told.synapses * source.reference_rate?.hz())
    };
    network.projections.iter().zip(projections).map(of).sum()
}

fn and_more(text: &mut String, count: usize) {
    if count > MOST {
        let _ = writeln!(text, "and {} more", count - MOST);
    }
}

/// A text of at most `width` characters.
fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width - 1).chain(['…']).collect()
}
