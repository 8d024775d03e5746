//! Many callers at once.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::{Answer, Service};

async fn all(service: &Arc<Service>, events: impl IntoIterator<Item = Value>) -> Vec<Answer> {
    let mut calls = JoinSet::new();
    for event in events {
        let service = Arc::clone(service);
        calls.spawn(async move { service.invoke(event).await });
    }
    calls.join_all().await
}

#[tokio::test]
async fn two_hundred_calls_at_once_are_all_answered_by_as_many_processes_as_may_be() {
    let service = Arc::new(Service::start(json!({ "max_concurrency": 3 }), &[]));
    let answers = all(&service, (0..200).map(|number| json!({ "number": number }))).await;
    let numbers: BTreeSet<u64> =
        answers.iter().map(|answer| answer.body["event"]["number"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (0..200).collect());
    let pids: BTreeSet<i64> =
        answers.iter().map(|answer| answer.body["pid"].as_i64().unwrap()).collect();
    assert!((1..=3).contains(&pids.len()), "{pids:?}");
}

#[tokio::test]
async fn a_process_has_one_invocation_at_a_time_and_another_is_started_for_a_second_one() {
    let service = Arc::new(Service::start(json!({ "max_concurrency": 2 }), &[]));
    let began = Instant::now();
    let answers = all(&service, vec![json!({ "sleep_ms": 400 }); 4]).await;
    // Four calls of 400 ms in two processes are two rounds.
    assert!(began.elapsed() >= Duration::from_millis(800), "{:?}", began.elapsed());
    let pids: BTreeSet<i64> =
        answers.iter().map(|answer| answer.body["pid"].as_i64().unwrap()).collect();
    assert_eq!(pids.len(), 2);
}

#[tokio::test]
async fn one_caller_after_the_other_is_served_by_one_process() {
    let service = Service::start(json!({ "max_concurrency": 8 }), &[]);
    let pid = service.pid(json!({})).await;
    for _ in 0..100 {
        assert_eq!(service.pid(json!({})).await, pid);
    }
    assert_eq!(service.until(1, "idle").await, [pid]);
}

#[tokio::test]
async fn those_who_wait_are_served_in_the_order_they_came() {
    let service = Arc::new(Service::start(json!({ "max_concurrency": 1 }), &[]));
    let first = {
        let service = Arc::clone(&service);
        tokio::spawn(async move { service.invoke(json!({ "sleep_ms": 500 })).await })
    };
    service.until(1, "busy").await;
    let mut calls = Vec::new();
    for _ in 0..5 {
        let service = Arc::clone(&service);
        calls.push(tokio::spawn(async move { service.invoke(json!({})).await }));
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    assert_eq!(first.await.unwrap().body["number"], 0);
    for (call, number) in calls.into_iter().zip(1..) {
        assert_eq!(call.await.unwrap().body["number"], number);
    }
}

#[tokio::test]
async fn whoever_finds_no_room_is_told_at_once() {
    let limits = json!({ "max_concurrency": 2, "queue_length": 1 });
    let service = Arc::new(Service::start(limits, &[]));
    let answers = all(&service, vec![json!({ "sleep_ms": 500 }); 6]).await;
    let (served, refused): (Vec<_>, Vec<_>) =
        answers.into_iter().partition(|answer| answer.status == StatusCode::OK);
    assert_eq!((served.len(), refused.len()), (3, 3));
    for answer in refused {
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(answer.body["Reason"], "ReservedFunctionConcurrentInvocationLimitExceeded");
    }
}

#[tokio::test]
async fn whoever_waits_too_long_is_told_so() {
    let limits = json!({ "max_concurrency": 1, "queue_ms": 100 });
    let service = Arc::new(Service::start(limits, &[]));
    service.pid(json!({})).await;
    let long = {
        let service = Arc::clone(&service);
        tokio::spawn(async move { service.invoke(json!({ "sleep_ms": 1_000 })).await })
    };
    service.until(1, "busy").await;
    let began = Instant::now();
    assert_eq!(service.invoke(json!({})).await.status, StatusCode::TOO_MANY_REQUESTS);
    assert!((100..900).contains(&began.elapsed().as_millis()), "{:?}", began.elapsed());
    assert_eq!(long.await.unwrap().status, StatusCode::OK);
}
