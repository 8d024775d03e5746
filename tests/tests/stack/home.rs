//! `GET /v1/home`: one answer that says what several others say.

use reqwest::Method;
use serde_json::{Value, json};
use tenjo_tests::operator::AOI;
use tenjo_tests::player::Player;
use tenjo_tests::{database, tell};

/// The longest first screen of the sample game in any language, in bytes as they come and
/// without gzip.
const LONGEST: usize = 15_000;

/// The fields of an object that another has too.
fn common(of: &Value, with: &Value) -> Value {
    let fields = of.as_object().unwrap().iter().filter(|(name, _)| with.get(name).is_some());
    fields.map(|(name, value)| (name.clone(), value.clone())).collect()
}

#[tokio::test]
async fn the_first_screen_says_what_the_other_routes_say() {
    let player = Player::new().await;
    for pool_id in ["pool-moon-festival", "pool-step-up-autumn", "pool-daily-gate"] {
        database::give(player.user_id, "free_gem", 10_000).await;
        database::give(player.user_id, "paid_gem", 10_000).await;
        let pool = player.get(&format!("/v1/gacha/pools/{pool_id}")).await.data();
        let draw_count = pool["standing"]["prices"][0]["draw_count"].as_u64().unwrap();
        player.draw(pool_id, u32::try_from(draw_count).unwrap(), None).await.data();
    }
    let home = player.get("/v1/home").await.data();
    assert_eq!(home["user"], player.get("/v1/users/me").await.data());
    assert_eq!(
        home["currencies"],
        player.get("/v1/users/me/currencies").await.data()["currencies"]
    );
    assert_eq!(home["has_more_pools"], false);

    let list = player.get("/v1/gacha/pools?limit=100").await.data();
    let ids = |pools: &Value| -> Vec<String> {
        pools.as_array().unwrap().iter().map(|pool| pool["pool_id"].to_string()).collect()
    };
    assert_eq!(ids(&home["pools"]), ids(&list["pools"]));
    for short in home["pools"].as_array().unwrap() {
        let pool_id = short["pool_id"].as_str().unwrap();
        let mut pool = player.get(&format!("/v1/gacha/pools/{pool_id}")).await.data();
        pool["standing"].as_object_mut().unwrap().remove("next_draw").unwrap();
        assert_eq!(*short, common(&pool, short), "{pool_id}");
    }
}

#[tokio::test]
async fn the_first_screen_counts_the_presents_that_wait() {
    let player = Player::new().await;
    let waiting = async || player.get("/v1/home").await.data()["unread_presents"].as_u64().unwrap();
    // Other tests may send presents to everyone meanwhile.
    let mailbox = async || {
        let data = player.get("/v1/presents?limit=100").await.data();
        u64::try_from(data["presents"].as_array().unwrap().len()).unwrap()
    };
    let player_id = player.get("/v1/users/me").await.data()["player_id"].clone();
    let send = json!({
        "audience": "listed", "player_ids": [player_id], "title": "a", "message": "b",
        "free_gems": 1, "ends_at": "2037-01-01T00:00:00Z",
    });
    let sent = AOI.does("send-presents", &send).await;
    let later = json!({ "starts_at": "2036-01-01T00:00:00Z" });
    let mut not_yet = send.clone();
    not_yet.as_object_mut().unwrap().extend(later.as_object().unwrap().clone());
    AOI.does("send-presents", &not_yet).await;
    let (before, counted, after) = (mailbox().await, waiting().await, mailbox().await);
    assert!((before..=after).contains(&counted), "{before} to {after} wait, not {counted}");
    assert!(counted >= 1);

    let present_id = sent["result"]["present_id"].as_str().unwrap();
    player.post(&format!("/v1/presents/{present_id}/receive"), &json!({})).await.data();
    let (before, counted, after) = (mailbox().await, waiting().await, mailbox().await);
    assert!((before..=after).contains(&counted), "{before} to {after} wait, not {counted}");
}

#[tokio::test]
async fn the_first_screen_of_the_sample_game_is_short() {
    let player = Player::new().await;
    database::give(player.user_id, "free_gem", 100_000).await;
    player.draw("pool-moon-festival", 10, None).await.data();
    for language in ["en", "ja"] {
        let request = player.request(Method::GET, "/v1/home");
        let response = request.header("Accept-Language", language).send().await.unwrap();
        assert_eq!(response.headers()["content-language"], language);
        assert!(!response.headers().contains_key("content-encoding"), "it came without gzip");
        let body = response.bytes().await.unwrap();
        let length = body.len();
        assert!(length < LONGEST, "{length} bytes, {language}");
        let home: Value = serde_json::from_slice(&body).unwrap();
        assert!(home["data"]["pools"].as_array().unwrap().len() >= 8);
        tell(&format!("the first screen has {length} bytes, {language}"));
    }
}

#[tokio::test]
async fn a_suspended_player_has_no_first_screen() {
    let player = Player::new().await;
    let set = "update game_user.users set suspended_at = current_timestamp(6) where user_id = ?";
    database::change(set, player.user_id).await;
    assert_eq!(player.get("/v1/home").await.error(), (403, "user_suspended"));
}
