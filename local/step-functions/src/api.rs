//! `StartSyncExecution`, with AWS's requests and answers.
//!
//! A failed execution is a normal answer. An error means that the call started no
//! execution; errors have AWS's names and shape.

mod error;
mod request;
mod response;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tenjo_iam::Identities;
use uuid::Uuid;

pub use self::error::ApiError;
use self::request::Start;
pub use crate::arn::StateMachineArn;
use crate::definition::StateMachine;
use crate::interpreter::{self, End, Outcome};
use crate::lambda::{self, Lambda};

const START_SYNC_EXECUTION: &str = "AWSStepFunctions.StartSyncExecution";

/// One state machine, and the functions that it calls.
#[derive(Debug)]
pub struct StepFunctions<L> {
    /// The ARN that clients use.
    pub arn: StateMachineArn,
    /// The definition.
    pub machine: StateMachine,
    /// Where its functions are called.
    pub lambda: L,
    /// The callers and their rights.
    pub identities: Identities,
}

impl<L: Lambda + Send + 'static> StepFunctions<L> {
    /// Answers one call: `authorization` is its header of that name, `target` its
    /// `X-Amz-Target`, `body` its JSON.
    ///
    /// The execution runs to its end even if nobody waits for the answer any more.
    ///
    /// # Errors
    /// When no execution was started, and why.
    pub async fn call(
        self: &Arc<Self>,
        authorization: Option<&str>,
        target: Option<&str>,
        body: &[u8],
    ) -> Result<String, ApiError> {
        let caller = self.identities.caller(authorization).map_err(ApiError::refused)?;
        if target != Some(START_SYNC_EXECUTION) {
            return Err(ApiError::unknown_operation());
        }
        let start = Start::read(body, &self.arn)?;
        caller
            .authorize("states:StartSyncExecution", self.arn.as_str())
            .map_err(ApiError::refused)?;
        let this = Arc::clone(self);
        let execution = tokio::spawn(async move {
            let trace = start.trace_header.clone();
            lambda::TRACE.scope(trace, this.execute(&start)).await
        });
        execution.await.map_err(|_| ApiError::internal())
    }

    async fn execute(&self, start: &Start) -> String {
        let started_at = since_epoch();
        let outcome = interpreter::run(&self.machine, &self.lambda, &start.input).await;
        log(start, &outcome);
        let execution_arn = self.arn.execution(&start.name, Uuid::new_v4());
        response::write(&self.arn, &execution_arn, start, started_at, &outcome)
    }
}

impl End {
    /// Its name in answers and logs.
    fn status(&self) -> &'static str {
        match self {
            Self::Succeeded(_) => "SUCCEEDED",
            Self::Failed(_) => "FAILED",
            Self::TimedOut(_) => "TIMED_OUT",
        }
    }
}

fn log(start: &Start, outcome: &Outcome) {
    let error = match &outcome.end {
        End::Succeeded(_) => None,
        End::Failed(error) | End::TimedOut(error) => Some(error),
    };
    tracing::info!(
        name = start.name,
        status = outcome.end.status(),
        duration_ms = outcome.duration.as_millis(),
        retries = outcome.retry_count,
        saga.id = start.input.get("saga_id").and_then(|id| id.as_str()),
        error = error.map(|error| error.error.as_str()),
        cause = error.and_then(|error| error.cause.as_deref()),
        "execution ended"
    );
}

#[expect(
    clippy::disallowed_methods,
    reason = "answers carry the real time, and nothing depends on it"
)]
fn since_epoch() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}
