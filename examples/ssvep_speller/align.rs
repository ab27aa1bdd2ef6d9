//! Labels that were kept by a clock of their own, moved to where they belong.

use murine::decode::{BandPass, Cca};

use super::recording::Recording;
use super::rig::CCA_HARMONICS;

/// Windows that are compared with the labels, and from one to the next, in seconds.
const WINDOW_S: f64 = 2.0;
const HOP_S: f64 = 0.5;

/// The labels move by at most so many seconds, either way: less than from one look to the next but
/// one of the same target.
const MOST_S: f64 = 15.0;

/// By how many seconds the labels must move to fit best: the shift at which, on average over the
/// windows that lie within a look, CCA's correlation with the target of the label stands highest
/// above its mean over the whole recording. It asks CCA alone, so that it favours no other decoder.
pub(crate) fn shift_s(recording: &Recording, sample_hz: f64) -> f64 {
    let frequencies = recording.frequencies();
    let excess = excess(recording, &frequencies, sample_hz);
    let steps = (MOST_S / HOP_S) as i64;
    let fit = |shift: i64| {
        let shift_s = shift as f64 * HOP_S;
        let labelled = recording.looks().into_iter().filter(|look| look.2 > 0.0);
        let inside = labelled.flat_map(|(first, samples, hz)| {
            let begin_s = first as f64 / sample_hz + shift_s;
            let last_s = begin_s + samples as f64 / sample_hz - WINDOW_S;
            let windows = (begin_s / HOP_S).ceil().max(0.0) as usize..=(last_s / HOP_S) as usize;
            let target = frequencies.iter().position(|f| *f == hz).unwrap_or(0);
            windows.filter_map(|w| excess.get(w)).map(move |e| e[target]).collect::<Vec<_>>()
        });
        let (sum, count) = inside.fold((0.0, 0.0), |(sum, count), e| (sum + e, count + 1.0));
        sum / f64::max(count, 1.0)
    };
    // Of equal fits the smallest shift: an unlabelled recording stays as it is.
    let best =
        (-steps..=steps).max_by(|a, b| fit(*a).total_cmp(&fit(*b)).then(b.abs().cmp(&a.abs())));
    best.unwrap_or(0) as f64 * HOP_S
}

/// At which frequency within 0.4 Hz of a label its looks hold most: where the mean over them of
/// CCA's `rho^2` in eight seconds, from the second one on, is greatest. `None` where no look is so long.
pub(crate) fn heard_hz(recordings: &[Recording], label_hz: f64, sample_hz: f64) -> Option<f64> {
    let around: Vec<f64> = (-40..=40).map(|n| label_hz + 0.01 * f64::from(n)).collect();
    let (skip, length) = (sample_hz as usize, (8.0 * sample_hz) as usize);
    let cca = Cca::new(&around, CCA_HARMONICS, length, sample_hz);
    let (mut sums, mut heard) = (vec![0.0; around.len()], false);
    for recording in recordings {
        let channels = filtered(recording, sample_hz);
        let looks = recording.looks().into_iter().filter(|look| look.2 == label_hz);
        for (first, _, _) in looks.filter(|look| look.1 >= skip + length) {
            let cut = |c: &Vec<f64>| c[first + skip..first + skip + length].to_vec();
            let rho = cca.correlations(&channels.iter().map(cut).collect::<Vec<_>>());
            heard = true;
            sums.iter_mut().zip(rho).for_each(|(sum, rho)| *sum += rho * rho);
        }
    }
    let most = sums.iter().zip(&around).max_by(|a, b| a.0.total_cmp(b.0));
    most.filter(|_| heard).map(|(_, hz)| *hz)
}

/// The channels, band-passed.
fn filtered(recording: &Recording, sample_hz: f64) -> Vec<Vec<f64>> {
    let mut bands = vec![BandPass::new(6.0, 60.0, sample_hz); recording.channels()];
    let mut channels = vec![Vec::with_capacity(recording.samples.len()); bands.len()];
    for sample in &recording.samples {
        for ((band, channel), x) in bands.iter_mut().zip(&mut channels).zip(sample) {
            channel.push(band.filter(*x));
        }
    }
    channels
}

/// For each window, CCA's correlation with each target less its mean over all windows.
fn excess(recording: &Recording, frequencies: &[f64], sample_hz: f64) -> Vec<Vec<f64>> {
    let length = (WINDOW_S * sample_hz).round() as usize;
    let cca = Cca::new(frequencies, CCA_HARMONICS, length, sample_hz);
    let channels = filtered(recording, sample_hz);
    let starts = (0..).map(|w: u32| (f64::from(w) * HOP_S * sample_hz).round() as usize);
    let starts = starts.take_while(|first| first + length <= recording.samples.len());
    let mut all: Vec<Vec<f64>> = starts
        .map(|first| {
            let cut = |c: &Vec<f64>| c[first..first + length].to_vec();
            cca.correlations(&channels.iter().map(cut).collect::<Vec<_>>())
        })
        .collect();
    for target in 0..frequencies.len() {
        let mean = all.iter().map(|e| e[target]).sum::<f64>() / all.len() as f64;
        for e in &mut all {
            e[target] -= mean;
        }
    }
    all
}
