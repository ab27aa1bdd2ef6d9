//! Membrane potentials over time.

use std::path::Path;

use super::lines::{Line, LineOptions, figure};
use crate::Result;
use crate::record::StateTrace;

/// What a figure of traces shows.
#[derive(Clone, Debug, PartialEq)]
pub struct VoltageOptions {
    /// Written above; nothing when empty.
    pub title: String,
    /// The threshold, drawn as a dashed line, in the unit of the trace.
    pub threshold: Option<f64>,
    /// Traces at most, of the first neurons; more than six are hard to tell apart.
    pub max_traces: usize,
    /// Width and height in pixels.
    pub size: (u32, u32),
}

impl Default for VoltageOptions {
    fn default() -> Self {
        Self { title: String::new(), threshold: None, max_traces: 4, size: (1000, 500) }
    }
}

/// Draws the recorded courses of a state variable into a `.png` or `.svg` file.
///
/// # Errors
/// [`Error::Parameter`](crate::Error::Parameter) when nothing was recorded or for a path of
/// another extension; [`Error::Create`](crate::Error::Create) or
/// [`Error::Write`](crate::Error::Write) when the file cannot be written.
pub fn voltage(trace: &StateTrace, options: &VoltageOptions, path: &Path) -> Result<()> {
    let neurons = trace.probe.neurons.iter().take(options.max_traces).enumerate();
    let line = |(place, neuron): (usize, &u64)| Line {
        name: format!("{} {neuron}", trace.probe.population),
        points: trace.course(place).collect(),
        ..Line::default()
    };
    let name = match trace.probe.variable.as_str() {
        "V_m" => "Membrane potential",
        other => other,
    };
    let look = LineOptions {
        title: options.title.clone(),
        x_name: "Time (ms)".into(),
        y_name: format!("{name} ({})", trace.probe.unit),
        marks: options.threshold.map(|v| (v, "threshold".into())).into_iter().collect(),
        size: options.size,
        ..LineOptions::default()
    };
    figure(&neurons.map(line).collect::<Vec<_>>(), &look)?.write(path)
}
