//! `POST /v1/gacha/exchange`: points become an item once, or not at all.

use serde_json::{Value, json};
use tenjo_tests::http::{Answer, send};
use tenjo_tests::player::Player;
use tenjo_tests::{books, database};

const POOL: &str = "pool-moon-festival";

/// The item that the pool offers, and its price in points.
async fn offer(player: &Player) -> (String, u64) {
    let pool = player.get(&format!("/v1/gacha/pools/{POOL}")).await.data();
    let offer = &pool["exchange"]["offers"][0];
    (offer["item_master_id"].as_str().unwrap().to_owned(), offer["points"].as_u64().unwrap())
}

async fn points(player: &Player) -> u64 {
    let pool = player.get(&format!("/v1/gacha/pools/{POOL}")).await.data();
    pool["standing"]["points"].as_u64().unwrap()
}

async fn exchange(player: &Player, item: &str, key: Option<&str>) -> Answer {
    let body = json!({ "pool_id": POOL, "item_master_id": item });
    let mut request = player.request(reqwest::Method::POST, "/v1/gacha/exchange").json(&body);
    if let Some(key) = key {
        request = request.header("Idempotency-Key", key);
    }
    send(request).await
}

/// A player who has drawn for an offer, and nothing more.
async fn player_with_points() -> (Player, String, u64) {
    let player = Player::new().await;
    database::give(player.user_id, "free_gem", 1_000_000).await;
    let (item, price) = offer(&player).await;
    while points(&player).await < price {
        player.draw(POOL, 10, None).await.data();
    }
    (player, item, price)
}

#[tokio::test]
async fn points_come_with_each_draw_and_buy_the_item_of_ones_choice() {
    let (player, item, price) = player_with_points().await;
    let (before, items) = (points(&player).await, player.item_total().await);
    assert_eq!(before, items, "one point for each draw");
    let done = exchange(&player, &item, None).await.data();
    assert_eq!(done["item_master_id"], item.as_str());
    assert_eq!((&done["points"], &done["points_left"]), (&json!(price), &json!(before - price)));
    assert_eq!(points(&player).await, before - price);
    assert_eq!(player.item_total().await, items + 1);
    assert_eq!(exchange(&player, &item, None).await.error(), (409, "insufficient_points"));
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn the_same_key_exchanges_once_however_often_and_at_once_it_comes() {
    let (player, item, price) = player_with_points().await;
    let before = points(&player).await;
    let calls: Vec<_> = (0..10)
        .map(|_| {
            let (player, item) = (player.clone(), item.clone());
            tokio::spawn(async move { exchange(&player, &item, Some("once")).await })
        })
        .collect();
    let mut answers: Vec<Value> = Vec::new();
    for call in calls {
        answers.push(call.await.unwrap().data());
    }
    answers.push(exchange(&player, &item, Some("once")).await.data());
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
    assert_eq!(points(&player).await, before - price);
    let other = exchange(&player, "weapon-wooden-sword", Some("once")).await;
    assert_eq!(other.error(), (422, "idempotency_key_reused"));
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn a_refused_exchange_stays_refused_under_its_key() {
    let (player, item, price) = player_with_points().await;
    while exchange(&player, &item, None).await.status == 200 {}
    let refused = exchange(&player, &item, Some("poor")).await;
    assert_eq!(refused.error(), (409, "insufficient_points"));
    while points(&player).await < price {
        player.draw(POOL, 10, None).await.data();
    }
    let again = exchange(&player, &item, Some("poor")).await;
    assert_eq!(again.error(), (409, "insufficient_points"));
    let other = exchange(&player, "weapon-wooden-sword", Some("poor")).await;
    assert_eq!(other.error(), (422, "idempotency_key_reused"));
    // An item that is not on offer is refused, and nothing is kept under its key.
    let unknown = exchange(&player, "weapon-wooden-sword", Some("free")).await;
    assert_eq!(unknown.error(), (404, "not_found"));
    exchange(&player, &item, Some("free")).await.data();
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn the_same_points_buy_one_item_however_many_ask_at_once() {
    let (player, item, price) = player_with_points().await;
    let before = points(&player).await;
    let affordable = before / price;
    let calls: Vec<_> = (0..8)
        .map(|number| {
            let (player, item) = (player.clone(), item.clone());
            tokio::spawn(async move { exchange(&player, &item, Some(&number.to_string())).await })
        })
        .collect();
    let mut bought = 0;
    for call in calls {
        let answer = call.await.unwrap();
        match answer.status {
            200 => bought += 1,
            _ => assert_eq!(answer.error(), (409, "insufficient_points")),
        }
    }
    assert_eq!(bought, affordable);
    assert_eq!(points(&player).await, before - affordable * price);
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn what_is_not_offered_is_not_had() {
    let player = Player::new().await;
    let unknown = exchange(&player, "weapon-wooden-sword", None).await;
    assert_eq!(unknown.error(), (404, "not_found"));
    let body = json!({ "pool_id": "pool-standard", "item_master_id": "weapon-wooden-sword" });
    let without_points = player.post("/v1/gacha/exchange", &body).await;
    assert_eq!(without_points.error(), (404, "not_found"));
    for body in
        [json!({}), json!({ "pool_id": POOL }), json!({ "pool_id": POOL, "item_master_id": 1 })]
    {
        assert_eq!(player.post("/v1/gacha/exchange", &body).await.status, 400, "{body}");
    }
    let suspend =
        "update game_user.users set suspended_at = current_timestamp(6) where user_id = ?";
    database::change(suspend, player.user_id).await;
    let (item, _) = offer(&player).await;
    assert_eq!(exchange(&player, &item, None).await.error(), (403, "user_suspended"));
}

#[tokio::test]
async fn a_failed_draw_gives_no_points() {
    let player = Player::new().await;
    let saga_id = database::start_saga_of(player.user_id, uuid::Uuid::new_v4(), POOL, 10).await;
    for name in ["reserve", "draw", "refund"] {
        tenjo_tests::lambda::step(name, saga_id).await.unwrap();
    }
    assert_eq!(points(&player).await, 0);
    books::balance(player.user_id).await;
}
