//! Stored against procedural synapses: what an event takes by the synapses of a source.

use std::path::Path;

use murine::Result;
use murine::network::Storage;
use murine::plot::{LineOptions, lines};

use super::figures::curve;
use super::report::{Measurement, Report};
use super::text::digits;
use crate::cli::table::{grouped, plural};

/// What an event takes both ways.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    /// Of a source.
    synapses: f64,
    threads: u64,
    /// Nanoseconds of a core.
    stored: f64,
    procedural: f64,
}

/// The numbers of synapses that were measured both ways, ascending.
pub(super) fn points(report: &Report) -> Vec<Point> {
    let all = || report.measurements.iter();
    let pair = |stored: &Measurement| {
        let other = |m: &&Measurement| {
            m.storage == Some(Storage::Procedural) && m.is_of(stored) && m.threads == stored.threads
        };
        Some(Point {
            synapses: stored.synapses as f64 / stored.neurons as f64,
            threads: stored.threads,
            stored: stored.delivery_ns_per_event?.median,
            procedural: all().find(other)?.delivery_ns_per_event?.median,
        })
    };
    all().filter(|m| m.storage == Some(Storage::Stored)).filter_map(pair).collect()
}

/// From how many synapses on procedural ones are faster, in two digits: where the lines through the
/// points cross, both axes logarithmic. `None` if they do not.
fn crossing(points: &[Point]) -> Option<u64> {
    let lead = |p: &Point| (p.procedural / p.stored).ln();
    points.last().filter(|p| lead(p) <= 0.0)?;
    let pair = points.windows(2).rfind(|pair| lead(&pair[0]) > 0.0 && lead(&pair[1]) <= 0.0)?;
    let [from, to] = [&pair[0], &pair[1]];
    let along = lead(from) / (lead(from) - lead(to));
    let exact = from.synapses * (to.synapses / from.synapses).powf(along);
    let unit = 10f64.powf(exact.log10().floor() - 1.0);
    Some(((exact / unit).round() * unit).round() as u64)
}

/// The table; no lines without points.
pub(super) fn table(points: &[Point]) -> Vec<String> {
    let Some(first) = points.first() else { return Vec::new() };
    let mut lines =
        vec![format!("\n{:<22} {:>11}{:>11}", "synapses of a source", "stored", "procedural")];
    lines.extend(points.iter().map(|p| {
        let each = grouped(p.synapses.round() as u64);
        format!("{each:<22} {:>11}{:>11}", digits(p.stored), digits(p.procedural))
    }));
    let threads = plural(first.threads, "thread");
    lines.push(format!("ns per event of delivery and exchange, on {threads}"));
    lines.extend(
        crossing(points).map(|n| format!("procedural is faster from about {} on", grouped(n))),
    );
    lines
}

/// The picture, if there is enough for lines.
pub(super) fn draw(report: &Report, path: &Path) -> Result<()> {
    let points = points(report);
    let [first, _, ..] = points[..] else { return Ok(()) };
    let crossing = crossing(&points);
    let threads = plural(first.threads, "thread");
    let from = crossing.map(|n| format!(": procedural is faster from about {} on", grouped(n)));
    let options = LineOptions {
        title: format!("Synapses of a source, {threads}{}", from.unwrap_or_default()),
        x_name: "Synapses of a source".into(),
        y_name: "Core time per synaptic event (ns)".into(),
        log_x: true,
        log_y: true,
        x_ticks: points.iter().map(|p| p.synapses).collect(),
        x_marks: crossing
            .map(|n| (n as f64, format!("level at {}", grouped(n))))
            .into_iter()
            .collect(),
        ..LineOptions::default()
    };
    let of = |name, ns: fn(&Point) -> f64| curve(name, points.iter().map(|p| (p.synapses, ns(p))));
    lines(&[of("stored", |p| p.stored), of("procedural", |p| p.procedural)], &options, path)
}

/// A storage as configs name it.
pub(super) fn word(storage: Storage) -> &'static str {
    match storage {
        Storage::Auto => "auto",
        Storage::Stored => "stored",
        Storage::Procedural => "procedural",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::bench::suite::{Case, Request, Standard, plan};

    fn point(synapses: f64, stored: f64, procedural: f64) -> Point {
        Point { synapses, threads: 1, stored, procedural }
    }

    #[test]
    fn lines_cross_between_the_points_at_which_they_change_order() {
        let crossing = |points: &[Point]| crossing(points);
        let level = [point(10.0, 4.0, 8.0), point(1000.0, 2.0, 1.0)];
        assert_eq!(crossing(&level), Some(100));
        let readme = [point(100.0, 1.9, 2.0), point(300.0, 1.65, 1.43)];
        assert_eq!(crossing(&readme), Some(130));
        assert_eq!(crossing(&level[..1]), None, "one point");
        assert_eq!(crossing(&[level[1], level[1]]), None, "always faster");
        assert_eq!(crossing(&[level[0], level[0]]), None, "never faster");
        assert_eq!(
            crossing(&[level[0], level[1], point(2000.0, 1.0, 2.0)]),
            None,
            "not from there on"
        );
    }

    #[test]
    fn the_table_fits_and_is_nothing_without_points() {
        assert!(table(&[]).is_empty());
        let text = table(&[point(8.0, 10.8, 23.5), point(3000.0, 1.56, 1.15)]).join("\n");
        assert!(text.lines().all(|line| line.len() <= 80), "{text}");
        for part in ["23.5", "3,000", "1.15", "procedural is faster from about"] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }

    /// What was measured where stored synapses take 10 ns and procedural ones `procedural(size)`.
    fn report(procedural: impl Fn(f64) -> f64) -> Report {
        let request = Request {
            only: vec![Standard::Crossover],
            scale: None,
            threads: vec![1],
            duration: None,
            quick: true,
        };
        let plan = plan(&request).expect("a plan");
        let measured = |case: &Case| {
            let stored = case.storage == Some(Storage::Stored);
            let ns = if stored { 10.0 } else { procedural(case.size) };
            let run = serde_json::json!({
                "dt_ms": 1.0, "duration_ms": 200.0, "warmup_ms": 0.0, "precision": "single",
                "neurons": case.neurons, "synapses": case.synapses as u64, "threads": 1,
                "synaptic_events": 1_000_000, "spike_hash": "0x1", "construct_s": 1.0,
                "simulate_s": 1.0, "phases_s": { "deliver": ns * 0.75e-3, "exchange": ns * 0.25e-3 },
                "peak_rss_bytes": null, "counters": {},
            });
            Measurement::new(case, &[serde_json::from_value(run).expect("a run")])
        };
        Report::new(plan.cases.iter().filter_map(measured).collect(), false)
    }

    #[test]
    fn both_ways_are_paired_and_delivery_and_exchange_added() {
        let points = points(&report(|size| 10.0 / size));
        let told = points.iter().map(|p| (p.synapses, p.stored.round(), p.procedural.round()));
        let expected = [(3.0, 333.0), (8.0, 125.0), (30.0, 33.0), (100.0, 10.0), (300.0, 3.0)];
        assert_eq!(told.collect::<Vec<_>>(), expected.map(|(n, ns)| (n, 10.0, ns)));
        assert_eq!(crossing(&points), Some(100));
    }

    #[test]
    fn other_spikes_are_an_error() {
        let mut report = report(|_| 10.0);
        assert!(report.agree().is_ok());
        report.measurements[5].spike_hash = "0x2".into();
        let error = report.agree().expect_err("other spikes").to_string();
        let both = "crossover 30 stored on 1 thread and crossover 30 procedural on 1 thread";
        assert!(error.starts_with(both), "{error}");
    }
}
