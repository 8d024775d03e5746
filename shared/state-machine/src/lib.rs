//! Runs the saga's state machine on AWS Step Functions, and waits for its end:
//! of a new saga, or of one that stands still.

mod endpoint;
mod recover;

use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_sfn::Client;
use aws_sdk_sfn::error::SdkError;
use aws_sdk_sfn::types::SyncExecutionStatus;
use tenjo_domain::SagaId;
use tenjo_settings::{SettingError, Settings};

pub use recover::{Recovered, recover};

/// How long a caller waits for a run. The run itself goes on after that.
const WAIT: Duration = Duration::from_secs(20);
const CONNECT: Duration = Duration::from_secs(2);

/// Why the end of a run was not seen. What became of the saga stands in the
/// database, whatever this says.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The run takes longer than a caller waits, and goes on.
    #[error("the state machine is still running")]
    StillRunning,
    /// Whether it runs at all is not known.
    #[error("the state machine could not be started")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// The state machine `gacha-saga`.
#[derive(Debug, Clone)]
pub struct StateMachine {
    client: Client,
    arn: String,
}

impl StateMachine {
    /// The state machine that `TENJO_STATE_MACHINE_ARN` names, at
    /// `TENJO_STEP_FUNCTIONS_URL` if that is set, else in AWS.
    ///
    /// # Errors
    /// When a setting is missing.
    pub async fn from_settings(settings: &Settings) -> Result<Self, SettingError> {
        let timeouts =
            TimeoutConfig::builder().connect_timeout(CONNECT).operation_timeout(WAIT).build();
        let mut config = aws_config::defaults(BehaviorVersion::latest())
            .timeout_config(timeouts)
            // A second start would run every step twice: allowed, and wasteful.
            .retry_config(RetryConfig::disabled());
        if let Some(url) = settings.find("TENJO_STEP_FUNCTIONS_URL") {
            config = config.endpoint_url(url);
        }
        let config = aws_sdk_sfn::config::Builder::from(&config.load().await)
            .interceptor(endpoint::LoopbackHost)
            .build();
        Ok(Self {
            client: Client::from_conf(config),
            arn: settings.text("TENJO_STATE_MACHINE_ARN")?.to_owned(),
        })
    }

    /// Runs a saga, and comes back when the run has ended, well or not.
    ///
    /// # Errors
    /// When the end was not seen.
    pub async fn run(&self, saga_id: SagaId) -> Result<(), RunError> {
        let run = self
            .client
            .start_sync_execution()
            .state_machine_arn(&self.arn)
            .input(serde_json::json!({ "saga_id": saga_id.0.to_string() }).to_string())
            .send()
            .await;
        match run {
            Ok(run) if run.status == SyncExecutionStatus::Succeeded => Ok(()),
            Ok(run) => {
                let (status, error) = (run.status.as_str(), run.error);
                tracing::warn!(saga.id = %saga_id, status, error, "the state machine failed");
                Ok(())
            }
            Err(SdkError::TimeoutError(_)) => Err(RunError::StillRunning),
            Err(error) => Err(RunError::Unavailable(error.into())),
        }
    }
}
