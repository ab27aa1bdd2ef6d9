//! Maps: a number over two others, in colours.

use std::path::Path;

use plotters::style::text_anchor::{HPos, VPos};

use super::Rgb;
use super::axes::{Panel, Scale, TEXT};
use super::figure::{Figure, Image, Item, text_width};
use crate::{Error, Result};

/// An even row of numbers: where the first cell's middle lies, and from one to the next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    /// The middle of the first cell.
    pub first: f64,
    /// From one cell to the next, above zero.
    pub step: f64,
}

/// How a map looks.
#[derive(Clone, Debug, PartialEq)]
pub struct MapOptions {
    /// Written above; nothing when empty.
    pub title: String,
    /// Below the horizontal axis, with the unit.
    pub x_name: String,
    /// Beside the vertical axis, with the unit.
    pub y_name: String,
    /// Beside the scale of colours, with the unit.
    pub name: String,
    /// The numbers of the first and of the last colour; those beyond get the same.
    pub range: (f64, f64),
    /// Width and height in pixels.
    pub size: (u32, u32),
}

impl Default for MapOptions {
    fn default() -> Self {
        Self {
            title: String::new(),
            x_name: String::new(),
            y_name: String::new(),
            name: String::new(),
            range: (0.0, 1.0),
            size: (1000, 700),
        }
    }
}

/// Draws `values[column][row]` into a `.png` or `.svg` file, from dark blue to yellow; a number
/// that is not finite stays white.
///
/// # Errors
/// [`Error::Parameter`] when there is nothing to draw, a column has another length than the
/// first, the range is empty, or for a path of another extension; [`Error::Create`] or
/// [`Error::Write`] when the file cannot be written.
pub fn map(
    values: &[Vec<f64>],
    (x, y): (Grid, Grid),
    options: &MapOptions,
    path: &Path,
) -> Result<()> {
    figure(values, (x, y), options)?.write(path)
}

/// Colours: few, so that the file is small.
const SHADES: usize = 64;

/// The scale, evenly spaced: dark to light for those who see no colours, too.
const ANCHORS: [[f64; 3]; 6] = [
    [18.0, 22.0, 60.0],
    [36.0, 66.0, 140.0],
    [28.0, 124.0, 150.0],
    [58.0, 172.0, 120.0],
    [172.0, 208.0, 72.0],
    [252.0, 236.0, 92.0],
];

/// The colour of a place from 0 to 1.
fn shade(place: f64) -> Rgb {
    if !place.is_finite() {
        return [255; 3];
    }
    let last = (SHADES - 1) as f64;
    let place = (place.clamp(0.0, 1.0) * last).round() / last * (ANCHORS.len() - 1) as f64;
    let below = (place as usize).min(ANCHORS.len() - 2);
    let part = place - below as f64;
    std::array::from_fn(|c| {
        (ANCHORS[below][c] * (1.0 - part) + ANCHORS[below + 1][c] * part).round() as u8
    })
}

fn figure(values: &[Vec<f64>], (x, y): (Grid, Grid), options: &MapOptions) -> Result<Figure> {
    let rows = values.first().map_or(0, Vec::len);
    if rows == 0 || values.iter().any(|column| column.len() != rows) {
        let problem = "give at least one column, all of one length of at least one";
        return Err(Error::parameter("map", problem));
    }
    let (low, high) = options.range;
    if !(high > low && (high - low).is_finite()) {
        let problem = format!("{low}..{high} is empty: the last number must be above the first");
        return Err(Error::parameter("range", problem));
    }
    let panel = panel((values.len(), rows), (x, y), options);
    let mut figure = Figure::new(options.size);
    figure.image = Some(image(values, rows, &panel, options.range));
    panel.frame(&mut figure);
    panel.x_axis(&mut figure, &options.x_name);
    panel.y_axis(&mut figure, &options.y_name, 18);
    bar(&mut figure, &panel, options);
    figure.text(&options.title, (panel.left, 14), TEXT + 3.0, (HPos::Left, VPos::Top));
    Ok(figure)
}

/// The room at the right for the scale of colours.
pub(super) const BAR: i32 = 130;

fn panel(cells: (usize, usize), (x, y): (Grid, Grid), options: &MapOptions) -> Panel {
    let (width, height) = (options.size.0.cast_signed(), options.size.1.cast_signed());
    let scale = |grid: Grid, cells: usize| {
        let from = grid.first - 0.5 * grid.step;
        Scale::linear(from, from + cells as f64 * grid.step)
    };
    let (x, y) = (scale(x, cells.0), scale(y, cells.1));
    let mut panel = Panel { left: 0, right: width - BAR, top: 48, bottom: height - 64, x, y };
    panel.left = 52 + panel.y_label_width();
    panel
}

/// The cells as pixels of the panel, the first row below.
pub(super) fn image(
    values: &[Vec<f64>],
    rows: usize,
    panel: &Panel,
    (low, high): (f64, f64),
) -> Image {
    let size = ((panel.right - panel.left).max(1) as u32, (panel.bottom - panel.top).max(1) as u32);
    let cell = |pixel: u32, pixels: u32, cells: usize| {
        (u64::from(pixel) * cells as u64 / u64::from(pixels)) as usize
    };
    let mut rgb = Vec::with_capacity(3 * size.0 as usize * size.1 as usize);
    for line in 0..size.1 {
        let row = rows - 1 - cell(line, size.1, rows);
        for pixel in 0..size.0 {
            let value = values[cell(pixel, size.0, values.len())][row];
            rgb.extend(shade((value - low) / (high - low)));
        }
    }
    Image { corner: (panel.left + 1, panel.top), size, rgb }
}

/// The scale of colours, with its numbers and its name.
pub(super) fn bar(figure: &mut Figure, panel: &Panel, options: &MapOptions) {
    let (low, high) = options.range;
    let scale = Panel {
        left: panel.right + 24,
        right: panel.right + 42,
        x: Scale::linear(0.0, 1.0),
        y: Scale::linear(low, high),
        ..*panel
    };
    for y in scale.top..scale.bottom {
        let place = f64::from(scale.bottom - y) / f64::from(scale.bottom - scale.top);
        let (corner, opposite) = ((scale.left, y), (scale.right, y + 1));
        figure.items.push(Item::Fill { corner, opposite, colour: shade(place) });
    }
    for (tick, label) in scale.y_labels() {
        let y = scale.at(0.0, tick).1;
        figure.text(&label, (scale.right + 6, y), TEXT - 2.0, (HPos::Left, VPos::Center));
    }
    let widest = scale.y_labels().iter().map(|(_, l)| text_width(l, TEXT - 2.0)).max();
    let x = (scale.right + 6 + widest.unwrap_or(0) + 16).min(figure.size.0.cast_signed() - 10);
    figure.upright(&options.name, (x, i32::midpoint(scale.top, scale.bottom)), TEXT - 1.0);
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRID: Grid = Grid { first: 1.0, step: 2.0 };

    #[test]
    fn the_first_row_lies_below_and_the_first_column_at_the_left() {
        let values = [vec![0.0, 1.0], vec![f64::NAN, 0.5]];
        let figure = figure(&values, (GRID, GRID), &MapOptions::default()).unwrap();
        let image = figure.image.as_ref().unwrap();
        let (width, height) = (image.size.0 as usize, image.size.1 as usize);
        let pixel = |x: usize, y: usize| image.rgb[3 * (y * width + x)..][..3].to_vec();
        assert_eq!(pixel(0, height - 1), shade(0.0));
        assert_eq!(pixel(0, 0), shade(1.0));
        assert_eq!(pixel(width - 1, height - 1), [255; 3]);
        assert_eq!(pixel(width - 1, 0), shade(0.5));
        assert!(figure.png().is_ok() && figure.svg().is_ok());
    }

    #[test]
    fn shades_grow_lighter() {
        let light = |n: u32| {
            let [r, g, b] = shade(f64::from(n) / 63.0).map(f64::from);
            0.3 * r + 0.59 * g + 0.11 * b
        };
        assert!((1..64).all(|n| light(n) > light(n - 1)));
    }

    #[test]
    fn what_cannot_be_drawn_is_an_error() {
        let options = MapOptions::default();
        assert!(figure(&[], (GRID, GRID), &options).is_err());
        assert!(figure(&[vec![1.0], vec![]], (GRID, GRID), &options).is_err());
        let empty = MapOptions { range: (1.0, 1.0), ..options };
        assert!(figure(&[vec![1.0]], (GRID, GRID), &empty).is_err());
    }
}
