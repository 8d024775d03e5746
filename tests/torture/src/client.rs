//! Requests to the gateway, as a game's client sends them. They are counted.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tenjo_tests::client::{self, Call};
use tokio::time::{Instant, sleep, timeout};

use crate::tally::Tally;

/// When a client gives up: later than any request may take.
const GIVE_UP: Duration = Duration::from_secs(45);

/// The pause before a client asks again when the gateway is down or overloaded.
/// Clients ignore `Retry-After`, but do not ask again at once.
const AFTER_NO_ANSWER: Duration = Duration::from_millis(100);

/// The kinds of requests in the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    Draw,
    Exchange,
    Present,
    Session,
    /// A client sends what it bought.
    Purchase,
    /// A store sends a notification.
    Notice,
    Read,
    /// With a token from a wrong clock.
    SkewedRead,
    SkewedDraw,
}

impl Asked {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Draw => "draw",
            Self::Exchange => "exchange",
            Self::Present => "present",
            Self::Session => "session",
            Self::Purchase => "purchase",
            Self::Notice => "notification",
            Self::Read => "read",
            Self::SkewedRead => "read, wrong clock",
            Self::SkewedDraw => "draw, wrong clock",
        }
    }
}

/// An answer of the gateway.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The code of an error; empty otherwise.
    pub(crate) code: String,
    /// The data of a success; null otherwise.
    pub(crate) data: Value,
    /// By which the functions' logs have the request; empty if no function answered.
    pub(crate) request_id: String,
    /// Whether it has `Retry-After`.
    pub(crate) has_retry_after: bool,
}

impl Answer {
    /// What must stay the same when the same request is answered again. Each answer has
    /// a `request_id` of its own.
    pub(crate) fn meaning(&self) -> (u16, &str, &Value, bool) {
        (self.status, &self.code, &self.data, self.has_retry_after)
    }
}

impl From<client::Answer> for Answer {
    fn from(mut answer: client::Answer) -> Self {
        Self {
            status: answer.status,
            code: answer.code().to_owned(),
            request_id: answer.body["error"]["request_id"].as_str().unwrap_or_default().to_owned(),
            has_retry_after: !answer.header("Retry-After").is_empty(),
            data: answer.body["data"].take(),
        }
    }
}

/// Sends requests, and counts their outcomes.
#[derive(Clone)]
pub(crate) struct Client {
    client: client::Client,
    pub(crate) tally: Arc<Tally>,
}

impl Client {
    pub(crate) fn new(gateway: String, tally: Arc<Tally>) -> Self {
        Self { client: client::Client::new(gateway), tally }
    }

    /// The answer; `None` if there is none: the client does not know the outcome of
    /// its request.
    pub(crate) async fn send(&self, asked: Asked, call: Call<'_>) -> Option<Answer> {
        let began = Instant::now();
        let answered = timeout(GIVE_UP, self.client.send(call)).await;
        let answer = answered.ok().and_then(Result::ok).map(Answer::from);
        self.tally.heard(asked, answer.as_ref(), began.elapsed());
        if answer.as_ref().is_none_or(|answer| answer.status == 429) {
            sleep(AFTER_NO_ANSWER).await;
        }
        answer
    }
}
