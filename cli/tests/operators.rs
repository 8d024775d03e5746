//! Operators' commands on the stack: run it with `cargo xtask test`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use tenjo_tests::player::Player;
use tenjo_tests::shop::Store;
use tenjo_tests::{books, database, deletion, variable};
use uuid::Uuid;

/// The exit code, and what was printed and said.
fn tenjo(arguments: &[&str]) -> (i32, String, String) {
    let logs = PathBuf::from(variable("TENJO_TEST_LOGS"));
    let output = Command::new(env!("CARGO_BIN_EXE_tenjo"))
        .env("TENJO_STACK", logs.parent().unwrap())
        .env_remove("TENJO_STAGE")
        .args(arguments)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// The answer of an act that must succeed.
fn does(arguments: &[&str]) -> Value {
    let papers = ["--ticket", "LIVE-77", "--reason", "a test", "--yes", "--json"];
    let (code, out, said) = tenjo(&[arguments, &papers].concat());
    assert_eq!(code, 0, "{arguments:?}: {said}");
    serde_json::from_str(&out).unwrap()
}

fn show(user_id: Uuid) -> Value {
    let (code, out, said) = tenjo(&["player", "show", "--user", &user_id.to_string(), "--json"]);
    assert_eq!(code, 0, "{said}");
    serde_json::from_str(&out).unwrap()
}

fn player_id(player: &Player) -> String {
    show(player.user_id)["user"]["player_id"].as_str().unwrap().to_owned()
}

/// A list in a file.
fn list(rows: &str) -> String {
    let file = std::env::temp_dir().join(format!("tenjo-list-{}.csv", Uuid::new_v4()));
    fs::write(&file, rows).unwrap();
    file.display().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_act_is_shown_before_it_is_done_and_done_once_for_its_key() {
    let player = Player::new().await;
    let id = player_id(&player);
    let key = Uuid::new_v4().to_string();
    let give =
        ["gems", "give", &id, "300", "--key", &key, "--ticket", "SUP-1", "--reason", "a test"];

    let (code, out, _) = tenjo(&[&give[..], &["--dry-run"]].concat());
    assert_eq!(code, 0);
    assert!(out.contains("would change") && out.contains("balance_after: 3300"), "{out}");
    assert_eq!(player.free_gems().await, 3000);
    let (code, _, said) = tenjo(&give);
    assert_ne!(code, 0, "nobody is there to agree");
    assert!(said.contains("nobody is there to agree"), "{said}");
    assert_eq!(player.free_gems().await, 3000);

    for _ in 0..2 {
        let (code, out, said) = tenjo(&[&give[..], &["--yes"]].concat());
        assert_eq!(code, 0, "{said}");
        assert!(out.contains("balance_after: 3300"), "{out}");
        assert_eq!(player.free_gems().await, 3300);
    }
    does(&["gems", "take", &id, "100"]);
    assert_eq!(player.free_gems().await, 3200);
    does(&["player", "suspend", &id, "--until", "2037-01-01T00:00:00Z"]);
    assert_eq!(player.get("/v1/users/me").await.error(), (403, "user_suspended"));
    does(&["player", "lift", &id]);
    does(&["player", "logout", &id]);
    let acts = show(player.user_id)["acts"].as_array().unwrap().len();
    assert_eq!(acts, 5);
    books::balance(player.user_id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn older_rows_of_a_player_are_printed_after_a_cursor() {
    let player = Player::new().await;
    let login = "insert into game_user.refresh_token_families
          (family_id, user_id, created_at, expires_at)
        values (uuid_to_bin(uuid()), ?, '2026-01-01', current_timestamp(6) + interval 1 day)";
    for _ in 0..51 {
        database::change(login, player.user_id).await;
    }
    let user_id = player.user_id.to_string();
    let shown = show(player.user_id);
    assert_eq!(shown["logins"].as_array().unwrap().len(), 50);
    let cursor = shown["older"]["logins"].as_str().unwrap();
    let (code, out, said) =
        tenjo(&["player", "show", "--user", &user_id, "--older", cursor, "--json"]);
    assert_eq!(code, 0, "{said}");
    let older: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(older["logins"].as_array().unwrap().len(), 2);
    assert_eq!(older["older"], json!({}));
    // For people too.
    let (code, out, said) = tenjo(&["player", "show", "--user", &user_id]);
    assert_eq!(code, 0, "{said}");
    assert!(out.contains(&format!("older:\n  logins: {cursor}")), "{out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pending_purchase_is_dismissed_by_the_id_that_player_show_prints() {
    let player = Player::new().await;
    let id = player_id(&player);
    let stuck = Store::Google.sell(&player, "gems-60", json!({ "orderId": null })).await;
    assert_eq!(stuck.book(&player).await.error(), (503, "try_later"));
    let pending = show(player.user_id)["pending_purchases"][0]["purchase_id"].take();
    let pending = pending.as_str().unwrap();
    let done = does(&["purchase", "dismiss", pending, "--player", &id]);
    assert_eq!(done["result"]["effect"], "dismissed", "{done}");
    let shown = show(player.user_id);
    assert_eq!(shown["pending_purchases"], json!([]));
    assert_eq!(shown["refused_purchases"][0]["purchase_id"], pending);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_right_is_told_so() {
    let player = Player::new().await;
    let id = player_id(&player);
    for name in ["live", "stranger"] {
        let (code, _, said) = tenjo(&["player", "show", &id, "--as", name]);
        assert_ne!(code, 0);
        assert!(said.contains("403"), "{name}: {said}");
    }
    let (code, _, said) = tenjo(&["player", "show", "PLY42"]);
    assert_ne!(code, 0);
    assert!(said.contains("no player id"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_with_a_mistake_is_named_by_line_and_nothing_is_sent() {
    let player = Player::new().await;
    let id = player_id(&player);
    for (rows, named) in [
        (format!("player_id\n{id}\nPLY7\n"), "line 3: \"PLY7\" is no player id"),
        (format!("{id}\n{id}\n"), "line 2"),
        (
            format!("player_id,name\n{id},Aoi\nPLY999999999999,Ben\n"),
            "line 3: PLY999999999999 is no player",
        ),
        (String::new(), "the list is empty"),
    ] {
        let file = list(&rows);
        let (code, _, said) = tenjo(&[
            "present",
            "send",
            "--list",
            &file,
            "--title",
            "A",
            "--free-gems",
            "1",
            "--ends",
            "2037-01-01T00:00:00Z",
            "--ticket",
            "T",
            "--reason",
            "r",
            "--yes",
        ]);
        assert_ne!(code, 0, "{rows}");
        assert!(said.contains(named) && said.contains("nothing was done"), "{rows}: {said}");
        fs::remove_file(file).unwrap();
    }
    assert_eq!(show(player.user_id)["mailbox"].as_array().unwrap().len(), 0);
}

/// The query of the recipe in `docs/operators.md`, for another pool and time.
fn drew(pool_id: &str, from: &str, until: &str) -> String {
    let guide = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/operators.md");
    let guide = fs::read_to_string(guide).unwrap();
    let (_, rest) = guide.split_once("## Compensation").unwrap();
    let (_, rest) = rest.split_once("```sql\n").unwrap();
    let (query, _) = rest.split_once(";\n```").unwrap();
    let mut query = query.to_owned();
    for (of_the_page, of_the_test) in [
        ("'pool-moon-festival'", format!("'{pool_id}'")),
        ("'2026-08-01 09:00:00'", from.to_owned()),
        ("'2026-08-01 11:00:00'", until.to_owned()),
    ] {
        assert!(query.contains(of_the_page), "{query}");
        query = query.replace(of_the_page, &of_the_test);
    }
    query
}

/// The recipe of `docs/operators.md`: everyone who drew from pool P between A and B gets
/// N gems.
#[tokio::test(flavor = "multi_thread")]
async fn everyone_who_drew_in_an_outage_is_compensated_from_one_query_to_the_receipt() {
    let (mut drew, other) = (Vec::new(), Player::new().await);
    for _ in 0..3 {
        let player = Player::new().await;
        player.draw("pool-moon-festival", 1, None).await.data();
        drew.push(player);
    }
    other.draw("pool-standard", 1, None).await.data();
    // Who drew, and then left for good, is no player to send to, and stops nobody's present.
    let gone = Player::new().await;
    gone.draw("pool-moon-festival", 1, None).await.data();
    gone.delete("/v1/users/me").await.data();
    deletion::delete(gone.user_id).await;
    // The pool of this test alone: its draws are told from those of other tests.
    for player in drew.iter().chain([&gone]) {
        let of_the_pool = "update game_gacha.sagas set pool_id = 'pool-of-the-outage'
                           where user_id = ? and pool_id = 'pool-moon-festival'";
        database::change(of_the_pool, player.user_id).await;
    }
    let query = self::drew(
        "pool-of-the-outage",
        "current_timestamp(6) - interval 1 hour",
        "current_timestamp(6) + interval 1 hour",
    );
    let found: Vec<(String,)> = sqlx::query_as(AssertSqlSafe(query))
        .fetch_all(&mut database::connect().await)
        .await
        .unwrap();
    assert_eq!(found.len(), 3);
    let rows: Vec<&str> = found.iter().map(|(id,)| id.as_str()).collect();
    let file = list(&rows.join("\n"));
    let key = Uuid::new_v4().to_string();
    let send = |more: &[&str]| {
        let all = [
            "present",
            "send",
            "--list",
            &file,
            "--title",
            "Apology",
            "--free-gems",
            "5000",
            "--ends",
            "2037-01-01T00:00:00Z",
            "--key",
            &key,
            "--ticket",
            "LIVE-77",
            "--reason",
            "outage",
            "--json",
            "--yes",
        ];
        let (code, out, said) = tenjo(&[&all[..], more].concat());
        assert_eq!(code, 0, "{said}");
        serde_json::from_str::<Value>(&out).unwrap()
    };
    let tried = send(&["--dry-run"]);
    assert_eq!((&tried["outcome"], &tried["result"]["players"]), (&json!("dry_run"), &json!(3)));
    // 15,000 gems take two.
    let asked = send(&[]);
    assert_eq!(asked["outcome"], "requested");
    assert_eq!(send(&[]), asked, "a repeat asks for nothing new");
    let request = asked["act_id"].as_str().unwrap();
    let done = does(&["present", "approve", request, "--as", "ben"]);
    let present_id = done["result"]["present_id"].as_str().unwrap();
    fs::remove_file(&file).unwrap();

    for player in &drew {
        let before = player.free_gems().await;
        let path = format!("/v1/presents/{present_id}/receive");
        for _ in 0..2 {
            player.post(&path, &json!({})).await.data();
        }
        assert_eq!(player.free_gems().await, before + 5000);
        let shown = show(player.user_id);
        assert_eq!(shown["received"][0]["present_id"], present_id);
        assert_eq!(shown["ledger"][0]["reason"], "present");
    }
    let mailbox = other.get("/v1/presents?limit=100").await.data().to_string();
    assert!(!mailbox.contains(present_id));
    for player in drew.iter().chain([&gone]) {
        let back = "update game_gacha.sagas set pool_id = 'pool-moon-festival'
                    where user_id = ? and pool_id = 'pool-of-the-outage'";
        database::change(back, player.user_id).await;
        books::balance(player.user_id).await;
    }
    let receipts = "select count(*) from game_inventory.received_presents where present_id = ?";
    assert_eq!(database::count(receipts, present_id.parse().unwrap()).await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_game_is_printed_for_people_and_for_scripts() {
    let (code, out, said) = tenjo(&["game", "--as", "live"]);
    assert_eq!(code, 0, "{said}");
    assert!(out.contains("is_open: ") && out.contains("pool-standard"), "{out}");
    let (code, out, said) = tenjo(&["game", "--json"]);
    assert_eq!(code, 0, "{said}");
    let game: Value = serde_json::from_str(&out).unwrap();
    assert!(!game["pools"].as_array().unwrap().is_empty());
    let (code, _, said) = tenjo(&["game", "--as", "stranger"]);
    assert_ne!(code, 0);
    assert!(said.contains("403"), "{said}");
}

/// A console that ends with the test.
struct Served {
    child: std::process::Child,
    url: String,
    token: String,
}

impl Served {
    fn start(operator: &str) -> Self {
        let logs = PathBuf::from(variable("TENJO_TEST_LOGS"));
        let mut child = Command::new(env!("CARGO_BIN_EXE_tenjo"))
            .env("TENJO_STACK", logs.parent().unwrap())
            .env_remove("TENJO_STAGE")
            .args(["console", "--as", operator, "--masters"])
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../masters"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let (_, address) = line.trim().split_once(": ").unwrap();
        let (url, token) = address.split_once("/#token=").unwrap();
        Self { url: url.to_owned(), token: token.to_owned(), child }
    }

    async fn call(&self, function: &str, key: &str, body: &Value) -> (u16, Value) {
        let url = format!("{}/api/{function}", self.url);
        let request = reqwest::Client::new().post(url).header("Idempotency-Key", key);
        let response = request.header("X-Console-Token", &self.token).json(body).send().await;
        let response = response.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    /// What the masters of this checkout would publish.
    async fn masters(&self) -> Value {
        let request = reqwest::Client::new().get(format!("{}/masters", self.url));
        let response = request.header("X-Console-Token", &self.token).send().await.unwrap();
        response.json::<Value>().await.unwrap()["data"].take()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whatever is told as a difference is one: both sides are written in the same way.
#[tokio::test(flavor = "multi_thread")]
async fn masters_that_are_published_are_what_the_console_would_publish() {
    let console = Served::start("aoi");
    let masters = console.masters().await;
    let (status, game) = console.call("show-game", "-", &json!({ "catalogue": true })).await;
    assert_eq!(status, 200, "{game}");
    let (live, next) = (&game["data"]["catalogue"], &masters["catalogue"]);
    assert!(!next["items"].as_array().unwrap().is_empty(), "{masters}");
    for part in ["pools", "shop", "products"] {
        assert_eq!(live[part], next[part], "{part}");
    }
    let by_id = |items: &Value| -> BTreeMap<String, Value> {
        let items = items.as_array().unwrap().iter();
        items.map(|item| (item["item_master_id"].to_string(), item.clone())).collect()
    };
    assert_eq!(by_id(&live["items"]), by_id(&next["items"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_console_passes_acts_on_as_its_operator_and_their_answers_back() {
    let player = Player::new().await;
    let console = Served::start("support");
    let (status, shown) =
        console.call("show-player", "-", &json!({ "user_id": player.user_id })).await;
    assert_eq!((status, &shown["data"]["user"]["user_id"]), (200, &json!(player.user_id)));
    let key = Uuid::new_v4().to_string();
    let order = json!({ "user_id": player.user_id, "currency_type": "free_gem", "delta": 40 });
    let give = json!({ "ticket": "SUP-1", "reason": "a test", "order": order });
    for _ in 0..2 {
        let (status, done) = console.call("adjust-currency", &key, &give).await;
        assert_eq!((status, &done["data"]["outcome"]), (200, &json!("done")), "{done}");
        assert_eq!(player.free_gems().await, 3040);
    }
    let acts = show(player.user_id)["acts"].take();
    assert!(acts[0]["principal"].as_str().unwrap().ends_with("/support"), "{acts}");

    // The function's own refusal, and IAM's.
    let (status, refused) = console.call("adjust-currency", &key, &json!({ "ticket": "" })).await;
    assert_eq!((status, &refused["error"]["code"]), (400, &json!("invalid_request")), "{refused}");
    let (status, refused) = console.call("set-pool-pause", &key, &json!({})).await;
    assert_eq!((status, &refused["error"]["code"]), (403, &json!("forbidden")), "{refused}");

    let url = format!("{}/api/show-game", console.url);
    let without = reqwest::Client::new().post(url).json(&json!({})).send().await.unwrap();
    assert_eq!(without.status().as_u16(), 401);
    books::balance(player.user_id).await;
}
