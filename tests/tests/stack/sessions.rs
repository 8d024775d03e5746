//! `POST /v1/auth/guest`, `/v1/auth/refresh`, `/v1/auth/logout`.

use std::collections::BTreeSet;

use serde_json::json;
use tenjo_tests::player::Player;
use tenjo_tests::{books, database};

async fn refresh(player: &Player, token: &str) -> tenjo_tests::http::Answer {
    player.post("/v1/auth/refresh", &json!({ "refresh_token": token })).await
}

#[tokio::test]
async fn a_new_guest_has_starting_gems_and_the_ledger_says_so() {
    let player = Player::new().await;
    assert_eq!(player.free_gems().await, 3000);
    let ledger = player.get("/v1/users/me/ledger").await.data();
    let entries = ledger["ledger_entries"].as_array().unwrap();
    assert_eq!(entries.len(), 1, "{ledger}");
    assert_eq!(entries[0]["reason"], "starting_gift");
    assert_eq!(entries[0]["delta"], 3000);
    assert_eq!(entries[0]["balance_after"], 3000);
    assert_eq!(entries[0]["entry_id"], 1);
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn a_device_is_one_player_however_often_and_however_fast_it_logs_in() {
    let device_id = uuid::Uuid::new_v4().to_string();
    let body = json!({ "device_id": device_id, "device_type": "ios" });
    let gateway = tenjo_tests::http::gateway();
    let logins = (0..8).map(|_| {
        let request = reqwest::Client::new().post(format!("{gateway}/v1/auth/guest")).json(&body);
        tokio::spawn(tenjo_tests::http::send(request))
    });
    let mut players = BTreeSet::new();
    for login in logins.collect::<Vec<_>>() {
        let data = login.await.unwrap().data();
        players.insert((data["user_id"].to_string(), data["player_id"].to_string()));
        assert_eq!(data["is_guest"], true);
    }
    assert_eq!(players.len(), 1, "one device became {players:?}");
    let user_id = players.first().unwrap().0.trim_matches('"').parse().unwrap();
    let gifts = "select count(*) from game_user.currency_ledger where user_id = ?";
    assert_eq!(database::count(gifts, user_id).await, 1);
}

#[tokio::test]
async fn a_refresh_token_works_once_and_its_reuse_ends_the_session() {
    let player = Player::new().await;
    let second = refresh(&player, &player.refresh_token).await.data();
    assert_eq!(second["user_id"], player.user_id.to_string());
    let second = second["refresh_token"].as_str().unwrap().to_owned();
    let third = refresh(&player, &second).await.data();
    let third = third["refresh_token"].as_str().unwrap().to_owned();

    assert_eq!(refresh(&player, &second).await.error(), (401, "unauthorized"));
    assert_eq!(refresh(&player, &third).await.error(), (401, "unauthorized"));
    assert_eq!(player.login().await.status, 200, "the player may log in again");
}

#[tokio::test]
async fn of_two_refreshes_with_one_token_at_once_one_wins() {
    let player = Player::new().await;
    let (one, two) = tokio::join!(
        refresh(&player, &player.refresh_token),
        refresh(&player, &player.refresh_token)
    );
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 401]);
}

#[tokio::test]
async fn after_logout_the_session_is_over() {
    let player = Player::new().await;
    let body = json!({ "refresh_token": player.refresh_token });
    assert_eq!(player.post("/v1/auth/logout", &body).await.data(), json!({}));
    assert_eq!(refresh(&player, &player.refresh_token).await.error(), (401, "unauthorized"));
    let body = json!({ "refresh_token": "never-given-to-anyone" });
    assert_eq!(player.post("/v1/auth/logout", &body).await.error(), (401, "unauthorized"));
}

#[tokio::test]
async fn an_expired_refresh_token_is_refused() {
    let player = Player::new().await;
    database::change(
        "update game_user.refresh_tokens t join game_user.refresh_token_families f
           on f.family_id = t.family_id
         set t.expires_at = current_timestamp(6) - interval 1 second where f.user_id = ?",
        player.user_id,
    )
    .await;
    assert_eq!(refresh(&player, &player.refresh_token).await.error(), (401, "unauthorized"));
}

#[tokio::test]
async fn a_suspended_player_can_neither_log_in_nor_refresh_nor_see_their_account() {
    let player = Player::new().await;
    let suspend =
        "update game_user.users set suspended_at = current_timestamp(6) where user_id = ?";
    database::change(suspend, player.user_id).await;
    assert_eq!(player.login().await.error(), (403, "user_suspended"));
    assert_eq!(refresh(&player, &player.refresh_token).await.error(), (403, "user_suspended"));
    for path in ["/v1/users/me", "/v1/users/me/currencies", "/v1/users/me/ledger"] {
        assert_eq!(player.get(path).await.error(), (403, "user_suspended"), "{path}");
    }
    // The token was not used up: it works after the suspension is lifted.
    let lift = "update game_user.users set suspended_at = null where user_id = ?";
    database::change(lift, player.user_id).await;
    assert_eq!(refresh(&player, &player.refresh_token).await.status, 200);
}

#[tokio::test]
async fn the_database_holds_no_device_id_and_no_refresh_token() {
    let player = Player::new().await;
    let rows: Vec<(Vec<u8>,)> = sqlx::query_as(
        "select device_hash from game_user.devices where user_id = ?
         union all
         select t.token_hash from game_user.refresh_tokens t
         join game_user.refresh_token_families f on f.family_id = t.family_id where f.user_id = ?",
    )
    .bind(player.user_id.as_bytes().as_slice())
    .bind(player.user_id.as_bytes().as_slice())
    .fetch_all(&mut database::connect().await)
    .await
    .unwrap();
    assert_eq!(rows.len(), 2);
    for secret in [&player.device_id, &player.refresh_token] {
        for (hash,) in &rows {
            assert_eq!(hash.len(), 32);
            assert!(!hash.windows(8).any(|part| secret.as_bytes().windows(8).any(|s| s == part)));
        }
    }
}
