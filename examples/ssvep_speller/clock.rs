//! How many samples a second a recording has, by its own column of times.

use super::recording::Recording;

/// Names of a column of times, in any case; a unit may follow, as in `time_ms`.
const NAMES: [&str; 4] = ["timestamps", "timestamp", "time", "t"];

/// The unit that may follow, and how many of it make a second.
const UNITS: [(&str, f64); 6] =
    [("_s", 1.0), (" (s)", 1.0), (" [s]", 1.0), ("_ms", 1e3), (" (ms)", 1e3), (" [ms]", 1e3)];

/// The rates that the decoder takes: a step of seconds is never mistaken for one of milliseconds.
const RATES_HZ: std::ops::RangeInclusive<f64> = 100.0..=2000.0;

/// Steps longer than so many usual ones are gaps.
const GAP: f64 = 1.5;

/// Rates that differ by more than this share contradict each other: a quartz is far better.
const SAME: f64 = 0.01;

/// Taken, and told, where nothing says the rate.
pub(crate) const USUAL_HZ: f64 = 250.0;

/// What a column of times says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Clock {
    /// The name of the column.
    pub(crate) name: String,
    /// Samples per second, to a hundredth.
    pub(crate) sample_hz: f64,
    /// When samples are missing and for how long, in seconds from the first sample.
    pub(crate) gaps: Vec<(f64, f64)>,
}

/// Whether a column of this name holds times.
pub(crate) fn is_time(name: &str) -> bool {
    let name = name.to_lowercase();
    let bare = UNITS.iter().find_map(|(unit, _)| name.strip_suffix(unit)).unwrap_or(&name);
    NAMES.contains(&bare)
}

impl Clock {
    /// Reads the times of all samples, of which the first stands on line 2.
    pub(crate) fn new(name: &str, times: &[f64]) -> Result<Self, String> {
        if let Some(n) = times.windows(2).position(|pair| pair[1] <= pair[0]) {
            return Err(format!(
                "line {}: `{name}` is {} after {}: times must ascend",
                n + 3,
                times[n + 1],
                times[n]
            ));
        }
        let steps: Vec<f64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let mut sorted = steps.clone();
        sorted.sort_by(f64::total_cmp);
        let Some(&usual) = sorted.get(sorted.len() / 2) else {
            return Err(format!("`{name}` has one time: two samples are needed for a rate"));
        };
        let per_second = per_second(name, usual)?;
        let regular: Vec<f64> = steps.iter().copied().filter(|step| *step <= GAP * usual).collect();
        let sample_hz = per_second * regular.len() as f64 / regular.iter().sum::<f64>();
        let gap = |(time, step): (&f64, &f64)| {
            let begin = (time - times[0]) / per_second;
            (*step > GAP * usual).then_some((begin, (step - usual) / per_second))
        };
        Ok(Self {
            name: name.to_owned(),
            sample_hz: (sample_hz * 100.0).round() / 100.0,
            gaps: times.iter().zip(&steps).filter_map(gap).collect(),
        })
    }

    /// What is to be said about gaps, if there are any.
    pub(crate) fn gap_note(&self) -> Option<String> {
        let (at, longest) = self.gaps.iter().max_by(|a, b| a.1.total_cmp(&b.1))?;
        Some(format!(
            "gaps by `{}`: {}, the longest of {longest:.3} s after {at:.1} s; samples before and after one are taken as neighbours",
            self.name,
            self.gaps.len()
        ))
    }
}

/// How many units of time make a second, by the column's name or by its usual step.
fn per_second(name: &str, usual: f64) -> Result<f64, String> {
    let lower = name.to_lowercase();
    let named = UNITS.iter().find(|(unit, _)| lower.ends_with(unit)).map(|unit| unit.1);
    let units = named.map_or(vec![1.0, 1e3], |unit| vec![unit]);
    units.into_iter().find(|unit| RATES_HZ.contains(&(unit / usual))).ok_or_else(|| {
        format!(
            "`{name}` goes by {usual} from sample to sample: 100 to 2000 samples a second, in s or ms, are possible"
        )
    })
}

/// The rate of all recordings: as given, as their times say, or the usual one.
pub(crate) fn rate_hz(given: Option<f64>, recordings: &[Recording]) -> Result<f64, String> {
    let mut known = given.map(|hz| (hz, "--rate".to_owned()));
    for clock in recordings.iter().filter_map(|recording| recording.clock.as_ref()) {
        let says = format!("`{}`", clock.name);
        let (hz, by) = known.get_or_insert((clock.sample_hz, says.clone()));
        if (clock.sample_hz / *hz - 1.0).abs() > SAME {
            return Err(format!(
                "{hz} Hz by {by}, but {} Hz by {says} of a recording: leave out --rate, and replay recordings of different rates one by one",
                clock.sample_hz
            ));
        }
    }
    Ok(known.map_or(USUAL_HZ, |known| known.0))
}
