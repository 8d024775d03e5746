//! What processes go through, and what is left of them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
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
    assert!(began.elapsed() < Duration::from_millis(500), "{:?}", began.elapsed());
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
async fn a_function_that_cannot_start_is_reported_and_not_started_again_and_again() {
    let environment = [("EXIT_AT_START", "7")];
    let service = Service::with_environment(json!({}), &["--faults"], &environment);
    let began = Instant::now();
    for _ in 0..20 {
        let answer = service.invoke(json!({})).await;
        assert!(answer.failed);
        assert_eq!(answer.body["errorType"], "Runtime.InitError");
        let message = answer.body["errorMessage"].as_str().unwrap();
        assert!(message.ends_with(" Error: Runtime exited with error: exit status 7"), "{message}");
    }
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
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
