//! Physical quantities that cannot be mixed up.
//!
//! A quantity is a newtype over `f64` in the field's customary unit; unit constants make it
//! read as it is spoken: `10.0 * MS`, `87.8 * PA`. In text it is a number and a unit:
//! `"10 ms"`, `"87.8 pA"`.
//!
//! ```
//! use murine::units::*;
//! let tau: Time = "10 ms".parse()?;
//! assert_eq!(tau, 10.0 * MS);
//! assert_eq!(tau.ms(), 10.0);
//! assert!("10 mV".parse::<Time>().unwrap_err().to_string().contains("a time"));
//! # Ok::<(), murine::units::ParseQuantityError>(())
//! ```

mod text;

use std::borrow::Cow;
use std::fmt;
use std::ops::Mul;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use text::{MICRO, example, is_unit, parse, scale, split};

/// A physical quantity: a number in a base unit, read and written with its unit.
pub trait Quantity:
    Copy + PartialOrd + fmt::Debug + fmt::Display + FromStr + Send + Sync + 'static
{
    /// What it is, with an article: "a time".
    const KIND: &'static str;
    /// The unit in which [`value`](Self::value) counts: "ms".
    const BASE: &'static str;
    /// Accepted units with their size in the base unit.
    const UNITS: &'static [(&'static str, f64)];
    /// The number in the base unit.
    fn value(self) -> f64;
    /// The quantity of `value` base units.
    fn new(value: f64) -> Self;
}

/// A text that is no quantity of the wanted kind; says what is accepted.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{0}")]
pub struct ParseQuantityError(String);

macro_rules! quantity {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $getter:ident, $base:literal,
     [$($(#[$udoc:meta])* $constant:ident $unit:literal $factor:literal),+]) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
        pub struct $name(f64);

        impl $name {
            #[doc = concat!("The number of ", $base, ".")]
            #[must_use]
            pub const fn $getter(self) -> f64 {
                self.0
            }
        }

        impl Quantity for $name {
            const KIND: &'static str = $kind;
            const BASE: &'static str = $base;
            const UNITS: &'static [(&'static str, f64)] = &[$(($unit, $factor)),+];
            fn value(self) -> f64 {
                self.0
            }
            fn new(value: f64) -> Self {
                Self(value)
            }
        }

        $(
            #[doc = concat!("One ", $unit, ".")]
            pub const $constant: $name = $name($factor);
        )+

        impl Mul<$name> for f64 {
            type Output = $name;
            fn mul(self, unit: $name) -> $name {
                $name(scale(self, unit.0))
            }
        }

        impl Mul<f64> for $name {
            type Output = $name;
            fn mul(self, factor: f64) -> $name {
                $name(self.0 * factor)
            }
        }

        impl std::ops::Add for $name {
            type Output = $name;
            fn add(self, other: $name) -> $name {
                $name(self.0 + other.0)
            }
        }

        impl std::ops::Sub for $name {
            type Output = $name;
            fn sub(self, other: $name) -> $name {
                $name(self.0 - other.0)
            }
        }

        impl std::ops::Neg for $name {
            type Output = $name;
            fn neg(self) -> $name {
                $name(-self.0)
            }
        }

        /// A ratio of two quantities of one kind is a number.
        impl std::ops::Div for $name {
            type Output = f64;
            fn div(self, other: $name) -> f64 {
                self.0 / other.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{} {}", self.0, $base)
            }
        }

        impl FromStr for $name {
            type Err = ParseQuantityError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                parse(text, $kind, Self::UNITS).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(TextVisitor(std::marker::PhantomData))
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                let units = [$($unit),+].join("|").replace('u', MICRO);
                json_schema!({
                    "type": "string",
                    "description": concat!($kind, " with its unit, for example \"10 ", $base, "\""),
                    "pattern": format!(r"^\s*[-+]?[0-9.]+([eE][-+]?[0-9]+)?\s*({units})\s*$"),
                })
            }
        }
    };
}

/// Reads a quantity from a string; a bare number gets an error that says to write the unit.
struct TextVisitor<Q>(std::marker::PhantomData<Q>);

impl<Q: Quantity> TextVisitor<Q> {
    fn bare<T, E: de::Error>(value: impl fmt::Display) -> Result<T, E> {
        Err(E::custom(format!(
            "{value} has no unit: expected {} such as {}",
            Q::KIND,
            example(&value.to_string(), Q::UNITS[0])
        )))
    }
}

impl<Q: Quantity> de::Visitor<'_> for TextVisitor<Q>
where
    Q::Err: fmt::Display,
{
    type Value = Q;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} such as \"10 {}\"", Q::KIND, Q::UNITS[0].0)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Q, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Q, E> {
        Self::bare(value)
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Q, E> {
        Self::bare(value)
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Q, E> {
        Self::bare(value)
    }
}

quantity!(
    /// A time or duration, in milliseconds.
    Time, "a time", ms, "ms", [MS "ms" 1.0, S "s" 1000.0, US "us" 0.001, MINUTE "min" 60_000.0]);
quantity!(
    /// A voltage, in millivolts; also the weight of a delta synapse.
    Voltage, "a voltage", mv, "mV", [MV "mV" 1.0, V "V" 1000.0, UV "uV" 0.001]);
quantity!(
    /// A current, in picoamperes; also the weight of a current synapse.
    Current, "a current", pa, "pA", [PA "pA" 1.0, NA "nA" 1000.0, FA "fA" 0.001]);
quantity!(
    /// A conductance, in nanosiemens; also the weight of a conductance synapse.
    Conductance, "a conductance", ns, "nS", [NS "nS" 1.0, USIEMENS "uS" 1000.0, PS "pS" 0.001]);
quantity!(
    /// A capacitance, in picofarads.
    Capacitance, "a capacitance", pf, "pF", [PF "pF" 1.0, NF "nF" 1000.0]);
quantity!(
    /// A rate, in events per second.
    Rate, "a rate", hz, "Hz", [HZ "Hz" 1.0, KHZ "kHz" 1000.0, MHZ "MHz" 1_000_000.0]);

/// A plain number, for parameters without a unit.
impl Quantity for f64 {
    const KIND: &'static str = "a number";
    const BASE: &'static str = "";
    const UNITS: &'static [(&'static str, f64)] = &[];
    fn value(self) -> f64 {
        self
    }
    fn new(value: f64) -> Self {
        value
    }
}

/// The weight of a synapse: its kind says what a spike adds to in the target.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Weight {
    /// Added to the membrane potential.
    Voltage(Voltage),
    /// Added to a synaptic current.
    Current(Current),
    /// Added to a synaptic conductance.
    Conductance(Conductance),
}

/// The kind of a [`Weight`]; a receptor accepts exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WeightKind {
    /// mV, as in delta synapses.
    Voltage,
    /// pA, as in current-based synapses.
    Current,
    /// nS, as in conductance-based synapses.
    Conductance,
}

impl WeightKind {
    /// The base unit: "mV", "pA" or "nS".
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Voltage => "mV",
            Self::Current => "pA",
            Self::Conductance => "nS",
        }
    }

    /// The weight of `value` base units.
    #[must_use]
    pub const fn weight(self, value: f64) -> Weight {
        match self {
            Self::Voltage => Weight::Voltage(Voltage(value)),
            Self::Current => Weight::Current(Current(value)),
            Self::Conductance => Weight::Conductance(Conductance(value)),
        }
    }
}

impl Weight {
    /// Which kind of weight this is.
    #[must_use]
    pub const fn kind(self) -> WeightKind {
        match self {
            Self::Voltage(_) => WeightKind::Voltage,
            Self::Current(_) => WeightKind::Current,
            Self::Conductance(_) => WeightKind::Conductance,
        }
    }

    /// The number in the base unit of its kind.
    #[must_use]
    pub const fn value(self) -> f64 {
        match self {
            Self::Voltage(v) => v.0,
            Self::Current(i) => i.0,
            Self::Conductance(g) => g.0,
        }
    }
}

impl PartialOrd for Weight {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        (self.kind() == other.kind()).then(|| self.value().partial_cmp(&other.value()))?
    }
}

impl From<Voltage> for Weight {
    fn from(v: Voltage) -> Self {
        Self::Voltage(v)
    }
}

impl From<Current> for Weight {
    fn from(i: Current) -> Self {
        Self::Current(i)
    }
}

impl From<Conductance> for Weight {
    fn from(g: Conductance) -> Self {
        Self::Conductance(g)
    }
}

impl Mul<f64> for Weight {
    type Output = Self;
    fn mul(self, factor: f64) -> Self {
        self.kind().weight(self.value() * factor)
    }
}

impl fmt::Display for Weight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.value(), self.kind().unit())
    }
}

impl FromStr for Weight {
    type Err = ParseQuantityError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unit = split(text).1;
        let has = |units| is_unit(units, unit).is_some();
        if has(Voltage::UNITS) {
            text.parse().map(Self::Voltage)
        } else if has(Current::UNITS) {
            text.parse().map(Self::Current)
        } else if has(Conductance::UNITS) {
            text.parse().map(Self::Conductance)
        } else {
            let what =
                if unit.is_empty() { "no unit".into() } else { format!("unknown unit `{unit}`") };
            Err(ParseQuantityError(format!(
                "{what} in \"{text}\": expected a weight such as \"0.1 mV\" (delta synapses), \
                 \"87.8 pA\" (currents) or \"6 nS\" (conductances)"
            )))
        }
    }
}

impl Serialize for Weight {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Weight {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor(std::marker::PhantomData))
    }
}

impl Quantity for Weight {
    const KIND: &'static str = "a weight";
    const BASE: &'static str = "mV, pA or nS";
    const UNITS: &'static [(&'static str, f64)] = &[("mV", 1.0), ("pA", 1.0), ("nS", 1.0)];
    fn value(self) -> f64 {
        Self::value(self)
    }
    /// A weight of `value` mV: prefer [`WeightKind::weight`], which says its kind.
    fn new(value: f64) -> Self {
        Self::Voltage(Voltage(value))
    }
}

impl JsonSchema for Weight {
    fn schema_name() -> Cow<'static, str> {
        "Weight".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "a weight with its unit: mV for delta synapses, pA for currents, nS for conductances",
            "pattern": format!(r"^\s*[-+]?[0-9.]+([eE][-+]?[0-9]+)?\s*(mV|V|{MICRO}V|pA|nA|fA|nS|{MICRO}S|pS)\s*$"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_with_their_unit() {
        assert_eq!("10 ms".parse(), Ok(10.0 * MS));
        assert_eq!("0.5s".parse(), Ok(500.0 * MS));
        assert_eq!("100 us".parse(), Ok(0.1 * MS));
        assert_eq!("-1.5e2 pA".parse(), Ok(-150.0 * PA));
        assert_eq!("20 kHz".parse(), Ok(20.0 * KHZ));
        assert_eq!("6 nS".parse(), Ok(Weight::Conductance(6.0 * NS)));
    }

    #[test]
    fn wrong_texts_say_what_is_accepted() {
        for (text, part) in [
            ("10 mV", "unknown unit `mV`"),
            ("10", "no unit"),
            ("ms", "no number"),
            ("1e999 ms", "not a finite number"),
            ("nan ms", "unknown unit `nan ms`"),
            ("inf ms", "unknown unit `inf ms`"),
        ] {
            let message = text.parse::<Time>().unwrap_err().to_string();
            assert!(message.contains(part), "{text}: {message}");
            assert!(message.contains("a time"), "{message}");
        }
    }

    #[test]
    fn micro_has_three_spellings() {
        for text in ["100 us", "100 \u{b5}s", "100\u{3bc}s"] {
            assert_eq!(text.parse(), Ok(0.1 * MS), "{text}");
        }
        assert_eq!("5 \u{b5}V".parse(), Ok(Weight::Voltage(0.005 * MV)));
        assert_eq!("5 \u{3bc}S".parse(), Ok(Weight::Conductance(5000.0 * NS)));
        assert!("5 \u{b5}min".parse::<Time>().is_err());
    }

    #[test]
    fn examples_in_messages_can_be_read() {
        for text in ["1,5 ms", "1,000.5 ms", "1e999 ms", "1 5 ms", "-2,5", "2.5 mV", "ms", "."] {
            let message = text.parse::<Time>().unwrap_err().to_string();
            let example = message.split("such as \"").nth(1).unwrap().split('"').next().unwrap();
            example.parse::<Time>().unwrap_or_else(|e| panic!("{message}: {e}"));
        }
        let message = "1,5 ms".parse::<Time>().unwrap_err().to_string();
        assert!(
            message.contains("a comma where a point must be") && message.contains("\"1.5 ms\"")
        );
    }

    #[test]
    fn texts_survive_a_round_trip() {
        for x in [0.1, 87.8085, -351.234, 1.0 / 3.0, 1e-12] {
            let weight = Weight::Current(x * PA);
            assert_eq!(weight.to_string().parse(), Ok(weight));
        }
    }
}
