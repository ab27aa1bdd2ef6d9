//! The raster: who spiked when, and the rates below.

use std::path::Path;

use plotters::style::text_anchor::{HPos, VPos};

use super::axes::{Panel, SMALL, Scale, TEXT};
use super::figure::{Figure, fitted, text_width};
use super::raster_image::{Layout, image};
use super::rows::{apart, bands, grouped, sample_caption};
use super::{FAINT, INK, Rgb, colour};
use crate::analysis::BinnedRate;
use crate::record::{Kind, RecordedPopulation, Recording, SpikeStream};
use crate::{Error, Result};

/// The colour of marked times: no neurons have it, and it lets the marks of spikes be seen.
const MARK: Rgb = [0xe8, 0xb8, 0x4b];

/// The room at the left for the names of the axes.
const AXIS_NAME: i32 = 32;

/// What a raster shows, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct RasterOptions {
    /// Written above; nothing when empty.
    pub title: String,
    /// Width and height in pixels.
    pub size: (u32, u32),
    /// Where it begins, in ms; the beginning of the recording when `None`.
    pub from_ms: Option<f64>,
    /// Where it ends, in ms; the end of the recording when `None`.
    pub to_ms: Option<f64>,
    /// The populations shown, by name; all of them when empty.
    pub populations: Vec<String>,
    /// Rows at most; larger networks are sampled in proportion.
    pub max_rows: usize,
    /// The width of a bin of the rates, in ms; a bin is never narrower than a pixel, nor wider
    /// than all that is shown.
    pub bin_ms: f64,
    /// Times in ms that are marked by fine lines, for example those of a stimulus.
    pub marks_ms: Vec<f64>,
}

impl Default for RasterOptions {
    fn default() -> Self {
        Self {
            title: String::new(),
            size: (1200, 900),
            from_ms: None,
            to_ms: None,
            populations: Vec::new(),
            max_rows: 1000,
            bin_ms: 5.0,
            marks_ms: Vec::new(),
        }
    }
}

/// Draws a recording into a `.png` or `.svg` file.
///
/// Populations are stacked, the first on top, and a silent one keeps its band. Excitatory
/// neurons are blue, inhibitory ones red, sources grey. Below, the mean rate of the
/// excitatory and of the inhibitory neurons, in spikes/s.
///
/// Memory depends on the size of the picture, not on the number of spikes.
///
/// # Errors
/// [`Error::Parameter`] for an unknown population, an empty time window, a picture too small
/// to hold anything or a path of another extension; [`Error::Create`] or [`Error::Write`]
/// when the file cannot be written; whatever reading the spikes returns.
pub fn raster(spikes: &impl SpikeStream, options: &RasterOptions, path: &Path) -> Result<()> {
    figure(spikes, options)?.write(path)
}

fn figure(stream: &impl SpikeStream, options: &RasterOptions) -> Result<Figure> {
    let recording = stream.description();
    let (width, height) = options.size;
    if !(400..=20_000).contains(&width) || !(300..=20_000).contains(&height) {
        let problem =
            format!("{width} x {height} pixels; from 400 x 300 to 20000 x 20000 are possible");
        return Err(Error::parameter("size", problem));
    }
    let populations = chosen(recording, &options.populations)?;
    let (window, bin_ms) = window(recording, options)?;
    let bands = bands(&populations, options.max_rows);
    let rates = rates(stream, &window, &populations, bin_ms)?;
    let mut figure = Figure::new(options.size);
    let (mut upper, lower) = panels(&window, &populations, &rates, options.size);
    upper.top = if options.title.is_empty() { 36 } else { 66 };
    let layout = Layout::new(
        (upper.right - upper.left) as u32,
        (upper.bottom - upper.top) as u32,
        &bands,
        (window.first_step, window.last_step),
    );
    let (mut marks, spikes) = image(stream, &populations, &bands, &layout)?;
    marks.corner = (upper.left + 1, upper.top);
    figure.image = Some(marks);
    draw_marks(&mut figure, &upper, &options.marks_ms);
    let names = draw_bands(&mut figure, &upper, &populations, &layout);
    draw_indices(&mut figure, &upper, (&populations, &layout), &names);
    draw_rates(&mut figure, &lower, &rates);
    let caption = format!(
        "{} · {} {} · rate of all in bins of {} ms",
        sample_caption(&populations, &bands),
        grouped(spikes),
        if spikes == 1 { "spike" } else { "spikes" },
        (rates.first().map_or(bin_ms, |r| r.1.bin_ms) * 1e6).round() / 1e6
    );
    let room = options.size.0.cast_signed() - upper.left - 8;
    let title = fitted(&options.title, TEXT + 3.0, room);
    figure.text(&title, (upper.left, 14), TEXT + 3.0, (HPos::Left, VPos::Top));
    let caption = fitted(&caption, SMALL, upper.right - 8);
    let right = (upper.right, upper.top - 8);
    figure.coloured(&caption, right, SMALL, (HPos::Right, VPos::Bottom), FAINT);
    Ok(figure)
}

/// The populations to show.
fn chosen<'a>(recording: &'a Recording, names: &[String]) -> Result<Vec<&'a RecordedPopulation>> {
    let find = |name: &String| {
        recording.population(name).ok_or_else(|| {
            let known: Vec<_> = recording.populations.iter().map(|p| p.name.as_str()).collect();
            let problem = format!("no population `{name}`; the recording has {}", known.join(", "));
            Error::parameter("populations", problem)
        })
    };
    let chosen: Vec<_> = if names.is_empty() {
        recording.populations.iter().collect()
    } else {
        names.iter().map(find).collect::<Result<_>>()?
    };
    if chosen.is_empty() {
        Err(Error::parameter("populations", "the recording has none"))
    } else {
        Ok(chosen)
    }
}

/// The description of what is shown, and the width of a bin.
fn window(recording: &Recording, options: &RasterOptions) -> Result<(Recording, f64)> {
    let step = |ms: f64| (ms / recording.dt_ms).round().max(0.0) as u64;
    let from = options.from_ms.map_or(recording.first_step, step).max(recording.first_step);
    let to = options.to_ms.map_or(recording.last_step, step).min(recording.last_step);
    if from > to || (from == to && recording.first_step < recording.last_step) {
        let (key, wanted) = match (options.from_ms, options.to_ms) {
            (Some(from), Some(to)) => ("from", format!("between {from} and {to} ms")),
            (None, Some(to)) => ("to", format!("up to {to} ms")),
            (from, None) => ("from", format!("after {} ms", from.unwrap_or_default())),
        };
        let [first, last] = [recording.first_step, recording.last_step];
        let (first, last) = (recording.time_ms(first), recording.time_ms(last));
        let problem = format!("nothing {wanted}; the recording goes from {first} to {last} ms");
        return Err(Error::parameter(key, problem));
    }
    let window = Recording { first_step: from, last_step: to, ..recording.description() };
    let narrowest = window.duration_ms() / f64::from(options.size.0) * 1.5;
    let bin_ms = options.bin_ms.min(window.duration_ms()).max(narrowest);
    Ok((window, bin_ms))
}

/// The mean rate of each kind of neurons that is shown; sources only where nothing else is.
fn rates(
    stream: &impl SpikeStream,
    window: &Recording,
    populations: &[&RecordedPopulation],
    bin_ms: f64,
) -> Result<Vec<(Kind, BinnedRate)>> {
    let steps = ((bin_ms / window.dt_ms).round() as u64).max(1);
    let mut rates = silence(window, populations, steps);
    stream.for_each(&mut |spikes| {
        for spike in spikes.iter().filter(|s| s.step > window.first_step) {
            let kind = populations.iter().find(|p| p.contains(spike.neuron)).map(|p| p.kind);
            let rate = rates.iter_mut().find(|r| Some(r.0) == kind);
            let bin = ((spike.step - window.first_step - 1) / steps) as usize;
            if let Some(count) = rate.and_then(|r| r.1.counts.get_mut(bin)) {
                *count += 1;
            }
        }
        Ok(())
    })?;
    Ok(rates)
}

/// The kinds whose rates are shown, with no spike so far; an incomplete bin at the end is left
/// out.
fn silence(
    window: &Recording,
    populations: &[&RecordedPopulation],
    steps: u64,
) -> Vec<(Kind, BinnedRate)> {
    let bins = (window.last_step - window.first_step) / steps;
    let of = |kind: Kind| {
        let members = || populations.iter().filter(|p| p.kind == kind);
        members().next()?;
        let rate = BinnedRate {
            first_ms: window.time_ms(window.first_step),
            bin_ms: steps as f64 * window.dt_ms,
            neurons: members().map(|p| p.recorded_size()).sum(),
            counts: vec![0; bins as usize],
        };
        Some((kind, rate))
    };
    let inside: Vec<_> = [Kind::Excitatory, Kind::Inhibitory].into_iter().filter_map(of).collect();
    if inside.is_empty() { of(Kind::Source).into_iter().collect() } else { inside }
}

/// The upper panel for the marks and the lower one for the rates.
fn panels(
    window: &Recording,
    populations: &[&RecordedPopulation],
    rates: &[(Kind, BinnedRate)],
    size: (u32, u32),
) -> (Panel, Panel) {
    let (width, height) = (size.0.cast_signed(), size.1.cast_signed());
    let x = Scale::linear(window.time_ms(window.first_step), window.time_ms(window.last_step));
    let highest = rates.iter().flat_map(|(_, r)| r.rates_hz()).fold(0.0, f64::max);
    let y = Scale::linear(0.0, if highest > 0.0 { highest * 1.08 } else { 1.0 });
    let split = height - 64 - ((height - 150) / 4).max(130);
    let mut lower =
        Panel { left: 0, right: width - 45, top: split + 18, bottom: height - 64, x, y };
    let room = |p: &&RecordedPopulation| {
        text_width(&p.name, TEXT).max(text_width(&p.size.to_string(), SMALL) - 8)
    };
    let names = populations.iter().map(room).max().unwrap_or(0);
    lower.left = 38 + (names + 22).max(lower.y_label_width() + 12).min(width / 3);
    let upper = Panel { top: 0, bottom: split, y: Scale::linear(0.0, 1.0), ..lower };
    (upper, lower)
}

/// Fine lines at the times that are marked.
fn draw_marks(figure: &mut Figure, panel: &Panel, marks_ms: &[f64]) {
    for &mark in marks_ms.iter().filter(|m| (panel.x.from..=panel.x.to).contains(*m)) {
        let x = panel.at(mark, 0.0).0;
        figure.line(vec![(x, panel.top), (x, panel.bottom)], MARK, 1);
    }
}

/// Names at the left of their bands, lines between them, and the frame; returns the heights
/// at which the names stand.
fn draw_bands(
    figure: &mut Figure,
    panel: &Panel,
    populations: &[&RecordedPopulation],
    layout: &Layout,
) -> Vec<i32> {
    let gap = TEXT as i32 - 1;
    let height = panel.bottom - panel.top;
    // Where there are more names than fit, every second, third... is written.
    let every = (populations.len() * gap as usize).div_ceil(height as usize).max(1);
    let centres = layout.edges.windows(2).map(|e| f64::midpoint(e[0], e[1]) as i32);
    let named: Vec<_> = centres.zip(populations).step_by(every).collect();
    let places = apart(&named.iter().map(|n| n.0).collect::<Vec<_>>(), gap, height);
    for ((centre, population), place) in named.into_iter().zip(&places) {
        let (x, at, label) = (panel.left, panel.top + centre, panel.top + place);
        let end = if (at - label).abs() <= 2 { label } else { at };
        figure.line(vec![(x - 15, label), (x - 12, label), (x - 4, end), (x, end)], FAINT, 1);
        let ink = colour(population.kind);
        let name = fitted(&population.name, TEXT, x - 19 - AXIS_NAME);
        figure.coloured(&name, (x - 19, label), TEXT, (HPos::Right, VPos::Center), ink);
    }
    // Between very low bands, lines would be all that is seen.
    let separated = height as usize >= 4 * populations.len();
    for edge in layout.edges[1..layout.edges.len() - 1].iter().filter(|_| separated) {
        let y = panel.top + edge.round() as i32;
        figure.line(vec![(panel.left, y), (panel.right, y)], [0xc4, 0xc4, 0xc4], 1);
    }
    panel.frame(figure);
    for tick in panel.x.ticks(((panel.right - panel.left) / 110).max(2) as usize) {
        let x = panel.at(tick, 0.0).0;
        figure.line(vec![(x, panel.bottom), (x, panel.bottom + 4)], INK, 1);
    }
    if text_width("Neuron ID", TEXT) <= height {
        figure.upright("Neuron ID", (16, i32::midpoint(panel.top, panel.bottom)), TEXT);
    }
    places.iter().map(|place| panel.top + place).collect()
}

/// First and last index of the populations whose bands are high enough, where no name stands.
fn draw_indices(
    figure: &mut Figure,
    panel: &Panel,
    (populations, layout): (&[&RecordedPopulation], &Layout),
    names: &[i32],
) {
    let mut draw = |text: &str, y: i32| {
        if names.iter().all(|name| (name - y).abs() >= SMALL as i32) {
            figure.coloured(text, (panel.left - 9, y), SMALL, (HPos::Right, VPos::Center), FAINT);
        }
    };
    for (edges, population) in layout.edges.windows(2).zip(populations) {
        if edges[1] - edges[0] >= 5.0 * TEXT && population.recorded_size() > 0 {
            let [top, bottom] = [edges[0], edges[1]].map(|edge| panel.top + edge.round() as i32);
            draw("0", top + 8);
            draw(&population.size.saturating_sub(1).to_string(), bottom - 9);
        }
    }
}

/// The rates as steps.
fn draw_rates(figure: &mut Figure, panel: &Panel, rates: &[(Kind, BinnedRate)]) {
    for (kind, rate) in rates {
        let steps = rate.rates_hz().enumerate().flat_map(|(n, hz)| {
            let begin = rate.first_ms + n as f64 * rate.bin_ms;
            [(begin, hz), (begin + rate.bin_ms, hz)]
        });
        panel.curve(figure, steps, colour(*kind), 1);
    }
    panel.frame(figure);
    panel.x_axis(figure, "Time (ms)");
    panel.y_axis(figure, "Rate (spikes/s)", 16);
}

#[cfg(test)]
#[path = "raster_tests.rs"]
mod tests;
