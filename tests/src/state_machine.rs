//! The state machine, started without `request-draw`.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::variable;

/// Runs a saga, and gives the answer of Step Functions.
///
/// # Panics
/// When there is no answer.
pub async fn run(saga_id: Uuid) -> Value {
    let body = json!({
        "stateMachineArn": variable("TENJO_STATE_MACHINE_ARN"),
        "input": json!({ "saga_id": saga_id }).to_string(),
    });
    let response = reqwest::Client::new()
        .post(variable("TENJO_TEST_STEP_FUNCTIONS_URL"))
        .header("X-Amz-Target", "AWSStepFunctions.StartSyncExecution")
        .header("Content-Type", "application/x-amz-json-1.0")
        .body(body.to_string())
        .send()
        .await
        .expect("an answer");
    let text = response.text().await.expect("a body");
    serde_json::from_str(&text).expect("JSON")
}
