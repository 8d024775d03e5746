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

/// The refresh token of an answer.
fn next(answer: tenjo_tests::http::Answer) -> String {
    answer.data()["refresh_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_refresh_token_works_once_and_its_reuse_ends_the_session() {
    let player = Player::new().await;
    let answer = refresh(&player, &player.refresh_token).await;
    assert_eq!(answer.body["data"]["user_id"], player.user_id.to_string());
    let second = next(answer);
    let third = next(refresh(&player, &second).await);

    // The second was used, so whoever sends the first is late.
    assert_eq!(refresh(&player, &player.refresh_token).await.error(), (401, "unauthorized"));
    assert_eq!(refresh(&player, &third).await.error(), (401, "unauthorized"));
    assert_eq!(player.login().await.status, 200, "the player may log in again");
}

#[tokio::test]
async fn a_client_that_lost_the_answer_gets_the_same_refresh_token_again() {
    let player = Player::new().await;
    let second = next(refresh(&player, &player.refresh_token).await);
    for _ in 0..2 {
        let again = refresh(&player, &player.refresh_token).await.data();
        assert_eq!(again["refresh_token"], second.as_str());
        let me = player.with_token(again["access_token"].as_str().unwrap());
        assert_eq!(me.get("/v1/users/me").await.data()["user_id"], player.user_id.to_string());
    }
    // It goes on from there, and so does the grace.
    let third = next(refresh(&player, &second).await);
    assert_eq!(next(refresh(&player, &second).await), third);
    next(refresh(&player, &third).await);
}

#[tokio::test]
async fn seconds_later_a_used_token_ends_the_session_though_its_successor_is_unused() {
    let player = Player::new().await;
    let second = next(refresh(&player, &player.refresh_token).await);
    database::outlast_refresh_grace(player.user_id).await;
    assert_eq!(refresh(&player, &player.refresh_token).await.error(), (401, "unauthorized"));
    assert_eq!(refresh(&player, &second).await.error(), (401, "unauthorized"));
}

#[tokio::test]
async fn after_logout_a_used_token_has_no_grace() {
    let player = Player::new().await;
    let second = next(refresh(&player, &player.refresh_token).await);
    player.post("/v1/auth/logout", &json!({ "refresh_token": second })).await.data();
    assert_eq!(refresh(&player, &player.refresh_token).await.error(), (401, "unauthorized"));
}

#[tokio::test]
async fn refreshes_with_one_token_at_once_all_get_the_same_successor() {
    let player = Player::new().await;
    let calls: Vec<_> = (0..4)
        .map(|_| {
            let player = player.clone();
            tokio::spawn(async move { next(refresh(&player, &player.refresh_token).await) })
        })
        .collect();
    let mut successors = BTreeSet::new();
    for call in calls {
        successors.insert(call.await.unwrap());
    }
    assert_eq!(successors.len(), 1, "a family has one newest token");
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
