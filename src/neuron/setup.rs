//! Parameters of one neuron, drawn and checked.

use std::cell::Cell;

use crate::random::{Distribution, Key, Parameter, Purpose, Stream, steps, time_at};
use crate::units::{Quantity, Time};
use crate::{Error, Result};

/// What a parameter may be, in words and as a test, in its base unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Limit {
    /// Any finite value.
    Finite,
    /// Above zero.
    Positive,
    /// At least zero.
    NotNegative,
    /// Strictly below this value, which has that name.
    Below(f64, &'static str),
    /// Strictly above this value, which has that name.
    Above(f64, &'static str),
}

impl Limit {
    fn allows(self, x: f64) -> bool {
        x.is_finite()
            && match self {
                Self::Finite => true,
                Self::Positive => x > 0.0,
                Self::NotNegative => x >= 0.0,
                Self::Below(limit, _) => x < limit,
                Self::Above(limit, _) => x > limit,
            }
    }

    /// What a value must be.
    fn words<Q: Quantity>(self) -> String {
        match self {
            Self::Finite => "finite".into(),
            Self::Positive => "above zero".into(),
            Self::NotNegative => "at least zero".into(),
            Self::Below(limit, name) => format!("below {name} = {}", Q::new(limit)),
            Self::Above(limit, name) => format!("above {name} = {}", Q::new(limit)),
        }
    }

    /// What is wrong with a value, and what helps.
    fn problem<Q: Quantity>(self, value: Q) -> String {
        let remedy = match self {
            Self::Finite => "give a number".into(),
            Self::Positive | Self::NotNegative => "give a higher one".into(),
            Self::Below(_, name) => format!("give a lower one, or a higher {name}"),
            Self::Above(_, name) => format!("give a higher one, or a lower {name}"),
        };
        format!("{value} must be {}: {remedy}", self.words::<Q>())
    }

    /// The same of the `end` of what can be drawn.
    fn drawn_problem<Q: Quantity>(self, of: &Distribution<Q>, end: f64) -> String {
        let lowest = !matches!(self, Self::Below(..));
        let key = match of {
            Distribution::Uniform { .. } => ["high", "low"],
            _ => ["max", "min"],
        };
        let words = self.words::<Q>();
        let preposition = if self == Self::NotNegative { "of " } else { "" };
        format!(
            "{} can be drawn, but must be {words}: give the distribution a {} {preposition}{words}",
            Q::new(end),
            key[usize::from(lowest)]
        )
    }
}

/// The parameters of one neuron of a population: draws what is distributed, checks everything.
#[derive(Debug)]
pub struct Setup {
    key: Key,
    neuron: u64,
    size: u64,
    dt: Time,
    varies: Cell<bool>,
}

impl Setup {
    /// Neuron number `neuron` of the `population`-th population, which has `size` neurons.
    #[must_use]
    pub fn new(seed: u64, population: usize, size: u64, neuron: u64, dt: Time) -> Self {
        let key = Key::new(seed, Purpose::Parameter, population);
        Self { key, neuron, size, dt, varies: Cell::new(false) }
    }

    /// The time step.
    #[must_use]
    pub fn dt(&self) -> Time {
        self.dt
    }

    /// Whether a parameter asked for so far differs between neurons.
    #[must_use]
    pub fn varies(&self) -> bool {
        self.varies.get()
    }

    /// The value of `parameter` for this neuron, in base units.
    ///
    /// # Errors
    /// Names `name`, the value and the limit if it is out of range, and a list of wrong length.
    pub fn value<Q: Quantity>(
        &self,
        name: &'static str,
        parameter: &Parameter<Q>,
        limit: Limit,
    ) -> Result<f64> {
        // What holds for all neurons is checked with the first, before anything is drawn.
        if self.neuron == 0 {
            self.check(name, parameter, limit)?;
        }
        let value = match parameter {
            Parameter::Drawn(Distribution::Constant(value)) => value.value(),
            Parameter::Drawn(distribution) => {
                self.varies.set(true);
                distribution.quantile(self.uniform(name))
            }
            Parameter::List(values) => {
                self.varies.set(true);
                values.get(self.neuron as usize).map_or(f64::NAN, |value| value.value())
            }
        };
        if !limit.allows(value) {
            self.check(name, parameter, limit)?;
        }
        Ok(value)
    }

    /// Refuses a parameter of which not all values are allowed.
    fn check<Q: Quantity>(&self, name: &str, parameter: &Parameter<Q>, limit: Limit) -> Result<()> {
        match parameter {
            Parameter::Drawn(distribution) => {
                distribution.validate().map_err(|e| e.within(name))?;
                let (least, most) = ends(distribution);
                match [least, most].into_iter().find(|end| !limit.allows(*end)) {
                    Some(end) if least == most => refuse(name, limit.problem(Q::new(end))),
                    Some(end) => refuse(name, limit.drawn_problem(distribution, end)),
                    None => Ok(()),
                }
            }
            Parameter::List(values) if values.len() as u64 != self.size => {
                let (has, size) = (values.len(), self.size);
                let problem = format!(
                    "the list has {has} values, but the population has {size} neurons: give one each"
                );
                refuse(name, problem)
            }
            Parameter::List(values) => {
                // What another parameter limits is limited by that of the same neuron.
                let own = matches!(limit, Limit::Below(..) | Limit::Above(..));
                let mut checked = values.iter().enumerate();
                let wrong = checked.find(|(i, value)| {
                    (!own || *i as u64 == self.neuron) && !limit.allows(value.value())
                });
                let Some((i, value)) = wrong else { return Ok(()) };
                refuse(&format!("{name}[{i}]"), limit.problem(*value))
            }
        }
    }

    /// The time of `parameter` for this neuron, in steps; what is drawn is rounded to the nearest.
    ///
    /// # Errors
    /// As [`Setup::value`], times off the grid or of more than 2^32 - 1 steps, and distributions of
    /// which nothing reaches half a step.
    pub fn steps(&self, name: &'static str, parameter: &Parameter<Time>) -> Result<u32> {
        let ms = self.value(name, parameter, Limit::NotNegative)?;
        if self.neuron == 0 {
            self.check_steps(name, parameter)?;
        }
        Ok(libm::round(ms / self.dt.ms()) as u32)
    }

    /// Refuses a parameter of which not all times are some steps.
    fn check_steps(&self, name: &str, parameter: &Parameter<Time>) -> Result<()> {
        match parameter {
            Parameter::List(values) => {
                let mut values = values.iter().enumerate();
                values.try_for_each(|(i, time)| self.on_grid(&format!("{name}[{i}]"), *time))
            }
            Parameter::Drawn(drawn) => match drawn.constant() {
                Some(time) => self.on_grid(name, time),
                None => self.in_reach(name, drawn),
            },
        }
    }

    fn on_grid(&self, name: &str, time: Time) -> Result<()> {
        let steps = steps(time, self.dt).map_err(|e| e.within(name))?;
        if u32::try_from(steps).is_ok() {
            return Ok(());
        }
        refuse(name, format!("{time} is too long: give at most {}", self.longest()))
    }

    /// Refuses times that would become something else when they are rounded to steps.
    fn in_reach(&self, name: &str, drawn: &Distribution<Time>) -> Result<()> {
        let (dt, (_, most)) = (self.dt, ends(drawn));
        let steps = libm::round(most / dt.ms());
        if most > 0.0 && steps == 0.0 {
            let problem = format!(
                "all values, up to {}, round to no step of dt = {dt}: give longer ones, a constant of 0 ms, or a shorter dt",
                Time::new(most)
            );
            return refuse(name, problem);
        }
        if steps <= f64::from(u32::MAX) {
            return Ok(());
        }
        let key = if matches!(drawn, Distribution::Uniform { .. }) { "high" } else { "max" };
        let (most, longest) = (Time::new(most), self.longest());
        let problem =
            format!("{most} can be drawn: give the distribution a {key} of at most {longest}");
        refuse(name, problem)
    }

    /// The longest time that is counted in steps.
    fn longest(&self) -> Time {
        Time::new(time_at(u32::MAX.into(), self.dt.ms()))
    }

    /// A uniform number in (0, 1) that belongs to this neuron and the parameter `name`.
    fn uniform(&self, name: &str) -> f64 {
        let tag = name.bytes().fold(0u32, |h, b| h.wrapping_mul(0x0100_0193) ^ u32::from(b));
        Stream::new(self.key, [self.neuron as u32, (self.neuron >> 32) as u32, tag]).unit()
    }
}

/// The smallest and largest value that can be drawn, those of a range as they are written.
fn ends<Q: Quantity>(of: &Distribution<Q>) -> (f64, f64) {
    match of {
        Distribution::Uniform { low, high } => (low.value(), high.value()),
        _ => of.range(),
    }
}

fn refuse(name: &str, problem: String) -> Result<()> {
    Err(Error::parameter(name, problem))
}
