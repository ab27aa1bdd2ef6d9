//! What is said before and shown after: at most 80 columns.

use super::crossover;
use super::report::{Measurement, Report, Spread};
use super::suite::Case;
use crate::cli::table::{bytes, grouped, short};

/// Columns of a median with its range.
const RANGE: usize = 22;

/// What will be run, and about how long it takes.
pub(super) fn plan(cases: &[Case], repeat: u32) -> String {
    let mut lines = vec!["this will run".to_owned()];
    let alike = |a: &Case, b: &Case| a.standard == b.standard && a.size == b.size;
    for group in cases.chunk_by(alike) {
        let mut threads: Vec<_> = group.iter().map(|case| case.threads.to_string()).collect();
        threads.dedup();
        let first = &group[0];
        lines.push(format!(
            "  {:<12} {:>11} neurons {:>14} synapses  on {} thread{}{}",
            first.standard.name(),
            grouped(first.neurons),
            short(first.synapses),
            threads.join(", "),
            if threads == ["1"] { "" } else { "s" },
            if threads.len() < group.len() { ", twice" } else { "" }
        ));
    }
    let seconds: f64 = cases.iter().map(Case::seconds).sum::<f64>() * f64::from(repeat);
    let times = if repeat == 1 { "once".into() } else { format!("{repeat} times") };
    lines.push(format!("each {times}, which takes about {}", duration(seconds)));
    lines.join("\n")
}

/// A wall time in words.
pub(super) fn duration(seconds: f64) -> String {
    match seconds.max(1.0) {
        s if s < 100.0 => format!("{s:.0} s"),
        s if s < 6000.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}

/// The tables.
pub(super) fn report(report: &Report) -> String {
    let runs = report.measurements.iter().map(|m| m.runs);
    let (least, most) = (runs.clone().min().unwrap_or(0), runs.max().unwrap_or(0));
    let runs = if least == most { most.to_string() } else { format!("{least} to {most}") };
    let processor = report.processor.as_deref().unwrap_or("unknown processor");
    let mut lines = vec![
        format!("murine {}, {}, {}", report.version, report.date, cores(report.cores)),
        processor.chars().take(80).collect(),
        format!("medians (and ranges) of runs: {runs}"),
    ];
    if report.networks().next().is_some() {
        networks(report, &mut lines);
    }
    lines.extend(crossover::table(&crossover::points(report)));
    lines.join("\n")
}

/// The tables of what each network takes.
fn networks(report: &Report, lines: &mut Vec<String>) {
    lines.push(head("\n", &["construction (s)", "real-time factor"], RANGE));
    lines.extend(report.networks().map(|m| {
        let cells = [ranged(m, &m.construct_s), ranged(m, &m.real_time_factor)];
        line(m, cells.map(|cell| format!("{cell:>RANGE$}")).concat())
    }));
    lines.push(head("\n", &["deliver", "update", "exchange", "other"], 11));
    lines.extend(report.networks().map(|m| {
        let seconds = m.duration_ms * 1e-3;
        line(m, m.phases_s.medians().map(|s| format!("{:>11}", digits(s / seconds))).concat())
    }));
    lines.push("wall seconds per simulated second, mean over the threads".into());
    lines.push(head("\n", &["peak memory", "bytes/synapse", "events/s/core"], 15));
    lines.extend(report.networks().map(|m| line(m, work(m))));
}

fn cores(cores: u64) -> String {
    crate::cli::table::plural(cores, "core")
}

fn head(before: &str, names: &[&str], width: usize) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("{name:>width$}")).collect();
    format!("{before}{:<22} {:>7}{}", "network", "threads", names.concat())
}

fn line(m: &Measurement, cells: impl std::fmt::Display) -> String {
    format!("{:<22} {:>7}{cells}", m.title(), m.threads)
}

fn work(m: &Measurement) -> String {
    let peak = m.peak_rss_bytes.map_or("-".into(), |peak| bytes(peak.median as u64));
    let each = m.bytes_per_synapse.map_or("-".into(), |bytes| format!("{bytes:.2}"));
    let rate = m.events_per_s_and_core.median;
    format!("{peak:>15}{each:>15}{:>15}", short(rate))
}

fn ranged(m: &Measurement, spread: &Spread) -> String {
    let [median, min, max] = [spread.median, spread.min, spread.max].map(digits);
    if m.runs == 1 { median } else { format!("{median} ({min}-{max})") }
}

/// A number with three digits that count.
pub(super) fn digits(number: f64) -> String {
    let decimals = match number {
        n if n >= 99.95 => 0,
        n if n >= 9.995 => 1,
        n if n >= 0.9995 => 2,
        _ => 3,
    };
    format!("{number:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_words() {
        assert_eq!([0.0, 42.0, 600.0, 7200.0].map(duration), ["1 s", "42 s", "10 min", "2.0 h"]);
        assert_eq!([0.0123, 1.234, 12.34, 123.4].map(digits), ["0.012", "1.23", "12.3", "123"]);
    }
}
