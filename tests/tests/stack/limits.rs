//! The limits inside functions, past the gateway: functions of their own, with low
//! limits.

use std::time::{Duration, UNIX_EPOCH};

use serde_json::json;
use tenjo_tests::client::login;
use tenjo_tests::grants::Services;
use tenjo_tests::http::Answer;
use tenjo_tests::player::Player;
use tenjo_tests::{books, database};
use uuid::Uuid;

/// The limits that the functions of these tests have.
const LIMITED: [(&str, &str, &str); 3] = [
    ("request-draw", "TENJO_DRAWS_PER_MINUTE", "3"),
    ("exchange-points", "TENJO_EXCHANGES_PER_MINUTE", "2"),
    ("create-guest-session", "TENJO_GUESTS_PER_NETWORK_HOUR", "2"),
];

async fn draw(services: &Services, token: &str, key: &str) -> Answer {
    let bearer = format!("Bearer {token}");
    let headers = [("Authorization", bearer.as_str()), ("Idempotency-Key", key)];
    let body = json!({ "pool_id": "pool-standard", "draw_count": 1 });
    services.call("request-draw", "/v1/gacha/draw", &headers, &body).await
}

/// Waits until a window of time has at least so much left.
async fn with_room(window_s: u64, needed_s: u64) {
    let elapsed = UNIX_EPOCH.elapsed().unwrap();
    let left = window_s - elapsed.as_secs() % window_s;
    if left < needed_s {
        tokio::time::sleep(Duration::from_secs(left)).await;
    }
}

fn assert_too_many(answer: &Answer, window_s: u64) {
    assert_eq!(answer.error(), (429, "too_many_requests"));
    let retry_after: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=window_s).contains(&retry_after), "{retry_after}");
}

const COUNT: &str = "select cast(coalesce(sum(act_count), 0) as signed)
    from game_gacha.player_minutes where user_id = ?";

#[tokio::test]
async fn a_player_opens_so_many_draws_in_a_minute_whatever_the_token() {
    let services = &Services::with_settings(&LIMITED).await;
    let (player, other) = (Player::new().await, Player::new().await);
    let again = player.login().await.data();
    let again = again["access_token"].as_str().unwrap();
    // Starts the functions, so that the draws below are quick.
    assert_eq!(draw(services, &other.access_token, "first").await.status, 200);

    with_room(60, 20).await;
    for (token, key) in
        [(player.access_token.as_str(), "one"), (again, "two"), (again, "two"), (again, "three")]
    {
        assert_eq!(draw(services, token, key).await.status, 200, "{key}");
    }
    for token in [&player.access_token, again] {
        assert_too_many(&draw(services, token, "four").await, 60);
    }
    // What was drawn is told again, and nobody pays for another.
    assert_eq!(draw(services, again, "three").await.status, 200);
    assert_eq!(draw(services, &other.access_token, "mine").await.status, 200);
    assert_eq!(database::count(COUNT, player.user_id).await, 3);
    assert_eq!(player.item_total().await, 3);

    // In another minute the refused draw is possible, with the same key.
    let later = "update game_gacha.player_minutes set minute_number = minute_number - 1
                 where user_id = ?";
    database::change(later, player.user_id).await;
    assert_eq!(draw(services, again, "four").await.status, 200);
    assert_eq!(database::count(COUNT, player.user_id).await, 1);
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn draws_at_once_from_several_pools_are_counted_together() {
    let services = &Services::with_settings(&LIMITED).await;
    let player = Player::new().await;
    database::give(player.user_id, "free_gem", 1_000_000).await;
    let pools = [
        "pool-standard",
        "pool-moon-festival",
        "pool-daily-gate",
        "pool-farewell-box",
        "pool-treasure-box",
    ];
    let warm = Player::new().await;
    assert_eq!(draw(services, &warm.access_token, "first").await.status, 200);
    with_room(60, 20).await;
    let bearer = format!("Bearer {}", player.access_token);
    let order = async |pool_id: &str| {
        let body = json!({ "pool_id": pool_id, "draw_count": 1 });
        services.call("request-draw", "/v1/gacha/draw", &[("Authorization", &bearer)], &body).await
    };
    let (a, b, c, d, e) = tokio::join!(
        order(pools[0]),
        order(pools[1]),
        order(pools[2]),
        order(pools[3]),
        order(pools[4])
    );
    let mut statuses = [a, b, c, d, e].map(|answer| answer.status);
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 200, 429, 429]);
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn an_order_that_is_none_is_not_counted() {
    let services = &Services::with_settings(&LIMITED).await;
    let player = Player::new().await;
    let bearer = format!("Bearer {}", player.access_token);
    for body in [
        json!({ "pool_id": "pool-standard", "draw_count": 3 }),
        json!({ "pool_id": "pool-unknown", "draw_count": 1 }),
    ] {
        let headers = [("Authorization", bearer.as_str())];
        let answer = services.call("request-draw", "/v1/gacha/draw", &headers, &body).await;
        assert!([400, 404].contains(&answer.status), "{answer:?}");
    }
    assert_eq!(database::count(COUNT, player.user_id).await, 0);
}

#[tokio::test]
async fn a_player_exchanges_so_often_in_a_minute() {
    let services = &Services::with_settings(&LIMITED).await;
    let player = Player::new().await;
    let bearer = format!("Bearer {}", player.access_token);
    let body = json!({ "pool_id": "pool-moon-festival", "item_master_id": "character-kaguya" });
    let order = async || {
        let headers = [("Authorization", bearer.as_str())];
        services.call("exchange-points", "/v1/gacha/exchange", &headers, &body).await
    };
    // A refused exchange is recorded, so it counts.
    with_room(60, 10).await;
    for _ in 0..2 {
        assert_eq!(order().await.error(), (409, "insufficient_points"));
    }
    assert_eq!(database::count(COUNT, player.user_id).await, 2);
    assert_too_many(&order().await, 60);
    let room = "update game_gacha.player_minutes set act_count = 1 where user_id = ?";
    database::change(room, player.user_id).await;
    assert_eq!(order().await.error(), (409, "insufficient_points"));
}

/// A login of a device from an address.
async fn log_in(services: &Services, device_id: &str, address: &str) -> Answer {
    let headers = [("X-Real-IP", address)];
    services.call("create-guest-session", "/v1/auth/guest", &headers, &login(device_id)).await
}

/// An address in a /64 of its own, with this last half.
fn address(network: u64, host: &str) -> String {
    let [a, b, c] = [network >> 32, network >> 16, network].map(|part| part & 0xffff);
    format!("2001:{a:x}:{b:x}:{c:x}{host}")
}

#[tokio::test]
async fn a_network_makes_so_many_guests_in_an_hour_and_its_players_still_log_in() {
    let services = &Services::with_settings(&LIMITED).await;
    let random = || Uuid::new_v4().as_u64_pair().0;
    let (network, other) = (random(), random());
    let device = || Uuid::new_v4().to_string();
    let first = device();
    with_room(3600, 20).await;
    assert_eq!(log_in(services, &first, &address(network, "::1")).await.status, 200);
    assert_eq!(log_in(services, &device(), &address(network, ":ffff::2")).await.status, 200);
    let refused = device();
    for host in ["::1", "::3", ":a:b:c:d"] {
        assert_too_many(&log_in(services, &refused, &address(network, host)).await, 3600);
    }
    assert_eq!(log_in(services, &first, &address(network, "::4")).await.status, 200);
    // The refused device has left nothing behind, and is a new guest elsewhere.
    assert_eq!(log_in(services, &refused, &address(other, "::1")).await.status, 200);
}

#[tokio::test]
async fn each_ipv4_address_is_a_network_of_its_own() {
    let services = &Services::with_settings(&LIMITED).await;
    let [a, b, ..] = *Uuid::new_v4().as_bytes();
    with_room(3600, 20).await;
    for (host, status) in [(1, 200), (1, 200), (1, 429), (2, 200)] {
        let device = Uuid::new_v4().to_string();
        let answer = log_in(services, &device, &format!("10.{a}.{b}.{host}")).await;
        assert_eq!(answer.status, status, "{host}");
    }
}

#[tokio::test]
async fn without_the_gateways_word_on_the_address_nobody_is_made() {
    let services = &Services::with_settings(&LIMITED).await;
    for headers in [&[][..], &[("X-Real-IP", "unknown")], &[("X-Forwarded-For", "192.0.2.7")]] {
        let body = login(&Uuid::new_v4().to_string());
        let answer = services.call("create-guest-session", "/v1/auth/guest", headers, &body).await;
        assert_eq!(answer.error(), (500, "internal"), "{headers:?}");
    }
}

#[tokio::test]
async fn the_database_knows_no_networks_address() {
    let _ = Player::new().await; // from 127.0.0.1
    let rows: Vec<(Vec<u8>,)> = sqlx::query_as("select network_hash from game_user.network_hours")
        .fetch_all(&mut database::connect().await)
        .await
        .unwrap();
    assert!(!rows.is_empty());
    for (hash,) in rows {
        assert_eq!(hash.len(), 32);
        assert_ne!(hash[..4], [127, 0, 0, 1]);
    }
}
