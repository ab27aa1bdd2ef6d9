//! Recordings to numbers: pure functions, each with its equation and units.

mod isi;
mod rates;
mod spectrogram;
mod spectrum;
mod synchrony;

pub use isi::{cv_isi, intervals_ms, mean_cv_isi};
pub use rates::{BinnedRate, binned_rate, mean_rate_hz, spike_counts};
pub use spectrogram::{Spectrogram, spectrogram};
pub use spectrum::{Peak, Spectrum, spectrum};
pub use synchrony::{fano_factor, synchrony};
