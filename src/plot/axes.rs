//! Axes: scales, ticks and the frame of a panel.

use plotters::style::text_anchor::{HPos, VPos};

use super::figure::{Figure, Point, text_width};
use super::{INK, Rgb};

/// Size of numbers and names at axes, in pixels; readable when a figure of 1,000 pixels is
/// printed over the width of a page.
pub(super) const TEXT: f64 = 19.0;
/// Size of captions.
pub(super) const SMALL: f64 = 16.0;

/// How numbers become places along an axis.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    pub from: f64,
    pub to: f64,
    pub logarithmic: bool,
}

impl Scale {
    /// An even scale; an empty range is widened, so that a constant can be drawn.
    pub(super) fn linear(from: f64, to: f64) -> Self {
        let wide = if to > from { to } else { from + from.abs().max(1.0) * 1e-3 };
        Self { from, to: wide, logarithmic: false }
    }

    /// A logarithmic scale, with a little room at either end.
    pub(super) fn logarithmic(from: f64, to: f64) -> Self {
        let room = (to / from).powf(0.04).max(1.1);
        Self { from: from / room, to: to * room, logarithmic: true }
    }

    /// Where a number lies, 0 to 1 for those within the scale.
    pub(super) fn place(&self, value: f64) -> f64 {
        let f = |x: f64| if self.logarithmic { x.log10() } else { x };
        (f(value) - f(self.from)) / (f(self.to) - f(self.from))
    }

    /// The numbers to mark, about `count` of them.
    pub(super) fn ticks(&self, count: usize) -> Vec<f64> {
        if self.logarithmic {
            return self.decades(count);
        }
        let step = nice_step((self.to - self.from) / count.max(1) as f64);
        let (first, last) = ((self.from / step - 1e-9).ceil(), (self.to / step + 1e-9).floor());
        (0..=(last - first).max(0.0) as usize).map(|n| (first + n as f64) * step).collect()
    }

    /// Powers of ten, and between them 2 and 5 times these where they are few.
    fn decades(&self, count: usize) -> Vec<f64> {
        let (low, high) = (self.from.log10().floor() as i32, self.to.log10().ceil() as i32);
        let every = ((high - low) as usize).div_ceil(count.max(1)).max(1);
        let factors: &[f64] = if high - low <= 3 { &[1.0, 2.0, 5.0] } else { &[1.0] };
        let ticks = (low..=high)
            .step_by(every)
            .flat_map(|e| factors.iter().map(move |f| f * 10f64.powi(e)));
        ticks.filter(|t| (self.from..=self.to).contains(t)).collect()
    }

    /// A tick's number as text, with the decimals its neighbours need.
    pub(super) fn label(&self, tick: f64, ticks: &[f64]) -> String {
        if self.logarithmic {
            return if (1e-3..1e5).contains(&tick) {
                tidy(tick).to_string()
            } else {
                format!("{tick:.0e}")
            };
        }
        let step = if let [a, b, ..] = ticks { b - a } else { tick.abs().max(1.0) };
        let decimals = (-(step * 1.000_001).log10().floor()).clamp(0.0, 9.0) as usize;
        let text = format!("{tick:.decimals$}");
        if text.trim_start_matches(['-', '0', '.']).is_empty() {
            text.replace('-', "")
        } else {
            text
        }
    }
}

/// A power of ten without the crumbs of its computation.
fn tidy(x: f64) -> f64 {
    format!("{x:.9}").parse().unwrap_or(x)
}

/// The next larger of 1, 2, 5 times a power of ten.
fn nice_step(least: f64) -> f64 {
    let decade = 10f64.powf(least.log10().floor());
    let factor = [1.0, 2.0, 5.0, 10.0].into_iter().find(|f| f * decade >= least * 0.999_999);
    factor.unwrap_or(10.0) * decade
}

/// A rectangle with two scales.
#[derive(Clone, Copy, Debug)]
pub(super) struct Panel {
    pub left: i32,
    pub right: i32,
    pub top: i32,
    pub bottom: i32,
    pub x: Scale,
    pub y: Scale,
}

impl Panel {
    /// The pixel of a point, kept within the panel.
    pub(super) fn at(&self, x: f64, y: f64) -> Point {
        let along = |place: f64, from: i32, to: i32| {
            from + (place.clamp(0.0, 1.0) * f64::from(to - from)).round() as i32
        };
        (
            along(self.x.place(x), self.left, self.right),
            along(self.y.place(y), self.bottom, self.top),
        )
    }

    /// Left and lower axis lines.
    pub(super) fn frame(&self, figure: &mut Figure) {
        figure.line(
            vec![(self.left, self.top), (self.left, self.bottom), (self.right, self.bottom)],
            INK,
            1,
        );
    }

    /// Ticks, numbers and name below.
    pub(super) fn x_axis(&self, figure: &mut Figure, name: &str) {
        let ticks = self.x.ticks(((self.right - self.left) / 110).max(2) as usize);
        self.x_axis_at(figure, name, &ticks);
    }

    /// The same with ticks at these numbers.
    pub(super) fn x_axis_at(&self, figure: &mut Figure, name: &str, ticks: &[f64]) {
        for &tick in ticks {
            let x = self.at(tick, self.y.from).0;
            figure.line(vec![(x, self.bottom), (x, self.bottom + 5)], INK, 1);
            let label = self.x.label(tick, ticks);
            figure.text(&label, (x, self.bottom + 9), TEXT, (HPos::Center, VPos::Top));
        }
        let middle = i32::midpoint(self.left, self.right);
        figure.text(name, (middle, self.bottom + 33), TEXT, (HPos::Center, VPos::Top));
    }

    /// Ticks and numbers at the left; the name, upright, is centred at `name_x`.
    pub(super) fn y_axis(&self, figure: &mut Figure, name: &str, name_x: i32) {
        self.y_axis_at(figure, name, name_x, &self.y_labels());
    }

    /// The same with these numbers and their labels.
    pub(super) fn y_axis_at(
        &self,
        figure: &mut Figure,
        name: &str,
        name_x: i32,
        labels: &[(f64, String)],
    ) {
        for (tick, label) in labels {
            let y = self.at(self.x.from, *tick).1;
            figure.line(vec![(self.left - 5, y), (self.left, y)], INK, 1);
            figure.text(label, (self.left - 9, y), TEXT, (HPos::Right, VPos::Center));
        }
        figure.upright(name, (name_x, i32::midpoint(self.top, self.bottom)), TEXT);
    }

    /// The numbers at the left.
    pub(super) fn y_labels(&self) -> Vec<(f64, String)> {
        let ticks = self.y.ticks(((self.bottom - self.top) / 45).clamp(2, 8) as usize);
        ticks.iter().map(|&t| (t, self.y.label(t, &ticks))).collect()
    }

    /// The room that the numbers at the left take, in pixels.
    pub(super) fn y_label_width(&self) -> i32 {
        self.y_labels().iter().map(|(_, label)| text_width(label, TEXT)).max().unwrap_or(0)
    }

    /// A line through points; those beyond the panel are drawn at its edge.
    pub(super) fn curve(
        &self,
        figure: &mut Figure,
        points: impl Iterator<Item = (f64, f64)>,
        colour: Rgb,
        width: u32,
    ) {
        let drawable =
            points.filter(|(x, y)| self.x.place(*x).is_finite() && self.y.place(*y).is_finite());
        let points = thinned(drawable.map(|(x, y)| self.at(x, y)));
        figure.line(points, colour, width);
    }
}

/// A path with at most four points per column of pixels - the first, the lowest, the highest
/// and the last - which look like all of them.
fn thinned(points: impl Iterator<Item = Point>) -> Vec<Point> {
    let mut kept: Vec<Point> = Vec::new();
    let mut column: Vec<Point> = Vec::new();
    let mut close = |column: &mut Vec<Point>| {
        if let (Some(&first), Some(&last)) = (column.first(), column.last()) {
            let low = column.iter().copied().min_by_key(|p| p.1).unwrap_or(first);
            let high = column.iter().copied().max_by_key(|p| p.1).unwrap_or(first);
            kept.extend([first, low, high, last]);
        }
        column.clear();
    };
    for point in points {
        if column.last().is_some_and(|last| last.0 != point.0) {
            close(&mut column);
        }
        column.push(point);
    }
    close(&mut column);
    kept.dedup();
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_reach_the_ends() {
        let scale = Scale::linear(0.0, 1000.0);
        assert_eq!(scale.ticks(8), [0.0, 200.0, 400.0, 600.0, 800.0, 1000.0]);
        let scale = Scale::linear(-70.0, -69.5);
        let ticks = scale.ticks(5);
        assert_eq!(
            ticks.iter().map(|&t| scale.label(t, &ticks)).collect::<Vec<_>>(),
            ["-70.0", "-69.9", "-69.8", "-69.7", "-69.6", "-69.5"]
        );
        let tens = Scale::logarithmic(0.02, 300.0).ticks(9);
        assert_eq!(tens.len(), 4, "{tens:?}");
        assert_eq!(Scale::logarithmic(1.0, 32.0).ticks(9), [1.0, 2.0, 5.0, 10.0, 20.0]);
    }

    #[test]
    fn a_constant_can_be_drawn() {
        let scale = Scale::linear(3.0, 3.0);
        assert!(scale.place(3.0).abs() < 1e-12 && !scale.ticks(5).is_empty());
    }

    #[test]
    fn thinning_keeps_extremes() {
        let points = (0..1000).map(|n| (n / 500, if n == 250 { -9 } else { n % 3 }));
        let thin = thinned(points);
        assert!(thin.len() <= 8 && thin.contains(&(0, -9)), "{thin:?}");
    }
}
