//! Synapses of rules that work target by target, turned round for a range of sources.

use std::ops::Range;

use rayon::prelude::*;

use super::region::{Region, more_than_predicted};
use crate::Result;
use crate::network::Network;
use crate::rule::{Incoming, Scratch, Synapses};

/// Synapses that a round turns at least, if there are as many.
const LEAST: f64 = 8e6;
/// The share of the synapses yet to be turned that a round takes: while they are turned they take
/// three times what they will take in rows, so that no round takes more than the finished network.
const SHARE: f64 = 0.25;

/// Sources whose rows are drawn together: by population, ascending, with the synapses that have
/// to be turned round first.
#[derive(Debug, Default)]
pub(super) struct Round {
    /// (population, some of its sources).
    pub(super) sources: Vec<(usize, Range<u64>)>,
    /// The expected number of synapses to turn round.
    pub(super) turned: f64,
}

/// Cuts the construction into rounds: every column is drawn anew in each, so they are as few as
/// memory allows.
pub(super) fn rounds(network: &Network) -> Vec<Round> {
    let by_column = by_column(network);
    let mut left: f64 = by_column.iter().sum();
    let mut rounds = vec![Round::default()];
    let mut room = capacity(left);
    for (population, &synapses) in by_column.iter().enumerate() {
        let size = network.populations[population].size;
        let each = synapses / size as f64;
        let mut sources = 0..size;
        while !sources.is_empty() {
            let fit = if each > 0.0 { (room / each) as u64 } else { size };
            let Some(round) = rounds.last_mut().filter(|r| fit > 0 || r.turned == 0.0) else {
                room = capacity(left);
                rounds.push(Round::default());
                continue;
            };
            let end = (sources.start + fit.max(1)).min(size);
            let turned = each * (end - sources.start) as f64;
            round.sources.push((population, sources.start..end));
            round.turned += turned;
            sources.start = end;
            left -= turned;
            room -= turned;
        }
    }
    rounds
}

fn capacity(left: f64) -> f64 {
    LEAST.max(SHARE * left)
}

/// The expected number of synapses by column that start at each population.
fn by_column(network: &Network) -> Vec<f64> {
    let mut synapses = vec![0.0; network.populations.len()];
    for (i, p) in network.projections.iter().enumerate().filter(|(_, p)| !p.rule.by_row()) {
        synapses[p.source.0] += network.forecast(i).synapses;
    }
    synapses
}

/// The synapses of some sources of a projection, by source.
pub(super) struct Turned {
    first: u64,
    /// What was drawn together, by target.
    parts: Vec<Part>,
}

/// Synapses onto some of the targets.
struct Part {
    /// `begin[s]..begin[s + 1]` are those of source `first + s`.
    begin: Vec<u32>,
    /// A mapping of its own: what an allocator keeps for later would be the largest array of the
    /// construction once more.
    synapses: Region,
}

/// A synapse of a source: the source, from the first of the range; the target; delay and level.
type Words = [u32; 3];

/// What a source is told about one of its synapses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Outgoing {
    pub(super) target: u32,
    pub(super) level: u16,
    pub(super) delay: u16,
}

impl Outgoing {
    fn pack(source: u32, synapse: &Incoming, target: u32) -> Words {
        [source, target, u32::from(synapse.delay) << 16 | synapse.level & 0xffff]
    }

    fn unpack(words: Words) -> Self {
        Self { target: words[1], level: words[2] as u16, delay: (words[2] >> 16) as u16 }
    }
}

impl Turned {
    /// Bytes per synapse.
    pub(super) const BYTES: usize = size_of::<Words>();

    /// Draws all columns of `all`, on the threads of the current rayon pool, and keeps what
    /// starts at `sources`, of some `synapses` in all.
    ///
    /// # Errors
    /// Too little memory.
    pub(super) fn new(all: &Synapses, synapses: f64, sources: &Range<u64>) -> Result<Self> {
        let targets = all.pairing().targets;
        let share = targets.div_ceil(rayon::current_num_threads() as u64).max(1);
        let each = synapses / targets as f64;
        let parts = (0..targets.div_ceil(share)).into_par_iter().map(|i| {
            let targets = i * share..((i + 1) * share).min(targets);
            let synapses = each * (targets.end - targets.start) as f64;
            Part::new(all, targets, sources, synapses)
        });
        Ok(Self { first: sources.start, parts: parts.collect::<Result<_>>()? })
    }

    /// The synapses of `source`.
    pub(super) fn of(&self, source: u64) -> impl Iterator<Item = Outgoing> {
        let s = (source - self.first) as usize;
        self.parts.iter().flat_map(move |p| p.of(s)).map(|&words| Outgoing::unpack(words))
    }
}

impl Part {
    fn new(all: &Synapses, targets: Range<u64>, sources: &Range<u64>, ending: f64) -> Result<Self> {
        // Room for all that end here, wherever they start: only what is touched is taken.
        let most = (1.1 * ending) as usize + 1000;
        let starting = (sources.end - sources.start) as f64 / all.pairing().sources as f64;
        let mut synapses = Region::new(3 * most, Region::huge(ending * starting))?;
        let (words, _) = synapses.words_mut().as_chunks_mut();
        let mut column: Vec<Incoming> = Vec::new();
        let mut scratch = Scratch::default();
        let mut count = 0;
        for target in targets {
            column.clear();
            all.column(target, &mut scratch, &mut column);
            for synapse in column.iter().filter(|s| sources.contains(&u64::from(s.source))) {
                let source = synapse.source - sources.start as u32;
                let place = words.get_mut(count).ok_or_else(more_than_predicted)?;
                *place = Outgoing::pack(source, synapse, target as u32);
                count += 1;
            }
        }
        let begin = sort(&mut words[..count], (sources.end - sources.start) as usize);
        Ok(Self { begin, synapses })
    }

    /// The synapses of the source numbered `s` from the first of the range.
    fn of(&self, s: usize) -> &[Words] {
        let (words, _) = self.synapses.words().as_chunks();
        &words[self.begin[s] as usize..self.begin[s + 1] as usize]
    }
}

/// Sorts by source, where they are: a second array would be the largest of the construction.
/// Returns where those of each of the `n` sources begin, and the end.
fn sort(synapses: &mut [Words], n: usize) -> Vec<u32> {
    let mut begin = vec![0u32; n + 1];
    for synapse in &*synapses {
        begin[synapse[0] as usize + 1] += 1;
    }
    for s in 0..n {
        begin[s + 1] += begin[s];
    }
    // `next[s]`: where the next one of source `s` goes; all before it are in place.
    let mut next = begin.clone();
    for s in 0..n {
        while next[s] < begin[s + 1] {
            let place = next[s] as usize;
            let belongs = synapses[place][0] as usize;
            synapses.swap(place, next[belongs] as usize);
            next[belongs] += 1;
        }
    }
    begin
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::*;

    /// Populations of these sizes; each neuron of the last receives `indegree` from each.
    fn network(sizes: &[u64], indegree: u64) -> Network {
        let mut network = Network::new("columns");
        let ids: Vec<_> = (0..sizes.len())
            .map(|i| network.population(format!("p{i}"), sizes[i], IafPscDelta::default()))
            .collect();
        let last = ids[ids.len() - 1];
        for &id in &ids {
            network
                .project(id, last, FixedIndegree::new(indegree))
                .weight(0.1 * MV)
                .delay(1.0 * MS);
        }
        network
    }

    #[test]
    fn rounds_have_every_source_once_and_shrink() {
        for (sizes, indegree) in
            [(vec![10], 0), (vec![100_000], 1000), (vec![700, 30_000, 80, 50_000], 900)]
        {
            let network = network(&sizes, indegree);
            let all = (sizes.len() as u64 * sizes[sizes.len() - 1] * indegree) as f64;
            let rounds = rounds(&network);
            let sources = rounds.iter().flat_map(|r| r.sources.clone());
            let mut next = (0, 0);
            for (population, range) in sources {
                if population > next.0 {
                    assert_eq!(next.1, sizes[next.0]);
                    next = (population, 0);
                }
                assert_eq!(range.start, next.1);
                next.1 = range.end;
            }
            assert_eq!(next, (sizes.len() - 1, sizes[sizes.len() - 1]));
            let turned: f64 = rounds.iter().map(|r| r.turned).sum();
            assert!((turned - all).abs() < 1e-6 * all.max(1.0), "{turned}, {all}");
            let mut left = all;
            for round in &rounds {
                assert!(round.turned <= capacity(left) * (1.0 + 1e-9), "{round:?} of {left}");
                left -= round.turned;
            }
            assert!(rounds.len() < 16);
        }
    }

    #[test]
    fn a_network_by_row_is_one_round() {
        let mut network = Network::new("rows");
        let ids: Vec<_> = (0..50)
            .map(|i| network.population(format!("p{i}"), 9, IafPscDelta::default()))
            .collect();
        network.project(ids[3], ids[4], FixedOutdegree::new(1)).weight(0.1 * MV).delay(1.0 * MS);
        assert_eq!(rounds(&network).len(), 1);
        assert_eq!(rounds(&network)[0].turned.to_bits(), 0);
    }

    #[test]
    fn sorting_keeps_every_synapse() {
        let n = 37;
        let synapse = |i: u32| [i % 101 * 7919 % n, i, 3];
        let mut synapses: Vec<Words> = (0..1000).map(synapse).collect();
        let begin = sort(&mut synapses, n as usize);
        for (s, range) in begin.windows(2).enumerate() {
            let of = &synapses[range[0] as usize..range[1] as usize];
            assert!(of.iter().all(|o| o[0] as usize == s));
            let expected = (0..1000).filter(|&i| synapse(i)[0] as usize == s).count();
            assert_eq!(of.len(), expected);
        }
        let mut targets: Vec<u32> = synapses.iter().map(|s| s[1]).collect();
        targets.sort_unstable();
        assert!(targets.into_iter().eq(0..1000));
    }
}
