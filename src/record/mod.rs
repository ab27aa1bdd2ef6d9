//! What is observed, and the formats it is written in.
//!
//! A run appends to one checksummed file, the [spool], so that its memory does not grow with
//! time and a crash loses nothing that was written. At the end the spool is converted, piece
//! by piece, into the formats the field reads:
//!
//! ```text
//! run -> SpoolWriter -> spikes.spool -> SpoolFile -> spikes.h5 (SONATA), CSV, NPZ
//!                                                 -> state, rates and activity likewise
//! ```
//!
//! Whatever can be read piece by piece is a [`SpikeStream`]: a spool on disk and a
//! [`Recording`] in memory are written by the same functions.

mod activity;
mod atomic;
mod block;
mod csv_spikes;
mod hdf5;
mod npz;
mod rates;
mod recording;
mod sonata;
mod sonata_read;
pub mod spool;
mod state;
mod state_files;
mod statistics;
mod synapses;
mod synapses_npz;

pub use activity::{ActivityStream, read_activity_npz, write_activity_csv, write_activity_npz};
#[cfg(feature = "plot")]
pub(crate) use atomic::AtomicFile;
pub use csv_spikes::write_spikes_csv;
pub use npz::write_spikes_npz;
pub use rates::{RateProbe, RateSeries};
pub use recording::{Kind, Recorded, RecordedPopulation, Recording, Spike, SpikeStream};
pub use sonata::write_spikes_sonata;
pub use sonata_read::read_spikes_sonata;
pub use spool::{Ending, SpoolActivity, SpoolFile, SpoolHeader, SpoolWriter};
pub use state::{StateProbe, StateTrace};
pub use state_files::{write_state_csv, write_state_npz, write_state_sonata};
pub use statistics::Statistics;
pub use synapses::SynapseList;
