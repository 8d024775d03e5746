//! The answer for an execution that has ended.

use std::time::Duration;

use serde::Serialize;
use serde_json::json;

use super::request::Start;
use super::{End, Outcome, StateMachineArn};

/// Express executions are billed by the 100 ms, and by 64 MB.
const BILLED_STEP_MS: u128 = 100;
const BILLED_MEMORY_MB: u32 = 64;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Response<'a> {
    execution_arn: &'a str,
    state_machine_arn: &'a str,
    name: &'a str,
    start_date: f64,
    stop_date: f64,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'a str>,
    input: &'a str,
    input_details: Details,
    /// JSON in a string; only a success has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_details: Option<Details>,
    billing_details: BillingDetails,
}

#[derive(Serialize)]
struct Details {
    included: bool,
}

#[derive(Serialize)]
struct BillingDetails {
    #[serde(rename = "billedDurationInMilliseconds")]
    duration_ms: u128,
    #[serde(rename = "billedMemoryUsedInMB")]
    memory_mb: u32,
}

/// The body of the answer.
pub(super) fn write(
    arn: &StateMachineArn,
    execution_arn: &str,
    start: &Start,
    started_at: Duration,
    outcome: &Outcome,
) -> String {
    let (output, error) = match &outcome.end {
        End::Succeeded(output) => (Some(output.to_string()), None),
        End::Failed(error) | End::TimedOut(error) => (None, Some(error)),
    };
    let steps = outcome.duration.as_millis().div_ceil(BILLED_STEP_MS).max(1);
    json!(Response {
        execution_arn,
        state_machine_arn: arn.as_str(),
        name: &start.name,
        start_date: epoch_seconds(started_at),
        stop_date: epoch_seconds(started_at + outcome.duration),
        status: outcome.end.status(),
        error: error.map(|error| error.error.as_str()),
        cause: error.and_then(|error| error.cause.as_deref()),
        input: &start.input_text,
        input_details: Details { included: true },
        output_details: output.as_ref().map(|_| Details { included: true }),
        output,
        billing_details: BillingDetails {
            duration_ms: steps * BILLED_STEP_MS,
            memory_mb: BILLED_MEMORY_MB,
        },
    })
    .to_string()
}

/// AWS's timestamps: seconds since 1970, to the millisecond.
fn epoch_seconds(since_epoch: Duration) -> f64 {
    let millis = since_epoch.subsec_millis();
    Duration::new(since_epoch.as_secs(), millis * 1_000_000).as_secs_f64()
}
