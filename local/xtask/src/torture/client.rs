//! Requests to the gateway, as a game's client sends them.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use hyper::{Method, Request};
use hyper_util::client::legacy::Client as Pooled;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use tokio::time::{Instant, sleep, timeout};

use super::tally::Tally;

/// When a client gives up: later than anybody should have to wait.
const GIVE_UP: Duration = Duration::from_secs(45);

/// Even a client in a hurry waits a little before it asks a gateway again that
/// is not there, or that has too much to do.
const AFTER_NO_ANSWER: Duration = Duration::from_millis(100);

/// What a request asks for, in the words of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    Draw,
    Exchange,
    Session,
    Read,
    /// With a token from a clock that is wrong.
    SkewedRead,
    SkewedDraw,
}

impl Asked {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Draw => "draw",
            Self::Exchange => "exchange",
            Self::Session => "session",
            Self::Read => "read",
            Self::SkewedRead => "read, wrong clock",
            Self::SkewedDraw => "draw, wrong clock",
        }
    }
}

/// An answer of the gateway.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Of an error; empty otherwise.
    pub(crate) code: String,
    /// Of a success; null otherwise.
    pub(crate) data: Value,
    /// Whether it says when to come back.
    pub(crate) has_retry_after: bool,
}

/// One request.
pub(crate) struct Call<'a> {
    pub(crate) asked: Asked,
    pub(crate) method: Method,
    pub(crate) path: &'a str,
    pub(crate) token: Option<&'a str>,
    pub(crate) key: Option<&'a str>,
    pub(crate) body: Option<&'a Value>,
}

/// Sends requests, and counts what comes of them.
#[derive(Clone)]
pub(crate) struct Client {
    gateway: String,
    pooled: Pooled<HttpConnector, Full<Bytes>>,
    pub(crate) tally: Arc<Tally>,
}

impl Client {
    pub(crate) fn new(gateway: String, tally: Arc<Tally>) -> Self {
        let pooled = Pooled::builder(TokioExecutor::new()).build_http();
        Self { gateway, pooled, tally }
    }

    /// The answer; `None` if there is none: the client does not know what came
    /// of its request.
    pub(crate) async fn send(&self, call: Call<'_>) -> Option<Answer> {
        let (asked, began) = (call.asked, Instant::now());
        let answered = timeout(GIVE_UP, self.exchange(call)).await;
        let answer = answered.ok().and_then(Result::ok);
        self.tally.heard(asked, answer.as_ref(), began.elapsed());
        if answer.as_ref().is_none_or(|answer| answer.status == 429) {
            sleep(AFTER_NO_ANSWER).await;
        }
        answer
    }

    async fn exchange(&self, call: Call<'_>) -> anyhow::Result<Answer> {
        let mut request =
            Request::builder().method(call.method).uri(format!("{}{}", self.gateway, call.path));
        if let Some(token) = call.token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        if let Some(key) = call.key {
            request = request.header("Idempotency-Key", key);
        }
        let body = match call.body {
            Some(body) => {
                request = request.header(CONTENT_TYPE, "application/json");
                Bytes::from(body.to_string())
            }
            None => Bytes::new(),
        };
        let response = self.pooled.request(request.body(Full::new(body))?).await?;
        let status = response.status().as_u16();
        let has_retry_after = response.headers().contains_key(RETRY_AFTER);
        let bytes = response.into_body().collect().await?.to_bytes();
        let mut body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let code = body["error"]["code"].as_str().unwrap_or_default().to_owned();
        Ok(Answer { status, code, data: body["data"].take(), has_retry_after })
    }
}
