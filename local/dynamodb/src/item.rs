//! Items, and the two types of attributes that the operations table has.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// The name of the partition key.
pub(crate) const KEY: &str = "id";

/// The attribute that says when an item expires, in seconds since 1970: the table's
/// TTL attribute.
const EXPIRY: &str = "expiry";

/// The most bytes of an item: its names and values.
pub(crate) const MOST_BYTES: usize = 400 * 1024;

/// The attributes of an item by their names.
pub(crate) type Item = BTreeMap<String, Value>;

/// The value of an attribute, in DynamoDB's JSON. Other types are refused by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Value {
    /// A text.
    S(String),
    /// A number.
    N(Number),
}

/// A whole number. DynamoDB also has fractions, which no record needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Number(i128);

/// DynamoDB keeps 38 digits.
const MOST_DIGITS: usize = 38;

impl Number {
    pub(crate) const fn new(number: i128) -> Self {
        Self(number)
    }
}

impl TryFrom<String> for Number {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.trim_start_matches('-').len() > MOST_DIGITS {
            return Err(format!("a number has at most {MOST_DIGITS} digits: {text}"));
        }
        let number = text.parse().map_err(|_| format!("only whole numbers are served: {text}"))?;
        Ok(Self(number))
    }
}

impl From<Number> for String {
    fn from(number: Number) -> Self {
        number.to_string()
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Value {
    /// How many bytes of an item it takes, roughly as DynamoDB counts.
    fn bytes(&self) -> usize {
        match self {
            Self::S(text) => text.len(),
            Self::N(number) => number.to_string().len().div_ceil(2) + 1,
        }
    }
}

/// How many bytes an item has.
pub(crate) fn bytes(item: &Item) -> usize {
    item.iter().map(|(name, value)| name.len() + value.bytes()).sum()
}

/// The key of an item, or what is wrong with it.
pub(crate) fn key(item: &Item) -> Result<&str, String> {
    match item.get(KEY) {
        Some(Value::S(id)) if id.is_empty() => Err(
            "One or more parameter values are not valid. The AttributeValue for a key attribute \
             cannot contain an empty string value. Key: id"
                .to_owned(),
        ),
        Some(Value::S(id)) => Ok(id),
        Some(Value::N(_)) => Err("One or more parameter values were invalid: Type mismatch for \
                                  key id expected: S actual: N"
            .to_owned()),
        None => {
            Err("One or more parameter values were invalid: Missing the key id in the item"
                .to_owned())
        }
    }
}

/// Whether an item has expired by this time.
pub(crate) fn has_expired(item: &Item, now: Number) -> bool {
    matches!(item.get(EXPIRY), Some(Value::N(expiry)) if *expiry < now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_whole_and_have_at_most_38_digits() {
        let nines = "9".repeat(38);
        let too_many = "9".repeat(39);
        for (text, is_read) in [
            ("0", true),
            ("-12", true),
            (nines.as_str(), true),
            (too_many.as_str(), false),
            ("1.5", false),
            ("1e3", false),
            ("", false),
            ("NaN", false),
        ] {
            assert_eq!(Number::try_from(text.to_owned()).is_ok(), is_read, "{text}");
        }
    }

    #[test]
    fn other_types_of_attributes_are_refused_by_name() {
        for json in [r#"{"BOOL": true}"#, r#"{"NULL": true}"#, r#"{"M": {}}"#, r#"{"N": 1}"#] {
            assert!(serde_json::from_str::<Value>(json).is_err(), "{json}");
        }
        let error = serde_json::from_str::<Value>(r#"{"BOOL": true}"#).unwrap_err();
        assert!(error.to_string().contains("BOOL"), "{error}");
    }
}
