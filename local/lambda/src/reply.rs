//! Answers, and the errors of Lambda's own APIs in AWS's words.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER};
use http::{Response, StatusCode};
use http_body_util::Full;
use serde_json::{Value, json};

pub(crate) type Reply = Response<Full<Bytes>>;

/// The caller's connection is closed without an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Severed;

impl std::fmt::Display for Severed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("closed without an answer, as was asked for")
    }
}

impl std::error::Error for Severed {}

const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");

/// An answer of any kind.
pub(crate) fn reply(
    status: StatusCode,
    content_type: &'static str,
    body: impl Into<Bytes>,
) -> Reply {
    let mut reply = Response::new(Full::new(body.into()));
    *reply.status_mut() = status;
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    reply
}

/// An answer of JSON.
pub(crate) fn json(status: StatusCode, body: &Value) -> Reply {
    reply(status, "application/json", body.to_string())
}

fn error(status: StatusCode, error_type: &'static str, body: &Value) -> Reply {
    let mut reply = json(status, body);
    reply.headers_mut().insert(ERROR_TYPE, HeaderValue::from_static(error_type));
    reply
}

pub(crate) fn not_found(name: &str) -> Reply {
    let message = format!("Function not found: {name}");
    let body = json!({ "Type": "User", "Message": message });
    error(StatusCode::NOT_FOUND, "ResourceNotFoundException", &body)
}

pub(crate) fn unknown_operation() -> Reply {
    let body = json!({ "Message": "no such operation here" });
    error(StatusCode::NOT_FOUND, "UnknownOperationException", &body)
}

pub(crate) fn throttled() -> Reply {
    let body = json!({
        "Reason": "ReservedFunctionConcurrentInvocationLimitExceeded",
        "Type": "User",
        "message": "Rate Exceeded.",
    });
    error(StatusCode::TOO_MANY_REQUESTS, "TooManyRequestsException", &body)
}

pub(crate) fn too_large(limit_bytes: usize) -> Reply {
    let message = format!(
        "Request must be smaller than {limit_bytes} bytes for the InvokeFunction operation"
    );
    let body = json!({ "Type": "User", "message": message });
    error(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLargeException", &body)
}

pub(crate) fn bad_content(message: &str) -> Reply {
    let body = json!({ "Type": "User", "message": message });
    error(StatusCode::BAD_REQUEST, "InvalidRequestContentException", &body)
}

pub(crate) fn bad_parameter(message: &str) -> Reply {
    let body = json!({ "Type": "User", "message": message });
    error(StatusCode::BAD_REQUEST, "InvalidParameterValueException", &body)
}

/// This does not exist in AWS, where a deployment replaces the old code with the
/// new one in one step.
pub(crate) fn being_built() -> Reply {
    let body = json!({ "Type": "Service", "Message": "The function is being built." });
    let mut reply = error(StatusCode::SERVICE_UNAVAILABLE, "ServiceException", &body);
    reply.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("2"));
    reply
}

pub(crate) fn service_fault() -> Reply {
    let body = json!({ "Type": "Service", "Message": "An error occurred and the request cannot be processed." });
    error(StatusCode::INTERNAL_SERVER_ERROR, "ServiceException", &body)
}
