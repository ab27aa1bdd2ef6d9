//! What a worker works with, in one partition after the other: its contents matter within a step at
//! most, so that it stays in the caches.

use super::exchange::SpikeList;
use super::inbox::Inbox;
use super::tally::Tallies;
use crate::Result;
use crate::rule::{Drawn, Scratch};

/// The scratch of a worker.
pub(super) struct Tools {
    /// What arrives in a step.
    pub(super) inbox: Inbox,
    /// What arrives in a step, where it is counted.
    pub(super) tallies: Tallies,
    /// Procedural synapses that have been made.
    pub(super) made: Made,
    /// For making them.
    pub(super) scratch: Scratch,
    pub(super) drawn: Vec<Drawn>,
    /// Spikes of a slice.
    pub(super) fired: Vec<u32>,
    /// Spikes of a partition that fit in few words, and these.
    pub(super) few: SpikeList,
    pub(super) words: Vec<u32>,
    /// Which partitions have spikes on the board.
    pub(super) spoke: Vec<bool>,
}

/// Targets and levels of weight of some synapses.
#[derive(Default)]
pub(super) struct Made {
    pub(super) targets: Vec<u16>,
    pub(super) levels: Vec<u16>,
}

impl Tools {
    /// With so many lanes of the inbox.
    ///
    /// # Errors
    /// Too little memory.
    pub(super) fn new(lanes: usize) -> Result<Self> {
        Ok(Self {
            inbox: Inbox::new(lanes)?,
            tallies: Tallies::new(),
            made: Made::default(),
            scratch: Scratch::default(),
            drawn: Vec::new(),
            fired: Vec::new(),
            few: SpikeList::default(),
            words: Vec::new(),
            spoke: Vec::new(),
        })
    }
}
