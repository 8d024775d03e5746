//! YAML as a tree that knows its lines.
//!
//! Reading YAML straight into structs would stop at the first mistake, and an
//! author wants to hear all of them. So a text becomes this tree first, which
//! only broken YAML can fail, and what is in the tree is judged afterwards.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;
use serde_saphyr::options::DuplicateKeyPolicy;

use crate::Report;

/// A value, and the line on which it begins.
pub(crate) struct Node {
    pub(crate) line: u64,
    pub(crate) value: Value,
}

pub(crate) enum Value {
    Nothing,
    Truth(bool),
    Whole(u64),
    /// A number that no field takes: negative, broken, or far too large.
    OtherNumber,
    Text(String),
    List(Vec<Node>),
    Fields(Vec<Field>),
}

pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) line: u64,
    pub(crate) node: Node,
}

impl Node {
    /// The tree of a text; `None`, and a report, if it is not YAML.
    pub(crate) fn parse(text: &str, report: &Report<'_>) -> Option<Self> {
        // `Fields` reports every field that is there twice.
        let options = serde_saphyr::options! {
            duplicate_keys: DuplicateKeyPolicy::PassThrough,
        };
        match serde_saphyr::from_str_with_options(text, options) {
            Ok(tree) => Some(tree),
            Err(error) => {
                let line = error.location().map_or(1, |location| location.line());
                report.add(line, one_line(&error));
                None
            }
        }
    }

    /// The field of this name, if this has fields and one of them is it.
    pub(crate) fn get(&self, name: &str) -> Option<&Field> {
        let Value::Fields(fields) = &self.value else { return None };
        fields.iter().find(|field| field.name == name)
    }

    /// What it lists, if it is a list.
    pub(crate) fn list(&self) -> &[Self] {
        if let Value::List(list) = &self.value { list } else { &[] }
    }
}

/// What is wrong, without the place, which stands before it, and without the
/// picture of it, which needs more than a line.
fn one_line(error: &serde_saphyr::Error) -> String {
    let text = error.without_snippet().to_string();
    let line = text.lines().next().unwrap_or_default();
    line.rsplit_once(" at line ").map_or(line, |(reason, _)| reason).to_owned()
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Value>::deserialize(deserializer)?;
        Ok(Self { line: spanned.referenced.line(), value: spanned.value })
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Nothing)
    }

    fn visit_bool<E: Error>(self, truth: bool) -> Result<Value, E> {
        Ok(Value::Truth(truth))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Whole(number))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Value, E> {
        Ok(u64::try_from(number).map_or(Value::OtherNumber, Value::Whole))
    }

    fn visit_u128<E: Error>(self, _: u128) -> Result<Value, E> {
        Ok(Value::OtherNumber)
    }

    fn visit_i128<E: Error>(self, _: i128) -> Result<Value, E> {
        Ok(Value::OtherNumber)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Value, E> {
        Ok(Value::OtherNumber)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(node) = from.next_element()? {
            list.push(node);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        let mut fields = Vec::new();
        while let Some(name) = from.next_key::<Spanned<String>>()? {
            let line = name.referenced.line();
            fields.push(Field { name: name.value, line, node: from.next_value()? });
        }
        Ok(Value::Fields(fields))
    }
}
