//! Deleted players: who asked for it, and guests who do not come any more. Nobody finds
//! them, they find no way in, and their books balance.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, MySqlConnection};
use tenjo_tests::client::login;
use tenjo_tests::deletion::{DUE, delete, delete_if_left, is_deleted};
use tenjo_tests::grants::Services;
use tenjo_tests::http::Answer;
use tenjo_tests::identity::sign_in;
use tenjo_tests::lambda::step;
use tenjo_tests::operator::{AOI, BEN};
use tenjo_tests::player::Player;
use tenjo_tests::shop::{Bought, Store};
use tenjo_tests::{books, contract, database, lambda, until};
use uuid::Uuid;

const ASKED: &str = "select count(*) from game_user.deletions where user_id = ?";
const PAID: &str = "select cast(balance as signed) from game_user.currencies
    where user_id = ? and currency_type = 'paid_gem'";

async fn ask(player: &Player) -> Answer {
    player.delete("/v1/users/me").await
}

/// A login that says that the player keeps the account.
async fn keep(player: &Player) -> Answer {
    let mut body = login(&player.device_id);
    body["deletion"] = json!("cancel");
    player.post("/v1/auth/guest", &body).await
}

async fn refresh(player: &Player) -> Answer {
    player.post("/v1/auth/refresh", &json!({ "refresh_token": player.refresh_token })).await
}

/// One run that looks at everybody who is due by now.
async fn run() -> Value {
    until("a run", async || {
        let report = lambda::invoke("delete-players", &json!({})).await;
        report["failed"].is_u64().then_some(report)
    })
    .await
}

#[tokio::test]
async fn who_asks_to_be_deleted_is_told_when_and_what_is_lost_and_is_logged_out() {
    let player = Player::new().await;
    Store::Google.sell(&player, "gems-60", json!({})).await.book(&player).await.data();
    let asked = ask(&player).await.data();
    let due = "select timestampdiff(day, asked_at, due_at) from game_user.deletions
               where user_id = ?";
    let days = database::count(due, player.user_id).await;
    // The clock of the function is not the database's.
    assert!((29..=30).contains(&days), "{days} days");
    assert!(asked["deletion_due_at"].is_string());
    let lost = asked["lost"].as_array().unwrap();
    let paid = lost.iter().find(|lost| lost["currency_type"] == "paid_gem").unwrap();
    assert_eq!(paid["balance"], 60);

    assert_eq!(player.login().await.error(), (403, "user_deleting"));
    assert_eq!(refresh(&player).await.error(), (401, "unauthorized"));
    assert_eq!(player.draw("pool-standard", 1, None).await.error(), (401, "unauthorized"));
    assert_eq!(player.get("/v1/users/me").await.error(), (403, "user_deleting"));
    assert_eq!(database::count(PAID, player.user_id).await, 60, "it is not due yet");
    run().await;
    assert!(!is_deleted(player.user_id).await);
}

#[tokio::test]
async fn a_deleted_player_has_no_way_in_and_is_in_no_answer() {
    let player = Player::new().await;
    let drawn = player.draw("pool-standard", 1, None).await.data();
    let saga_id = drawn["saga_id"].as_str().unwrap().to_owned();
    let name = json!({ "display_name": "Kaguya-hime", "version": 1 });
    let me = player.put("/v1/users/me", &name).await.data();
    player.put("/v1/gacha/client-seed", &json!({ "client_seed": "my-own-words" })).await.data();
    let born = json!({ "birth_month": "1990-01" });
    player.put("/v1/purchases/birth-month", &born).await.data();
    let account = Uuid::new_v4().to_string();
    let signed_in = sign_in("apple", &account, json!({})).await;
    player.link(&signed_in).await.data();
    ask(&player).await.data();
    delete(player.user_id).await;

    // No way in: not by what the client has, not by the device, which makes a new guest.
    assert_eq!(refresh(&player).await.error(), (401, "unauthorized"));
    for body in [login(&player.device_id), {
        let mut keeping = login(&player.device_id);
        keeping["deletion"] = json!("cancel");
        keeping
    }] {
        let other = player.post("/v1/auth/guest", &body).await.data();
        assert_ne!(other["user_id"], json!(player.user_id));
    }
    assert_eq!(ask(&player).await.error(), (401, "unauthorized"));
    assert_eq!(player.draw("pool-standard", 1, None).await.error(), (401, "unauthorized"));

    let signed_in = sign_in("apple", &account, json!({})).await;
    let answer = player.post(&signed_in.route(), &signed_in.login()).await;
    assert_eq!(answer.error(), (404, "not_found"));

    // In no answer, even to the access token that would run for minutes.
    let person = ["Kaguya-hime", "my-own-words", account.as_str()].map(str::to_owned);
    let ids = ["player_id", "account_token"].map(|id| me[id].as_str().unwrap().to_owned());
    for path in contract::read_paths() {
        let path = path
            .replace("{saga_id}", &saga_id)
            .replace("{pool_id}", "pool-standard")
            .replace("{revision}", &"0".repeat(64));
        let answer = player.get(&path).await;
        let text = answer.body.to_string();
        for told in person.iter().chain(&ids) {
            assert!(!text.contains(told.as_str()), "{path} tells {told}: {text}");
        }
        if path.starts_with("/v1/users/me") {
            assert_eq!(answer.error(), (401, "unauthorized"), "{path}");
        }
    }
    for find in [
        json!({ "user_id": player.user_id }),
        json!({ "player_id": me["player_id"] }),
        json!({ "saga_id": saga_id }),
    ] {
        let shown = AOI.send("show-player", None, &find).await;
        assert_eq!(shown.error(), (404, "not_found"), "{find}");
    }
    let present = json!({
        "audience": "listed", "player_ids": [me["player_id"]], "title": "a", "message": "b",
        "free_gems": 1, "ends_at": "2037-01-01T00:00:00Z",
    });
    let sent = AOI.tries("send-presents", &present).await;
    assert_eq!(sent.error(), (400, "invalid_request"));

    // In no table that told who it was.
    for (table, rows) in [
        ("select count(*) from game_user.devices where user_id = ?", 0),
        ("select count(*) from game_user.refresh_token_families where user_id = ?", 0),
        ("select count(*) from game_user.links where user_id = ?", 0),
        ("select count(*) from game_user.visits where user_id = ?", 0),
        ("select count(*) from game_user.deletions where user_id = ?", 0),
        ("select count(*) from game_purchase.player_births where user_id = ?", 0),
        ("select count(*) from game_gacha.player_seeds where user_id = ? and set_at is null", 1),
        (
            "select count(*) from game_user.users
             where user_id = ? and display_name = '' and player_id like 'DEL%'",
            1,
        ),
        ("select count(*) from game_gacha.sagas where user_id = ?", 1),
    ] {
        assert_eq!(database::count(table, player.user_id).await, rows, "{table}");
    }
    books::balance(player.user_id).await;
}

/// The columns of all tables that hold this text somewhere in a value, or these bytes.
async fn columns_with(told: &str) -> Vec<String> {
    let mut conn = database::connect().await;
    let columns: Vec<(String, String, String)> = sqlx::query_as(
        "select cast(concat(table_schema, '.', table_name) as char),
                cast(column_name as char), cast(data_type as char)
         from information_schema.columns
         where table_schema in ('game_user', 'game_gacha', 'game_inventory', 'game_purchase',
                                'game_ops')",
    )
    .fetch_all(&mut conn)
    .await
    .unwrap();
    assert!(columns.len() > 300, "only {} columns are searched", columns.len());
    // An id is written as text, or has its bytes.
    let id = told.parse::<Uuid>().ok().map(|id| hex::encode_upper(id.as_bytes()));
    let bytes = hex::encode_upper(told);
    let mut found = Vec::new();
    for (table, column, data_type) in columns {
        let is_bytes = data_type.contains("binary") || data_type.contains("blob");
        let (value, first, second) = if is_bytes {
            (format!("hex(`{column}`)"), bytes.as_str(), id.as_deref())
        } else {
            (format!("cast(`{column}` as char)"), told, id.as_deref())
        };
        let search = format!(
            "select count(*) from {table} where instr({value}, ?) > 0 or instr({value}, ?) > 0"
        );
        let rows: (i64,) = sqlx::query_as(AssertSqlSafe(search))
            .bind(first)
            .bind(second.unwrap_or(first))
            .fetch_one(&mut conn)
            .await
            .unwrap_or_else(|error| panic!("{table}.{column}: {error}"));
        if rows.0 > 0 {
            found.push(format!("{table}.{column}"));
        }
    }
    found
}

#[tokio::test]
async fn nothing_in_the_database_tells_who_a_deleted_player_was() {
    let (player, other) = (Player::new().await, Player::new().await);
    let account = format!("account.{}", Uuid::new_v4());
    let linked = sign_in("apple", &account, json!({})).await;
    player.link(&linked).await.data();
    let name = format!("Kaguya-{}", &Uuid::new_v4().simple().to_string()[..8]);
    let change = json!({ "display_name": name, "version": 1 });
    let me = player.put("/v1/users/me", &change).await.data();
    let [player_id, token] =
        ["player_id", "account_token"].map(|id| me[id].as_str().unwrap().to_owned());
    let seed = format!("words-{}", Uuid::new_v4().simple());
    player.put("/v1/gacha/client-seed", &json!({ "client_seed": seed })).await.data();
    player.draw("pool-standard", 1, None).await.data();
    let bought = Store::Google.sell(&player, "gems-60", json!({})).await;
    bought.book(&player).await.data();
    let order_id = order_id(player.user_id).await;

    // Whatever operators did for them, also with others, also by two.
    let user_id = player.user_id;
    let gems = json!({ "user_id": user_id, "currency_type": "free_gem", "delta": 1 });
    let given = AOI.does("adjust-currency", &gems).await;
    assert_eq!(given["result"]["player_id"], json!(player_id), "operators see it");
    for suspended in [true, false] {
        let order = json!({ "user_id": user_id, "suspended": suspended });
        AOI.does("set-suspension", &order).await;
    }
    let others = other.get("/v1/users/me").await.data()["player_id"].clone();
    let present = |free_gems: u32| {
        json!({
            "audience": "listed", "player_ids": [player_id, others], "title": "a",
            "message": "b", "free_gems": free_gems, "ends_at": "2037-01-01T00:00:00Z",
        })
    };
    AOI.does("send-presents", &present(1)).await;
    let key = Uuid::new_v4().to_string();
    let asked = AOI.order("send-presents", &key, &present(9000)).await.data();
    assert_eq!(asked["outcome"], "requested", "{asked}");
    assert_eq!(AOI.order("send-presents", &key, &present(9000)).await.data(), asked);
    let done = BEN.approves("send-presents", &Uuid::new_v4().to_string(), &asked["act_id"]).await;
    let done = done.data();
    assert_eq!(done["outcome"], "done");
    let shown: BTreeSet<String> =
        serde_json::from_value(done["request"]["ordered"]["player_ids"].clone()).unwrap();
    let listed = [player_id.clone(), others.as_str().unwrap().to_owned()];
    assert_eq!(shown, BTreeSet::from(listed), "who approves sees whom it is for");
    for function in ["end-sessions", "forget-birth-month"] {
        let done = AOI.does(function, &json!({ "user_id": user_id })).await;
        assert_eq!(done["result"]["player_id"], json!(player_id), "{function}");
    }

    let again = player.login().await.data();
    let player = player.with_token(again["access_token"].as_str().unwrap());
    for (told, column) in [
        (&player_id, "game_user.users.player_id"),
        (&name, "game_user.users.display_name"),
        (&token, "game_user.users.account_token"),
        (&account, "game_user.links.subject"),
    ] {
        assert_eq!(columns_with(told).await, [column], "{told}");
    }
    ask(&player).await.data();
    delete(player.user_id).await;
    for told in [&player_id, &name, &token, &account] {
        assert_eq!(columns_with(told).await, [""; 0], "{told}");
    }
    // What the person has too, and what the page says stays.
    let page = page();
    for (told, column) in [
        (&order_id, "game_purchase.bookings.order_id"),
        (&bought.transaction_id, "game_purchase.purchases.transaction_id"),
        (&seed, "game_gacha.sagas.client_seed"),
    ] {
        assert_eq!(columns_with(told).await, [column], "{told}");
        assert!(page.contains(&format!("`{column}`")), "{column} is not named");
    }
    books::balance(player.user_id).await;
}

/// The store's number of the only purchase of a player.
async fn order_id(user_id: Uuid) -> String {
    sqlx::query_scalar("select order_id from game_purchase.bookings where user_id = ?")
        .bind(user_id.as_bytes().as_slice())
        .fetch_one(&mut database::connect().await)
        .await
        .unwrap()
}

/// `docs/personal-data.md`.
fn page() -> String {
    let page = format!("{}/../docs/personal-data.md", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(page).unwrap()
}

/// What `docs/personal-data.md` says goes with the account: table, column, and whether
/// something else takes its place.
fn going() -> Vec<(String, String, bool)> {
    let page = page();
    let mut table = "";
    let mut found = Vec::new();
    for line in page.lines() {
        if let Some(name) = line.strip_prefix("### `") {
            table = name.trim_end_matches('`');
        } else if let Some(row) = line.strip_prefix("| `") {
            let mut cells = row.split(" | ");
            let column = cells.next().unwrap().trim_end_matches('`').to_owned();
            let kept = cells.nth(1).unwrap();
            if kept.starts_with("until the account is deleted")
                || kept.ends_with("not longer than the account")
            {
                found.push((table.to_owned(), column, kept.contains("; then ")));
            }
        }
    }
    found
}

/// The values that a player's rows have in a column, as bytes in hexadecimal.
async fn values(table: &str, column: &str, user_id: Uuid) -> Vec<String> {
    let read =
        format!("select hex(`{column}`) from {table} where user_id = ? and `{column}` is not null");
    sqlx::query_scalar(AssertSqlSafe(read))
        .bind(user_id.as_bytes().as_slice())
        .fetch_all(&mut database::connect().await)
        .await
        .unwrap_or_else(|error| panic!("{table}.{column}: {error}"))
}

#[tokio::test]
async fn what_is_kept_until_the_account_is_deleted_is_gone_then() {
    let player = Player::new().await;
    let linked = sign_in("google", &Uuid::new_v4().to_string(), json!({})).await;
    player.link(&linked).await.data();
    let name = json!({ "display_name": "Kaguya-hime", "version": 1 });
    player.put("/v1/users/me", &name).await.data();
    player.put("/v1/gacha/client-seed", &json!({ "client_seed": "my-own-words" })).await.data();
    let born = json!({ "birth_month": "1990-01" });
    player.put("/v1/purchases/birth-month", &born).await.data();
    player.transfer_code("moon-festival").await;

    let going = going();
    assert!(going.len() > 35, "only {} columns were read", going.len());
    let mut before = Vec::new();
    for (table, column, _) in &going {
        before.push(values(table, column, player.user_id).await);
    }
    // Each table that loses something had something to lose.
    for (table, ..) in &going {
        let had =
            going.iter().zip(&before).any(|(it, values)| it.0 == *table && !values.is_empty());
        assert!(had, "{table} had nothing of the player");
    }
    ask(&player).await.data();
    delete(player.user_id).await;
    for ((table, column, has_successor), before) in going.iter().zip(&before) {
        let left = values(table, column, player.user_id).await;
        if *has_successor {
            assert!(!left.iter().any(|it| before.contains(it)), "{table}.{column} is as before");
        } else {
            assert_eq!(left, [""; 0], "{table}.{column} is left");
        }
    }
}

#[tokio::test]
async fn a_login_in_time_that_says_so_keeps_the_account() {
    let player = Player::new().await;
    ask(&player).await.data();
    assert_eq!(player.login().await.error(), (403, "user_deleting"), "a login by itself does not");
    let kept = keep(&player).await.data();
    assert_eq!(kept["user_id"], json!(player.user_id));
    assert_eq!(database::count(ASKED, player.user_id).await, 0);
    run().await;
    assert!(!is_deleted(player.user_id).await);
    // The sessions from before stay ended.
    assert_eq!(refresh(&player).await.error(), (401, "unauthorized"));
    let again = player.with_token(kept["access_token"].as_str().unwrap());
    again.draw("pool-standard", 1, None).await.data();
    // Who keeps what nobody deletes just logs in.
    assert_eq!(keep(&player).await.data()["user_id"], json!(player.user_id));
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn of_two_requests_the_first_counts() {
    let player = Player::new().await;
    let other = player.login().await.data();
    let other = player.with_token(other["access_token"].as_str().unwrap());
    let (one, two) = tokio::join!(ask(&player), ask(&other));
    let done = [&one, &two].into_iter().filter(|answer| answer.status == 200).count();
    assert!(done > 0, "{one:?} {two:?}");
    for refused in [one, two].iter().filter(|answer| answer.status != 200) {
        assert_eq!(refused.error(), (401, "unauthorized"), "the first has ended its session");
    }
    assert_eq!(database::count(ASKED, player.user_id).await, 1);
    assert_eq!(ask(&player).await.error(), (401, "unauthorized"));
    // A player who took it back may ask again.
    let kept = keep(&player).await.data();
    ask(&player.with_token(kept["access_token"].as_str().unwrap())).await.data();
    delete(player.user_id).await;
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn paid_gems_are_written_off_with_the_account_whatever_its_store_does_later() {
    let player = Player::new().await;
    let kept = Store::Apple.sell(&player, "gems-60", json!({})).await;
    kept.book(&player).await.data();
    let taken = Store::Apple.sell(&player, "gems-60", json!({})).await;
    taken.book(&player).await.data();
    taken.happen("refund", None).await.send().await.data();
    ask(&player).await.data();
    delete(player.user_id).await;

    let written_off = "select cast(-delta as signed) from game_user.currency_ledger
                       where user_id = ? and reason = 'account_deleted'";
    assert_eq!(database::count(written_off, player.user_id).await, 60);
    assert_eq!(database::count(PAID, player.user_id).await, 0);
    books::balance(player.user_id).await;

    // One purchase comes back, and the other is taken back: nobody owes or has anything.
    taken.happen("reverse-refund", None).await.send().await.data();
    kept.happen("refund", None).await.send().await.data();
    assert_eq!(database::count(PAID, player.user_id).await, 0);
    let owed = "select cast(owed as signed) from game_user.currencies
                where user_id = ? and currency_type = 'paid_gem'";
    assert_eq!(database::count(owed, player.user_id).await, 0);
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn a_draw_that_runs_ends_before_its_player_is_deleted() {
    for steps in [&["refund"][..], &["reserve", "draw", "grant"]] {
        let player = Player::new().await;
        let saga_id = database::start_saga(player.user_id).await;
        ask(&player).await.data();
        database::change(DUE, player.user_id).await;
        run().await;
        assert!(!is_deleted(player.user_id).await, "a saga is live");
        assert_eq!(database::count(ASKED, player.user_id).await, 1);
        for name in steps {
            step(name, saga_id).await.unwrap();
        }
        delete(player.user_id).await;
        books::balance(player.user_id).await;
    }
}

#[tokio::test]
async fn of_deletions_at_once_one_writes_off() {
    let player = Player::new().await;
    Store::Google.sell(&player, "gems-60", json!({})).await.book(&player).await.data();
    ask(&player).await.data();
    database::change(DUE, player.user_id).await;
    let event = json!({});
    let once = async || lambda::invoke("delete-players", &event).await;
    tokio::join!(once(), once());
    delete_if_left(player.user_id).await;
    let entries = "select count(*) from game_user.currency_ledger
                   where user_id = ? and reason = 'account_deleted'";
    assert_eq!(database::count(entries, player.user_id).await, 1);
    books::balance(player.user_id).await;
}

/// Neither sees what the other has not committed yet. A session that nobody ends would
/// draw, and buy, until its access token expires.
#[tokio::test]
async fn a_login_at_the_moment_of_the_request_is_refused_or_ended() {
    let visit = "select 1 from game_user.visits where user_id = ? for update";
    for (by_link, request_is_first) in [(false, false), (false, true), (true, false), (true, true)]
    {
        let player = Player::new().await;
        let account = Uuid::new_v4().to_string();
        let linked = sign_in("apple", &account, json!({})).await;
        player.link(&linked).await.data();
        let signed_in = sign_in("apple", &account, json!({})).await;
        // Both come as far as they come, and go on in the order in which they came there.
        let held = database::hold(visit, player.user_id).await;
        let wait = async |is_first: bool| {
            tokio::time::sleep(Duration::from_millis(if is_first { 0 } else { 700 })).await;
        };
        let log_in = async {
            wait(!request_is_first).await;
            if by_link {
                player.post(&signed_in.route(), &signed_in.login()).await
            } else {
                player.login().await
            }
        };
        let asking = async {
            wait(request_is_first).await;
            ask(&player).await
        };
        let release = async {
            tokio::time::sleep(Duration::from_millis(1400)).await;
            held.close().await.unwrap();
        };
        let (login, asked, ()) = tokio::join!(log_in, asking, release);
        asked.data();
        if login.status == 200 {
            let data = login.data();
            let there = player.with_token(data["access_token"].as_str().unwrap());
            let drawn = there.draw("pool-standard", 1, None).await;
            assert_eq!(drawn.error(), (401, "unauthorized"), "by a link: {by_link}");
            let body = json!({ "refresh_token": data["refresh_token"] });
            let refreshed = player.post("/v1/auth/refresh", &body).await;
            assert_eq!(refreshed.error(), (401, "unauthorized"));
        } else {
            assert_eq!(login.error(), (403, "user_deleting"));
        }
        let live = "select count(*) from game_user.refresh_token_families
                    where user_id = ? and ended_at is null";
        assert_eq!(database::count(live, player.user_id).await, 0);
    }
}

/// Somebody whom a pending purchase keeps, and for whom it fails if the purchase is of a
/// store that there is not. Neither is a player; they are only in the way.
async fn stand_in_the_way(conn: &mut MySqlConnection, user_id: Uuid, store: &str) {
    let user = user_id.as_bytes().as_slice();
    let ask = "insert into game_user.deletions (user_id, due_at) values (?, '2001-01-01')";
    sqlx::query(ask).bind(user).execute(&mut *conn).await.unwrap();
    let buy = "insert into game_purchase.pending_purchases
                 (purchase_id, store, transaction_id, store_product_id, user_id, step,
                  next_attempt_at)
               values (?, ?, 'in-the-way', 'gems_60', ?, 'book', '2037-01-01')";
    let buy = sqlx::query(buy).bind(user).bind(store).bind(user);
    buy.execute(&mut *conn).await.unwrap();
}

#[tokio::test]
async fn players_who_cannot_be_deleted_keep_nobody_else_from_it() {
    let player = Player::new().await;
    ask(&player).await.data();
    // More than a page of the player's shard, and all of them due before the player.
    let in_the_way: Vec<Uuid> = (0..70)
        .map(|_| {
            let mut bytes = *Uuid::new_v4().as_bytes();
            bytes[0] = player.user_id.as_bytes()[0];
            Uuid::from_bytes(bytes)
        })
        .collect();
    let mut conn = database::connect().await;
    database::change(DUE, player.user_id).await;
    // The one for whom it fails comes last and goes first: other tests run the function too.
    for (left, user_id) in in_the_way.iter().enumerate().rev() {
        let store = if left == 0 { "nowhere" } else { "google" };
        stand_in_the_way(&mut conn, *user_id, store).await;
    }
    let report = lambda::invoke("delete-players", &json!({})).await;
    let is_gone = is_deleted(player.user_id).await;
    for forget in [
        "delete from game_user.deletions where due_at = '2001-01-01'",
        "delete from game_purchase.pending_purchases where transaction_id = 'in-the-way'",
    ] {
        sqlx::raw_sql(forget).execute(&mut conn).await.unwrap();
    }
    assert!(is_gone, "{report}");
    // The one for whom it failed is not passed over in silence.
    assert!(report.to_string().contains("1 players were not deleted"), "{report}");
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn a_login_that_keeps_the_account_wins_over_the_deletion_or_loses_whole() {
    for _ in 0..5 {
        let player = Player::new().await;
        ask(&player).await.data();
        database::change(DUE, player.user_id).await;
        let event = json!({});
        let (kept, _) = tokio::join!(keep(&player), lambda::invoke("delete-players", &event));
        match kept.status {
            503 => assert_eq!(kept.error(), (503, "try_later")),
            200 if kept.body["data"]["user_id"] == json!(player.user_id) => {
                assert!(!is_deleted(player.user_id).await, "it was kept");
            }
            // A new guest: the device was free already.
            200 => assert!(is_deleted(player.user_id).await),
            _ => panic!("{kept:?}"),
        }
        books::balance(player.user_id).await;
    }
}

const LONG_AGO: &str =
    "update game_user.visits set seen_on = current_date - interval 366 day where user_id = ?";
const A_WHILE_AGO: &str =
    "update game_user.visits set seen_on = current_date - interval 300 day where user_id = ?";
const SEEN: &str = "select count(*) from game_user.visits where user_id = ?";

#[tokio::test]
async fn guests_who_bought_nothing_are_deleted_when_they_stay_away_if_the_operator_wants_it() {
    let gone = Player::new().await;
    gone.draw("pool-standard", 1, None).await.data();
    let (recent, buyer, linked) = (Player::new().await, Player::new().await, Player::new().await);
    Store::Google.sell(&buyer, "gems-60", json!({})).await.book(&buyer).await.data();
    let link = "update game_user.users set is_guest = false where user_id = ?";
    database::change(link, linked.user_id).await;
    // One who has paid, and whose purchase is stuck; the store has told of it since.
    let paid = Player::new().await;
    let stuck = stuck(&paid, false).await;
    for player in [&gone, &buyer, &linked, &paid] {
        database::change(LONG_AGO, player.user_id).await;
    }
    database::change(A_WHILE_AGO, recent.user_id).await;
    run().await;
    assert!(!is_deleted(gone.user_id).await, "by default nobody is");

    let services =
        Services::with_settings(&[("delete-players", "TENJO_ABANDONED_GUEST_DAYS", "365")]).await;
    let report = services.invoke("delete-players", &json!({})).await;
    assert!(report["abandoned"].as_u64() >= Some(1), "{report}");
    assert!(is_deleted(gone.user_id).await);
    for kept in [&recent, &buyer, &linked, &paid] {
        assert!(!is_deleted(kept.user_id).await);
        assert_eq!(kept.login().await.data()["user_id"], json!(kept.user_id));
        assert_eq!(database::count(SEEN, kept.user_id).await, 1, "a login is a visit");
    }
    assert_ne!(gone.login().await.data()["user_id"], json!(gone.user_id));
    books::balance(gone.user_id).await;
    database::change(FORGET, stuck.purchase_id()).await;
}

const FORGET: &str = "delete from game_purchase.pending_purchases where purchase_id = ?";

/// A purchase that the player paid for and that cannot be booked yet: Google does not name
/// its order. The store tells of it before or after the client.
async fn stuck(player: &Player, is_told_first: bool) -> Bought {
    let stuck = Store::Google.sell(player, "gems-60", json!({ "orderId": null })).await;
    if is_told_first {
        stuck.notice.send().await.data();
    }
    assert_eq!(stuck.book(player).await.error(), (503, "try_later"));
    if !is_told_first {
        stuck.notice.send().await.data();
    }
    stuck
}

#[tokio::test]
async fn a_stuck_purchase_stays_its_players_when_the_store_tells_of_it_and_keeps_the_account() {
    for is_told_first in [false, true] {
        let player = Player::new().await;
        let stuck = stuck(&player, is_told_first).await;
        let who = json!({ "user_id": player.user_id });
        let shown = AOI.send("show-player", None, &who).await.data();
        let pending = &shown["pending_purchases"][0];
        assert_eq!(pending["transaction_id"], stuck.transaction_id, "{is_told_first}: {shown}");
        // What a client says of another product ends nothing that the store told.
        let wrong = json!({ "product_id": "gems_3600", "purchase_token": stuck.transaction_id });
        let answer = player.post("/v1/purchases/google", &wrong).await;
        assert_eq!(answer.error(), (422, "invalid_receipt"));
        ask(&player).await.data();
        database::change(DUE, player.user_id).await;
        lambda::invoke("delete-players", &json!({})).await;
        assert!(!is_deleted(player.user_id).await, "{is_told_first}: what was paid comes first");
        database::change(FORGET, stuck.purchase_id()).await;
        delete_if_left(player.user_id).await;
        books::balance(player.user_id).await;
    }
}
