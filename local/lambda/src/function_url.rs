//! `/lambda-url/{name}/…`: a request becomes an event of payload format 2.0,
//! and what the function answers becomes a response. A URL with the type `AWS_IAM` is
//! open to the identities that have the rights, and the event names the caller.

mod event;
mod response;

use bytes::Bytes;
use http::StatusCode;
use http::header::AUTHORIZATION;
use http::request::Parts;
use serde_json::json;
use tenjo_iam::{Identity, access_key_of};

use crate::config::UrlAuth;
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
    let caller = match function.url() {
        None => return Ok(reply::not_found(name)),
        Some(UrlAuth::Anyone) => None,
        Some(UrlAuth::Iam) => match signer(service, head) {
            Some(caller) if caller.identity.authorize_url(&function.alias_arn()).is_ok() => {
                Some(caller)
            }
            _ => return Ok(forbidden()),
        },
    };
    let event = event::write(name, path, head, body, caller.as_ref()).to_string();
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

/// Whose request it is, by its access key.
pub(crate) struct Signer<'a> {
    access_key: &'a str,
    identity: &'a Identity,
}

fn signer<'a>(service: &'a Service, head: &'a Parts) -> Option<Signer<'a>> {
    let authorization = head.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let access_key = access_key_of(authorization)?;
    let identity = service.identities.caller(authorization).ok()?;
    Some(Signer { access_key, identity })
}

fn forbidden() -> Reply {
    reply::json(StatusCode::FORBIDDEN, &json!({ "Message": "Forbidden" }))
}

/// `GetFunctionUrlConfig`: where a function's URL is.
pub(crate) fn describe(service: &Service, name: &str, head: &Parts) -> Reply {
    let Some(function) = service.function(name) else { return reply::not_found(name) };
    let Some(auth) = function.url() else { return reply::not_found(name) };
    let arn = function.alias_arn();
    let may =
        |caller: Signer<'_>| caller.identity.authorize("lambda:GetFunctionUrlConfig", &arn).is_ok();
    if !signer(service, head).is_some_and(may) {
        return forbidden();
    }
    let url = format!("http://{}/lambda-url/{}/", service.address, function.name());
    let config = json!({ "AuthType": auth.as_str(), "FunctionArn": arn, "FunctionUrl": url });
    reply::json(StatusCode::OK, &config)
}

/// AWS's answer for a function that failed: it reported an error, died, or took too
/// long.
fn failed() -> Reply {
    reply::reply(StatusCode::BAD_GATEWAY, "application/json", "Internal Server Error")
}
