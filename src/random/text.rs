//! How distributions and parameters are written in a config.

use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{Distribution, Parameter};
use crate::units::Quantity;

/// The tables that a config may write for a distribution.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[serde(bound(deserialize = "Q: Deserialize<'de>"))]
enum Table<Q> {
    /// Equally likely values from `low` to `high`.
    Uniform { low: Q, high: Q },
    /// Gaussian values; outside `min` to `max` they are drawn again.
    Normal {
        mean: Q,
        sd: Q,
        #[serde(skip_serializing_if = "Option::is_none")]
        min: Option<Q>,
        #[serde(skip_serializing_if = "Option::is_none")]
        max: Option<Q>,
    },
    /// Lognormal values with this mean and standard deviation (of the value, not of its logarithm).
    Lognormal {
        mean: Q,
        sd: Q,
        #[serde(skip_serializing_if = "Option::is_none")]
        min: Option<Q>,
        #[serde(skip_serializing_if = "Option::is_none")]
        max: Option<Q>,
    },
}

impl<Q> From<Table<Q>> for Distribution<Q> {
    fn from(table: Table<Q>) -> Self {
        match table {
            Table::Uniform { low, high } => Self::Uniform { low, high },
            Table::Normal { mean, sd, min, max } => Self::Normal { mean, sd, min, max },
            Table::Lognormal { mean, sd, min, max } => Self::Lognormal { mean, sd, min, max },
        }
    }
}

impl<Q: Quantity + Serialize> Serialize for Distribution<Q> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.clone() {
            Self::Constant(value) => value.serialize(serializer),
            Self::Uniform { low, high } => Table::Uniform { low, high }.serialize(serializer),
            Self::Normal { mean, sd, min, max } => {
                Table::Normal { mean, sd, min, max }.serialize(serializer)
            }
            Self::Lognormal { mean, sd, min, max } => {
                Table::Lognormal { mean, sd, min, max }.serialize(serializer)
            }
        }
    }
}

impl<Q: Quantity + Serialize> Serialize for Parameter<Q> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Drawn(distribution) => distribution.serialize(serializer),
            Self::List(values) => values.serialize(serializer),
        }
    }
}

/// Reads a value, a table of a distribution and, where `T` takes one, a list.
struct Visitor<Q, T>(PhantomData<(Q, T)>);

/// What a list becomes.
trait FromList<Q>: Sized {
    const EXPECTED: &'static str;
    fn from_list<E: de::Error>(values: Vec<Q>) -> Result<Self, E>;
}

impl<Q> FromList<Q> for Distribution<Q> {
    const EXPECTED: &'static str =
        "a value with its unit or a distribution such as { normal = { mean = .., sd = .. } }";
    fn from_list<E: de::Error>(_: Vec<Q>) -> Result<Self, E> {
        Err(E::custom(format!("a list is not possible here: expected {}", Self::EXPECTED)))
    }
}

impl<Q> FromList<Q> for Parameter<Q> {
    const EXPECTED: &'static str = "a value with its unit, a list of them, or a distribution such as { normal = { mean = .., sd = .. } }";
    fn from_list<E: de::Error>(values: Vec<Q>) -> Result<Self, E> {
        Ok(Self::List(values))
    }
}

impl<'de, Q, T> de::Visitor<'de> for Visitor<Q, T>
where
    Q: Quantity + Deserialize<'de>,
    T: FromList<Q> + From<Q> + From<Distribution<Q>>,
{
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        Q::deserialize(de::value::StrDeserializer::new(text)).map(T::from)
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<T, E> {
        Q::deserialize(de::value::I64Deserializer::new(value)).map(T::from)
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<T, E> {
        Q::deserialize(de::value::F64Deserializer::new(value)).map(T::from)
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, sequence: A) -> Result<T, A::Error> {
        T::from_list(Vec::deserialize(de::value::SeqAccessDeserializer::new(sequence))?)
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        let table = Table::<Q>::deserialize(MapAccessDeserializer::new(&mut map))?;
        match map.next_key::<String>()? {
            Some(key) => Err(de::Error::custom(format!(
                "`{key}` is one too many: a value has one distribution"
            ))),
            None => Ok(T::from(Distribution::from(table))),
        }
    }
}

impl<Q> From<Distribution<Q>> for Distributed<Q> {
    fn from(distribution: Distribution<Q>) -> Self {
        Self(distribution)
    }
}

/// Keeps `From<Distribution<Q>>` apart from the reflexive `From` of the standard library.
struct Distributed<Q>(Distribution<Q>);

impl<Q> From<Q> for Distributed<Q> {
    fn from(value: Q) -> Self {
        Self(Distribution::Constant(value))
    }
}

impl<Q> FromList<Q> for Distributed<Q> {
    const EXPECTED: &'static str = Distribution::<Q>::EXPECTED;
    fn from_list<E: de::Error>(values: Vec<Q>) -> Result<Self, E> {
        Distribution::from_list(values).map(Self)
    }
}

impl<'de, Q: Quantity + Deserialize<'de>> Deserialize<'de> for Distribution<Q> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Visitor::<Q, Distributed<Q>>(PhantomData)).map(|d| d.0)
    }
}

impl<'de, Q: Quantity + Deserialize<'de>> Deserialize<'de> for Parameter<Q> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Visitor::<Q, Self>(PhantomData))
    }
}

impl<Q: JsonSchema> JsonSchema for Distribution<Q> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("Distribution_of_{}", Q::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let value = generator.subschema_for::<Q>();
        let table = generator.subschema_for::<Table<Q>>();
        json_schema!({ "anyOf": [value, table] })
    }
}

impl<Q: JsonSchema> JsonSchema for Parameter<Q> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("Parameter_of_{}", Q::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let value = generator.subschema_for::<Distribution<Q>>();
        let list = generator.subschema_for::<Vec<Q>>();
        json_schema!({ "anyOf": [value, list] })
    }
}
