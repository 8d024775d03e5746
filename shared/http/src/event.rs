//! The request as Lambda passes it on from a function URL, and the answer that it
//! expects: payload format 2.0.
//!
//! Nothing here can fail: whatever a client put into the request, a handler or the
//! edge answers it. So the parts stay text and bytes, and nothing is made a URL.

use std::borrow::Cow;
use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde::{Deserialize, Serialize};
use url::form_urlencoded;

/// A request.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Event {
    /// As sent, not decoded.
    #[serde(default)]
    pub(crate) raw_path: String,
    #[serde(default)]
    raw_query_string: String,
    /// Values of the same name are one, with commas between.
    #[serde(default)]
    headers: BTreeMap<String, String>,
    request_context: RequestContext,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

#[derive(Debug, Deserialize)]
struct RequestContext {
    http: Http,
    #[serde(default)]
    authorizer: Option<Authorizer>,
}

/// Whom IAM let in, at a function URL that only IAM opens. AWS writes it, and clients
/// cannot.
#[derive(Debug, Deserialize)]
struct Authorizer {
    #[serde(default)]
    iam: Option<Iam>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Iam {
    #[serde(default)]
    user_arn: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Http {
    method: String,
}

impl Event {
    /// The method; `None` if it is none.
    pub(crate) fn method(&self) -> Option<Method> {
        self.request_context.http.method.parse().ok()
    }

    /// The ARN of the caller whom IAM let in; `None` at a public URL.
    pub(crate) fn iam_caller(&self) -> Option<&str> {
        self.request_context.authorizer.as_ref()?.iam.as_ref()?.user_arn.as_deref()
    }

    /// The headers. What cannot be a header is left out.
    pub(crate) fn headers(&self) -> HeaderMap {
        let read = |(name, value): (&String, &String)| {
            Some((
                name.parse::<HeaderName>().ok()?,
                HeaderValue::from_bytes(value.as_bytes()).ok()?,
            ))
        };
        self.headers.iter().filter_map(read).collect()
    }

    /// The names and values of the query, decoded, in their order.
    pub(crate) fn query(&self) -> Vec<(String, String)> {
        form_urlencoded::parse(self.raw_query_string.as_bytes()).into_owned().collect()
    }

    /// The bytes of the body; none if they cannot be decoded, which Lambda never does.
    pub(crate) fn body(&self) -> Vec<u8> {
        match &self.body {
            Some(body) if self.is_base64_encoded => STANDARD.decode(body).unwrap_or_default(),
            Some(body) => body.clone().into_bytes(),
            None => Vec::new(),
        }
    }
}

/// An answer, always of JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Answer {
    pub(crate) status_code: u16,
    pub(crate) headers: BTreeMap<&'static str, Cow<'static, str>>,
    pub(crate) body: String,
    pub(crate) is_base64_encoded: bool,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(change: impl FnOnce(&mut serde_json::Value)) -> Event {
        let mut event = json!({
            "version": "2.0",
            "rawPath": "/v1/a%20b",
            "rawQueryString": "limit=1&limit=2&x=a+%E5%A4%A9",
            "headers": { "host": "example.com", "x-two": "1,2" },
            "requestContext": { "http": { "method": "PUT", "path": "/v1/a b" } },
            "body": "{}",
            "isBase64Encoded": false,
        });
        change(&mut event);
        serde_json::from_value(event).unwrap()
    }

    #[test]
    fn an_event_is_read() {
        let event = event(|_| {});
        assert_eq!(event.method(), Some(Method::PUT));
        assert_eq!(event.raw_path, "/v1/a%20b");
        assert_eq!(event.headers()["x-two"], "1,2");
        let query = [("limit", "1"), ("limit", "2"), ("x", "a 天")];
        assert_eq!(event.query(), query.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(event.body(), b"{}");
        assert_eq!(event.iam_caller(), None);
    }

    #[test]
    fn the_caller_is_the_one_whom_iam_let_in() {
        let arn = "arn:aws:sts::000000000000:assumed-role/Operator/aoi";
        let event = event(|event| {
            event["requestContext"]["authorizer"] = json!({ "iam": { "userArn": arn } });
        });
        assert_eq!(event.iam_caller(), Some(arn));
    }

    #[test]
    fn whatever_a_client_sends_is_read_too() {
        let event = event(|event| {
            event["rawPath"] = json!("//\u{0}%zz<>");
            event["rawQueryString"] = json!("%&=&<script>=\u{ff}&%ff");
            event["headers"] = json!({
                "host": "a b/?#", "x-forwarded-proto": "no proto", "": "no name", "x-天": "1",
                "x-control": "\u{1}", "x-kept": "天井",
            });
            event["requestContext"]["http"]["method"] = json!("B\nAD");
            event["body"] = json!("no base64!");
            event["isBase64Encoded"] = json!(true);
        });
        assert_eq!(event.method(), None);
        assert_eq!(event.headers()["x-kept"], "天井".as_bytes());
        assert_eq!(event.headers().len(), 3);
        assert!(event.query().iter().any(|(name, _)| name == "<script>"));
        assert!(event.body().is_empty());
    }
}
