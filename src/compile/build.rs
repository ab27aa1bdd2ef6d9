//! Construction: every worker takes ranges of sources, draws their rows, sorts each by partition,
//! delay and port, and writes it where it will stay. Nothing is copied afterwards.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::Plan;
use super::columns::{Outgoing, Round, Turned, rounds};
use super::region::{Span, Spans};
use super::reserve::reserve;
use super::rows::{Entry, Head, MAX_GROUP, MAX_PORTS, Port, Rows, pack_synapse};
use super::sorted::Sorted;
use crate::network::{Network, Rounded, Rounding};
use crate::neuron::BLOCK;
use crate::rule::{Drawn, Pool, Scratch, Synapses};
use crate::{Error, Result};

/// Sources per task.
const CHUNK: u64 = 256;

/// What all workers read.
struct Site<'a> {
    plan: &'a Plan,
    rounding: &'a Rounding,
    all: &'a [Synapses],
    /// The projections that start at each population.
    outgoing: Vec<Vec<usize>>,
    /// The ports of each projection, by shift.
    numbers: Vec<Numbers>,
    /// The targets of each projection.
    pools: Vec<Pool>,
    ports: Vec<Port>,
    /// Keys per partition: delays times ports.
    stride: u32,
    spans: Vec<Spans<'a>>,
}

impl Site<'_> {
    /// Where a synapse of projection `i` lies: the key it is sorted by, and the place of its target.
    #[inline]
    fn lie(&self, i: usize, target: u64, delay: u16, port: u32) -> (u32, u16) {
        let (population, neuron) = self.pools[i].find(target);
        let home = self.plan.blocks(population)[neuron as usize / BLOCK];
        let delay = u32::from(delay) * self.ports.len() as u32;
        let key = u32::from(home.partition) * self.stride + delay + port;
        (key, home.place + (neuron as usize % BLOCK) as u16)
    }
}

/// A range of sources and, for each partition they project to, where their rows begin.
struct Task<'a> {
    population: usize,
    sources: Range<u64>,
    index: Vec<(usize, &'a mut [Head])>,
}

/// Draws all rows of all partitions, on the threads of the current rayon pool.
pub(super) fn rows(
    network: &Network,
    plan: &Plan,
    rounding: &Rounding,
    all: &[Synapses],
) -> Result<Vec<Rows>> {
    let ports = ports(rounding)?;
    let targets = projected_populations(network, plan);
    let mut reserved = reserve(network, plan)?;
    let mut indexes: Vec<Index> =
        (0..plan.partitions.len()).map(|p| index(network, &targets, p)).collect();
    let max_delay = all.iter().map(|s| s.delays().1).max().unwrap_or(1);
    let stride = (u32::from(max_delay) + 1) * ports.len().max(1) as u32;
    if stride as usize * plan.partitions.len() > u32::MAX as usize {
        return Err(Error::Capacity(
            "too many partitions for delays this long: shorten the delays or take fewer threads"
                .into(),
        ));
    }
    let counts = {
        let site = Site {
            plan,
            rounding,
            all,
            outgoing: outgoing(network),
            numbers: rounding.projections.iter().map(|r| numbers(r, &ports)).collect(),
            ports: ports.clone(),
            stride,
            pools: (0..all.len()).map(|i| network.pool(i)).collect(),
            spans: reserved.iter_mut().map(|r| Spans::new(r.region.words_mut(), r.span)).collect(),
        };
        work(network, &site, &targets, &mut indexes)?
    };
    Ok(reserved
        .into_iter()
        .zip(indexes)
        .zip(counts)
        .map(|((reserved, (places, index)), synapses)| Rows {
            region: reserved.region,
            places,
            index,
            ports: ports.clone(),
            synapses,
        })
        .collect())
}

/// The distinct (input, shift) of all projections.
fn ports(rounding: &Rounding) -> Result<Vec<Port>> {
    let mut ports = Vec::new();
    for r in &rounding.projections {
        for (shift, _) in r.shares() {
            let port = Port { input: r.input as u8, shift };
            if !ports.contains(&port) {
                ports.push(port);
            }
        }
    }
    if ports.len() > MAX_PORTS {
        return Err(Error::Capacity(format!(
            "{} combinations of receptor and weight scale: at most {MAX_PORTS} are possible; make weights more alike",
            ports.len()
        )));
    }
    ports.sort_by_key(|p| (p.input, p.shift));
    Ok(ports)
}

/// Numbers of ports by shift.
type Numbers = [u32; Rounded::MAX_SHIFT as usize + 1];

/// The ports that the synapses of a projection use.
fn numbers(rounded: &Rounded, ports: &[Port]) -> Numbers {
    let number = |shift| {
        let port = Port { input: rounded.input as u8, shift: shift as u8 };
        ports.iter().position(|&q| q == port).unwrap_or(0) as u32
    };
    std::array::from_fn(number)
}

fn outgoing(network: &Network) -> Vec<Vec<usize>> {
    let mut outgoing = vec![Vec::new(); network.populations.len()];
    network.stored().for_each(|(i, p)| outgoing[p.source.0].push(i));
    outgoing
}

/// `result[population][partition]`: whether the population projects there.
fn projected_populations(network: &Network, plan: &Plan) -> Vec<Vec<bool>> {
    let mut projects = vec![vec![false; plan.partitions.len()]; network.populations.len()];
    for (_, p) in network.stored() {
        for home in plan.homes(p.target.populations()) {
            projects[p.source.0][usize::from(home)] = true;
        }
    }
    projects
}

/// Where the sources of each population are in the index of a partition, and the index.
type Index = (Vec<Option<Range<usize>>>, Vec<Head>);

/// The empty index of a partition.
fn index(network: &Network, projects: &[Vec<bool>], partition: usize) -> Index {
    let mut total = 0;
    let places = network.populations.iter().zip(projects).map(|(population, to)| {
        to[partition].then(|| {
            let first = total;
            total += population.size as usize;
            first..total
        })
    });
    let places = places.collect();
    (places, vec![Head::default(); total])
}

/// Draws the rows round by round; returns the number of synapses of each partition.
fn work(
    network: &Network,
    site: &Site,
    projects: &[Vec<bool>],
    indexes: &mut [Index],
) -> Result<Vec<u64>> {
    let mut rest: Vec<&mut [Head]> = indexes.iter_mut().map(|i| i.1.as_mut_slice()).collect();
    let mut workers: Vec<Worker> =
        (0..rayon::current_num_threads()).map(|_| Worker::new(site)).collect();
    for round in rounds(network) {
        let turned = turn(network, site, &round)?;
        let tasks = Mutex::new(tasks(&round, projects, &mut rest).into_iter());
        workers.par_iter_mut().with_max_len(1).try_for_each(|worker| {
            let next = || tasks.lock().unwrap_or_else(PoisonError::into_inner).next();
            while let Some(task) = next() {
                worker.run(task, &turned)?;
            }
            Ok::<_, Error>(())
        })?;
    }
    let mut total = vec![0; site.plan.partitions.len()];
    for worker in workers {
        for (sum, n) in total.iter_mut().zip(worker.synapses) {
            *sum += n;
        }
    }
    Ok(total)
}

/// What is drawn by column, for the sources of a round; by projection.
fn turn(network: &Network, site: &Site, round: &Round) -> Result<Vec<Option<Turned>>> {
    let mut turned: Vec<Option<Turned>> = site.all.iter().map(|_| None).collect();
    for (population, sources) in &round.sources {
        for &i in &site.outgoing[*population] {
            let all = &site.all[i];
            let rule = &network.projections[i].rule;
            if !rule.by_row() {
                let synapses = network.forecast(i).synapses;
                turned[i] = Some(Turned::new(all, synapses, sources)?);
            }
        }
    }
    Ok(turned)
}

/// Cuts the sources of a round into tasks, each with its part of the indexes, of which `rest` is
/// what no round has had yet.
fn tasks<'a>(round: &Round, projects: &[Vec<bool>], rest: &mut [&'a mut [Head]]) -> Vec<Task<'a>> {
    let mut tasks = Vec::new();
    for (population, sources) in &round.sources {
        let to = &projects[*population];
        if !to.contains(&true) {
            continue;
        }
        for begin in sources.clone().step_by(CHUNK as usize) {
            let sources = begin..(begin + CHUNK).min(sources.end);
            let n = (sources.end - sources.start) as usize;
            let parts = rest.iter_mut().enumerate().filter(|(p, _)| to[*p]);
            let index = parts
                .map(|(p, words)| {
                    let (head, tail) = std::mem::take(words).split_at_mut(n);
                    *words = tail;
                    (p, head)
                })
                .collect();
            tasks.push(Task { population: *population, sources, index });
        }
    }
    tasks
}

/// A thread that builds rows.
struct Worker<'s, 'a> {
    site: &'s Site<'a>,
    spans: Vec<Span<'a>>,
    synapses: Vec<u64>,
    scratch: Scratch,
    drawn: Vec<Drawn>,
    /// (key, synapse) of the row being made; the key is partition, delay and port.
    items: Vec<(u32, u32)>,
    sorted: Sorted,
}

impl<'s, 'a> Worker<'s, 'a> {
    fn new(site: &'s Site<'a>) -> Self {
        let partitions = site.plan.partitions.len();
        Self {
            site,
            spans: (0..partitions).map(|_| Span::full()).collect(),
            synapses: vec![0; partitions],
            scratch: Scratch::default(),
            drawn: Vec::new(),
            items: Vec::new(),
            sorted: Sorted::default(),
        }
    }

    fn run(&mut self, mut task: Task, turned: &[Option<Turned>]) -> Result<()> {
        let outgoing = &self.site.outgoing[task.population];
        for source in task.sources.clone() {
            self.items.clear();
            for &i in outgoing {
                match &turned[i] {
                    None => self.draw(source, i),
                    Some(turned) => self.turn(turned.of(source), i),
                }
            }
            self.sorted.sort(&self.items, self.site.stride as usize * self.spans.len());
            self.write((source - task.sources.start) as usize, &mut task.index)?;
        }
        Ok(())
    }

    /// Draws the row of `source` in projection `i`.
    fn draw(&mut self, source: u64, i: usize) {
        let all = &self.site.all[i];
        for tile in all.tiles(source, 0..u32::MAX) {
            self.drawn.clear();
            all.row(source, tile, &mut self.scratch, &mut self.drawn);
            let synapse = |d: &Drawn| (tile.first + u64::from(d.target), d.delay, d.level as usize);
            lay(&mut self.items, self.site, i, self.drawn.iter().map(synapse));
        }
    }

    /// Takes the row of a source from what was turned round.
    fn turn(&mut self, synapses: impl Iterator<Item = Outgoing>, i: usize) {
        let synapse = |s: Outgoing| (u64::from(s.target), s.delay, usize::from(s.level));
        lay(&mut self.items, self.site, i, synapses.map(synapse));
    }

    /// Writes the sorted row into the spans of its partitions.
    fn write(&mut self, place: usize, index: &mut [(usize, &mut [Head])]) -> Result<()> {
        let (stride, ports) = (self.site.stride, self.site.ports.len() as u32);
        let mut groups = self.sorted.groups.as_slice();
        let mut synapses = self.sorted.words.as_slice();
        for (partition, rows) in index {
            let end = (*partition as u32 + 1) * stride;
            let here = groups.partition_point(|g| g.0 < end);
            let (mine, later) = groups.split_at(here);
            groups = later;
            if mine.is_empty() {
                continue;
            }
            let n: usize = mine.iter().map(|g| g.1 as usize).sum();
            let entries: usize = mine.iter().map(|g| (g.1 as usize).div_ceil(MAX_GROUP)).sum();
            let (begin, words) =
                take(&mut self.spans[*partition], &self.site.spans[*partition], entries + n)?;
            let (of_this, of_later) = synapses.split_at(n);
            let lie = |key| ((key % stride) / ports, (key % ports) as u8);
            rows[place] = Head { begin, entry: fill(words, mine, of_this, lie) };
            synapses = of_later;
            self.synapses[*partition] += n as u64;
        }
        Ok(())
    }
}

/// Appends `synapses` of projection `i`, each a target, a delay and a level of weight, with their keys.
#[inline]
fn lay(
    items: &mut Vec<(u32, u32)>,
    site: &Site,
    i: usize,
    synapses: impl Iterator<Item = (u64, u16, usize)>,
) {
    let (Rounded { shifts, levels, .. }, numbers) =
        (&site.rounding.projections[i], &site.numbers[i]);
    let item = |(target, delay, level): (u64, u16, usize), port: u32| {
        let (key, place) = site.lie(i, target, delay, port);
        (key, pack_synapse(place, levels[level]))
    };
    match *shifts.as_slice() {
        [shift] => {
            let port = numbers[usize::from(shift)];
            items.extend(synapses.map(|s| item(s, port)));
        }
        ref shifts => {
            items.extend(synapses.map(|s| item(s, numbers[usize::from(shifts[s.2])])));
        }
    }
}

/// Writes a row: `synapses` by group of (key, count); `lie` tells a group's delay and port. Returns
/// the first entry.
fn fill(
    mut words: &mut [u32],
    groups: &[(u32, u32)],
    mut synapses: &[u32],
    lie: impl Fn(u32) -> (u32, u8),
) -> u32 {
    let (mut first, mut before) = (Entry::END, 0);
    let mut entry = &mut first;
    for &(key, count) in groups {
        let (delay, port) = lie(key);
        let (group, others) = synapses.split_at(count as usize);
        synapses = others;
        for some in group.chunks(MAX_GROUP) {
            let steps = (delay - before) as u16;
            before = delay;
            *entry = Entry { steps, port, count: some.len() as u16 }.pack();
            let (here, rest) = words.split_at_mut(some.len() + 1);
            let (end, here) = here.split_last_mut().unwrap_or_else(|| unreachable!("one more"));
            here.copy_from_slice(some);
            (entry, words) = (end, rest);
        }
    }
    *entry = Entry::END;
    first
}

/// Room for `n` words, in a new span if this one is full.
fn take<'s, 'a>(
    span: &'s mut Span<'a>,
    spans: &Spans<'a>,
    n: usize,
) -> Result<(u32, &'s mut [u32])> {
    if !span.has_room(n) {
        *span = spans.take()?;
    }
    span.next(n).ok_or_else(|| Error::Capacity(format!("a row of {n} words does not fit a span")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile::region::Region;

    /// What `fill` writes, read as the engine does: (delay, port, synapses) of each entry.
    fn read_back(groups: &[(u32, u32)], ports: u32) -> Vec<(u32, u8, Vec<u32>)> {
        let synapses: Vec<u32> = (0..groups.iter().map(|g| g.1).sum()).collect();
        let entries: usize = groups.iter().map(|g| (g.1 as usize).div_ceil(MAX_GROUP)).sum();
        let mut region = Region::new(100 + synapses.len() + entries, false).expect("some memory");
        let words = &mut region.words_mut()[100..];
        words.fill(u32::MAX);
        let lie = |key| (key / ports, (key % ports) as u8);
        let head = Head { begin: 100, entry: fill(words, groups, &synapses, lie) };
        let (places, index) = (Vec::new(), Vec::new());
        let rows = Rows { region, places, index, ports: Vec::new(), synapses: 0 };
        let mut delay = 0;
        rows.entries(head)
            .map(|(entry, begin)| {
                delay += u32::from(entry.steps);
                let here = begin as usize..begin as usize + usize::from(entry.count);
                (delay, entry.port, rows.words()[here].to_vec())
            })
            .collect()
    }

    #[test]
    fn rows_are_read_as_they_are_filled() {
        assert!(read_back(&[], 2).is_empty());
        assert_eq!(read_back(&[(7, 1)], 2), [(3, 1, vec![0])]);
        // Two ports of one delay, then the longest way between two entries.
        let far = 2 * (3 + 16_382) + 1;
        let row = read_back(&[(6, 2), (7, 1), (far, 2)], 2);
        assert_eq!(row, [(3, 0, vec![0, 1]), (3, 1, vec![2]), (16_385, 1, vec![3, 4])]);
    }

    #[test]
    fn long_groups_have_several_entries() {
        for count in [4095, 4096, 8190, 8191, 20_000] {
            let row = read_back(&[(4, count), (5, 1)], 1);
            let (last, group) = row.split_last().expect("entries");
            assert_eq!(last, &(5, 0, vec![count]));
            assert_eq!(group.len(), (count as usize).div_ceil(MAX_GROUP));
            assert!(group.iter().all(|(delay, port, _)| (*delay, *port) == (4, 0)));
            assert!(group.iter().flat_map(|(.., synapses)| synapses).copied().eq(0..count));
        }
    }
}
