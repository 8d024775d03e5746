//! A function for the tests: it does what its event tells it, over the real
//! runtime client.
//!
//! For a function URL, the path selects the action: `/echo` answers with the event,
//! `/reply` with the content of the request's body.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use lambda_runtime::{Diagnostic, Error, LambdaEvent, service_fn};
use serde_json::{Value, json};

/// How many events this process has received.
static EVENTS: AtomicU64 = AtomicU64::new(0);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    if let Ok(code) = std::env::var("EXIT_AT_START") {
        std::process::exit(code.parse()?);
    }
    if let Ok(ms) = std::env::var("SLEEP_AT_START_MS") {
        tokio::time::sleep(Duration::from_millis(ms.parse()?)).await;
    }
    println!("started");
    lambda_runtime::run(service_fn(|event: LambdaEvent<Value>| async move {
        let (event, context) = event.into_parts();
        let number = EVENTS.fetch_add(1, Ordering::Relaxed);
        if event["version"] == "2.0" {
            return answer_request(event);
        }
        if let Some(ms) = event["sleep_ms"].as_u64() {
            tokio::time::sleep(Duration::from_millis(ms)).await;
        }
        match event["do"].as_str() {
            Some("fail") => Err(failure("Refused", "it was told to")),
            Some("panic") => panic!("it was told to"),
            Some("abort") => std::process::abort(),
            Some("exit") => std::process::exit(3),
            Some("grow") => Ok(json!("x".repeat(7_000_000))),
            Some("environment") => Ok(environment()),
            Some("context") => Ok(json!({
                "id": context.request_id,
                "deadline_ms": context.deadline,
                "arn": context.invoked_function_arn,
                "trace": context.xray_trace_id,
                "name": context.env_config.function_name,
            })),
            _ => Ok(json!({ "event": event, "pid": std::process::id(), "number": number })),
        }
    }))
    .await
}

/// All variables, except the one that the runtime client sets itself.
fn environment() -> Value {
    let variables = std::env::vars().filter(|(name, _)| name != "_X_AMZN_TRACE_ID");
    variables.map(|(name, value)| (name, Value::from(value))).collect()
}

fn answer_request(event: Value) -> Result<Value, Diagnostic> {
    match event["rawPath"].as_str() {
        Some("/reply") => {
            let body = event["body"].as_str().unwrap_or_default();
            serde_json::from_str(body).map_err(|error| failure("BadBody", &error.to_string()))
        }
        Some("/fail") => Err(failure("Refused", "it was told to")),
        Some("/die") => std::process::abort(),
        Some("/hang") => loop {
            std::thread::park();
        },
        _ => Ok(event),
    }
}

fn failure(error_type: &str, error_message: &str) -> Diagnostic {
    Diagnostic { error_type: error_type.to_owned(), error_message: error_message.to_owned() }
}
