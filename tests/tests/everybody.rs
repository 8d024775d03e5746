//! What concerns all players at once: maintenance, client versions, and paused pools. It
//! is a file of its own, because Cargo runs files one after another, and no other test may
//! play meanwhile.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::panic::resume_unwind;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tenjo_tests::http::{Answer, anyone, send};
use tenjo_tests::lambda::step;
use tenjo_tests::operator::AOI;
use tenjo_tests::player::Player;
use tenjo_tests::{books, database, lambda, until};
use tokio::task::{LocalSet, spawn_local};
use uuid::Uuid;

/// A function relies on what it read for two seconds.
const LEARNED: Duration = Duration::from_millis(2100);

/// One test, because each part is about everybody.
#[tokio::test]
async fn what_operators_set_for_everybody_holds_for_everybody() {
    LocalSet::new().run_until(everything()).await;
}

async fn everything() {
    let tested = spawn_local(async {
        maintenance_keeps_players_out_and_lets_operators_and_sagas_go_on().await;
        maintenance_is_announced().await;
        an_outdated_client_is_told_to_update().await;
        a_paused_pool_sells_nothing_and_its_draws_end().await;
    })
    .await;
    // Whatever failed, later tests find the game open.
    AOI.does("set-maintenance", &json!({ "open": false })).await;
    AOI.does("set-client-versions", &json!({})).await;
    AOI.does("set-pool-pause", &json!({ "pool_id": "pool-standard", "paused": false })).await;
    if let Err(error) = tested {
        resume_unwind(error.into_panic());
    }
}

/// Requests of every player's function, as far as the path goes.
async fn of_every_route(player: &Player) -> Vec<(&'static str, Answer)> {
    let id = Uuid::new_v4();
    let mut answers = Vec::new();
    for path in [
        "/v1/home",
        "/v1/users/me",
        "/v1/users/me/currencies",
        "/v1/users/me/ledger",
        "/v1/gacha/pools",
        "/v1/gacha/pools/pool-standard",
        "/v1/gacha/histories",
        "/v1/gacha/draw-numbers",
        "/v1/gacha/client-seed",
        "/v1/gacha/seed-periods",
        "/v1/inventory/items",
        "/v1/inventory/item-masters",
        "/v1/presents",
    ] {
        answers.push((path, player.get(path).await));
    }
    let refresh = json!({ "refresh_token": player.refresh_token });
    let draw = json!({ "pool_id": "pool-standard", "draw_count": 1 });
    let exchange = json!({ "pool_id": "pool-moon-festival", "item_master_id": "character-kaguya" });
    answers.push(("saga", player.get(&format!("/v1/gacha/sagas/{id}")).await));
    answers.push(("proof", player.get(&format!("/v1/gacha/sagas/{id}/proof")).await));
    answers
        .push(("revision", player.get(&format!("/v1/gacha/revisions/{}", "0".repeat(64))).await));
    answers.push(("login", player.login().await));
    answers.push(("draw", player.post("/v1/gacha/draw", &draw).await));
    answers.push(("exchange", player.post("/v1/gacha/exchange", &exchange).await));
    answers.push(("receive", player.post(&format!("/v1/presents/{id}/receive"), &json!({})).await));
    answers.push(("receive all", player.post("/v1/presents/receive", &json!({})).await));
    answers.push((
        "rename",
        player.put("/v1/users/me", &json!({ "display_name": "Aoi", "version": 1 })).await,
    ));
    answers
        .push(("seed", player.put("/v1/gacha/client-seed", &json!({ "client_seed": "a" })).await));
    answers.push(("refresh", player.post("/v1/auth/refresh", &refresh).await));
    answers.push(("logout", player.post("/v1/auth/logout", &refresh).await));
    answers
}

async fn status() -> Value {
    anyone("/v1/status").await.data()
}

async fn maintenance_keeps_players_out_and_lets_operators_and_sagas_go_on() {
    let player = Player::new().await;
    let drawing = Player::new().await;
    let saga_id = database::start_saga(drawing.user_id).await;
    let still = Player::new().await;
    let standing = database::start_saga(still.user_id).await;
    assert_eq!(status().await["maintenance"], Value::Null);

    AOI.does("set-maintenance", &json!({ "open": true, "ends_at": "2037-01-01T00:00:00Z" })).await;
    let later = json!({ "open": true, "starts_at": "2036-12-31T00:00:00Z" });
    let later = AOI.tries("set-maintenance", &later).await;
    assert_eq!(later.error(), (400, "invalid_request"), "it would let players in until then");
    tokio::time::sleep(LEARNED).await;
    for (route, answer) in of_every_route(&player).await {
        assert_eq!(answer.error(), (503, "maintenance"), "{route}");
        assert_eq!(answer.header("retry-after"), "3600", "{route}");
    }
    let shown = status().await;
    assert_eq!(shown["maintenance"]["is_running"], true);
    assert_eq!(shown["maintenance"]["ends_at"], "2037-01-01T00:00:00Z");

    // A draw that has begun ends, by its steps and by recovery.
    for name in ["reserve", "draw", "grant"] {
        step(name, saga_id).await.unwrap();
    }
    books::balance(drawing.user_id).await;
    database::let_stand_still(standing).await;
    until("the recovery", async || {
        lambda::invoke("recover-sagas", &json!({})).await;
        let status = database::saga_status(standing).await?;
        ["COMPLETED", "FAILED"].contains(&status.as_str()).then_some(())
    })
    .await;
    books::balance(still.user_id).await;
    let gems = json!({ "user_id": player.user_id, "currency_type": "free_gem", "delta": 1 });
    AOI.does("adjust-currency", &gems).await;

    AOI.does("set-maintenance", &json!({ "open": false })).await;
    tokio::time::sleep(LEARNED).await;
    assert_eq!(player.free_gems().await, 3001);
    player.draw("pool-standard", 1, None).await.data();
    let changes = "select count(*) from game_gacha.sagas where user_id = ?";
    assert_eq!(database::count(changes, player.user_id).await, 1, "nothing happened meanwhile");
}

async fn maintenance_is_announced() {
    let player = Player::new().await;
    let order = json!({
        "open": true, "starts_at": "2036-12-31T00:00:00Z", "ends_at": "2037-01-01T00:00:00Z",
    });
    AOI.does("set-maintenance", &order).await;
    tokio::time::sleep(LEARNED).await;
    let shown = status().await["maintenance"].clone();
    assert_eq!((&shown["is_running"], &shown["starts_at"]), (&json!(false), &order["starts_at"]));
    player.get("/v1/users/me").await.data();
    assert_eq!(player.get("/v1/home").await.data()["maintenance"], shown);
    AOI.does("set-maintenance", &json!({ "open": false })).await;
    assert_eq!(status().await["maintenance"], Value::Null);
}

async fn an_outdated_client_is_told_to_update() {
    let player = Player::new().await;
    AOI.does("set-client-versions", &json!({ "least": "1.2.0", "newest": "1.10.0" })).await;
    tokio::time::sleep(LEARNED).await;
    let ask = async |version: &str| {
        send(player.request(Method::GET, "/v1/users/me").header("X-Client-Version", version)).await
    };
    assert_eq!(ask("1.1.9").await.error(), (403, "client_outdated"));
    for version in ["1.2.0", "1.10.0", "2.0.0"] {
        ask(version).await.data();
    }
    player.get("/v1/users/me").await.data();
    // The gateway knows no versions: a body that it does not take is refused by it, first.
    let body = json!({ "of": "an old client" });
    let old = player.request(Method::PUT, "/v1/users/me").header("X-Client-Version", "0.9.0");
    let answer = send(old.json(&body)).await;
    assert_eq!(answer.status, 400, "{answer:?}");
    for shown in [status().await, player.get("/v1/home").await.data()] {
        assert_eq!(shown["least_client_version"], "1.2.0");
        assert_eq!(shown["newest_client_version"], "1.10.0");
    }
    AOI.does("set-client-versions", &json!({})).await;
    tokio::time::sleep(LEARNED).await;
    ask("0.0.1").await.data();
}

async fn a_paused_pool_sells_nothing_and_its_draws_end() {
    let (player, drawing) = (Player::new().await, Player::new().await);
    let saga_id = database::start_saga(drawing.user_id).await;
    let pause = |paused: bool| json!({ "pool_id": "pool-standard", "paused": paused });
    let done = AOI.does("set-pool-pause", &pause(true)).await;
    assert_eq!(
        (&done["result"]["was_paused"], &done["result"]["is_paused"]),
        (&json!(false), &json!(true))
    );
    let again = AOI.does("set-pool-pause", &pause(true)).await;
    assert_eq!(again["result"]["was_paused"], true);

    assert_eq!(player.draw("pool-standard", 1, None).await.error(), (404, "not_found"));
    assert_eq!(player.get("/v1/gacha/pools/pool-standard").await.error(), (404, "not_found"));
    let pools = player.get("/v1/gacha/pools?limit=100").await.data().to_string();
    assert!(!pools.contains("pool-standard") && pools.contains("pool-moon-festival"));
    let home = player.get("/v1/home").await.data()["pools"].to_string();
    assert!(!home.contains("pool-standard") && home.contains("pool-moon-festival"));
    player.draw("pool-moon-festival", 1, None).await.data();
    // Publishing puts nothing back on sale.
    lambda::invoke("publish-masters", &json!({})).await;
    assert_eq!(player.draw("pool-standard", 1, None).await.error(), (404, "not_found"));
    for name in ["reserve", "draw", "grant"] {
        step(name, saga_id).await.unwrap();
    }
    books::balance(drawing.user_id).await;

    AOI.does("set-pool-pause", &pause(false)).await;
    player.draw("pool-standard", 1, None).await.data();
}
