//! Which flickering target somebody looks at, from the electroencephalogram (EEG) over the visual
//! cortex: the parts of a decoder, each with its equation, and a generator of EEG to try it on.

mod eeg;
mod target;

pub use eeg::{Eeg, EegOptions, HARMONICS};
pub use target::Target;
