//! Synapses of rules that work target by target, turned round for a range of sources.

use std::ops::Range;

use crate::rule::{Incoming, Scratch, Synapses};

/// Synapses that a task turns round at most: bounds its memory.
const TURNED: f64 = 8e6;

/// In how many ranges the sources of so many synapses are turned round: all columns are drawn
/// again for each, so in no more than memory or threads ask for.
pub(super) fn turns(synapses: f64, threads: usize) -> u64 {
    let least = (synapses / TURNED).ceil().max(1.0) as u64;
    least.next_multiple_of(threads as u64)
}

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
    /// The source, from the first of the range.
    source: u32,
    pub(super) target: u32,
    pub(super) level: u16,
    pub(super) delay: u16,
}

impl Turned {
    /// Bytes per synapse.
    pub(super) const BYTES: usize = size_of::<Outgoing>();

    /// Draws all columns of `all` and keeps what starts at `sources`.
    pub(super) fn new(all: &Synapses, sources: Range<u64>, scratch: &mut Scratch) -> Self {
        let mut synapses: Vec<Outgoing> = Vec::new();
        let mut column: Vec<Incoming> = Vec::new();
        for target in 0..all.pairing().targets {
            column.clear();
            all.column(target, scratch, &mut column);
            let mine = column.iter().filter(|s| sources.contains(&u64::from(s.source)));
            synapses.extend(mine.map(|s| Outgoing {
                source: s.source - sources.start as u32,
                target: target as u32,
                level: s.level as u16,
                delay: s.delay,
            }));
        }
        let begin = sort(&mut synapses, (sources.end - sources.start) as usize);
        Self { first: sources.start, begin, synapses }
    }

    /// The synapses of `source`.
    pub(super) fn of(&self, source: u64) -> &[Outgoing] {
        let s = (source - self.first) as usize;
        &self.synapses[self.begin[s] as usize..self.begin[s + 1] as usize]
    }
}

/// Sorts by source, where they are: a second array would be the largest of the construction.
/// Returns where those of each of the `n` sources begin, and the end.
fn sort(synapses: &mut [Outgoing], n: usize) -> Vec<u32> {
    let mut begin = vec![0u32; n + 1];
    for synapse in &*synapses {
        begin[synapse.source as usize + 1] += 1;
    }
    for s in 0..n {
        begin[s + 1] += begin[s];
    }
    // `next[s]`: where the next one of source `s` goes; all before it are in place.
    let mut next = begin.clone();
    for s in 0..n {
        while next[s] < begin[s + 1] {
            let place = next[s] as usize;
            let belongs = synapses[place].source as usize;
            synapses.swap(place, next[belongs] as usize);
            next[belongs] += 1;
        }
    }
    begin
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorting_keeps_every_synapse() {
        let n = 37;
        let synapse =
            |i: u32| Outgoing { source: i * 7919 / 13 % n, target: i, level: 1, delay: 2 };
        let mut synapses: Vec<Outgoing> = (0..1000).map(synapse).collect();
        let begin = sort(&mut synapses, n as usize);
        for (s, range) in begin.windows(2).enumerate() {
            let of = &synapses[range[0] as usize..range[1] as usize];
            assert!(of.iter().all(|o| o.source as usize == s));
            let expected = (0..1000).filter(|&i| synapse(i).source as usize == s).count();
            assert_eq!(of.len(), expected);
        }
        let mut targets: Vec<u32> = synapses.iter().map(|s| s.target).collect();
        targets.sort_unstable();
        assert!(targets.into_iter().eq(0..1000));
    }

    #[test]
    fn turns_are_few_and_even() {
        assert_eq!([turns(1.0, 1), turns(1.0, 3), turns(8e6, 1), turns(8.1e6, 1)], [1, 3, 1, 2]);
        assert_eq!(turns(40e6, 2), 6);
    }
}
