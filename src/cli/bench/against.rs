//! A bench held against an earlier one.

use super::report::{Measurement, Report, Spread};
use crate::cli::table::{grouped, plural};

/// Ratios of new to old, and where the work itself differs.
pub(super) fn compare(old: &Report, new: &Report) -> String {
    let pairs: Vec<_> = new
        .measurements
        .iter()
        .filter_map(|new| Some((old.measurements.iter().find(|old| same(old, new))?, new)))
        .collect();
    let mut lines = vec![format!("against murine {} of {}", old.version, old.date)];
    if old.processor != new.processor || old.debug_build != new.debug_build {
        lines.push("which was measured on another processor or in another kind of build".into());
    }
    lines.push(String::new());
    lines.push(format!(
        "{:<26} {:>7} {:>14} {:>14} {:>14}",
        "new / old, below 1 better", "threads", "construction", "propagation", "peak memory"
    ));
    lines.extend(pairs.iter().map(|(old, new)| row(old, new)));
    lines.push("~: the ranges of the runs overlap".into());
    let alone = new.measurements.len() - pairs.len();
    if alone > 0 {
        lines.push(format!("without a counterpart of the same size and duration: {alone}"));
    }
    lines.push(String::new());
    lines.extend(work(&pairs));
    lines.join("\n")
}

/// Whether two measurements are of the same thing.
fn same(a: &Measurement, b: &Measurement) -> bool {
    a.is_of(b) && (a.threads, a.storage) == (b.threads, b.storage)
}

fn row(old: &Measurement, new: &Measurement) -> String {
    let memory = old.peak_rss_bytes.zip(new.peak_rss_bytes);
    format!(
        "{:<26} {:>7} {:>14} {:>14} {:>14}",
        new.title(),
        new.threads,
        ratio(&old.construct_s, &new.construct_s),
        ratio(&old.simulate_s, &new.simulate_s),
        memory.map_or("-".into(), |(old, new)| ratio(&old, &new))
    )
}

fn ratio(old: &Spread, new: &Spread) -> String {
    let mark = if old.overlaps(new) { "~ " } else { "" };
    format!("{mark}{:.3}", new.median / old.median)
}

/// Says whether both did the same work.
fn work(pairs: &[(&Measurement, &Measurement)]) -> Vec<String> {
    let differences: Vec<String> = pairs.iter().flat_map(|(old, new)| differ(old, new)).collect();
    match (pairs.len(), differences.len()) {
        (0, _) => vec!["nothing was measured in both".into()],
        (_, 0) => vec!["the work is the same: spikes and all counters agree".into()],
        _ => ["the work differs:".to_owned()].into_iter().chain(differences).collect(),
    }
}

fn differ(old: &Measurement, new: &Measurement) -> Vec<String> {
    let name = format!("{}, {}", new.title(), plural(new.threads, "thread"));
    let spikes = (old.spike_hash != new.spike_hash).then(|| format!("{name}: other spikes"));
    let counters = old.counters.iter().filter_map(|(counter, &before)| {
        let now = *new.counters.get(counter)?;
        let change = format!("{name}: {counter} {} -> {}", grouped(before), grouped(now));
        (now != before).then_some(change)
    });
    spikes.into_iter().chain(counters).collect()
}
