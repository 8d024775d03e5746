//! The way to the upstream and back.

mod headers;
mod service;

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use tracing::warn;

pub(crate) use self::service::{Service, Timeouts};
use crate::answer::Answer;
use crate::exchange::Exchange;

/// No answer of an upstream is longer: Lambda's own limit is 6 MiB.
const MAX_ANSWER_BYTES: usize = 16 * 1024 * 1024;

/// What came back, and how long the upstream took to begin its answer.
pub(crate) struct Proxied {
    pub(crate) outcome: Result<Response<Bytes>, Answer>,
    pub(crate) waited: Duration,
}

enum Failure {
    /// Refused, closed, or not HTTP.
    Broken,
    TimedOut,
    NameUnknown,
}

/// Sends the request on, again where the service allows it.
///
/// `Err` is an answer from before anything was sent.
pub(crate) async fn send(exchange: &mut Exchange, service: &Service) -> Result<Proxied, Answer> {
    let body = exchange.whole_body().await?;
    let uri = service
        .uri(&exchange.path, exchange.query.as_deref())
        .map_err(|_| Answer::error(StatusCode::BAD_REQUEST, "Bad request"))?;
    headers::prepare(exchange, service, &body);

    let mut tries_left = if is_idempotent(&exchange.method) { service.retries } else { 0 };
    let started = Instant::now();
    loop {
        let mut request = Request::new(Full::new(body.clone()));
        *request.method_mut() = exchange.method.clone();
        *request.uri_mut() = uri.clone();
        *request.headers_mut() = exchange.headers.clone();
        let (failure, waited) = match once(service, request, started).await {
            Ok((response, waited)) => {
                return Ok(Proxied { outcome: Ok(response), waited });
            }
            Err(failure) => (failure, started.elapsed()),
        };
        match failure {
            Failure::NameUnknown => {
                return Err(Answer::error(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "name resolution failed",
                ));
            }
            _ if tries_left > 0 => tries_left -= 1,
            Failure::Broken => return Ok(failed(StatusCode::BAD_GATEWAY, waited)),
            Failure::TimedOut => return Ok(failed(StatusCode::GATEWAY_TIMEOUT, waited)),
        }
    }
}

async fn once(
    service: &Service,
    request: Request<Full<Bytes>>,
    started: Instant,
) -> Result<(Response<Bytes>, Duration), Failure> {
    // Connecting also has a limit of its own, which the connector keeps.
    let answer = service.client().request(request);
    let answer = tokio::time::timeout(service.timeouts.read, answer).await;
    let response = match answer.map_err(|_| Failure::TimedOut)? {
        Ok(response) => response,
        Err(error) => {
            warn!(service.host = service.host(), error = ?error, "the upstream gave no answer");
            return Err(failure(service, &error).await);
        }
    };
    let waited = started.elapsed();

    let (mut parts, body) = response.into_parts();
    let body = Limited::new(body, MAX_ANSWER_BYTES).collect();
    let body = match tokio::time::timeout(service.timeouts.read, body).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) => {
            warn!(service.host = service.host(), error, "the upstream's answer broke off");
            return Err(Failure::Broken);
        }
        Err(_) => return Err(Failure::TimedOut),
    };
    headers::strip_hop_by_hop(&mut parts.headers);
    Ok((Response::from_parts(parts, body), waited))
}

async fn failure(service: &Service, error: &hyper_util::client::legacy::Error) -> Failure {
    if !error.is_connect() {
        return Failure::Broken;
    }
    if has_timed_out(error) {
        return Failure::TimedOut;
    }
    // Only the failed way asks again; the connector does not say what failed.
    if service.resolves().await { Failure::Broken } else { Failure::NameUnknown }
}

fn has_timed_out(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut source = Some(error);
    while let Some(error) = source {
        let io = error.downcast_ref::<std::io::Error>();
        if io.is_some_and(|io| io.kind() == std::io::ErrorKind::TimedOut) {
            return true;
        }
        source = error.source();
    }
    false
}

fn failed(status: StatusCode, waited: Duration) -> Proxied {
    let message = if status == StatusCode::GATEWAY_TIMEOUT {
        "The upstream server is timing out"
    } else {
        "An invalid response was received from the upstream server"
    };
    Proxied { outcome: Err(Answer::error(status, message)), waited }
}

/// nginx sends these again, and no others.
fn is_idempotent(method: &Method) -> bool {
    !matches!(*method, Method::POST | Method::PATCH) && method.as_str() != "LOCK"
}

/// `Via` of an answer: the upstream's own, then ours.
pub(crate) fn add_via(headers: &mut HeaderMap) {
    headers::add_via(headers, http::Version::HTTP_11);
}
