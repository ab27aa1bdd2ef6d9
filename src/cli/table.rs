//! The table at the end of a run: at most 80 columns.

use super::summary::{PopulationSummary, RunNumbers, Summary};
use super::voice::{BOLD, FAINT, RESET};

/// Populations shown; of more, the rest is only in `summary.json`.
const MOST: usize = 24;

/// Columns of a population's name.
const NAME: usize = 24;

/// The populations of a run, one line each, and what it took.
pub(crate) fn table(summary: &Summary) -> String {
    let mut lines = vec![format!(
        "{BOLD}{:<NAME$} {:>13} {:>15} {:>12} {:>8}{RESET}",
        "population", "neurons", "spikes", "rate (Hz)", "CV ISI"
    )];
    lines.extend(summary.populations.iter().take(MOST).map(|(name, p)| row(name, p)));
    if let Some(more) = summary.populations.len().checked_sub(MOST + 1) {
        lines.push(format!("{FAINT}and {} more: see summary.json{RESET}", more + 1));
    }
    if let Some(run) = &summary.run {
        lines.push(String::new());
        lines.extend(cost(summary, run));
    }
    lines.join("\n")
}

fn row(name: &str, p: &PopulationSummary) -> String {
    let cv = p.cv_isi.map_or("-".into(), |cv| format!("{cv:.2}"));
    let (neurons, spikes) = (grouped(p.neurons), grouped(p.spikes));
    let name = shortened(name);
    format!("{name:<NAME$} {neurons:>13} {spikes:>15} {:>12.2} {cv:>8}", p.rate_hz)
}

fn cost(summary: &Summary, run: &RunNumbers) -> Vec<String> {
    let seconds = summary.duration_ms * 1e-3;
    let mut lines = vec![
        format!("{} synapses, built in {}", grouped(run.synapses), wall(run.construct_s)),
        format!(
            "{} synaptic events in {}, {} per second",
            grouped(run.synaptic_events),
            wall(run.simulate_s),
            short(run.events_per_s)
        ),
        format!(
            "{seconds:.3} s simulated on {}: real-time factor {:.3}",
            plural(run.threads as u64, "thread"),
            run.real_time_factor
        ),
    ];
    let phases = &run.phases_s;
    lines.push(format!(
        "deliver {}, update {}, exchange {}",
        wall(phases.deliver),
        wall(phases.update),
        wall(phases.exchange)
    ));
    let peak = run.peak_rss_bytes.map_or("unknown".into(), bytes);
    lines.push(format!("memory: {} predicted, {peak} at its peak", bytes(run.predicted_bytes)));
    lines
}

/// What only some want to know.
pub(crate) fn details(run: &RunNumbers) -> String {
    let (rows, packets) = (grouped(run.counters.rows), grouped(run.counters.packets));
    format!("spike hash {}, {rows} rows, {packets} packets", run.spike_hash)
}

/// A number with commas between thousands.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy);
    groups.collect::<Vec<_>>().join(",")
}

/// A large number in words: 299 million.
pub(crate) fn short(number: f64) -> String {
    match number {
        n if n >= 1e9 => format!("{} billion", three_digits(n / 1e9)),
        n if n >= 1e6 => format!("{} million", three_digits(n / 1e6)),
        n => grouped(n.round().max(0.0) as u64),
    }
}

/// Bytes in a unit that fits.
pub(crate) fn bytes(bytes: u64) -> String {
    match bytes as f64 {
        n if n >= 1e9 => format!("{:.2} GB", n / 1e9),
        n => format!("{:.0} MB", (n / 1e6).ceil()),
    }
}

/// Wall time in a unit that fits.
fn wall(seconds: f64) -> String {
    if seconds < 0.0995 { format!("{:.1} ms", 1e3 * seconds) } else { format!("{seconds:.2} s") }
}

/// A count and what is counted.
pub(crate) fn plural(count: u64, what: &str) -> String {
    format!("{} {what}{}", grouped(count), if count == 1 { "" } else { "s" })
}

fn three_digits(number: f64) -> String {
    match number {
        n if n >= 1e5 => grouped(n.round() as u64),
        n if n >= 99.95 => format!("{n:.0}"),
        n if n >= 9.995 => format!("{n:.1}"),
        n => format!("{n:.2}"),
    }
}

/// A name that fits its column.
fn shortened(name: &str) -> String {
    if name.chars().count() <= NAME {
        return name.to_owned();
    }
    name.chars().take(NAME - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_at_a_glance() {
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(
            [12.0, 298_880_970.0, 1.5e9, 99.6e6, 4e15].map(short),
            ["12", "299 million", "1.50 billion", "99.6 million", "4,000,000 billion"]
        );
        assert_eq!([1, 1_200_000_000].map(bytes), ["1 MB", "1.20 GB"]);
        assert_eq!(
            [0.0, 4e-4, 0.0994, 0.0996, 81.2].map(wall),
            ["0.0 ms", "0.4 ms", "99.4 ms", "0.10 s", "81.20 s"]
        );
    }

    #[test]
    fn long_names_are_cut() {
        assert_eq!(shortened(&"x".repeat(25)).chars().count(), 24);
    }
}
