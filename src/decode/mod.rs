//! Which flickering target somebody looks at, from the electroencephalogram (EEG) over the visual
//! cortex: the parts of a decoder, each with its equation, and a generator of EEG to try it on.
//!
//! ```
//! use murine::decode::{Decoder, DecoderOptions, Eeg, EegOptions, Target};
//!
//! let targets = Target::row(40, 8.0, 0.2, 1.57);
//! let frequencies = targets.iter().map(|t| t.hz).collect();
//! let mut decoder = Decoder::new(DecoderOptions { frequencies, ..Default::default() })?;
//! let mut eeg = Eeg::new(&EegOptions { snr_db: 0.0, ..Default::default() })?;
//! for _ in 0..2500 {
//!     decoder.push(&eeg.sample())?; // ten seconds of rest
//! }
//! eeg.look_at(Some(targets[7]));
//! let decision = (0..2500).find_map(|_| decoder.push(&eeg.sample()).transpose()).unwrap()?;
//! assert_eq!(decision.target, 7);
//! # Ok::<(), murine::Error>(())
//! ```

mod biquad;
mod cca;
mod counter;
mod decoder;
mod ear;
mod eeg;
mod itr;
mod matrix;
mod race;
mod resonator;
mod rest;
mod target;
mod whitening;

pub use biquad::{BandPass, Biquad};
pub use cca::Cca;
pub use counter::Counter;
pub use decoder::{Decision, Decoder, DecoderOptions};
pub use eeg::{Eeg, EegOptions, HARMONICS};
pub use itr::itr;
pub use resonator::Resonator;
pub use target::Target;
pub use whitening::Whitening;
