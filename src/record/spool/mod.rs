//! The file a run writes as it goes: append-only and checksummed.
//!
//! ```text
//! "MURSPOOL" version (u32)      12 bytes
//! header block                  the recording's description, as JSON
//! blocks                        spikes, state samples and bins of counts as they come
//! end block                     the last step of the run
//! ```
//!
//! Every block carries its length and checksum, so that a file cut off at any byte gives
//! what precedes the cut, and a damaged one what precedes the damage: see [`Ending`].

mod reader;
mod writer;

pub use reader::{Ending, SpoolActivity, SpoolFile};
pub use writer::SpoolWriter;

use serde::{Deserialize, Serialize};

use super::{RateProbe, Recording, StateProbe};

/// First bytes of every spool.
const MAGIC: &[u8; 8] = b"MURSPOOL";

/// Version of the format; a reader refuses others.
const VERSION: u32 = 1;

/// Bytes before the header block.
const PREAMBLE: usize = 12;

/// What a spool says about itself before the first spike.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SpoolHeader {
    /// The recording, without its spikes; its `last_step` is where the run was to end.
    pub recording: Recording,
    /// Which state is recorded.
    pub states: Vec<StateProbe>,
    /// Whether population rates are recorded.
    pub rates: Option<RateProbe>,
    /// Whether the spikes of modules are counted.
    pub activity: Option<RateProbe>,
}
