//! Power spectra.

use std::path::Path;

use super::lines::{Line, LineOptions, figure};
use crate::Result;
use crate::analysis::Spectrum;

/// What a figure of spectra shows.
#[derive(Clone, Debug, PartialEq)]
pub struct SpectrumOptions {
    /// Written above; nothing when empty.
    pub title: String,
    /// The unit of the density: `(spikes/s)²/Hz`.
    pub unit: String,
    /// Frequencies in Hz that are marked by dashed lines, each with its name.
    pub marks: Vec<(f64, String)>,
    /// The highest frequency shown, in Hz; all of them when `None`.
    pub to_hz: Option<f64>,
    /// Width and height in pixels.
    pub size: (u32, u32),
}

impl Default for SpectrumOptions {
    fn default() -> Self {
        Self {
            title: String::new(),
            unit: "(spikes/s)²/Hz".into(),
            marks: Vec::new(),
            to_hz: None,
            size: (1000, 600),
        }
    }
}

/// Draws named spectra into a `.png` or `.svg` file, over a logarithmic axis.
///
/// The entry at 0 Hz is left out: it is the mean, which Welch's method removes.
///
/// # Errors
/// [`Error::Parameter`](crate::Error::Parameter) when nothing can be drawn or for a path of
/// another extension; [`Error::Create`](crate::Error::Create) or
/// [`Error::Write`](crate::Error::Write) when the file cannot be written.
pub fn spectrum(
    spectra: &[(&str, &Spectrum)],
    options: &SpectrumOptions,
    path: &Path,
) -> Result<()> {
    let to_hz = options.to_hz.unwrap_or(f64::INFINITY);
    let line = |(name, spectrum): &(&str, &Spectrum)| Line {
        name: (*name).to_owned(),
        points: points(spectrum).take_while(|p| p.0 <= to_hz).collect(),
        ..Line::default()
    };
    let look = LineOptions {
        title: options.title.clone(),
        x_name: "Frequency (Hz)".into(),
        y_name: format!("Power ({})", options.unit),
        log_y: true,
        x_marks: options.marks.clone(),
        size: options.size,
        ..LineOptions::default()
    };
    figure(&spectra.iter().map(line).collect::<Vec<_>>(), &look)?.write(path)
}

fn points(spectrum: &Spectrum) -> impl Iterator<Item = (f64, f64)> + '_ {
    spectrum.density.iter().enumerate().skip(1).map(|(k, &d)| (spectrum.hz(k), d))
}
