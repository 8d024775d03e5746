//! `POST /v1/gacha/draw` and `GET /v1/gacha/sagas/{saga_id}`.

use reqwest::Method;
use serde_json::{Value, json};
use tenjo_tests::http::send;
use tenjo_tests::player::Player;
use tenjo_tests::{books, database, lambda};

const SAGAS: &str = "select count(*) from game_gacha.sagas where user_id = ?";

#[tokio::test]
async fn a_ten_draw_takes_its_price_and_gives_ten_items() {
    let player = Player::new().await;
    let drawn = player.draw("pool-standard", 10, None).await.data();
    assert_eq!(drawn["status"], "COMPLETED");
    let part = json!({ "currency_type": "free_gem", "amount": 3000 });
    let cost = json!({ "currency_type": "free_gem", "amount": 3000, "breakdown": [part] });
    assert_eq!(drawn["cost"], cost);
    assert_eq!(drawn["results"].as_array().unwrap().len(), 10);
    assert_eq!(player.free_gems().await, 0);
    assert_eq!(player.item_total().await, 10);

    let histories = player.get("/v1/gacha/histories").await.data();
    let mut recorded: Vec<&Value> = histories["histories"].as_array().unwrap().iter().collect();
    recorded.sort_by_key(|history| history["draw_index"].as_u64());
    for (history, result) in recorded.iter().zip(drawn["results"].as_array().unwrap()) {
        for field in ["item_master_id", "rarity", "is_new", "is_pickup"] {
            assert_eq!(history[field], result[field]);
        }
        assert_eq!(history["saga_id"], drawn["saga_id"]);
    }
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn a_saga_tells_its_whole_way() {
    let player = Player::new().await;
    let drawn = player.draw("pool-standard", 1, None).await.data();
    let saga =
        player.get(&format!("/v1/gacha/sagas/{}", drawn["saga_id"].as_str().unwrap())).await.data();
    let statuses: Vec<&Value> =
        saga["timeline"].as_array().unwrap().iter().map(|event| &event["status"]).collect();
    let way = ["STARTED", "CURRENCY_RESERVED", "DRAW_COMPLETED", "ITEM_GRANTED", "COMPLETED"];
    assert_eq!(statuses, way);
    for field in ["results", "pity", "cost", "status"] {
        assert_eq!(saga[field], drawn[field], "{field}");
    }
    assert_eq!(saga["failure"], Value::Null);
}

#[tokio::test]
async fn an_item_is_new_the_first_time_only() {
    let player = Player::new().await;
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..10 {
        let drawn = player.draw("pool-standard", 1, None).await.data();
        let result = &drawn["results"][0];
        let first = seen.insert(result["item_master_id"].to_string());
        assert_eq!(result["is_new"], first, "{result}");
    }
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn too_few_gems_take_nothing_and_the_saga_says_why() {
    let player = Player::new().await;
    player.draw("pool-standard", 1, None).await.data();
    assert_eq!(
        player.draw("pool-standard", 10, Some("poor")).await.error(),
        (409, "insufficient_currency")
    );
    assert_eq!(player.free_gems().await, 2700);
    assert_eq!(player.item_total().await, 1);
    let saga_id = database::saga_of(player.user_id, "poor");
    let saga = player.get(&format!("/v1/gacha/sagas/{saga_id}")).await.data();
    assert_eq!(saga["status"], "FAILED");
    assert_eq!(saga["failure"]["reason"], "insufficient_currency");
    assert_eq!(saga["results"], Value::Null);
    // The player is not blocked: they can draw what they can afford.
    player.draw("pool-standard", 1, None).await.data();
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn free_gems_do_not_pay_where_paid_gems_are_asked() {
    let player = Player::new().await;
    let answer = player.draw("pool-paid-moon-festival", 1, None).await;
    assert_eq!(answer.error(), (409, "insufficient_currency"));
    assert_eq!(player.free_gems().await, 3000);
}

#[tokio::test]
async fn bad_input_gets_a_clear_error_and_changes_nothing() {
    let player = Player::new().await;
    let draw = |body: &str| {
        player
            .request(Method::POST, "/v1/gacha/draw")
            .header("Content-Type", "application/json")
            .body(body.to_owned())
    };
    let oversized = format!(r#"{{"pool_id":"{}","draw_count":1}}"#, "x".repeat(1 << 20));
    for (body, status, blamed) in [
        ("", 400, ""),
        ("{", 400, ""),
        ("null", 400, ""),
        ("[]", 400, ""),
        (r#"{"pool_id":"pool-standard"}"#, 400, "draw_count"),
        (r#"{"draw_count":1}"#, 400, "pool_id"),
        (r#"{"pool_id":1,"draw_count":1}"#, 400, "pool_id"),
        (r#"{"pool_id":"pool-standard","draw_count":"1"}"#, 400, "draw_count"),
        (r#"{"pool_id":"pool-standard","draw_count":1.5}"#, 400, "draw_count"),
        (r#"{"pool_id":"pool-standard","draw_count":-1}"#, 400, "draw_count"),
        (r#"{"pool_id":"pool-standard","draw_count":0}"#, 400, "draw_count"),
        (r#"{"pool_id":"pool-standard","draw_count":3}"#, 400, "draw_count"),
        (r#"{"pool_id":"pool-standard","draw_count":1000000000000000000}"#, 400, "draw_count"),
        (r#"{"pool_id":"pool-standard","draw_count":1,"free":true}"#, 400, "free"),
        (r#"{"pool_id":"no-such-pool","draw_count":1}"#, 404, ""),
        (r#"{"pool_id":"pool-new-year-2026","draw_count":1}"#, 404, ""),
        (oversized.as_str(), 413, ""),
    ] {
        let answer = send(draw(body)).await;
        let shown = &body[..body.len().min(80)];
        assert_eq!(answer.status, status, "{shown}: {answer:?}");
        assert!(
            answer.body.to_string().contains(blamed),
            "{shown} does not blame {blamed}: {answer:?}"
        );
    }
    for key in ["", &"k".repeat(256)] {
        let request =
            draw(r#"{"pool_id":"pool-standard","draw_count":1}"#).header("Idempotency-Key", key);
        let answer = send(request).await;
        assert_eq!(answer.status, 400, "a key of {} characters: {answer:?}", key.len());
    }
    assert_eq!(player.free_gems().await, 3000);
    assert_eq!(database::count(SAGAS, player.user_id).await, 0);
}

#[tokio::test]
async fn nobody_reads_the_saga_of_another() {
    let (player, other) = (Player::new().await, Player::new().await);
    let drawn = player.draw("pool-standard", 1, None).await.data();
    let foreign = format!("/v1/gacha/sagas/{}", drawn["saga_id"].as_str().unwrap());
    assert_eq!(other.get(&foreign).await.error(), (404, "not_found"));
    let unknown = format!("/v1/gacha/sagas/{}", uuid::Uuid::new_v4());
    assert_eq!(player.get(&unknown).await.error(), (404, "not_found"));
    assert_eq!(player.get("/v1/gacha/sagas/not-a-uuid").await.status, 400);
}

#[tokio::test]
async fn a_suspended_player_draws_nothing() {
    let player = Player::new().await;
    let suspend =
        "update game_user.users set suspended_at = current_timestamp(6) where user_id = ?";
    database::change(suspend, player.user_id).await;
    assert_eq!(player.draw("pool-standard", 1, None).await.error(), (403, "user_suspended"));
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn one_draw_at_a_time_for_each_pity_counter() {
    let player = Player::new().await;
    database::give(player.user_id, "paid_gem", 3000).await;
    let saga_id =
        database::start_saga_of(player.user_id, uuid::Uuid::new_v4(), "pool-moon-festival", 1)
            .await;
    // The same pool, and another that shares its pity.
    for pool_id in ["pool-moon-festival", "pool-paid-moon-festival"] {
        let refused = player.draw(pool_id, 1, None).await;
        assert_eq!(refused.error(), (409, "draw_in_progress"), "{pool_id}");
    }
    // Another counter is free.
    player.draw("pool-standard", 1, None).await.data();
    lambda::step("refund", saga_id).await.unwrap();
    player.draw("pool-paid-moon-festival", 1, None).await.data();
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn one_draw_at_a_time_from_each_pool_whatever_its_group() {
    let player = Player::new().await;
    let saga_id = database::start_saga(player.user_id).await;
    // The pool as it would be if it were sold again under another group.
    let other = database::new_saga(player.user_id, uuid::Uuid::new_v4(), "pool-standard", 1).await;
    let group = "another-group".parse().unwrap();
    assert!(!database::start_in(&other, &group).await, "two sagas of one pool are live");
    lambda::step("refund", saga_id).await.unwrap();
    assert!(database::start_in(&other, &group).await);
    lambda::step("refund", other.saga_id.0).await.unwrap();
    books::balance(player.user_id).await;
}
