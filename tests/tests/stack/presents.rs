//! Presents: who has one, and that each is received once.

use std::time::Duration;

use serde_json::{Value, json};
use sqlx::Connection;
use tenjo_tests::operator::{AOI, BEN, EMI};
use tenjo_tests::player::Player;
use tenjo_tests::{books, database};
use uuid::Uuid;

async fn player_id(player: &Player) -> String {
    let me = player.get("/v1/users/me").await.data();
    me["player_id"].as_str().unwrap().to_owned()
}

/// A present with gems and items, for these players.
async fn for_these(players: &[&Player]) -> Value {
    let mut player_ids = Vec::new();
    for player in players {
        player_ids.push(player_id(player).await);
    }
    json!({
        "audience": "listed", "player_ids": player_ids, "title": "お詫び", "message": "Sorry.",
        "free_gems": 300, "items": [{ "item_master_id": "character-momiji", "quantity": 2 }],
        "ends_at": "2037-01-01T00:00:00Z",
    })
}

/// Sends it, and returns its id.
async fn send(order: &Value) -> String {
    let sent = EMI.does("send-presents", order).await;
    sent["result"]["present_id"].as_str().unwrap().to_owned()
}

async fn mailbox(player: &Player) -> Vec<String> {
    let data = player.get("/v1/presents?limit=100").await.data();
    let presents = data["presents"].as_array().unwrap();
    presents.iter().map(|it| it["present_id"].as_str().unwrap().to_owned()).collect()
}

async fn receive(player: &Player, present_id: &str) -> tenjo_tests::http::Answer {
    player.post(&format!("/v1/presents/{present_id}/receive"), &json!({})).await
}

#[tokio::test]
async fn a_present_is_received_once_whatever_is_repeated() {
    let player = Player::new().await;
    let present_id = send(&for_these(&[&player]).await).await;
    assert!(mailbox(&player).await.contains(&present_id));
    let first = receive(&player, &present_id).await.data();
    assert!(first["received_at"].is_string());
    let again = receive(&player, &present_id).await.data();
    assert_eq!(again, first);
    assert_eq!(player.free_gems().await, 3300);
    assert_eq!(player.item_total().await, 2);
    assert!(!mailbox(&player).await.contains(&present_id));

    let ledger = player.get("/v1/users/me/ledger").await.data();
    assert_eq!(ledger["ledger_entries"][0]["reason"], "present");
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn of_requests_at_once_one_receives() {
    let player = Player::new().await;
    let one = send(&for_these(&[&player]).await).await;
    let requests = (0..12).map(|number| {
        let (player, one) = (player.clone(), one.clone());
        tokio::spawn(async move {
            match number % 2 {
                0 => receive(&player, &one).await,
                _ => player.post("/v1/presents/receive", &json!({})).await,
            }
        })
    });
    for request in requests.collect::<Vec<_>>() {
        let answer = request.await.unwrap();
        assert!([200, 429, 503].contains(&answer.status), "{answer:?}");
    }
    receive(&player, &one).await.data();
    // Presents for everyone, of other tests, may have come with it.
    let ledger = player.get("/v1/users/me/ledger").await.data();
    let entries = ledger["ledger_entries"].as_array().unwrap();
    let of_it = |entry: &&Value| entry["reason"] == "present" && entry["delta"] == 300;
    assert_eq!(entries.iter().filter(of_it).count(), 1, "{ledger}");
    assert_eq!(player.item_total().await, 2);
    books::balance(player.user_id).await;
}

/// Both have read that it is not received yet.
#[tokio::test]
async fn who_waits_for_a_request_that_receives_the_same_gets_its_answer_and_no_more() {
    let player = Player::new().await;
    let present_id = send(&for_these(&[&player]).await).await;
    // One waits here for the balances, and the other one for what that one has written.
    let held = database::hold_balances(player.user_id).await;
    let release = async {
        tokio::time::sleep(Duration::from_millis(1000)).await;
        held.close().await.unwrap();
    };
    let (one, other, ()) =
        tokio::join!(receive(&player, &present_id), receive(&player, &present_id), release);
    assert_eq!(one.data(), other.data());
    assert_eq!((player.free_gems().await, player.item_total().await), (3300, 2));
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn all_presents_are_received_at_once_and_no_others() {
    let (player, other) = (Player::new().await, Player::new().await);
    for _ in 0..3 {
        send(&for_these(&[&player, &other]).await).await;
    }
    let foreign = send(&for_these(&[&other]).await).await;
    let mut future = for_these(&[&player]).await;
    future["starts_at"] = json!("2036-01-01T00:00:00Z");
    send(&future).await;
    let mut received = 0;
    loop {
        let data = player.post("/v1/presents/receive", &json!({})).await.data();
        received += data["presents"].as_array().unwrap().len();
        if data["has_more"] == false {
            break;
        }
    }
    // Presents for everyone, of other tests, may be among them.
    assert!(received >= 3, "{received}");
    let own = "select count(*) from game_inventory.received_presents r
               join game_inventory.player_presents p
                 on p.user_id = r.user_id and p.present_id = r.present_id
               where r.user_id = ?";
    assert_eq!(database::count(own, player.user_id).await, 3);
    assert_eq!(receive(&player, &foreign).await.error(), (404, "not_found"));
    assert!(mailbox(&other).await.contains(&foreign));
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn outside_its_period_a_present_is_not_there() {
    let player = Player::new().await;
    let mut early = for_these(&[&player]).await;
    early["starts_at"] = json!("2036-01-01T00:00:00Z");
    let early = send(&early).await;
    let received = send(&for_these(&[&player]).await).await;
    let late = send(&for_these(&[&player]).await).await;
    let first = receive(&player, &received).await.data();
    let over = "update game_inventory.presents
                set starts_at = '2020-01-01', ends_at = current_timestamp(6) where present_id = ?";
    for present_id in [&late, &received] {
        database::change(over, present_id.parse().unwrap()).await;
    }
    let there = mailbox(&player).await;
    assert!(!there.contains(&early) && !there.contains(&late), "{there:?}");
    for present_id in [&early, &late] {
        assert_eq!(receive(&player, present_id).await.error(), (404, "not_found"));
    }
    let again = receive(&player, &received).await.data();
    assert_eq!(again["received_at"], first["received_at"], "what was received stays so");
    assert_eq!(player.free_gems().await, 3300);
}

#[tokio::test]
async fn a_present_for_everyone_takes_two_and_is_there_for_whoever_asks() {
    let before = Player::new().await;
    let order = json!({
        "audience": "everyone", "title": "Thanks", "free_gems": 1,
        "ends_at": "2037-01-01T00:00:00Z",
    });
    let key = Uuid::new_v4().to_string();
    let asked = AOI.order("send-presents", &key, &order).await.data();
    assert_eq!(asked["outcome"], "requested", "{asked}");
    let rows = "select count(*) from game_inventory.player_presents where present_id = ?";
    let key = Uuid::new_v4().to_string();
    let sent = BEN.approves("send-presents", &key, &asked["act_id"]).await.data();
    let present_id = sent["result"]["present_id"].as_str().unwrap().to_owned();
    assert_eq!(database::count(rows, present_id.parse().unwrap()).await, 0, "no row for anybody");
    let after = Player::new().await;
    for player in [before, after] {
        assert!(mailbox(&player).await.contains(&present_id));
        receive(&player, &present_id).await.data();
        receive(&player, &present_id).await.data();
        assert_eq!(player.free_gems().await, 3001);
        books::balance(player.user_id).await;
    }
    // Nobody else's test is to find it.
    let over =
        "update game_inventory.presents set ends_at = current_timestamp(6) - interval 1 hour,
                starts_at = '2020-01-01' where present_id = ?";
    database::change(over, present_id.parse().unwrap()).await;
}

#[tokio::test]
async fn paid_gems_in_a_present_become_a_lot_without_a_price() {
    let player = Player::new().await;
    let mut order = for_these(&[&player]).await;
    order["paid_gems"] = json!(50);
    let present_id = send(&order).await;
    receive(&player, &present_id).await.data();
    let shown = AOI.send("show-player", None, &json!({ "user_id": player.user_id })).await.data();
    let lot = &shown["lots"][0];
    assert_eq!((&lot["origin"], &lot["remaining"]), (&json!("present"), &json!(50)));
    assert_eq!(shown["received"][0]["present_id"], present_id.as_str());
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn who_may_not_change_anything_receives_nothing() {
    let player = Player::new().await;
    let present_id = send(&for_these(&[&player]).await).await;
    AOI.does("set-suspension", &json!({ "user_id": player.user_id, "suspended": true })).await;
    assert_eq!(receive(&player, &present_id).await.error(), (403, "user_suspended"));
    let all = player.post("/v1/presents/receive", &json!({})).await;
    assert_eq!(all.error(), (403, "user_suspended"));
    AOI.does("set-suspension", &json!({ "user_id": player.user_id, "suspended": false })).await;
    AOI.does("end-sessions", &json!({ "user_id": player.user_id })).await;
    assert_eq!(receive(&player, &present_id).await.error(), (401, "unauthorized"));
    let nothing = "select count(*) from game_inventory.received_presents where user_id = ?";
    assert_eq!(database::count(nothing, player.user_id).await, 0);
}

#[tokio::test]
async fn a_mailbox_has_pages() {
    let player = Player::new().await;
    let mut sent = Vec::new();
    for _ in 0..5 {
        sent.push(send(&for_these(&[&player]).await).await);
    }
    let (mut seen, mut path) = (Vec::new(), "/v1/presents?limit=2".to_owned());
    loop {
        let data = player.get(&path).await.data();
        for present in data["presents"].as_array().unwrap() {
            seen.push(present["present_id"].as_str().unwrap().to_owned());
        }
        match data["next_cursor"].as_str() {
            Some(cursor) => path = format!("/v1/presents?limit=2&cursor={cursor}"),
            None => break,
        }
    }
    seen.retain(|id| sent.contains(id));
    sent.sort();
    seen.sort();
    assert_eq!(seen, sent, "each once");
}

#[tokio::test]
async fn a_bad_present_is_refused_by_name_and_nothing_is_sent() {
    let player = Player::new().await;
    let good = for_these(&[&player]).await;
    let id = player_id(&player).await;
    for (field, value, blamed) in [
        ("player_ids", json!([id, "PLY999999999999"]), "order.player_ids.1"),
        ("player_ids", json!([id, id]), "order.player_ids.1"),
        ("player_ids", json!([]), "order.player_ids"),
        ("audience", json!("everyone"), "order.player_ids"),
        ("audience", json!("somebody"), "order.audience"),
        (
            "items",
            json!([{ "item_master_id": "no-such-item", "quantity": 1 }]),
            "order.items.0.item_master_id",
        ),
        (
            "items",
            json!([{ "item_master_id": "character-momiji", "quantity": 0 }]),
            "order.items.0.quantity",
        ),
        ("title", json!(""), "order"),
        ("ends_at", json!("2020-06-01T00:00:00Z"), "order"),
        ("ends_at", json!("never"), "order.ends_at"),
        ("starts_at", json!("2037-06-01T00:00:00Z"), "order"),
    ] {
        let mut order = good.clone();
        order[field] = value;
        let answer = AOI.order("send-presents", &Uuid::new_v4().to_string(), &order).await;
        assert_eq!(answer.error(), (400, "invalid_request"), "{order}");
        assert_eq!(answer.body["error"]["field"], blamed, "{order}: {answer:?}");
    }
    let rows = "select count(*) from game_inventory.player_presents where user_id = ?";
    assert_eq!(database::count(rows, player.user_id).await, 0);
}

#[tokio::test]
async fn many_gems_to_many_players_take_two_as_to_one() {
    let (one, other) = (Player::new().await, Player::new().await);
    let mut order = for_these(&[&one, &other]).await;
    // Whatever that person has done alone today.
    for (gems, is_large) in [(5_000, false), (5_001, true)] {
        order["free_gems"] = json!(gems);
        let tried = BEN.tries("send-presents", &order).await.data();
        let is_so = tried["result"]["takes_two"]["because"] == "one_act";
        assert_eq!(is_so, is_large, "{gems} each: {tried}");
    }
}

/// A release before kept the player ids of an order. What it left is no order for everyone.
#[tokio::test]
async fn an_approval_of_a_list_that_names_no_players_is_refused() {
    let player = Player::new().await;
    let mut order = for_these(&[&player]).await;
    order["free_gems"] = json!(20_000);
    order["title"] = json!(Uuid::new_v4().to_string());
    let key = Uuid::new_v4().to_string();
    let asked = AOI.order("send-presents", &key, &order).await.data();
    assert_eq!(asked["outcome"], "requested", "{asked}");
    let act_id: Uuid = asked["act_id"].as_str().unwrap().parse().unwrap();
    let mut conn = database::connect().await;
    for player_ids in [order["player_ids"].clone(), Value::Null] {
        let mut kept = order.clone();
        kept["player_ids"] = player_ids;
        sqlx::query("update game_ops.operator_log set ordered = ? where act_id = ?")
            .bind(kept.to_string())
            .bind(act_id.as_bytes().as_slice())
            .execute(&mut conn)
            .await
            .unwrap();
        let key = Uuid::new_v4().to_string();
        let answer = BEN.approves("send-presents", &key, &asked["act_id"]).await;
        assert_eq!(answer.error(), (400, "invalid_request"), "{kept}");
        assert_eq!(answer.body["error"]["field"], "order.player_ids", "{kept}: {answer:?}");
    }
    let sent: i64 =
        sqlx::query_scalar("select count(*) from game_inventory.presents where title = ?")
            .bind(order["title"].as_str().unwrap())
            .fetch_one(&mut conn)
            .await
            .unwrap();
    assert_eq!(sent, 0);
}

/// So the log has no hash by which somebody could try who a deleted player was.
#[tokio::test]
async fn a_retry_is_known_by_its_players_and_not_by_what_they_are_called() {
    let (one, other) = (Player::new().await, Player::new().await);
    let mut order = for_these(&[&one, &other]).await;
    order.as_object_mut().unwrap().remove("items");
    let key = Uuid::new_v4().to_string();
    let first = EMI.order("send-presents", &key, &order).await.data();
    assert_eq!(first["outcome"], "done", "{first}");
    // The log keeps the user ids in an order of their own.
    let mut players = [player_id(&one).await, player_id(&other).await];
    for _ in 0..2 {
        order["player_ids"] = json!(players);
        assert_eq!(EMI.order("send-presents", &key, &order).await.data(), first);
        players.reverse();
    }
    order["player_ids"] = json!([players[0]]);
    let another = EMI.order("send-presents", &key, &order).await;
    assert_eq!(another.error(), (422, "idempotency_key_reused"));
    let rows = "select count(*) from game_inventory.player_presents where user_id = ?";
    assert_eq!(database::count(rows, one.user_id).await, 1);
}

/// What it moves is counted in the log, and all that it counts has to fit.
#[tokio::test]
async fn a_present_that_gives_all_of_them_more_than_can_be_counted_is_refused() {
    let (one, other, third) = (Player::new().await, Player::new().await, Player::new().await);
    let mut order = for_these(&[&one, &other, &third]).await;
    order["free_gems"] = json!(7_000_000_000_000_000_000_u64);
    let answer = AOI.tries("send-presents", &order).await;
    assert_eq!(answer.error(), (400, "invalid_request"), "{answer:?}");
    assert_eq!(answer.body["error"]["field"], "order");
    let key = Uuid::new_v4().to_string();
    let answer = AOI.order("send-presents", &key, &order).await;
    assert_eq!(answer.error(), (400, "invalid_request"), "{answer:?}");
}
