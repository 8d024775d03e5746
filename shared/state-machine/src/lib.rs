//! Runs the saga's state machine on AWS Step Functions, and waits for its end.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;
use tenjo_aws::{CallError, SYNC_STATES, Service};
use tenjo_domain::SagaId;
use tenjo_saga::{RunError, Runs};
use tenjo_settings::{SettingError, Settings};
use tokio::time::timeout;

/// How long a caller waits for a run. The run continues after that.
const WAIT: Duration = Duration::from_secs(20);

/// The state machine `gacha-saga`.
#[derive(Debug, Clone)]
pub struct StateMachine {
    service: Service,
    arn: String,
}

/// What `StartSyncExecution` answers. It answers so for a failed run too.
#[derive(Deserialize)]
struct Run {
    status: String,
    error: Option<String>,
}

impl StateMachine {
    /// The state machine that `TENJO_STATE_MACHINE_ARN` names.
    ///
    /// # Errors
    /// When a setting is missing.
    pub fn from_settings(settings: &Settings) -> Result<Self, SettingError> {
        let arn = settings.text("TENJO_STATE_MACHINE_ARN")?.to_owned();
        Ok(Self { service: Service::from_env(SYNC_STATES), arn })
    }
}

impl Runs for StateMachine {
    async fn run(&self, saga_id: SagaId) -> Result<(), RunError> {
        let input = json!({ "saga_id": saga_id.0.to_string() }).to_string();
        let mut start = json!({ "stateMachineArn": self.arn, "input": input });
        tenjo_trace::note("saga_id", saga_id);
        if let Some(header) = tenjo_trace::header() {
            start["traceHeader"] = header.into();
        }
        // Without retries: a second start would run the saga twice at once. That
        // is safe, but wasteful.
        let called = timeout(WAIT, self.service.call("StartSyncExecution", &start)).await;
        let body = called.map_err(|_| RunError::StillRunning)?.map_err(unavailable)?;
        let run: Run =
            serde_json::from_slice(&body).map_err(|error| unavailable(CallError::never(error)))?;
        if run.status != "SUCCEEDED" {
            let (status, error) = (run.status, run.error);
            tracing::warn!(saga.id = %saga_id, status, error, "the state machine failed");
        }
        Ok(())
    }
}

fn unavailable(error: CallError) -> RunError {
    RunError::Unavailable(error.into())
}
