//! The runtime API, which the processes of functions call. Each process has a path
//! of its own, which identifies it.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::failure;
use crate::function::Function;
use crate::invocation::{Invocation, Outcome, PAYLOAD_LIMIT_BYTES, ProcessId};
use crate::pool::Complaint;
use crate::reply::{self, Reply};

const REQUEST_ID: HeaderName = HeaderName::from_static("lambda-runtime-aws-request-id");
const DEADLINE_MS: HeaderName = HeaderName::from_static("lambda-runtime-deadline-ms");
const FUNCTION_ARN: HeaderName = HeaderName::from_static("lambda-runtime-invoked-function-arn");
const TRACE_ID: HeaderName = HeaderName::from_static("lambda-runtime-trace-id");
const RESPONSE_MODE: &str = "lambda-runtime-function-response-mode";

/// Answers one call of a process. `body` is `None` if it exceeds the limit.
pub(crate) async fn call(
    function: &Function,
    process: ProcessId,
    method: &Method,
    path: &[&str],
    headers: &HeaderMap,
    body: Option<Bytes>,
) -> Reply {
    match (method, path) {
        (&Method::GET, ["invocation", "next"]) => match function.next(process).await {
            Some(invocation) => given(function, invocation),
            None => refused(StatusCode::GONE, "InvalidState", "this process is to end"),
        },
        (&Method::POST, ["invocation", id, "response"]) => {
            let outcome = if headers.get(RESPONSE_MODE).is_some_and(|mode| mode == "streaming") {
                failure::broken(id, "streamed responses are not served here")
            } else {
                body.map_or_else(|| failure::too_large(PAYLOAD_LIMIT_BYTES), Outcome::Answered)
            };
            accepted(function.answer(process, id, outcome))
        }
        (&Method::POST, ["invocation", id, "error"]) => {
            let outcome =
                body.map_or_else(|| failure::too_large(PAYLOAD_LIMIT_BYTES), Outcome::Failed);
            accepted(function.answer(process, id, outcome))
        }
        (&Method::POST, ["init", "error"]) => {
            function.complain(process, complaint(&body.unwrap_or_default()));
            accepted(true)
        }
        _ => refused(StatusCode::NOT_FOUND, "UnknownOperation", "no such operation here"),
    }
}

fn given(function: &Function, invocation: Invocation) -> Reply {
    let now_ms = now_ms();
    let deadline_ms = now_ms + function.timeout().as_millis();
    let mut reply = reply::reply(StatusCode::OK, "application/json", invocation.call.payload);
    let root = Uuid::new_v4().simple().to_string();
    let (root, parent) = (&root[..24], &root[16..]);
    let own = || format!("Root=1-{:08x}-{root};Parent={parent};Sampled=0", now_ms / 1000);
    for (name, value) in [
        (REQUEST_ID, invocation.id),
        (DEADLINE_MS, deadline_ms.to_string()),
        (FUNCTION_ARN, function.arn()),
        (TRACE_ID, invocation.call.trace.unwrap_or_else(own)),
    ] {
        if let Ok(value) = HeaderValue::try_from(value) {
            reply.headers_mut().insert(name, value);
        }
    }
    reply
}

fn accepted(known: bool) -> Reply {
    if known {
        reply::json(StatusCode::ACCEPTED, &json!({ "status": "OK" }))
    } else {
        refused(StatusCode::BAD_REQUEST, "InvalidRequestID", "this process has no such invocation")
    }
}

fn refused(status: StatusCode, error_type: &str, message: &str) -> Reply {
    let mut reply =
        reply::json(status, &json!({ "errorType": error_type, "errorMessage": message }));
    let content_type = HeaderValue::from_static("application/vnd.aws.lambda.error+json");
    reply.headers_mut().insert(CONTENT_TYPE, content_type);
    reply
}

fn complaint(body: &[u8]) -> Complaint {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let word = |name: &str| body[name].as_str().unwrap_or("unknown").to_owned();
    Complaint { error_type: word("errorType"), error_message: word("errorMessage") }
}

#[expect(clippy::disallowed_methods, reason = "a deadline is a time of the real clock")]
fn now_ms() -> u128 {
    u128::try_from(OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000).unwrap_or_default()
}
