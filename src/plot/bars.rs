//! Figures of bars, each stacked of parts.

use std::path::Path;

use plotters::style::text_anchor::{HPos, VPos};

use super::axes::{Panel, Scale, TEXT};
use super::figure::{Figure, Item, text_width};
use super::{FAINT, PALETTE};
use crate::{Error, Result};

/// Pixels from one bar to the next, and those that it fills.
const PITCH: i32 = 34;
const THICK: i32 = 22;

/// One bar.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bar {
    /// Written at its left.
    pub name: String,
    /// The lengths of its parts; none may be negative.
    pub parts: Vec<f64>,
    /// Written at its right end; nothing when empty.
    pub note: String,
}

/// How a figure of bars looks; its height follows from the number of bars.
#[derive(Clone, Debug, PartialEq)]
pub struct BarOptions {
    /// Written above; nothing when empty.
    pub title: String,
    /// Below the horizontal axis, with the unit.
    pub x_name: String,
    /// What the parts are, for the legend.
    pub parts: Vec<String>,
    /// Width in pixels.
    pub width: u32,
}

impl Default for BarOptions {
    fn default() -> Self {
        Self { title: String::new(), x_name: String::new(), parts: Vec::new(), width: 1000 }
    }
}

/// Draws bars, the first on top, into a `.png` or `.svg` file.
///
/// # Errors
/// [`Error::Parameter`] when no part can be drawn or for a path of another extension;
/// [`Error::Create`] or [`Error::Write`] when the file cannot be written.
pub fn bars(bars: &[Bar], options: &BarOptions, path: &Path) -> Result<()> {
    figure(bars, options)?.write(path)
}

fn figure(bars: &[Bar], options: &BarOptions) -> Result<Figure> {
    let longest = bars.iter().map(|bar| bar.parts.iter().sum()).fold(0.0, f64::max);
    if !(longest > 0.0 && longest.is_finite()) {
        return Err(Error::parameter("bars", "no part that can be drawn"));
    }
    let panel = panel(bars, options, longest);
    let height = panel.bottom + 70;
    let mut figure = Figure::new((options.width, height.cast_unsigned()));
    let middles = (panel.top + PITCH / 2..).step_by(PITCH as usize);
    for (bar, middle) in bars.iter().zip(middles) {
        draw(&mut figure, &panel, bar, middle);
    }
    panel.frame(&mut figure);
    panel.x_axis(&mut figure, &options.x_name);
    figure.text(&options.title, (20, 14), TEXT + 3.0, (HPos::Left, VPos::Top));
    legend(&mut figure, &options.parts, &panel);
    Ok(figure)
}

fn panel(bars: &[Bar], options: &BarOptions, longest: f64) -> Panel {
    let widest = |text: fn(&Bar) -> &str| {
        bars.iter().map(|bar| text_width(text(bar), TEXT)).max().unwrap_or(0)
    };
    let top = 84;
    Panel {
        left: 34 + widest(|bar| &bar.name),
        right: options.width.cast_signed() - 34 - widest(|bar| &bar.note),
        top,
        bottom: top + PITCH * (bars.len() as u32).cast_signed(),
        x: Scale::linear(0.0, longest),
        y: Scale::linear(0.0, 1.0),
    }
}

/// One bar around the height `middle`.
fn draw(figure: &mut Figure, panel: &Panel, bar: &Bar, middle: i32) {
    let mut from = 0.0;
    for (part, ink) in bar.parts.iter().zip(PALETTE.iter().cycle()) {
        let ends = [from, from + part].map(|x| panel.at(x, 0.0).0);
        if ends[1] > ends[0] {
            figure.items.push(Item::Fill {
                corner: (ends[0], middle - THICK / 2),
                opposite: (ends[1], middle + THICK / 2),
                colour: *ink,
            });
        }
        from += part;
    }
    figure.text(&bar.name, (panel.left - 12, middle), TEXT, (HPos::Right, VPos::Center));
    let end = panel.at(from, 0.0).0;
    figure.coloured(&bar.note, (end + 10, middle), TEXT, (HPos::Left, VPos::Center), FAINT);
}

/// The names of the parts, side by side above the panel.
fn legend(figure: &mut Figure, parts: &[String], panel: &Panel) {
    let (mut x, y) = (panel.left, panel.top - 16);
    for (name, ink) in parts.iter().zip(PALETTE.iter().cycle()) {
        figure.items.push(Item::Fill {
            corner: (x, y - 8),
            opposite: (x + 16, y + 8),
            colour: *ink,
        });
        figure.text(name, (x + 24, y), TEXT - 2.0, (HPos::Left, VPos::Center));
        x += 24 + text_width(name, TEXT - 2.0) + 24;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_drawn_and_nothing_is_an_error() {
        let bar = |parts| Bar { name: "b".into(), parts, note: "1.0".into() };
        let some = [bar(vec![1.0, 0.0, 2.0]), bar(vec![0.0; 3])];
        assert!(figure(&some, &BarOptions::default()).unwrap().png().is_ok());
        assert!(figure(&some[1..], &BarOptions::default()).is_err());
        assert!(figure(&[], &BarOptions::default()).is_err());
    }
}
