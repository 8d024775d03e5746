//! `GET /v1/gacha/pools` and `/v1/gacha/pools/{pool_id}`.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tenjo_tests::http::anyone;
use tenjo_tests::player::Player;
use tenjo_tests::{books, database};

fn ids(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|pool| pool["pool_id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn only_open_pools_are_shown() {
    let player = Player::new().await;
    let data = player.get("/v1/gacha/pools").await.data();
    let open = [
        "pool-daily-gate",
        "pool-farewell-box",
        "pool-moon-festival",
        "pool-paid-moon-festival",
        "pool-standard",
        "pool-step-up-autumn",
        "pool-treasure-box",
        "pool-weekend-market",
    ];
    assert_eq!(ids(&data["pools"]), open);
    for closed_or_unknown in ["pool-new-year-2026", "no-such-pool", "NO%20POOL"] {
        let answer = player.get(&format!("/v1/gacha/pools/{closed_or_unknown}")).await;
        assert!([400, 404].contains(&answer.status), "{closed_or_unknown}: {answer:?}");
    }
    assert_eq!(player.get("/v1/gacha/pools/pool-new-year-2026").await.error(), (404, "not_found"));
}

/// Panics unless the rates of a list add up, and the percentages show them.
fn adds_up(list: &Value, what: &str) {
    let odds = list.as_array().unwrap();
    let denominator = odds[0]["rate"]["denominator"].as_u64().unwrap();
    let mut numerators = 0;
    for odd in odds {
        assert_eq!(odd["rate"]["denominator"], denominator, "{what}");
        numerators += odd["rate"]["numerator"].as_u64().unwrap();
    }
    assert_eq!(numerators, denominator, "{what}");
    for odd in odds {
        let is_zero = |text: &str| text.bytes().all(|byte| b"0.".contains(&byte));
        assert_eq!(odd["rate"]["numerator"] == 0, is_zero(odd["percent"].as_str().unwrap()));
        for other in odds {
            assert_eq!(odd["rate"] == other["rate"], odd["percent"] == other["percent"], "{what}");
        }
    }
}

/// The published odds of a pool, which are those of its revision.
async fn odds(pool: &Value) -> Value {
    let revision = pool["revision"].as_str().unwrap();
    anyone(&format!("/v1/gacha/revisions/{revision}")).await.data()["odds"].take()
}

#[tokio::test]
async fn published_odds_add_up_exactly() {
    let player = Player::new().await;
    let pools = player.get("/v1/gacha/pools").await.data();
    for pool_id in ids(&pools["pools"]) {
        let pool = player.get(&format!("/v1/gacha/pools/{pool_id}")).await.data();
        assert!(pool.get("odds").is_none(), "{pool_id}: they are long, and others have them");
        let published = odds(&pool).await;
        let steps = published["steps"].as_array().unwrap();
        assert_eq!(steps.len(), pool["steps"].as_array().map_or(1, Vec::len), "{pool_id}");
        let guaranteed = steps.iter().map(|step| &step["guaranteed"]);
        let others = [&pool["standing"]["next_draw"], &published["rate_up"]];
        for odds in steps.iter().chain(guaranteed).chain(others).filter(|odds| !odds.is_null()) {
            adds_up(&odds["rarities"], pool_id);
            adds_up(&odds["items"], pool_id);
        }
        let rule = &pool["pity_rule"];
        let pity = published["pity"].as_array().unwrap();
        assert_eq!(pity.is_empty(), rule.is_null(), "{pool_id}");
        for (odds, draw) in
            pity.iter().rev().zip((1..=rule["max_count"].as_u64().unwrap_or(0)).rev())
        {
            assert_eq!(odds["draw"], draw, "{pool_id}");
            adds_up(&odds["rarities"], pool_id);
        }
        if let Some(certain) = pity.last() {
            let ssr = certain["rarities"].as_array().unwrap().last().unwrap();
            assert_eq!((&ssr["rarity"], &ssr["percent"]), (&json!("SSR"), &json!("100.000000")));
        }
        assert_eq!(published["rate_up"].is_null(), rule["rate_up_guarantee"] != true);
    }
}

#[tokio::test]
async fn the_odds_of_the_next_draw_are_those_of_the_players_own_pity() {
    let player = Player::new().await;
    player.draw("pool-moon-festival", 1, None).await.data();
    for (count, is_due, ssr) in [(88, false, None), (89, true, Some("100.000000"))] {
        let set = if is_due {
            "update game_gacha.player_pity set pity_count = 89, is_pickup_due = 1 where user_id = ?"
        } else {
            "update game_gacha.player_pity set pity_count = 88, is_pickup_due = 0 where user_id = ?"
        };
        database::change(set, player.user_id).await;
        let pool = player.get("/v1/gacha/pools/pool-moon-festival").await.data();
        assert_eq!(pool["pity"]["count"], count);
        let odds = &pool["standing"]["next_draw"];
        let rate = |rarity: &str| {
            let rarities = odds["rarities"].as_array().unwrap();
            let found = rarities.iter().find(|it| it["rarity"] == rarity).unwrap();
            found["percent"].as_str().unwrap().to_owned()
        };
        match ssr {
            Some(percent) => assert_eq!(rate("SSR"), percent),
            None => assert_ne!(rate("SSR"), "100.000000", "not yet certain"),
        }
        let others = odds["items"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|item| item["rarity"] == "SSR" && item["is_pickup"] == false);
        for item in others {
            assert_eq!(item["rate"]["numerator"] == 0, is_due, "{item}");
        }
    }
}

#[tokio::test]
async fn half_of_all_ssr_of_the_festival_are_the_pickup() {
    let player = Player::new().await;
    let pool = player.get("/v1/gacha/pools/pool-moon-festival").await.data();
    let published = odds(&pool).await;
    let rates = |wanted: &dyn Fn(&Value) -> bool| -> u64 {
        let items = published["steps"][0]["items"].as_array().unwrap().iter();
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
    let drawn = player.draw("pool-moon-festival", 10, None).await.data();
    let pool = player.get("/v1/gacha/pools/pool-moon-festival").await.data();
    assert_eq!(pool["pity"], drawn["pity"]);
    assert_eq!(pool["pity"]["max_count"], 90);
    // A pool of the same group shares the counter, and one of another does not.
    let shared = player.get("/v1/gacha/pools/pool-paid-moon-festival").await.data();
    assert_eq!(shared["pity"], drawn["pity"]);
    assert_eq!(player.get("/v1/gacha/pools/pool-standard").await.data()["pity"]["count"], 0);
    assert_eq!(other.get("/v1/gacha/pools/pool-moon-festival").await.data()["pity"]["count"], 0);
}

#[tokio::test]
async fn every_price_that_is_shown_is_accepted_and_no_other() {
    let player = Player::new().await;
    for currency_type in ["free_gem", "paid_gem"] {
        database::give(player.user_id, currency_type, 10_000_000).await;
    }
    let pools = player.get("/v1/gacha/pools").await.data();
    for pool_id in ids(&pools["pools"]) {
        let mut tried = BTreeSet::new();
        loop {
            let pool = player.get(&format!("/v1/gacha/pools/{pool_id}")).await.data();
            let shown = pool["standing"]["prices"].as_array().unwrap();
            let Some(price) = shown.iter().find(|price| !tried.contains(&price.to_string())) else {
                break;
            };
            tried.insert(price.to_string());
            let cost =
                json!({ "currency_type": price["currency_type"], "amount": price["amount"] });
            let order = json!({
                "pool_id": pool_id, "draw_count": price["draw_count"], "expected_cost": cost
            });
            let drawn = player.post("/v1/gacha/draw", &order).await.data();
            assert_eq!(drawn["cost"]["amount"], price["amount"], "{pool_id}");
        }
        // What is not shown is refused.
        let pool = player.get(&format!("/v1/gacha/pools/{pool_id}")).await.data();
        let shown = pool["standing"]["prices"].as_array().unwrap();
        for draw_count in [1, 2, 3, 5, 10, 100] {
            if shown.iter().any(|price| price["draw_count"] == draw_count) {
                continue;
            }
            let answer = player.draw(pool_id, draw_count, None).await;
            assert!([400, 404, 409].contains(&answer.status), "{pool_id} {draw_count}: {answer:?}");
        }
    }
    books::balance(player.user_id).await;
}
