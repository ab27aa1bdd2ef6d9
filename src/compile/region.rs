//! The memory of a partition's synapses: one anonymous mapping, huge pages where the system has
//! them, handed out to the workers that fill it in spans.
//!
//! Pages that are never touched cost nothing, so the mapping may be reserved generously.

use std::sync::{Mutex, PoisonError};

use memmap2::{Advice, MmapMut, MmapOptions};

use crate::{Error, Result};

/// Synapses that take fewer bytes stay on small pages.
const HUGE_FROM: usize = 8 << 20;

/// Words of 32 bits that start out as zero.
pub(super) struct Region {
    map: MmapMut,
}

impl Region {
    /// Whether so many synapses are worth huge pages.
    pub(super) fn huge(synapses: f64) -> bool {
        4.0 * synapses >= HUGE_FROM as f64
    }

    /// Reserves `words` words.
    pub(super) fn new(words: usize, huge: bool) -> Result<Self> {
        let bytes = (words * 4).max(4096);
        let map = MmapOptions::new().len(bytes).no_reserve_swap().map_anon().map_err(|e| {
            Error::Capacity(format!("cannot reserve {bytes} bytes for synapses: {e}"))
        })?;
        #[cfg(target_os = "linux")]
        if huge {
            // Refused by kernels without transparent huge pages: slower, not wrong.
            let _ = map.advise(Advice::HugePage);
        }
        Ok(Self { map })
    }

    /// The words.
    #[must_use]
    pub(super) fn words(&self) -> &[u32] {
        bytemuck::cast_slice(&self.map)
    }

    /// The words, to be filled.
    pub(super) fn words_mut(&mut self) -> &mut [u32] {
        bytemuck::cast_slice_mut(&mut self.map)
    }
}

/// Hands out the words of a region in spans, to any number of threads.
pub(super) struct Spans<'a> {
    free: Mutex<(u32, std::slice::ChunksMut<'a, u32>)>,
    size: usize,
}

/// A part of a region that one thread fills from the front.
pub(super) struct Span<'a> {
    /// The place of `words[0]` in the region.
    begin: u32,
    words: &'a mut [u32],
    used: usize,
}

impl<'a> Spans<'a> {
    /// Cuts `words` into spans of `size`.
    pub(super) fn new(words: &'a mut [u32], size: usize) -> Self {
        Self { free: Mutex::new((0, words.chunks_mut(size))), size }
    }

    /// The next free span.
    pub(super) fn take(&self) -> Result<Span<'a>> {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let begin = free.0;
        let words = free.1.next().ok_or_else(|| self.exhausted(free.0))?;
        free.0 += self.size as u32;
        Ok(Span { begin, words, used: 0 })
    }

    /// Why there is no span that begins at place `end`.
    fn exhausted(&self, end: u32) -> Error {
        if (end as usize + self.size) < u32::MAX as usize {
            return more_than_predicted();
        }
        let message = "the synapses of one partition, and the word for each delay of a source, do not fit 17 GB: use more threads";
        Error::Capacity(message.into())
    }
}

/// What a rule is told whose forecast was wrong.
pub(super) fn more_than_predicted() -> Error {
    let message = "more synapses were drawn than were predicted at ten standard deviations";
    Error::Capacity(message.into())
}

impl Span<'_> {
    /// A span without room.
    pub(super) fn full() -> Self {
        Self { begin: 0, words: &mut [], used: 0 }
    }

    /// Whether `n` more words fit.
    pub(super) fn has_room(&self, n: usize) -> bool {
        self.words.len() - self.used >= n
    }

    /// The next `n` words and their place in the region, if there is room.
    pub(super) fn next(&mut self, n: usize) -> Option<(u32, &mut [u32])> {
        let begin = self.used;
        let words = self.words.get_mut(begin..begin + n)?;
        self.used += n;
        Some((self.begin + begin as u32, words))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_region_says_whose_fault_that_is() {
        let why = |end| {
            let free = Mutex::new((end, [].chunks_mut(1)));
            let error = Spans { free, size: 1 << 18 }.take().err().expect("no span");
            error.to_string()
        };
        assert!(why(1 << 20).contains("predicted"), "{}", why(1 << 20));
        assert!(why(u32::MAX - (1 << 18) + 1).contains("use more threads"));
    }
}
