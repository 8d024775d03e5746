//! Injected faults.

use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::{NAME, Service};

fn start(limits: Value) -> Service {
    Service::start(limits, &["--faults"])
}

/// The outcome of each of `count` calls: `ok`, `lost`, `severed`, `killed`.
async fn outcomes(service: &Service, count: usize) -> Vec<&'static str> {
    let mut outcomes = Vec::new();
    for _ in 0..count {
        outcomes.push(match service.try_invoke(json!({ "sleep_ms": 20 })).await {
            Err(_) => "severed",
            Ok(answer) if answer.status == StatusCode::INTERNAL_SERVER_ERROR => "lost",
            Ok(answer) if answer.failed => "killed",
            Ok(_) => "ok",
        });
    }
    outcomes
}

#[tokio::test]
async fn a_seed_brings_the_same_faults_each_time() {
    let service = start(json!({}));
    let faults = json!({ "drop_request": 300, "drop_reply": 300, "seed": 5 });
    let mut runs = Vec::new();
    for _ in 0..2 {
        service.put_faults(faults.clone()).await;
        runs.push(outcomes(&service, 30).await);
    }
    assert_eq!(runs[0], runs[1]);
    for kind in ["ok", "lost", "severed"] {
        assert!(runs[0].contains(&kind), "{kind}: {:?}", runs[0]);
    }
    let counted = &service.get("/faults").await[NAME];
    let count = |kind: &str| runs[1].iter().filter(|outcome| **outcome == kind).count();
    assert_eq!(counted["decisions"], 30);
    assert_eq!(counted["counts"]["drop_request"], count("lost"));
    assert_eq!(counted["counts"]["drop_reply"], count("severed"));
}

#[tokio::test]
async fn a_lost_request_never_reaches_the_function_and_a_lost_reply_does() {
    let service = start(json!({}));
    service.put_faults(json!({ "drop_request": 1000 })).await;
    assert_eq!(outcomes(&service, 1).await, ["lost"]);
    assert_eq!(service.get("/processes").await, json!([]));
    service.put_faults(json!({ "drop_reply": 1000 })).await;
    assert_eq!(outcomes(&service, 1).await, ["severed"]);
    service.until(1, "idle").await;
    service.put_faults(json!({})).await;
    assert_eq!(outcomes(&service, 1).await, ["ok"]);
}

#[tokio::test]
async fn a_process_is_killed_in_the_middle_and_the_next_call_finds_another() {
    let service = start(json!({}));
    service.put_faults(json!({ "kill": 1000, "kill_after_ms": [1, 5] })).await;
    assert_eq!(outcomes(&service, 3).await, ["killed"; 3]);
    assert_eq!(service.get("/faults").await[NAME]["counts"]["kill"], 3);
    service.put_faults(json!({})).await;
    assert_eq!(outcomes(&service, 1).await, ["ok"]);
}

#[tokio::test]
async fn a_duplicate_runs_beside_the_call() {
    let service = start(json!({ "max_concurrency": 2 }));
    service.put_faults(json!({ "duplicate": 1000 })).await;
    let answer = service.invoke(json!({ "sleep_ms": 300 })).await;
    assert!(!answer.failed);
    service.until(2, "idle").await;
    assert_eq!(service.get("/faults").await[NAME]["counts"]["duplicate"], 1);
}

#[tokio::test]
async fn a_delay_comes_before_the_call() {
    let service = start(json!({}));
    service.pid(json!({})).await;
    service.put_faults(json!({ "delay": 1000, "delay_ms": [200, 250] })).await;
    let began = Instant::now();
    service.pid(json!({})).await;
    assert!(began.elapsed() >= Duration::from_millis(200), "{:?}", began.elapsed());
}

#[tokio::test]
async fn one_process_is_killed_by_hand() {
    let service = Arc::new(start(json!({})));
    assert_eq!(service.kill_one().await, Value::Null);
    let call = {
        let service = Arc::clone(&service);
        tokio::spawn(async move { service.invoke(json!({ "sleep_ms": 9_000 })).await })
    };
    let busy = service.until(1, "busy").await;
    assert_eq!(service.kill_one().await, busy[0]);
    assert_eq!(call.await.unwrap().body["errorType"], "Runtime.ExitError");
}

#[tokio::test]
async fn faults_that_cannot_be_are_refused_and_without_the_option_there_are_none() {
    let service = start(json!({}));
    for (faults, refusal) in [
        (json!({ "explode": 1 }), "unknown field `explode`"),
        (json!({ "kill": 1001 }), "`kill` is more than 1000"),
    ] {
        let answer = service.put_faults(faults).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        let message = answer.body["message"].as_str().unwrap();
        assert!(message.contains(refusal), "{message}");
    }
    let service = Service::start(json!({}), &[]);
    assert_eq!(service.put_faults(json!({})).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_storm_of_faults_leaves_no_one_waiting_and_the_function_whole() {
    let service = Arc::new(start(json!({ "max_concurrency": 4 })));
    let storm = json!({
        "drop_request": 100, "drop_reply": 100, "duplicate": 200, "delay": 200,
        "delay_ms": [0, 30], "kill": 200, "kill_after_ms": [0, 4], "seed": 1,
    });
    service.put_faults(storm).await;
    let mut calls = JoinSet::new();
    for _ in 0..200 {
        let service = Arc::clone(&service);
        calls.spawn(async move { service.try_invoke(json!({ "sleep_ms": 5 })).await });
    }
    let calls = tokio::time::timeout(Duration::from_secs(30), calls.join_all()).await.unwrap();
    assert_eq!(calls.len(), 200);
    let counts = &service.get("/faults").await[NAME]["counts"];
    for kind in ["drop_request", "drop_reply", "duplicate", "delay", "kill"] {
        assert!(counts[kind].as_u64().is_some_and(|count| count > 0), "{kind}: {counts}");
    }
    service.put_faults(json!({})).await;
    assert_eq!(outcomes(&service, 10).await, ["ok"; 10]);
    // Duplicated and delayed invocations end too.
    service.until(0, "busy").await;
}
