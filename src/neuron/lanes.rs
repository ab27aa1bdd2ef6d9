//! Numbers of the neurons of a block, next to each other.

use super::slice::BLOCK;
use super::{Array, Neuron, Real};

/// A number of each neuron of a block, on whole cache lines: a SIMD register that straddles two
/// takes twice as long to load and store.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(super) struct Lanes<T>(pub(super) [T; BLOCK]);

/// What neuron `lane` has of each.
#[inline(always)]
#[expect(clippy::inline_always, reason = "must be compiled with its caller's SIMD width")]
pub(super) fn lane_of<F: Real, A: Array<Lanes<F>>, B: Array<F>>(all: &A, lane: usize) -> B {
    let mut one = B::repeat(F::default());
    for k in 0..B::LEN {
        one.as_mut()[k] = all.as_ref()[k].0[lane];
    }
    one
}

/// Constants of the neurons of a block: shared, or one set each.
pub(super) trait Lookup<N: Neuron, F: Real>: Copy {
    fn constants(&self, lane: usize) -> N::Constants<F>;
    fn period(&self, lane: usize) -> u32;
}

/// All neurons share their constants.
pub(super) struct Shared<'a, N: Neuron, F: Real>(pub(super) &'a N::Constants<F>, pub(super) u32);

impl<N: Neuron, F: Real> Clone for Shared<'_, N, F> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<N: Neuron, F: Real> Copy for Shared<'_, N, F> {}

impl<N: Neuron, F: Real> Lookup<N, F> for Shared<'_, N, F> {
    #[inline(always)]
    fn constants(&self, _: usize) -> N::Constants<F> {
        *self.0
    }
    #[inline(always)]
    fn period(&self, _: usize) -> u32 {
        self.1
    }
}

/// Each neuron of the block has its own constants: `0[k][lane]`.
pub(super) struct Own<'a, N: Neuron, F: Real>(
    pub(super) &'a N::Constants<Lanes<F>>,
    pub(super) &'a Lanes<u32>,
);

impl<N: Neuron, F: Real> Clone for Own<'_, N, F> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<N: Neuron, F: Real> Copy for Own<'_, N, F> {}

impl<N: Neuron, F: Real> Lookup<N, F> for Own<'_, N, F> {
    #[inline(always)]
    fn constants(&self, lane: usize) -> N::Constants<F> {
        lane_of(self.0, lane)
    }
    #[inline(always)]
    fn period(&self, lane: usize) -> u32 {
        self.1.0[lane]
    }
}
