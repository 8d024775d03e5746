//! `Accept-Language`: names and descriptions in the language of the reader.

use reqwest::Method;
use serde_json::Value;
use tenjo_tests::http::{Answer, send};
use tenjo_tests::player::Player;

async fn read(player: &Player, path: &str, accepted: Option<&str>) -> Answer {
    let request = player.request(Method::GET, path);
    send(match accepted {
        Some(accepted) => request.header("Accept-Language", accepted),
        None => request,
    })
    .await
}

/// Each route with texts, and where one of its names is.
const NAMED: [(&str, &str, &str, &str); 5] = [
    ("/v1/home", "/pools/4/name", "Ever-open Gate", "常開の門"),
    ("/v1/gacha/pools", "/pools/4/name", "Ever-open Gate", "常開の門"),
    ("/v1/gacha/pools/pool-standard", "/name", "Ever-open Gate", "常開の門"),
    (
        "/v1/inventory/item-masters?limit=1",
        "/item_masters/0/name",
        "Amaterasu, Dawn Sovereign",
        "暁の君主 アマテラス",
    ),
    ("/v1/purchases/products", "/products/0/name", "60 gems", "60ジェム"),
];

#[tokio::test]
async fn names_come_in_the_best_language_that_is_there() {
    let player = Player::new().await;
    for (path, place, english, japanese) in NAMED {
        for (accepted, expected, language) in [
            (None, english, "en"),
            (Some("ja"), japanese, "ja"),
            (Some("ja-JP, en;q=0.9"), japanese, "ja"),
            (Some("en;q=0.5, ja;q=0.7"), japanese, "ja"),
            (Some("fr, de;q=0.5"), english, "en"),
            (Some("*"), english, "en"),
            (Some("ja;q=0"), english, "en"),
        ] {
            let answer = read(&player, path, accepted).await;
            assert_eq!(answer.header("content-language"), language, "{path} for {accepted:?}");
            assert!(
                answer
                    .headers
                    .get_all("vary")
                    .iter()
                    .any(|value| { value.to_str().unwrap().contains("Accept-Language") }),
                "{path}"
            );
            let data = answer.data();
            assert_eq!(
                data.pointer(place),
                Some(&Value::from(expected)),
                "{path} for {accepted:?}"
            );
        }
    }
}

#[tokio::test]
async fn another_language_is_another_answer() {
    let player = Player::new().await;
    for (path, ..) in &NAMED[1..] {
        let english = read(&player, path, None).await;
        let tag = english.header("etag");
        let request = player.request(Method::GET, path).header("Accept-Language", "ja");
        let japanese = send(request.header("If-None-Match", tag)).await;
        assert_eq!(japanese.status, 200, "{path}");
        assert_ne!(japanese.header("etag"), tag, "{path}");
    }
}

#[tokio::test]
async fn pools_and_products_say_what_they_are_and_where_their_picture_is() {
    let player = Player::new().await;
    let pool = read(&player, "/v1/gacha/pools/pool-daily-gate", Some("ja")).await.data();
    assert_eq!(pool["description"], "1日1回無料で引けます。");
    assert_eq!(pool["asset_key"], "pools/daily-gate");
    let silent = read(&player, "/v1/gacha/pools/pool-farewell-box", None).await.data();
    assert_eq!(silent["description"], Value::Null);
    let items = read(&player, "/v1/inventory/item-masters?limit=100", None).await.data();
    for item in items["item_masters"].as_array().unwrap() {
        assert!(item["asset_key"].is_string(), "{item}");
    }
    let shop = read(&player, "/v1/purchases/products", None).await.data();
    let starter = shop["products"].as_array().unwrap().iter();
    let starter = starter.clone().find(|product| product["product_id"] == "starter-pack").unwrap();
    assert_eq!(starter["description"], "Once for each player.");
    assert_eq!(starter["asset_key"], "shop/starter-pack");
}
