//! `GET /v1/users/me/export`: everything that is held about a player, and nothing of
//! anybody else.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use tenjo_store::export::SECTIONS;
use tenjo_tests::identity::sign_in;
use tenjo_tests::operator::AOI;
use tenjo_tests::player::Player;
use tenjo_tests::shop::Store;
use tenjo_tests::{books, database};
use uuid::Uuid;

/// Tables that name a player and are not in the export, because they serve the working of
/// the game for minutes, or are credentials.
const LEFT_OUT: [&str; 3] =
    ["game_gacha.live_sagas", "game_gacha.player_minutes", "game_user.refresh_tokens"];

/// Tables that name no player, but a purchase of theirs.
const OF_PURCHASES: [&str; 3] = [
    "game_purchase.purchases",
    "game_purchase.booking_changes",
    "game_purchase.store_notifications",
];

/// All rows, page by page, by table.
async fn export(player: &Player, limit: u32) -> BTreeMap<String, Vec<Value>> {
    let mut tables: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/v1/users/me/export?limit={limit}{cursor}");
        let data = player.get(&path).await.data();
        for row in data["rows"].as_array().unwrap() {
            let table = row["table"].as_str().unwrap().to_owned();
            tables.entry(table).or_default().push(row["columns"].clone());
        }
        match data["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return tables,
        }
    }
}

/// A player of whom most tables have something.
async fn busy() -> Player {
    let player = Player::new().await;
    database::give(player.user_id, "free_gem", 100_000).await;
    player.draw("pool-moon-festival", 10, None).await.data();
    player.draw("pool-treasure-box", 1, None).await.data();
    player.put("/v1/gacha/client-seed", &json!({ "client_seed": "mine" })).await.data();
    player.put("/v1/purchases/birth-month", &json!({ "birth_month": "1990-01" })).await.data();
    Store::Apple.sell(&player, "gems-60", json!({})).await.book(&player).await.data();
    // Another purchase is taken back, which the store tells.
    let returned = Store::Google.sell(&player, "gems-60", json!({})).await;
    returned.book(&player).await.data();
    returned.happen("refund", None).await.send().await.data();
    let signed_in = sign_in("google", &Uuid::new_v4().to_string(), json!({})).await;
    player.link(&signed_in).await.data();
    let me = player.get("/v1/users/me").await.data();
    let present = json!({
        "audience": "listed", "player_ids": [me["player_id"]], "title": "a", "message": "b",
        "free_gems": 1, "ends_at": "2037-01-01T00:00:00Z",
    });
    AOI.does("send-presents", &present).await;
    player.post("/v1/presents/receive", &json!({})).await.data();
    let gems = json!({ "user_id": player.user_id, "currency_type": "free_gem", "delta": 5 });
    AOI.does("adjust-currency", &gems).await;
    player
}

#[tokio::test]
async fn the_export_has_every_row_of_every_table_once() {
    let (player, other) = (busy().await, busy().await);
    let tables = export(&player, 7).await;
    let mut conn = database::connect().await;
    let mut filled = 0;
    for section in SECTIONS {
        let whose = if OF_PURCHASES.contains(&section.table) {
            "purchase_id in (select purchase_id from game_purchase.bookings where user_id = ?)"
        } else {
            "user_id = ?"
        };
        let count = format!("select count(*) from {} where {whose}", section.table);
        let (count,): (i64,) = sqlx::query_as(AssertSqlSafe(count))
            .bind(player.user_id.as_bytes().as_slice())
            .fetch_one(&mut conn)
            .await
            .unwrap();
        let rows = tables.get(section.table).map_or(&[][..], Vec::as_slice);
        assert_eq!(i64::try_from(rows.len()), Ok(count), "{}", section.table);
        let columns: BTreeSet<&str> = section.columns().collect();
        for row in rows {
            let shown: BTreeSet<&str> =
                row.as_object().unwrap().keys().map(String::as_str).collect();
            assert_eq!(shown, columns, "{}", section.table);
        }
        let different: BTreeSet<String> = rows.iter().map(Value::to_string).collect();
        let may_repeat = section.table == "game_user.devices";
        assert!(may_repeat || different.len() == rows.len(), "{} repeats", section.table);
        filled += usize::from(count > 0);
    }
    assert!(filled > 15, "only {filled} tables have something");
    assert_eq!(tables, export(&player, 100).await, "pages of another length hold the same");

    let text = serde_json::to_string(&tables).unwrap();
    assert!(!text.contains(&other.user_id.to_string()));
    let user = &tables["game_user.users"][0];
    assert_eq!(user["user_id"], json!(player.user_id));
    assert_eq!(user["is_guest"], json!(false));
    assert!(user["created_at"].as_str().unwrap().ends_with('Z'), "{user}");
    assert_eq!(tables["game_purchase.player_births"][0]["birth_year"], 1990);
    for table in OF_PURCHASES {
        assert!(tables.contains_key(table), "{table} has nothing of the player");
    }
    assert_eq!(tables["game_purchase.booking_changes"][0]["change_kind"], "revoked");
    assert_eq!(tables["game_gacha.player_seeds"][0]["client_seed"], "mine");
    books::balance(player.user_id).await;
}

/// A table names a player by their id, or by the id of a purchase or a session of theirs.
#[tokio::test]
async fn no_table_that_names_a_player_is_forgotten() {
    let naming: Vec<(String,)> = sqlx::query_as(
        r"select concat(table_schema, '.', table_name) from information_schema.columns
          where table_schema like 'game\_%'
            and column_name in ('user_id', 'purchase_id', 'family_id')",
    )
    .fetch_all(&mut database::connect().await)
    .await
    .unwrap();
    let naming: BTreeSet<&str> = naming.iter().map(|(table,)| table.as_str()).collect();
    let known = SECTIONS.iter().map(|section| section.table).chain(LEFT_OUT);
    assert_eq!(naming, known.collect::<BTreeSet<&str>>());
}

/// The store's word on it is theirs as well, though no gem came of it.
#[tokio::test]
async fn a_purchase_that_the_game_refused_is_in_the_export_and_nobody_elses_is() {
    let (player, other) = (Player::new().await, Player::new().await);
    let elsewhere = json!({ "environment": "Production" });
    let refused = Store::Apple.sell(&player, "gems-60", elsewhere).await;
    assert_eq!(refused.book(&player).await.error(), (409, "purchase_refused"));
    Store::Apple.sell(&other, "gems-60", json!({})).await.book(&other).await.data();
    let tables = export(&player, 50).await;
    let purchases = &tables["game_purchase.purchases"];
    assert_eq!(purchases.len(), 1);
    assert_eq!(purchases[0]["transaction_id"], refused.transaction_id);
    assert!(!tables.contains_key("game_purchase.bookings"));
}

#[tokio::test]
async fn a_suspended_player_gets_the_export_and_a_stranger_none() {
    let player = Player::new().await;
    let suspend =
        "update game_user.users set suspended_at = current_timestamp(6) where user_id = ?";
    database::change(suspend, player.user_id).await;
    let tables = export(&player, 50).await;
    assert!(tables["game_user.users"][0]["suspended_at"].is_string());
    let nobody = player.with_token("no.token.ofours");
    assert_eq!(nobody.get("/v1/users/me/export").await.status, 401);
}

#[tokio::test]
async fn a_draw_that_has_not_ended_is_not_in_the_export() {
    let player = Player::new().await;
    let saga_id = database::start_saga(player.user_id).await;
    for name in ["reserve", "draw"] {
        tenjo_tests::lambda::step(name, saga_id).await.unwrap();
    }
    assert!(!export(&player, 50).await.contains_key("game_gacha.sagas"));
    tenjo_tests::lambda::step("grant", saga_id).await.unwrap();
    assert_eq!(export(&player, 50).await["game_gacha.sagas"].len(), 1);
}
