//! Accuracy against window length, for CCA and the spiking decoder on the same windows.

use murine::Result;
use murine::decode::{DecoderOptions, Eeg, EegOptions, itr};
use rayon::prelude::*;

use super::keyboard;
use super::recording::Recording;
use super::rig::{Heard, LENGTHS_S, Rig};

/// Seconds that the gaze takes from one target to the next, part of each selection.
pub(crate) const SHIFT_S: f64 = 0.5;

/// Seconds from the eye to the electrodes: windows begin when the answer does.
pub(crate) const LATENCY_S: f64 = 0.14;

/// Seconds of rest at the beginning, from which the decoder learns its surroundings.
pub(crate) const SETTLE_S: f64 = 10.0;

/// The right answers at one length of windows, one pair (spiking, CCA) for each window.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) seconds: f64,
    pub(crate) targets: usize,
    pub(crate) right: Vec<(bool, bool)>,
}

impl Row {
    fn share(&self, of: impl Fn(&(bool, bool)) -> bool) -> f64 {
        self.right.iter().filter(|r| of(r)).count() as f64 / self.right.len() as f64
    }

    pub(crate) fn spiking(&self) -> f64 {
        self.share(|right| right.0)
    }

    pub(crate) fn cca(&self) -> f64 {
        self.share(|right| right.1)
    }

    /// Spiking less CCA.
    pub(crate) fn difference(&self) -> f64 {
        self.spiking() - self.cca()
    }

    /// What that difference exceeds with 95 % certainty: windows are pairs, each worth -1, 0 or 1.
    pub(crate) fn lower_bound(&self) -> f64 {
        let differ = self.share(|right| right.0 != right.1);
        let variance = (differ - self.difference().powi(2)).max(0.0);
        self.difference() - 1.645 * (variance / self.right.len() as f64).sqrt()
    }

    /// Bits per minute at an accuracy.
    pub(crate) fn itr(&self, accuracy: f64) -> f64 {
        itr(self.targets, accuracy, self.seconds + SHIFT_S)
    }
}

/// What the race did in windows of four seconds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Races {
    /// Seconds to each decision while a target was looked at, and whether it was right.
    pub(crate) decided: Vec<(f64, bool)>,
    pub(crate) looks: usize,
    /// Decisions while nothing was looked at.
    pub(crate) false_triggers: usize,
    pub(crate) rests: usize,
    /// For CCA after four seconds: its greatest correlation, and whether that target was right.
    cca_looks: Vec<(f64, bool)>,
    cca_rests: Vec<f64>,
}

impl Races {
    fn look(&mut self, heard: &Heard, target: usize) {
        self.looks += 1;
        self.decided.extend(heard.decision.map(|(d, seconds)| (seconds, d.target == target)));
        self.cca_looks.push((heard.rho, heard.cca.last() == Some(&target)));
    }

    fn rest(&mut self, heard: &Heard) {
        self.rests += 1;
        self.false_triggers += usize::from(heard.decision.is_some());
        self.cca_rests.push(heard.rho);
    }

    fn join(&mut self, other: Self) {
        self.decided.extend(other.decided);
        self.looks += other.looks;
        self.false_triggers += other.false_triggers;
        self.rests += other.rests;
        self.cca_looks.extend(other.cca_looks);
        self.cca_rests.extend(other.cca_rests);
    }

    /// All of it in words, as far as there were looks, decisions and rests.
    pub(crate) fn lines(&self) -> Vec<String> {
        let (decided, rests) = (self.decided.len() as f64, self.rests as f64);
        let mut lines = Vec::new();
        if self.looks == 0 {
            lines.push("no look is as long as 4 s: there are no races".into());
        } else if self.decided.is_empty() {
            lines.push(format!("within 4 s none of the {} looks is decided", self.looks));
        } else {
            let right = self.decided.iter().filter(|d| d.1).count() as f64;
            lines.push(format!(
                "within 4 s {:.1} % of the looks are decided, {:.1} % of them right, after {:.1} s",
                100.0 * decided / self.looks as f64,
                100.0 * right / decided,
                self.decided.iter().map(|d| d.0).sum::<f64>() / decided
            ));
        }
        if self.rests == 0 {
            lines.push(
                "no rest after a look is as long as 4 s: false triggers are not known".into(),
            );
        } else {
            let (triggers, share) = (self.false_triggers, 100.0 * self.false_share());
            let rests = self.rests;
            lines.push(format!(
                "false triggers at rest: {triggers} of {rests} windows of 4 s, {share:.1} %"
            ));
        }
        if self.rests > 0 && !self.decided.is_empty() {
            let (right, triggers) = self.cca_beside();
            lines.push(format!(
                "CCA with the threshold that decides as many looks after 4 s: {:.1} % of them right, {triggers} false triggers, {:.1} %",
                100.0 * right as f64 / decided,
                100.0 * triggers as f64 / rests
            ));
        }
        lines
    }

    /// The share of false triggers at rest.
    pub(crate) fn false_share(&self) -> f64 {
        self.false_triggers as f64 / self.rests as f64
    }

    /// If CCA decided where its correlation after four seconds exceeds a threshold, chosen so that it
    /// decides as many looks as the race: how many of them right, and its false triggers.
    pub(crate) fn cca_beside(&self) -> (usize, usize) {
        let mut rhos: Vec<f64> = self.cca_looks.iter().map(|look| look.0).collect();
        rhos.sort_by(|a, b| b.total_cmp(a));
        let decided = self.decided.len().checked_sub(1);
        let least = decided.and_then(|n| rhos.get(n)).copied().unwrap_or(f64::INFINITY);
        let right = self.cca_looks.iter().filter(|look| look.0 >= least && look.1).count();
        (right, self.cca_rests.iter().filter(|rho| **rho >= least).count())
    }
}

/// A comparison.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    pub(crate) name: String,
    pub(crate) rows: Vec<Row>,
    pub(crate) races: Races,
}

impl Outcome {
    fn empty(name: String, targets: usize) -> Self {
        let row = |seconds| Row { seconds, targets, right: Vec::new() };
        Self { name, rows: LENGTHS_S.map(row).into(), races: Races::default() }
    }

    fn join(mut self, other: Self) -> Self {
        for (row, more) in self.rows.iter_mut().zip(other.rows) {
            row.right.extend(more.right);
        }
        self.races.join(other.races);
        self
    }
}

/// A run of the generator with each subject from `first` on: each looks at `looks` keys for 4 s each,
/// and rests for 4 s after every other.
pub(crate) fn generated(snr_db: f64, first: u64, subjects: u64, looks: usize) -> Result<Outcome> {
    let runs: Result<Vec<Outcome>> = (first..first + subjects)
        .into_par_iter()
        .map(|subject| {
            run(&EegOptions { snr_db, subject, seed: subject, ..Default::default() }, looks)
        })
        .collect();
    let empty = Outcome::empty(format!("generator, {snr_db} dB"), keyboard::KEYS.len());
    Ok(runs?.into_iter().fold(empty, Outcome::join))
}

fn run(options: &EegOptions, looks: usize) -> Result<Outcome> {
    let (targets, frequencies) = (keyboard::targets(), keyboard::frequencies());
    let decoder = DecoderOptions {
        frequencies,
        sample_hz: options.sample_hz,
        channels: options.channels,
        ..DecoderOptions::default()
    };
    let mut rig = Rig::new(&decoder, &LENGTHS_S)?;
    let mut eeg = Eeg::new(options)?;
    let samples = |seconds: f64| 0..(seconds * options.sample_hz).round() as usize;
    rig.pass(samples(SETTLE_S).map(|_| eeg.sample()))?;
    let mut outcome = Outcome::empty(String::new(), targets.len());
    for look in 0..looks {
        // All keys in turn, far from each other.
        let key = look * 7 % targets.len();
        eeg.look_at(Some(targets[key]));
        rig.pass(samples(LATENCY_S).map(|_| eeg.sample()))?;
        let heard = rig.listen(samples(4.0).map(|_| eeg.sample()))?;
        for (row, (s, c)) in outcome.rows.iter_mut().zip(heard.spiking.iter().zip(&heard.cca)) {
            row.right.push((*s == key, *c == key));
        }
        outcome.races.look(&heard, key);
        eeg.look_at(None);
        rig.pass(samples(SHIFT_S).map(|_| eeg.sample()))?;
        if look % 2 == 1 {
            let heard = rig.listen(samples(4.0).map(|_| eeg.sample()))?;
            outcome.races.rest(&heard);
        }
    }
    Ok(outcome)
}

/// Disjoint windows of recordings.
pub(crate) fn recorded(recordings: &[Recording], sample_hz: f64) -> Result<Outcome> {
    let mut frequencies: Vec<f64> = recordings.iter().flat_map(Recording::frequencies).collect();
    frequencies.sort_by(f64::total_cmp);
    frequencies.dedup();
    let mut outcome = Outcome::empty("recorded".into(), frequencies.len());
    for recording in recordings {
        let options = DecoderOptions {
            sample_hz,
            channels: recording.channels(),
            frequencies: frequencies.clone(),
            ..DecoderOptions::default()
        };
        for row in &mut outcome.rows {
            let mut rig = Rig::new(&options, &[row.seconds])?;
            let length = (row.seconds * sample_hz).round() as usize;
            let races = (row.seconds == LENGTHS_S[3]).then_some(&mut outcome.races);
            windows(recording, &mut rig, length, &frequencies, row, races)?;
        }
    }
    Ok(outcome)
}

/// Goes through a recording, cut into windows of `length` samples.
fn windows(
    recording: &Recording,
    rig: &mut Rig,
    length: usize,
    frequencies: &[f64],
    row: &mut Row,
    mut races: Option<&mut Races>,
) -> Result<()> {
    for (first, samples, hz) in recording.looks() {
        let target = frequencies.iter().position(|f| *f == hz);
        for window in recording.samples[first..first + samples].chunks(length) {
            let settled = target.is_some() || first > 0;
            if window.len() < length || !settled {
                rig.pass(window.iter().cloned())?;
                continue;
            }
            let heard = rig.listen(window.iter().cloned())?;
            if let Some(target) = target {
                row.right.push((heard.spiking[0] == target, heard.cca[0] == target));
            }
            let Some(races) = races.as_deref_mut() else { continue };
            match target {
                Some(target) => races.look(&heard, target),
                None => races.rest(&heard),
            }
        }
    }
    Ok(())
}

/// How many of the windows of four seconds at rest hold looks by other, better labels.
pub(crate) fn rests_with_looks(labels: &Recording, better: &Recording, sample_hz: f64) -> usize {
    let length = (LENGTHS_S[3] * sample_hz).round() as usize;
    let rests = labels.looks().into_iter().filter(|(first, _, hz)| *hz == 0.0 && *first > 0);
    let windows = rests.flat_map(|(first, samples, _)| {
        better.looked_at_hz[first..first + samples].chunks_exact(length)
    });
    windows.filter(|window| window.iter().any(|hz| *hz > 0.0)).count()
}
