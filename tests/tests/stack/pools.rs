//! `GET /v1/gacha/pools` and `/v1/gacha/pools/{pool_id}`.

use serde_json::Value;
use tenjo_tests::player::Player;

fn ids(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|pool| pool["pool_id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn only_open_pools_are_shown() {
    let player = Player::new().await;
    let data = player.get("/v1/gacha/pools").await.data();
    assert_eq!(ids(&data["pools"]), ["moon-festival", "paid-moon-festival", "standard"]);
    for closed_or_unknown in ["new-year-2026", "no-such-pool", "NO%20POOL"] {
        let answer = player.get(&format!("/v1/gacha/pools/{closed_or_unknown}")).await;
        assert!([400, 404].contains(&answer.status), "{closed_or_unknown}: {answer:?}");
    }
    assert_eq!(player.get("/v1/gacha/pools/new-year-2026").await.error(), (404, "not_found"));
}

#[tokio::test]
async fn published_odds_add_up_exactly() {
    let player = Player::new().await;
    for pool_id in ["moon-festival", "paid-moon-festival", "standard"] {
        let pool = player.get(&format!("/v1/gacha/pools/{pool_id}")).await.data();
        for (list, name) in [("rarities", "rarity"), ("items", "item_master_id")] {
            let odds = pool["odds"][list].as_array().unwrap();
            let denominator = odds[0]["rate"]["denominator"].as_u64().unwrap();
            let mut numerators = 0;
            let mut millionths_of_percent = 0;
            for odd in odds {
                assert_eq!(odd["rate"]["denominator"], denominator, "{pool_id}: {}", odd[name]);
                numerators += odd["rate"]["numerator"].as_u64().unwrap();
                let percent = odd["percent"].as_str().unwrap().replace('.', "");
                millionths_of_percent += percent.parse::<u64>().unwrap();
            }
            assert_eq!(numerators, denominator, "{pool_id} {list}");
            assert_eq!(millionths_of_percent, 100_000_000, "{pool_id} {list}");
        }
    }
}

#[tokio::test]
async fn half_of_all_ssr_of_the_festival_are_the_pickup() {
    let player = Player::new().await;
    let pool = player.get("/v1/gacha/pools/moon-festival").await.data();
    let rates = |wanted: &dyn Fn(&Value) -> bool| -> u64 {
        let items = pool["odds"]["items"].as_array().unwrap().iter();
        items
            .filter(|item| wanted(item))
            .map(|item| item["rate"]["numerator"].as_u64().unwrap())
            .sum()
    };
    let ssr = rates(&|item| item["rarity"] == "SSR");
    let pickup = rates(&|item| item["rarity"] == "SSR" && item["is_pickup"] == true);
    assert_eq!(pickup * 2, ssr);
}

#[tokio::test]
async fn a_pool_shows_the_pity_of_the_caller() {
    let (player, other) = (Player::new().await, Player::new().await);
    let drawn = player.draw("moon-festival", 10, None).await.data();
    let pool = player.get("/v1/gacha/pools/moon-festival").await.data();
    assert_eq!(pool["pity"], drawn["pity"]);
    assert_eq!(pool["pity"]["max_count"], 90);
    // A pool of the same group shares the counter, and one of another does not.
    let shared = player.get("/v1/gacha/pools/paid-moon-festival").await.data();
    assert_eq!(shared["pity"], drawn["pity"]);
    assert_eq!(player.get("/v1/gacha/pools/standard").await.data()["pity"]["count"], 0);
    assert_eq!(other.get("/v1/gacha/pools/moon-festival").await.data()["pity"]["count"], 0);
}
