//! The thalamus of `configs/lgn.toml` under flicker: a run, what is measured in it, and what the
//! published network does.

use murine::analysis::{Spectrum, mean_rate_hz, spectrum};
use murine::config::{Config, Overrides};
use murine::prelude::*;
use murine::record::Recording;

/// The populations whose rates are compared.
pub(crate) const CELLS: [&str; 3] = ["tcr", "in", "trn"];

/// Where the median is taken and the answer is looked for, and what the pictures show, in Hz.
pub(crate) const BAND: (f64, f64) = (1.0, 100.0);

/// A peak so far above the median counts as one.
pub(crate) const PEAK_DB: f64 = 20.0;

/// By so much the subharmonic grows when feed-forward inhibition is reduced.
pub(crate) const SUBHARMONIC_DB: f64 = 8.0;

/// The rates of relay cells, interneurons and reticular cells in another simulator, by frequency.
pub(crate) const RATES: [(f64, [f64; 3]); 3] =
    [(20.0, [17.0, 66.0, 31.0]), (40.0, [22.0, 126.0, 31.0]), (50.0, [23.0, 153.0, 30.0])];

/// One run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting {
    /// The frequency, exact.
    pub(crate) hz: f64,
    /// With reduced feed-forward inhibition.
    pub(crate) reduced: bool,
    pub(crate) seed: u64,
    /// How many copies of the network stand side by side.
    pub(crate) tiles: u64,
    pub(crate) seconds: f64,
    pub(crate) threads: usize,
}

/// What is measured in a run.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    pub(crate) hz: f64,
    pub(crate) reduced: bool,
    /// The power of the relay cells' mean potential, mV²/Hz, up to 100 Hz.
    pub(crate) spectrum: Spectrum,
    /// The same potential in mV, every millisecond.
    pub(crate) potential: Vec<f64>,
    /// Spikes per second of each of [`CELLS`].
    pub(crate) rates: [f64; 3],
}

/// From one sample of the potential to the next: every step, or spikes would be aliased.
const SAMPLE_MS: f64 = 0.1;

/// The paper's stimulus comes every whole number of milliseconds: its "49 Hz" is 50 Hz.
pub(crate) fn effective(hz: f64) -> f64 {
    1000.0 / (1000.0 / hz).floor()
}

/// The network of one run.
pub(crate) fn network(setting: &Setting) -> Result<Network> {
    let Setting { hz, tiles, .. } = *setting;
    let mut set = vec![format!("population.retina.source.flicker.frequency={hz} Hz")];
    if setting.reduced {
        set.push("projection.interneurons.rule.pairwise_bernoulli.p=0.077".into());
        set.push("projection.interneurons.weight=-1 pA".into());
        set.push("projection.reticular.rule.pairwise_bernoulli.p=0.232".into());
    }
    for (population, size) in [("retina", 80), ("tcr", 80), ("in", 20), ("trn", 40)] {
        set.push(format!("population.{population}.size={}", size * tiles));
    }
    set.extend((0..7).map(|i| format!("projection.{i}.rule.pairwise_bernoulli.blocks={tiles}")));
    let overrides = Overrides { seed: Some(setting.seed), set, ..Overrides::default() };
    let text = include_str!("../../configs/lgn.toml");
    Ok(Config::parse("lgn.toml", text, &overrides)?.network)
}

/// The spikes of a run, for a raster.
pub(crate) fn record(setting: &Setting) -> Result<Recording> {
    let mut simulation = Simulation::new(&network(setting)?, setting.threads)?;
    simulation.run(setting.seconds * S)?;
    Ok(simulation.recording())
}

/// Runs one setting. Spikes are counted and forgotten every 100 ms, so that memory does not grow
/// with time.
pub(crate) fn run(setting: &Setting) -> Result<Outcome> {
    let network = network(setting)?;
    let mut simulation = Simulation::new(&network, setting.threads)?;
    let relay = network.find("tcr").unwrap_or(PopulationId(0));
    simulation.probe_mean(relay, "v_m", SAMPLE_MS * MS)?;
    let pieces = (10.0 * setting.seconds).round();
    let mut rates = [0.0; 3];
    for _ in 0..pieces as u64 {
        simulation.run(100.0 * MS)?;
        let recording = simulation.recording();
        for (rate, name) in rates.iter_mut().zip(CELLS) {
            let cells = recording.population(name).and_then(|p| mean_rate_hz(&recording, p));
            *rate += cells.unwrap_or(0.0) / pieces;
        }
    }
    let potential: Vec<f64> = simulation.take_samples().iter().map(|s| s.value).collect();
    let steady = steady(&potential, setting.hz);
    let mut spectrum = spectrum(steady, SAMPLE_MS, steady.len())
        .ok_or_else(|| Error::parameter("seconds", "too short for a spectrum: give 1 or more"))?;
    spectrum.density.truncate((BAND.1 / spectrum.step_hz) as usize + 2);
    let potential = potential.chunks(10).map(|c| mean(c.iter().copied())).collect();
    let Setting { hz, reduced, .. } = *setting;
    Ok(Outcome { hz, reduced, spectrum, potential, rates })
}

/// Without the onset, and the end of the stimulus: 0.1 to 5.8 s of 6 s, cut to an even number of
/// periods. So f, its harmonics and f/2 are frequencies of the spectrum; under a Hann window, one that
/// lies between two of them seems up to 1.4 dB lower.
fn steady(potential: &[f64], hz: f64) -> &[f64] {
    let skip = (100.0 / SAMPLE_MS) as usize;
    let steady = &potential[skip..potential.len() - 2 * skip];
    let periods = (2000.0 / hz / SAMPLE_MS).round() as usize;
    let whole = steady.len() / periods * periods;
    // A short run of a slow flicker has none.
    if whole > 0 { &steady[..whole] } else { steady }
}

/// `10 log10`.
pub(crate) fn decibels(ratio: f64) -> f64 {
    10.0 * ratio.log10()
}

impl Outcome {
    /// The highest density within the two entries on either side of `hz`.
    pub(crate) fn density(&self, hz: f64) -> f64 {
        let near = 2.01 * self.spectrum.step_hz;
        self.spectrum.peak(hz - near, hz + near).map_or(0.0, |peak| peak.density)
    }

    /// The power at `hz` relative to that at the frequency of the stimulus.
    pub(crate) fn relative_db(&self, hz: f64) -> f64 {
        decibels(self.density(hz) / self.density(self.hz))
    }

    /// How far the peak at the frequency of the stimulus stands above the median.
    pub(crate) fn above_median_db(&self) -> f64 {
        let median = self.spectrum.median(BAND.0, BAND.1).unwrap_or(f64::NAN);
        decibels(self.density(self.hz) / median)
    }

    /// Whether the relay cells follow: the frequency of the stimulus is one of the two largest
    /// peaks, and stands out.
    pub(crate) fn is_entrained(&self) -> bool {
        let peaks = self.spectrum.peaks(BAND.0, BAND.1 + self.spectrum.step_hz);
        let found = peaks.iter().take(2).any(|p| (p.hz - self.hz).abs() <= self.spectrum.step_hz);
        found && self.above_median_db() >= PEAK_DB
    }
}

/// The mean of some numbers.
pub(crate) fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), x| (sum + x, count + 1.0));
    sum / count
}

/// The outcomes at one frequency, basal or reduced.
pub(crate) fn at(
    outcomes: &[Outcome],
    hz: f64,
    reduced: bool,
) -> impl Iterator<Item = &Outcome> + Clone {
    outcomes.iter().filter(move |o| o.hz == hz && o.reduced == reduced)
}

/// The power at half the frequency relative to that at the frequency, mean of the runs, in the
/// basal and in the reduced network.
pub(crate) fn subharmonic_db(outcomes: &[Outcome], hz: f64) -> [f64; 2] {
    [false, true].map(|reduced| mean(at(outcomes, hz, reduced).map(|o| o.relative_db(0.5 * hz))))
}

/// The share of the basal (or reduced) runs from 10 Hz on that are entrained, and their number.
pub(crate) fn entrained(outcomes: &[Outcome], reduced: bool) -> (f64, usize) {
    let runs: Vec<_> = outcomes.iter().filter(|o| o.hz >= 10.0 && o.reduced == reduced).collect();
    let follow = runs.iter().filter(|o| o.is_entrained()).count();
    (follow as f64 / runs.len() as f64, runs.len())
}

/// The mean rates of the basal network at one frequency.
pub(crate) fn rates(outcomes: &[Outcome], hz: f64) -> [f64; 3] {
    [0, 1, 2].map(|cell| mean(at(outcomes, hz, false).map(|o| o.rates[cell])))
}
