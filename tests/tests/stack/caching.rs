//! `ETag`, `If-None-Match` and gzip: what a client has is not sent again, and what it
//! gets is short if it can read that.

use reqwest::Method;
use serde_json::Value;
use tenjo_tests::client::plain;
use tenjo_tests::http::send;
use tenjo_tests::player::Player;
use tenjo_tests::{database, tell};

/// Every route whose answers a client may keep, but for revisions.
const KEPT: [&str; 4] = [
    "/v1/gacha/pools",
    "/v1/gacha/pools/pool-moon-festival",
    "/v1/inventory/item-masters?limit=100",
    "/v1/purchases/products",
];

async fn of_revision(player: &Player) -> String {
    let pool = player.get("/v1/gacha/pools/pool-moon-festival").await.data();
    format!("/v1/gacha/revisions/{}", pool["revision"].as_str().unwrap())
}

#[tokio::test]
async fn what_a_client_has_is_not_sent_again() {
    let player = Player::new().await;
    let revision = of_revision(&player).await;
    let kept = KEPT.into_iter().map(|path| (path, "private, no-cache"));
    let for_ever = (revision.as_str(), "public, max-age=31536000, immutable");
    for (path, cache_control) in kept.chain([for_ever]) {
        let first = player.get(path).await;
        let tag = first.header("etag").to_owned();
        assert!(tag.len() > 30 && tag.starts_with('"') && tag.ends_with('"'), "{path}: {tag}");
        assert_eq!(first.header("cache-control"), cache_control, "{path}");
        let again = player.request(Method::GET, path).header("If-None-Match", &tag);
        let again = send(again).await;
        assert_eq!((again.status, &again.body), (304, &Value::Null), "{path}");
        assert_eq!(again.header("etag"), tag, "{path}");
        assert_eq!(again.header("cache-control"), cache_control, "{path}");
        let other = player.request(Method::GET, path).header("If-None-Match", "\"another\"");
        assert_eq!(send(other).await.body, first.body, "{path}");
    }
}

#[tokio::test]
async fn what_has_changed_is_sent() {
    let player = Player::new().await;
    let other = Player::new().await;
    let path = "/v1/gacha/pools/pool-moon-festival";
    let tag = player.get(path).await.header("etag").to_owned();
    player.draw("pool-moon-festival", 1, None).await.data();
    let again = send(player.request(Method::GET, path).header("If-None-Match", &tag)).await;
    assert_eq!(again.status, 200, "the player's standing is another one");
    assert_ne!(again.header("etag"), tag);
    // A tag is good for whoever would get the same text.
    let same = send(other.request(Method::GET, path).header("If-None-Match", &tag)).await;
    assert_eq!(same.status, 304);
}

#[tokio::test]
async fn other_answers_and_errors_are_not_kept() {
    let player = Player::new().await;
    for path in ["/v1/home", "/v1/users/me", "/v1/users/me/currencies", "/v1/gacha/pools/pool-x"] {
        let answer = player.get(path).await;
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert_eq!(answer.header("etag"), "", "{path}");
        let any = send(player.request(Method::GET, path).header("If-None-Match", "*")).await;
        assert_eq!(any.status, answer.status, "{path}");
    }
    let without = player.with_token("no.good.token");
    let refused = without.request(Method::GET, KEPT[0]).header("If-None-Match", "*");
    assert_eq!(send(refused).await.status, 401);
}

#[tokio::test]
async fn a_long_answer_comes_in_gzip_where_the_client_takes_it() {
    let player = Player::new().await;
    database::give(player.user_id, "free_gem", 10_000).await;
    player.draw("pool-moon-festival", 10, None).await.data();
    let revision = of_revision(&player).await;
    for path in KEPT.into_iter().chain([revision.as_str()]) {
        let long = player.request(Method::GET, path).send().await.unwrap();
        assert!(long.headers().get("content-encoding").is_none(), "{path}");
        let mut varies = long.headers().get_all("vary").iter();
        let by_encoding = varies.any(|by| by.to_str().unwrap().contains("Accept-Encoding"));
        assert!(by_encoding, "{path}: {:?}", long.headers());
        let long_tag = long.headers()["etag"].clone();
        let long = long.bytes().await.unwrap();

        let asked = player.request(Method::GET, path).header("Accept-Encoding", "br, gzip");
        let short = asked.send().await.unwrap();
        assert_eq!(short.headers()["content-encoding"], "gzip", "{path}");
        assert_ne!(short.headers()["etag"], long_tag, "{path}: each form has its own tag");
        let short = short.bytes().await.unwrap();
        assert_eq!(plain(&short), long, "{path}");
        assert!(short.len() * 2 < long.len(), "{path}: {} of {}", short.len(), long.len());
        tell(&format!("{path}: {} bytes, {} in gzip", long.len(), short.len()));
    }
    let short = player.request(Method::GET, "/v1/users/me").header("Accept-Encoding", "gzip");
    assert!(short.send().await.unwrap().headers().get("content-encoding").is_none());
}
