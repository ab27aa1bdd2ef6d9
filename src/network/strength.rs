//! What the strength of an input may be changed to during a run: what the sums have room for.

use super::{Network, PopulationId, PopulationKind, StimulusId};
use crate::stimulus::{Action, MAX_MEAN, current_problem};
use crate::{Error, Result};

impl Network {
    /// Refuses a strength (Hz or pA) that a stimulus cannot take.
    ///
    /// # Errors
    /// A stimulus that does not exist, currents that are not finite or too strong, and rates that are
    /// not within zero to twice the stimulus' peak, or above what can be drawn.
    pub(crate) fn check_value(&self, stimulus: StimulusId, value: f64) -> Result<()> {
        let Some(input) = self.stimuli.get(stimulus.0) else {
            let (n, count) = (stimulus.0, self.stimuli.len());
            let problem = format!(
                "there is no stimulus {n}, but {count} numbered from 0: take a number that this network has returned"
            );
            return Err(Error::parameter("stimulus", problem));
        };
        let problem = match input.stimulus.action() {
            Action::Current => current_problem(value),
            Action::Poisson { .. } => {
                let most = (2.0 * input.stimulus.peak()).min(MAX_MEAN / (self.dt.ms() * 1e-3));
                let why = "twice the peak rate in the description of the network";
                out_of_range(value, most, why)
            }
        };
        let refuse = |problem| Error::parameter(format!("stimulus.{}", input.name), problem);
        problem.map_or(Ok(()), |problem| Err(refuse(problem)))
    }

    /// Refuses a rate that the sources of a population cannot take.
    ///
    /// # Errors
    /// A population that does not exist or has no rate, and rates that are not within zero to the
    /// peak of the source.
    pub(crate) fn check_rate(&self, population: PopulationId, hz: f64) -> Result<()> {
        let known = self.known(population).map_err(|e| e.within("population"))?;
        let source = match &known.kind {
            PopulationKind::Neurons(model) => Err(model.name()),
            PopulationKind::Source(source) => source.peak().ok_or_else(|| source.name()),
        };
        let problem = match source {
            Ok(peak) => out_of_range(hz, peak, "the peak rate in the description of the network"),
            Err(kind) => Some(format!(
                "`{kind}` has no rate to set: take a population of `poisson_generator`"
            )),
        };
        let refuse = |problem| Error::parameter(format!("population.{}", known.name), problem);
        problem.map_or(Ok(()), |problem| Err(refuse(problem)))
    }
}

/// What is wrong with a rate, if anything; `why` says where the limit comes from.
fn out_of_range(hz: f64, most: f64, why: &str) -> Option<String> {
    (!(0.0..=most).contains(&hz)).then(|| {
        format!(
            "{hz} Hz is out of range: give 0 to {most} Hz, {why}, for which sums have room; for more, describe a higher one"
        )
    })
}
