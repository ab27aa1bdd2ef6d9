//! The pictures of the comparison.

use std::path::Path;

use murine::Result;
use murine::plot::{Line, LineOptions, lines};

use crate::compare::{Outcome, Row};
use crate::rig::LENGTHS_S;

/// Accuracy and information rate against the length of windows, both decoders at all ratios of
/// signal to noise.
pub(crate) fn curves(outcomes: &[Outcome], out: &Path) -> Result<Vec<String>> {
    let accuracy =
        |row: &Row, share: f64| if row.right.is_empty() { f64::NAN } else { 100.0 * share };
    draw(outcomes, ("accuracy", "Accuracy (%)"), accuracy, out)?;
    draw(outcomes, ("itr", "Information (bits per minute)"), Row::itr, out)?;
    Ok(vec!["ssvep_accuracy.png".into(), "ssvep_itr.png".into()])
}

fn draw(
    outcomes: &[Outcome],
    (name, y_name): (&str, &str),
    value: impl Fn(&Row, f64) -> f64,
    out: &Path,
) -> Result<()> {
    let line = |outcome: &Outcome, decoder: &str, share: &dyn Fn(&Row) -> f64| Line {
        name: format!("{decoder}, {}", outcome.name.trim_start_matches("generator, ")),
        points: outcome.rows.iter().map(|row| (row.seconds, value(row, share(row)))).collect(),
        marked: true,
        guide: false,
    };
    let both = |outcome| [line(outcome, "spiking", &Row::spiking), line(outcome, "CCA", &Row::cca)];
    let options = LineOptions {
        title: "Which of 40 keys is looked at".into(),
        x_name: "Window (s)".into(),
        y_name: y_name.into(),
        x_ticks: LENGTHS_S.to_vec(),
        from_zero: true,
        size: (1300, 700),
        ..LineOptions::default()
    };
    let all: Vec<Line> = outcomes.iter().flat_map(both).collect();
    lines(&all, &options, &out.join(format!("ssvep_{name}.png")))
}
