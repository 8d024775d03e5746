//! The limits of `kong/kong.yaml`, on the gateway that enforces them.

use reqwest::Method;
use tenjo_tests::http::{limited_gateway, send};
use tenjo_tests::player::Player;

/// Sends requests until the limit is reached, and returns how many passed in that
/// minute.
async fn passed(player: &Player, method: Method, path: &str, limit: u32) -> u32 {
    let mut passed = 0;
    // A new minute may begin once while this runs, and then the count starts again.
    for _ in 0..=2 * limit {
        let answer = send(player.request(method.clone(), path)).await;
        let remaining: u32 = answer.header("ratelimit-remaining").parse().unwrap();
        assert_eq!(answer.header("ratelimit-limit"), limit.to_string(), "{path}");
        if answer.status == 429 {
            let retry_after: u32 = answer.header("retry-after").parse().unwrap();
            assert!((1..=60).contains(&retry_after));
            assert_eq!(remaining, 0);
            return passed;
        }
        passed = limit - remaining;
    }
    panic!("{path} has no limit");
}

#[tokio::test]
async fn each_player_has_their_own_limit_on_each_route() {
    let (player, other) =
        (Player::at(&limited_gateway()).await, Player::at(&limited_gateway()).await);
    for (method, path, limit) in [
        (Method::GET, "/v1/users/me", 30),
        (Method::GET, "/v1/gacha/pools", 60),
        (Method::POST, "/v1/gacha/draw", 10),
    ] {
        assert_eq!(passed(&player, method.clone(), path, limit).await, limit, "{path}");
        let answer = send(other.request(method, path)).await;
        assert_ne!(answer.status, 429, "{path}: a player pays for another");
    }
}
