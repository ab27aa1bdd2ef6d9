//! What the command line asks for.

use std::path::PathBuf;

use super::{clock, keyboard};

/// What `--help` prints.
pub(crate) const HELP: &str = "\
Typing by gaze: a keyboard whose keys flicker, EEG, and spiking neurons that
say which key is looked at.

    --text TEXT    what somebody types in front of the generator of EEG
    --snr DB       its ratio of signal to noise, -6.5 if not given
    --seed N       which person, and which run of the generator
    --seeds N      so many persons type the text, one after the other
    --realtime     samples come as fast as in life
    --eeg FILE     a recording (.csv: a header, a column for each channel,
                   optionally `target_hz` with the frequency looked at, 0 at
                   rest); may be given several times
    --rate HZ      its samples per second; if not given, those of its column
                   `timestamps`, `timestamp`, `time` or `t` (s or ms), else 250
    --targets LIST the frequencies to choose from, such as 6.6,7.5: those of
                   `target_hz` if not given
    --align        moves the labels of each recording to where they fit
    --screen HZ    the targets were shown on a screen of so many frames a
                   second: takes each label as the nearest it could show
    --compare      spiking decoder and CCA, as table and picture
    --subjects N   how many persons the comparison takes, 24 if not given
    --quick        a word and a small comparison
    --out DIR      where the pictures go";

/// What the command line asks for.
#[expect(clippy::struct_excessive_bools, reason = "one for each flag of the command line")]
pub(crate) struct Options {
    pub(crate) text: String,
    pub(crate) snr_db: f64,
    pub(crate) seed: u64,
    pub(crate) seeds: u64,
    pub(crate) realtime: bool,
    pub(crate) eeg: Vec<PathBuf>,
    /// What --rate says, if it is given.
    pub(crate) rate_hz: Option<f64>,
    pub(crate) sample_hz: f64,
    pub(crate) frequencies: Vec<f64>,
    /// Whether labels are moved to where they fit.
    pub(crate) align: bool,
    /// Frames per second of the screen that showed the targets, if labels are rounded to it.
    pub(crate) screen_hz: Option<f64>,
    pub(crate) compare: bool,
    pub(crate) subjects: u64,
    pub(crate) quick: bool,
    /// Seconds of rest after the text.
    pub(crate) rest_s: f64,
    pub(crate) out: PathBuf,
}

/// The ratio at which CCA needs windows of 2 s for 90 %.
pub(crate) const SNR_DB: f64 = -6.5;

impl Options {
    pub(crate) fn parse(arguments: &[String]) -> Result<Self, String> {
        let mut options = Self {
            text: "HELLO FROM THE MOUSE".into(),
            snr_db: SNR_DB,
            seed: 1,
            seeds: 1,
            realtime: false,
            eeg: Vec::new(),
            rate_hz: None,
            sample_hz: clock::USUAL_HZ,
            frequencies: Vec::new(),
            align: false,
            screen_hz: None,
            compare: false,
            subjects: 24,
            quick: false,
            rest_s: 20.0,
            out: ".".into(),
        };
        let mut rest = arguments.iter();
        while let Some(option) = rest.next() {
            options.take(option, &mut rest)?;
        }
        Ok(options)
    }

    fn take<'a>(
        &mut self,
        option: &str,
        rest: &mut impl Iterator<Item = &'a String>,
    ) -> Result<(), String> {
        let mut value = || rest.next().ok_or_else(|| format!("{option} needs a value: see --help"));
        match option {
            "--realtime" => self.realtime = true,
            "--align" => self.align = true,
            "--compare" => self.compare = true,
            "--quick" => {
                (self.quick, self.subjects, self.rest_s) = (true, 1, 4.0);
                self.text = "HI".into();
            }
            "--text" => self.text = text(value()?)?,
            "--eeg" => self.eeg.push(value()?.into()),
            "--out" => self.out = value()?.into(),
            "--snr" => self.snr_db = number(option, value()?)?,
            "--screen" => self.screen_hz = Some(within(option, value()?, 20.0, 1000.0)?),
            "--rate" => self.rate_hz = Some(within(option, value()?, 100.0, 2000.0)?),
            "--seed" => self.seed = number(option, value()?)?,
            "--seeds" => self.seeds = count(option, value()?)?,
            "--subjects" => self.subjects = count(option, value()?)?,
            "--targets" => {
                let list = value()?.split(',').map(|hz| number(option, hz.trim()));
                self.frequencies = list.collect::<Result<_, _>>()?;
                distinct(option, &self.frequencies)?;
            }
            other => return Err(format!("unknown option `{other}`: see --help")),
        }
        Ok(())
    }

    /// The ratios of signal to noise of a comparison, in dB.
    pub(crate) fn ratios(&self) -> Vec<f64> {
        if self.quick {
            vec![self.snr_db]
        } else {
            [-4.0, 0.0, 4.0].map(|d| self.snr_db + d).into()
        }
    }

    /// How many keys each person looks at in a comparison.
    pub(crate) fn looks(&self) -> usize {
        if self.quick { 10 } else { 40 }
    }
}

fn number<N: std::str::FromStr>(option: &str, text: &str) -> Result<N, String> {
    text.parse().map_err(|_| format!("{option}: `{text}` is not a number as it is needed here"))
}

/// A rate in Hz between two others.
fn within(option: &str, text: &str, least: f64, most: f64) -> Result<f64, String> {
    let hz = number(option, text)?;
    if (least..=most).contains(&hz) {
        return Ok(hz);
    }
    Err(format!("{option}: {hz} Hz is out of range: give {least} to {most}"))
}

/// Refuses what nobody could choose between.
fn distinct(option: &str, frequencies: &[f64]) -> Result<(), String> {
    let mut sorted = frequencies.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.windows(2).find(|pair| pair[0].total_cmp(&pair[1]).is_eq()) {
        Some(pair) => Err(format!("{option}: {} Hz is given twice: give each once", pair[0])),
        None => Ok(()),
    }
}

/// At least one.
fn count(option: &str, text: &str) -> Result<u64, String> {
    match number(option, text)? {
        0 => Err(format!("{option}: give at least 1")),
        n => Ok(n),
    }
}

/// A text that the keyboard has.
fn text(text: &str) -> Result<String, String> {
    let lacking = |c: &char| keyboard::key(*c).is_none() || *c == keyboard::BACKSPACE;
    if text.is_empty() {
        return Err("--text: there is nothing to type".into());
    }
    match text.chars().find(lacking) {
        Some(c) => Err(format!("--text: there is no key `{c}`: the keys are {}", keyboard::KEYS)),
        None => Ok(text.to_ascii_uppercase()),
    }
}
