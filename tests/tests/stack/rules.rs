//! The rules of pools: steps, boxes, limits, free draws, two kinds of gems, and
//! counters that no failed draw moves.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tenjo_tests::http::{Answer, send};
use tenjo_tests::lambda::step;
use tenjo_tests::player::Player;
use tenjo_tests::{books, database};
use uuid::Uuid;

/// A player with plenty of both kinds of gems.
async fn rich() -> Player {
    let player = Player::new().await;
    database::give(player.user_id, "free_gem", 10_000_000).await;
    database::give(player.user_id, "paid_gem", 10_000_000).await;
    player
}

async fn pool(player: &Player, pool_id: &str) -> Value {
    player.get(&format!("/v1/gacha/pools/{pool_id}")).await.data()
}

async fn draw_expecting(player: &Player, pool_id: &str, count: u32, cost: &Value) -> Answer {
    let body = json!({ "pool_id": pool_id, "draw_count": count, "expected_cost": cost });
    send(player.request(reqwest::Method::POST, "/v1/gacha/draw").json(&body)).await
}

#[tokio::test]
async fn free_gems_go_first_and_paid_gems_pay_the_rest() {
    let player = Player::new().await; // with 3000 free gems
    database::give(player.user_id, "paid_gem", 1_000).await;
    player.draw("pool-daily-gate", 1, None).await.data(); // the free one
    let price = pool(&player, "pool-daily-gate").await["standing"]["prices"][0].clone();
    assert_eq!((&price["draw_count"], &price["currency_type"]), (&json!(1), &json!("any_gem")));
    let amount = price["amount"].as_u64().unwrap();
    // Leave 100 free gems more than whole prices take.
    let spare = 3_000 % amount;
    let free = if spare == 0 { 100 } else { spare };
    if spare == 0 {
        database::give(player.user_id, "free_gem", 100).await;
    }
    for _ in 0..3_000 / amount {
        let cost = player.draw("pool-daily-gate", 1, None).await.data()["cost"].clone();
        let all_free = json!([{ "currency_type": "free_gem", "amount": amount }]);
        assert_eq!(cost["breakdown"], all_free);
    }
    let cost = player.draw("pool-daily-gate", 1, None).await.data()["cost"].clone();
    assert_eq!((&cost["currency_type"], &cost["amount"]), (&json!("any_gem"), &json!(amount)));
    let split = json!([
        { "currency_type": "free_gem", "amount": free },
        { "currency_type": "paid_gem", "amount": amount - free },
    ]);
    assert_eq!(cost["breakdown"], split);
    assert_eq!(player.free_gems().await, 0);
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn a_refund_gives_each_kind_of_gems_back() {
    let player = Player::new().await;
    database::give(player.user_id, "paid_gem", 1_000).await;
    player.draw("pool-daily-gate", 1, None).await.data(); // the free one
    // As if the starting gift had been 100 gems.
    for smaller in [
        "update game_user.currencies set balance = 100
         where user_id = ? and currency_type = 'free_gem'",
        "update game_user.currency_ledger set delta = 100, balance_after = 100
         where user_id = ? and currency_type = 'free_gem'",
    ] {
        database::change(smaller, player.user_id).await;
    }
    let saga_id =
        database::start_saga_of(player.user_id, Uuid::new_v4(), "pool-daily-gate", 1).await;
    step("reserve", saga_id).await.unwrap();
    assert_eq!(player.free_gems().await, 0);
    step("draw", saga_id).await.unwrap();
    step("refund", saga_id).await.unwrap();
    let currencies = player.get("/v1/users/me/currencies").await.data();
    let balances: BTreeMap<&str, u64> = currencies["currencies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["currency_type"].as_str().unwrap(), one["balance"].as_u64().unwrap()))
        .collect();
    assert_eq!(balances, BTreeMap::from([("free_gem", 100), ("paid_gem", 1_000)]));
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn one_draw_a_day_is_free_and_the_next_costs_what_was_shown() {
    let player = rich().await;
    let before = pool(&player, "pool-daily-gate").await;
    assert_eq!(before["free_daily_draw_count"], 1);
    assert_eq!(before["standing"]["is_free_draw_left"], true);
    let nothing = json!({ "currency_type": "free_gem", "amount": 0 });
    let free = draw_expecting(&player, "pool-daily-gate", 1, &nothing).await.data();
    assert_eq!((&free["cost"]["amount"], &free["cost"]["breakdown"]), (&json!(0), &json!([])));
    // A player who still expects a free one is not charged instead.
    let gems = player.free_gems().await;
    let refused = draw_expecting(&player, "pool-daily-gate", 1, &nothing).await;
    assert_eq!(refused.error(), (409, "price_changed"));
    assert_eq!(player.free_gems().await, gems);
    let after = pool(&player, "pool-daily-gate").await;
    assert_eq!(after["standing"]["is_free_draw_left"], false);
    assert_eq!(after["standing"]["draws_today"], 0, "free draws do not count");
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn nobody_draws_more_than_a_day_allows() {
    let player = rich().await;
    let shown = pool(&player, "pool-daily-gate").await;
    let limit = shown["limits"]["per_day"].as_u64().unwrap();
    player.draw("pool-daily-gate", 1, None).await.data(); // the free one
    for _ in 0..limit {
        player.draw("pool-daily-gate", 1, None).await.data();
    }
    let gems = player.free_gems().await;
    assert_eq!(player.draw("pool-daily-gate", 1, None).await.error(), (409, "limit_reached"));
    assert_eq!(player.free_gems().await, gems);
    assert_eq!(pool(&player, "pool-daily-gate").await["standing"]["draws_today"], limit);
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn a_step_up_changes_its_price_with_each_purchase_and_then_loops() {
    let player = rich().await;
    let shown = pool(&player, "pool-step-up-autumn").await;
    assert_eq!(shown["after_last_step"], "loop");
    let steps = shown["steps"].as_array().unwrap();
    for (number, sold) in (1..).zip(steps.iter().chain([&steps[0]])) {
        let standing = pool(&player, "pool-step-up-autumn").await["standing"].clone();
        let step = (number - 1) % steps.len() + 1;
        assert_eq!((&standing["step"], &standing["prices"]), (&json!(step), &sold["prices"]));
        let price = &sold["prices"][0];
        let count = u32::try_from(price["draw_count"].as_u64().unwrap()).unwrap();
        let drawn = player.draw("pool-step-up-autumn", count, None).await.data();
        assert_eq!(drawn["cost"]["amount"], price["amount"], "step {number}");
        assert_eq!(drawn["pity"], Value::Null);
        if let Some(rarity) = sold["guarantee"]["rarity"].as_str() {
            let results = drawn["results"].as_array().unwrap();
            let rank = |word: &str| ["R", "SR", "SSR"].iter().position(|it| *it == word);
            let best = results.iter().map(|item| rank(item["rarity"].as_str().unwrap())).max();
            assert!(best.unwrap() >= rank(rarity), "step {number} guarantees {rarity}");
        }
    }
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn a_box_gives_exactly_what_is_in_it_and_is_then_sold_out() {
    let player = rich().await;
    let full = pool(&player, "pool-farewell-box").await["standing"].clone();
    let copies = full["copies_left"].as_u64().unwrap();
    let mut drawn: BTreeMap<String, u64> = BTreeMap::new();
    for left in (0..copies).rev() {
        let result = player.draw("pool-farewell-box", 1, None).await.data()["results"][0].clone();
        *drawn.entry(result["item_master_id"].as_str().unwrap().to_owned()).or_default() += 1;
        let shown = pool(&player, "pool-farewell-box").await["standing"]["copies_left"].clone();
        assert_eq!(shown, left);
    }
    assert_eq!(player.draw("pool-farewell-box", 1, None).await.error(), (409, "sold_out"));
    // In a full box a rate corresponds to a number of copies.
    let held: BTreeMap<String, u64> = full["next_draw"]["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| {
            let part = |name: &str| item["rate"][name].as_u64().unwrap();
            let name = item["item_master_id"].as_str().unwrap().to_owned();
            (name, part("numerator") * copies / part("denominator"))
        })
        .collect();
    assert_eq!(drawn, held);
    assert_eq!(pool(&player, "pool-farewell-box").await["standing"]["next_draw"], Value::Null);
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn a_box_is_filled_again_once_its_pickup_is_drawn() {
    let player = rich().await;
    let copies =
        pool(&player, "pool-treasure-box").await["standing"]["copies_left"].as_u64().unwrap();
    for _ in 0..copies {
        let result = player.draw("pool-treasure-box", 1, None).await.data()["results"][0].clone();
        if result["is_pickup"] == true {
            player.draw("pool-treasure-box", 1, None).await.data();
            let left = pool(&player, "pool-treasure-box").await["standing"]["copies_left"].clone();
            assert_eq!(left, copies - 1, "a fresh box, less one");
            books::balance(player.user_id).await;
            return;
        }
    }
    panic!("the pickup did not come in {copies} draws from a box of {copies}");
}

#[tokio::test]
async fn no_counter_of_any_pool_moves_before_the_draw_is_complete() {
    let player = rich().await;
    let pools = player.get("/v1/gacha/pools").await.data();
    for pool_id in pools["pools"].as_array().unwrap().iter().map(|pool| &pool["pool_id"]) {
        let pool_id = pool_id.as_str().unwrap();
        let sells = |shown: &Value| {
            let price = &shown["standing"]["prices"][0];
            u32::try_from(price["draw_count"].as_u64().unwrap()).unwrap()
        };
        if pool(&player, pool_id).await["is_open"] == false {
            continue;
        }
        // First a real draw, so that there is a state that must not change, if the limit
        // allows another draw.
        let shown = pool(&player, pool_id).await;
        if shown["limits"]["per_day"] != 1 {
            player.draw(pool_id, sells(&shown), None).await.data();
        }
        let before = pool(&player, pool_id).await;
        let saga_id =
            database::start_saga_of(player.user_id, Uuid::new_v4(), pool_id, sells(&before)).await;
        step("reserve", saga_id).await.unwrap();
        assert_eq!(step("draw", saga_id).await, Ok("DRAW_COMPLETED".into()), "{pool_id}");
        let standing = |shown: Value| (shown["standing"].clone(), shown["pity"].clone());
        let before = standing(before);
        assert_eq!(standing(pool(&player, pool_id).await), before, "{pool_id}: drawn");
        step("refund", saga_id).await.unwrap();
        assert_eq!(standing(pool(&player, pool_id).await), before, "{pool_id}: refunded");
        if shown["limits"]["per_day"] != 1 {
            player.draw(pool_id, sells(&shown), None).await.data();
            assert_ne!(standing(pool(&player, pool_id).await), before, "{pool_id}: complete");
        }
    }
    books::balance(player.user_id).await;
}

/// A draw waits for the live key while another one of its player ends. Its price
/// depends on the state that the other one left.
#[tokio::test]
async fn a_price_is_of_the_moment_at_which_the_draw_before_has_ended() {
    let player = rich().await;
    let mut conn = database::connect().await;
    sqlx::raw_sql("begin").execute(&mut conn).await.unwrap();
    for another_draw in [
        "insert into game_gacha.live_sagas (user_id, draw_group, pool_id, saga_id)
         values (?, 'pool:pool-daily-gate', 'pool-daily-gate', 'another')",
        "insert into game_gacha.player_pools
           (user_id, pool_id, draw_total, day, draws_on_day, is_free_draw_taken, step, drawn_copies)
         values (?, 'pool-daily-gate', 0, 1000000, 0, true, 0, '{}')",
    ] {
        database::execute(&mut conn, another_draw, player.user_id).await.unwrap();
    }
    let waiting = tokio::spawn({
        let player = player.clone();
        async move { player.draw("pool-daily-gate", 1, None).await }
    });
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    assert!(!waiting.is_finished(), "it did not wait");
    let ended = "delete from game_gacha.live_sagas where user_id = ?";
    database::execute(&mut conn, ended, player.user_id).await.unwrap();
    sqlx::raw_sql("commit").execute(&mut conn).await.unwrap();
    let drawn = waiting.await.unwrap().data();
    assert_eq!(drawn["cost"]["amount"], 150, "the free draw was taken");
}

#[tokio::test]
async fn a_draw_uses_the_revision_that_it_was_priced_with() {
    let player = rich().await;
    let saga_id = database::start_saga(player.user_id).await;
    // A revision of `standard` that is not live and holds one item only.
    let revision =
        database::revision_with_one_item("pool-standard", "weapon-heavens-ceiling").await;
    database::price_with(saga_id, revision).await;
    for name in ["reserve", "draw", "grant"] {
        step(name, saga_id).await.unwrap();
    }
    let saga = player.get(&format!("/v1/gacha/sagas/{saga_id}")).await.data();
    for item in saga["results"].as_array().unwrap() {
        assert_eq!(item["item_master_id"], "weapon-heavens-ceiling");
    }
    books::balance(player.user_id).await;
}
