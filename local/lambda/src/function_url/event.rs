//! A request as an event.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::header::{CONTENT_TYPE, COOKIE, HOST, HeaderMap, USER_AGENT};
use http::request::Parts;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use uuid::Uuid;

use super::Signer;

/// As in `12/Mar/2020:19:03:58 +0000`.
const TIME: &[BorrowedFormatItem<'_>] = format_description!(
    "[day]/[month repr:short]/[year]:[hour]:[minute]:[second] [offset_hour sign:mandatory][offset_minute]"
);

/// Types of content that are text; all else is encoded.
const TEXT: [&str; 4] = ["text/", "application/json", "application/javascript", "application/xml"];

/// Writes the event of a request to `path` of a function's URL, by a caller whom IAM let
/// in, or by anyone.
pub(super) fn write(
    name: &str,
    path: &str,
    head: &Parts,
    body: &[u8],
    caller: Option<&Signer<'_>>,
) -> Value {
    let query = head.uri.query().unwrap_or_default();
    let host = text(&head.headers, &HOST).unwrap_or_default();
    let now = now();
    let mut event = json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers(&head.headers),
        "requestContext": {
            "accountId": "anonymous",
            "apiId": name,
            "domainName": host,
            "domainPrefix": name,
            "http": {
                "method": head.method.as_str(),
                "path": percent_decode_str(path).decode_utf8_lossy(),
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": text(&head.headers, &USER_AGENT),
            },
            "requestId": Uuid::new_v4(),
            "routeKey": "$default",
            "stage": "$default",
            "time": now.format(TIME).unwrap_or_default(),
            "timeEpoch": now.unix_timestamp() * 1000 + i64::from(now.millisecond()),
        },
        "isBase64Encoded": false,
    });
    if let Some(Signer { access_key, identity }) = caller {
        let arn = identity.principal();
        let account = arn.split(':').nth(4).unwrap_or_default();
        let session = arn.rsplit('/').next().unwrap_or_default();
        event["requestContext"]["accountId"] = json!(account);
        event["requestContext"]["authorizer"] = json!({ "iam": {
            "accessKey": access_key,
            "accountId": account,
            "callerId": format!("AROALOCAL:{session}"),
            "cognitoIdentity": null,
            "principalOrgId": null,
            "userArn": arn,
            "userId": format!("AROALOCAL:{session}"),
        } });
    }
    let cookies = cookies(&head.headers);
    if !cookies.is_empty() {
        event["cookies"] = json!(cookies);
    }
    if !query.is_empty() {
        event["queryStringParameters"] = json!(query_values(query));
    }
    if !body.is_empty() {
        match std::str::from_utf8(body) {
            Ok(body) if is_text(&head.headers) => event["body"] = json!(body),
            _ => {
                event["body"] = json!(BASE64_STANDARD.encode(body));
                event["isBase64Encoded"] = json!(true);
            }
        }
    }
    event
}

/// Headers of the same name are joined with commas. Cookies are elsewhere in the
/// event.
fn headers(headers: &HeaderMap) -> BTreeMap<&str, String> {
    let names = headers.keys().filter(|name| *name != COOKIE);
    let joined = names.map(|name| {
        let values = headers.get_all(name).iter();
        let values: Vec<_> =
            values.map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
        (name.as_str(), values.join(","))
    });
    joined.collect()
}

fn cookies(headers: &HeaderMap) -> Vec<String> {
    let values = headers.get_all(COOKIE).iter();
    let values: Vec<_> = values.map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
    let cookies = values.iter().flat_map(|value| value.split(';'));
    cookies.map(|cookie| cookie.trim().to_owned()).filter(|cookie| !cookie.is_empty()).collect()
}

/// Values of the same name are joined with commas.
fn query_values(query: &str) -> BTreeMap<String, String> {
    let mut values: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        values
            .entry(name.into_owned())
            .and_modify(|values| {
                values.push(',');
                values.push_str(&value);
            })
            .or_insert_with(|| value.into_owned());
    }
    values
}

fn is_text(headers: &HeaderMap) -> bool {
    let content_type = text(headers, &CONTENT_TYPE).unwrap_or_default();
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    TEXT.iter().any(|text| kind.starts_with(text))
        || kind.ends_with("+json")
        || kind.ends_with("+xml")
}

fn text<'a>(headers: &'a HeaderMap, name: &http::HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

#[expect(clippy::disallowed_methods, reason = "an event carries the real time")]
fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn event(request: http::request::Builder, body: &[u8]) -> Value {
        let (head, ()) = request.body(()).unwrap().into_parts();
        write("get-user", "/v1/a%20b", &head, body, None)
    }

    #[test]
    fn a_request_is_written_as_aws_writes_it() {
        let request = Request::get("/lambda-url/get-user/v1/a%20b?x=1&x=2&y=a+b")
            .header("host", "here")
            .header("x-two", "1")
            .header("x-two", "2")
            .header("cookie", "a=1; b=2")
            .header("user-agent", "test");
        let event = event(request, b"");
        for (pointer, expected) in [
            ("/version", json!("2.0")),
            ("/rawPath", json!("/v1/a%20b")),
            ("/rawQueryString", json!("x=1&x=2&y=a+b")),
            ("/queryStringParameters", json!({ "x": "1,2", "y": "a b" })),
            ("/headers", json!({ "host": "here", "x-two": "1,2", "user-agent": "test" })),
            ("/cookies", json!(["a=1", "b=2"])),
            ("/requestContext/stage", json!("$default")),
            ("/requestContext/http/method", json!("GET")),
            ("/requestContext/http/path", json!("/v1/a b")),
            ("/requestContext/http/userAgent", json!("test")),
            ("/isBase64Encoded", json!(false)),
        ] {
            assert_eq!(event.pointer(pointer), Some(&expected), "{pointer}");
        }
        assert_eq!(event.get("body"), None);
        let time = event["requestContext"]["time"].as_str().unwrap();
        assert!(time.ends_with(" +0000") && time.len() == 26, "{time}");
    }

    #[test]
    fn a_body_is_text_if_its_type_says_so_and_encoded_otherwise() {
        for (content_type, body, expected, encoded) in [
            ("application/json", b"{}".as_slice(), "{}", false),
            ("Application/JSON; charset=utf-8", b"{}", "{}", false),
            ("application/problem+json", b"{}", "{}", false),
            ("text/plain", b"a", "a", false),
            ("text/plain", b"\xff", "/w==", true),
            ("application/octet-stream", b"a", "YQ==", true),
            ("application/x-www-form-urlencoded", b"a=1", "YT0x", true),
            ("", b"a", "YQ==", true),
        ] {
            let request = Request::post("/").header("content-type", content_type);
            let event = event(request, body);
            assert_eq!(event["body"], expected, "{content_type}");
            assert_eq!(event["isBase64Encoded"], encoded, "{content_type}");
        }
    }
}
