//! Runs the saga's state machine on AWS Step Functions, and waits for its end.

mod endpoint;

use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_sfn::Client;
use aws_sdk_sfn::error::SdkError;
use aws_sdk_sfn::types::SyncExecutionStatus;
use tenjo_domain::SagaId;
use tenjo_saga::{RunError, Runs};
use tenjo_settings::{SettingError, Settings};

/// How long a caller waits for a run. The run continues after that.
const WAIT: Duration = Duration::from_secs(20);
const CONNECT: Duration = Duration::from_secs(2);

/// The state machine `gacha-saga`.
#[derive(Debug, Clone)]
pub struct StateMachine {
    client: Client,
    arn: String,
}

impl StateMachine {
    /// The state machine that `TENJO_STATE_MACHINE_ARN` names.
    ///
    /// # Errors
    /// When a setting is missing.
    pub async fn from_settings(settings: &Settings) -> Result<Self, SettingError> {
        let timeouts =
            TimeoutConfig::builder().connect_timeout(CONNECT).operation_timeout(WAIT).build();
        let config = aws_config::defaults(BehaviorVersion::latest())
            .timeout_config(timeouts)
            // Without retries: a second start would run the saga twice at once. That
            // is safe, but wasteful.
            .retry_config(RetryConfig::disabled());
        let config = aws_sdk_sfn::config::Builder::from(&config.load().await)
            .interceptor(endpoint::LoopbackHost)
            .build();
        Ok(Self {
            client: Client::from_conf(config),
            arn: settings.text("TENJO_STATE_MACHINE_ARN")?.to_owned(),
        })
    }
}

impl Runs for StateMachine {
    async fn run(&self, saga_id: SagaId) -> Result<(), RunError> {
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
