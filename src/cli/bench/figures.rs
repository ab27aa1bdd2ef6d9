//! The pictures of a bench.

use std::path::Path;

use murine::Result;
use murine::plot::{Bar, BarOptions, Line, LineOptions, bars, lines};

use super::crossover;
use super::report::{Measurement, Report};
use crate::cli::table::plural;

/// Draws whatever there is enough of: one point makes no curve.
pub(super) fn draw(report: &Report, folder: &Path) -> Result<()> {
    strong(report, &folder.join("strong.png"))?;
    weak(report, &folder.join("weak.png"))?;
    sizes(report, &folder.join("sizes.png"))?;
    crossover::draw(report, &folder.join("crossover.png"))?;
    phases(report, &folder.join("phases.png"))
}

/// How much faster each network gets with more threads.
fn strong(report: &Report, path: &Path) -> Result<()> {
    let all = &report.measurements;
    let same = |a: &Measurement, b: &Measurement| a.network == b.network && a.neurons == b.neurons;
    let mut curves: Vec<Line> = all
        .chunk_by(same)
        .filter(|group| group.len() > 1 && group[0].storage.is_none())
        .map(|group| curve(&group[0].title(), group.iter().map(|m| speed_up(&group[0], m))))
        .collect();
    let most = curves.iter().flat_map(|c| &c.points).map(|p| p.0).fold(1.0, f64::max);
    if curves.is_empty() {
        return Ok(());
    }
    let ticks = threads(curves.iter().flat_map(|curve| &curve.points));
    let ideal = vec![(1.0, 1.0), (most, most)];
    curves.push(Line { name: "ideal".into(), points: ideal, guide: true, ..Line::default() });
    let options = LineOptions {
        title: "Strong scaling".into(),
        x_name: "Threads".into(),
        y_name: "Speed-up".into(),
        log_x: true,
        log_y: true,
        x_ticks: ticks,
        ..LineOptions::default()
    };
    lines(&curves, &options, path)
}

fn speed_up(first: &Measurement, m: &Measurement) -> (f64, f64) {
    let gain = first.real_time_factor.median / m.real_time_factor.median;
    (m.threads as f64, gain * first.threads as f64)
}

/// The numbers of threads, each once.
fn threads<'a>(points: impl Iterator<Item = &'a (f64, f64)>) -> Vec<f64> {
    let mut threads: Vec<f64> = points.map(|point| point.0).collect();
    threads.sort_by(f64::total_cmp);
    threads.dedup();
    threads
}

/// Brunel's network, growing with the threads.
fn weak(report: &Report, path: &Path) -> Result<()> {
    let grown = |m: &&Measurement| m.network == "brunel" && m.size == m.threads as f64;
    let points: Vec<_> = report.measurements.iter().filter(grown).collect();
    let [first, _, ..] = points[..] else { return Ok(()) };
    let factor = |m: &&Measurement| (m.threads as f64, m.real_time_factor.median);
    let curve = curve("", points.iter().map(factor));
    let options = LineOptions {
        title: "Weak scaling: Brunel's network, 12,500 neurons per thread".into(),
        x_name: "Threads".into(),
        y_name: "Real-time factor".into(),
        log_x: true,
        from_zero: true,
        marks: vec![(first.real_time_factor.median, "ideal".into())],
        x_ticks: threads(curve.points.iter()),
        ..LineOptions::default()
    };
    lines(&[curve], &options, path)
}

/// What an event costs in small and large networks.
fn sizes(report: &Report, path: &Path) -> Result<()> {
    let cuba = || report.measurements.iter().filter(|m| m.network == "cuba");
    let most = cuba().map(|m| m.threads).max();
    let points: Vec<_> = cuba().filter(|m| Some(m.threads) == most).collect();
    let [first, _, ..] = points[..] else { return Ok(()) };
    let cost = |m: &&Measurement| (m.neurons as f64, 1e9 / m.events_per_s_and_core.median);
    let options = LineOptions {
        title: format!("CUBA on {}, synapses per neuron kept", plural(first.threads, "thread")),
        x_name: "Neurons".into(),
        y_name: "Core time per synaptic event (ns)".into(),
        log_x: true,
        from_zero: true,
        ..LineOptions::default()
    };
    lines(&[curve("", points.iter().map(cost))], &options, path)
}

pub(super) fn curve(name: &str, points: impl Iterator<Item = (f64, f64)>) -> Line {
    Line { name: name.into(), points: points.collect(), marked: true, ..Line::default() }
}

/// Where the time goes.
fn phases(report: &Report, path: &Path) -> Result<()> {
    let bar = |m: &Measurement| {
        let phases = m.phases_s.medians();
        let all = phases.iter().sum::<f64>().max(f64::MIN_POSITIVE);
        Bar {
            name: format!("{}, {} thr.", m.title(), m.threads),
            parts: phases.iter().map(|phase| 100.0 * phase / all).collect(),
            note: format!("{:.3}", m.real_time_factor.median),
        }
    };
    let options = BarOptions {
        title: "Phases of the simulation, and its real-time factor".into(),
        x_name: "Share of wall time (%)".into(),
        parts: ["deliver", "update", "exchange", "other"].map(str::to_owned).to_vec(),
        ..BarOptions::default()
    };
    let all: Vec<Bar> = report.networks().map(bar).collect();
    if all.is_empty() { Ok(()) } else { bars(&all, &options, path) }
}
