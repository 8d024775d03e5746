//! The state machine, started without `request-draw`.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{aws, variable};

/// Runs a saga, and returns the answer of Step Functions.
///
/// # Panics
/// When there is no answer.
pub async fn run(saga_id: Uuid) -> Value {
    let input = json!({
        "stateMachineArn": variable("TENJO_STATE_MACHINE_ARN"),
        "input": json!({ "saga_id": saga_id }).to_string(),
    });
    let url = variable("TENJO_TEST_STEP_FUNCTIONS_URL");
    aws::call(&url, "request-draw", "AWSStepFunctions.StartSyncExecution", &input).await.1
}
