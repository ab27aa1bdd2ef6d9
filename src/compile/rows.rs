//! The synapses of a partition: rows of 4-byte synapses, found by source.
//!
//! ```text
//! row of a source:   n | entry 1 ... entry n | synapses of entry 1 | ... | synapses of entry n
//! entry, 32 bits:    delay in steps (14) | port (6) | number of synapses - 1 (12)
//! synapse, 32 bits:  weight, i16 (16) | place of the target in the partition (16)
//! ```
//!
//! Entries are sorted by delay, then port. A port says which input the synapses add to and by
//! which power of two their weights are shifted; neither costs anything per synapse.

use std::ops::Range;

use super::region::Region;

/// Synapses that one entry can have.
pub(super) const MAX_GROUP: usize = 4096;

/// What the synapses of an entry have in common besides their delay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Port {
    /// The input of the targets that they add to.
    pub input: u8,
    /// By which power of two their weights are multiplied.
    pub shift: u8,
}

/// Ports that a network can have.
pub(super) const MAX_PORTS: usize = 64;

/// A line of a row's directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Delay in steps.
    pub delay: u16,
    /// Number of the port.
    pub port: u8,
    /// How many synapses.
    pub count: u16,
}

impl Entry {
    /// As 32 bits.
    #[inline]
    #[must_use]
    pub fn pack(self) -> u32 {
        u32::from(self.delay) | u32::from(self.port) << 14 | u32::from(self.count - 1) << 20
    }

    /// From 32 bits.
    #[inline]
    #[must_use]
    pub fn unpack(word: u32) -> Self {
        Self {
            delay: (word & 0x3fff) as u16,
            port: (word >> 14 & 0x3f) as u8,
            count: (word >> 20) as u16 + 1,
        }
    }
}

/// A synapse as 32 bits.
#[inline]
#[must_use]
pub(super) fn pack_synapse(place: u16, weight: i16) -> u32 {
    u32::from(place) | u32::from(weight as u16) << 16
}

/// All synapses that end in a partition.
pub struct Rows {
    pub(super) region: Region,
    /// `places[population]`: where its sources are in `index`; `None` if none projects here.
    pub(super) places: Vec<Option<Range<usize>>>,
    /// Where the row of a source begins in the region, or [`Rows::NONE`].
    pub(super) index: Vec<u32>,
    pub(super) ports: Vec<Port>,
    pub(super) synapses: u64,
}

impl Rows {
    /// Stands for "no row".
    pub const NONE: u32 = u32::MAX;

    /// The words of all rows.
    #[must_use]
    pub fn words(&self) -> &[u32] {
        self.region.words()
    }

    /// For the sources of one population, where each one's row begins, or [`Rows::NONE`].
    #[must_use]
    pub fn of(&self, population: usize) -> Option<&[u32]> {
        self.places[population].clone().map(|places| &self.index[places])
    }

    /// Where the sources of one population are in the [index](Self::index).
    #[must_use]
    pub fn places(&self, population: usize) -> Option<Range<usize>> {
        self.places[population].clone()
    }

    /// Where the row of every source begins, or [`Rows::NONE`].
    #[must_use]
    pub fn index(&self) -> &[u32] {
        &self.index
    }

    /// The ports that entries refer to.
    #[must_use]
    pub fn ports(&self) -> &[Port] {
        &self.ports
    }

    /// How many synapses there are.
    #[must_use]
    pub fn synapses(&self) -> u64 {
        self.synapses
    }

    /// The entries of the row at `row`, each with the place of its first synapse.
    pub fn entries(&self, row: u32) -> impl Iterator<Item = (Entry, u32)> + use<'_> {
        let words = self.words();
        let n = words[row as usize];
        let mut place = row + 1 + n;
        words[row as usize + 1..(row + 1 + n) as usize].iter().map(move |&word| {
            let entry = Entry::unpack(word);
            let begin = place;
            place += u32::from(entry.count);
            (entry, begin)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_survive_packing() {
        for entry in [
            Entry { delay: 1, port: 0, count: 1 },
            Entry { delay: 16_383, port: 63, count: 4096 },
            Entry { delay: 15, port: 7, count: 40 },
        ] {
            assert_eq!(Entry::unpack(entry.pack()), entry);
        }
    }
}
