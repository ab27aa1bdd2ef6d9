//! How much memory a network will take, before any is taken.

use super::columns::{Turned, rounds};
use super::region::Region;
use super::reserve::{expected, span};
use super::rows::Head;
use super::{Plan, SlicePlan, ring};
use crate::network::{Network, PopulationKind, Projection, Rounding};
use crate::neuron::PLACES;
use crate::random::Delays;
use crate::units::Rate;
use crate::{Error, Result};

/// Predicted bytes of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize)]
pub struct Memory {
    /// Synapses and the entries of their rows.
    pub synapses: f64,
    /// Where each row begins, and its first entry.
    pub index: f64,
    /// State of neurons.
    pub neurons: f64,
    /// Inboxes, calendars, spike lists.
    pub engine: f64,
    /// Scratch of construction that is alive together with the synapses.
    pub construction: f64,
    /// The program itself.
    pub program: f64,
}

/// What the program takes before it has built anything, and its threads' stacks.
const PROGRAM: f64 = 5e6;
/// The rate in Hz of a population about which nothing is known.
const RATE: f64 = 10.0;
/// Bytes per packet in the calendar, whose slots keep the room of their busiest step.
const PACKET: f64 = 16.0;
/// Bytes of a slot of the calendar without packets.
const SLOT: f64 = 24.0;
/// Bytes per packet of a procedural projection: twelve, in lists that grow by doubling.
const MADE_AGAIN: f64 = 29.0;
/// Steps whose lists keep their room.
const NEXT: u16 = 8;
/// Bytes per listed synapse: source, target, weight, delay, place (36), levels and wiring.
const LISTED: f64 = 58.0;
/// Bytes of a huge page.
const HUGE_PAGE: usize = 2 << 20;
/// What stays empty at the end of a mapping on huge pages.
const HALF_A_PAGE: f64 = 1e6;
/// Bytes of scratch per synapse of the longest row.
const ROW: f64 = 40.0;

impl Memory {
    /// Predicts the peak of `network` laid out by `plan` for `threads` threads.
    ///
    /// Spikes on their way are expected to be as many as at the reference rates (else 10 Hz).
    ///
    /// # Errors
    /// Delays, parameters and weights that cannot be.
    pub fn predict(network: &Network, plan: &Plan, threads: usize) -> Result<Self> {
        Self::of_rounded(network, &network.rounding()?, plan, threads)
    }

    /// The same, if the weights of `network` have been rounded before.
    pub(super) fn of_rounded(
        network: &Network,
        rounding: &Rounding,
        plan: &Plan,
        threads: usize,
    ) -> Result<Self> {
        let mut memory = Self { program: PROGRAM, ..Self::default() };
        let scratch = memory.neurons(network)?;
        let slices = plan.partitions.iter().flatten();
        let starting = slices.map(|s| s.count as f64 * scratch[s.population]).fold(0.0, f64::max);
        let rows = memory.rows(network, rounding, plan)?;
        memory.synapses += spare(network, plan, threads);
        memory.engine += inboxes(network, threads);
        let turning = turning(network, &rows, threads) + memory.index;
        let longest = super::reserve::longest_row(network) as f64;
        memory.synapses += threads as f64 * ROW * longest;
        let built = memory.synapses + memory.index + memory.neurons;
        // The peak is in turning columns, in setting up neurons, or in the run.
        memory.construction = (turning.max(built + starting) - built - memory.engine).max(0.0);
        Ok(memory)
    }

    /// What `network` takes at least: synapses and state. Unlike the whole prediction, which goes
    /// through the plan, it is known at once, however many neurons there are.
    ///
    /// # Errors
    /// Parameters that cannot be.
    pub fn least(network: &Network) -> Result<Self> {
        let mut memory = Self::default();
        memory.neurons(network)?;
        let kept = network.stored().filter(|(i, _)| !super::storage::is_open(network, *i));
        memory.synapses = kept.map(|(i, _)| 4.0 * synapses(network, i)).sum();
        Ok(memory)
    }

    /// The sum.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.synapses + self.index + self.neurons + self.engine + self.construction + self.program
    }

    /// Returns what setting up each population takes per neuron.
    fn neurons(&mut self, network: &Network) -> Result<Vec<f64>> {
        let mut scratch = vec![0.0; network.populations.len()];
        let doubles = network.doubles()?;
        for (i, population) in network.populations.iter().enumerate() {
            if let PopulationKind::Neurons(model) = &population.kind {
                let count = population.size as usize;
                let all = SlicePlan { population: i, first: 0, count, offset: 0 };
                let footprint = model
                    .footprint(&super::context(network, &all, Vec::new(), doubles[i]))
                    .map_err(|e| e.within(&format!("population.{}", population.name)))?;
                let padded = population.size.next_multiple_of(64) as f64;
                self.neurons += padded * footprint.kept;
                scratch[i] = footprint.scratch;
            }
        }
        Ok(scratch)
    }

    /// Returns the bytes of the rows that start at each population.
    fn rows(&mut self, network: &Network, rounding: &Rounding, plan: &Plan) -> Result<Vec<f64>> {
        let mut rows = vec![0.0; network.populations.len()];
        let mut max_delay = 0;
        for i in 0..network.projections.len() {
            max_delay = max_delay.max(network.delays(i)?.1);
        }
        let lane = SLOT * ring(max_delay) as f64;
        let mut ports: Vec<(usize, u8)> = Vec::new();
        for (i, _) in network.stored() {
            let rounded = &rounding.projections[i];
            ports.extend(rounded.shares().into_iter().map(|(shift, _)| (rounded.input, shift)));
        }
        ports.sort_unstable();
        ports.dedup();
        for bundle in bundles(network, plan, rounding)? {
            let (source, pairs) = (&network.populations[bundle.source], bundle.pairs);
            rows[bundle.source] += 4.0 * pairs * (bundle.synapses() + bundle.entries());
            let rate = source.reference_rate.map_or(RATE, Rate::hz);
            let pending = rate * 1e-3 * network.dt.ms() * bundle.longest();
            self.engine += PACKET * pairs * pending;
        }
        // The calendar has a lane for each.
        self.engine += lane * (ports.len() * plan.partitions.len()) as f64;
        for (i, p) in network.procedural() {
            self.engine += MADE_AGAIN * on_their_way(network, i, p)?;
            let lanes = rounding.projections[i].shares().len() * plan.partitions.len();
            self.engine += lane * lanes as f64;
        }
        for (i, population) in network.populations.iter().enumerate() {
            let from = network.stored().filter(|(_, p)| p.source.0 == i);
            let mut homes: Vec<u16> =
                from.flat_map(|(_, p)| plan.homes(p.target.populations())).collect();
            homes.sort_unstable();
            homes.dedup();
            self.index += size_of::<Head>() as f64 * population.size as f64 * homes.len() as f64;
        }
        self.synapses += rows.iter().sum::<f64>();
        for (p, rounded) in network.projections.iter().zip(&rounding.projections) {
            if p.rule.weights().is_some() {
                let shifts = if rounded.shifts.len() > 1 { rounded.shifts.len() } else { 0 };
                self.synapses += LISTED * rounded.levels.len() as f64 + shifts as f64;
            }
        }
        Ok(rows)
    }

    /// Refuses what does not fit `limit` bytes.
    ///
    /// # Errors
    /// Predicted bytes, the limit and what to do.
    pub fn fit(&self, limit: f64, what: &str) -> Result<()> {
        if self.total() <= limit {
            return Ok(());
        }
        Err(Error::Capacity(format!(
            "the network would take {:.2} GB ({:.2} GB of it synapses), but {what} leaves {:.2} GB: make it smaller (for example with --scale) or try all the same with --force",
            self.total() / 1e9,
            self.synapses / 1e9,
            limit / 1e9
        )))
    }
}

/// Projections whose synapses share entries in the rows of their sources.
struct Bundle {
    source: usize,
    /// What they act on, and by which power of two their weights are shifted.
    port: (usize, u8),
    /// The partitions they lead to.
    homes: Vec<u16>,
    /// Expected pairs of a source and a partition that it leads to.
    pairs: f64,
    /// Expected synapses of a pair by delay in steps.
    by_delay: Vec<f64>,
}

impl Bundle {
    fn synapses(&self) -> f64 {
        self.by_delay.iter().sum()
    }

    /// The expected number of distinct delays.
    fn entries(&self) -> f64 {
        self.by_delay.iter().map(|n| -libm::expm1(-n)).sum()
    }

    /// The expected longest delay of a row, in steps: so long is one packet of it on its way.
    fn longest(&self) -> f64 {
        let mut later = 0.0;
        let from = self.by_delay.iter().skip(1).rev().map(|n| {
            later += n;
            -libm::expm1(-later)
        });
        from.sum()
    }
}

fn bundles(network: &Network, plan: &Plan, rounding: &Rounding) -> Result<Vec<Bundle>> {
    let mut bundles: Vec<Bundle> = Vec::new();
    for (i, p) in network.stored() {
        let rounded = &rounding.projections[i];
        let homes = plan.homes(p.target.populations());
        let reached = homes.len() as f64 * reached(network, i, homes.len())?;
        let pairs = network.populations[p.source.0].size as f64 * reached;
        let delays = delays(network, i)?;
        let each = synapses(network, i) / pairs / delays.len() as f64;
        let longest = delays.iter().copied().max().map_or(0, usize::from);
        for (shift, share) in rounded.shares() {
            let port = (rounded.input, shift);
            let bundle = bundle(&mut bundles, p.source.0, port, &homes, pairs);
            bundle.by_delay.resize(bundle.by_delay.len().max(longest + 1), 0.0);
            for &delay in &delays {
                bundle.by_delay[usize::from(delay)] += each * share;
            }
        }
    }
    Ok(bundles)
}

/// The bundle of synapses that have all this in common.
fn bundle<'a>(
    bundles: &'a mut Vec<Bundle>,
    source: usize,
    port: (usize, u8),
    homes: &[u16],
    pairs: f64,
) -> &'a mut Bundle {
    let same = |b: &Bundle| {
        b.source == source
            && b.port == port
            && b.homes == homes
            && b.pairs.total_cmp(&pairs).is_eq()
    };
    let place = bundles.iter().position(same).unwrap_or(bundles.len());
    if place == bundles.len() {
        let (homes, by_delay) = (homes.to_vec(), Vec::new());
        bundles.push(Bundle { source, port, homes, pairs, by_delay });
    }
    &mut bundles[place]
}

/// The share of `partitions` that a source of a projection reaches: those with a module that its own is
/// linked to.
fn reached(network: &Network, projection: usize, partitions: usize) -> Result<f64> {
    if network.modules == 1 {
        return Ok(1.0);
    }
    let (links, modules) = (network.tiles(projection)?.count() as f64, network.modules as f64);
    let in_a_partition = (modules / partitions as f64).max(1.0);
    Ok(1.0 - libm::pow(1.0 - links / (modules * modules), in_a_partition))
}

/// The delays of a projection in steps, each as often as it is likely.
fn delays(network: &Network, projection: usize) -> Result<Vec<u16>> {
    let p = &network.projections[projection];
    if p.rule.delays().is_some() {
        let (least, most) = network.own_delays(projection)?;
        return Ok((least..=most).collect());
    }
    let delays = Delays::new(&p.delay, network.dt);
    Ok(delays.map_err(|e| e.within(&network.projection_key(projection)))?.steps().to_vec())
}

/// The packets of a procedural projection that there is room for: for each source that spikes, one of
/// each delay and tile that it reaches, until it is due, and in the steps that come next in any case,
/// since emptied lists keep their room.
fn on_their_way(network: &Network, i: usize, projection: &Projection) -> Result<f64> {
    let source = &network.populations[projection.source.0];
    let per_ms = source.reference_rate.map_or(RATE, Rate::hz) * 1e-3 * source.size as f64;
    let mut delays = delays(network, i)?;
    let wait = delays.iter().map(|&d| f64::from(d)).sum::<f64>() / delays.len() as f64;
    delays.dedup();
    let tiles = network.tiles(i)?;
    let links = tiles.count().max(1) as f64;
    let later = tiles.all().map(|t| f64::from(t.later)).sum::<f64>() / links;
    let reached = links / tiles.modules() as f64;
    let of_one_delay = synapses(network, i) / (source.size as f64 * delays.len() as f64);
    let packets = delays.len() as f64 * of_one_delay.min(reached);
    let steps = (wait + later).max(f64::from(network.delays(i)?.1.min(NEXT)));
    Ok(per_ms * network.dt.ms() * steps * packets)
}

/// The expected number of synapses of a projection.
fn synapses(network: &Network, projection: usize) -> f64 {
    network.forecast(projection).synapses
}

/// What stays empty in the spans that workers have begun.
fn spare(network: &Network, plan: &Plan, threads: usize) -> f64 {
    let longest = super::reserve::longest_row(network);
    let of = |synapses: f64| {
        if Region::huge(synapses) {
            2.0 * (threads * span(synapses, threads, longest)) as f64
        } else {
            0.0
        }
    };
    expected(network, plan, synapses).into_iter().map(of).sum()
}

/// The inboxes: each worker has one, on huge pages.
fn inboxes(network: &Network, threads: usize) -> f64 {
    let lanes = network.populations.iter().map(|p| match &p.kind {
        PopulationKind::Neurons(model) => model.inputs(),
        PopulationKind::Source(_) => 0,
    });
    let bytes = 4 * PLACES * lanes.max().unwrap_or(0);
    (threads * bytes.next_multiple_of(HUGE_PAGE)) as f64
}

/// The peak of drawing rows: what a round turns round is kept until its last row is written.
fn turning(network: &Network, rows: &[f64], threads: usize) -> f64 {
    let (mut written, mut peak) = (0.0, 0.0_f64);
    for round in rounds(network) {
        for (population, sources) in &round.sources {
            let share = (sources.end - sources.start) as f64;
            written += rows[*population] * share / network.populations[*population].size as f64;
        }
        let starts = |p: &&Projection| round.sources.iter().any(|s| s.0 == p.source.0);
        let by_column = network.projections.iter().filter(|p| !p.rule.by_row()).filter(starts);
        let parts = (threads * by_column.count()) as f64;
        let halves = if Region::huge(round.turned / parts) { parts * HALF_A_PAGE } else { 0.0 };
        peak = peak.max(written + Turned::BYTES as f64 * round.turned + halves);
    }
    peak
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::*;

    /// Weights of all sizes have a port for each shift, and rows an entry for each.
    #[test]
    fn each_shift_is_a_bundle() {
        let mut network = Network::new("bundles");
        let cells = network.population("cells", 1000, IafPscDelta::default());
        network
            .project(cells, cells, FixedOutdegree::new(20))
            .weight(Distribution::lognormal(0.1 * MV, 0.4 * MV))
            .delay(1.0 * MS);
        let plan = Plan::new(&network, 2).expect("a plan");
        let rounding = network.rounding().expect("weights that fit");
        let bundles = bundles(&network, &plan, &rounding).expect("delays");
        let shares = rounding.projections[0].shares();
        assert!(shares.len() > 1 && bundles.len() == shares.len(), "{shares:?}");
        let each = 20.0 * 1000.0 / bundles[0].pairs;
        for (bundle, (_, share)) in bundles.iter().zip(shares) {
            assert!((bundle.synapses() - each * share).abs() < 1e-9);
        }
    }
}
