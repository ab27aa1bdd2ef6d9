//! Steps that are taken again, because the arithmetic that suits all neurons was too rough for some.

use super::lanes::{Lanes, Lookup, lane_of};
use super::scalar::refined;
use super::slice::BLOCK;
use super::{Array, Neuron, Real};
use crate::simd::{Width, wide};

/// The step of a block that was too rough for some of its neurons.
pub(super) struct Rough<'a, N: Neuron, F: Real> {
    pub(super) before: &'a N::State<Lanes<F>>,
    pub(super) counters: &'a [u8; BLOCK],
    pub(super) input: &'a N::Input<Lanes<F>>,
    pub(super) current: F,
}

impl<N: Neuron, F: Real> Rough<'_, N, F> {
    /// Takes it again for those, from `before` to `after`.
    #[inline(never)]
    pub(super) fn step_again(
        &self,
        width: Width,
        lookup: impl Lookup<N, F>,
        after: &mut N::State<Lanes<F>>,
        spiked: &mut Lanes<u8>,
    ) {
        let beyond = wide(
            width,
            #[inline(always)]
            |_| self.step_closer(lookup, after, spiked),
        );
        if beyond {
            self.refine(&|lane| lookup.constants(lane), after, spiked);
        }
    }

    /// By [`Neuron::step_closer`]; says whether that is too rough for some.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "must be compiled with its caller's SIMD width")]
    #[expect(clippy::needless_bitwise_bool, reason = "a branch would keep it from being SIMD")]
    fn step_closer(
        &self,
        lookup: impl Lookup<N, F>,
        after: &mut N::State<Lanes<F>>,
        spiked: &mut Lanes<u8>,
    ) -> bool {
        let mut beyond = false;
        // Copies: of memory that others might see, the compiler would make no SIMD.
        let (mut states, mut fired) = (*after, *spiked);
        let (before, input, counters, current) =
            (*self.before, *self.input, *self.counters, self.current);
        for lane in 0..BLOCK {
            let constants = lookup.constants(lane);
            let old = lane_of(&before, lane);
            let new = lane_of::<_, _, N::State<F>>(&states, lane);
            let arrived = lane_of(&input, lane);
            let refractory = counters[lane] != 0;
            let mut state = old;
            let spikes = N::step_closer(&constants, &mut state, &arrived, current, refractory);
            let rough = N::is_rough(&constants, &old, &new, fired.0[lane] != 0);
            let closer = rough & N::is_closer(&constants, &old);
            beyond |= rough & !closer;
            for k in 0..N::State::<F>::LEN {
                states.as_mut()[k].0[lane] =
                    if closer { state.as_ref()[k] } else { new.as_ref()[k] };
            }
            fired.0[lane] = if closer { u8::from(spikes) } else { fired.0[lane] };
        }
        (*after, *spiked) = (states, fired);
        beyond
    }

    /// By [`Neuron::refine`], where even [`Neuron::step_closer`] is too rough.
    #[inline(never)]
    fn refine(
        &self,
        constants: &dyn Fn(usize) -> N::Constants<F>,
        after: &mut N::State<Lanes<F>>,
        spiked: &mut Lanes<u8>,
    ) {
        for lane in 0..BLOCK {
            let constants = constants(lane);
            let old = lane_of(self.before, lane);
            let new = lane_of(after, lane);
            let rough = N::is_rough(&constants, &old, &new, spiked.0[lane] != 0);
            if rough && !N::is_closer(&constants, &old) {
                let input = lane_of(self.input, lane);
                let refractory = self.counters[lane] != 0;
                let (state, spikes) =
                    refined::<N, F>(&constants, &old, &input, self.current, refractory);
                for k in 0..N::State::<F>::LEN {
                    after.as_mut()[k].0[lane] = state.as_ref()[k];
                }
                spiked.0[lane] = u8::from(spikes);
            }
        }
    }
}
