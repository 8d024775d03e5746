//! What a function is asked, and what comes of it.

use bytes::Bytes;
use tokio::sync::oneshot;

/// The most that a function is given, and the most that it may answer.
pub(crate) const PAYLOAD_LIMIT_BYTES: usize = 6 * 1024 * 1024;

/// What a process is given.
#[derive(Debug)]
pub(crate) struct Invocation {
    /// `Lambda-Runtime-Aws-Request-Id`.
    pub(crate) id: String,
    pub(crate) payload: Bytes,
}

/// What a function made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It answered.
    Answered(Bytes),
    /// It failed, or its process did: `errorType` and `errorMessage`.
    Failed(Bytes),
}

/// Why an invocation came to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// As many run and wait as may.
    Throttled,
    /// It is being built, and was not ready in time.
    BeingBuilt,
    /// A fault was asked for: the function never hears of it.
    Lost,
    /// A fault was asked for: the caller never hears of it.
    Severed,
    /// The service ends.
    Closed,
}

/// An invocation on its way to a process, and where its caller waits.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) invocation: Invocation,
    /// Told once a process has it; its time runs from then.
    pub(crate) given: oneshot::Sender<ProcessId>,
    pub(crate) answer: oneshot::Sender<Outcome>,
}

/// A process of a function. Ids are not used again, as those of the system are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ProcessId(pub(crate) u64);
