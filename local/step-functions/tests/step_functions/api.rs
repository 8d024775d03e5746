//! `StartSyncExecution` over HTTP.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tenjo_step_functions::api::{StateMachineArn, StepFunctions};
use tenjo_step_functions::lambda::Lambda;
use tenjo_step_functions::server::serve;
use tenjo_step_functions::{ExecutionError, FunctionArn, StateMachine};
use tokio::net::TcpListener;
use tokio::sync::{Notify, mpsc};

use crate::support::{Reply, Script, identities, load, machine, task};

const ARN: &str = "arn:aws:states:local:000000000000:stateMachine:gacha-saga";
const TARGET: &str = "AWSStepFunctions.StartSyncExecution";

/// A server on a free port.
async fn start<L: Lambda + Send + 'static>(machine: StateMachine, lambda: L) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let service = StepFunctions {
        arn: StateMachineArn::new(ARN).unwrap(),
        machine,
        lambda,
        identities: identities(),
    };
    tokio::spawn(serve(listener, Arc::new(service)));
    url
}

fn one_task() -> StateMachine {
    machine(json!({ "Start": task("f", "Done", json!({})), "Done": { "Type": "Succeed" } }))
}

/// A server whose only function gives this reply.
async fn server(reply: Reply) -> String {
    start(one_task(), Script::new([("f", vec![reply])])).await
}

async fn send(url: &str, target: &str, body: String) -> (StatusCode, Value) {
    send_as("starter", url, target, body).await
}

async fn send_as(key: &str, url: &str, target: &str, body: String) -> (StatusCode, Value) {
    let signature =
        format!("AWS4-HMAC-SHA256 Credential={key}/20260101/us-east-1/states/aws4_request");
    let request = Client::new().post(url).header("authorization", signature);
    let request = request.header("x-amz-target", target).body(body);
    let response = request.send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/x-amz-json-1.0");
    assert!(response.headers().contains_key("x-amzn-requestid"));
    (response.status(), response.json().await.unwrap())
}

/// The names of the fields of an answer, sorted.
fn fields(answer: &Value) -> BTreeSet<&str> {
    answer.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test]
async fn only_who_may_starts_an_execution() {
    let url = server(Reply::Answer(json!({}))).await;
    let body = json!({ "stateMachineArn": ARN }).to_string();
    for (key, refusal) in
        [("other", "AccessDeniedException"), ("stranger", "UnrecognizedClientException")]
    {
        let (status, answer) = send_as(key, &url, TARGET, body.clone()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert_eq!(answer["__type"], format!("com.amazon.coral.service#{refusal}"));
    }
    let (_, answer) = send_as("other", &url, TARGET, body).await;
    assert_eq!(
        answer["message"],
        format!(
            "User: arn:aws:sts::000000000000:assumed-role/otherRole/other is not authorized to \
             perform: states:StartSyncExecution on resource: {ARN} because no identity-based \
             policy allows the states:StartSyncExecution action"
        )
    );
}

#[tokio::test]
async fn a_success_has_an_output_and_no_error() {
    let url = server(Reply::Answer(json!({ "status": "COMPLETED" }))).await;
    let input = "{ \"saga_id\": \"s\" }";
    let body = json!({ "stateMachineArn": ARN, "name": "one", "input": input });
    let (status, answer) = send(&url, TARGET, body.to_string()).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        Vec::from_iter(fields(&answer)),
        [
            "billingDetails",
            "executionArn",
            "input",
            "inputDetails",
            "name",
            "output",
            "outputDetails",
            "startDate",
            "stateMachineArn",
            "status",
            "stopDate",
        ]
    );
    assert_eq!(answer["status"], "SUCCEEDED");
    assert_eq!(answer["output"], "{\"status\":\"COMPLETED\"}");
    assert_eq!(answer["input"], input);
    assert_eq!(answer["name"], "one");
    assert_eq!(answer["stateMachineArn"], ARN);
    assert_eq!(answer["inputDetails"], json!({ "included": true }));
    assert_eq!(answer["outputDetails"], json!({ "included": true }));
    assert_eq!(answer["billingDetails"]["billedMemoryUsedInMB"], 64);
    assert_eq!(answer["billingDetails"]["billedDurationInMilliseconds"].as_u64().unwrap() % 100, 0);
    assert!(answer["startDate"].as_f64().unwrap() > 1.7e9, "{}", answer["startDate"]);
    assert!(answer["startDate"].as_f64() <= answer["stopDate"].as_f64());
    let arn = answer["executionArn"].as_str().unwrap();
    assert!(arn.starts_with("arn:aws:states:local:000000000000:express:gacha-saga:one:"), "{arn}");
}

#[tokio::test]
async fn a_failure_is_an_answer_too_with_an_error_and_no_output() {
    let url = server(Reply::Error("E")).await;
    let (status, answer) = send(&url, TARGET, json!({ "stateMachineArn": ARN }).to_string()).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(answer["status"], "FAILED");
    assert_eq!((&answer["error"], &answer["cause"]), (&json!("E"), &json!("scripted")));
    assert!(!fields(&answer).iter().any(|field| field.starts_with("output")), "{answer}");
}

#[tokio::test]
async fn an_execution_that_runs_out_of_time_says_so() {
    let machine = load(json!({
        "StartAt": "Start",
        "TimeoutSeconds": 1,
        "States": { "Start": task("f", "Done", json!({})), "Done": { "Type": "Succeed" } },
    }));
    let url = start(machine.unwrap(), Script::new([("f", vec![Reply::Hang])])).await;
    let (status, answer) = send(&url, TARGET, json!({ "stateMachineArn": ARN }).to_string()).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        (&answer["status"], &answer["error"]),
        (&json!("TIMED_OUT"), &json!("States.Timeout"))
    );
    assert!(!fields(&answer).contains("output"), "{answer}");
    assert!(answer["billingDetails"]["billedDurationInMilliseconds"].as_u64().unwrap() >= 1000);
}

#[tokio::test]
async fn without_name_and_input_a_name_is_made_up_and_the_input_is_empty() {
    let url = server(Reply::Answer(json!(1))).await;
    let (_, answer) = send(&url, TARGET, json!({ "stateMachineArn": ARN }).to_string()).await;
    assert_eq!(answer["input"], "{}");
    assert_eq!(answer["name"].as_str().unwrap().len(), 36);
}

#[tokio::test]
async fn calls_that_start_nothing_are_errors_in_the_shape_of_aws() {
    let url = server(Reply::Answer(json!(1))).await;
    let with = |field: &str, value: Value| {
        let mut body = json!({ "stateMachineArn": ARN });
        body[field] = value;
        body.to_string()
    };
    let other = ARN.replace("gacha", "other");
    for (target, body, name) in [
        ("AWSStepFunctions.StartExecution", with("name", json!("n")), "UnknownOperationException"),
        ("", with("name", json!("n")), "UnknownOperationException"),
        (TARGET, "{".to_owned(), "SerializationException"),
        (TARGET, with("name", json!(5)), "SerializationException"),
        (TARGET, "{}".to_owned(), "ValidationException"),
        (TARGET, with("stateMachineArn", json!("saga")), "InvalidArn"),
        (TARGET, with("stateMachineArn", json!(other)), "StateMachineDoesNotExist"),
        (TARGET, with("name", json!("")), "ValidationException"),
        (TARGET, with("name", json!("n".repeat(81))), "ValidationException"),
        (TARGET, with("name", json!("a b")), "InvalidName"),
        (TARGET, with("name", json!("a:b")), "InvalidName"),
        (TARGET, with("input", json!("{")), "InvalidExecutionInput"),
        (TARGET, with("input", json!("")), "InvalidExecutionInput"),
        (TARGET, with("input", json!("1".repeat(262_145))), "ValidationException"),
        (TARGET, with("includedData", json!("METADATA_ONLY")), "ValidationException"),
    ] {
        let (status, answer) = send(&url, target, body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        let (_, found) = answer["__type"].as_str().unwrap().split_once('#').unwrap();
        assert_eq!(found, name);
    }
    let response = Client::new().get(&url).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
}

/// Reports when it is called, and answers when the test lets it.
struct Held {
    called: mpsc::UnboundedSender<String>,
    released: Arc<Notify>,
}

impl Lambda for Held {
    async fn invoke(
        &self,
        function: &FunctionArn,
        payload: &Value,
    ) -> Result<Value, ExecutionError> {
        self.called.send(function.name().to_owned()).unwrap();
        self.released.notified().await;
        Ok(payload.clone())
    }
}

#[tokio::test]
async fn an_execution_goes_on_when_its_client_is_gone() {
    let two_tasks = machine(json!({
        "Start": task("first", "Second", json!({})),
        "Second": task("second", "Done", json!({})),
        "Done": { "Type": "Succeed" },
    }));
    let (called, mut calls) = mpsc::unbounded_channel();
    let released = Arc::new(Notify::new());
    let url = start(two_tasks, Held { called, released: Arc::clone(&released) }).await;

    let body = json!({ "stateMachineArn": ARN }).to_string();
    tokio::select! {
        answer = send(&url, TARGET, body) => panic!("{answer:?}"),
        first = calls.recv() => assert_eq!(first.as_deref(), Some("first")),
    }
    released.notify_one();
    let second = tokio::time::timeout(Duration::from_secs(10), calls.recv()).await.unwrap();
    assert_eq!(second.as_deref(), Some("second"));
}
