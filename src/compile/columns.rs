//! Synapses of rules that work target by target, turned round for a range of sources.

use crate::rule::{Incoming, Scratch, Synapses};

/// The synapses of some sources of a projection, by source.
pub(super) struct Turned {
    first: u64,
    /// `begin[s]..begin[s + 1]` are those of source `first + s`.
    begin: Vec<u32>,
    synapses: Vec<Outgoing>,
}

/// A synapse of a source.
#[derive(Clone, Copy, Default)]
pub(super) struct Outgoing {
    pub(super) target: u32,
    pub(super) level: u16,
    pub(super) delay: u16,
}

impl Turned {
    /// Draws all columns of `all` and keeps what starts at `sources`.
    pub(super) fn new(
        all: &Synapses,
        sources: std::ops::Range<u64>,
        scratch: &mut Scratch,
    ) -> Self {
        let mut kept: Vec<(u32, Outgoing)> = Vec::new();
        let mut column: Vec<Incoming> = Vec::new();
        for target in 0..all.pairing().targets {
            column.clear();
            all.column(target, scratch, &mut column);
            kept.extend(column.iter().filter(|s| sources.contains(&u64::from(s.source))).map(
                |s| {
                    let to =
                        Outgoing { target: target as u32, level: s.level as u16, delay: s.delay };
                    (s.source - sources.start as u32, to)
                },
            ));
        }
        Self::sort(&kept, &sources)
    }

    fn sort(kept: &[(u32, Outgoing)], sources: &std::ops::Range<u64>) -> Self {
        let n = (sources.end - sources.start) as usize;
        let mut begin = vec![0u32; n + 2];
        for (source, _) in kept {
            begin[*source as usize + 2] += 1;
        }
        for i in 2..begin.len() {
            begin[i] += begin[i - 1];
        }
        let mut synapses = vec![Outgoing::default(); kept.len()];
        for (source, synapse) in kept {
            let place = &mut begin[*source as usize + 1];
            synapses[*place as usize] = *synapse;
            *place += 1;
        }
        Self { first: sources.start, begin, synapses }
    }

    /// The synapses of `source`.
    pub(super) fn of(&self, source: u64) -> &[Outgoing] {
        let s = (source - self.first) as usize;
        &self.synapses[self.begin[s] as usize..self.begin[s + 1] as usize]
    }
}
