//! Logs and metrics: a saga in the logs of all functions, and the metrics of it.

use std::path::Path;

use serde_json::{Value, json};
use tenjo_tests::grants::Services;
use tenjo_tests::lambda::{invoke, step};
use tenjo_tests::player::Player;
use tenjo_tests::{database, until, variable};

/// The JSON lines that a function has logged so far; none if it has not started yet.
fn lines(function: &str) -> Vec<Value> {
    let log = Path::new(&variable("TENJO_TEST_LOGS")).join(format!("{function}.log"));
    let log = std::fs::read_to_string(log).unwrap_or_default();
    log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// Lines of a saga, in a span of its own or by a field.
fn of_saga(function: &str, saga_id: &str) -> Vec<Value> {
    let is_of = |line: &Value| line["saga.id"] == saga_id || line["span"]["saga.id"] == saga_id;
    lines(function).into_iter().filter(is_of).collect()
}

fn has_metric(function: &str, name: &str) -> bool {
    lines(function).iter().any(|line| {
        let metrics = line["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array();
        let is_declared = metrics.into_iter().flatten().any(|metric| metric["Name"] == name);
        let in_aws = format!("tenjo-local-{function}");
        is_declared && line[name].is_u64() && line["FunctionName"] == *in_aws
    })
}

#[tokio::test]
async fn a_saga_is_found_by_its_id_in_the_logs_of_all_that_it_went_through() {
    let player = Player::new().await;
    let drawn = player.draw("pool-standard", 1, Some("a-key")).await;
    let request_id = drawn.header("x-request-id").to_owned();
    let saga_id = drawn.data()["saga_id"].as_str().unwrap().to_owned();
    for function in ["request-draw", "reserve", "draw", "grant"] {
        let found = until(function, async || {
            Some(of_saga(function, &saga_id)).filter(|lines| !lines.is_empty())
        })
        .await;
        if function == "request-draw" {
            let is_of_request = |line: &Value| line["span"]["request_id"] == *request_id;
            assert!(found.iter().any(is_of_request), "{request_id}: {found:?}");
        }
    }
}

/// Lambda's own log lines have the runtime's id only, and a client may send one id again
/// and again.
#[tokio::test]
async fn a_line_has_the_runtimes_id_beside_the_clients() {
    let player = Player::new().await;
    let mine = format!("mine-{}", uuid::Uuid::new_v4());
    for _ in 0..2 {
        let request = player.request(reqwest::Method::GET, "/v1/users/me");
        let answer = request.header("X-Request-ID", &mine).send().await.unwrap();
        assert_eq!(answer.status(), 200);
    }
    let ids = until("two lines", async || {
        let of_mine = |line: &Value| line["span"]["request_id"] == *mine;
        let lines = lines("get-user").into_iter().filter(of_mine);
        let ids: Vec<String> = lines
            .filter(|line| line["message"] == "answered")
            .map(|line| line["span"]["runtime_request_id"].as_str().unwrap().to_owned())
            .collect();
        (ids.len() == 2).then_some(ids)
    })
    .await;
    assert!(ids[0] != ids[1] && ids.iter().all(|id| !id.is_empty() && *id != mine), "{ids:?}");
    // A step and a scheduled function have no client.
    player.draw("pool-standard", 1, None).await.data();
    // It logs that there is no such saga.
    invoke("recover-sagas", &json!({ "saga_id": uuid::Uuid::new_v4() })).await;
    for function in ["reserve", "recover-sagas"] {
        until(function, async || {
            let has_id = |line: &Value| {
                let id = line["span"]["runtime_request_id"].as_str();
                id.is_some_and(|id| !id.is_empty()) && line["span"]["request_id"].is_null()
            };
            lines(function).iter().any(has_id).then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn a_refresh_token_that_comes_again_is_counted() {
    let player = Player::new().await;
    let refresh = async |token: &str| {
        player.post("/v1/auth/refresh", &json!({ "refresh_token": token })).await
    };
    let second = refresh(&player.refresh_token).await.data();
    // Once the second is used, nobody honest sends the first again.
    refresh(second["refresh_token"].as_str().unwrap()).await.data();
    assert_eq!(refresh(&player.refresh_token).await.status, 401);
    until("ReusedRefreshTokens", async || {
        has_metric("refresh-session", "ReusedRefreshTokens").then_some(())
    })
    .await;
}

#[tokio::test]
async fn outcomes_compensations_durations_and_hits_are_counted() {
    let player = Player::new().await;
    for _ in 0..2 {
        player.draw("pool-standard", 1, Some("a-key")).await.data();
    }
    let saga_id =
        database::start_saga_of(player.user_id, uuid::Uuid::new_v4(), "pool-standard", 1).await;
    for name in ["reserve", "refund"] {
        step(name, saga_id).await.unwrap();
    }
    for (function, metric) in [
        ("request-draw", "IdempotencyHits"),
        ("reserve", "StepDuration"),
        ("draw", "StepRetries"),
        ("grant", "StepErrors"),
        ("grant", "SagaOutcomes"),
        ("refund", "SagaOutcomes"),
        ("refund", "Compensations"),
        ("recover-sagas", "StuckSagas"),
    ] {
        until(metric, async || has_metric(function, metric).then_some(())).await;
    }
}

#[tokio::test]
async fn a_broken_invariant_is_an_error_in_the_log_and_is_counted() {
    let player = Player::new().await;
    // It has drawn nothing, so that only its player meets it.
    let saga_id = database::start_saga(player.user_id).await;
    let break_it = "update game_gacha.sagas set status = 'NO_STATUS' where saga_id = ?";
    database::change(break_it, saga_id).await;
    let answer = player.get(&format!("/v1/gacha/sagas/{saga_id}")).await;
    let repair = "update game_gacha.sagas set status = 'STARTED' where saga_id = ?";
    database::change(repair, saga_id).await;
    assert_eq!(answer.error(), (500, "internal"));
    let request_id = answer.header("x-request-id");
    let is_report = |line: &Value| {
        line["span"]["request_id"] == *request_id && line["invariant"] == "stored_value"
    };
    let report = until("get-saga", async || lines("get-saga").into_iter().find(is_report)).await;
    assert_eq!(report["level"], "ERROR");
    assert!(report["message"].as_str().unwrap().starts_with("broken invariant: "), "{report}");
    until("BrokenInvariants", async || has_metric("get-saga", "BrokenInvariants").then_some(()))
        .await;
}

/// A sweep logs the failure of one saga and goes on to the next.
#[tokio::test]
async fn a_broken_invariant_that_a_sweep_passes_by_is_counted() {
    let services = Services::start().await;
    // It cannot start a run, so only the sweep itself meets the saga.
    let key = services.without("recover-sagas", "states:StartSyncExecution");
    // The stack's own sweep may be first.
    until("a failed recovery", async || {
        let saga_id = database::start_saga(Player::new().await.user_id).await;
        let break_it = "update game_gacha.sagas set status = 'NO_STATUS' where saga_id = ?";
        database::change(break_it, saga_id).await;
        let answer = services.invoke(&key, &json!({ "saga_id": saga_id })).await;
        let repair = "update game_gacha.sagas set status = 'STARTED' where saga_id = ?";
        database::change(repair, saga_id).await;
        (answer["errorType"] == "RecoveryFailed").then_some(())
    })
    .await;
    until("BrokenInvariants", async || {
        let is_counted = |line: &str| {
            let line: Value = serde_json::from_str(line).unwrap_or_default();
            line["BrokenInvariants"] == 1 && line["Invariant"] == "stored_value"
        };
        services.log(&key).lines().any(is_counted).then_some(())
    })
    .await;
}
