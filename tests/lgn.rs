//! The thalamus of `configs/lgn.toml` does what is published of it (Sen-Bhattacharya et al. 2017):
//! it follows flicker, and without feed-forward inhibition answers at half the frequency, too.
#![expect(clippy::float_cmp, reason = "frequencies are compared with themselves")]

#[allow(dead_code, reason = "the example uses more of it")]
#[path = "../examples/lgn_flicker/experiment.rs"]
mod experiment;

use experiment::{BAND, Outcome, PEAK_DB, RATES, SUBHARMONIC_DB, Setting};
use rayon::prelude::*;

/// Basal and reduced, small runs side by side.
fn sweep(frequencies: &[f64], seeds: u64, tiles: u64, seconds: f64) -> Vec<Outcome> {
    let setting = |hz: f64, reduced, seed| Setting {
        hz: experiment::effective(hz),
        reduced,
        seed,
        tiles,
        seconds,
        threads: 1,
    };
    let seeds = || 1..=seeds;
    let settings: Vec<Setting> = frequencies
        .iter()
        .flat_map(|&hz| [(hz, false), (hz, true)])
        .flat_map(|(hz, reduced)| seeds().map(move |seed| setting(hz, reduced, seed)))
        .collect();
    settings.par_iter().map(|s| experiment::run(s).expect("a sound network")).collect()
}

fn check_rates(outcomes: &[Outcome], tolerance: f64) {
    for (hz, expected) in RATES {
        let found = experiment::rates(outcomes, hz);
        for (found, expected) in found.into_iter().zip(expected) {
            assert!((found / expected - 1.0).abs() <= tolerance, "{hz} Hz: {found}, {expected}");
        }
    }
}

fn check_subharmonics(outcomes: &[Outcome]) {
    for hz in [40.0, 50.0] {
        let [basal, reduced] = experiment::subharmonic_db(outcomes, hz);
        assert!(reduced - basal >= SUBHARMONIC_DB, "{hz} Hz: {basal} and {reduced} dB");
    }
}

#[test]
fn the_thalamus_follows_flicker() {
    let outcomes = sweep(&[20.0, 40.0, 50.0], 3, 1, 2.0);
    for basal in outcomes.iter().filter(|o| !o.reduced) {
        assert!(basal.is_entrained(), "{} Hz: {} dB", basal.hz, basal.above_median_db());
    }
    check_subharmonics(&outcomes);
    check_rates(&outcomes, 0.15);
}

/// Many copies side by side are each the same network: rates have the mean over networks.
#[test]
fn tiles_are_networks_like_one() {
    let tiled = sweep(&[40.0], 1, 40, 1.0);
    let alone = sweep(&[40.0], 40, 1, 1.0);
    let (tiled, alone) = (experiment::rates(&tiled, 40.0), experiment::rates(&alone, 40.0));
    for (tiled, alone) in tiled.into_iter().zip(alone) {
        assert!((tiled / alone - 1.0).abs() < 0.05, "{tiled} and {alone} Hz");
    }
}

#[test]
#[ignore = "takes minutes"]
fn the_full_sweep_meets_its_criteria() {
    let frequencies: Vec<f64> = (10..=50).map(f64::from).collect();
    let outcomes = sweep(&frequencies, 5, 1, 6.0);
    for reduced in [false, true] {
        let (share, runs) = experiment::entrained(&outcomes, reduced);
        assert!(share >= 0.95 && runs == 205, "{share} of {runs} runs");
    }
    // 2f passes f from 21 to 35 Hz, by less than a decibel.
    for basal in outcomes.iter().filter(|o| !o.reduced) {
        let (hz, largest) = (basal.hz, &basal.spectrum.peaks(BAND.0, BAND.1)[0]);
        assert!(basal.above_median_db() >= PEAK_DB, "{hz} Hz: {} dB", basal.above_median_db());
        assert!(experiment::decibels(largest.density / basal.density(hz)) < 1.0, "{hz} Hz");
    }
    check_subharmonics(&outcomes);
    check_rates(&outcomes, 0.15);
}
