//! Operators: who may act, once, with a line in the log, and when it takes two.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use sqlx::Connection;
use tenjo_tests::operator::{AOI, BEN, CHIE, DAIKI, FUNCTIONS, Operator};
use tenjo_tests::player::Player;
use tenjo_tests::shop::Store;
use tenjo_tests::{books, database, lambda, until, variable};
use uuid::Uuid;

fn key() -> String {
    Uuid::new_v4().to_string()
}

fn gems(player: &Player, delta: i64) -> Value {
    json!({ "user_id": player.user_id, "currency_type": "free_gem", "delta": delta })
}

async fn player_id(player: &Player) -> String {
    let shown = AOI.send("show-player", None, &json!({ "user_id": player.user_id })).await.data();
    shown["user"]["player_id"].as_str().unwrap().to_owned()
}

/// The lines of the log about a player.
async fn lines(player: &Player) -> i64 {
    let lines = "select count(*) from game_ops.operator_log where user_id = ?";
    database::count(lines, player.user_id).await
}

#[tokio::test]
async fn iam_lets_in_who_has_the_right_and_nobody_else() {
    for (function, policies) in FUNCTIONS {
        for name in ["aoi", "support", "live", "stranger", "nobody-known"] {
            let wrong = json!({ "revision": "none" });
            let status = Operator(name).send(function, None, &wrong).await.status;
            // Who is let in is told what is wrong with the request.
            let expected = if name == "aoi" || policies.contains(&name) { 400 } else { 403 };
            assert_eq!(status, expected, "{name} at {function}");
        }
    }
}

#[tokio::test]
async fn an_unsigned_request_reaches_no_function_of_operators() {
    let secret = variable("TENJO_TEST_ORIGIN_SECRET");
    for (function, _) in FUNCTIONS {
        let url = format!("{}/lambda-url/{function}/", variable("TENJO_TEST_LAMBDA_URL"));
        let request = reqwest::Client::new().post(url).header("X-Origin-Secret", &secret);
        let answer = request.json(&json!({})).send().await.unwrap();
        assert_eq!(answer.status(), 403, "{function}");
    }
}

#[tokio::test]
async fn an_event_that_names_no_caller_is_refused_by_the_function_itself() {
    for (function, _) in FUNCTIONS {
        let event = json!({
            "rawPath": "/", "headers": {}, "body": "{}",
            "requestContext": { "http": { "method": "POST" } },
        });
        let answer = lambda::invoke(function, &event).await;
        assert_eq!(answer["statusCode"], 401, "{function}: {answer}");
    }
}

#[tokio::test]
async fn an_act_happens_once_for_its_key_and_is_in_the_log() {
    let (player, key) = (Player::new().await, key());
    let first = AOI.order("adjust-currency", &key, &gems(&player, 500)).await.data();
    assert_eq!(first["outcome"], "done");
    assert_eq!(first["result"]["balance_before"], 3000);
    assert_eq!(first["result"]["balance_after"], 3500);
    let again = AOI.order("adjust-currency", &key, &gems(&player, 500)).await.data();
    assert_eq!(again, first, "the same request has the same answer");
    assert_eq!(player.free_gems().await, 3500);
    assert_eq!(lines(&player).await, 1);

    let other = AOI.order("adjust-currency", &key, &gems(&player, 501)).await;
    assert_eq!(other.error(), (422, "idempotency_key_reused"));
    // The key of another operator is another key.
    BEN.order("adjust-currency", &key, &gems(&player, -200)).await.data();
    assert_eq!(player.free_gems().await, 3300);

    let mut conn = database::connect().await;
    let (principal, ticket, reason, result): (String, String, String, String) = sqlx::query_as(
        "select principal, ticket, reason, result from game_ops.operator_log where act_id = ?",
    )
    .bind(first["act_id"].as_str().unwrap().parse::<Uuid>().unwrap().as_bytes().as_slice())
    .fetch_one(&mut conn)
    .await
    .unwrap();
    assert_eq!(principal, AOI.principal());
    assert_eq!((ticket.as_str(), reason.as_str()), ("SUP-1", "a test"));
    // What people call the player goes with the account, so the log has it not.
    let mut kept = serde_json::from_str::<Value>(&result).unwrap();
    assert_eq!(kept.get("player_id"), None);
    kept["player_id"] = json!(player_id(&player).await);
    assert_eq!(kept, first["result"]);
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn the_same_act_at_once_happens_once() {
    let (player, key) = (Player::new().await, key());
    let acts = (0..8).map(|_| {
        let (player, key) = (player.clone(), key.clone());
        tokio::spawn(async move { AOI.order("adjust-currency", &key, &gems(&player, 100)).await })
    });
    let mut done = 0;
    for act in acts.collect::<Vec<_>>() {
        let answer = act.await.unwrap();
        match answer.status {
            200 => done += 1,
            // Too many at once for the function, or a lock that took too long: nobody
            // knows yet what came of it.
            409 | 429 | 503 => {}
            _ => panic!("{answer:?}"),
        }
    }
    assert!(done > 0);
    assert_eq!(player.free_gems().await, 3100);
    assert_eq!(lines(&player).await, 1);
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn a_dry_run_shows_what_would_change_and_changes_nothing() {
    let player = Player::new().await;
    let tried = AOI.tries("adjust-currency", &gems(&player, -1000)).await.data();
    assert_eq!(tried["outcome"], "dry_run");
    assert_eq!(tried["result"]["balance_after"], 2000);
    assert_eq!(player.free_gems().await, 3000);
    assert_eq!(lines(&player).await, 0);
    let refused = AOI.tries("adjust-currency", &gems(&player, -3001)).await;
    assert_eq!(refused.error(), (409, "insufficient_currency"));
}

#[tokio::test]
async fn above_the_limit_it_takes_two_and_neither_alone() {
    let player = Player::new().await;
    let asked = AOI.order("adjust-currency", &key(), &gems(&player, 10_001)).await.data();
    assert_eq!(
        (&asked["outcome"], &asked["needs_second_person"]),
        (&json!("requested"), &json!(true))
    );
    assert_eq!(player.free_gems().await, 3000, "it was only asked for");
    let request = &asked["act_id"];

    let own = AOI.approves("adjust-currency", &key(), request).await;
    assert_eq!(own.error(), (400, "invalid_request"));
    let elsewhere = BEN.approves("send-presents", &key(), request).await;
    assert_eq!(elsewhere.error(), (404, "not_found"));
    let unknown = BEN.approves("adjust-currency", &key(), &json!(Uuid::new_v4())).await;
    assert_eq!(unknown.error(), (404, "not_found"));
    assert_eq!(player.free_gems().await, 3000);

    let done = BEN.approves("adjust-currency", &key(), request).await.data();
    assert_eq!(done["outcome"], "done");
    assert_eq!(done["request"]["principal"], AOI.principal());
    assert_eq!(done["request"]["ordered"], gems(&player, 10_001));
    assert_eq!(player.free_gems().await, 13_001);
    let twice = Operator("support").approves("adjust-currency", &key(), request).await;
    assert_eq!(twice.error(), (400, "invalid_request"));
    let approved = BEN.approves("adjust-currency", &key(), &done["act_id"]).await;
    assert_eq!(approved.error(), (404, "not_found"), "what is done cannot be approved");
    assert_eq!(player.free_gems().await, 13_001);
    assert_eq!(lines(&player).await, 2);
    books::balance(player.user_id).await;
}

/// Has all that a person did be of yesterday.
async fn a_day_passes_for(person: Operator) {
    let older = "update game_ops.operator_log set created_at = created_at - interval 25 hour
                 where person = ?";
    sqlx::query(older).bind(person.0).execute(&mut database::connect().await).await.unwrap();
}

#[tokio::test]
async fn what_a_person_does_alone_in_a_day_takes_two_once_it_is_above_the_limit() {
    let player = Player::new().await;
    let paid = json!({ "user_id": player.user_id, "currency_type": "paid_gem", "delta": 10_000 });
    let present = |copies: u32, player_id: &str| {
        json!({
            "audience": "listed", "player_ids": [player_id], "title": "Many",
            "items": [{ "item_master_id": "character-momiji", "quantity": copies }],
            "ends_at": "2037-01-01T00:00:00Z",
        })
    };
    let player_id = player_id(&player).await;
    CHIE.does("adjust-currency", &gems(&player, 6000)).await;
    let tried = CHIE.tries("adjust-currency", &gems(&player, 4001)).await.data();
    assert_eq!(tried["needs_second_person"], true, "{tried}");
    let takes_two = &tried["result"]["takes_two"];
    assert_eq!(
        (&takes_two["because"], &takes_two["left_free_gems"]),
        (&json!("one_day"), &json!(4000))
    );
    assert_eq!(
        (&takes_two["left_paid_gems"], &takes_two["left_item_copies"]),
        (&json!(10_000), &json!(100))
    );
    let large = CHIE.tries("adjust-currency", &gems(&player, 10_001)).await.data();
    assert_eq!(large["result"]["takes_two"]["because"], "one_act");
    // What is taken is added to what is given.
    CHIE.does("adjust-currency", &gems(&player, -4000)).await;
    let key = key();
    let asked = CHIE.order("adjust-currency", &key, &gems(&player, -1)).await.data();
    assert_eq!(
        (&asked["outcome"], &asked["result"]["takes_two"]["left_free_gems"]),
        (&json!("requested"), &json!(0))
    );
    assert_eq!(CHIE.order("adjust-currency", &key, &gems(&player, -1)).await.data(), asked);
    assert_eq!(player.free_gems().await, 5000, "it was only asked for");

    // The other kinds have a limit of their own, and what was approved does not count.
    let done = BEN.approves("adjust-currency", &self::key(), &asked["act_id"]).await.data();
    assert_eq!((&done["outcome"], &done["result"]["takes_two"]), (&json!("done"), &Value::Null));
    CHIE.does("adjust-currency", &paid).await;
    CHIE.does("send-presents", &present(60, &player_id)).await;
    CHIE.does("send-presents", &present(40, &player_id)).await;
    let asked = CHIE.order("send-presents", &self::key(), &present(1, &player_id)).await.data();
    assert_eq!(asked["outcome"], "requested", "{asked}");
    // Acts that move nothing are never too many.
    CHIE.does("end-sessions", &json!({ "user_id": player.user_id })).await;

    a_day_passes_for(CHIE).await;
    CHIE.does("adjust-currency", &gems(&player, 10_000)).await;
    player.login().await.data();
    books::balance(player.user_id).await;
}

/// An act, again and again until its function has room for it.
async fn in_the_end(person: Operator, key: String, order: Value) -> Value {
    loop {
        let answer = person.order("adjust-currency", &key, &order).await;
        if answer.status == 200 {
            return answer.data();
        }
        assert!(matches!(answer.status, 409 | 429 | 503), "{answer:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn two_acts_of_a_person_at_once_do_not_both_find_the_same_rest() {
    for _ in 0..3 {
        let players = [Player::new().await, Player::new().await];
        // Both acts wait here, for different players, and go on at the same moment.
        let mut held = Vec::new();
        for player in &players {
            held.push(database::hold_balances(player.user_id).await);
        }
        let acts: Vec<_> = players
            .iter()
            .map(|player| tokio::spawn(in_the_end(DAIKI, key(), gems(player, 6000))))
            .collect();
        tokio::time::sleep(Duration::from_millis(700)).await;
        for held in held {
            held.close().await.unwrap();
        }
        let mut outcomes = Vec::new();
        for act in acts {
            outcomes.push(act.await.unwrap()["outcome"].as_str().unwrap().to_owned());
        }
        outcomes.sort();
        assert_eq!(outcomes, ["done", "requested"], "6,000 and 6,000 are above 10,000");
        let mut balances = Vec::new();
        for player in &players {
            balances.push(player.free_gems().await);
            books::balance(player.user_id).await;
        }
        balances.sort_unstable();
        assert_eq!(balances, [3000, 9000]);
        a_day_passes_for(DAIKI).await;
    }
}

#[tokio::test]
async fn of_approvals_at_once_one_takes_effect() {
    let player = Player::new().await;
    let asked = AOI.order("adjust-currency", &key(), &gems(&player, 20_000)).await.data();
    let request = &asked["act_id"];
    let keys = [key(), key()];
    let (one, other) = tokio::join!(
        BEN.approves("adjust-currency", &keys[0], request),
        Operator("support").approves("adjust-currency", &keys[1], request),
    );
    let done = [&one, &other].into_iter().filter(|answer| answer.status == 200).count();
    assert_eq!(done, 1, "{one:?} {other:?}");
    assert_eq!(player.free_gems().await, 23_000);
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn a_request_that_nobody_approves_in_a_day_is_void() {
    let player = Player::new().await;
    let asked = AOI.order("adjust-currency", &key(), &gems(&player, 20_000)).await.data();
    let request: Uuid = asked["act_id"].as_str().unwrap().parse().unwrap();
    let old = "update game_ops.operator_log
               set created_at = created_at - interval 25 hour where act_id = ?";
    database::change(old, request).await;
    let late = BEN.approves("adjust-currency", &key(), &asked["act_id"]).await;
    assert_eq!(late.error(), (400, "invalid_request"));
    assert_eq!(player.free_gems().await, 3000);
}

#[tokio::test]
async fn bad_orders_are_refused_by_name_and_leave_nothing() {
    let player = Player::new().await;
    let id = player.user_id;
    let nobody = Uuid::new_v4();
    for (function, order, status, field) in [
        ("adjust-currency", gems(&player, 0), 400, "order.delta"),
        (
            "adjust-currency",
            json!({ "user_id": id, "currency_type": "gold", "delta": 1 }),
            400,
            "order.currency_type",
        ),
        (
            "adjust-currency",
            json!({ "user_id": id, "currency_type": "paid_gem", "delta": -1 }),
            400,
            "order.delta",
        ),
        (
            "adjust-currency",
            json!({ "user_id": nobody, "currency_type": "free_gem", "delta": 1 }),
            404,
            "",
        ),
        (
            "adjust-currency",
            json!({ "user_id": id, "currency_type": "free_gem" }),
            400,
            "order.delta",
        ),
        (
            "set-suspension",
            json!({ "user_id": id, "suspended": true, "until": "soon" }),
            400,
            "order.until",
        ),
        (
            "set-suspension",
            json!({ "user_id": id, "suspended": true, "until": "2020-01-01T00:00:00Z" }),
            400,
            "order.until",
        ),
        (
            "set-suspension",
            json!({ "user_id": id, "suspended": false, "until": "2037-01-01T00:00:00Z" }),
            400,
            "order.until",
        ),
        ("end-sessions", json!({ "user_id": nobody }), 404, ""),
        ("end-sessions", json!({ "user_id": "me" }), 400, "order.user_id"),
        ("forget-birth-month", json!({ "user_id": nobody }), 404, ""),
        ("forget-birth-month", json!({ "user_id": "me" }), 400, "order.user_id"),
        (
            "set-maintenance",
            json!({ "open": false, "ends_at": "2037-01-01T00:00:00Z" }),
            400,
            "order.open",
        ),
        (
            "set-maintenance",
            json!({ "open": true, "ends_at": "2020-01-01T00:00:00Z" }),
            400,
            "order.ends_at",
        ),
        ("set-client-versions", json!({ "least": "one" }), 400, "order.least"),
        ("set-client-versions", json!({ "least": "2.0.0", "newest": "1.0.0" }), 400, "order.least"),
        ("set-pool-pause", json!({ "pool_id": "pool-of-nobody", "paused": true }), 404, ""),
        ("set-pool-pause", json!({ "pool_id": "Pool", "paused": true }), 400, "order.pool_id"),
    ] {
        let answer = AOI.order(function, &key(), &order).await;
        assert_eq!(answer.status, status, "{function} {order}: {answer:?}");
        let blamed = answer.body["error"]["field"].as_str().unwrap_or_default();
        assert_eq!(blamed, field, "{function} {order}: {answer:?}");
    }
    for (body, field) in [
        (json!({ "reason": "r", "order": gems(&player, 1) }), "ticket"),
        (json!({ "ticket": "two words", "reason": "r", "order": gems(&player, 1) }), "ticket"),
        (json!({ "ticket": "T", "reason": "", "order": gems(&player, 1) }), "reason"),
        (json!({ "ticket": "T", "reason": "r" }), "order"),
        (json!({ "ticket": "T", "reason": "r", "approves": "that" }), "approves"),
    ] {
        let answer = AOI.send("adjust-currency", Some(&key()), &body).await;
        assert_eq!(answer.body["error"]["field"], field, "{body}: {answer:?}");
    }
    let body = json!({ "ticket": "T", "reason": "r", "order": gems(&player, 1) });
    let keyless = AOI.send("adjust-currency", None, &body).await;
    assert_eq!(keyless.body["error"]["field"], "Idempotency-Key");
    assert_eq!((player.free_gems().await, lines(&player).await), (3000, 0));
}

#[tokio::test]
async fn a_suspension_holds_until_its_end_or_until_it_is_lifted() {
    let player = Player::new().await;
    let order = json!({
        "user_id": player.user_id, "suspended": true, "until": "2037-01-01T00:00:00Z",
    });
    let done = AOI.does("set-suspension", &order).await;
    assert_eq!(done["result"]["after"]["until"], "2037-01-01T00:00:00Z");
    assert_eq!(player.get("/v1/users/me").await.error(), (403, "user_suspended"));
    assert_eq!(player.login().await.error(), (403, "user_suspended"));
    assert_eq!(player.draw("pool-standard", 1, None).await.error(), (403, "user_suspended"));

    let over = "update game_user.users
                set suspended_until = current_timestamp(6) - interval 1 second where user_id = ?";
    database::change(over, player.user_id).await;
    player.get("/v1/users/me").await.data();
    player.draw("pool-standard", 1, None).await.data();

    AOI.does("set-suspension", &json!({ "user_id": player.user_id, "suspended": true })).await;
    assert_eq!(player.login().await.error(), (403, "user_suspended"), "without an end");
    AOI.does("set-suspension", &json!({ "user_id": player.user_id, "suspended": false })).await;
    player.login().await.data();
    assert_eq!(lines(&player).await, 3);
}

#[tokio::test]
async fn sessions_that_are_ended_change_nothing_any_more() {
    let player = Player::new().await;
    player.login().await.data();
    let done = AOI.does("end-sessions", &json!({ "user_id": player.user_id })).await;
    assert_eq!(done["result"]["ended_sessions"], 2);
    assert_eq!(player.draw("pool-standard", 1, None).await.error(), (401, "unauthorized"));
    player.login().await.data();
}

#[tokio::test]
async fn a_player_is_found_by_what_a_ticket_names_and_shown_whole() {
    let player = Player::new().await;
    let drawn = player.draw("pool-standard", 1, None).await.data();
    let act = AOI.does("adjust-currency", &gems(&player, 7)).await;
    let player_id = player_id(&player).await;
    // A purchase that was booked, one that the game refused, and one that waits.
    let booked = Store::Apple.sell(&player, "gems-60", json!({})).await;
    booked.book(&player).await.data();
    let refused = Store::Google.sell(&player, "gems-61", json!({})).await;
    assert_eq!(refused.book(&player).await.error(), (409, "purchase_refused"));
    let waits = Store::Google.sell(&player, "gems-60", json!({ "orderId": null })).await;
    assert_eq!(waits.book(&player).await.error(), (503, "try_later"));
    for wanted in [
        json!({ "player_id": player_id }),
        json!({ "saga_id": drawn["saga_id"] }),
        json!({ "source_id": act["act_id"] }),
        json!({ "transaction_id": booked.transaction_id }),
        json!({ "transaction_id": refused.transaction_id }),
        json!({ "transaction_id": waits.transaction_id }),
    ] {
        let shown = Operator("support").send("show-player", None, &wanted).await.data();
        assert_eq!(shown["user"]["user_id"], json!(player.user_id), "{wanted}");
    }
    let shown = AOI.send("show-player", None, &json!({ "user_id": player.user_id })).await.data();
    assert_eq!(shown["sagas"][0]["status"], "COMPLETED");
    assert_eq!(shown["sagas"][0]["timeline"].as_array().unwrap().len(), 5);
    assert_eq!(shown["draws"].as_array().unwrap().len(), 1);
    assert_eq!(shown["logins"].as_array().unwrap().len(), 1);
    assert_eq!(shown["acts"][0]["principal"], AOI.principal());
    let ledger = shown["ledger"].as_array().unwrap();
    assert!(ledger.iter().any(|entry| entry["source_id"] == act["act_id"]), "{shown}");
    assert_eq!(shown["purchases"][0]["transaction_id"], booked.transaction_id);
    assert_eq!(shown["refused_purchases"][0]["transaction_id"], refused.transaction_id);
    assert_eq!(shown["pending_purchases"][0]["transaction_id"], waits.transaction_id);

    // Only its store told of it, so it is nobody's yet.
    let told = Store::Apple.sell(&player, "gems-60", json!({})).await;
    told.notice.send().await.data();
    for (wanted, error) in [
        (json!({ "player_id": "PLY999999999999" }), (404, "not_found")),
        (json!({ "saga_id": Uuid::new_v4() }), (404, "not_found")),
        (json!({ "transaction_id": Uuid::new_v4().to_string() }), (404, "not_found")),
        (json!({ "transaction_id": told.transaction_id }), (404, "not_found")),
        (json!({ "transaction_id": "a b" }), (400, "invalid_request")),
        (
            json!({ "transaction_id": booked.transaction_id, "player_id": player_id }),
            (400, "invalid_request"),
        ),
        (json!({}), (400, "invalid_request")),
        (json!({ "player_id": player_id, "user_id": player.user_id }), (400, "invalid_request")),
    ] {
        assert_eq!(AOI.send("show-player", None, &wanted).await.error(), error, "{wanted}");
    }
}

/// One more draw that was refused, like one before.
const REFUSED: &str = "insert into game_gacha.sagas
      (saga_id, user_id, fingerprint, pool_id, pool_revision, pity_group, pity_max_count,
       draw_count, state_before, cost_currency_type, cost_amount, status, failure_reason,
       reserve_before, failed_at)
    select uuid_to_bin(uuid()), user_id, fingerprint, pool_id, pool_revision, pity_group,
       pity_max_count, draw_count, state_before, cost_currency_type, cost_amount, status,
       failure_reason, reserve_before, current_timestamp(6)
    from game_gacha.sagas where user_id = ? and status = 'FAILED' limit 1";

/// One more login, at the same time as the others that this makes.
const LOGIN: &str = "insert into game_user.refresh_token_families
      (family_id, user_id, created_at, expires_at)
    values (uuid_to_bin(uuid()), ?, '2026-01-01', current_timestamp(6) + interval 1 day)";

#[tokio::test]
async fn what_was_looked_for_is_shown_however_much_has_happened_since() {
    let player = Player::new().await;
    let saga_id = player.draw("pool-standard", 1, None).await.data()["saga_id"].take();
    let act_id = AOI.does("adjust-currency", &gems(&player, 7)).await["act_id"].take();
    let refused = player.draw("pool-standard", 10, None).await;
    assert_eq!(refused.error(), (409, "insufficient_currency"));
    for _ in 0..51 {
        database::change(REFUSED, player.user_id).await;
        AOI.does("adjust-currency", &gems(&player, 1)).await;
    }
    let has = |rows: &Value, name: &str, id: &Value| {
        rows.as_array().is_some_and(|rows| rows.iter().any(|row| row[name] == *id))
    };
    let shown = AOI.send("show-player", None, &json!({ "saga_id": saga_id })).await.data();
    assert!(!has(&shown["sagas"], "saga_id", &saga_id), "it is not among the newest");
    let found = &shown["found"];
    for name in ["sagas", "draws", "proofs", "ledger"] {
        assert!(has(&found[name], "saga_id", &saga_id), "{name}: {found}");
        assert_eq!(found[name].as_array().unwrap().len(), 1, "{name}: {found}");
    }
    assert_eq!(found["sagas"][0]["timeline"].as_array().unwrap().len(), 5);
    assert_eq!(found["ledger"][0]["reason"], "draw_cost");

    let shown = AOI.send("show-player", None, &json!({ "source_id": act_id })).await.data();
    assert!(!has(&shown["ledger"], "source_id", &act_id), "it is not among the newest");
    assert!(has(&shown["found"]["ledger"], "source_id", &act_id), "{}", shown["found"]);
    assert!(has(&shown["found"]["acts"], "act_id", &act_id), "{}", shown["found"]);

    let shown = AOI.send("show-player", None, &json!({ "user_id": player.user_id })).await.data();
    assert_eq!(shown["found"], json!({}), "the player was looked for");
    // The gift of the start, a draw, and what the operator gave.
    assert_eq!(AOI.whole_list(player.user_id, "ledger").await.len(), 54);
    assert_eq!(AOI.whole_list(player.user_id, "sagas").await.len(), 53);
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn older_rows_of_a_player_follow_the_newest_page_by_page() {
    let player = Player::new().await;
    database::give(player.user_id, "free_gem", 18_000).await;
    for _ in 0..7 {
        player.draw("pool-standard", 10, None).await.data();
    }
    let refused = player.draw("pool-standard", 10, None).await;
    assert_eq!(refused.error(), (409, "insufficient_currency"));
    let lift = json!({ "user_id": player.user_id, "suspended": false });
    for _ in 0..51 {
        database::change(REFUSED, player.user_id).await;
        database::change(LOGIN, player.user_id).await;
        // It moves nothing, so it counts for nobody.
        AOI.does("set-suspension", &lift).await;
    }
    let shown = AOI.send("show-player", None, &json!({ "user_id": player.user_id })).await.data();
    for (name, rows, key) in [
        ("sagas", 59, "saga_id"),
        ("draws", 70, "saga_id"),
        ("acts", 51, "act_id"),
        ("logins", 52, "session_id"),
    ] {
        assert_eq!(shown[name].as_array().unwrap().len(), 50, "{name}");
        let whole = AOI.whole_list(player.user_id, name).await;
        assert_eq!(whole.len(), rows, "{name}");
        assert_eq!(whole[0][key], shown[name][0][key], "{name}");
        let different: BTreeSet<String> = whole.iter().map(Value::to_string).collect();
        assert_eq!(different.len(), rows, "{name}: a row came twice");
    }
    for name in ["proofs", "pending_purchases"] {
        assert_eq!(shown["older"][name], Value::Null, "{name} ends here");
    }

    // One list at a time, and of this player.
    let older = shown["older"]["logins"].as_str().unwrap();
    let wanted = json!({ "user_id": player.user_id, "older": older });
    let page = AOI.send("show-player", None, &wanted).await.data();
    assert_eq!(page["logins"].as_array().unwrap().len(), 2);
    assert_eq!((&page["sagas"], &page["older"]), (&Value::Null, &json!({})));
    let other = json!({ "user_id": Player::new().await.user_id, "older": older });
    let of_other = AOI.send("show-player", None, &other).await.data();
    assert_eq!(of_other["logins"], json!([]), "another player has none that old");
    let wrong = json!({ "user_id": player.user_id, "older": "none" });
    assert_eq!(AOI.send("show-player", None, &wrong).await.error(), (400, "invalid_request"));
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn a_saga_that_has_not_ended_shows_an_operator_nothing_of_its_draw() {
    let player = Player::new().await;
    let saga_id = database::start_saga(player.user_id).await;
    for step in ["reserve", "draw"] {
        lambda::step(step, saga_id).await.unwrap();
    }
    let shown = AOI.send("show-player", None, &json!({ "saga_id": saga_id })).await.data();
    assert_eq!(shown["sagas"][0]["status"], "DRAW_COMPLETED");
    assert_eq!(shown["draws"], json!([]));
    let drawn = "select cast(json_unquote(json_extract(results, '$[0].item_master_id')) as char)
                 from game_gacha.sagas where saga_id = ?";
    let item: (String,) = sqlx::query_as(drawn)
        .bind(saga_id.as_bytes().as_slice())
        .fetch_one(&mut database::connect().await)
        .await
        .unwrap();
    assert!(!shown.to_string().contains(&item.0), "{shown}");
    lambda::step("refund", saga_id).await.unwrap();
}

/// What the game does now, with more of it if the body asks.
async fn game(wanted: &Value) -> Value {
    Operator("live").send("show-game", None, wanted).await.data()
}

#[tokio::test]
async fn the_game_is_shown_with_its_status_pools_and_figures() {
    let player = Player::new().await;
    // A period of these tests is short: the next one begins without a purchase.
    let shown = until("a purchase of the running period", async || {
        player.draw("pool-standard", 1, None).await;
        let shown = game(&json!({})).await;
        (shown["running"]["figures"]["total"]["purchases"].as_u64()? > 0).then_some(shown)
    })
    .await;
    let figures = &shown["running"]["figures"];
    assert_eq!(figures["is_estimate"], false);
    assert!(figures["total"]["draws"].as_u64() >= figures["total"]["purchases"].as_u64());
    assert!(figures["pools"].as_object().unwrap().values().all(|it| it["purchases"] != 0));
    assert!(shown["status"]["is_open"].is_boolean());
    assert!(shown["live"]["statuses"].is_object());

    let pools = shown["pools"].as_array().unwrap();
    let pool = pools.iter().find(|pool| pool["pool_id"] == "pool-standard").unwrap();
    assert_eq!(pool["paused_at"], Value::Null);
    let document = game(&json!({ "revision": pool["revision"] })).await["document"].take();
    assert_eq!(document["pool_id"], "pool-standard");
    let rules: Value = serde_json::from_str(document["document"].as_str().unwrap()).unwrap();
    assert_eq!(rules["pool_id"], "pool-standard");
    let odds: Value = serde_json::from_str(document["odds"].as_str().unwrap()).unwrap();
    assert!(odds["steps"].is_array());

    let catalogue = game(&json!({ "catalogue": true })).await["catalogue"].take();
    assert_eq!(catalogue["items"].as_array().unwrap().len(), 60);
    assert_eq!(catalogue["pools"]["pool-standard"]["name"]["ja"], "常開の門");
    assert_eq!(catalogue["products"]["gems-60"]["name"]["en"], "60 gems");
    let products = catalogue["shop"]["products"].as_array().unwrap();
    assert!(products.iter().any(|product| product["product_id"] == "gems-60"));
    assert_eq!(shown["catalogue"], Value::Null, "only who asks for it gets it");
    // What is live is what this build publishes.
    let tried = lambda::invoke("publish-masters", &json!({ "dry_run": true })).await;
    assert_eq!((&tried["dry_run"], &tried["catalogue"]), (&json!(true), &Value::Null), "{tried}");

    for (wanted, error) in [
        (json!({ "revision": "none" }), (400, "invalid_request")),
        (json!({ "revision": "0".repeat(64) }), (404, "not_found")),
        (json!({ "log_before": "none" }), (400, "invalid_request")),
        (json!({ "log_before": Uuid::new_v4() }), (404, "not_found")),
    ] {
        assert_eq!(AOI.send("show-game", None, &wanted).await.error(), error, "{wanted}");
    }
}

#[tokio::test]
async fn a_paused_pool_is_shown_as_one() {
    // It has closed, so no other test misses it.
    let pause = |paused: bool| json!({ "pool_id": "pool-new-year-2026", "paused": paused });
    let paused_at = async || {
        let shown = game(&json!({})).await;
        let pools = shown["pools"].as_array().unwrap();
        pools.iter().find(|it| it["pool_id"] == "pool-new-year-2026").unwrap()["paused_at"].clone()
    };
    AOI.does("set-pool-pause", &pause(true)).await;
    assert!(paused_at().await.is_string());
    AOI.does("set-pool-pause", &pause(false)).await;
    assert_eq!(paused_at().await, Value::Null);
}

#[tokio::test]
async fn a_saga_that_is_stuck_is_shown_with_its_timeline_and_nothing_of_its_draw() {
    let player = Player::new().await;
    let saga_id = database::start_saga(player.user_id).await;
    for step in ["reserve", "draw"] {
        lambda::step(step, saga_id).await.unwrap();
    }
    let stopped = async || {
        let shown = game(&json!({})).await;
        let sagas = shown["stopped"].as_array().unwrap().clone();
        sagas.into_iter().find(|saga| saga["saga_id"] == json!(saga_id))
    };
    assert_eq!(stopped().await, None, "its first run is not over");
    // The last attempt has begun, and is not over.
    let stuck = "update game_gacha.live_sagas set attempt_count = 5,
                 next_attempt_at = current_timestamp(6) + interval 1 hour where saga_id = ?";
    database::change(stuck, saga_id).await;
    let saga = stopped().await.unwrap();
    assert_eq!((&saga["is_stuck"], &saga["attempt_count"]), (&json!(true), &json!(5)));
    assert_eq!(saga["status"], "DRAW_COMPLETED");
    assert_eq!(saga["user_id"], json!(player.user_id));
    let timeline: Vec<&Value> =
        saga["timeline"].as_array().unwrap().iter().map(|event| &event["status"]).collect();
    assert_eq!(timeline, ["STARTED", "CURRENCY_RESERVED", "DRAW_COMPLETED"]);
    let drawn = "select cast(json_unquote(json_extract(results, '$[0].item_master_id')) as char)
                 from game_gacha.sagas where saga_id = ?";
    let item: (String,) = sqlx::query_as(drawn)
        .bind(saga_id.as_bytes().as_slice())
        .fetch_one(&mut database::connect().await)
        .await
        .unwrap();
    assert!(!saga.to_string().contains(&item.0), "{saga}");
    lambda::step("refund", saga_id).await.unwrap();
    assert_eq!(stopped().await, None, "it has ended");
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn the_log_is_shown_newest_first_and_older_lines_follow() {
    let player = Player::new().await;
    let done = AOI.does("adjust-currency", &gems(&player, 7)).await;
    let asked = AOI.order("adjust-currency", &key(), &gems(&player, 20_000)).await.data();
    let find = |log: &Value, act_id: &Value| {
        log["lines"].as_array().unwrap().iter().find(|line| line["act_id"] == *act_id).cloned()
    };
    // Other tests write lines too, so these may have moved to an older page.
    let look = async |act_id: &Value| {
        let mut before = Value::Null;
        loop {
            let wanted = before.as_str().map(|before| json!({ "log_before": before }));
            let log = game(&wanted.unwrap_or_else(|| json!({}))).await["log"].take();
            if let Some(line) = find(&log, act_id) {
                return line;
            }
            before = log["older_before"].clone();
            assert!(before.is_string(), "the log has no line of {act_id}");
        }
    };
    let line = look(&done["act_id"]).await;
    assert_eq!((&line["act"], &line["outcome"]), (&json!("adjust_currency"), &json!("done")));
    assert_eq!(line["principal"], AOI.principal());
    assert_eq!(line["user_id"], json!(player.user_id));
    // The answer names the player, the log does not.
    let mut kept = done["result"].clone();
    assert!(kept.as_object_mut().unwrap().remove("player_id").is_some());
    assert_eq!(line["result"], kept);
    assert_eq!(look(&asked["act_id"]).await["is_approved"], false);
    let approved = BEN.approves("adjust-currency", &key(), &asked["act_id"]).await.data();
    assert_eq!(look(&asked["act_id"]).await["is_approved"], true);
    assert_eq!(look(&approved["act_id"]).await["approves"], asked["act_id"]);

    let older = game(&json!({ "log_before": asked["act_id"] })).await["log"].take();
    assert_eq!(find(&older, &asked["act_id"]), None);
    assert_eq!(find(&older, &approved["act_id"]), None);
    assert!(find(&older, &done["act_id"]).is_some(), "the line before");
}

#[tokio::test]
async fn paid_gems_that_are_given_live_in_a_lot_without_a_price() {
    let player = Player::new().await;
    let order = json!({ "user_id": player.user_id, "currency_type": "paid_gem", "delta": 80 });
    let done = AOI.does("adjust-currency", &order).await;
    let shown = AOI.send("show-player", None, &json!({ "user_id": player.user_id })).await.data();
    let lot = &shown["lots"][0];
    assert_eq!((&lot["origin"], &lot["remaining"]), (&json!("adjustment"), &json!(80)));
    assert_eq!(lot["source_id"], done["act_id"]);
    books::balance(player.user_id).await;
}

/// What waits for a lock of another transaction is still one act.
#[tokio::test]
async fn an_act_that_cannot_be_done_now_leaves_no_line() {
    let player = Player::new().await;
    let held = database::hold_balances(player.user_id).await;
    let key = key();
    let late = AOI.order("adjust-currency", &key, &gems(&player, 1)).await;
    assert_eq!(late.error(), (503, "try_later"));
    held.close().await.unwrap();
    assert_eq!(lines(&player).await, 0);
    until("the same act", async || {
        (AOI.order("adjust-currency", &key, &gems(&player, 1)).await.status == 200).then_some(())
    })
    .await;
    assert_eq!((player.free_gems().await, lines(&player).await), (3001, 1));
}
