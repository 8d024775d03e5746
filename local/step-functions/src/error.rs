//! Errors of an execution, and the names by which Retry and Catch match them.

use serde::Deserialize;

const ALL: &str = "States.ALL";
const TASK_FAILED: &str = "States.TaskFailed";
const TIMEOUT: &str = "States.Timeout";
const RUNTIME: &str = "States.Runtime";
const DATA_LIMIT_EXCEEDED: &str = "States.DataLimitExceeded";

/// What went wrong, as `Error` and `Cause`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecutionError {
    /// Its name.
    pub error: String,
    /// Details for people; for a function, its whole error payload.
    pub cause: Option<String>,
}

impl ExecutionError {
    /// An error with a cause.
    #[must_use]
    pub fn new(error: impl Into<String>, cause: impl Into<String>) -> Self {
        Self { error: error.into(), cause: Some(cause.into()) }
    }

    /// Something took longer than its `TimeoutSeconds`.
    pub(crate) fn timeout() -> Self {
        Self { error: TIMEOUT.to_owned(), cause: None }
    }

    /// The data does not fit the definition. Nothing retries or catches this.
    pub(crate) fn runtime(cause: String) -> Self {
        Self::new(RUNTIME, cause)
    }

    /// A function's answer is larger than a state may pass on.
    pub(crate) fn data_limit_exceeded() -> Self {
        Self::new(DATA_LIMIT_EXCEEDED, "The function's answer is larger than 262144 bytes.")
    }

    /// No rule of a Choice state held, and it has no default.
    pub(crate) fn no_choice_matched(state: &str) -> Self {
        let cause = format!("No rule of the Choice state '{state}' held, and it has no Default.");
        Self::new("States.NoChoiceMatched", cause)
    }
}

/// `ErrorEquals`: the names that a retrier or catcher is for.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub(crate) struct ErrorEquals(Vec<String>);

impl ErrorEquals {
    /// Whether it is for `error`.
    pub(crate) fn matches(&self, error: &ExecutionError) -> bool {
        let error = error.error.as_str();
        let is_terminal = matches!(error, RUNTIME | DATA_LIMIT_EXCEEDED);
        self.0.iter().any(|name| match name.as_str() {
            ALL => !is_terminal,
            TASK_FAILED => !is_terminal && error != TIMEOUT,
            name => name == error,
        })
    }

    /// Whether it is for any error at all.
    pub(crate) fn is_wildcard(&self) -> bool {
        self.0.iter().any(|name| name == ALL)
    }
}

impl TryFrom<Vec<String>> for ErrorEquals {
    type Error = String;

    fn try_from(names: Vec<String>) -> Result<Self, Self::Error> {
        if names.is_empty() {
            return Err("`ErrorEquals` must not be empty".to_owned());
        }
        if names.len() > 1 && names.iter().any(|name| name == ALL) {
            return Err(format!("`{ALL}` must stand alone in `ErrorEquals`"));
        }
        let is_known = |name: &str| {
            !name.starts_with("States.") || [ALL, TASK_FAILED, TIMEOUT].contains(&name)
        };
        match names.iter().find(|name| !is_known(name)) {
            Some(name) => Err(format!("error name `{name}` is not supported")),
            None => Ok(Self(names)),
        }
    }
}
