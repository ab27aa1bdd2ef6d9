//! Asking for memory before it is needed.
#![expect(unsafe_code, reason = "prefetch instructions take raw pointers")]

/// Words of 32 bits per cache line.
pub(crate) const LINE: usize = 16;
/// Bytes per cache line.
const BYTES: usize = 4 * LINE;

/// Asks for the cache line of `words[place]`; places beyond the end are harmless.
#[inline(always)]
pub(crate) fn prefetch(words: &[u32], place: usize) {
    ask(words.as_ptr().wrapping_add(place).cast());
}

/// The same, into the second cache level only: the first keeps track of few lines at a time.
#[inline(always)]
pub(crate) fn prefetch_far(words: &[u32], place: usize) {
    #[cfg(target_arch = "x86_64")]
    // Safety: as in `ask`.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T1>(words.as_ptr().wrapping_add(place).cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (words, place);
}

/// Asks for all of `value`.
#[inline(always)]
pub(crate) fn prefetch_all<T>(value: &T) {
    let first: *const u8 = std::ptr::from_ref(value).cast();
    for line in 0..size_of::<T>().div_ceil(BYTES) {
        ask(first.wrapping_add(BYTES * line));
    }
}

#[inline(always)]
fn ask(line: *const u8) {
    #[cfg(target_arch = "x86_64")]
    // Safety: a prefetch has no effect but on caches and never faults, whatever the address; the
    // address is computed without dereferencing.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(line.cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = line;
}

#[cfg(test)]
mod tests {
    use super::{prefetch, prefetch_all, prefetch_far};

    #[test]
    fn any_place_may_be_asked_for() {
        prefetch(&[1u32, 2], 1);
        prefetch(&[1u32, 2], 2);
        prefetch(&[], usize::MAX);
        prefetch_far(&[], usize::MAX);
        prefetch_all(&[0u8; 1000]);
        prefetch_all(&());
    }
}
