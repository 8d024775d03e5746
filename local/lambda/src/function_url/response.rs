//! The answer of a function as a response.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue, SET_COOKIE};
use http::{Response, StatusCode};
use http_body_util::Full;
use serde::Deserialize;
use serde_json::Value;

use crate::reply::{self, Reply};

/// Headers of the connection, which a function cannot set.
const OF_THE_CONNECTION: [&str; 4] =
    ["connection", "content-length", "keep-alive", "transfer-encoding"];

/// A response of payload format 2.0.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    status_code: u16,
    #[serde(default)]
    headers: Option<BTreeMap<String, HeaderText>>,
    #[serde(default)]
    cookies: Option<Vec<String>>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: Option<bool>,
}

/// The types that a header value may have.
#[derive(Deserialize)]
#[serde(untagged)]
enum HeaderText {
    Text(String),
    Number(serde_json::Number),
    Truth(bool),
}

impl HeaderText {
    fn into_text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Number(number) => number.to_string(),
            Self::Truth(truth) => truth.to_string(),
        }
    }
}

/// Reads an answer. An answer without `statusCode` is a JSON body.
///
/// # Errors
/// Why it is not a response. That is an error of the function.
pub(super) fn read(answer: &[u8]) -> Result<Reply, String> {
    let value: Value = serde_json::from_slice(answer).map_err(|error| error.to_string())?;
    if value.get("statusCode").is_none() {
        let body = match value {
            // A string is the body itself, without quotes.
            Value::String(text) => Bytes::from(text),
            _ => Bytes::copy_from_slice(answer),
        };
        return Ok(reply::reply(StatusCode::OK, "application/json", body));
    }
    let answer: Answer = serde_json::from_value(value).map_err(|error| error.to_string())?;
    let body = answer.body.unwrap_or_default();
    let body = if answer.is_base64_encoded.unwrap_or(false) {
        Bytes::from(BASE64_STANDARD.decode(body).map_err(|error| error.to_string())?)
    } else {
        Bytes::from(body)
    };
    let mut reply = Response::new(Full::new(body));
    *reply.status_mut() = StatusCode::from_u16(answer.status_code).map_err(|e| e.to_string())?;
    let headers = reply.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    for (name, value) in answer.headers.unwrap_or_default() {
        let name = HeaderName::try_from(name).map_err(|error| error.to_string())?;
        let value = HeaderValue::try_from(value.into_text()).map_err(|error| error.to_string())?;
        if !OF_THE_CONNECTION.contains(&name.as_str()) {
            headers.insert(name, value);
        }
    }
    for cookie in answer.cookies.unwrap_or_default() {
        let cookie = HeaderValue::try_from(cookie).map_err(|error| error.to_string())?;
        headers.append(SET_COOKIE, cookie);
    }
    Ok(reply)
}
