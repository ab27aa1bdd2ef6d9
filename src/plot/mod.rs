//! Pictures of recordings and numbers, as PNG or SVG.
//!
//! A picture is the same, byte for byte, for the same data: it has a font of its own, and
//! nothing in it depends on the time or the machine. Colours are told apart by the
//! colour-blind too.

mod activity;
mod axes;
mod bars;
mod figure;
mod lines;
mod map;
mod png_file;
mod raster;
mod raster_image;
mod rows;
mod spectrogram;
mod spectrum;
mod voltage;

pub use activity::{ActivityOptions, activity};
pub use bars::{Bar, BarOptions, bars};
pub use lines::{Line, LineOptions, lines};
pub use map::{Grid, MapOptions, map};
pub use raster::{RasterOptions, raster};
pub use spectrogram::{SpectrogramOptions, spectrogram};
pub use spectrum::{SpectrumOptions, spectrum};
pub use voltage::{VoltageOptions, voltage};

use crate::record::Kind;

/// A colour: red, green, blue.
type Rgb = [u8; 3];

/// Axes and text.
const INK: Rgb = [0x22, 0x22, 0x22];
/// What stands back: separators, captions, leaders.
const FAINT: Rgb = [0x8a, 0x8a, 0x8a];

/// The colour of what has this kind: blue excites, red inhibits, grey comes from outside.
const fn colour(kind: Kind) -> Rgb {
    match kind {
        Kind::Excitatory => [0x1f, 0x5f, 0xa8],
        Kind::Inhibitory => [0xc8, 0x37, 0x2d],
        Kind::Source => [0x6b, 0x6b, 0x6b],
    }
}

/// Colours of lines that have no kind, told apart by the colour-blind too (Wong 2011,
/// doi:10.1038/nmeth.1618, darkened for white paper).
const PALETTE: [Rgb; 6] = [
    [0x1f, 0x5f, 0xa8],
    [0xc8, 0x37, 0x2d],
    [0x00, 0x8a, 0x66],
    [0xd0, 0x8a, 0x00],
    [0x8d, 0x4f, 0x9e],
    [0x3b, 0x3b, 0x3b],
];
