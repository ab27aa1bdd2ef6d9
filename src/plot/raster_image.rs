//! The marks of a raster, binned into pixels.
//!
//! A raster of a million spikes drawn mark by mark is slow, large and black. Here every mark
//! adds to the pixels it covers, and a pixel's shade says how many there were.

use super::figure::Image;
use super::rows::Band;
use super::{Rgb, colour};
use crate::Result;
use crate::record::{RecordedPopulation, Spike, SpikeStream};

/// Shades of one colour; few, so that the file is small.
const SHADES: f64 = 6.0;

/// The part of covered pixels from which on shades are used; below, marks stand alone, and
/// each is drawn in full colour.
const DENSE: f64 = 0.15;

/// Where the bands and marks of a raster lie, in pixels of its panel.
pub(super) struct Layout {
    pub width: u32,
    pub height: u32,
    /// Upper edge of each band and, last, the lower edge of the last one.
    pub edges: Vec<f64>,
    /// The steps shown: after the first, up to and with the second.
    pub steps: (u64, u64),
}

impl Layout {
    /// Divides the height among the bands by their rows.
    pub(super) fn new(width: u32, height: u32, bands: &[Band], steps: (u64, u64)) -> Self {
        let total = bands.iter().map(|b| b.rows).sum::<usize>().max(1) as f64;
        let mut above = 0;
        let mut edges = vec![0.0];
        for band in bands {
            above += band.rows;
            edges.push(f64::from(height) * above as f64 / total);
        }
        Self { width, height, edges, steps }
    }

    /// The upper edge of a row, and the height of a row of that band: its neurons share all of it.
    fn row(&self, band: usize, neurons: usize, row: usize) -> (f64, f64) {
        let height = (self.edges[band + 1] - self.edges[band]) / neurons.max(1) as f64;
        (self.edges[band] + row as f64 * height, height)
    }

    fn column(&self, step: u64) -> Option<u32> {
        let (from, to) = self.steps;
        let shown = step >= from && step <= to;
        let place = (step.saturating_sub(from)) as f64 / (to - from).max(1) as f64;
        shown.then(|| (place * f64::from(self.width)).min(f64::from(self.width - 1)) as u32)
    }
}

/// How often each row spiked in each column.
struct Grid {
    /// `counts[row * columns + column]`, with the rows of all bands one after the other.
    counts: Vec<u32>,
    /// The first row of each band, and the total at the end.
    firsts: Vec<usize>,
    columns: usize,
    spikes: u64,
}

/// Draws the marks: the image, and how many spikes are in it. Memory depends on the size of
/// the picture, not on the number of spikes.
pub(super) fn image(
    spikes: &impl SpikeStream,
    populations: &[&RecordedPopulation],
    bands: &[Band],
    layout: &Layout,
) -> Result<(Image, u64)> {
    let grid = Grid::new(spikes, populations, bands, layout)?;
    let (width, height) = (layout.width as usize, layout.height as usize);
    let mut counts = vec![0u32; width * height];
    let (least, thickness) = mark_size(grid.spikes as usize, counts.len());
    for (band, row, column, count) in grid.marks() {
        let (top, row_height) = layout.row(band, bands[band].neurons.len(), row);
        let tall = mark_height(&bands[band], row_height, least).round() as usize;
        let top = (top + (row_height - tall as f64) / 2.0).max(0.0).round() as usize;
        for y in top..(top + tall).min(height) {
            for x in column..(column + thickness).min(width) {
                counts[y * width + x] += count;
            }
        }
    }
    let image = Image {
        corner: (0, 0),
        size: (layout.width, layout.height),
        rgb: shade(&counts, populations, layout),
    };
    Ok((image, grid.spikes))
}

impl Grid {
    fn new(
        spikes: &impl SpikeStream,
        populations: &[&RecordedPopulation],
        bands: &[Band],
        layout: &Layout,
    ) -> Result<Self> {
        let mut firsts = vec![0];
        firsts.extend(bands.iter().scan(0, |rows, band| {
            *rows += band.neurons.len();
            Some(*rows)
        }));
        let columns = layout.width as usize;
        let counts = vec![0; firsts[bands.len()] * columns];
        let mut grid = Self { counts, firsts, columns, spikes: 0 };
        let place = |spike: &Spike| {
            let column = layout.column(spike.step)?;
            let band = populations.iter().position(|p| p.contains(spike.neuron))?;
            let row = bands[band].row(spike.neuron - populations[band].first)?;
            Some((band, row, column as usize))
        };
        spikes.for_each(&mut |spikes| {
            for (band, row, column) in spikes.iter().filter_map(place) {
                grid.counts[(grid.firsts[band] + row) * columns + column] += 1;
                grid.spikes += 1;
            }
            Ok(())
        })?;
        Ok(grid)
    }

    /// Band, row within it, column and number of spikes, where there are any.
    fn marks(&self) -> impl Iterator<Item = (usize, usize, usize, u32)> {
        let some = self.counts.iter().enumerate().filter(|(_, count)| **count > 0);
        some.map(|(at, &count)| {
            let row = at / self.columns;
            let band = self.firsts.partition_point(|&first| first <= row) - 1;
            (band, row - self.firsts[band], at % self.columns, count)
        })
    }
}

/// A mark fills most of its row, but no more than a tenth of an inch. Where a band is high only to be
/// seen at all, it fills the row: less would look like a part of the line above.
fn mark_height(band: &Band, row_height: f64, least: f64) -> f64 {
    if band.neurons.len() < band.rows {
        row_height.max(least)
    } else {
        (0.7 * row_height).clamp(least, 14.0)
    }
}

/// The least height and the width of a mark: a pixel each, and more where marks are so few
/// that single pixels would be overlooked.
fn mark_size(marks: usize, pixels: usize) -> (f64, usize) {
    match pixels / marks.max(1) {
        5000.. => (5.0, 2),
        50..5000 => (2.0, 2),
        14..50 => (2.0, 1),
        _ => (1.0, 1),
    }
}

/// Turns counts into colours, band by band.
fn shade(counts: &[u32], populations: &[&RecordedPopulation], layout: &Layout) -> Vec<u8> {
    let width = layout.width as usize;
    let mut rgb = Vec::with_capacity(3 * counts.len());
    let mut full = vec![None; populations.len()];
    for (y, line) in counts.chunks(width.max(1)).enumerate() {
        let band =
            layout.edges[1..].partition_point(|&edge| edge <= y as f64).min(populations.len() - 1);
        let full = *full[band].get_or_insert_with(|| {
            let (top, bottom) =
                (layout.edges[band].floor() as usize, layout.edges[band + 1].ceil() as usize);
            full_count(&counts[top * width..(bottom * width).min(counts.len())])
        });
        let ink = colour(populations[band].kind);
        rgb.extend(line.iter().flat_map(|&count| mix(ink, f64::from(count) / full)));
    }
    rgb
}

/// The count that gets the full colour: 1 where marks are sparse, else four times the mean.
fn full_count(counts: &[u32]) -> f64 {
    let covered = counts.iter().filter(|&&c| c > 0).count() as f64 / counts.len().max(1) as f64;
    let mean = counts.iter().map(|&c| f64::from(c)).sum::<f64>() / counts.len().max(1) as f64;
    if covered < DENSE { 1.0 } else { (4.0 * mean).max(1.0) }
}

/// A colour on white, in one of a few shades.
fn mix(ink: Rgb, amount: f64) -> Rgb {
    let amount = (amount.min(1.0) * SHADES).ceil() / SHADES;
    ink.map(|c| (255.0 - amount * (255.0 - f64::from(c))).round() as u8)
}
