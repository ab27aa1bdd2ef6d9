//! EEG from a file.

use std::path::Path;

use murine::{Error, Result};

use super::clock::{self, Clock};

/// A recording: rows of one sample per channel, and what was looked at.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recording {
    pub(crate) samples: Vec<Vec<f64>>,
    /// The frequency of the target at each sample, 0 at rest; empty if the file does not say.
    pub(crate) looked_at_hz: Vec<f64>,
    /// What its column of times says, if there is one.
    pub(crate) clock: Option<Clock>,
}

/// The column that says what was looked at.
const TARGET: &str = "target_hz";

impl Recording {
    /// Reads comma-separated values: a header, one column for each channel (in any unit), and
    /// optionally a column `target_hz` with the frequency that is looked at, 0 at rest, and one of times
    /// such as `timestamps`.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let malformed = |problem: String| Error::Malformed { path: path.to_owned(), problem };
        let file = std::fs::File::open(path)
            .map_err(|source| Error::Read { path: path.into(), source })?;
        let mut csv = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(file);
        let header = csv.headers().map_err(|e| malformed(e.to_string()))?.clone();
        if header.iter().any(|name| name.parse::<f64>().is_ok()) {
            let problem =
                "line 1: no header: name the columns, and that of the targets `target_hz`";
            return Err(malformed(problem.into()));
        }
        let target = header.iter().position(|name| name == TARGET);
        let mut named = (0..header.len()).filter(|&column| clock::is_time(&header[column]));
        let time = named.next();
        if let (Some(one), Some(other)) = (time, named.next()) {
            let (one, other) = (&header[one], &header[other]);
            return Err(malformed(format!("line 1: `{one}` and `{other}` are times: keep one")));
        }
        if header.len() <= usize::from(target.is_some()) + usize::from(time.is_some()) {
            let problem = "line 1: no column of a channel: give one for each, with any name";
            return Err(malformed(problem.into()));
        }
        let (mut recording, mut times) = (Self::default(), Vec::new());
        for row in csv.records() {
            let row = row.map_err(|e| malformed(e.to_string()))?;
            let line = row.position().map_or(0, csv::Position::line);
            let number = |(column, text): (usize, &str)| {
                let name = &header[column];
                let number = text.parse().ok().filter(|x: &f64| x.is_finite());
                let problem =
                    format!("line {line}: `{name}` is `{text}`: expected a finite number");
                number.ok_or_else(|| malformed(problem))
            };
            let row: Vec<f64> = row.iter().enumerate().map(number).collect::<Result<_>>()?;
            recording.looked_at_hz.extend(target.map(|column| row[column]));
            times.extend(time.map(|column| row[column]));
            let channels =
                row.iter().enumerate().filter(|(n, _)| Some(*n) != target && Some(*n) != time);
            recording.samples.push(channels.map(|(_, x)| *x).collect());
        }
        if recording.samples.is_empty() {
            return Err(malformed("no sample: a line for each is expected".into()));
        }
        let clock = time.map(|column| Clock::new(&header[column], &times)).transpose();
        recording.clock = clock.map_err(malformed)?;
        Ok(recording)
    }

    /// The same with its labels moved by so many samples, later if above zero.
    pub(crate) fn shifted(mut self, samples: isize) -> Self {
        let label = |n: usize| {
            n.checked_add_signed(-samples)
                .and_then(|m| self.looked_at_hz.get(m))
                .copied()
                .unwrap_or(0.0)
        };
        self.looked_at_hz = (0..self.looked_at_hz.len()).map(label).collect();
        self
    }

    /// The same with each label moved to the nearest frequency that a screen can show: a whole number
    /// of its frames per cycle.
    pub(crate) fn on_screen(mut self, frames_hz: f64) -> Self {
        for hz in self.looked_at_hz.iter_mut().filter(|hz| **hz > 0.0) {
            *hz = frames_hz / (frames_hz / *hz).round().max(1.0);
        }
        self
    }

    pub(crate) fn channels(&self) -> usize {
        self.samples[0].len()
    }

    /// What is looked at somewhere, ascending.
    pub(crate) fn frequencies(&self) -> Vec<f64> {
        let mut found: Vec<f64> =
            self.looked_at_hz.iter().copied().filter(|hz| *hz > 0.0).collect();
        found.sort_by(f64::total_cmp);
        found.dedup();
        found
    }

    /// The targets to choose from: those given, or those looked at.
    pub(crate) fn choice(&self, given: &[f64]) -> std::result::Result<Vec<f64>, String> {
        let choice = if given.is_empty() { self.frequencies() } else { given.to_vec() };
        if choice.len() < 2 {
            return Err(format!(
                "the recording has no column `{TARGET}` with two frequencies: add it, or give --targets"
            ));
        }
        Ok(choice)
    }

    /// The stretches over which the same thing is looked at: first sample, length, frequency.
    pub(crate) fn looks(&self) -> Vec<(usize, usize, f64)> {
        let mut first = 0;
        let stretch = |same: &[f64]| {
            first += same.len();
            (first - same.len(), same.len(), same[0])
        };
        self.looked_at_hz.chunk_by(|a, b| a == b).map(stretch).collect()
    }
}
