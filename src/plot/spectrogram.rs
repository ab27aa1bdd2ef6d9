//! Spectrograms.

use std::path::Path;

use super::map::{Grid, MapOptions, map};
use crate::Result;
use crate::analysis::Spectrogram;

/// What a figure of a spectrogram shows.
#[derive(Clone, Debug, PartialEq)]
pub struct SpectrogramOptions {
    /// Written above; nothing when empty.
    pub title: String,
    /// The unit of the density: `mV²/Hz`.
    pub unit: String,
    /// The highest frequency shown, in Hz; all of them when `None`.
    pub to_hz: Option<f64>,
    /// How far below the highest density the darkest colour lies, in dB.
    pub depth_db: f64,
    /// Width and height in pixels.
    pub size: (u32, u32),
}

impl Default for SpectrogramOptions {
    fn default() -> Self {
        Self {
            title: String::new(),
            unit: "(spikes/s)²/Hz".into(),
            to_hz: None,
            depth_db: 50.0,
            size: (1000, 600),
        }
    }
}

/// Draws a spectrogram into a `.png` or `.svg` file: time to the right, frequency upwards, the
/// density in dB (10 log10 of it) as a colour.
///
/// # Errors
/// [`Error::Parameter`](crate::Error::Parameter) when nothing can be drawn or for a path of
/// another extension; [`Error::Create`](crate::Error::Create) or
/// [`Error::Write`](crate::Error::Write) when the file cannot be written.
pub fn spectrogram(
    spectrogram: &Spectrogram,
    options: &SpectrogramOptions,
    path: &Path,
) -> Result<()> {
    let shown = options.to_hz.map_or(usize::MAX, |hz| (hz / spectrogram.step_hz) as usize + 1);
    // Without the entry at 0 Hz, from which the mean is removed.
    let decibels = |density: &Vec<f64>| {
        density.iter().take(shown).skip(1).map(|d| 10.0 * d.log10()).collect::<Vec<f64>>()
    };
    let values: Vec<_> = spectrogram.density.iter().map(decibels).collect();
    let finite = values.iter().flatten().copied().filter(|v| v.is_finite());
    let highest = finite.reduce(f64::max).unwrap_or(0.0);
    let look = MapOptions {
        title: options.title.clone(),
        x_name: "Time (ms)".into(),
        y_name: "Frequency (Hz)".into(),
        name: format!("Power (dB re 1 {})", options.unit),
        range: (highest - options.depth_db, highest),
        size: options.size,
    };
    let x = Grid { first: spectrogram.first_ms, step: spectrogram.step_ms };
    let y = Grid { first: spectrogram.step_hz, step: spectrogram.step_hz };
    map(&values, (x, y), &look, path)
}
