//! Asking for memory before it is needed. The only unsafe code of the engine.
#![expect(unsafe_code, reason = "prefetch instructions take raw pointers")]

/// Asks for the cache line of `words[place]`, if that exists.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a single instruction")]
pub(super) fn prefetch<T>(words: &[T], place: usize) {
    #[cfg(target_arch = "x86_64")]
    if let Some(word) = words.get(place) {
        // Safety: a prefetch has no effect but on caches, and the pointer is that of a reference.
        unsafe {
            use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(word).cast());
        }
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
        super::prefetch::<u32>(&[], usize::MAX);
    }
}
