//! Asking for memory before it is needed. The only unsafe code of the engine.
#![expect(unsafe_code, reason = "prefetch instructions take raw pointers")]

/// Words of 32 bits per cache line.
pub(super) const LINE: usize = 16;

/// Asks for the cache line of `words[place]`; places beyond the end are harmless.
#[inline(always)]
pub(super) fn prefetch(words: &[u32], place: usize) {
    #[cfg(target_arch = "x86_64")]
    // Safety: a prefetch has no effect but on caches and never faults, whatever the address; the
    // address is computed without dereferencing.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(words.as_ptr().wrapping_add(place).cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (words, place);
}

#[cfg(test)]
mod tests {
    #[test]
    fn any_place_may_be_asked_for() {
        super::prefetch(&[1u32, 2], 1);
        super::prefetch(&[1u32, 2], 2);
        super::prefetch(&[], usize::MAX);
    }
}
