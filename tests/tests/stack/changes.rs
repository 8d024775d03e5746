//! Logout, suspension and a request to be deleted take effect at once for every route that changes something.

use reqwest::Method;
use serde_json::{Value, json};
use tenjo_tests::http::{Answer, send};
use tenjo_tests::player::Player;
use tenjo_tests::token::Forge;
use tenjo_tests::{books, contract, database};
use uuid::Uuid;

/// Every route that needs an access token and changes something, with a body that would
/// be taken.
fn changes() -> Vec<(Method, &'static str, Value)> {
    vec![
        (Method::DELETE, "/v1/users/me", json!({})),
        (Method::DELETE, "/v1/users/me/links/apple", json!({})),
        (
            Method::POST,
            "/v1/users/me/links",
            json!({
                "provider": "apple", "identity_token": "a.b.c", "nonce": "0123456789abcdef",
                "refresh_token": "x",
            }),
        ),
        (Method::PUT, "/v1/users/me", json!({ "display_name": "Aoi", "version": 1 })),
        (Method::DELETE, "/v1/users/me/sessions", json!({})),
        (Method::DELETE, "/v1/users/me/sessions/{session_id}", json!({})),
        (Method::POST, "/v1/users/me/devices/current/secret", json!({ "refresh_token": "x" })),
        (
            Method::POST,
            "/v1/users/me/transfer-code",
            json!({ "password": "moon-festival", "refresh_token": "x" }),
        ),
        (Method::POST, "/v1/gacha/draw", json!({ "pool_id": "pool-standard", "draw_count": 1 })),
        (
            Method::POST,
            "/v1/gacha/exchange",
            json!({ "pool_id": "pool-moon-festival", "item_master_id": "character-kaguya" }),
        ),
        (Method::PUT, "/v1/gacha/client-seed", json!({ "client_seed": "mine" })),
        (Method::POST, "/v1/presents/receive", json!({})),
        (Method::POST, "/v1/presents/{present_id}/receive", json!({})),
        (Method::PUT, "/v1/purchases/birth-month", json!({ "birth_month": "2010-04" })),
        (Method::POST, "/v1/purchases/apple", json!({ "signed_transaction": "x" })),
        (
            Method::POST,
            "/v1/purchases/google",
            json!({ "product_id": "gems_60", "purchase_token": "x" }),
        ),
    ]
}

#[test]
fn no_route_that_changes_something_is_left_out() {
    let mut tried: Vec<_> = changes().iter().map(|(it, path, _)| format!("{it} {path}")).collect();
    for route in &mut tried {
        *route = route.replace("/links/apple", "/links/{provider}");
    }
    tried.sort();
    assert_eq!(tried, contract::changing_routes());
}

/// Tries to change everything, and returns the answers.
async fn change_everything(player: &Player) -> Vec<(&'static str, Answer)> {
    let mut answers = Vec::new();
    for (method, path, body) in changes() {
        let id = Uuid::nil().to_string();
        let of_one = path.replace("{present_id}", &id).replace("{session_id}", &id);
        answers.push((path, send(player.request(method, &of_one).json(&body)).await));
    }
    answers
}

/// Asserts that the player has what a new guest has.
async fn assert_unchanged(player: &Player) {
    let login = player.login().await;
    if login.status == 200 {
        let token = login.data()["access_token"].as_str().unwrap().to_owned();
        let again = player.with_token(token);
        assert_eq!(again.get("/v1/users/me").await.data()["display_name"], "Guest");
        assert_eq!(again.free_gems().await, 3000);
        let seed = again.get("/v1/gacha/client-seed").await.data();
        assert_eq!(seed["client_seed"], player.user_id.to_string());
    }
    assert_eq!(player.item_total().await, 0);
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn after_logout_an_access_token_changes_nothing_and_still_reads() {
    let player = Player::new().await;
    let body = json!({ "refresh_token": player.refresh_token });
    player.post("/v1/auth/logout", &body).await.data();
    for (path, answer) in change_everything(&player).await {
        assert_eq!(answer.error(), (401, "unauthorized"), "{path}");
    }
    assert_eq!(player.get("/v1/gacha/pools").await.status, 200);
    assert_unchanged(&player).await;
}

#[tokio::test]
async fn logging_out_of_one_device_leaves_the_other_sessions() {
    let player = Player::new().await;
    let other = player.login().await.data();
    let other = player.with_token(other["access_token"].as_str().unwrap());
    let body = json!({ "refresh_token": player.refresh_token });
    player.post("/v1/auth/logout", &body).await.data();
    assert_eq!(player.draw("pool-standard", 1, None).await.error(), (401, "unauthorized"));
    assert_eq!(other.draw("pool-standard", 1, None).await.status, 200);
}

#[tokio::test]
async fn a_suspended_player_changes_nothing_by_the_token_that_they_have() {
    let player = Player::new().await;
    let suspend =
        "update game_user.users set suspended_at = current_timestamp(6) where user_id = ?";
    database::change(suspend, player.user_id).await;
    for (path, answer) in change_everything(&player).await {
        assert_eq!(answer.error(), (403, "user_suspended"), "{path}");
    }
    assert_unchanged(&player).await;
}

/// Until the account is deleted the player may take it back, by a login, and do nothing
/// else.
#[tokio::test]
async fn who_asked_to_be_deleted_changes_nothing_by_any_token_and_still_reads() {
    let player = Player::new().await;
    let other = player.login().await.data();
    let other = player.with_token(other["access_token"].as_str().unwrap());
    player.delete("/v1/users/me").await.data();
    for token in [&player, &other] {
        for (path, answer) in change_everything(token).await {
            assert_eq!(answer.error(), (401, "unauthorized"), "{path}");
        }
        assert_eq!(token.get("/v1/gacha/pools").await.status, 200);
    }
    let code = "select count(*) from game_user.transfer_codes where user_id = ?";
    assert_eq!(database::count(code, player.user_id).await, 0);
    assert_unchanged(&player).await;
}

#[tokio::test]
async fn a_reused_refresh_token_ends_changes_too() {
    let player = Player::new().await;
    let body = json!({ "refresh_token": player.refresh_token });
    let second = player.post("/v1/auth/refresh", &body).await.data();
    let second = json!({ "refresh_token": second["refresh_token"] });
    player.post("/v1/auth/refresh", &second).await.data();
    assert_eq!(player.post("/v1/auth/refresh", &body).await.status, 401);
    assert_eq!(player.draw("pool-standard", 1, None).await.error(), (401, "unauthorized"));
}

#[tokio::test]
async fn a_session_of_nobody_or_of_another_player_changes_nothing() {
    let (player, other) = (Player::new().await, Player::new().await);
    let theirs = tenjo_tests::token::session_of(&other.access_token).unwrap();
    let forge = Forge::of_stack().unwrap();
    for session_id in [Uuid::new_v4(), theirs] {
        let claims = forge.claims(player.user_id, session_id, 0, 600).unwrap();
        let forged = player.with_token(forge.sign(&claims).unwrap());
        for (path, answer) in change_everything(&forged).await {
            assert_eq!(answer.error(), (401, "unauthorized"), "{path}");
        }
    }
    assert_unchanged(&player).await;
}

#[tokio::test]
async fn a_draw_that_began_before_logout_is_not_lost() {
    let player = Player::new().await;
    let drawn = player.draw("pool-standard", 1, Some("key")).await.data();
    let body = json!({ "refresh_token": player.refresh_token });
    player.post("/v1/auth/logout", &body).await.data();
    let again = player.draw("pool-standard", 1, Some("key")).await.data();
    assert_eq!(again["saga_id"], drawn["saga_id"]);
    books::balance(player.user_id).await;
}
