//! Reads a body as `openapi.yaml` means it, for all requests alike. What a handler's
//! type has, a request must have; what it has not is refused.
//!
//! - An object has the fields of its type and no others.
//! - A field of type `Option` may be absent. `null` is a value like any other, and no
//!   type of ours takes it.
//! - A whole number may be written `1.0`, as JSON Schema allows.
//! - Of two fields of the same name the last counts, as it does at the gateway.
//!
//! Refusals name the field, in words that know nothing of Rust.

use std::borrow::Cow;
use std::fmt;

use http::{HeaderMap, header};
use serde::Deserializer;
use serde::de::value::StrDeserializer;
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess, Unexpected,
    Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::Value;

use crate::{ApiError, whole};

/// Longer names that a client made up are not repeated to it.
const MAX_NAME_LEN: usize = 64;

/// Reads a body. A handler without one takes `()`; then whatever came is ignored, as
/// HTTP has it for the content of a `GET`.
pub(crate) fn read<B: DeserializeOwned>(headers: &HeaderMap, bytes: &[u8]) -> Result<B, ApiError> {
    B::deserialize(Body { headers, bytes }).map_err(|Refusal { path, reason }| {
        let names = path.iter().rev().map(|name| &**name);
        let field = names.collect::<Vec<_>>().join(".");
        ApiError::InvalidRequest {
            field: (!field.is_empty()).then_some(field),
            reason: reason.into_owned(),
        }
    })
}

/// A body that is read once it is clear that a handler takes one.
struct Body<'a> {
    headers: &'a HeaderMap,
    bytes: &'a [u8],
}

impl Body<'_> {
    fn json(&self) -> Result<Node, Refusal> {
        if self.bytes.is_empty() {
            return Err(Refusal::new("a JSON body is required"));
        }
        // No content type counts as JSON, as it does at the gateway.
        let content_type = self.headers.get(header::CONTENT_TYPE);
        let content_type = content_type.map_or(Ok("application/json"), |value| value.to_str());
        let media_type = content_type.unwrap_or_default().split(';').next().unwrap_or_default();
        if !media_type.trim().eq_ignore_ascii_case("application/json") {
            return Err(Refusal::new("the content type is not application/json"));
        }
        serde_json::from_slice(self.bytes)
            .map(Node)
            .map_err(|_| Refusal::new("the body is not valid JSON"))
    }
}

impl<'de> Deserializer<'de> for Body<'_> {
    type Error = Refusal;

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        visitor.visit_unit()
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        self.json()?.deserialize_struct(name, fields, visitor)
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        self.json()?.deserialize_any(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        option unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// A value inside a body.
struct Node(Value);

impl Node {
    fn whole_number<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        let Value::Number(number) = self.0 else {
            return Err(Refusal::new("must be a whole number"));
        };
        let number = whole::read(&number).map_err(|not| Refusal::new(not.reason()))?;
        match (u64::try_from(number), i64::try_from(number)) {
            (Ok(number), _) => visitor.visit_u64(number),
            (_, Ok(number)) => visitor.visit_i64(number),
            _ => Err(Refusal::new("is out of range")),
        }
    }

    fn text(self) -> Result<String, Refusal> {
        match self.0 {
            Value::String(text) => Ok(text),
            _ => Err(Refusal::new("must be a text")),
        }
    }
}

macro_rules! whole_numbers {
    ($($method:ident)+) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
            self.whole_number(visitor)
        }
    )+};
}

impl<'de> Deserializer<'de> for Node {
    type Error = Refusal;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        match self.0 {
            Value::Null => Err(Refusal::new("must not be null")),
            Value::Bool(truth) => visitor.visit_bool(truth),
            Value::Number(_) => self.whole_number(visitor),
            Value::String(text) => visitor.visit_string(text),
            Value::Array(values) => visitor.visit_seq(Elements(values.into_iter().enumerate())),
            Value::Object(fields) => {
                visitor.visit_map(Fields { rest: fields.into_iter(), next: None })
            }
        }
    }

    whole_numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        match self.0 {
            Value::Bool(truth) => visitor.visit_bool(truth),
            _ => Err(Refusal::new("must be true or false")),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        visitor.visit_string(self.text()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        visitor.visit_string(self.text()?)
    }

    /// Here the field is present, and so it has a value.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        match self.0 {
            Value::Array(_) => self.deserialize_any(visitor),
            _ => Err(Refusal::new("must be a list")),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        known: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        let Value::Object(fields) = &self.0 else { return Err(Refusal::new("must be an object")) };
        match fields.keys().find(|name| !known.contains(&name.as_str())) {
            Some(unknown) => Err(de::Error::unknown_field(unknown, known)),
            None => self.deserialize_any(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        let text = self.text()?;
        let word: StrDeserializer<'_, Refusal> = text.as_str().into_deserializer();
        visitor.visit_enum(word)
    }

    /// Whoever ignores a value takes any.
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        visitor.visit_unit()
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        match self.0 {
            Value::Object(_) => self.deserialize_any(visitor),
            _ => Err(Refusal::new("must be an object")),
        }
    }

    forward_to_deserialize_any! {
        i128 u128 f32 f64 char bytes byte_buf unit unit_struct tuple tuple_struct identifier
    }
}

/// The fields of an object, one after the other.
struct Fields {
    rest: serde_json::map::IntoIter,
    next: Option<(String, Value)>,
}

impl<'de> MapAccess<'de> for Fields {
    type Error = Refusal;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Refusal> {
        self.next = self.rest.next();
        let name = self.next.as_ref().map(|(name, _)| name.as_str().into_deserializer());
        name.map(|name: StrDeserializer<'_, Refusal>| seed.deserialize(name)).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Refusal> {
        let (name, value) = self.next.take().unwrap_or_default();
        seed.deserialize(Node(value)).map_err(|refusal| refusal.inside(name))
    }
}

/// The elements of a list, one after the other.
struct Elements(std::iter::Enumerate<std::vec::IntoIter<Value>>);

impl<'de> SeqAccess<'de> for Elements {
    type Error = Refusal;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Refusal> {
        let element = self.0.next().map(|(index, value)| {
            seed.deserialize(Node(value)).map_err(|refusal| refusal.inside(index.to_string()))
        });
        element.transpose()
    }
}

/// What is to blame, innermost first, and why.
#[derive(Debug)]
struct Refusal {
    path: Vec<String>,
    reason: Cow<'static, str>,
}

impl Refusal {
    fn new(reason: impl Into<Cow<'static, str>>) -> Self {
        Self { path: Vec::new(), reason: reason.into() }
    }

    fn inside(mut self, name: String) -> Self {
        self.path.push(name);
        self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for Refusal {}

/// What the types of handlers may object to.
impl de::Error for Refusal {
    fn custom<T: fmt::Display>(reason: T) -> Self {
        Self::new(reason.to_string())
    }

    fn invalid_type(_: Unexpected<'_>, _: &dyn de::Expected) -> Self {
        Self::new("has the wrong type")
    }

    fn invalid_value(_: Unexpected<'_>, _: &dyn de::Expected) -> Self {
        Self::new("is out of range")
    }

    fn unknown_variant(_: &str, known: &'static [&'static str]) -> Self {
        Self::new(format!("must be one of {}", known.join(" ")))
    }

    fn unknown_field(name: &str, _: &'static [&'static str]) -> Self {
        let refusal = Self::new("is not a field of this request");
        if name.len() <= MAX_NAME_LEN {
            refusal.inside(name.to_owned())
        } else {
            Self::new("has a field that is not one of this request")
        }
    }

    fn missing_field(name: &'static str) -> Self {
        Self::new("is required").inside(name.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Draw {
        pool_id: String,
        draw_count: u32,
        expected_cost: Option<Cost>,
        tags: Option<Vec<String>>,
        kind: Option<Kind>,
        is_fast: Option<bool>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Cost {
        amount: u64,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Kind {
        Free,
        Paid,
    }

    fn draw(body: &[u8]) -> Result<Draw, ApiError> {
        read(&HeaderMap::new(), body)
    }

    #[test]
    fn a_body_is_read_whatever_the_spelling() {
        for body in [
            r#"{"pool_id":"a","draw_count":1}"#,
            r#"{"pool_id":"a","draw_count":1.0}"#,
            r#"{"pool_id":"a","draw_count":1e0}"#,
            r#" {"draw_count":10E-1,"pool_id":"\u0061"} "#,
            r#"{"pool_id":7,"pool_id":"a","draw_count":2,"draw_count":1}"#,
        ] {
            let read = draw(body.as_bytes()).unwrap_or_else(|error| panic!("{body}: {error}"));
            assert_eq!((read.pool_id.as_str(), read.draw_count), ("a", 1), "{body}");
        }
        let body = r#"{"pool_id":"a","draw_count":1,"expected_cost":{"amount":-0},"tags":["x"],
                       "kind":"paid","is_fast":true}"#;
        let read = draw(body.as_bytes()).unwrap();
        assert_eq!(read.expected_cost, Some(Cost { amount: 0 }));
        assert_eq!((read.tags, read.kind), (Some(vec!["x".to_owned()]), Some(Kind::Paid)));
        assert_eq!(read.is_fast, Some(true));
    }

    #[test]
    fn a_bad_body_is_refused_in_plain_words_and_the_field_is_named() {
        let long = format!(r#"{{"pool_id":"a","draw_count":1,"{}":1}}"#, "x".repeat(100));
        let deep = format!("{}{}", "[".repeat(1000), "]".repeat(1000));
        for (body, message) in [
            ("", "a JSON body is required"),
            ("{", "the body is not valid JSON"),
            ("\u{feff}{}", "the body is not valid JSON"),
            (r#"{"pool_id":"a","draw_count":1} x"#, "the body is not valid JSON"),
            (r#"{"pool_id":"a","draw_count":1e400}"#, "the body is not valid JSON"),
            (r#"{"pool_id":"\ud800","draw_count":1}"#, "the body is not valid JSON"),
            (&deep, "the body is not valid JSON"),
            ("null", "must be an object"),
            ("[]", "must be an object"),
            ("{}", "pool_id: is required"),
            (r#"{"pool_id":"a","draw_count":1,"x":1}"#, "x: is not a field of this request"),
            (&long, "has a field that is not one of this request"),
            (r#"{"pool_id":1,"draw_count":1}"#, "pool_id: must be a text"),
            (r#"{"pool_id":null,"draw_count":1}"#, "pool_id: must be a text"),
            (r#"{"pool_id":"a","draw_count":"1"}"#, "draw_count: must be a whole number"),
            (r#"{"pool_id":"a","draw_count":1.5}"#, "draw_count: must be a whole number"),
            (r#"{"pool_id":"a","draw_count":-1}"#, "draw_count: is out of range"),
            (r#"{"pool_id":"a","draw_count":4294967296}"#, "draw_count: is out of range"),
            (r#"{"pool_id":"a","draw_count":1e300}"#, "draw_count: is out of range"),
            (
                r#"{"pool_id":"a","draw_count":1,"expected_cost":null}"#,
                "expected_cost: must be an object",
            ),
            (
                r#"{"pool_id":"a","draw_count":1,"expected_cost":{"amount":null}}"#,
                "expected_cost.amount: must be a whole number",
            ),
            (
                r#"{"pool_id":"a","draw_count":1,"expected_cost":{}}"#,
                "expected_cost.amount: is required",
            ),
            (r#"{"pool_id":"a","draw_count":1,"tags":["x",1]}"#, "tags.1: must be a text"),
            (r#"{"pool_id":"a","draw_count":1,"tags":null}"#, "tags: must be a list"),
            (r#"{"pool_id":"a","draw_count":1,"kind":"x"}"#, "kind: must be one of free paid"),
            (r#"{"pool_id":"a","draw_count":1,"is_fast":1}"#, "is_fast: must be true or false"),
        ] {
            let error = draw(body.as_bytes()).unwrap_err();
            assert_eq!(error.to_string(), message, "{body}");
        }
        assert!(draw(b"{\"pool_id\":\"\xff\",\"draw_count\":1}").is_err());
    }

    #[test]
    fn a_body_is_json_by_its_type_or_has_none() {
        for (content_type, passes) in [
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("text/plain", false),
            ("application/json,text/plain", false),
            ("", false),
            ("application/jsonp", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
            let read = read::<Draw>(&headers, br#"{"pool_id":"a","draw_count":1}"#);
            assert_eq!(read.is_ok(), passes, "{content_type}");
        }
    }

    #[test]
    fn a_call_without_a_body_ignores_one() {
        for body in [&b""[..], b"{}", b"\xff"] {
            assert!(read::<()>(&HeaderMap::new(), body).is_ok());
        }
    }
}
