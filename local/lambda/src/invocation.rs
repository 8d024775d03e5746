//! An invocation of a function, and its outcome.

use bytes::Bytes;
use http::HeaderMap;
use tokio::sync::oneshot;

/// The limit for an event, and for an answer.
pub(crate) const PAYLOAD_LIMIT_BYTES: usize = 6 * 1024 * 1024;

/// What a caller sends.
#[derive(Debug, Clone, Default)]
pub(crate) struct Call {
    pub(crate) payload: Bytes,
    /// The caller's `X-Amzn-Trace-Id`, if its trace is sampled.
    pub(crate) trace: Option<String>,
}

impl Call {
    pub(crate) fn new(payload: Bytes, headers: &HeaderMap) -> Self {
        let trace = headers.get("x-amzn-trace-id").and_then(|trace| trace.to_str().ok());
        // Lambda begins a trace of its own where it gets none, and does not sample it here.
        let trace = trace.filter(|trace| trace.split(';').any(|part| part == "Sampled=1"));
        Self { payload, trace: trace.map(str::to_owned) }
    }
}

/// What a process gets.
#[derive(Debug)]
pub(crate) struct Invocation {
    /// `Lambda-Runtime-Aws-Request-Id`.
    pub(crate) id: String,
    pub(crate) call: Call,
}

/// The outcome of an invocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It answered.
    Answered(Bytes),
    /// It failed, or its process did: `errorType` and `errorMessage`.
    Failed(Bytes),
}

/// Why an invocation has no outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The limits for running and waiting invocations are reached.
    Throttled,
    /// It is being built, and was not ready in time.
    BeingBuilt,
    /// A fault was set: the function does not get the invocation.
    Lost,
    /// A fault was set: the caller does not get the outcome.
    Severed,
    /// The service ends.
    Closed,
}

/// An invocation on its way to a process, and where its caller waits.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) invocation: Invocation,
    /// Sent once a process has it; its timeout starts then.
    pub(crate) given: oneshot::Sender<ProcessId>,
    pub(crate) answer: oneshot::Sender<Outcome>,
}

/// A process of a function. Unlike the system's, these ids are never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ProcessId(pub(crate) u64);
