//! Degree statistics and options of all connection rules, seen through `Synapses`.
//!
//! Statistics are compared by chi-square at 5.5 standard deviations of its normal transform, so
//! that a correct rule fails with a probability below 1e-7; seeds are fixed all the same.
#![expect(clippy::float_cmp, reason = "exact results are what is tested")]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;

use murine::prelude::*;
use murine::random::{Delays, Key, Levels, Purpose, Stream};
use murine::rule::{Pairing, Rule, Scratch, Synapses};

const N: u64 = 10_000;
const SEEDS: u64 = 8;

fn pairing(seed: u64, sources: u64, targets: u64, same: bool) -> Pairing {
    Pairing {
        seed,
        projection: 3,
        sources,
        targets,
        own: same.then_some(0),
        modules: 1,
        dt: 0.1 * MS,
    }
}

fn synapses(rule: &dyn Rule, pairing: Pairing) -> Synapses {
    rule.validate(&pairing).unwrap();
    let levels = Levels::new(&Distribution::Constant(1.0 * PA));
    let delays = Delays::new(&Distribution::Constant(1.5 * MS), pairing.dt).unwrap();
    Synapses::new(rule, pairing, &levels, delays).unwrap()
}

/// All (source, target) pairs.
fn pairs(rule: &dyn Rule, p: Pairing) -> Vec<(u64, u64)> {
    let synapses = synapses(rule, p);
    let mut scratch = Scratch::default();
    let mut pairs = Vec::new();
    if synapses.by_row() {
        let mut row = Vec::new();
        for source in 0..p.sources {
            for tile in p.tiles() {
                row.clear();
                synapses.row(source, tile, &mut scratch, &mut row);
                for drawn in &row {
                    assert!(drawn.target < tile.size);
                    pairs.push((source, tile.first + u64::from(drawn.target)));
                }
            }
        }
    } else {
        let mut column = Vec::new();
        for target in 0..p.targets {
            column.clear();
            synapses.column(target, &mut scratch, &mut column);
            for incoming in &column {
                assert!(u64::from(incoming.source) < p.sources);
                pairs.push((u64::from(incoming.source), target));
            }
        }
    }
    pairs
}

/// In-degrees and out-degrees.
fn degrees(pairs: &[(u64, u64)], p: &Pairing) -> (Vec<u32>, Vec<u32>) {
    let mut degrees = (vec![0; p.targets as usize], vec![0; p.sources as usize]);
    for &(source, target) in pairs {
        degrees.0[target as usize] += 1;
        degrees.1[source as usize] += 1;
    }
    degrees
}

/// How many standard deviations a chi-square statistic is off, by Wilson and Hilferty's cube root.
fn z_of_chi_square(statistic: f64, freedom: f64) -> f64 {
    let spread = 2.0 / (9.0 * freedom);
    ((statistic / freedom).cbrt() - (1.0 - spread)) / spread.sqrt()
}

/// Checks that counts scatter around `mean` with `variance`, neither more nor less.
fn assert_scatter(counts: &[u32], mean: f64, variance: f64, freedom: f64, what: &str) {
    let sum: f64 = counts.iter().map(|&c| (f64::from(c) - mean).powi(2)).sum();
    let z = z_of_chi_square(sum / variance * freedom / counts.len() as f64, freedom);
    assert!(z.abs() < 5.5, "{what}: the spread of degrees is off by {z} standard deviations");
}

/// P(X = k) of a binomial number, k = 0, 1, ...
fn binomial_probabilities(n: u64, p: f64) -> Vec<f64> {
    let mode = (n as f64 * p) as u64;
    let far = (12.0 * (n as f64 * p).sqrt() + 20.0) as u64;
    let ratio = |k: u64| (n - k) as f64 / (k + 1) as f64 * p / (1.0 - p);
    let mut values = vec![0.0; (mode + far).min(n) as usize + 1];
    values[mode as usize] = 1.0;
    for k in mode as usize + 1..values.len() {
        values[k] = values[k - 1] * ratio(k as u64 - 1);
    }
    for k in (0..mode as usize).rev() {
        values[k] = values[k + 1] / ratio(k as u64);
    }
    let sum: f64 = values.iter().sum();
    values.iter().map(|v| v / sum).collect()
}

/// Checks the histogram of `counts` against `probabilities`, in bins of at least 20 expected.
fn assert_distribution(counts: &[u32], probabilities: &[f64], what: &str) {
    let total = counts.len() as f64;
    let mut seen = vec![0.0; probabilities.len()];
    let last = seen.len() - 1;
    for &count in counts {
        seen[(count as usize).min(last)] += 1.0;
    }
    let (mut statistic, mut bins) = (0.0, 0.0);
    let (mut expected, mut observed) = (0.0, 0.0);
    let mut left = total;
    for (p, o) in probabilities.iter().zip(&seen) {
        expected += p * total;
        observed += o;
        left -= p * total;
        if expected >= 20.0 && left >= 20.0 {
            statistic += (observed - expected).powi(2) / expected;
            (expected, observed, bins) = (0.0, 0.0, bins + 1.0);
        }
    }
    statistic += (observed - expected).powi(2) / expected.max(1.0);
    let z = z_of_chi_square(statistic, bins);
    assert!(z < 5.5, "{what}: the distribution of degrees is off by {z} standard deviations");
}

/// What the degrees on one side should be.
#[derive(Clone, Copy)]
enum Side {
    /// All this number.
    Fixed(u32),
    /// Binomial with dependent neurons: `trials` of probability 1/N or K/N, sum fixed.
    Dealt(u64, f64),
    /// Binomial, independent for each neuron.
    Free(u64, f64),
}

fn assert_side(all: &[Vec<u32>], side: Side, what: &str) {
    match side {
        Side::Fixed(degree) => assert!(all.iter().flatten().all(|&d| d == degree), "{what}"),
        Side::Dealt(trials, p) | Side::Free(trials, p) => {
            let (mean, variance) = (trials as f64 * p, trials as f64 * p * (1.0 - p));
            let n = all[0].len() as f64;
            let freedom = if let Side::Dealt(..) = side { n - 1.0 } else { n };
            for (seed, counts) in all.iter().enumerate() {
                assert_scatter(counts, mean, variance, freedom, &format!("{what}, seed {seed}"));
            }
            let sums = |i: usize| all.iter().map(|counts| counts[i]).sum::<u32>();
            let summed: Vec<u32> = (0..all[0].len()).map(sums).collect();
            let seeds = all.len() as f64;
            assert_scatter(
                &summed,
                mean * seeds,
                variance * seeds,
                freedom,
                &format!("{what}, sums"),
            );
            // Ten blocks of neurons: splits that are slightly off show in sums of many.
            let blocks: Vec<u32> =
                summed.chunks(summed.len() / 10).map(|block| block.iter().sum()).collect();
            let (of_block, share) = (mean * seeds * n / 10.0, (n - freedom) / 10.0);
            let variance = variance * seeds * n / 10.0 * (1.0 - share);
            let freedom = 10.0 - (n - freedom);
            assert_scatter(&blocks, of_block, variance, freedom, &format!("{what}, blocks"));
            assert_distribution(&all.concat(), &binomial_probabilities(trials, p), what);
        }
    }
}

fn check_degrees(rule: &dyn Rule, same: bool, in_side: Side, out_side: Side) {
    let (mut ins, mut outs) = (Vec::new(), Vec::new());
    for seed in 0..SEEDS {
        let p = pairing(100 + seed, N, N, same);
        let pairs = pairs(rule, p);
        let (in_degrees, out_degrees) = degrees(&pairs, &p);
        let forecast = rule.forecast(&p);
        let spread = 10.0 * forecast.sd;
        assert!((pairs.len() as f64 - forecast.synapses).abs() <= spread, "{rule:?}");
        assert!(in_degrees.iter().all(|&d| f64::from(d) <= forecast.in_degree), "{rule:?}");
        assert!(out_degrees.iter().all(|&d| f64::from(d) <= forecast.out_degree), "{rule:?}");
        ins.push(in_degrees);
        outs.push(out_degrees);
    }
    assert_side(&ins, in_side, &format!("in-degrees of {rule:?}"));
    assert_side(&outs, out_side, &format!("out-degrees of {rule:?}"));
}

const K: u64 = 60;

#[test]
fn fixed_indegree_has_binomial_out_degrees() {
    let rule = FixedIndegree::new(K);
    check_degrees(&rule, false, Side::Fixed(60), Side::Dealt(N * K, 1.0 / N as f64));
    let rule = FixedIndegree { multapses: false, ..rule };
    check_degrees(&rule, false, Side::Fixed(60), Side::Dealt(N, K as f64 / N as f64));
}

#[test]
fn fixed_outdegree_has_binomial_in_degrees() {
    let rule = FixedOutdegree::new(K);
    check_degrees(&rule, false, Side::Dealt(N * K, 1.0 / N as f64), Side::Fixed(60));
    let rule = FixedOutdegree { multapses: false, ..rule };
    check_degrees(&rule, false, Side::Dealt(N, K as f64 / N as f64), Side::Fixed(60));
}

#[test]
fn fixed_total_number_has_binomial_degrees() {
    let side = Side::Dealt(N * K, 1.0 / N as f64);
    check_degrees(&FixedTotalNumber::new(N * K), true, side, side);
    // Distinct: hypergeometric, with a variance that is smaller by the share of pairs taken.
    let rule = FixedTotalNumber { multapses: false, ..FixedTotalNumber::new(N * K) };
    let side = Side::Dealt(N, K as f64 / N as f64);
    check_degrees(&rule, false, side, side);
}

#[test]
fn pairwise_bernoulli_has_binomial_degrees() {
    let side = Side::Free(N, 0.006);
    check_degrees(&PairwiseBernoulli::new(0.006), false, side, side);
}

/// The rules with at most one synapse per pair, and with several.
fn all_options(autapses: bool, multapses: bool) -> Vec<Box<dyn Rule>> {
    let total = FixedTotalNumber { autapses, multapses, ..FixedTotalNumber::new(30_000) };
    let mut rules: Vec<Box<dyn Rule>> = vec![
        FixedIndegree { indegree: 150, autapses, multapses }.into(),
        FixedOutdegree { outdegree: 150, autapses, multapses }.into(),
        total.into(),
    ];
    if !multapses {
        rules.push(PairwiseBernoulli { autapses, ..PairwiseBernoulli::new(0.9) }.into());
        rules.push(AllToAll { autapses }.into());
    }
    rules
}

#[test]
fn autapses_and_multapses_are_optional() {
    let p = pairing(1, 200, 200, true);
    for autapses in [false, true] {
        for multapses in [false, true] {
            for rule in all_options(autapses, multapses) {
                let pairs = pairs(&*rule, p);
                let own = pairs.iter().filter(|(s, t)| s == t).count();
                assert_eq!(own > 0, autapses, "{rule:?} made {own} autapses");
                let distinct: BTreeSet<_> = pairs.iter().collect();
                assert_eq!(distinct.len() < pairs.len(), multapses, "{rule:?}");
            }
        }
    }
}

#[test]
fn without_autapses_all_others_are_equally_likely() {
    let p = |seed| pairing(seed, 50, 50, true);
    for multapses in [false, true] {
        for rule in &all_options(false, multapses)[..2] {
            let mut seen = vec![0u32; 50 * 50];
            let rule: Box<dyn Rule> = match rule.name() {
                "fixed_indegree" => {
                    FixedIndegree { indegree: 10, autapses: false, multapses }.into()
                }
                _ => FixedOutdegree { outdegree: 10, autapses: false, multapses }.into(),
            };
            for seed in 0..400 {
                for (s, t) in pairs(&*rule, p(seed)) {
                    seen[(s * 50 + t) as usize] += 1;
                }
            }
            let off: Vec<u32> =
                (0..2500).filter(|i| i / 50 != i % 50).map(|i| seen[i as usize]).collect();
            let q = 10.0 / 49.0;
            let mean = 400.0 * q;
            let variance = if multapses { 4000.0 / 49.0 * 48.0 / 49.0 } else { mean * (1.0 - q) };
            assert_scatter(&off, mean, variance, 50.0 * 48.0, &format!("{rule:?}"));
        }
    }
}

#[test]
fn totals_are_exact_over_tiles() {
    let p = pairing(5, 40, 200_000, false);
    assert!(p.tile_count() > 3);
    for multapses in [false, true] {
        let total = FixedTotalNumber { multapses, ..FixedTotalNumber::new(123_457) };
        assert_eq!(pairs(&total, p).len(), 123_457);
        let out = FixedOutdegree { multapses, ..FixedOutdegree::new(3001) };
        let pairs = pairs(&out, p);
        let (ins, outs) = degrees(&pairs, &p);
        assert!(outs.iter().all(|&d| d == 3001));
        // Targets are uniform over the whole population, tile borders included.
        let halves: Vec<u32> = ins.chunks(500).map(|c| c.iter().sum()).collect();
        let mean = 40.0 * 3001.0 / 400.0;
        let q = 1.0 / 400.0;
        let without = if multapses { 1.0 } else { 1.0 - 3001.0 / 200_000.0 };
        assert_scatter(&halves, mean, mean * (1.0 - q) * without, 399.0, "blocks of targets");
    }
}

#[test]
fn extreme_degrees_without_multapses_are_complete() {
    let p = pairing(2, 90, 70_000, false);
    let all = pairs(&FixedOutdegree { multapses: false, ..FixedOutdegree::new(70_000) }, p);
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 90 * 70_000);
    let p = pairing(2, 100, 100, true);
    for rule in [
        Box::<dyn Rule>::from(FixedIndegree { indegree: 99, autapses: false, multapses: false }),
        FixedTotalNumber { autapses: false, multapses: false, ..FixedTotalNumber::new(9900) }
            .into(),
        PairwiseBernoulli { autapses: false, ..PairwiseBernoulli::new(1.0) }.into(),
        AllToAll { autapses: false }.into(),
    ] {
        let all = pairs(&*rule, p);
        assert_eq!(all.len(), 9900, "{rule:?}");
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 9900, "{rule:?}");
        assert!(all.iter().all(|(s, t)| s != t), "{rule:?}");
    }
}

#[test]
fn one_to_one_pairs_equal_numbers() {
    let p = pairing(1, 150_000, 150_000, true);
    let expected: Vec<(u64, u64)> = (0..150_000).map(|i| (i, i)).collect();
    assert_eq!(pairs(&OneToOne {}, p), expected);
}

#[test]
fn the_microcircuit_has_its_number_of_synapses() {
    let sizes = [20683u64, 5834, 21915, 5479, 4850, 1065, 14395, 2948];
    let probabilities = [
        [0.1009, 0.1689, 0.0437, 0.0818, 0.0323, 0.0, 0.0076, 0.0],
        [0.1346, 0.1371, 0.0316, 0.0515, 0.0755, 0.0, 0.0042, 0.0],
        [0.0077, 0.0059, 0.0497, 0.1350, 0.0067, 0.0003, 0.0453, 0.0],
        [0.0691, 0.0029, 0.0794, 0.1597, 0.0033, 0.0, 0.1057, 0.0],
        [0.1004, 0.0622, 0.0505, 0.0057, 0.0831, 0.3726, 0.0204, 0.0],
        [0.0548, 0.0269, 0.0257, 0.0022, 0.0600, 0.3158, 0.0086, 0.0],
        [0.0156, 0.0066, 0.0211, 0.0166, 0.0572, 0.0197, 0.0396, 0.2252],
        [0.0364, 0.0010, 0.0034, 0.0005, 0.0277, 0.0080, 0.0658, 0.1443],
    ];
    let mut total = 0;
    for (target, row) in probabilities.iter().enumerate() {
        for (source, &p) in row.iter().enumerate() {
            let rule = FixedTotalNumber::with_probability(p);
            total += rule.total(&pairing(1, sizes[source], sizes[target], source == target));
        }
    }
    assert!((298_880_968..=298_880_970).contains(&total), "{total}");
}

#[test]
fn rows_do_not_depend_on_the_order_they_are_asked_in() {
    let p = pairing(9, 300, 150_000, false);
    for rule in [
        Box::<dyn Rule>::from(FixedOutdegree::new(500)),
        FixedOutdegree { multapses: false, ..FixedOutdegree::new(500) }.into(),
        FixedTotalNumber::new(100_000).into(),
        FixedTotalNumber { multapses: false, ..FixedTotalNumber::new(100_000) }.into(),
        PairwiseBernoulli::new(0.003).into(),
    ] {
        let (first, second) = (synapses(&*rule, p), synapses(&*rule, p));
        let (mut one, mut two) = (Scratch::default(), Scratch::default());
        let mut forward = Vec::new();
        for source in 0..300 {
            for tile in p.tiles() {
                let mut row = Vec::new();
                first.row(source, tile, &mut one, &mut row);
                forward.push(row);
            }
        }
        for source in (0..300).rev() {
            for tile in p.tiles().collect::<Vec<_>>().into_iter().rev() {
                let mut row = Vec::new();
                second.row(source, tile, &mut two, &mut row);
                assert_eq!(Some(row), forward.pop(), "{rule:?}");
            }
        }
    }
}

#[test]
fn delays_and_weights_follow_their_distributions() {
    let p = pairing(4, 1000, 1000, false);
    let weight = Distribution::normal(80.0 * PA, 8.0 * PA).at_least(0.0 * PA);
    let delay = Distribution::normal(1.5 * MS, 0.3 * MS);
    for rule in [
        Box::<dyn Rule>::from(FixedOutdegree::new(200)),
        FixedOutdegree { multapses: false, ..FixedOutdegree::new(200) }.into(),
        FixedIndegree::new(200).into(),
    ] {
        let levels = Levels::new(&weight);
        let delays = Delays::new(&delay, p.dt).unwrap();
        let synapses = Synapses::new(&*rule, p, &levels, delays.clone()).unwrap();
        let mut scratch = Scratch::default();
        let (mut of_level, mut of_delay) = (vec![0u32; 4096], vec![0u32; 64]);
        for i in 0..1000 {
            let (mut row, mut column) = (Vec::new(), Vec::new());
            synapses.row(i, p.tile(0), &mut scratch, &mut row);
            synapses.column(i, &mut scratch, &mut column);
            let drawn = row.iter().map(|d| (d.level, d.delay));
            for (level, delay) in drawn.chain(column.iter().map(|d| (d.level, d.delay))) {
                of_level[level as usize] += 1;
                of_delay[usize::from(delay)] += 1;
            }
        }
        let mean = 200_000.0 / 4096.0;
        assert_scatter(&of_level, mean, mean, 4095.0, "levels");
        let mut statistic = 0.0;
        let mut bins = 0.0;
        for (steps, &count) in of_delay.iter().enumerate() {
            let share = delays.steps().iter().filter(|&&d| usize::from(d) == steps).count();
            let expected = share as f64 / delays.steps().len() as f64 * 200_000.0;
            if expected > 0.0 {
                statistic += (f64::from(count) - expected).powi(2) / expected;
                bins += 1.0;
            } else {
                assert_eq!(count, 0, "{steps} steps");
            }
        }
        assert!(z_of_chi_square(statistic, bins - 1.0) < 5.5, "{rule:?}: {statistic} of {bins}");
    }
}

#[test]
fn lists_give_back_what_they_were_given() {
    let p = pairing(1, 10, 150_000, false);
    let mut stream = Stream::new(Key::new(1, Purpose::User, 0), [0; 3]);
    let listed: Vec<Listed> = (0..500)
        .map(|_| Listed {
            source: stream.below(10),
            // Borders of tiles are hit often.
            target: (stream.below(3) * u64::from(p.tile(0).size) + stream.below(3))
                .saturating_sub(1),
            weight: stream.unit(),
            delay: (1 + stream.below(300)) as f64 * 0.1,
        })
        .collect();
    let list = List::new(&listed).unwrap();
    list.validate(&p).unwrap();
    let (shortest, longest) = list.delays().unwrap();
    let synapses = synapses(&list, p);
    let mut found = Vec::new();
    for source in 0..10 {
        for tile in p.tiles() {
            let mut row = Vec::new();
            synapses.row(source, tile, &mut Scratch::default(), &mut row);
            found.extend(row.iter().map(|d| {
                let target = tile.first + u64::from(d.target);
                let weight = synapses.weights()[d.level as usize];
                let delay = f64::from(d.delay) * 0.1;
                assert!(delay > shortest - 1e-9 && delay < longest + 1e-9);
                (source, target, weight.to_bits(), d.delay)
            }));
        }
    }
    let mut expected: Vec<_> = listed
        .iter()
        .map(|s| (s.source, s.target, s.weight.to_bits(), (s.delay * 10.0).round() as u16))
        .collect();
    expected.sort_unstable();
    found.sort_unstable();
    assert_eq!(found, expected);
    let (ins, outs) = degrees(&listed.iter().map(|s| (s.source, s.target)).collect::<Vec<_>>(), &p);
    let forecast = list.forecast(&p);
    assert_eq!(forecast.in_degree, f64::from(*ins.iter().max().unwrap()));
    assert_eq!(forecast.out_degree, f64::from(*outs.iter().max().unwrap()));
}
