//! `StartSyncExecution`, as a client of AWS sends it and gets it answered.
//!
//! An execution that fails is an answer like any other. Errors are for calls
//! that start none; they have AWS's names and shape.

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
use crate::lambda::Lambda;

const START_SYNC_EXECUTION: &str = "AWSStepFunctions.StartSyncExecution";

/// One state machine, and the functions that it calls.
#[derive(Debug)]
pub struct StepFunctions<L> {
    /// What it is called by.
    pub arn: StateMachineArn,
    /// What it does.
    pub machine: StateMachine,
    /// What it calls.
    pub lambda: L,
    /// Who may start it.
    pub identities: Identities,
}

impl<L: Lambda + Send + 'static> StepFunctions<L> {
    /// Answers one call: `authorization` is its header of that name, `target` its
    /// `X-Amz-Target`, `body` its JSON.
    ///
    /// The execution goes on to its end even if nobody waits for the answer
    /// any more.
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
        let execution = tokio::spawn(async move { this.execute(&start).await });
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
    reason = "answers carry the real time, and nothing hangs on it"
)]
fn since_epoch() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}
