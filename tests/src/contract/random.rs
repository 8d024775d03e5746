//! Requests that no sane client sends, from a seed.

use proptest::strategy::{Strategy, ValueTree};
use proptest::string::string_regex;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use super::operation::{Operation, Place};
use super::requests::{Case, Request};

/// Headers that somebody on the way reads.
const HEADERS: [&str; 26] = [
    "X-Client-Version",
    "X-Amzn-Trace-Id",
    "X-Request-ID",
    "Idempotency-Key",
    "Authorization",
    "X-Origin-Secret",
    "Connection",
    "Content-Type",
    "Content-Encoding",
    "Accept",
    "Accept-Encoding",
    "Accept-Language",
    "If-None-Match",
    "Origin",
    "Access-Control-Request-Method",
    "Cookie",
    "Range",
    "TE",
    "Via",
    "X-Forwarded-For",
    "X-Forwarded-Proto",
    "X-Forwarded-Host",
    "X-Forwarded-Port",
    "X-Real-IP",
    "X-Consumer-ID",
    "X-HTTP-Method-Override",
];

/// Values that mean something to somebody.
const VALUES: [&str; 22] = [
    "",
    "a",
    "close, X-Origin-Secret",
    "Idempotency-Key",
    "Authorization, X-Request-ID",
    "Bearer",
    "Bearer a.b.c",
    "Bearer eyJhbGciOiJub25lIn0.e30.",
    "Basic YTpi",
    "application/json",
    "text/html;q=x",
    "gzip",
    "gzip;q=x, *;q=0.5, ja-JP",
    "*",
    "bytes=0-1",
    "null",
    "a b/?#",
    "://",
    "::1",
    "=;=;",
    "a\tb",
    "{{7*7}}",
];

/// The last microsecond of the year 9999.
const MAX_TIME_US: i64 = 253_402_300_799_999_999;

/// A stream of requests.
#[derive(Debug)]
pub struct Random {
    rng: StdRng,
    runner: TestRunner,
}

impl Random {
    /// The stream of this name and seed.
    #[must_use]
    pub fn new(seed: u64, name: &str) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        for (place, byte) in bytes[8..].iter_mut().zip(name.bytes()) {
            *place = byte;
        }
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        Self {
            rng: StdRng::from_seed(bytes),
            runner: TestRunner::new_with_rng(Config::default(), rng),
        }
    }

    /// One of these cases, changed further in one to four places.
    ///
    /// # Panics
    /// When there are none.
    pub fn request(&mut self, operation: &Operation, cases: &[Case]) -> Request {
        let case = cases.choose(&mut self.rng).expect("a case");
        let mut request = case.request.clone();
        for _ in 0..self.rng.random_range(1..=4) {
            match self.rng.random_range(0..10) {
                0..3 => {
                    let header = self.header();
                    request.headers.push(header);
                }
                3..5 => request.query = self.query(operation),
                5 => {
                    for (_, value) in &mut request.path_values {
                        *value = self.raw(40).replace(['?', '#', '/'], "a");
                    }
                }
                6..9 => request.body = self.body(operation, request.body.take()),
                _ => {
                    request.method = (*self.of(&["GET", "PUT", "POST", "PATCH", "get"])).to_owned()
                }
            }
        }
        request
    }

    /// A cursor with the content of another, changed in one place.
    pub fn place(&mut self, content: &Value) -> Value {
        match content {
            Value::Array(values) if self.rng.random_bool(0.9) => {
                let mut values = values.clone();
                let index = self.rng.random_range(0..values.len());
                values[index] = self.place(&values[index]);
                Value::Array(values)
            }
            Value::Object(fields) if self.rng.random_bool(0.9) => {
                let mut fields = fields.clone();
                let names: Vec<String> = fields.keys().cloned().collect();
                let name = self.of(&names).clone();
                fields[&name] = self.place(&fields[&name]);
                Value::Object(fields)
            }
            _ => self.leaf(),
        }
    }

    fn of<'a, T>(&mut self, values: &'a [T]) -> &'a T {
        values.choose(&mut self.rng).expect("a value")
    }

    /// A name and value. No line ends: what follows would be another header.
    fn header(&mut self) -> (String, Vec<u8>) {
        let name = (*self.of(&HEADERS)).to_owned();
        let value = match self.rng.random_range(0..4) {
            0 | 1 => self.of(&VALUES).as_bytes().to_vec(),
            2 => self.raw(300).into_bytes(),
            _ => {
                let length = self.rng.random_range(0..40);
                let byte = |_| match self.rng.random_range(b' '..=0xff) {
                    0x7f => b'~',
                    byte => byte,
                };
                (0..length).map(byte).collect()
            }
        };
        (name, value)
    }

    fn query(&mut self, operation: &Operation) -> String {
        let known: Vec<&str> = operation
            .parameters
            .iter()
            .filter(|parameter| parameter.place == Place::Query)
            .map(|parameter| parameter.name.as_str())
            .chain(["other"])
            .collect();
        let pairs = (0..self.rng.random_range(1..4)).map(|_| {
            let name = *self.of(&known);
            format!("{name}={}", self.raw(600))
        });
        let query: Vec<String> = pairs.collect();
        query.join("&")
    }

    fn body(&mut self, operation: &Operation, before: Option<Vec<u8>>) -> Option<Vec<u8>> {
        match (self.rng.random_range(0..5), &operation.body) {
            (0, _) => None,
            (1, _) => {
                let length = self.rng.random_range(0..3000);
                Some((0..length).map(|_| self.rng.random()).collect())
            }
            (2, _) => {
                let mut bytes = before.unwrap_or_else(|| b"{}".to_vec());
                for _ in 0..3 {
                    if bytes.is_empty() {
                        break;
                    }
                    let index = self.rng.random_range(0..bytes.len());
                    bytes[index] = self.rng.random();
                }
                Some(bytes)
            }
            (_, Some(body)) => {
                let mut object = body.example.clone();
                let properties = body.schema["properties"].as_object().expect("properties");
                let names: Vec<&String> = properties.keys().collect();
                let name = (*self.of(&names)).clone();
                object[&name] = self.fitting(&body.schema["properties"][&name]);
                Some(object.to_string().into_bytes())
            }
            _ => Some(self.leaf().to_string().into_bytes()),
        }
    }

    /// A value that often fits the schema.
    fn fitting(&mut self, schema: &Value) -> Value {
        if self.rng.random_bool(0.2) {
            return self.leaf();
        }
        if let Some(pattern) = schema["pattern"].as_str() {
            let pattern = pattern.trim_start_matches('^').trim_end_matches('$');
            let texts = string_regex(pattern).expect("a pattern");
            let text = texts.new_tree(&mut self.runner).expect("a text").current();
            let most = schema["maxLength"].as_u64().unwrap_or(100);
            return text
                .chars()
                .take(usize::try_from(most).unwrap_or(100))
                .collect::<String>()
                .into();
        }
        if let Some(words) = schema["enum"].as_array() {
            return self.of(words).clone();
        }
        match schema["properties"].as_object() {
            Some(properties) => {
                let fields =
                    properties.iter().map(|(name, schema)| (name.clone(), self.fitting(schema)));
                Value::Object(fields.collect())
            }
            None => self.leaf(),
        }
    }

    fn leaf(&mut self) -> Value {
        match self.rng.random_range(0..9) {
            // Times in microseconds that databases stop at.
            8 => (*self.of(&[0_i64, 2_147_483_647_999_999, 4_294_967_296_000_000, MAX_TIME_US]))
                .into(),
            0 => Value::Null,
            1 => self.rng.random::<i64>().into(),
            2 => self.rng.random::<u64>().into(),
            3 => json!(f64::from_bits(self.rng.random())),
            4 => self.rng.random_range(-2..=102).into(),
            5 => (*self.of(&[
                "0000-01-01T00:00:00Z",
                "9999-12-31T23:59:59.999999-23:59",
                "-9999-01-01T00:00:00+23:59",
                "1970-01-01T00:00:00Z",
                "2026-02-30T00:00:00Z",
            ]))
            .into(),
            6 => self.of(&[json!([]), json!({}), json!([[]]), json!({ "a": null })]).clone(),
            _ => {
                let length = self.rng.random_range(0..300);
                let text: String = (0..length).map(|_| self.rng.random::<char>()).collect();
                text.into()
            }
        }
    }

    /// Visible ASCII, some of it escapes. It can stand anywhere in a target but for what
    /// separates its parts.
    fn raw(&mut self, most: usize) -> String {
        let length = self.rng.random_range(1..=most);
        let mut text = String::new();
        while text.len() < length {
            if self.rng.random_bool(0.1) {
                text.push_str(&format!("%{:02X}", self.rng.random::<u8>()));
            } else {
                text.push(char::from(self.rng.random_range(b'!'..=b'~')));
            }
        }
        text
    }
}
