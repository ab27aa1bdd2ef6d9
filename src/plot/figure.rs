//! A figure as a list of things to draw, and its two renderings.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::sync::OnceLock;

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontTransform, register_font};

use super::png_file::encode;
use super::{INK, Rgb};
use crate::{Error, Result};

/// A point in pixels from the upper left corner.
pub(super) type Point = (i32, i32);

/// What can be drawn.
pub(super) enum Item {
    Line { points: Vec<Point>, colour: Rgb, width: u32 },
    Fill { corner: Point, opposite: Point, colour: Rgb },
    Text { text: String, at: Point, colour: Rgb, size: f64, align: (HPos, VPos), upright: bool },
}

/// An image of RGB bytes at a place of the figure, under everything else.
pub(super) struct Image {
    pub corner: Point,
    pub size: (u32, u32),
    pub rgb: Vec<u8>,
}

/// The bitmap backend sets centred text two pixels too high at the sizes used here.
const BITMAP_SHIFT: i32 = 2;

/// A figure.
pub(super) struct Figure {
    pub size: (u32, u32),
    pub items: Vec<Item>,
    pub image: Option<Image>,
}

impl Figure {
    pub(super) fn new(size: (u32, u32)) -> Self {
        Self { size, items: Vec::new(), image: None }
    }

    /// A line through points.
    pub(super) fn line(&mut self, points: Vec<Point>, colour: Rgb, width: u32) {
        self.items.push(Item::Line { points, colour, width });
    }

    /// A dashed horizontal line.
    pub(super) fn dashes(&mut self, from: i32, to: i32, y: i32, colour: Rgb) {
        for x in (from..to).step_by(9) {
            self.line(vec![(x, y), ((x + 5).min(to), y)], colour, 1);
        }
    }

    /// A dashed vertical line.
    pub(super) fn upright_dashes(&mut self, x: i32, from: i32, to: i32, colour: Rgb) {
        for y in (from..to).step_by(9) {
            self.line(vec![(x, y), (x, (y + 5).min(to))], colour, 1);
        }
    }

    /// A text, aligned at a point.
    pub(super) fn text(&mut self, text: &str, at: Point, size: f64, align: (HPos, VPos)) {
        self.coloured(text, at, size, align, INK);
    }

    /// A text in a colour.
    pub(super) fn coloured(
        &mut self,
        text: &str,
        at: Point,
        size: f64,
        align: (HPos, VPos),
        colour: Rgb,
    ) {
        self.items.push(Item::Text { text: text.into(), at, colour, size, align, upright: false });
    }

    /// A text that reads upwards, centred at a point.
    pub(super) fn upright(&mut self, text: &str, at: Point, size: f64) {
        let align = (HPos::Center, VPos::Center);
        self.items.push(Item::Text {
            text: text.into(),
            at,
            colour: INK,
            size,
            align,
            upright: true,
        });
    }

    /// Writes the figure; the extension of the path says how.
    pub(super) fn write(&self, path: &Path) -> Result<()> {
        let bytes = match path.extension().and_then(|e| e.to_str()) {
            Some("png") => self.png(),
            Some("svg") => self.svg().map(String::into_bytes),
            _ => {
                let problem = format!("{}: a picture is a .png or an .svg file", path.display());
                return Err(Error::parameter("picture", problem));
            }
        };
        let bytes = bytes.map_err(|e| Error::write(path)(std::io::Error::other(e)))?;
        let mut file = crate::record::AtomicFile::create(path)?;
        file.write_all(&bytes).map_err(Error::write(path))?;
        file.commit()
    }

    /// The figure as a PNG file.
    pub(super) fn png(&self) -> Result<Vec<u8>, String> {
        let (width, height) = self.size;
        let mut rgb = vec![255; 3 * width as usize * height as usize];
        if let Some(image) = &self.image {
            image.copy_to(&mut rgb, width as usize);
        }
        self.draw(BitMapBackend::with_buffer(&mut rgb, self.size), BITMAP_SHIFT)?;
        encode(&rgb, self.size)
    }

    /// The figure as an SVG file.
    pub(super) fn svg(&self) -> Result<String, String> {
        let mut svg = String::new();
        self.draw(SVGBackend::with_string(&mut svg, self.size), 0)?;
        let begin = svg
            .find("<svg")
            .and_then(|at| svg[at..].find('>').map(|end| at + end + 1))
            .unwrap_or(0);
        let mut under = "\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n".to_owned();
        if let Some(image) = &self.image {
            let ((x, y), (width, height)) = (image.corner, image.size);
            let data = base64(&encode(&image.rgb, image.size)?);
            let _ = writeln!(
                under,
                "<image x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" \
                 image-rendering=\"pixelated\" href=\"data:image/png;base64,{data}\"/>"
            );
        }
        svg.insert_str(begin, &under);
        Ok(svg)
    }

    fn draw<B: DrawingBackend>(&self, backend: B, shift: i32) -> Result<(), String> {
        register()?;
        let root = backend.into_drawing_area();
        for item in &self.items {
            let drawn = match item {
                Item::Line { points, colour, width } => {
                    root.draw(&PathElement::new(points.clone(), rgb(*colour).stroke_width(*width)))
                }
                Item::Fill { corner, opposite, colour } => {
                    root.draw(&Rectangle::new([*corner, *opposite], rgb(*colour).filled()))
                }
                Item::Text { text, at, colour, size, align, upright } => {
                    let style = ("sans-serif", *size)
                        .into_font()
                        .color(&rgb(*colour))
                        .pos(Pos::new(align.0, align.1));
                    let turn =
                        if *upright { FontTransform::Rotate270 } else { FontTransform::None };
                    let moved = !*upright && matches!(align.1, VPos::Center);
                    let at = if moved { (at.0, at.1 + shift) } else { *at };
                    root.draw(&Text::new(text.as_str(), at, style.transform(turn)))
                }
            };
            drawn.map_err(|e| e.to_string())?;
        }
        root.present().map_err(|e| e.to_string())
    }
}

impl Image {
    /// Copies the image into a larger one of `width` pixels.
    fn copy_to(&self, rgb: &mut [u8], width: usize) {
        let row = 3 * self.size.0 as usize;
        for (n, line) in self.rgb.chunks(row.max(1)).enumerate() {
            let at = 3 * ((self.corner.1 as usize + n) * width + self.corner.0 as usize);
            rgb[at..at + line.len()].copy_from_slice(line);
        }
    }
}

/// The width of a text, in pixels.
pub(super) fn text_width(text: &str, size: f64) -> i32 {
    let measured =
        register().ok().and_then(|()| ("sans-serif", size).into_font().box_size(text).ok());
    measured.map_or(0, |(width, _)| width.cast_signed())
}

/// A text that takes at most `width` pixels: an ellipsis stands for what does not fit.
pub(super) fn fitted(text: &str, size: f64, width: i32) -> String {
    let mut kept: Vec<char> = text.chars().collect();
    let mut shown = text.to_owned();
    while text_width(&shown, size) > width && kept.pop().is_some() {
        shown = kept.iter().chain(&['…']).collect();
    }
    shown
}

fn rgb(colour: Rgb) -> RGBColor {
    RGBColor(colour[0], colour[1], colour[2])
}

/// Registers the font, once.
fn register() -> Result<(), String> {
    static DONE: OnceLock<bool> = OnceLock::new();
    let done = DONE.get_or_init(|| {
        register_font("sans-serif", FontStyle::Normal, dejavu::sans::regular()).is_ok()
    });
    if *done { Ok(()) } else { Err("the built-in font cannot be read".into()) }
}

/// Bytes as text (RFC 4648).
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let value = three.iter().chain(&[0, 0]).take(3).fold(0, |v, &b| v << 8 | usize::from(b));
        for n in 0..4 {
            let digit = DIGITS[value >> (18 - 6 * n) & 63];
            text.push(if n <= three.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_the_usual_one() {
        for (bytes, text) in
            [("", ""), ("M", "TQ=="), ("Ma", "TWE="), ("Man", "TWFu"), ("Many", "TWFueQ==")]
        {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn other_extensions_are_errors() {
        let message = Figure::new((10, 10)).write(Path::new("x.gif")).unwrap_err().to_string();
        assert!(message.contains("x.gif: a picture is a .png or an .svg"), "{message}");
    }

    #[test]
    fn letters_leave_ink() {
        let mut figure = Figure::new((100, 40));
        figure.text("ms", (10, 10), 20.0, (HPos::Left, VPos::Top));
        let mut rgb = vec![255; 12_000];
        figure.draw(BitMapBackend::with_buffer(&mut rgb, (100, 40)), 0).unwrap();
        assert!(rgb.iter().filter(|&&b| b < 100).count() > 100);
        assert!(text_width("mmmm", 20.0) > 3 * text_width("m", 20.0));
    }
}
