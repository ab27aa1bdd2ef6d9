//! What has arrived: a worker's scratch, on a huge page where the system has them. It is written at
//! random places, and a processor keeps the translation of few pages for that.

use memmap2::{MmapMut, MmapOptions};

use crate::neuron::{Lane, PLACES};
use crate::{Error, Result};

/// Bytes of a huge page.
const HUGE: usize = 2 << 20;

/// Lanes, one for each receptor, which are zero between steps.
pub(super) struct Inbox {
    map: MmapMut,
    /// Whether something may have arrived.
    used: bool,
    /// Where the lanes are: on the boundary of a huge page.
    bytes: std::ops::Range<usize>,
}

impl Inbox {
    /// # Errors
    /// Too little memory.
    pub(super) fn new(lanes: usize) -> Result<Self> {
        let bytes = lanes * PLACES * 4;
        let whole = bytes.next_multiple_of(HUGE) + HUGE;
        let map = MmapOptions::new()
            .len(whole)
            .no_reserve_swap()
            .map_anon()
            .map_err(|e| Error::Capacity(format!("cannot reserve {whole} bytes: {e}")))?;
        let begin = map.as_ptr().align_offset(HUGE);
        #[cfg(target_os = "linux")]
        // Refused by kernels without transparent huge pages: slower, not wrong.
        let _ = map.advise_range(memmap2::Advice::HugePage, begin, bytes.next_multiple_of(HUGE));
        Ok(Self { map, used: false, bytes: begin..begin + bytes })
    }

    /// The lanes, to add what arrives.
    pub(super) fn arrivals(&mut self) -> &mut [Lane] {
        self.used = true;
        self.lanes()
    }

    /// Whether something may have arrived; if not, all places are zero.
    pub(super) fn is_used(&self) -> bool {
        self.used
    }

    /// Says that all places are zero again.
    pub(super) fn emptied(&mut self) {
        self.used = false;
    }

    /// The lanes.
    pub(super) fn lanes(&mut self) -> &mut [Lane] {
        let words: &mut [i32] = bytemuck::cast_slice_mut(&mut self.map[self.bytes.clone()]);
        words.as_chunks_mut().0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_are_zero_and_on_a_huge_page() {
        for n in [0, 1, 2, 9] {
            let mut inbox = Inbox::new(n).expect("memory");
            assert_eq!(inbox.lanes().len(), n);
            assert!(inbox.lanes().as_flattened().iter().all(|&count| count == 0));
            assert_eq!(inbox.lanes().as_ptr() as usize % HUGE, 0);
            assert!(!inbox.is_used());
            inbox.arrivals();
            assert!(inbox.is_used());
        }
    }
}
