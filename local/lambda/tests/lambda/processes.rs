//! How processes start and end, and what is left of them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use reqwest::StatusCode;
use serde_json::json;

use crate::support::{Service, is_running, is_stopped};

fn kill_now(pid: i64) {
    kill(Pid::from_raw(pid.try_into().unwrap()), Signal::SIGKILL).unwrap();
}

async fn until(holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_secs(10), "it does not come to it");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_killed_process_is_answered_for_at_once_and_another_takes_its_place() {
    let service = Arc::new(Service::start(json!({ "max_concurrency": 1 }), &[]));
    let pid = service.pid(json!({})).await;
    let call = {
        let service = Arc::clone(&service);
        tokio::spawn(async move { service.invoke(json!({ "sleep_ms": 9_000 })).await })
    };
    assert_eq!(service.until(1, "busy").await, [pid]);
    let began = Instant::now();
    kill_now(pid);
    let answer = call.await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert!(answer.failed);
    assert_eq!(answer.body["errorType"], "Runtime.ExitError");
    let message = answer.body["errorMessage"].as_str().unwrap();
    assert!(message.ends_with(" Error: Runtime exited with error: signal: killed"), "{message}");
    assert_ne!(service.pid(json!({})).await, pid);
}

#[tokio::test]
async fn those_who_wait_behind_a_killed_process_get_their_answer_from_another() {
    let service = Arc::new(Service::start(json!({ "max_concurrency": 1 }), &[]));
    let first = service.pid(json!({})).await;
    let call = |ms: u64| {
        let service = Arc::clone(&service);
        tokio::spawn(async move { service.invoke(json!({ "sleep_ms": ms })).await })
    };
    let killed = call(9_000);
    service.until(1, "busy").await;
    let waiting = call(0);
    tokio::time::sleep(Duration::from_millis(50)).await;
    kill_now(first);
    assert!(killed.await.unwrap().failed);
    let answer = waiting.await.unwrap();
    assert!(!answer.failed, "{answer:?}");
    assert_ne!(answer.body["pid"], first);
}

#[tokio::test]
async fn an_idle_process_that_was_killed_is_no_ones_error() {
    let service = Service::start(json!({}), &[]);
    for _ in 0..5 {
        let pid = service.pid(json!({})).await;
        service.until(1, "idle").await;
        kill_now(pid);
        service.until(0, "idle").await;
        assert!(!service.invoke(json!({})).await.failed);
    }
}

#[tokio::test]
async fn a_function_that_fails_in_init_is_answered_so_and_not_started_again_and_again() {
    let service = Service::start(json!({ "environment": { "EXIT_AT_START": "7" } }), &[]);
    let began = Instant::now();
    for _ in 0..20 {
        let answer = service.invoke(json!({})).await;
        assert_eq!((answer.status, answer.failed), (StatusCode::OK, true));
        assert_eq!(answer.body["errorType"], "Runtime.ExitError");
        let message = answer.body["errorMessage"].as_str().unwrap();
        assert!(message.ends_with(" Error: Runtime exited with error: exit status 7"), "{message}");
    }
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    let url = service.url("/lambda-url/scripted/echo");
    let through_url = service.client().get(url).send().await.unwrap();
    assert_eq!(through_url.status(), StatusCode::BAD_GATEWAY);
}

#[tokio::test]
async fn a_function_that_does_not_ask_for_its_first_invocation_in_time_has_failed_in_init() {
    let limits = json!({
        "environment": { "SLEEP_AT_START_MS": "60000" }, "init_ms": 300, "queue_ms": 100,
    });
    let service = Service::start(limits, &[]);
    let began = Instant::now();
    let answer = service.invoke(json!({})).await;
    assert_eq!((answer.status, answer.failed), (StatusCode::OK, true), "{answer:?}");
    assert_eq!(answer.body["errorType"], "Sandbox.Timedout");
    let message = answer.body["errorMessage"].as_str().unwrap();
    assert!(message.ends_with(" Error: Task timed out after 0.30 seconds"), "{message}");
    assert!((300..5_000).contains(&began.elapsed().as_millis()), "{:?}", began.elapsed());
    service.until(0, "starting").await;
}

#[tokio::test]
async fn the_time_of_init_is_not_taken_from_the_first_invocation() {
    let limits = json!({
        "environment": { "SLEEP_AT_START_MS": "500" }, "timeout_ms": 400, "max_concurrency": 1,
    });
    let service = Service::start(limits, &[]);
    assert!(!service.invoke(json!({ "sleep_ms": 50 })).await.failed);
}

#[tokio::test]
async fn a_function_is_told_what_its_configuration_says_and_nothing_of_the_service() {
    let limits = json!({
        "function_name": "tenjo-local-scripted",
        "access_key_id": "scripted",
        "memory_mb": 512,
        "environment": { "TENJO_LOG": "info" },
    });
    let arguments = ["--region", "eu-west-1", "--endpoint", "SSM=http://127.0.0.1:1"];
    let service = Service::with_environment(limits, &arguments, &[("SECRET", "of the service")]);
    let mut told = service.invoke(json!({ "do": "environment" })).await.body;
    let runtime_api = told["AWS_LAMBDA_RUNTIME_API"].take();
    assert!(runtime_api.as_str().unwrap().contains("/.rt/scripted/"), "{runtime_api}");
    assert_eq!(
        told,
        json!({
            "AWS_ACCESS_KEY_ID": "scripted",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_ENDPOINT_URL_SSM": "http://127.0.0.1:1",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
            "AWS_LAMBDA_FUNCTION_NAME": "tenjo-local-scripted",
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_RUNTIME_API": null,
            "AWS_REGION": "eu-west-1",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_SESSION_TOKEN": "local",
            "LANG": "en_US.UTF-8",
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "TENJO_LOG": "info",
            "TZ": ":UTC",
        })
    );
}

#[tokio::test]
async fn a_process_is_stopped_while_it_has_nothing_to_do_if_that_is_asked_for() {
    let service = Service::start(json!({}), &["--freeze"]);
    for _ in 0..20 {
        let pid = service.pid(json!({})).await;
        assert_eq!(service.until(1, "idle").await, [pid]);
        until(|| is_stopped(pid)).await;
    }
    let pid = service.until(1, "idle").await[0];
    kill_now(pid);
    service.until(0, "idle").await;
    assert_ne!(service.pid(json!({})).await, pid);
}

#[tokio::test]
async fn all_processes_end_with_the_service_however_it_ends() {
    for signal in [Signal::SIGTERM, Signal::SIGINT, Signal::SIGKILL] {
        let mut service = Service::start(json!({}), &["--freeze"]);
        let idle = service.pid(json!({})).await;
        service.until(1, "idle").await;
        // The call ends with the service.
        let call = service.client().post(service.url("/2015-03-31/functions/scripted/invocations"));
        let call = tokio::spawn(call.body(r#"{"sleep_ms": 9000}"#).send());
        let busy = service.until(1, "busy").await[0];
        let other =
            service.client().post(service.url("/2015-03-31/functions/scripted/invocations"));
        let other = tokio::spawn(other.body(r#"{"sleep_ms": 9000}"#).send());
        let both = service.until(2, "busy").await;
        assert!(both.contains(&busy) && both.contains(&idle), "{both:?} {idle}");
        service.end(signal);
        for pid in both {
            until(|| !is_running(pid)).await;
        }
        let _ = (call.await, other.await);
    }
}

#[tokio::test]
async fn a_frozen_process_ends_with_a_killed_service_too() {
    let mut service = Service::start(json!({}), &["--freeze"]);
    let pid = service.pid(json!({})).await;
    service.until(1, "idle").await;
    service.end(Signal::SIGKILL);
    until(|| !is_running(pid)).await;
}
