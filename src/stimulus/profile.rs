//! How the strength of an input changes over time.

use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::random::{step_of, steps};
use crate::units::{Quantity, Time};
use crate::{Error, Result};

/// The strength of an input: always the same, or constant between changes.
#[derive(Clone, Debug, PartialEq)]
pub enum Profile<Q> {
    /// Always the same.
    Constant(Q),
    /// Zero until the first change.
    Steps(Vec<Change<Q>>),
}

/// A change of the strength of an input.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Change<Q> {
    /// When: a multiple of dt.
    pub from: Time,
    /// The strength from then on.
    pub value: Q,
}

impl<Q> From<Q> for Profile<Q> {
    fn from(value: Q) -> Self {
        Self::Constant(value)
    }
}

impl<Q> From<Vec<(Time, Q)>> for Profile<Q> {
    fn from(steps: Vec<(Time, Q)>) -> Self {
        Self::Steps(steps.into_iter().map(|(from, value)| Change { from, value }).collect())
    }
}

impl<Q: Quantity> Profile<Q> {
    /// The values in base units, with their place in the config after `key`.
    fn values(&self, key: &str) -> Vec<(String, f64)> {
        match self {
            Self::Constant(value) => vec![(key.to_owned(), value.value())],
            Self::Steps(changes) => {
                let value = |(i, c): (usize, &Change<Q>)| (format!("{key}[{i}].value"), c.value);
                let values = changes.iter().enumerate().map(value);
                values.map(|(key, value)| (key, value.value())).collect()
            }
        }
    }

    /// Checks that values are finite and pass `problem`, that changes come in order on the grid,
    /// and that `start` comes before `stop`.
    pub(super) fn validate(
        &self,
        key: &str,
        (start, stop): (Time, Option<Time>),
        dt: Time,
        problem: impl Fn(f64) -> Option<String>,
    ) -> Result<()> {
        for (key, value) in self.values(key) {
            if !value.is_finite() {
                return Err(Error::parameter(key, format!("{value} is not finite")));
            }
            if let Some(problem) = problem(value) {
                return Err(Error::parameter(key, problem));
            }
        }
        if let Self::Steps(changes) = self {
            validate_order(key, changes, dt)?;
        }
        let first = steps(start, dt).map_err(|e| e.within("start"))?;
        if let Some(stop) = stop
            && steps(stop, dt).map_err(|e| e.within("stop"))? <= first
        {
            return Err(Error::parameter(
                "stop",
                format!("{stop} is not after start = {start}: give a later time"),
            ));
        }
        Ok(())
    }

    /// The value in the update that begins at step `now`, zero outside `start` to `stop`, and the
    /// next step at which it may change.
    pub(super) fn during(
        &self,
        (start, stop): (Time, Option<Time>),
        now: u64,
        dt: Time,
    ) -> (f64, u64) {
        let begin = step_of(start, dt);
        let end = stop.map_or(u64::MAX, |stop| step_of(stop, dt));
        if now < begin {
            return (0.0, begin);
        }
        if now >= end {
            return (0.0, u64::MAX);
        }
        let (value, next) = self.at(now, dt);
        (value, next.min(end))
    }

    /// The value in the update that begins at `step`, and the step of the next change.
    fn at(&self, step: u64, dt: Time) -> (f64, u64) {
        match self {
            Self::Constant(value) => (value.value(), u64::MAX),
            Self::Steps(changes) => {
                let next = changes.partition_point(|c| step_of(c.from, dt) <= step);
                let value = next.checked_sub(1).map_or(0.0, |i| changes[i].value.value());
                (value, changes.get(next).map_or(u64::MAX, |c| step_of(c.from, dt)))
            }
        }
    }

    /// The largest magnitude of all values.
    pub(super) fn peak(&self) -> f64 {
        self.values("").iter().fold(0.0, |peak, (_, value)| peak.max(value.abs()))
    }
}

/// Checks that changes come in order on the grid, at least one.
fn validate_order<Q>(key: &str, changes: &[Change<Q>], dt: Time) -> Result<()> {
    if changes.is_empty() {
        return Err(Error::parameter(key, "the list is empty: give at least one change"));
    }
    let mut before = None;
    for (i, change) in changes.iter().enumerate() {
        let key = format!("{key}[{i}].from");
        let step = steps(change.from, dt).map_err(|e| e.within(&key))?;
        if before.is_some_and(|before| step <= before) {
            let problem = format!("{} is not after the change before it", change.from);
            return Err(Error::parameter(key, problem));
        }
        before = Some(step);
    }
    Ok(())
}

impl<Q: Serialize> Serialize for Profile<Q> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Constant(value) => value.serialize(serializer),
            Self::Steps(changes) => changes.serialize(serializer),
        }
    }
}

struct Visitor<Q>(PhantomData<Q>);

impl<'de, Q: Quantity + Deserialize<'de>> de::Visitor<'de> for Visitor<Q> {
    type Value = Profile<Q>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} such as \"10 {base}\", or changes such as [{{ from = \"0 ms\", value = \"10 {base}\" }}]",
            Q::KIND,
            base = Q::BASE
        )
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Q::deserialize(de::value::StrDeserializer::new(text)).map(Profile::Constant)
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Self::Value, E> {
        Q::deserialize(de::value::I64Deserializer::new(value)).map(Profile::Constant)
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Self::Value, E> {
        Q::deserialize(de::value::F64Deserializer::new(value)).map(Profile::Constant)
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, sequence: A) -> Result<Self::Value, A::Error> {
        Vec::deserialize(de::value::SeqAccessDeserializer::new(sequence)).map(Profile::Steps)
    }
}

impl<'de, Q: Quantity + Deserialize<'de>> Deserialize<'de> for Profile<Q> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Visitor(PhantomData))
    }
}

impl<Q: JsonSchema> JsonSchema for Profile<Q> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("Profile_of_{}", Q::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let value = generator.subschema_for::<Q>();
        let changes = generator.subschema_for::<Vec<Change<Q>>>();
        json_schema!({ "anyOf": [value, changes] })
    }
}
