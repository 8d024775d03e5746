//! What adds a way into an account asks for the session's refresh token too. An access token
//! goes with every request, so it may be stolen from where the refresh token never comes.

use serde_json::{Value, json};
use tenjo_tests::database;
use tenjo_tests::http::Answer;
use tenjo_tests::identity::sign_in;
use tenjo_tests::player::Player;

const REQUIRED: (u16, &str) = (403, "refresh_token_required");

/// What each of them leaves behind: a code, a link, a secret that was asked for.
const LEFT: [&str; 3] = [
    "select count(*) from game_user.transfer_codes where user_id = ?",
    "select count(*) from game_user.links where user_id = ?",
    "select count(*) from game_user.devices
     where user_id = ? and given_hash is not null and given_to is null",
];

/// Asks for a code, a link and a secret.
async fn ask_for_each(player: &Player) -> [Answer; 3] {
    let signed_in = sign_in("apple", &player.user_id.to_string(), json!({})).await;
    [
        player.ask_for_code("moon-festival").await,
        player.link(&signed_in).await,
        player.ask_for_secret().await,
    ]
}

/// Whoever has the player's access token, and this refresh token.
fn with_refresh_token(player: &Player, refresh_token: &str) -> Player {
    let mut holder = player.clone();
    refresh_token.clone_into(&mut holder.refresh_token);
    holder
}

/// The same session, renewed.
async fn renewed(player: &Player) -> Player {
    let body = json!({ "refresh_token": player.refresh_token });
    player.in_session(&player.post("/v1/auth/refresh", &body).await.data())
}

async fn assert_gets_each(player: &Player) {
    for answer in ask_for_each(player).await {
        answer.data();
    }
}

async fn assert_gets_none(player: &Player, why: &str) {
    for answer in ask_for_each(player).await {
        assert_eq!(answer.error(), REQUIRED, "{why}");
    }
}

#[tokio::test]
async fn a_stolen_access_token_alone_adds_no_way_into_the_account() {
    let (player, thief) = (Player::new().await, Player::new().await);
    let other = player.login().await.data();
    for (whose, refresh_token) in [
        ("nobody's", "a-guess"),
        ("another player's", thief.refresh_token.as_str()),
        ("another session's", other["refresh_token"].as_str().unwrap()),
    ] {
        assert_gets_none(&with_refresh_token(&player, refresh_token), whose).await;
    }
    let signed_in = sign_in("google", &thief.user_id.to_string(), json!({})).await;
    for (path, body) in [
        ("/v1/users/me/transfer-code", json!({ "password": "moon-festival" })),
        ("/v1/users/me/links", signed_in.link()),
        ("/v1/users/me/devices/current/secret", Value::Null),
        ("/v1/users/me/devices/current/secret", json!({})),
    ] {
        assert_eq!(player.post(path, &body).await.status, 400, "{path} without one");
    }
    for left in LEFT {
        assert_eq!(database::count(left, player.user_id).await, 0, "{left}");
    }
    // The player is not logged out by it, and gets what the thief did not.
    assert_gets_each(&player).await;
    for left in LEFT {
        assert_eq!(database::count(left, player.user_id).await, 1, "{left}");
    }
    assert_eq!(renewed(&player).await.draw("pool-standard", 1, None).await.status, 200);
}

/// The player's last refresh was at this moment, however slow this machine is.
async fn used_just_now(player: &Player) {
    let now = "update game_user.refresh_tokens t join game_user.refresh_token_families f
                 on f.family_id = t.family_id
               set t.used_at = current_timestamp(6) + interval 30 second
               where f.user_id = ? and t.used_at is not null";
    database::change(now, player.user_id).await;
}

#[tokio::test]
async fn what_a_refresh_would_take_is_enough_and_is_not_used_up() {
    let player = Player::new().await;
    assert_gets_each(&player).await;
    let second = renewed(&player).await;
    // The answer to the refresh may have been lost.
    used_just_now(&player).await;
    assert_gets_each(&player).await;
    assert_gets_each(&second).await;
    let third = renewed(&second).await;
    // Somebody has used what followed the first one, so it was not lost.
    assert_gets_none(&player, "used, and so is its successor").await;
    assert_gets_each(&third).await;
}

#[tokio::test]
async fn a_refresh_token_of_before_is_refused_and_ends_nothing() {
    let player = Player::new().await;
    let second = renewed(&player).await;
    database::outlast_refresh_grace(player.user_id).await;
    assert_gets_none(&player, "used some time ago").await;
    assert_gets_each(&second).await;
    database::change(
        "update game_user.refresh_tokens t join game_user.refresh_token_families f
           on f.family_id = t.family_id
         set t.expires_at = current_timestamp(6) - interval 1 second where f.user_id = ?",
        player.user_id,
    )
    .await;
    assert_gets_none(&second, "expired").await;
    assert_eq!(second.draw("pool-standard", 1, None).await.status, 200);
}
