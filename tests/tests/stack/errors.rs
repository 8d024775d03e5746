//! Every error code that `openapi.yaml` promises, produced on the stack.

use std::collections::BTreeSet;

use serde_json::json;
use sqlx::Connection;
use tenjo_tests::http::{Answer, send};
use tenjo_tests::identity::sign_in;
use tenjo_tests::operator::AOI;
use tenjo_tests::player::Player;
use tenjo_tests::shop::Store;
use tenjo_tests::{books, contract, database, lambda};
use uuid::Uuid;

async fn invalid_request() -> Answer {
    Player::new().await.draw("pool-standard", 3, None).await
}

async fn unauthorized() -> Answer {
    let body = json!({ "refresh_token": "never-given-to-anyone" });
    Player::new().await.post("/v1/auth/refresh", &body).await
}

/// A login with a secret that is not the device's.
async fn device_secret_required() -> Answer {
    let player = Player::new().await;
    let mut body = tenjo_tests::client::login(&player.device_id);
    body["device_secret"] = json!(player.device_secret);
    player.post("/v1/auth/guest", &body).await.data();
    body["device_secret"] = json!("another");
    player.post("/v1/auth/guest", &body).await
}

async fn moved_to(player: &Player, device_id: &str) -> Answer {
    let code = player.transfer_code("moon-festival").await;
    let body = tenjo_tests::client::transfer(&code, "moon-festival", device_id);
    player.post("/v1/auth/transfer", &body).await
}

async fn account_transferred() -> Answer {
    let player = Player::new().await;
    moved_to(&player, &uuid::Uuid::new_v4().to_string()).await.data();
    player.login().await
}

async fn device_removed() -> Answer {
    let player = Player::new().await;
    let removed = "update game_user.devices
                   set ended_at = current_timestamp(6), end_reason = 'removed' where user_id = ?";
    database::change(removed, player.user_id).await;
    player.login().await
}

async fn transfer_refused() -> Answer {
    let device_id = uuid::Uuid::new_v4().to_string();
    let body = tenjo_tests::client::transfer("0000", "moon-festival", &device_id);
    Player::new().await.post("/v1/auth/transfer", &body).await
}

async fn device_has_player() -> Answer {
    moved_to(&Player::new().await, &Player::new().await.device_id).await
}

async fn refresh_token_required() -> Answer {
    let mut player = Player::new().await;
    player.refresh_token = "another".to_owned();
    player.ask_for_code("moon-festival").await
}

async fn user_suspended() -> Answer {
    let player = Player::new().await;
    let suspend =
        "update game_user.users set suspended_at = current_timestamp(6) where user_id = ?";
    database::change(suspend, player.user_id).await;
    player.get("/v1/users/me").await
}

async fn user_deleting() -> Answer {
    let player = Player::new().await;
    player.delete("/v1/users/me").await.data();
    player.login().await
}

/// A client before every version that any other test sends.
async fn client_outdated() -> Answer {
    AOI.does("set-client-versions", &json!({ "least": "0.0.1" })).await;
    let player = Player::new().await;
    tenjo_tests::until("the functions to know", async || {
        let request = player.request(reqwest::Method::GET, "/v1/users/me");
        let answer = send(request.header("X-Client-Version", "0.0.0")).await;
        (answer.status == 403).then_some(answer)
    })
    .await
}

async fn not_found() -> Answer {
    Player::new().await.get("/v1/gacha/pools/no-such-pool").await
}

async fn insufficient_currency() -> Answer {
    Player::new().await.draw("pool-paid-moon-festival", 1, None).await
}

async fn paid_gems_owed() -> Answer {
    let player = Player::new().await;
    let owes = "update game_user.currencies set owed = 1
                where currency_type = 'paid_gem' and user_id = ?";
    database::change(owes, player.user_id).await;
    player.draw("pool-paid-moon-festival", 1, None).await
}

async fn insufficient_points() -> Answer {
    let body = json!({ "pool_id": "pool-moon-festival", "item_master_id": "character-kaguya" });
    Player::new().await.post("/v1/gacha/exchange", &body).await
}

async fn limit_reached() -> Answer {
    let player = Player::new().await;
    player.draw("pool-daily-gate", 1, None).await.data();
    let full = "update game_gacha.player_pools set draws_on_day = 1000000 where user_id = ?";
    database::change(full, player.user_id).await;
    player.draw("pool-daily-gate", 1, None).await
}

/// A player who has drawn all of a box that is not refilled.
async fn sold_out() -> Answer {
    let player = Player::new().await;
    database::give(player.user_id, "free_gem", 1_000_000).await;
    loop {
        let answer = player.draw("pool-farewell-box", 1, None).await;
        if answer.status != 200 {
            return answer;
        }
    }
}

async fn price_changed() -> Answer {
    let cost = json!({ "currency_type": "free_gem", "amount": 1 });
    let body = json!({ "pool_id": "pool-standard", "draw_count": 1, "expected_cost": cost });
    Player::new().await.post("/v1/gacha/draw", &body).await
}

async fn revision_changed() -> Answer {
    let body = json!({
        "pool_id": "pool-standard", "draw_count": 1, "expected_revision": "0".repeat(64),
    });
    Player::new().await.post("/v1/gacha/draw", &body).await
}

async fn draw_number_changed() -> Answer {
    let body = json!({ "pool_id": "pool-standard", "draw_count": 1, "expected_draw_number": 2 });
    Player::new().await.post("/v1/gacha/draw", &body).await
}

async fn draw_in_progress() -> Answer {
    let player = Player::new().await;
    let saga_id = database::start_saga(player.user_id).await;
    let answer = player.draw("pool-standard", 1, None).await;
    lambda::step("refund", saga_id).await.unwrap();
    answer
}

/// A player whose minute is full, and will be for the next.
async fn too_many_requests() -> Answer {
    let player = Player::new().await;
    let full = "insert into game_gacha.player_minutes (user_id, act, minute_number, act_count)
                values (?, 'draw', unix_timestamp() div 60 + 2, 4000000000)";
    database::change(full, player.user_id).await;
    let answer = player.draw("pool-standard", 1, Some("key")).await;
    let empty = "update game_gacha.player_minutes set act_count = 0 where user_id = ?";
    database::change(empty, player.user_id).await;
    assert_eq!(player.draw("pool-standard", 1, Some("key")).await.status, 200, "not recorded");
    answer
}

async fn client_seed_changed_too_often() -> Answer {
    let player = Player::new().await;
    let set = async |seed: &str| {
        player.put("/v1/gacha/client-seed", &json!({ "client_seed": seed })).await
    };
    for seed in 0..10 {
        // The same seed again is no change.
        for _ in 0..2 {
            set(&format!("seed-{seed}")).await.data();
        }
    }
    let refused = set("one-too-many").await;
    let kept = player.get("/v1/gacha/client-seed").await.data();
    assert_eq!(kept["client_seed"], "seed-9");
    refused
}

async fn version_conflict() -> Answer {
    let body = json!({ "display_name": "Aoi", "version": 7 });
    Player::new().await.put("/v1/users/me", &body).await
}

async fn request_in_progress() -> Answer {
    let player = Player::new().await;
    let saga_id = database::saga_of(player.user_id, "held-up");
    let held = database::hold_balances(player.user_id).await;
    let running = tokio::spawn({
        let player = player.clone();
        async move { player.draw("pool-standard", 1, Some("held-up")).await }
    });
    tenjo_tests::until("the saga", async || database::saga_status(saga_id).await).await;
    let answer = player.draw("pool-standard", 1, Some("held-up")).await;
    held.close().await.unwrap();
    running.await.unwrap().data();
    answer
}

async fn idempotency_key_reused() -> Answer {
    let player = Player::new().await;
    player.draw("pool-standard", 1, Some("key")).await.data();
    player.draw("pool-moon-festival", 1, Some("key")).await
}

/// A change of a player whose row another transaction locks for too long.
async fn try_later() -> Answer {
    let player = Player::new().await;
    let row = "select 1 from game_user.users where user_id = ? for update";
    let held = database::hold(row, player.user_id).await;
    let body = json!({ "display_name": "Aoi", "version": 1 });
    let answer = player.put("/v1/users/me", &body).await;
    held.close().await.unwrap();
    assert_eq!(answer.header("retry-after"), "1");
    assert_eq!(player.put("/v1/users/me", &body).await.status, 200, "and later it works");
    answer
}

/// A draw whose Grant fails until its retries run out.
async fn draw_failed() -> Answer {
    let player = Player::new().await;
    let saga_id = database::saga_of(player.user_id, "blocked");
    let block = "insert into game_inventory.item_grants
                   (saga_id, draw_index, user_id, item_master_id) values (?, 0, '', 'blocked')";
    database::change(block, saga_id).await;
    let answer = player.draw("pool-standard", 10, Some("blocked")).await;
    let unblock = "delete from game_inventory.item_grants where saga_id = ?";
    database::change(unblock, saga_id).await;
    let again = player.draw("pool-standard", 10, Some("blocked")).await;
    assert_eq!(again.error(), (503, "draw_failed"), "the key stands for the failed draw");
    assert_eq!(player.free_gems().await, 3000, "the cost is back");
    books::balance(player.user_id).await;
    answer
}

/// A row that no release can have written.
/// A saga that has drawn nothing, so that only its player meets it.
async fn internal() -> Answer {
    let player = Player::new().await;
    let saga_id = database::start_saga(player.user_id).await;
    let break_it = "update game_gacha.sagas set status = 'NO_STATUS' where saga_id = ?";
    database::change(break_it, saga_id).await;
    let answer = player.get(&format!("/v1/gacha/sagas/{saga_id}")).await;
    let repair = "update game_gacha.sagas set status = 'STARTED' where saga_id = ?";
    database::change(repair, saga_id).await;
    answer
}

async fn invalid_receipt() -> Answer {
    let body = json!({ "signed_transaction": "x" });
    Player::new().await.post("/v1/purchases/apple", &body).await
}

async fn purchase_of_another_player() -> Answer {
    let bought = Store::Apple.sell(&Player::new().await, "gems-60", json!({})).await;
    bought.book(&Player::new().await).await
}

async fn purchase_refused() -> Answer {
    let player = Player::new().await;
    let unpaid = json!({ "environment": "Production" });
    Store::Apple.sell(&player, "gems-60", unpaid).await.book(&player).await
}

async fn purchase_revoked() -> Answer {
    let player = Player::new().await;
    let bought = Store::Google.sell(&player, "gems-60", json!({})).await;
    bought.happen("refund", None).await;
    bought.book(&player).await
}

async fn purchase_pending() -> Answer {
    let player = Player::new().await;
    let unpaid = json!({ "purchaseState": 2 });
    Store::Google.sell(&player, "gems-60", unpaid).await.book(&player).await
}

async fn birth_month_set() -> Answer {
    let player = Player::new().await;
    let set = async |month: &str| {
        player.put("/v1/purchases/birth-month", &json!({ "birth_month": month })).await
    };
    set("1990-01").await.data();
    set("1990-02").await
}

async fn linked(player: &Player, account: &str) -> Answer {
    let signed_in = sign_in("apple", account, json!({})).await;
    player.link(&signed_in).await
}

async fn invalid_identity_token() -> Answer {
    let body = json!({ "identity_token": "a.b.c", "nonce": "0123456789abcdef" });
    Player::new().await.post("/v1/auth/apple", &body).await
}

async fn link_taken() -> Answer {
    let account = Uuid::new_v4().to_string();
    linked(&Player::new().await, &account).await.data();
    linked(&Player::new().await, &account).await
}

async fn link_exists() -> Answer {
    let player = Player::new().await;
    linked(&player, &Uuid::new_v4().to_string()).await.data();
    linked(&player, &Uuid::new_v4().to_string()).await
}

async fn last_way_in() -> Answer {
    let player = Player::new().await;
    linked(&player, &Uuid::new_v4().to_string()).await.data();
    let lose = "delete from game_user.devices where user_id = ?";
    database::change(lose, player.user_id).await;
    player.delete("/v1/users/me/links/apple").await
}

#[tokio::test]
async fn every_error_code_of_the_contract_is_produced() {
    let produced = [
        (invalid_request().await, 400, "invalid_request"),
        (unauthorized().await, 401, "unauthorized"),
        (device_secret_required().await, 401, "device_secret_required"),
        (account_transferred().await, 401, "account_transferred"),
        (device_removed().await, 401, "device_removed"),
        (transfer_refused().await, 401, "transfer_refused"),
        (device_has_player().await, 409, "device_has_player"),
        (refresh_token_required().await, 403, "refresh_token_required"),
        (user_suspended().await, 403, "user_suspended"),
        (user_deleting().await, 403, "user_deleting"),
        (client_outdated().await, 403, "client_outdated"),
        (not_found().await, 404, "not_found"),
        (insufficient_currency().await, 409, "insufficient_currency"),
        (paid_gems_owed().await, 409, "paid_gems_owed"),
        (insufficient_points().await, 409, "insufficient_points"),
        (limit_reached().await, 409, "limit_reached"),
        (sold_out().await, 409, "sold_out"),
        (price_changed().await, 409, "price_changed"),
        (revision_changed().await, 409, "revision_changed"),
        (draw_number_changed().await, 409, "draw_number_changed"),
        (draw_in_progress().await, 409, "draw_in_progress"),
        (client_seed_changed_too_often().await, 409, "client_seed_changed_too_often"),
        (version_conflict().await, 409, "version_conflict"),
        (request_in_progress().await, 409, "request_in_progress"),
        (too_many_requests().await, 429, "too_many_requests"),
        (idempotency_key_reused().await, 422, "idempotency_key_reused"),
        (invalid_receipt().await, 422, "invalid_receipt"),
        (purchase_of_another_player().await, 409, "purchase_of_another_player"),
        (purchase_refused().await, 409, "purchase_refused"),
        (purchase_revoked().await, 409, "purchase_revoked"),
        (purchase_pending().await, 409, "purchase_pending"),
        (birth_month_set().await, 409, "birth_month_set"),
        (invalid_identity_token().await, 422, "invalid_identity_token"),
        (link_taken().await, 409, "link_taken"),
        (link_exists().await, 409, "link_exists"),
        (last_way_in().await, 409, "last_way_in"),
        (try_later().await, 503, "try_later"),
        (draw_failed().await, 503, "draw_failed"),
        (internal().await, 500, "internal"),
    ];
    let mut codes = BTreeSet::new();
    for (answer, status, code) in &produced {
        assert_eq!(answer.error(), (*status, *code));
        let request_id = answer.body["error"]["request_id"].as_str().unwrap();
        assert_eq!(request_id, answer.header("x-request-id"), "{code}");
        codes.insert((*code).to_owned());
    }
    // Maintenance concerns every test that runs meanwhile: `everybody.rs` produces it.
    codes.insert("maintenance".to_owned());
    // These need another installation: `attestation.rs` produces them.
    codes.extend(["attestation_required", "attestation_invalid"].map(str::to_owned));
    assert_eq!(codes, contract::error_codes());
}
