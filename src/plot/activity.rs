//! Activity: the mean rate of every module over time, in colours.

use std::path::Path;

use plotters::style::text_anchor::{HPos, VPos};

use super::FAINT;
use super::axes::{Panel, SMALL, Scale, TEXT};
use super::figure::{Figure, fitted, text_width};
use super::map::{BAR, MapOptions, bar, image};
use super::rows::grouped;
use crate::record::{ActivityStream, RateSeries};
use crate::{Error, Result};

/// What a picture of activity shows, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct ActivityOptions {
    /// Written above; nothing when empty.
    pub title: String,
    /// Width and height in pixels.
    pub size: (u32, u32),
    /// Where it begins, in ms; at the first bin when `None`.
    pub from_ms: Option<f64>,
    /// Where it ends, in ms; at the last bin when `None`.
    pub to_ms: Option<f64>,
    /// The populations that are counted, by name; all of them when empty.
    pub populations: Vec<String>,
}

impl Default for ActivityOptions {
    fn default() -> Self {
        Self {
            title: String::new(),
            size: (1200, 900),
            from_ms: None,
            to_ms: None,
            populations: Vec::new(),
        }
    }
}

/// Draws activity into a `.png` or `.svg` file: time to the right, the number of the module
/// upwards, and as a colour the mean rate of all neurons of the module that were counted, of
/// whichever population. Where there are no modules, each population has a row, the first on top.
///
/// Where there are more modules or bins than pixels, a pixel shows their mean; memory depends on
/// the size of the picture, not on the length of the run.
///
/// # Errors
/// [`Error::Parameter`] for an unknown population, an empty time window, a picture too small
/// to hold anything or a path of another extension; [`Error::Create`] or [`Error::Write`]
/// when the file cannot be written; whatever reading the counts returns.
pub fn activity(
    counts: &impl ActivityStream,
    options: &ActivityOptions,
    path: &Path,
) -> Result<()> {
    figure(counts, options)?.write(path)
}

fn figure(stream: &impl ActivityStream, options: &ActivityOptions) -> Result<Figure> {
    let series = stream.description();
    let (width, height) = (options.size.0.cast_signed(), options.size.1.cast_signed());
    if !(400..=20_000).contains(&width) || !(300..=20_000).contains(&height) {
        let problem =
            format!("{width} x {height} pixels; from 400 x 300 to 20000 x 20000 are possible");
        return Err(Error::parameter("size", problem));
    }
    let rows = Rows::new(series, &options.populations)?;
    let (first, last) = window(series, stream.bins() as usize, options)?;
    let mut panel = Panel {
        left: 0,
        right: width - BAR,
        top: if options.title.is_empty() { 36 } else { 66 },
        bottom: height - 64,
        x: Scale::linear(series.time_ms(first), series.time_ms(last)),
        y: Scale::linear(-0.5, rows.factors.len() as f64 - 0.5),
    };
    let labels = rows.labels(&panel, width / 3);
    let room = labels.iter().map(|(_, label)| text_width(label, TEXT)).max().unwrap_or(0);
    panel.left = 52 + room;
    let pixels = ((panel.right - panel.left) as usize, (panel.bottom - panel.top) as usize);
    let values = averaged(stream, &rows, (first, last), pixels)?;
    let highest = values.iter().flatten().copied().fold(0.0, f64::max);
    let look = MapOptions {
        name: "Mean rate (spikes/s)".into(),
        range: (0.0, if highest > 0.0 { highest } else { 1.0 }),
        ..MapOptions::default()
    };
    let mut figure = Figure::new(options.size);
    if !values.is_empty() {
        figure.image = Some(image(&values, values[0].len(), &panel, look.range));
    }
    panel.frame(&mut figure);
    panel.x_axis(&mut figure, "Time (ms)");
    panel.y_axis_at(&mut figure, if series.modules == 1 { "" } else { "Module" }, 18, &labels);
    bar(&mut figure, &panel, &look);
    let title = fitted(&options.title, TEXT + 3.0, width - panel.left - 8);
    figure.text(&title, (panel.left, 14), TEXT + 3.0, (HPos::Left, VPos::Top));
    let caption = fitted(&rows.caption(series), SMALL, panel.right - 8);
    let right = (panel.right, panel.top - 8);
    figure.coloured(&caption, right, SMALL, (HPos::Right, VPos::Bottom), FAINT);
    Ok(figure)
}

/// The bins to show: the first, and the one after the last.
fn window(series: &RateSeries, bins: usize, options: &ActivityOptions) -> Result<(usize, usize)> {
    // A little less than half a step of any simulation: times are sums of rounded numbers.
    let bin = |ms: f64| (ms - series.first_ms) / series.bin_ms;
    let first = options.from_ms.map_or(0, |ms| (bin(ms) + 1e-6).floor().max(0.0) as usize);
    let last = options.to_ms.map_or(bins, |ms| (bin(ms) - 1e-6).ceil().max(0.0) as usize).min(bins);
    if first < last || (bins == 0 && options.from_ms.is_none() && options.to_ms.is_none()) {
        return Ok((first, last));
    }
    let key = if options.to_ms.is_some() && last == 0 { "to" } else { "from" };
    let (begin, end) = (series.first_ms, series.time_ms(bins));
    let problem = format!("nothing is left to show; the bins go from {begin} to {end} ms");
    Err(Error::parameter(key, problem))
}

/// What is added up in each row of the picture.
struct Rows {
    /// The row of each column of counts, if it is shown.
    of_column: Vec<Option<usize>>,
    /// From a count to spikes/s of each neuron.
    factors: Vec<f64>,
    /// The populations that are shown.
    names: Vec<String>,
    neurons: u64,
}

impl Rows {
    fn new(series: &RateSeries, names: &[String]) -> Result<Self> {
        if let Some(name) = names.iter().find(|name| !series.populations.contains(name)) {
            let known = series.populations.join(", ");
            let problem = format!("no activity of `{name}` was recorded, but of {known}");
            return Err(Error::parameter("populations", problem));
        }
        let shown = |p: &usize| names.is_empty() || names.contains(&series.populations[*p]);
        let shown: Vec<usize> = (0..series.populations.len()).filter(shown).collect();
        let whole = series.modules == 1;
        let mut neurons = vec![0; if whole { shown.len() } else { series.modules }];
        let mut of_column = vec![None; series.columns()];
        for (place, &p) in shown.iter().enumerate() {
            for module in 0..series.modules {
                let row = if whole { shown.len() - 1 - place } else { module };
                neurons[row] += series.sizes[p] / series.modules as u64;
                of_column[p * series.modules + module] = Some(row);
            }
        }
        let factor = |n: &u64| if *n > 0 { 1e3 / (*n as f64 * series.bin_ms) } else { 0.0 };
        Ok(Self {
            of_column,
            factors: neurons.iter().map(factor).collect(),
            names: shown.iter().map(|&p| series.populations[p].clone()).collect(),
            neurons: neurons.first().copied().unwrap_or(0),
        })
    }

    /// What stands at the left: numbers of modules, or names of populations.
    fn labels(&self, panel: &Panel, widest: i32) -> Vec<(f64, String)> {
        let (rows, height) = (self.factors.len(), panel.bottom - panel.top);
        if rows == self.names.len() && self.of_column.len() <= rows {
            let every = (rows * TEXT as usize).div_ceil(height.max(1) as usize).max(1);
            let name =
                |(n, name): (usize, &String)| ((rows - 1 - n) as f64, fitted(name, TEXT, widest));
            return self.names.iter().enumerate().map(name).step_by(every).collect();
        }
        // No more ticks than modules: they are whole numbers.
        let ticks = panel.y.ticks(((height / 45).clamp(2, 8) as usize).min(rows));
        ticks.iter().map(|&t| (t, panel.y.label(t, &ticks))).collect()
    }

    fn caption(&self, series: &RateSeries) -> String {
        let bins = format!("bins of {} ms", (series.bin_ms * 1e6).round() / 1e6);
        if series.modules == 1 {
            return bins;
        }
        let (modules, neurons) = (grouped(series.modules as u64), grouped(self.neurons));
        format!("{} · {modules} modules of {neurons} neurons · {bins}", self.names.join(", "))
    }
}

/// The rates in spikes/s, by column of pixels (or bin), then by row of pixels (or module).
fn averaged(
    stream: &impl ActivityStream,
    rows: &Rows,
    (first, last): (usize, usize),
    pixels: (usize, usize),
) -> Result<Vec<Vec<f64>>> {
    let across = Shares { cells: last - first, pixels: pixels.0 };
    let upwards = Shares { cells: rows.factors.len(), pixels: pixels.1 };
    let mut values = vec![vec![0.0; upwards.len()]; across.len()];
    let mut sums = vec![0; rows.factors.len()];
    let mut bin = 0;
    stream.for_each_bin(&mut |counts| {
        let shown = (first..last).contains(&bin);
        bin += 1;
        if !shown {
            return Ok(());
        }
        sums.fill(0);
        for (row, count) in rows.of_column.iter().zip(counts) {
            if let Some(row) = row {
                sums[*row] += count;
            }
        }
        for (column, part) in across.of(bin - 1 - first) {
            for (n, (&sum, factor)) in sums.iter().zip(&rows.factors).enumerate() {
                for (row, of_row) in upwards.of(n) {
                    values[column][row] += part * of_row * sum as f64 * factor;
                }
            }
        }
        Ok(())
    })?;
    Ok(values)
}

/// How even cells lie on pixels: where they are more, each pixel shows the mean of what lies on it,
/// in proportion to how much does.
struct Shares {
    cells: usize,
    pixels: usize,
}

impl Shares {
    /// How many means there are.
    fn len(&self) -> usize {
        self.cells.min(self.pixels)
    }

    /// The means that a cell enters, and by how much.
    fn of(&self, cell: usize) -> impl Iterator<Item = (usize, f64)> + use<> {
        let parts = if self.cells <= self.pixels {
            [(cell, 1.0), (cell, 0.0)]
        } else {
            let from = cell * self.pixels;
            let at = from / self.cells;
            let inside = ((at + 1) * self.cells - from).min(self.pixels);
            let share = |part: usize| part as f64 / self.cells as f64;
            [(at, share(inside)), (at + 1, share(self.pixels - inside))]
        };
        parts.into_iter().filter(|part| part.1 > 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two populations of `modules` modules; module m spikes m times in each bin.
    fn series(modules: usize, bins: usize) -> RateSeries {
        let bin = (0..2).flat_map(|_| 0..modules as u64);
        RateSeries {
            populations: vec!["exc".into(), "inh".into()],
            sizes: vec![80 * modules as u64, 20 * modules as u64],
            modules,
            first_ms: 100.0,
            bin_ms: 5.0,
            counts: (0..bins).flat_map(|_| bin.clone()).collect(),
        }
    }

    fn values(series: &RateSeries, pixels: (usize, usize)) -> Vec<Vec<f64>> {
        let rows = Rows::new(series, &[]).unwrap();
        averaged(series, &rows, (0, series.bins()), pixels).unwrap()
    }

    #[test]
    fn a_row_is_the_mean_rate_of_its_module() {
        let values = values(&series(6, 3), (100, 100));
        assert_eq!((values.len(), values[0].len()), (3, 6));
        // 2 spikes of each population, 100 neurons, 5 ms.
        assert!((values[1][2] - 8.0).abs() < 1e-12);
    }

    #[test]
    fn pixels_average_and_keep_the_mean() {
        let mean =
            |v: &[Vec<f64>]| v.iter().flatten().sum::<f64>() / v.iter().flatten().count() as f64;
        let series = series(1832, 200);
        let (all, few) = (values(&series, (4000, 4000)), values(&series, (150, 500)));
        assert_eq!((few.len(), few[0].len()), (150, 500));
        assert!((mean(&all) / mean(&few) - 1.0).abs() < 1e-9);
        assert!(few.iter().all(|column| column.is_sorted()));
    }

    #[test]
    fn populations_are_rows_where_there_are_no_modules() {
        let mut series = series(1, 4);
        series.counts = [1, 0].repeat(4);
        assert_eq!(values(&series, (10, 10))[0], [0.0, 2.5], "the first on top");
        assert!(
            figure(&series, &ActivityOptions::default()).unwrap().svg().unwrap().contains("inh")
        );
    }

    #[test]
    fn what_cannot_be_drawn_is_an_error() {
        let (series, options) = (series(6, 10), ActivityOptions::default());
        let key = |options: ActivityOptions| match figure(&series, &options) {
            Err(Error::Parameter { key, .. }) => key,
            _ => panic!("drawn"),
        };
        assert_eq!(
            key(ActivityOptions { populations: vec!["x".into()], ..options.clone() }),
            "populations"
        );
        assert_eq!(key(ActivityOptions { from_ms: Some(150.0), ..options.clone() }), "from");
        assert_eq!(key(ActivityOptions { to_ms: Some(100.0), ..options.clone() }), "to");
        assert_eq!(key(ActivityOptions { size: (100, 100), ..options.clone() }), "size");
        let empty = RateSeries { counts: vec![], ..series.clone() };
        assert!(figure(&empty, &options).is_ok(), "a run shorter than a bin");
    }

    #[test]
    fn a_window_is_whole_bins() {
        let series = series(6, 10);
        let window = |from: f64, to: f64| {
            let options =
                ActivityOptions { from_ms: Some(from), to_ms: Some(to), ..Default::default() };
            window(&series, 10, &options).unwrap()
        };
        assert_eq!(window(105.0, 120.0), (1, 4));
        assert_eq!(window(0.0, 121.0), (0, 5));
        assert_eq!(window(107.0, 9e9), (1, 10));
    }
}
