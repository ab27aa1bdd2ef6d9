//! The report of `murine check` for people.

use std::fmt::Write;

use murine::network::Storage;

use super::Report;
use crate::cli::table::{bytes, grouped, plural, short};

/// Rows of a table; of more, only the number is told.
const MOST: usize = 30;
/// Each weight is right to so many per cent, or the sum of the weights of each target is.
const RIGHT: f64 = 0.2;

impl Report {
    /// For people, at most 80 columns.
    pub(super) fn text(&self) -> String {
        let mut text = format!("{}: {}", self.name, plural(self.neurons, "neuron"));
        let _ = writeln!(text, ", {} synapses", short(self.synapses));
        self.write_populations(&mut text);
        self.write_projections(&mut text);
        self.write_run(&mut text);
        self.write_cost(&mut text);
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
        let _ = writeln!(
            text,
            "\n{:<20} {:<18} {:<10} {:>14}  {:>12}",
            "projection", "rule", "storage", "synapses", "delay (ms)"
        );
        for p in self.projections.iter().take(MOST) {
            let name = format!("{} -> {}", p.source, p.target);
            let name = if name.chars().count() <= 20 {
                name
            } else {
                let _ = writeln!(text, "{}", cut(&name, 79));
                String::new()
            };
            let (least, most) = p.delay_ms;
            let delay = if (most - least).abs() < 1e-9 {
                format!("{least:.1}")
            } else {
                format!("{least:.1} to {most:.1}")
            };
            let synapses = grouped(p.synapses.round() as u64);
            let storage = match p.storage {
                Storage::Procedural => "procedural",
                Storage::Auto | Storage::Stored => "stored",
            };
            let _ = writeln!(
                text,
                "{name:<20} {:<18} {storage:<10} {synapses:>14}  {delay:>12}",
                p.rule
            );
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
        let (named, more) = self.double.split_at(self.double.len().min(MOST));
        let more = if more.is_empty() { "" } else { ", ..." };
        let _ = match named {
            [] => writeln!(text, "single precision"),
            named => writeln!(text, "double precision of {}{more}", named.join(", ")),
        };
        let _ = match 100.0 * self.largest_weight_error {
            error if error < 1e-9 => writeln!(text, "weights are exact"),
            error if error < 0.001 => writeln!(text, "weights are rounded by less than 0.001 %"),
            error if error <= RIGHT => {
                writeln!(text, "weights are rounded by at most {error:.3} %")
            }
            error => writeln!(
                text,
                "weights are rounded by at most {error:.3} %, the sum of a target by {RIGHT} %"
            ),
        };
        if self.weights_lost > 0.0 {
            let (lost, share) = (short(self.weights_lost.ceil()), 100.0 * self.weights_lost_share);
            let _ = writeln!(
                text,
                "{lost} weights ({share:.2} %) are so small beside others that they become 0"
            );
        }
    }

    fn write_cost(&self, text: &mut String) {
        let head = ["cost", "events per simulated s", "wall time: build", "simulate"];
        let _ = writeln!(text, "\n{:<24} {:>23} {:>17} {:>12}", head[0], head[1], head[2], head[3]);
        for cost in &self.cost {
            let rates = match cost.rates {
                "expected" => "at expected rates".into(),
                hz => format!("at {hz} if unknown"),
            };
            let [construct, simulate] = [cost.construct_s, cost.simulate_s].map(wall);
            let events = short(cost.events_per_s);
            let _ = writeln!(text, "  {rates:<22} {events:>23} {construct:>17} {simulate:>12}");
        }
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

/// Wall time, as exactly as it is known.
fn wall(seconds: Option<f64>) -> String {
    match seconds {
        None => "-".into(),
        Some(s) if s < 0.995 => format!("{:.2} s", s.max(0.01)),
        Some(s) if s < 9.95 => format!("{s:.1} s"),
        Some(s) if s < 600.0 => format!("{s:.0} s"),
        Some(s) if s < 36_000.0 => format!("{:.0} min", s / 60.0),
        Some(s) => format!("{} h", grouped((s / 3600.0).round() as u64)),
    }
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
