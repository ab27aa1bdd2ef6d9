//! `pairwise_bernoulli` in blocks: copies of a network side by side.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use murine::prelude::*;
use murine::random::{Delays, Levels};
use murine::rule::{Pairing, Rule, Scratch, Synapses};

/// All (source, target) pairs.
fn pairs(rule: &PairwiseBernoulli, pairing: Pairing) -> Vec<(u64, u64)> {
    rule.validate(&pairing).unwrap();
    let levels = Levels::new(&Distribution::Constant(1.0 * PA));
    let delays = Delays::new(&Distribution::Constant(1.5 * MS), pairing.dt).unwrap();
    let synapses = Synapses::new(rule, pairing, &levels, delays).unwrap();
    let (mut scratch, mut row, mut pairs) = (Scratch::default(), Vec::new(), Vec::new());
    for source in 0..pairing.sources {
        for tile in pairing.tiles() {
            row.clear();
            synapses.row(source, tile, &mut scratch, &mut row);
            assert!(row.iter().all(|drawn| drawn.target < tile.size));
            pairs.extend(row.iter().map(|d| (source, tile.first + u64::from(d.target))));
        }
    }
    pairs
}

fn pairing(sources: u64, targets: u64, same: bool) -> Pairing {
    Pairing {
        seed: 5,
        projection: 3,
        sources,
        targets,
        own: same.then_some(0),
        modules: 1,
        dt: 0.1 * MS,
    }
}

/// Sizes whose blocks are cut by the tiles of 65,536 targets.
#[test]
fn every_block_has_its_share_and_nothing_else() {
    for (sources, targets, blocks) in [(80, 120, 1), (2000, 4000, 50), (700, 140_000, 7)] {
        let p = 0.1;
        let rule = PairwiseBernoulli::new(p).blocks(blocks);
        let pairing = pairing(sources, targets, false);
        let found = pairs(&rule, pairing);
        let mut counts = vec![0.0; blocks as usize];
        for &(source, target) in &found {
            let block = source / (sources / blocks);
            assert_eq!(block, target / (targets / blocks), "{source} -> {target}");
            counts[block as usize] += 1.0;
        }
        let trials = (sources / blocks * (targets / blocks)) as f64;
        for count in counts {
            let off = (count - trials * p) / (trials * p * (1.0 - p)).sqrt();
            assert!(off.abs() < 5.5, "{blocks} blocks: {count} synapses, off by {off} sd");
        }
        let forecast = rule.forecast(&pairing);
        assert!((found.len() as f64 - forecast.synapses).abs() < 5.5 * forecast.sd);
    }
}

#[test]
fn in_degrees_scatter_as_in_one_block() {
    let found = pairs(&PairwiseBernoulli::new(0.07).blocks(500), pairing(40_000, 40_000, false));
    let mut degrees = vec![0.0; 40_000];
    for (_, target) in found {
        degrees[target as usize] += 1.0;
    }
    let mean = degrees.iter().sum::<f64>() / 4e4;
    let variance = degrees.iter().map(|d| (d - mean) * (d - mean)).sum::<f64>() / 4e4;
    // Binomial of 80 trials: 5.6 +- 0.0114, and a variance of 5.208 within 5.5 x 0.7 %.
    assert!((mean - 5.6).abs() < 0.063, "{mean}");
    assert!((variance / 5.208 - 1.0).abs() < 0.04, "{variance}");
}

#[test]
fn pairs_of_a_block_are_all_there_but_autapses() {
    let rule = PairwiseBernoulli { autapses: false, ..PairwiseBernoulli::new(1.0).blocks(10) };
    let found = pairs(&rule, pairing(700, 700, true));
    assert_eq!(found.len(), 10 * 70 * 69);
    assert!(found.iter().all(|(s, t)| s != t && s / 70 == t / 70));
}

#[test]
fn sizes_that_cannot_be_cut_are_refused() {
    for blocks in [0, 3, 1000] {
        let rule = PairwiseBernoulli::new(0.1).blocks(blocks);
        let message = rule.validate(&pairing(80, 20, false)).unwrap_err().to_string();
        assert!(message.contains("blocks: 80 sources and 20 targets"), "{message}");
    }
}
