//! Which requests pass the gateway, and which the functions' own checks.

use reqwest::Method;
use serde_json::Value;
use tenjo_tests::http::{gateway, send};
use tenjo_tests::player::Player;
use tenjo_tests::token::Forge;
use tenjo_tests::{lambda, variable};
use uuid::Uuid;

const ME: &str = "/v1/users/me";

fn now() -> i64 {
    let since = std::time::UNIX_EPOCH.elapsed().unwrap();
    since.as_secs().try_into().unwrap()
}

/// A token like the real ones, except that `change` alters its claims.
fn token(user_id: Uuid, change: impl FnOnce(&mut Value)) -> String {
    let forge = Forge::of_stack().unwrap();
    let mut claims = forge.claims(user_id, Uuid::new_v4(), 0, 600).unwrap();
    change(&mut claims);
    forge.sign(&claims).unwrap()
}

async fn with_token(token: &str) -> u16 {
    let request = reqwest::Client::new().get(format!("{}{ME}", gateway())).bearer_auth(token);
    send(request).await.status
}

#[tokio::test]
async fn only_a_token_that_is_ours_and_in_time_passes_the_gateway() {
    let player = Player::new().await;
    let user_id = player.user_id;
    assert_eq!(with_token(&token(user_id, |_| {})).await, 200);
    let foreign = token(user_id, |claims| claims["iss"] = "https://elsewhere.example".into());
    assert_eq!(with_token(&foreign).await, 401, "another issuer");
    assert_eq!(with_token(&token(user_id, |claims| claims["exp"] = (now() - 1).into())).await, 401);
    let no_player = token(Uuid::new_v4(), |_| {});
    assert_eq!(with_token(&no_player).await, 401, "a player who does not exist");
    assert_eq!(with_token("not.a.token").await, 401);
    let (signed, signature) = player.access_token.rsplit_once('.').unwrap();
    let forged: String = signature.chars().rev().collect();
    assert_eq!(with_token(&format!("{signed}.{forged}")).await, 401);
    let request = reqwest::Client::new().get(format!("{}{ME}", gateway()));
    assert_eq!(send(request).await.status, 401, "no token");
}

#[tokio::test]
async fn a_function_url_serves_the_gateway_alone() {
    let player = Player::new().await;
    let secret = variable("TENJO_TEST_ORIGIN_SECRET");
    let bearer = format!("Bearer {}", player.access_token);
    let through = [("X-Origin-Secret", secret.as_str()), ("Authorization", bearer.as_str())];
    assert_eq!(lambda::get("get-user", ME, &through).await.status, 200);
    let wrong = "0".repeat(secret.len());
    for headers in [
        &[][..],
        &[("Authorization", bearer.as_str())][..],
        &[("X-Origin-Secret", secret.as_str())][..],
        &[("X-Origin-Secret", wrong.as_str()), ("Authorization", bearer.as_str())][..],
        &[("X-Origin-Secret", &secret[1..]), ("Authorization", bearer.as_str())][..],
    ] {
        let answer = lambda::get("get-user", ME, headers).await;
        assert_eq!(answer.error(), (401, "unauthorized"), "{headers:?}");
    }
}

#[tokio::test]
async fn a_function_verifies_the_token_itself() {
    let user_id = Player::new().await.user_id;
    let secret = variable("TENJO_TEST_ORIGIN_SECRET");
    for (bad, why) in [
        (token(user_id, |claims| claims["exp"] = (now() - 1).into()), "expired"),
        (token(user_id, |claims| claims["iss"] = "elsewhere".into()), "another issuer"),
        (token(user_id, |claims| claims["iat"] = (now() + 3600).into()), "from the future"),
        (token(user_id, |claims| claims["sub"] = "someone".into()), "no user id"),
        (token(user_id, |claims| claims["sid"] = "none".into()), "no session id"),
    ] {
        let bearer = format!("Bearer {bad}");
        let headers = [("X-Origin-Secret", secret.as_str()), ("Authorization", bearer.as_str())];
        let answer = lambda::get("get-user", ME, &headers).await;
        assert_eq!(answer.error(), (401, "unauthorized"), "{why}");
    }
}

#[tokio::test]
async fn a_function_serves_its_own_route_only() {
    let player = Player::new().await;
    let secret = variable("TENJO_TEST_ORIGIN_SECRET");
    let bearer = format!("Bearer {}", player.access_token);
    let headers = [("X-Origin-Secret", secret.as_str()), ("Authorization", bearer.as_str())];
    for path in ["/", "/v1/users/me/currencies", "/v1/users"] {
        let answer = lambda::get("get-user", path, &headers).await;
        assert_eq!(answer.error(), (404, "not_found"), "{path}");
    }
}

#[tokio::test]
async fn what_a_client_says_about_itself_counts_for_nothing() {
    let (player, other) = (Player::new().await, Player::new().await);
    let request = player
        .request(Method::GET, ME)
        .header("X-Origin-Secret", "guessed")
        .header("X-Consumer-Username", "someone-else")
        .header("X-User-ID", other.user_id.to_string());
    assert_eq!(send(request).await.data()["user_id"], player.user_id.to_string());
}

#[tokio::test]
async fn there_is_nothing_on_other_routes() {
    let player = Player::new().await;
    for (method, path) in [
        (Method::GET, "/"),
        (Method::GET, "/v1/users/meXYZ"),
        (Method::PATCH, ME),
        (Method::POST, "/v1/auth/guest/"),
        (Method::POST, "/2015-03-31/functions/grant/invocations"),
    ] {
        let answer = send(player.request(method.clone(), path)).await;
        assert_eq!(answer.status, 404, "{method} {path}");
    }
}

#[tokio::test]
async fn a_request_keeps_its_id_from_end_to_end() {
    let player = Player::new().await;
    let request = player
        .request(Method::GET, "/v1/gacha/pools/no-such-pool")
        .header("X-Request-ID", "mine-1");
    let answer = send(request).await;
    assert_eq!(answer.header("x-request-id"), "mine-1");
    assert_eq!(answer.body["error"]["request_id"], "mine-1");
}
