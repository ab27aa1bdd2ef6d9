//! The pictures of the sweep.

use std::path::Path;

use murine::plot::{
    Grid, MapOptions, RasterOptions, SpectrogramOptions, SpectrumOptions, map, raster, spectrogram,
    spectrum,
};
use murine::prelude::*;

use crate::experiment::{BAND, CELLS, Outcome, Setting, at, decibels, mean, record};

/// Half a second of the basal network at 10, 20 and 40 Hz, with the volleys as fine lines.
pub(crate) fn rasters(out: &Path) -> Result<Vec<String>> {
    [10.0, 20.0, 40.0].into_iter().map(|hz| draw_raster(hz, out)).collect()
}

fn draw_raster(hz: f64, out: &Path) -> Result<String> {
    let setting = Setting { hz, reduced: false, seed: 1, tiles: 1, seconds: 1.0, threads: 1 };
    let recording = record(&setting)?;
    let mut marks_ms: Vec<f64> = recording
        .population("retina")
        .into_iter()
        .flat_map(|retina| recording.spikes_of(retina))
        .map(|spike| recording.time_ms(spike.step))
        .collect();
    marks_ms.dedup();
    let options = RasterOptions {
        title: format!("LGN under flicker of {hz} Hz; yellow: volleys of the retina"),
        from_ms: Some(500.0),
        populations: CELLS.map(str::to_owned).to_vec(),
        size: (1200, 800),
        marks_ms,
        ..RasterOptions::default()
    };
    let name = format!("lgn_raster_{hz}hz.png");
    raster(&recording, &options, &out.join(&name))?;
    Ok(name)
}

/// The spectrum of the relay cells' mean potential at 20 and 40 Hz, basal and reduced, with f, 2f and
/// f/2 marked; and the course of the basal one over time.
pub(crate) fn spectra(outcomes: &[Outcome], out: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for hz in [20.0, 40.0] {
        let (Some(basal), Some(reduced)) =
            (at(outcomes, hz, false).next(), at(outcomes, hz, true).next())
        else {
            continue;
        };
        let marks = [(0.5 * hz, "f/2"), (hz, "f"), (2.0 * hz, "2f")];
        let options = SpectrumOptions {
            title: format!("Mean potential of the relay cells at f = {hz} Hz"),
            unit: "mV²/Hz".into(),
            marks: marks.map(|(hz, name)| (hz, name.to_owned())).to_vec(),
            to_hz: Some(BAND.1),
            ..SpectrumOptions::default()
        };
        let name = format!("lgn_spectrum_{hz}hz.png");
        let both = [("basal", &basal.spectrum), ("reduced inhibition", &reduced.spectrum)];
        spectrum(&both, &options, &out.join(&name))?;
        names.push(name);
        names.extend(draw_spectrogram(basal, out)?);
    }
    Ok(names)
}

fn draw_spectrogram(outcome: &Outcome, out: &Path) -> Result<Option<String>> {
    let course = murine::analysis::spectrogram(&outcome.potential, 1.0, 500, 50);
    let Some(course) = course else { return Ok(None) };
    let options = SpectrogramOptions {
        title: format!("Mean potential of the relay cells at f = {} Hz", outcome.hz),
        unit: "mV²/Hz".into(),
        to_hz: Some(BAND.1),
        ..SpectrogramOptions::default()
    };
    let name = format!("lgn_spectrogram_{}hz.png", outcome.hz);
    spectrogram(&course, &options, &out.join(&name))?;
    Ok(Some(name))
}

/// The response over the frequencies of the stimulus, basal and reduced.
pub(crate) fn maps(outcomes: &[Outcome], out: &Path) -> Result<Vec<String>> {
    let named = [(false, "basal"), (true, "reduced")];
    named.into_iter().map(|(reduced, name)| draw_map(outcomes, reduced, name, out)).collect()
}

/// From one row of the map to the next, in Hz.
const ROW_HZ: f64 = 0.5;

/// A column per frequency in whole Hz, of the effective stimulus; a row per half Hz of the answer.
fn draw_map(outcomes: &[Outcome], reduced: bool, name: &str, out: &Path) -> Result<String> {
    let frequencies: Vec<f64> = (2..=50).map(f64::from).collect();
    let rows = (BAND.1 / ROW_HZ) as usize;
    let column = |&f: &f64| -> Vec<f64> {
        let runs = at(outcomes, crate::experiment::effective(f), reduced);
        let row = |row: usize| {
            let hz = (row as f64 + 1.0) * ROW_HZ;
            let highest = |o: &Outcome| {
                // A short run resolves less than a row.
                let half = 0.5 * ROW_HZ.max(o.spectrum.step_hz);
                o.spectrum.peak(hz - half, hz + half).map_or(f64::NAN, |p| p.density)
            };
            decibels(mean(runs.clone().map(highest)))
        };
        (0..rows).map(row).collect()
    };
    let values: Vec<_> = frequencies.iter().map(column).collect();
    let options = MapOptions {
        title: format!("Answer of the relay cells, {name} network"),
        x_name: "Frequency of the flicker (Hz)".into(),
        y_name: "Frequency of the answer (Hz)".into(),
        name: "Power (dB re 1 mV²/Hz)".into(),
        range: (-30.0, 20.0),
        ..MapOptions::default()
    };
    let file = format!("lgn_map_{name}.png");
    let grids = (Grid { first: 2.0, step: 1.0 }, Grid { first: ROW_HZ, step: ROW_HZ });
    map(&values, grids, &options, &out.join(&file))?;
    Ok(file)
}
