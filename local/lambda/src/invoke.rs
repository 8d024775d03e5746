//! `POST /2015-03-31/functions/{name}/invocations`: calls the function with an
//! event and waits for its answer.

use bytes::Bytes;
use http::StatusCode;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use serde::de::IgnoredAny;

use crate::invocation::{Call, Outcome, PAYLOAD_LIMIT_BYTES, Refusal};
use crate::process::VERSION;
use crate::reply::{self, Reply, Severed};
use crate::service::Service;

const FUNCTION_ERROR: HeaderName = HeaderName::from_static("x-amz-function-error");
const EXECUTED_VERSION: HeaderName = HeaderName::from_static("x-amz-executed-version");

/// Answers one call.
pub(crate) async fn invoke(
    service: &Service,
    name: &str,
    headers: &HeaderMap,
    event: Bytes,
) -> Result<Reply, Severed> {
    let Some(function) = service.function(name) else { return Ok(reply::not_found(name)) };
    let kind = headers.get("x-amz-invocation-type");
    if kind.is_some_and(|kind| kind != "RequestResponse") {
        return Ok(reply::bad_parameter("only the invocation type RequestResponse is served here"));
    }
    // A call without an event gets an empty one.
    let event = if event.is_empty() { Bytes::from_static(b"{}") } else { event };
    if let Err(error) = serde_json::from_slice::<IgnoredAny>(&event) {
        let message = format!("Could not parse request body into json: {error}");
        return Ok(reply::bad_content(&message));
    }
    match function.invoke(Call::new(event, headers)).await {
        Ok(Outcome::Answered(answer)) => Ok(answered(answer)),
        Ok(Outcome::Failed(error)) => {
            let mut reply = answered(error);
            reply.headers_mut().insert(FUNCTION_ERROR, HeaderValue::from_static("Unhandled"));
            Ok(reply)
        }
        Err(refusal) => refused(refusal),
    }
}

fn answered(answer: Bytes) -> Reply {
    let mut reply = reply::reply(StatusCode::OK, "application/json", answer);
    reply.headers_mut().insert(EXECUTED_VERSION, HeaderValue::from_static(VERSION));
    reply
}

/// The answer if there is no outcome.
pub(crate) fn refused(refusal: Refusal) -> Result<Reply, Severed> {
    match refusal {
        Refusal::Throttled => Ok(reply::throttled()),
        Refusal::BeingBuilt => Ok(reply::being_built()),
        Refusal::Lost | Refusal::Closed => Ok(reply::service_fault()),
        Refusal::Severed => Err(Severed),
    }
}

/// The answer to an event that is too large.
pub(crate) fn too_large() -> Reply {
    reply::too_large(PAYLOAD_LIMIT_BYTES)
}
