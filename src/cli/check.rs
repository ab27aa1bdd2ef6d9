//! `murine check`: what a network is and what it will take, building but a slice of it.

mod cost;
mod slice;
mod text;

use murine::compile::Routes;
use murine::config::Config;
use murine::network::{Network, PopulationKind, Storage};
use murine::random::time_at;
use murine::{Error, Result};
use serde::Serialize;

use cost::Cost;

use super::forecast::{self, Forecast};
use super::limits::{self, Limit};
use super::network::NetworkArguments;
use super::output;
use super::voice::Voice;

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
    /// The populations whose state has 64 bits.
    double: Vec<String>,
    largest_weight_error: f64,
    /// Synapses whose weight is so small beside others that it becomes 0, as expected.
    weights_lost: f64,
    /// Their share of all synapses.
    weights_lost_share: f64,
    predicted_bytes: u64,
    memory: murine::compile::Memory,
    free_bytes: Option<u64>,
    /// Synaptic events per simulated second, where all rates are known.
    events_per_s: Option<f64>,
    /// What this run will cost; empty if nobody asks.
    cost: Vec<Cost>,
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
    storage: Storage,
    synapses: f64,
    delay_ms: (f64, f64),
}

/// Does it; returns the exit code.
pub(crate) fn run(arguments: &Arguments) -> Result<u8> {
    let voice = Voice { quiet: arguments.quiet, verbose: false };
    let mut config = arguments.network.load()?;
    config.notes.iter().for_each(|note| voice.note(note));
    let limit = limits::tightest();
    let forecast = Forecast::new(&mut config.network, config.threads, limit.as_ref())?;
    forecast.note().iter().for_each(|note| voice.note(note));
    let mut report = Report::new(&config, &forecast, limit.as_ref())?;
    if arguments.json || !arguments.quiet {
        report.cost = cost::costs(&config, &report.projections, forecast.threads);
    }
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
        let rounding = network.rounding()?;
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
            epoch_ms: Routes::new(network, &forecast.plan)?
                .min_delay
                .map(|steps| time_at(steps.into(), network.dt.ms())),
            double: network.in_double()?.into_iter().map(String::from).collect(),
            largest_weight_error: rounding.largest_error,
            weights_lost: rounding.lost,
            weights_lost_share: rounding.lost_share,
            predicted_bytes: forecast.bytes(),
            memory: forecast.memory,
            free_bytes: limit.map(|l| l.bytes),
            events_per_s: events(network, &projections),
            cost: Vec::new(),
            populations: network.populations.iter().map(population).collect(),
            projections,
        })
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
    let (least, most) = network.delays(i)?;
    let ms = |steps: u16| time_at(steps.into(), network.dt.ms());
    Ok(Projection {
        source: network.populations[p.source.0].name.clone(),
        target: p.target.name(network),
        rule: p.rule.name(),
        storage: p.storage,
        synapses: network.forecast(i).synapses,
        delay_ms: (ms(least), ms(most)),
    })
}

/// Synaptic events per simulated second, if the rates of all populations are known.
fn events(network: &Network, projections: &[Projection]) -> Option<f64> {
    let of = |(p, told): (&murine::network::Projection, &Projection)| {
        let source = &network.populations[p.source.0];
        Some(told.synapses * source.reference_rate?.hz())
    };
    network.projections.iter().zip(projections).map(of).sum()
}
