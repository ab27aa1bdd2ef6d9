//! The synapses of a partition: rows of 4-byte synapses, found by source.
//!
//! ```text
//! index, by source:  place of the row | entry 1
//! row of a source:   synapses of entry 1 | entry 2 | its synapses | ... | entry n | its synapses | 0
//! entry, 32 bits:    steps since the entry before (14) | port (6) | number of synapses (12)
//! synapse, 32 bits:  weight, i16 (16) | place of the target in the partition (16)
//! ```
//!
//! Entries are sorted by delay, then port; the steps of the first count from the spike. Whoever has
//! read the synapses of one finds the next behind them, in a cache line that is at hand; the first is
//! in the index, so that a spike need not wait for its row. A port says which input the synapses add
//! to and by which power of two their weights are shifted; neither costs anything per synapse.

use std::ops::Range;

use super::region::Region;

/// Synapses that one entry can have.
pub(super) const MAX_GROUP: usize = 4095;

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

/// What stands before synapses that a spike activates together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// By how many steps they are due later than those of the entry before, or than the spike.
    pub steps: u16,
    /// Number of the port.
    pub port: u8,
    /// How many synapses.
    pub count: u16,
}

impl Entry {
    /// What stands at the end of a row.
    pub(super) const END: u32 = 0;

    /// As 32 bits.
    #[inline]
    #[must_use]
    pub fn pack(self) -> u32 {
        u32::from(self.steps) | u32::from(self.port) << 14 | u32::from(self.count) << 20
    }

    /// From 32 bits; `None` at the end of a row.
    #[inline]
    #[must_use]
    pub fn unpack(word: u32) -> Option<Self> {
        (word != Self::END).then_some(Self {
            steps: (word & 0x3fff) as u16,
            port: (word >> 14 & 0x3f) as u8,
            count: (word >> 20) as u16,
        })
    }
}

/// Where a row begins, and with what.
#[derive(Clone, Copy, Debug, Default)]
pub struct Head {
    /// The place of the first synapse.
    pub(super) begin: u32,
    /// The first entry, packed; without synapses, there is none.
    pub(super) entry: u32,
}

impl Head {
    /// The first entry of the row and the place of its first synapse, if there are any.
    #[inline]
    #[must_use]
    pub fn first(self) -> Option<(Entry, u32)> {
        Entry::unpack(self.entry).map(|entry| (entry, self.begin))
    }
}

/// A synapse as 32 bits.
#[inline]
#[must_use]
pub fn pack_synapse(place: u16, weight: i16) -> u32 {
    u32::from(place) | u32::from(weight as u16) << 16
}

/// All synapses that end in a partition.
pub struct Rows {
    pub(super) region: Region,
    /// `places[population]`: where its sources are in `index`; `None` if none projects here.
    pub(super) places: Vec<Option<Range<usize>>>,
    pub(super) index: Vec<Head>,
    pub(super) ports: Vec<Port>,
    pub(super) synapses: u64,
}

impl Rows {
    /// The words of all rows.
    #[must_use]
    pub fn words(&self) -> &[u32] {
        self.region.words()
    }

    /// The rows of the sources of one population; `None` if none projects here.
    #[must_use]
    pub fn of(&self, population: usize) -> Option<&[Head]> {
        self.places[population].clone().map(|places| &self.index[places])
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

    /// The entries of a row, each with the place of its first synapse.
    pub fn entries(&self, head: Head) -> impl Iterator<Item = (Entry, u32)> + use<'_> {
        let later = head.first().map(|(entry, begin)| self.after(begin + u32::from(entry.count)));
        head.first().into_iter().chain(later.into_iter().flatten())
    }

    /// The entries from `place`, where one may be, to the end of the row, likewise.
    pub fn after(&self, mut place: u32) -> impl Iterator<Item = (Entry, u32)> + use<'_> {
        std::iter::from_fn(move || {
            let entry = Entry::unpack(self.words()[place as usize])?;
            let begin = place + 1;
            place = begin + u32::from(entry.count);
            Some((entry, begin))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_survive_packing() {
        for entry in [
            Entry { steps: 0, port: 0, count: 1 },
            Entry { steps: 16_383, port: 63, count: MAX_GROUP as u16 },
            Entry { steps: 15, port: 7, count: 40 },
        ] {
            assert_eq!(Entry::unpack(entry.pack()), Some(entry));
        }
        assert_eq!(Entry::unpack(Entry::END), None);
    }
}
