//! Reads typed values from a tree, keeping the place of what is wrong.

use serde::de::{self, DeserializeSeed, IntoDeserializer, Visitor};
use serde::{Deserialize, forward_to_deserialize_any};

use super::fault::Fault;
use super::tree::{Entry, Node, Table, Value};

/// Reads a `T` from `node`.
pub(super) fn decode<'de, T: Deserialize<'de>>(node: &'de Node) -> Result<T, Fault> {
    T::deserialize(node).map_err(|fault| fault.at(&node.place))
}

/// What a name without a table of its own stands for: all its keys have their default.
static NO_KEYS: Table = Table(Vec::new());

impl<'de> de::Deserializer<'de> for &'de Node {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.value {
            Value::Text(text) => visitor.visit_borrowed_str(text),
            Value::Integer(i) => integer(*i, visitor),
            Value::Number(x) => visitor.visit_f64(*x),
            Value::Bool(b) => visitor.visit_bool(*b),
            Value::Datetime(d) => {
                Err(Fault::new(format!("{d} is a date: no key takes one; put text in quotes")))
            }
            Value::List(list) => visitor.visit_seq(Items(list.iter())),
            Value::Table(table) => table.visit(visitor),
        }
        .map_err(|fault| fault.at(&self.place))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        kind: &'static str,
        known: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match &self.value {
            Value::Text(name) => {
                check_name(kind, name, known)?;
                visitor.visit_enum(Choice { name, node: None, at: self })
            }
            Value::Table(Table(entries)) => match entries.as_slice() {
                [Entry { key, place, node }] => {
                    check_name(kind, key, known).map_err(|fault| fault.at(place))?;
                    visitor.visit_enum(Choice { name: key, node: Some(node), at: node })
                }
                [] => Err(Fault::new("nothing is chosen here").note(one_of(known))),
                [_, second, ..] => Err(Fault::new(format!(
                    "`{}` is one too many: only one can be chosen",
                    second.key
                ))
                .at(&second.place)
                .note(one_of(known))),
            },
            _ => Err(self.wrong("a name or a table with one name").note(one_of(known))),
        }
        .map_err(|fault| fault.at(&self.place))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

/// Refuses a name that is not known, in the words of a modeller for the type `kind`.
fn check_name(kind: &str, name: &str, known: &[&str]) -> Result<(), Fault> {
    if known.contains(&name) {
        return Ok(());
    }
    let what = match kind {
        "ModelSpec" => "model",
        "RuleSpec" => "rule",
        "StimulusSpec" => "stimulus",
        "SourceSpec" => "source",
        "Recorder" => "recorder",
        "Precision" => "precision",
        _ => "name",
    };
    Err(Fault::unknown(what, name, known.iter().copied()))
}

/// The names that can be chosen, as a note.
fn one_of(known: &[&str]) -> String {
    let names: Vec<String> = known.iter().map(|k| format!("`{k}`")).collect();
    format!("known: {}", names.join(", "))
}

/// A whole number, as the narrowest type that holds it.
fn integer<'de, V: Visitor<'de>>(i: i128, visitor: V) -> Result<V::Value, Fault> {
    match (i64::try_from(i), u64::try_from(i)) {
        (Ok(i), _) => visitor.visit_i64(i),
        (_, Ok(i)) => visitor.visit_u64(i),
        _ => Err(Fault::new(format!("{i} is too large for a whole number"))),
    }
}

impl Table {
    fn visit<'de, V: Visitor<'de>>(&'de self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_map(Entries { rest: self.0.iter(), value: None })
    }
}

/// The elements of a list.
struct Items<'de>(std::slice::Iter<'de, Node>);

impl<'de> de::SeqAccess<'de> for Items<'de> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Fault> {
        let Some(node) = self.0.next() else { return Ok(None) };
        seed.deserialize(node).map(Some).map_err(|fault| fault.at(&node.place))
    }
}

/// The entries of a table.
struct Entries<'de> {
    rest: std::slice::Iter<'de, Entry>,
    value: Option<&'de Node>,
}

impl<'de> de::MapAccess<'de> for Entries<'de> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        let Some(entry) = self.rest.next() else { return Ok(None) };
        self.value = Some(&entry.node);
        let key = de::value::BorrowedStrDeserializer::new(&entry.key);
        seed.deserialize(key).map(Some).map_err(|fault: Fault| fault.at(&entry.place))
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Fault> {
        let node = self.value.take().ok_or_else(|| Fault::new("a value without a key"))?;
        seed.deserialize(node).map_err(|fault| fault.at(&node.place))
    }
}

/// A name chosen from several, with its table if it has one.
struct Choice<'de> {
    name: &'de str,
    node: Option<&'de Node>,
    at: &'de Node,
}

impl<'de> de::EnumAccess<'de> for Choice<'de> {
    type Error = Fault;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Fault> {
        seed.deserialize(self.name.into_deserializer()).map(|value| (value, self))
    }
}

impl<'de> de::VariantAccess<'de> for Choice<'de> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        match self.node {
            None => Ok(()),
            Some(node) => {
                Err(Fault::new(format!("`{}` takes no table", self.name)).at(&node.place))
            }
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Fault> {
        match self.node {
            Some(node) => seed.deserialize(node),
            None => seed.deserialize(Keyless),
        }
        .map_err(|fault| fault.at(&self.at.place))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Fault> {
        de::Deserializer::deserialize_any(self.at, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match self.node {
            Some(node) => de::Deserializer::deserialize_any(node, visitor),
            None => NO_KEYS.visit(visitor).map_err(|fault| fault.at(&self.at.place)),
        }
    }
}

/// A table without keys.
struct Keyless;

impl<'de> de::Deserializer<'de> for Keyless {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        NO_KEYS.visit(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier
        ignored_any
    }
}
