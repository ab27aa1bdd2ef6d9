//! Running a loop at the widest SIMD that the processor has.

/// A closure that pulp compiles once for each SIMD width.
struct Wide<F>(F);

impl<R, F: FnMut() -> R> pulp::WithSimd for Wide<F> {
    type Output = R;

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(mut self, _: S) -> R {
        (self.0)()
    }
}

/// Runs `f`, compiled for each SIMD width; `f` and what it calls must be `#[inline(always)]`.
///
/// Given to [`pulp::Arch::dispatch`] directly, a closure that mutates what it captures is called
/// through a shim for `FnOnce` that is not inlined, and so is compiled for the lowest width only.
#[inline]
pub(crate) fn wide<R>(arch: pulp::Arch, f: impl FnMut() -> R) -> R {
    arch.dispatch(Wide(f))
}
