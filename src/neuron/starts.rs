//! How the neurons of a slice start, and what they take.

use super::lanes::Lanes;
use super::slice::{BYTE, SliceContext};
use super::{Array, Neuron, Start};
use crate::Result;

/// Bytes per neuron.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Footprint {
    /// State and constants.
    pub kept: f64,
    /// What setting up a slice takes besides.
    pub scratch: f64,
}

/// Neurons that are looked at to see whether constants differ.
const LOOKED_AT: u64 = 64;

/// What the neurons of `context` take.
pub(super) fn footprint<N: Neuron>(model: &N, context: &SliceContext) -> Result<Footprint> {
    let setup = context.setup(0);
    let mut starts = vec![model.setup(&setup)?];
    let varies = setup.varies();
    let stride = (context.count as u64 / LOOKED_AT).max(1) as usize;
    for i in (0..context.count).step_by(stride).skip(1).filter(|_| varies) {
        starts.push(model.setup(&context.setup(i))?);
    }
    let starts = Starts(starts);
    let real = if context.double { 8 } else { 4 };
    let counter = if starts.longest() <= BYTE { 1 } else { 5 };
    let own = if starts.alike() { 0 } else { N::Constants::<f32>::LEN * real + 4 };
    Ok(Footprint {
        kept: (N::State::<f32>::LEN * real + counter + own) as f64,
        scratch: if varies { size_of::<Start<N>>() as f64 } else { 0.0 },
    })
}

/// How each neuron of a slice starts: one entry if all start alike, else one each.
pub(super) struct Starts<N: Neuron>(Vec<Start<N>>);

impl<N: Neuron> Starts<N> {
    pub(super) fn new(model: &N, context: &SliceContext) -> Result<Self> {
        let setup = context.setup(0);
        let mut starts = vec![model.setup(&setup)?];
        if setup.varies() {
            for i in 1..context.count {
                starts.push(model.setup(&context.setup(i))?);
            }
        }
        starts.iter().try_for_each(|start| start.check_finite(context.double))?;
        Ok(Self(starts))
    }

    pub(super) fn longest(&self) -> u32 {
        self.0.iter().map(|s| s.refractory).max().unwrap_or(0)
    }

    /// Whether all have the same constants, whatever their states.
    pub(super) fn alike(&self) -> bool {
        let first = &self.0[0];
        self.0.iter().all(|s| {
            s.refractory == first.refractory
                && s.constants.as_ref().iter().zip(first.constants.as_ref()).all(|(a, b)| a == b)
        })
    }

    /// Neuron `i`; the last one stands in for the padding.
    pub(super) fn of(&self, i: usize) -> &Start<N> {
        &self.0[i.min(self.0.len() - 1)]
    }

    /// The lanes of the block that begins with neuron `base`.
    pub(super) fn lanes<T>(&self, base: usize, f: impl Fn(&Start<N>) -> T) -> Lanes<T> {
        Lanes(std::array::from_fn(|lane| f(self.of(base + lane))))
    }
}
