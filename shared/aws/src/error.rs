//! Why a call failed.

use std::fmt;

use bytes::Bytes;
use hyper::StatusCode;
use serde::Deserialize;

/// Errors that AWS's SDKs repeat, besides those with a status of 429 or 500 and more.
const LATER: [&str; 11] = [
    "DependencyTimeoutException",
    "InternalServerError",
    "KMSInternalException",
    "KeyUnavailableException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
];

/// Why a call failed. It never contains what AWS would have answered.
#[derive(Debug, Clone)]
pub struct CallError {
    /// AWS's name of the error, such as `AccessDeniedException`. Empty if there was no
    /// answer, or none in AWS's form.
    pub kind: String,
    /// The whole error, for people.
    pub message: String,
    /// Whether the same call may succeed a little later.
    pub is_worth_repeating: bool,
    /// The body of AWS's answer: some errors carry data.
    pub body: Bytes,
}

#[derive(Deserialize, Default)]
struct Refused {
    #[serde(default, rename = "__type")]
    kind: String,
    #[serde(default, alias = "Message")]
    message: String,
}

impl CallError {
    /// An error that may not occur again.
    pub fn again(message: impl fmt::Display) -> Self {
        Self::without_answer(message, true)
    }

    /// An error that would occur again.
    pub fn never(message: impl fmt::Display) -> Self {
        Self::without_answer(message, false)
    }

    fn without_answer(message: impl fmt::Display, is_worth_repeating: bool) -> Self {
        let (kind, message) = (String::new(), message.to_string());
        Self { kind, message, is_worth_repeating, body: Bytes::new() }
    }

    /// What AWS answered instead of 200.
    pub(crate) fn of(status: StatusCode, body: Bytes) -> Self {
        let Refused { kind, message } = serde_json::from_slice(&body).unwrap_or_default();
        // A name may come with its namespace: `com.amazonaws.ssm#ThrottlingException`.
        let kind = kind.rsplit('#').next().unwrap_or_default().to_owned();
        let message = format!("{status} {kind} {message}").trim_end().to_owned();
        let is_worth_repeating = status.is_server_error()
            || status == StatusCode::TOO_MANY_REQUESTS
            || LATER.contains(&kind.as_str());
        Self { kind, message, is_worth_repeating, body }
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for CallError {}
