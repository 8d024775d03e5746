//! `Idempotency-Key`: the same request, however often it is sent, is one draw.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};
use sqlx::Connection;
use tenjo_domain::SagaStatus;
use tenjo_tests::grants::Services;
use tenjo_tests::http::{Answer, send};
use tenjo_tests::player::Player;
use tenjo_tests::{books, database, lambda, table, until, variable};

const SAGAS: &str = "select count(*) from game_gacha.sagas where user_id = ?";

#[tokio::test]
async fn the_same_request_again_gets_the_same_answer_and_costs_nothing() {
    let player = Player::new().await;
    let first = player.draw("pool-standard", 1, Some("again")).await;
    let second = player.draw("pool-standard", 1, Some("again")).await;
    assert_eq!(first.body, second.body);
    assert_eq!(player.free_gems().await, 2700);
    assert_eq!(player.item_total().await, 1);
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn a_key_cannot_be_used_for_another_request() {
    let player = Player::new().await;
    player.draw("pool-standard", 1, Some("mine")).await.data();
    for (pool_id, draw_count) in [("pool-moon-festival", 1), ("pool-standard", 10)] {
        let answer = player.draw(pool_id, draw_count, Some("mine")).await;
        assert_eq!(answer.error(), (422, "idempotency_key_reused"), "{pool_id} {draw_count}");
    }
    // Nor when the table has lost the record.
    table::forget(player.user_id, "mine").await;
    let answer = player.draw("pool-moon-festival", 1, Some("mine")).await;
    assert_eq!(answer.error(), (422, "idempotency_key_reused"));
    assert_eq!(player.free_gems().await, 2700);
}

#[tokio::test]
async fn without_its_record_a_draw_is_still_the_same_draw() {
    let player = Player::new().await;
    let first = player.draw("pool-standard", 1, Some("lost")).await;
    table::forget(player.user_id, "lost").await;
    let second = player.draw("pool-standard", 1, Some("lost")).await;
    assert_eq!(first.body, second.body);
    assert_eq!(player.free_gems().await, 2700);
}

#[tokio::test]
async fn ten_of_the_same_request_at_once_are_one_draw() {
    let player = Player::new().await;
    let requests = (0..10).map(|_| {
        let player = player.clone();
        tokio::spawn(async move { player.draw("pool-standard", 10, Some("at-once")).await })
    });
    let mut answers = BTreeSet::new();
    for request in requests.collect::<Vec<_>>() {
        let answer = request.await.unwrap();
        match answer.status {
            200 => _ = answers.insert(answer.data().to_string()),
            _ => assert_eq!(answer.error(), (409, "request_in_progress")),
        }
    }
    assert_eq!(answers.len(), 1, "several answers: {answers:?}");
    let after = player.draw("pool-standard", 10, Some("at-once")).await.data().to_string();
    assert!(answers.contains(&after));
    assert_eq!(database::count(SAGAS, player.user_id).await, 1);
    assert_eq!(player.free_gems().await, 0);
    assert_eq!(player.item_total().await, 10);
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn after_a_dropped_connection_the_same_request_finds_its_draw() {
    let player = Player::new().await;
    let saga_id = database::saga_of(player.user_id, "dropped");
    let held = database::hold_balances(player.user_id).await;
    let request = tokio::spawn({
        let player = player.clone();
        async move { player.draw("pool-standard", 10, Some("dropped")).await }
    });
    until("the saga", async || database::saga_status(saga_id).await).await;
    // The client disconnects while the draw is held up.
    request.abort();
    assert!(request.await.unwrap_err().is_cancelled(), "the answer came before the drop");
    held.close().await.unwrap();

    let answer = until("the answer", async || {
        let answer = player.draw("pool-standard", 10, Some("dropped")).await;
        if answer.status == 409 {
            assert_eq!(answer.error().1, "request_in_progress");
            return None;
        }
        Some(answer)
    })
    .await;
    assert_eq!(answer.data()["saga_id"], saga_id.to_string());
    assert_eq!(database::count(SAGAS, player.user_id).await, 1);
    assert_eq!(player.free_gems().await, 0);
    assert_eq!(player.item_total().await, 10);
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn while_a_request_runs_its_twin_is_told_to_wait_and_another_draw_too() {
    let player = Player::new().await;
    let saga_id = database::saga_of(player.user_id, "slow");
    let held = database::hold_balances(player.user_id).await;
    let running = tokio::spawn({
        let player = player.clone();
        async move { player.draw("pool-standard", 1, Some("slow")).await }
    });
    until("the saga", async || database::saga_status(saga_id).await).await;

    let twin = player.draw("pool-standard", 1, Some("slow")).await;
    assert_eq!(twin.error(), (409, "request_in_progress"));
    assert_eq!(twin.header("retry-after"), "1");
    let other = player.draw("pool-standard", 1, Some("other")).await;
    assert_eq!(other.error(), (409, "draw_in_progress"));
    let saga = player.get(&format!("/v1/gacha/sagas/{saga_id}")).await.data();
    assert_eq!(saga["status"], SagaStatus::Started.as_str());

    held.close().await.unwrap();
    running.await.unwrap().data();
    // The refusal as too early was not recorded.
    player.draw("pool-standard", 1, Some("other")).await.data();
    assert_eq!(player.free_gems().await, 2400);
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn a_request_that_is_none_leaves_its_key_free() {
    let player = Player::new().await;
    let refused = player.draw("pool-standard", 3, Some("typo")).await;
    assert_eq!(refused.error(), (400, "invalid_request"));
    let refused = player.draw("pool-unknown", 1, Some("typo")).await;
    assert_eq!(refused.error(), (404, "not_found"));
    player.draw("pool-standard", 1, Some("typo")).await.data();
}

/// A refusal leaves no record: the database alone knows it.
async fn the_same_again(again: impl AsyncFn() -> Answer) {
    let told = |answer: &Answer| (answer.status, answer.body["error"]["code"].clone());
    let first = told(&again().await);
    assert_eq!(told(&again().await), first);
}

#[tokio::test]
async fn a_refusal_of_the_game_is_an_answer_and_stays_when_the_draw_could_be_made() {
    let player = Player::new().await;
    // Another price than the one that was shown.
    let wrong = json!({ "currency_type": "free_gem", "amount": 1 });
    let draw = async || {
        let body = json!({ "pool_id": "pool-standard", "draw_count": 1, "expected_cost": wrong });
        let request = player.request(Method::POST, "/v1/gacha/draw").json(&body);
        send(request.header("Idempotency-Key", "price")).await
    };
    assert_eq!(draw().await.error(), (409, "price_changed"));
    the_same_again(draw).await;
    // Without the expectation it is another request, as it is while the record lives.
    let other = player.draw("pool-standard", 1, Some("price")).await;
    assert_eq!(other.error(), (422, "idempotency_key_reused"));

    // The limit of a day, which is over on the next.
    database::give(player.user_id, "paid_gem", 10_000).await;
    let paid = async |key: &str| player.draw("pool-paid-moon-festival", 1, Some(key)).await;
    paid("today").await.data();
    assert_eq!(paid("limit").await.error(), (409, "limit_reached"));
    let yesterday = "update game_gacha.player_pools set day = day - 1 where user_id = ?";
    database::change(yesterday, player.user_id).await;
    the_same_again(async || paid("limit").await).await;
    paid("tomorrow").await.data();

    // An empty box, which is then filled.
    database::give(player.user_id, "free_gem", 10_000).await;
    let boxed =
        async |key: &str, count: u32| player.draw("pool-farewell-box", count, Some(key)).await;
    for key in ["first", "second", "third"] {
        boxed(key, 10).await.data();
    }
    assert_eq!(boxed("empty", 1).await.error(), (409, "sold_out"));
    let fill = "update game_gacha.player_pools set drawn_copies = '{}'
                where user_id = ? and pool_id = 'pool-farewell-box'";
    database::change(fill, player.user_id).await;
    the_same_again(async || boxed("empty", 1).await).await;
    boxed("full", 1).await.data();

    let refused = "select count(*) from game_gacha.sagas
                   where user_id = ? and status = 'FAILED' and failed_at is not null";
    assert_eq!(database::count(refused, player.user_id).await, 3);
    let live = "select count(*) from game_gacha.live_sagas where user_id = ?";
    assert_eq!(database::count(live, player.user_id).await, 0);
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn a_draw_that_was_refused_to_a_suspended_player_stays_refused() {
    let player = Player::new().await;
    let draw = async |key: &str| player.draw("pool-standard", 1, Some(key)).await;
    let suspend =
        "update game_user.users set suspended_at = current_timestamp(6) where user_id = ?";
    database::change(suspend, player.user_id).await;
    assert_eq!(draw("suspended").await.error(), (403, "user_suspended"));
    let lift = "update game_user.users set suspended_at = null where user_id = ?";
    database::change(lift, player.user_id).await;
    assert_eq!(draw("suspended").await.error(), (403, "user_suspended"));
    draw("lifted").await.data();
    assert_eq!(player.free_gems().await, 2700);
}

#[tokio::test]
async fn a_record_that_this_release_cannot_read_is_answered_from_the_database() {
    let player = Player::new().await;
    let first = player.draw("pool-standard", 1, Some("old")).await;
    table::spoil(player.user_id, "old").await;
    let second = player.draw("pool-standard", 1, Some("old")).await;
    assert_eq!(first.body, second.body);
    assert_eq!(player.free_gems().await, 2700);
}

#[tokio::test]
async fn a_key_with_and_without_an_expected_cost_is_two_requests_whatever_the_table_has() {
    let player = Player::new().await;
    player.draw("pool-standard", 1, Some("plain")).await.data();
    let cost = json!({ "currency_type": "free_gem", "amount": 300 });
    let body = json!({ "pool_id": "pool-standard", "draw_count": 1, "expected_cost": cost });
    let with_cost = async || {
        let request = player.request(Method::POST, "/v1/gacha/draw").json(&body);
        send(request.header("Idempotency-Key", "plain")).await
    };
    assert_eq!(with_cost().await.error(), (422, "idempotency_key_reused"));
    table::forget(player.user_id, "plain").await;
    assert_eq!(with_cost().await.error(), (422, "idempotency_key_reused"));
    assert_eq!(player.free_gems().await, 2700);
}

/// A draw by a function that cannot write to the table.
async fn draw_without_table(services: &Services, player: &Player, body: &Value) -> Answer {
    let function = services.without("request-draw", "dynamodb:PutItem");
    let request = reqwest::Client::new()
        .post(services.function_url(&function, "/v1/gacha/draw"))
        .header("X-Origin-Secret", variable("TENJO_TEST_ORIGIN_SECRET"))
        .header("Idempotency-Key", body["pool_id"].as_str().unwrap())
        .bearer_auth(&player.access_token)
        .json(body);
    Answer::read(request.send().await.unwrap()).await.unwrap()
}

#[tokio::test]
async fn the_rule_holds_while_the_table_cannot_be_reached() {
    let services = &Services::start().await;
    let player = &Player::new().await;
    let draw = async |body: &Value| draw_without_table(services, player, body).await;
    let plain = json!({ "pool_id": "pool-standard", "draw_count": 1 });
    let cost = json!({ "currency_type": "free_gem", "amount": 300 });
    let with_cost = json!({ "pool_id": "pool-standard", "draw_count": 1, "expected_cost": cost });
    let first = draw(&plain).await;
    assert_eq!(first.status, 200, "{first:?}");
    assert_eq!(draw(&plain).await.body, first.body);
    assert_eq!(draw(&with_cost).await.error(), (422, "idempotency_key_reused"));
    assert_eq!(services.record_state(player.user_id, "pool-standard").await, None);

    // A refusal of the game stays one, and the key stands for it alone.
    let wrong = json!({ "currency_type": "free_gem", "amount": 1 });
    let dear = json!({ "pool_id": "pool-moon-festival", "draw_count": 1, "expected_cost": wrong });
    let other = json!({ "pool_id": "pool-moon-festival", "draw_count": 1 });
    for _ in 0..2 {
        let refused = draw(&dear).await;
        assert_eq!(
            (refused.status, &refused.body["error"]["code"]),
            (409, &json!("price_changed"))
        );
        assert_eq!(draw(&other).await.error(), (422, "idempotency_key_reused"));
    }

    // All at once are one draw: whoever does not open the saga finds it.
    let gate = &json!({ "pool_id": "pool-daily-gate", "draw_count": 1 });
    let (a, b, c, d) = tokio::join!(draw(gate), draw(gate), draw(gate), draw(gate));
    for answer in [a, b, c, d] {
        let is_waiting = answer.status == 202
            || answer.status == 409 && answer.body["error"]["code"] == "draw_in_progress";
        assert!(answer.status == 200 || is_waiting, "{answer:?}");
    }
    assert_eq!(draw(gate).await.status, 200);
    assert_eq!(player.item_total().await, 2);
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn a_draw_that_failed_fails_the_same_way_again() {
    let player = Player::new().await;
    player.draw("pool-standard", 1, None).await.data();
    for _ in 0..2 {
        let answer = player.draw("pool-standard", 10, Some("poor")).await;
        assert_eq!(answer.error(), (409, "insufficient_currency"));
    }
    assert_eq!(database::count(SAGAS, player.user_id).await, 2);
}

#[tokio::test]
async fn keys_belong_to_their_player() {
    let (one, two) = (Player::new().await, Player::new().await);
    let first = one.draw("pool-standard", 1, Some("shared")).await.data();
    let second = two.draw("pool-standard", 1, Some("shared")).await.data();
    assert_ne!(first["saga_id"], second["saga_id"]);
}

/// The names of the fields of an object.
fn names(object: &Value) -> BTreeSet<&String> {
    object.as_object().unwrap().keys().collect()
}

#[tokio::test]
async fn a_draw_that_takes_too_long_is_accepted_and_ends_without_its_client() {
    let player = Player::new().await;
    let saga_id = database::saga_of(player.user_id, "endless");
    database::start_saga_as(player.user_id, saga_id).await;
    // A lock on the saga's row holds up every step.
    let rows = "select 1 from game_gacha.sagas where saga_id = ? for update";
    let held = database::hold(rows, saga_id).await;
    let answer = player.draw("pool-standard", 10, Some("endless")).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    assert_eq!(answer.header("retry-after"), "1");
    let data = answer.data();
    assert_eq!(
        (&data["saga_id"], &data["status"]),
        (&saga_id.to_string().into(), &"STARTED".into())
    );
    let quick = Player::new().await.draw("pool-standard", 1, None).await.data();
    assert_eq!(names(&data), names(&quick), "both have the same fields");
    // Its run continues, so no request may begin another.
    let twin = player.draw("pool-standard", 10, Some("endless")).await;
    assert_eq!(twin.error(), (409, "request_in_progress"));
    held.close().await.unwrap();
    let status = until("the end", async || {
        database::saga_status(saga_id).await.filter(|status| status.is_final())
    })
    .await;
    assert_eq!(player.item_total().await, if status == SagaStatus::Completed { 10 } else { 0 });
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn a_draw_that_was_given_up_is_finished_by_the_next_one() {
    let player = Player::new().await;
    let abandoned = database::start_saga(player.user_id).await;
    lambda::step("reserve", abandoned).await.unwrap();
    let refused = player.draw("pool-standard", 1, None).await;
    assert_eq!(refused.error(), (409, "draw_in_progress"), "it may still be running");
    database::end_lease(abandoned).await;
    // The request runs the first draw itself, unless the sweeper has just taken it.
    let next = until("the end of the first draw", async || {
        let next = player.draw("pool-standard", 1, None).await;
        (next.error().1 != "draw_in_progress").then_some(next)
    })
    .await;
    assert_eq!(next.error(), (409, "insufficient_currency"), "the first draw took all gems");
    assert_eq!(database::saga_status(abandoned).await, Some(SagaStatus::Completed));
    assert_eq!(player.item_total().await, 10);
    books::balance(player.user_id).await;
}
