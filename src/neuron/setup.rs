//! Parameters of one neuron, drawn and checked.

use std::cell::Cell;

use crate::random::{Distribution, Key, Parameter, Purpose, Stream, steps};
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

    fn words(self) -> String {
        match self {
            Self::Finite => "must be finite".into(),
            Self::Positive => "must be above zero".into(),
            Self::NotNegative => "must be at least zero".into(),
            Self::Below(limit, name) => format!("must be below {name} = {limit}"),
            Self::Above(limit, name) => format!("must be above {name} = {limit}"),
        }
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
        // What holds for all neurons is checked with the first.
        if self.neuron == 0 || !limit.allows(value) {
            self.check(parameter, limit).map_err(|e| e.within(name))?;
        }
        Ok(value)
    }

    /// Refuses a parameter of which not all values are allowed.
    fn check<Q: Quantity>(&self, parameter: &Parameter<Q>, limit: Limit) -> Result<()> {
        let error = |problem| Err(Error::parameter("", problem));
        match parameter {
            Parameter::Drawn(distribution) => {
                distribution.validate()?;
                let (least, most) = distribution.range();
                let remedy =
                    if least == most { "" } else { ": bound the distribution with min and max" };
                match [least, most].into_iter().find(|end| !limit.allows(*end)) {
                    Some(end) => error(format!("{} {}{remedy}", Q::new(end), limit.words())),
                    None => Ok(()),
                }
            }
            Parameter::List(values) if values.len() as u64 != self.size => error(format!(
                "the list has {} values, but the population has {} neurons: give one each",
                values.len(),
                self.size
            )),
            Parameter::List(values) => match values.iter().position(|v| !limit.allows(v.value())) {
                Some(i) => {
                    error(format!("value {i} of the list is {}, but {}", values[i], limit.words()))
                }
                None => Ok(()),
            },
        }
    }

    /// The time of `parameter` for this neuron, in steps.
    ///
    /// # Errors
    /// As [`Setup::value`], and times off the grid.
    pub fn steps(&self, name: &'static str, parameter: &Parameter<Time>) -> Result<u32> {
        let ms = self.value(name, parameter, Limit::NotNegative)?;
        if let Parameter::Drawn(d) = parameter
            && d.constant().is_none()
        {
            return Ok(libm::round(ms / self.dt.ms()) as u32);
        }
        let n = steps(Time::new(ms), self.dt).map_err(|e| e.within(name))?;
        u32::try_from(n)
            .map_err(|_| Error::parameter(name, format!("{ms} ms is longer than 2^32 steps")))
    }

    /// A uniform number in (0, 1) that belongs to this neuron and the parameter `name`.
    fn uniform(&self, name: &str) -> f64 {
        let tag = name.bytes().fold(0u32, |h, b| h.wrapping_mul(0x0100_0193) ^ u32::from(b));
        Stream::new(self.key, [self.neuron as u32, (self.neuron >> 32) as u32, tag]).unit()
    }
}
