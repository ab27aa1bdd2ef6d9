//! The pictures of the comparison.

use std::path::Path;

use murine::Result;
use murine::plot::{Line, LineOptions, lines};

use super::compare::{Outcome, Row};
use super::rig::LENGTHS_S;

/// Accuracy and information rate against the length of windows, both decoders in all outcomes;
/// `prefix` begins the names of the pictures.
pub(crate) fn curves(outcomes: &[Outcome], prefix: &str, out: &Path) -> Result<Vec<String>> {
    let accuracy =
        |row: &Row, share: f64| if row.right.is_empty() { f64::NAN } else { 100.0 * share };
    let names = ["accuracy", "itr"].map(|name| format!("{prefix}_{name}.png"));
    draw(outcomes, "Accuracy (%)", accuracy, &out.join(&names[0]))?;
    draw(outcomes, "Information (bits per minute)", Row::itr, &out.join(&names[1]))?;
    Ok(names.into())
}

fn draw(
    outcomes: &[Outcome],
    y_name: &str,
    value: impl Fn(&Row, f64) -> f64,
    path: &Path,
) -> Result<()> {
    let line = |outcome: &Outcome, decoder: &str, share: &dyn Fn(&Row) -> f64| Line {
        name: format!("{decoder}, {}", outcome.name.rsplit(", ").next().unwrap_or_default()),
        points: outcome.rows.iter().map(|row| (row.seconds, value(row, share(row)))).collect(),
        marked: true,
        guide: false,
    };
    let both = |outcome| [line(outcome, "spiking", &Row::spiking), line(outcome, "CCA", &Row::cca)];
    let targets = outcomes.first().map_or(0, |outcome| outcome.rows[0].targets);
    let options = LineOptions {
        title: format!("Which of {targets} targets is looked at"),
        x_name: "Window (s)".into(),
        y_name: y_name.into(),
        x_ticks: LENGTHS_S.to_vec(),
        from_zero: true,
        size: (1300, 700),
        ..LineOptions::default()
    };
    let all: Vec<Line> = outcomes.iter().flat_map(both).collect();
    lines(&all, &options, path)
}
