//! What Kong answers by itself, in its two body forms.

use std::borrow::Cow;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Value, json};

/// Kong's name for itself, in `Server` and `Via`.
pub const SERVER: &str = "kong/3.9.1";

/// An answer that no upstream gave.
#[derive(Debug, Clone)]
pub struct Answer {
    pub(crate) status: StatusCode,
    /// Boxed, because an answer is the error type of many functions.
    pub(crate) headers: Box<HeaderMap>,
    body: Body,
}

#[derive(Debug, Clone)]
enum Body {
    /// Follows `Accept`, and names the request.
    Error(Cow<'static, str>),
    /// Stays JSON, whatever the client accepts.
    Json(Value),
    Empty,
}

impl Answer {
    /// An error page: four lines of JSON, or what `Accept` asks for.
    pub fn error(status: StatusCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(status, Body::Error(message.into()))
    }

    /// A compact `{"message": …}`.
    pub fn message(status: StatusCode, message: impl Into<String>) -> Self {
        Self::json(status, json!({ "message": message.into() }))
    }

    /// Compact JSON of any shape.
    pub fn json(status: StatusCode, body: Value) -> Self {
        Self::new(status, Body::Json(body))
    }

    /// No body at all.
    pub fn empty(status: StatusCode) -> Self {
        Self::new(status, Body::Empty)
    }

    /// The same answer with one more header.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    fn new(status: StatusCode, body: Body) -> Self {
        Self { status, headers: Box::default(), body }
    }

    /// The bytes for this client, and their content type.
    pub(crate) fn render(&self, accept: Option<&str>, request_id: &str) -> (Option<Format>, Bytes) {
        match &self.body {
            Body::Empty => (None, Bytes::new()),
            Body::Json(value) => (Some(Format::Json), value.to_string().into()),
            Body::Error(message) => {
                let format = accept.map_or(Format::Json, Format::negotiate);
                (Some(format), format.error_page(message, request_id).into())
            }
        }
    }
}

/// The forms in which Kong writes an error page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Json,
    Html,
    Xml,
    Plain,
}

impl Format {
    /// Picks the form with the highest quality; JSON where nothing fits.
    fn negotiate(accept: &str) -> Self {
        let mut best = (Self::Json, 0.0);
        for offer in accept.split(',') {
            let mut parts = offer.split(';').map(str::trim);
            let media_type = parts.next().unwrap_or_default().to_ascii_lowercase();
            if !media_type.contains('/') {
                continue;
            }
            let quality = parts
                .find_map(|part| part.strip_prefix("q="))
                .and_then(|quality| quality.trim().parse::<f32>().ok())
                .unwrap_or(1.0);
            if quality > best.1 {
                best = (Self::of(&media_type), quality);
            }
        }
        best.0
    }

    fn of(media_type: &str) -> Self {
        match media_type {
            "text/html" => Self::Html,
            "application/xml" => Self::Xml,
            "text/plain" | "text/*" => Self::Plain,
            _ => Self::Json,
        }
    }

    /// The `Content-Type` of this form.
    pub(crate) const fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Json => "application/json; charset=utf-8",
            Self::Html => "text/html; charset=utf-8",
            Self::Xml => "application/xml; charset=utf-8",
            Self::Plain => "text/plain; charset=utf-8",
        })
    }

    fn error_page(self, message: &str, request_id: &str) -> String {
        match self {
            Self::Json => {
                format!("{{\n  \"message\":\"{message}\",\n  \"request_id\":\"{request_id}\"\n}}")
            }
            Self::Html => format!(
                "<!doctype html>\n<html>\n  <head>\n    <meta charset=\"utf-8\">\n    \
                 <title>Error</title>\n  </head>\n  <body>\n    <h1>Error</h1>\n    \
                 <p>{message}.</p>\n    <p>request_id: {request_id}</p>\n  </body>\n</html>\n"
            ),
            Self::Xml => format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<error>\n  \
                 <message>{message}</message>\n  <requestid>{request_id}</requestid>\n</error>\n"
            ),
            Self::Plain => format!("{message}\nrequest_id: {request_id}\n"),
        }
    }
}

/// What the client would like to read, all `Accept` headers taken together.
pub(crate) fn accepted(headers: &HeaderMap) -> Option<String> {
    let offers: Vec<&str> =
        headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
    (!offers.is_empty()).then(|| offers.join(","))
}
