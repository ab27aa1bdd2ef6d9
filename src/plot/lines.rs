//! Figures of lines: whatever depends on one number.

use std::path::Path;

use plotters::style::text_anchor::{HPos, VPos};

use super::axes::{Panel, Scale, TEXT};
use super::figure::{Figure, Item, text_width};
use super::{FAINT, PALETTE, Rgb};
use crate::{Error, Result};

/// One line of a figure.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line {
    /// What it is, for the legend; no entry when empty.
    pub name: String,
    /// Its points. On a logarithmic axis, numbers of 0 and below cannot be drawn.
    pub points: Vec<(f64, f64)>,
    /// Whether the points are marked, for measurements.
    pub marked: bool,
    /// Whether it is drawn thin and grey, for what the others are compared with.
    pub guide: bool,
}

/// How a figure of lines looks.
#[derive(Clone, Debug, PartialEq)]
pub struct LineOptions {
    /// Written above; nothing when empty.
    pub title: String,
    /// Below the horizontal axis, with the unit.
    pub x_name: String,
    /// Beside the vertical axis, with the unit.
    pub y_name: String,
    /// Whether the horizontal axis is logarithmic.
    pub log_x: bool,
    /// Whether the vertical axis is logarithmic.
    pub log_y: bool,
    /// The numbers marked on the horizontal axis; round ones when empty.
    pub x_ticks: Vec<f64>,
    /// Dashed horizontal lines: height and name.
    pub marks: Vec<(f64, String)>,
    /// Dashed vertical lines: place and name.
    pub x_marks: Vec<(f64, String)>,
    /// Whether the vertical axis includes 0; not on a logarithmic one.
    pub from_zero: bool,
    /// Width and height in pixels.
    pub size: (u32, u32),
}

impl Default for LineOptions {
    fn default() -> Self {
        Self {
            title: String::new(),
            x_name: String::new(),
            y_name: String::new(),
            log_x: false,
            log_y: false,
            x_ticks: Vec::new(),
            marks: Vec::new(),
            x_marks: Vec::new(),
            from_zero: false,
            size: (1000, 650),
        }
    }
}

/// Draws lines into a `.png` or `.svg` file, in colours that the colour-blind tell apart.
///
/// # Errors
/// [`Error::Parameter`] when no point can be drawn or for a path of another extension;
/// [`Error::Create`] or [`Error::Write`] when the file cannot be written.
pub fn lines(lines: &[Line], options: &LineOptions, path: &Path) -> Result<()> {
    figure(lines, options)?.write(path)
}

pub(super) fn figure(lines: &[Line], options: &LineOptions) -> Result<Figure> {
    let panel = panel(lines, options)?;
    let mut figure = Figure::new(options.size);
    for (height, name) in &options.marks {
        let y = panel.at(panel.x.from, *height).1;
        figure.dashes(panel.left, panel.right, y, FAINT);
        figure.coloured(name, (panel.right, y - 4), TEXT - 3.0, (HPos::Right, VPos::Bottom), FAINT);
    }
    for (place, name) in &options.x_marks {
        let x = panel.at(*place, panel.y.from).0;
        figure.upright_dashes(x, panel.top, panel.bottom, FAINT);
        let align = (HPos::Left, VPos::Top);
        figure.coloured(name, (x + 4, panel.top), TEXT - 3.0, align, FAINT);
    }
    for (line, ink) in inked(lines) {
        let width = if line.guide || line.points.len() > 500 { 1 } else { 2 };
        panel.curve(&mut figure, line.points.iter().copied(), ink, width);
        for &(x, y) in line.points.iter().filter(|_| line.marked) {
            let (x, y) = panel.at(x, y);
            figure.items.push(Item::Fill {
                corner: (x - 4, y - 4),
                opposite: (x + 4, y + 4),
                colour: ink,
            });
        }
    }
    panel.frame(&mut figure);
    if options.x_ticks.is_empty() {
        panel.x_axis(&mut figure, &options.x_name);
    } else {
        panel.x_axis_at(&mut figure, &options.x_name, &options.x_ticks);
    }
    panel.y_axis(&mut figure, &options.y_name, 18);
    figure.text(&options.title, (panel.left, 14), TEXT + 3.0, (HPos::Left, VPos::Top));
    legend(&mut figure, lines, &panel);
    Ok(figure)
}

fn panel(lines: &[Line], options: &LineOptions) -> Result<Panel> {
    let points = || lines.iter().flat_map(|l| &l.points);
    let marks = || options.marks.iter().map(|m| m.0);
    let x = range(points().map(|p| p.0), options.log_x);
    let y = range(points().map(|p| p.1).chain(marks()), options.log_y);
    let (Some(mut x), Some(y)) = (x, y) else {
        return Err(Error::parameter("lines", "no point that can be drawn"));
    };
    let scale = |(low, high): (f64, f64), log| {
        if log { Scale::logarithmic(low, high) } else { Scale::linear(low, high) }
    };
    if !options.log_x && x.0 > 0.0 && x.0 < 0.02 * x.1 {
        // Samples begin one interval after 0; the axis begins at 0.
        x.0 = 0.0;
    }
    let room = 0.06 * (y.1 - y.0);
    let low = if options.from_zero { y.0.min(0.0) } else { y.0 - room };
    let y = if options.log_y { y } else { (low, y.1 + room) };
    let (width, height) = (options.size.0.cast_signed(), options.size.1.cast_signed());
    let legend = if lines.iter().any(|l| !l.name.is_empty()) { 28 } else { 0 };
    let mut panel = Panel {
        left: 0,
        right: width - 45,
        top: 48 + legend,
        bottom: height - 64,
        x: scale(x, options.log_x),
        y: scale(y, options.log_y),
    };
    panel.left = 52 + panel.y_label_width();
    Ok(panel)
}

/// The lines with their colours.
fn inked(lines: &[Line]) -> impl Iterator<Item = (&Line, Rgb)> {
    let colours = PALETTE.iter().cycle();
    lines.iter().zip(colours).map(|(line, ink)| (line, if line.guide { FAINT } else { *ink }))
}

/// The least and the greatest number that can be drawn.
fn range(values: impl Iterator<Item = f64>, log: bool) -> Option<(f64, f64)> {
    let drawable = values.filter(|v| v.is_finite() && (!log || *v > 0.0));
    drawable.fold(None, |range, v| {
        Some(range.map_or((v, v), |(low, high): (f64, f64)| (low.min(v), high.max(v))))
    })
}

/// The names of the lines, side by side above the panel.
fn legend(figure: &mut Figure, lines: &[Line], panel: &Panel) {
    let (mut x, y) = (panel.left, panel.top - 16);
    for (line, ink) in inked(lines).filter(|(line, _)| !line.name.is_empty()) {
        figure.line(vec![(x, y), (x + 26, y)], ink, if line.guide { 1 } else { 3 });
        figure.text(&line.name, (x + 33, y), TEXT - 2.0, (HPos::Left, VPos::Center));
        x += 33 + text_width(&line.name, TEXT - 2.0) + 24;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_drawn_on_any_axes() {
        let points = (1..100).map(|n| (f64::from(n), f64::from(n).powi(3))).collect();
        let line = Line { name: "cube".into(), points, marked: true, guide: false };
        for (log_x, log_y) in [(false, false), (true, false), (true, true)] {
            let options = LineOptions { log_x, log_y, ..LineOptions::default() };
            assert!(figure(std::slice::from_ref(&line), &options).unwrap().png().is_ok());
        }
    }

    #[test]
    fn nothing_to_draw_is_an_error() {
        let line = Line { points: vec![(0.0, f64::NAN), (-1.0, 2.0)], ..Line::default() };
        let options = LineOptions { log_x: true, ..LineOptions::default() };
        assert!(figure(&[line], &options).is_err());
    }
}
