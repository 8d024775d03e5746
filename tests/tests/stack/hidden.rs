//! Nobody sees anything of a draw before it is complete: neither its results nor its
//! effects on pity, boxes, limits, points or items.
//!
//! The test calls every route that reads something of a player while a saga is held
//! at each status. Until Grant, all answers stay the same, except the few that show
//! the charge, the saga's own status and the number of the draw.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tenjo_tests::player::Player;
use tenjo_tests::{books, contract, database, lambda};
use uuid::Uuid;

/// Routes that show that a draw was paid for, but not its results.
const SHOW_THE_CHARGE: &[&str] = &["/v1/users/me/currencies", "/v1/users/me/ledger"];

/// What the export shows of a draw that was paid for and has its number. All its other
/// tables must stay the same.
const EXPORTED_CHARGE: &[&str] = &[
    "game_user.currencies",
    "game_user.currency_ledger",
    "game_user.paid_gem_lots",
    "game_user.paid_gem_lot_entries",
    "game_gacha.player_seeds",
];

/// Routes that show that a draw has its number, which every draw takes.
const SHOW_THE_NUMBER: &[&str] = &["/v1/gacha/client-seed", "/v1/gacha/draw-numbers"];

/// Routes that show the same to everybody.
const SHOW_NO_PLAYER: &[&str] = &["/v1/gacha/seed-periods", "/v1/gacha/revisions/{revision}"];

/// Every path that a `GET` has, with the parameters that the test knows.
fn paths(pools: &[&str], saga_id: Uuid) -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    for path in contract::read_paths() {
        if SHOW_NO_PLAYER.contains(&path.as_str()) {
            continue;
        }
        match path.as_str() {
            "/v1/gacha/pools/{pool_id}" => {
                paths.extend(pools.iter().map(|pool_id| format!("/v1/gacha/pools/{pool_id}")));
            }
            path => {
                let path = path.replace("{saga_id}", &saga_id.to_string());
                assert!(!path.contains('{'), "this test knows no parameter of {path}");
                paths.insert(path);
            }
        }
    }
    paths
}

/// The player's answers on all of them, without the envelope.
async fn seen(player: &Player, paths: &BTreeSet<String>) -> BTreeMap<String, Value> {
    let mut seen = BTreeMap::new();
    for path in paths {
        let answer = player.get(path).await;
        let body = match answer.status {
            200 => without_what_may_change(path, answer.data()),
            // Not before there is a saga, and no proof of it before its end.
            404 if path.contains("/sagas/") => json!(404),
            other => panic!("{path} answers {other}"),
        };
        seen.insert(path.clone(), body);
    }
    seen
}

/// The clock of the server goes on, and the first screen and the export show the charge
/// beside much that must not change.
fn without_what_may_change(path: &str, mut body: Value) -> Value {
    if let Some(fields) = body.as_object_mut() {
        fields.remove("server_time");
        if path == "/v1/home" {
            fields.remove("currencies").expect("currencies");
        }
        if path == "/v1/users/me/export" {
            assert_eq!(fields["next_cursor"], Value::Null, "the rows are on one page");
            let rows = fields["rows"].as_array_mut().expect("rows");
            rows.retain(|row| !EXPORTED_CHARGE.contains(&row["table"].as_str().unwrap()));
        }
    }
    body
}

/// The paths whose answers differ.
fn changed(before: &BTreeMap<String, Value>, now: &BTreeMap<String, Value>) -> BTreeSet<String> {
    let changed = before.iter().filter(|(path, body)| now[*path] != **body);
    changed.map(|(path, _)| path.clone()).collect()
}

async fn nothing_shows(pool_id: &str, draw_count: u32) {
    let player = Player::new().await;
    database::give(player.user_id, "free_gem", 100_000).await;
    database::give(player.user_id, "paid_gem", 100_000).await;
    let open = player.get("/v1/gacha/pools").await.data();
    let pools: Vec<&str> = open["pools"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pool| pool["pool_id"].as_str().unwrap())
        .collect();
    let saga_id = Uuid::new_v4();
    let of_saga = format!("/v1/gacha/sagas/{saga_id}");
    let paths = paths(&pools, saga_id);
    let before = seen(&player, &paths).await;
    let mut may_change = BTreeSet::from([of_saga.clone()]);

    database::start_saga_of(player.user_id, saga_id, pool_id, draw_count).await;
    let started = changed(&before, &seen(&player, &paths).await);
    assert_eq!(started, may_change, "{pool_id} at STARTED");
    may_change.extend(SHOW_THE_CHARGE.iter().map(|path| (*path).to_owned()));
    for (step, status) in [("reserve", "CURRENCY_RESERVED"), ("draw", "DRAW_COMPLETED")] {
        assert_eq!(lambda::step(step, saga_id).await, Ok(status.to_owned()));
        if step == "draw" {
            may_change.extend(SHOW_THE_NUMBER.iter().map(|path| (*path).to_owned()));
        }
        let now = seen(&player, &paths).await;
        let changed = changed(&before, &now);
        assert!(changed.is_subset(&may_change), "{pool_id} at {status}: {changed:?}");
        let saga = &now[&of_saga];
        assert_eq!(saga["status"], status);
        assert_eq!((&saga["results"], &saga["pity"]), (&Value::Null, &Value::Null));
        assert_eq!(now[&format!("{of_saga}/proof")], 404);
    }

    lambda::step("grant", saga_id).await.unwrap();
    let now = seen(&player, &paths).await;
    let changed = changed(&before, &now);
    let of_pool = format!("/v1/gacha/pools/{pool_id}");
    for path in [of_pool.as_str(), "/v1/home", "/v1/gacha/histories", "/v1/inventory/items"] {
        assert!(changed.contains(path), "{pool_id}: {path} never changed");
    }
    let drawn = now[&of_saga]["results"].as_array().unwrap().len();
    assert_eq!(u32::try_from(drawn), Ok(draw_count));
    assert_ne!(now[&format!("{of_saga}/proof")], 404);
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn nobody_sees_anything_of_a_draw_with_pity_and_points_before_it_is_complete() {
    nothing_shows("pool-moon-festival", 10).await;
}

#[tokio::test]
async fn nobody_sees_anything_of_a_draw_from_a_box_before_it_is_complete() {
    nothing_shows("pool-treasure-box", 1).await;
}

#[tokio::test]
async fn nobody_sees_anything_of_a_step_before_it_is_complete() {
    nothing_shows("pool-step-up-autumn", 10).await;
}

#[tokio::test]
async fn nobody_sees_anything_of_the_free_draw_before_it_is_complete() {
    nothing_shows("pool-daily-gate", 1).await;
}
