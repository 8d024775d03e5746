//! `/lambda-url/{name}/…`: a request becomes an event of payload format 2.0,
//! and what the function answers becomes a response.

mod event;
mod response;

use bytes::Bytes;
use http::StatusCode;
use http::request::Parts;

use crate::invocation::{Call, Outcome};
use crate::invoke;
use crate::reply::{self, Reply, Severed};
use crate::service::Service;

/// Answers one request; `path` is what follows the name, and begins with `/`.
pub(crate) async fn call(
    service: &Service,
    name: &str,
    path: &str,
    head: &Parts,
    body: &[u8],
) -> Result<Reply, Severed> {
    let Some(function) = service.function(name) else { return Ok(reply::not_found(name)) };
    let event = event::write(name, path, head, body).to_string();
    if event.len() > crate::invocation::PAYLOAD_LIMIT_BYTES {
        return Ok(invoke::too_large());
    }
    match function.invoke(Call::new(Bytes::from(event), &head.headers)).await {
        Ok(Outcome::Answered(answer)) => Ok(response::read(&answer).unwrap_or_else(|why| {
            tracing::warn!(function = name, why, "its answer is no response");
            failed()
        })),
        Ok(Outcome::Failed(error)) => {
            let error = String::from_utf8_lossy(&error);
            tracing::info!(function = name, %error, "failed");
            Ok(failed())
        }
        Err(refusal) => invoke::refused(refusal),
    }
}

/// AWS's answer for a function that failed: it reported an error, died, or took too
/// long.
fn failed() -> Reply {
    reply::reply(StatusCode::BAD_GATEWAY, "application/json", "Internal Server Error")
}
