//! The rights in `template.yaml`: each is needed, and nothing else is allowed.
//!
//! The stand-ins of these tests know, for each grant of a caller, a copy of the
//! caller without that grant. `tenjo-lambda` has a copy of the function with the key
//! of each of these. So one grant costs one process of a function, and no stack of
//! its own.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};
use tenjo_tests::grants::{Grant, Services, files};
use tenjo_tests::player::Player;
use tenjo_tests::{aws, database, until, variable};
use uuid::Uuid;

/// The state machine's own role.
const GACHA_SAGA: &str = "GachaSaga";

#[tokio::test]
async fn no_function_starts_without_any_one_of_the_parameters_that_it_may_read() {
    let services = Services::start().await;
    let grants = services.grants.iter().filter(|grant| grant.action == "ssm:GetParameters");
    let mut tried = 0;
    for grant in grants {
        let answer = services.invoke(&grant.key, &json!({})).await;
        assert_eq!(answer["errorType"], "Runtime.ExitError", "{grant}: {answer}");
        let log = services.log(&grant.key);
        assert!(log.contains("AccessDeniedException"), "{grant}: {log}");
        // Its name ends the ARN, or a path below it does.
        let (_, path) = grant.resource.split_once(":parameter").unwrap();
        assert!(log.contains(path.trim_end_matches('*')), "{grant}: {log}");
        tried += 1;
    }
    assert!(tried > 60, "only {tried} grants were found");
}

#[tokio::test]
async fn a_function_may_read_the_parameters_that_it_is_told_of_and_no_others() {
    let files = files();
    let url = variable("AWS_ENDPOINT_URL_SSM");
    let names: Vec<&String> = files.parameters.keys().collect();
    for function in &files.functions {
        let key = function["access_key_id"].as_str().unwrap();
        let environment = function["environment"].as_object().unwrap();
        let told: BTreeSet<&str> = environment
            .values()
            .filter_map(|value| value.as_str().unwrap().strip_prefix("ssm:"))
            .collect();
        for name in &names {
            let input = json!({ "Names": [name], "WithDecryption": true });
            let (status, answer) = aws::call(&url, key, "AmazonSSM.GetParameters", &input).await;
            let may = told.contains(name.as_str());
            assert_eq!(status == 200, may, "{key} and {name}: {answer}");
            if !may {
                assert_eq!(answer["__type"], "AccessDeniedException", "{key} and {name}");
            }
        }
    }
}

#[tokio::test]
async fn nobody_with_an_unknown_key_is_served_by_any_service() {
    for (service, target) in [
        ("SSM", "AmazonSSM.GetParameters"),
        ("DYNAMODB", "DynamoDB_20120810.PutItem"),
        ("KMS", "TrentService.Decrypt"),
        ("SFN", "AWSStepFunctions.StartSyncExecution"),
    ] {
        let url = variable(&format!("AWS_ENDPOINT_URL_{service}"));
        let (status, answer) = aws::call(&url, "nobody", target, &json!({})).await;
        let kind = answer["__type"].as_str().unwrap().rsplit('#').next().unwrap();
        assert_eq!((status, kind), (400, "UnrecognizedClientException"), "{service}: {answer}");
    }
}

/// A draw with a key, straight at the URL of a function.
async fn draw(
    services: &Services,
    function: &str,
    player: &Player,
    pool_id: &str,
) -> (StatusCode, Value) {
    let url = services.function_url(function, "/v1/gacha/draw");
    let request = reqwest::Client::new()
        .post(url)
        .bearer_auth(&player.access_token)
        .header("X-Origin-Secret", variable("TENJO_TEST_ORIGIN_SECRET"))
        .header("Idempotency-Key", "a-key")
        .json(&json!({ "pool_id": pool_id, "draw_count": 1 }));
    let response = request.send().await.unwrap();
    (response.status(), response.json().await.unwrap())
}

#[tokio::test]
async fn request_draw_needs_each_of_its_other_grants() {
    let services = Services::start().await;
    let without = |action: &str| services.without("request-draw", action);
    let state = async |player: &Player| services.record_state(player.user_id, "a-key").await;

    // With all grants: the answer is recorded, and the claim of a refused request is
    // released.
    let player = Player::new().await;
    assert_eq!(draw(&services, "request-draw", &player, "pool-standard").await.0, 200);
    assert_eq!(state(&player).await.as_deref(), Some("COMPLETED"));
    let player = Player::new().await;
    assert_eq!(draw(&services, "request-draw", &player, "pool-unknown").await.0, 404);
    assert_eq!(state(&player).await, None);

    let player = Player::new().await;
    let put_item = without("dynamodb:PutItem");
    assert_eq!(
        draw(&services, &put_item, &player, "pool-standard").await.0,
        200,
        "it draws without"
    );
    assert_eq!(state(&player).await, None);

    let player = Player::new().await;
    let update_item = without("dynamodb:UpdateItem");
    assert_eq!(draw(&services, &update_item, &player, "pool-standard").await.0, 200);
    assert_eq!(state(&player).await.as_deref(), Some("IN_PROGRESS"));

    let player = Player::new().await;
    let delete_item = without("dynamodb:DeleteItem");
    assert_eq!(draw(&services, &delete_item, &player, "pool-unknown").await.0, 404);
    assert_eq!(state(&player).await.as_deref(), Some("IN_PROGRESS"));

    let player = Player::new().await;
    let start = without("states:StartSyncExecution");
    let (status, answer) = draw(&services, &start, &player, "pool-standard").await;
    assert_eq!((status.as_u16(), &answer["error"]["code"]), (503, &json!("try_later")));
}

#[tokio::test]
async fn recover_sagas_needs_to_start_the_state_machine() {
    // A saga whose run cannot begin is given back, and is not tried again for a while.
    let given_back = "select count(*) from game_gacha.live_sagas where saga_id = ?
                      and attempt_count = 0 and next_attempt_at > current_timestamp(6)";
    let services = Services::start().await;
    let key = services.without("recover-sagas", "states:StartSyncExecution");
    // Its name makes it due. The stack's own sweep may then be first.
    let (saga_id, answer) = until("a sweep that takes the saga", async || {
        let saga_id = database::start_saga(Player::new().await.user_id).await;
        let answer = services.invoke(&key, &json!({ "saga_id": saga_id })).await;
        (answer["leased"] != 0).then_some((saga_id, answer))
    })
    .await;
    assert_eq!(answer["errorType"], "RecoveryFailed", "{answer}");
    let log = services.log(&key);
    assert!(log.contains("AccessDeniedException"), "{log}");
    assert_eq!(database::saga_status(saga_id).await.unwrap().as_str(), "STARTED");
    assert_eq!(database::count(given_back, saga_id).await, 1, "the attempt counts");

    let report = services.invoke("recover-sagas", &json!({ "saga_id": saga_id })).await;
    assert_eq!(report["found"], 1, "{report}");
    until("the end of the saga", async || {
        let status = database::saga_status(saga_id).await.unwrap();
        (status.as_str() == "COMPLETED").then_some(())
    })
    .await;
}

/// Longer than the retries of a step that may not be invoked.
const TRIED: Duration = Duration::from_secs(10);

/// Runs a saga of a new player by the state machine without some of its grants, and
/// returns the saga's status after the run has ended or its retries are over.
async fn run_without(services: &Services, steps: &[&str]) -> String {
    let saga_id = database::start_saga(Player::new().await.user_id).await;
    let machine = services.state_machine_without(steps).await;
    let run = tokio::time::timeout(TRIED, machine.run(saga_id)).await;
    let found = database::saga_status(saga_id).await.unwrap().as_str().to_owned();
    let has_ended = run.is_ok_and(|(status, _)| status == 200);
    assert_eq!(has_ended, ["COMPLETED", "FAILED"].contains(&found.as_str()), "{steps:?}: {found}");
    // End the saga, so that it does not disturb other tests.
    services.run_saga("recover-sagas", saga_id).await;
    found
}

#[tokio::test]
async fn the_state_machine_needs_to_invoke_each_of_its_steps() {
    let services = &Services::start().await;
    let (all, reserve, draw, grant, refund) = tokio::join!(
        run_without(services, &[]),
        run_without(services, &["reserve"]),
        run_without(services, &["draw"]),
        run_without(services, &["grant"]),
        run_without(services, &["grant", "refund"]),
    );
    assert_eq!(all, "COMPLETED");
    for (step, status) in [("reserve", &reserve), ("draw", &draw), ("grant", &grant)] {
        assert_eq!(status, "FAILED", "without {step} the draw is given up, and refunded");
    }
    assert_eq!(refund, "DRAW_COMPLETED", "without refund nothing is given back");
}

/// Rights that AWS requires of a state machine's role before it delivers its logs.
/// Nothing that runs here uses them.
const FOR_LOG_DELIVERY: [&str; 8] = [
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
];

/// The rotation of the stack runs every two seconds, and may be first.
const TRIES: u32 = 20;

/// Whether a copy of `rotate-seeds` fails at what this statement leaves it to do.
async fn rotation_fails(services: &Services, action: &str, statements: &[&str]) -> bool {
    let key = services.without("rotate-seeds", action);
    for _ in 0..TRIES {
        let mut conn = database::connect().await;
        for statement in statements {
            let statement = sqlx::AssertSqlSafe((*statement).to_owned());
            sqlx::raw_sql(statement).execute(&mut conn).await.unwrap();
        }
        let answer = services.invoke(&key, &json!({})).await;
        if answer["errorType"] == "RotationFailed" {
            return true;
        }
    }
    false
}

#[tokio::test]
async fn the_rotation_needs_its_key_to_commit_and_to_reveal() {
    let services = Services::start().await;
    let last = [
        "delete from game_gacha.server_seeds where period_id = (
           select period_id from game_gacha.seed_periods order by starts_at desc limit 1)",
        "delete from game_gacha.seed_periods order by starts_at desc limit 1",
    ];
    assert!(rotation_fails(&services, "kms:Encrypt", &last).await);
    // With its root, the period counts as settled, and is not revealed again.
    let newest = ["update game_gacha.seed_periods set revealed_seed = null, root_hash = null
                   where revealed_seed is not null order by starts_at desc limit 1"];
    until("a revealed period", async || {
        let revealed = "select count(*) from game_gacha.seed_periods
                        where revealed_seed is not null and period_id <> ?";
        (database::count(revealed, Uuid::nil()).await > 0).then_some(())
    })
    .await;
    assert!(rotation_fails(&services, "kms:Decrypt", &newest).await);
}

#[test]
fn no_grant_is_left_out_by_the_tests_above() {
    let mut others: BTreeMap<String, BTreeSet<(String, String)>> = BTreeMap::new();
    for Grant { of, action, resource, .. } in Grant::all(&files().identities) {
        if action != "ssm:GetParameters" {
            others.entry(of).or_default().insert((action, resource));
        }
    }
    let on = |resource: &str, actions: &[&str]| -> BTreeSet<(String, String)> {
        actions.iter().map(|action| ((*action).to_owned(), resource.to_owned())).collect()
    };
    let arn = |resource: &str| {
        let (service, name) = resource.split_once('/').unwrap();
        format!("arn:aws:{service}:us-east-1:000000000000:{name}")
    };
    let mut saga = on("*", &FOR_LOG_DELIVERY);
    for step in ["reserve", "draw", "grant", "refund"] {
        let alias = arn(&format!("lambda/function:tenjo-local-{step}:live"));
        saga.append(&mut on(&alias, &["lambda:InvokeFunction"]));
    }
    let key = variable("TENJO_SEED_KEY_ARN");
    let start = on(&variable("TENJO_STATE_MACHINE_ARN"), &["states:StartSyncExecution"]);
    let table = arn(&format!("dynamodb/table/{}", variable("TENJO_OPS_TABLE")));
    let mut draw = on(&table, &["dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]);
    draw.extend(start.clone());
    let tested = BTreeMap::from([
        (GACHA_SAGA.to_owned(), saga),
        // `seeds` tests it.
        ("draw".to_owned(), on(&key, &["kms:Decrypt"])),
        ("rotate-seeds".to_owned(), on(&key, &["kms:Decrypt", "kms:Encrypt"])),
        ("recover-sagas".to_owned(), start),
        ("request-draw".to_owned(), draw),
    ]);
    assert_eq!(others, tested);
}
