//! Gems for money: booked once for ever, taken back and given again as the store says,
//! whoever comes first. All of it runs through the gateway, the functions and the test
//! store, which plays both stores' APIs.

use std::num::NonZeroU64;
use std::time::Duration;

use serde_json::{Value, json};
use sqlx::Connection;
use tenjo_documents::{shop_revision, to_shop_document};
use tenjo_domain::{Product, ProductParts, Shop, ShopRevision};
use tenjo_store::shop;
use tenjo_tests::grants::Services;
use tenjo_tests::http::Answer;
use tenjo_tests::operator::AOI;
use tenjo_tests::player::Player;
use tenjo_tests::shop::{Bought, Store};
use tenjo_tests::{books, database, lambda};
use uuid::Uuid;

/// The balance of paid gems, and what is owed, as the player sees them.
async fn paid(player: &Player) -> (u64, u64) {
    player.paid_gems().await
}

/// A player who bought 330 gems: 300 paid and, the first time, 300 free.
async fn with_gems(store: Store) -> (Player, Bought) {
    let player = Player::new().await;
    let bought = store.sell(&player, "gems-330", json!({})).await;
    bought.book(&player).await.data();
    assert_eq!((paid(&player).await, player.free_gems().await), ((300, 0), 3300));
    (player, bought)
}

/// Makes what is pending of a purchase due, and runs the reconciliation.
async fn reconcile(purchase: Option<Uuid>, event: Value) -> Value {
    if let Some(purchase_id) = purchase {
        let due = "update game_purchase.pending_purchases
                   set next_attempt_at = current_timestamp(6) - interval 1 second
                   where purchase_id = ?";
        database::execute(&mut database::connect().await, due, purchase_id).await.unwrap();
    }
    lambda::invoke("reconcile-purchases", &event).await
}

async fn pending(bought: &Bought) -> i64 {
    database::count(
        "select count(*) from game_purchase.pending_purchases where purchase_id = ?",
        bought.purchase_id(),
    )
    .await
}

#[tokio::test]
async fn a_purchase_is_booked_once_for_ever_whatever_is_repeated_or_raced() {
    for store in Store::ALL {
        let player = Player::new().await;
        let bought = store.sell(&player, "gems-60", json!({})).await;
        let (a, b, c) =
            tokio::join!(bought.book(&player), bought.book(&player), bought.book(&player));
        let answers: Vec<Answer> = vec![a, b, c, bought.book(&player).await];
        let booked: Vec<Value> = answers
            .into_iter()
            .filter(|answer| answer.status != 503) // a conflict in the database: try again
            .map(Answer::data)
            .collect();
        assert!(!booked.is_empty() && booked.iter().all(|data| *data == booked[0]), "{booked:?}");
        assert_eq!(booked[0]["paid_gems"], 60);
        assert_eq!(paid(&player).await, (60, 0), "{store:?}");
        assert_eq!(pending(&bought).await, 0, "{store:?}");
        books::balance(player.user_id).await;
    }
}

/// A player's client sends two requests that come as far as they come while the balances
/// are held, and go on once these are free.
async fn book_at_once(player: &Player, one: &Bought, other: &Bought) -> [Answer; 2] {
    let held = database::hold_balances(player.user_id).await;
    let release = async {
        tokio::time::sleep(Duration::from_millis(1000)).await;
        held.close().await.unwrap();
    };
    let (one, other, ()) = tokio::join!(one.book(player), other.book(player), release);
    [one, other]
}

/// Who comes second waits for the first, and then sees what that one did.
#[tokio::test]
async fn of_two_requests_at_once_one_books_and_both_are_told() {
    let player = Player::new().await;
    let bought = Store::Apple.sell(&player, "gems-330", json!({})).await;
    // Its row is there already, so nobody waits for another one to write it.
    for what in ["refund", "reverse-refund"] {
        bought.happen(what, None).await.send().await.data();
    }
    let [one, other] = book_at_once(&player, &bought, &bought).await;
    assert_eq!(one.data(), other.data());
    assert_eq!((paid(&player).await, player.free_gems().await), ((300, 0), 3300));
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn another_players_purchase_is_not_booked_and_stays_good_for_its_owner() {
    for store in Store::ALL {
        let (owner, thief) = (Player::new().await, Player::new().await);
        let bought = store.sell(&owner, "gems-60", json!({})).await;
        let refused = (409, "purchase_of_another_player");
        assert_eq!(bought.book(&thief).await.error(), refused, "{store:?}");
        bought.book(&owner).await.data();
        assert_eq!(bought.book(&thief).await.error(), refused, "{store:?}");
        assert_eq!((paid(&owner).await, paid(&thief).await), ((60, 0), (0, 0)));
    }
}

#[tokio::test]
async fn a_purchase_for_nobody_here_is_nobodys() {
    let player = Player::new().await;
    for store in Store::ALL {
        for token in [json!(Uuid::new_v4()), Value::Null] {
            let bought = store.sell_to(&token, "gems-60", json!({})).await;
            let answer = bought.book(&player).await;
            assert_eq!(answer.error(), (409, "purchase_of_another_player"), "{store:?}");
        }
    }
    assert_eq!(paid(&player).await, (0, 0));
}

#[tokio::test]
async fn what_the_game_refuses_once_it_refuses_for_ever() {
    let player = Player::new().await;
    let long_ago = json!("1577836800000"); // in 2020
    for (store, product, with, message) in [
        (Store::Apple, "gems-60", json!({ "environment": "Production" }), "another environment"),
        (Store::Google, "gems-60", json!({ "purchaseType": null }), "another environment"),
        (Store::Google, "gems-60", json!({ "purchaseType": 1 }), "another environment"),
        (Store::Apple, "gems-61", json!({}), "does not sell this product"),
        (Store::Google, "gems-61", json!({}), "does not sell this product"),
        (Store::Apple, "gems-60", json!({ "quantity": 2 }), "one piece"),
        (Store::Google, "gems-60", json!({ "quantity": 2 }), "one piece"),
        (Store::Apple, "gems-60", json!({ "purchaseDate": 1_577_836_800_000_i64 }), "not on sale"),
        (Store::Google, "gems-60", json!({ "purchaseTimeMillis": long_ago }), "not on sale"),
        (Store::Apple, "spring-pack-2026", json!({}), "not on sale"),
    ] {
        let bought = store.sell(&player, product, with.clone()).await;
        for _ in 0..2 {
            let answer = bought.book(&player).await;
            assert_eq!(answer.error(), (409, "purchase_refused"), "{store:?} {product} {with}");
            let said = answer.body["error"]["message"].as_str().unwrap();
            assert!(said.contains(message), "{said}");
        }
        let refusals = "select count(*) from game_purchase.refusals where purchase_id = ?";
        assert_eq!(database::count(refusals, bought.purchase_id()).await, 1);
    }
    assert_eq!((paid(&player).await, player.free_gems().await), ((0, 0), 3000));
    books::balance(player.user_id).await;
}

/// The stack takes purchases of the sandbox, so this one has functions of its own.
#[tokio::test]
async fn in_production_a_purchase_of_the_sandbox_never_becomes_gems_and_a_real_one_does() {
    let production = |function| (function, "TENJO_PURCHASE_ENVIRONMENT", "production");
    let settings = [production("book-apple-purchase"), production("book-google-purchase")];
    let services = &Services::with_settings(&settings).await;
    for store in Store::ALL {
        let player = Player::new().await;
        let bearer = format!("Bearer {}", player.access_token);
        let (function, real) = match store {
            Store::Apple => ("book-apple-purchase", json!({ "environment": "Production" })),
            Store::Google => ("book-google-purchase", json!({ "purchaseType": null })),
        };
        let book = async |bought: &Bought| {
            let headers = [("Authorization", bearer.as_str())];
            services.call(function, store.route(), &headers, &bought.body).await
        };
        let sandbox = store.sell(&player, "gems-60", json!({})).await;
        for _ in 0..2 {
            let answer = book(&sandbox).await;
            assert_eq!(answer.error(), (409, "purchase_refused"), "{store:?}");
            let said = answer.body["error"]["message"].as_str().unwrap();
            assert!(said.contains("another environment"), "{said}");
        }
        assert_eq!((paid(&player).await, player.free_gems().await), ((0, 0), 3000), "{store:?}");
        // What is refused is refused everywhere, and for ever.
        assert_eq!(sandbox.book(&player).await.error(), (409, "purchase_refused"), "{store:?}");

        let real = store.sell(&player, "gems-60", real).await;
        assert_eq!(book(&real).await.data()["paid_gems"], 60, "{store:?}");
        assert_eq!(paid(&player).await, (60, 0), "{store:?}");
        books::balance(player.user_id).await;
    }
}

#[tokio::test]
async fn limits_and_the_bonus_of_a_first_purchase_hold_across_stores() {
    let player = Player::new().await;
    let buy = async |store: Store, product: &str| {
        store.sell(&player, product, json!({})).await.book(&player).await
    };
    let first = buy(Store::Apple, "gems-330").await.data();
    let second = buy(Store::Google, "gems-330").await.data();
    assert_eq!((&first["bonus_free_gems"], &second["bonus_free_gems"]), (&json!(300), &json!(30)));
    buy(Store::Google, "starter-pack").await.data();
    assert_eq!(buy(Store::Apple, "starter-pack").await.error(), (409, "purchase_refused"));

    let shop = player.get("/v1/purchases/products").await.data();
    let products = shop["products"].as_array().unwrap();
    let find = |id: &str| products.iter().find(|it| it["product_id"] == id).unwrap();
    assert_eq!(find("starter-pack")["left"], 0);
    assert_eq!(find("gems-330")["first_bonus_free_gems"], 0);
    assert_eq!(find("gems-3600")["first_bonus_free_gems"], 2400);
    assert!(products.iter().all(|it| it["product_id"] != "spring-pack-2026"), "it is over");
    assert!(shop["disclosures"].as_array().unwrap().len() >= 3);
}

#[tokio::test]
async fn of_two_purchases_at_once_a_limit_of_one_lets_one_through() {
    let player = Player::new().await;
    let one = Store::Apple.sell(&player, "starter-pack", json!({})).await;
    let other = Store::Google.sell(&player, "starter-pack", json!({})).await;
    let answers = book_at_once(&player, &one, &other).await;
    let mut statuses = answers.each_ref().map(|answer| answer.status);
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "{answers:?}");
    assert_eq!((paid(&player).await, player.free_gems().await), ((500, 0), 4000));
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn a_refund_takes_the_gems_back_and_what_was_spent_is_owed() {
    for store in Store::ALL {
        let (player, bought) = with_gems(store).await;
        player.draw("pool-paid-moon-festival", 1, None).await.data();
        assert_eq!(paid(&player).await, (200, 0));
        let notice = bought.happen("refund", None).await;
        for _ in 0..2 {
            notice.send().await.data();
        }
        assert_eq!(paid(&player).await, (0, 100), "{store:?}");
        assert_eq!(player.free_gems().await, 3000, "the bonus is gone too");
        assert_eq!(bought.book(&player).await.error(), (409, "purchase_revoked"));

        let next = store.sell(&player, "gems-60", json!({})).await;
        next.book(&player).await.data();
        assert_eq!(paid(&player).await, (0, 40), "{store:?}: new gems settle first");
        books::balance(player.user_id).await;
    }
}

#[tokio::test]
async fn a_reversed_refund_gives_everything_again() {
    let (player, bought) = with_gems(Store::Apple).await;
    bought.happen("refund", None).await.send().await.data();
    assert_eq!((paid(&player).await, player.free_gems().await), ((0, 0), 3000));
    bought.happen("reverse-refund", None).await.send().await.data();
    assert_eq!((paid(&player).await, player.free_gems().await), ((300, 0), 3300));
    let again = bought.book(&player).await.data();
    assert_eq!(again["paid_gems"], 300);
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn a_purchase_that_is_refunded_again_after_a_reversed_refund_is_taken_back_again() {
    let (player, bought) = with_gems(Store::Apple).await;
    player.draw("pool-paid-moon-festival", 1, None).await.data();
    let at = bought_at(&bought);
    for time in 1..=3_i64 {
        let refund = bought.happen("refund", Some(at + 2_000 * time)).await;
        for _ in 0..2 {
            refund.send().await.data();
            assert_eq!((paid(&player).await, player.free_gems().await), ((0, 100), 3000));
        }
        assert_eq!(bought.book(&player).await.error(), (409, "purchase_revoked"), "time {time}");
        let reversed = bought.happen("reverse-refund", Some(at + 2_000 * time + 1_000)).await;
        for notice in [&reversed, &refund, &reversed] {
            notice.send().await.data();
            assert_eq!((paid(&player).await, player.free_gems().await), ((200, 0), 3300));
        }
        bought.book(&player).await.data();
        books::balance(player.user_id).await;
    }
    bought.happen("charge-back", Some(at + 9_000)).await.send().await.data();
    assert_eq!((paid(&player).await, player.free_gems().await), ((0, 100), 3000));
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn notifications_may_come_late_twice_and_in_the_wrong_order() {
    let player = Player::new().await;
    let bought = Store::Apple.sell(&player, "gems-330", json!({})).await;
    let at = bought_at(&bought);
    let refund = bought.happen("refund", Some(at + 1_000)).await;
    let reversed = bought.happen("reverse-refund", Some(at + 2_000)).await;
    // The reversal first, before anybody has booked it; then the refund, twice.
    for notice in [&reversed, &refund, &refund, &reversed] {
        notice.send().await.data();
    }
    bought.book(&player).await.data();
    assert_eq!(paid(&player).await, (300, 0));
    bought.notice.send().await.data();
    refund.send().await.data();
    reconcile(Some(bought.purchase_id()), json!({})).await;
    assert_eq!(paid(&player).await, (300, 0));
    books::balance(player.user_id).await;
}

#[expect(clippy::disallowed_methods, reason = "the stores of these tests have this clock")]
fn now() -> time::OffsetDateTime {
    time::OffsetDateTime::now_utc()
}

/// When it was bought, in milliseconds: now, nearly.
fn bought_at(bought: &Bought) -> i64 {
    assert!(!bought.transaction_id.is_empty());
    let now = now();
    i64::try_from(now.unix_timestamp_nanos() / 1_000_000).unwrap()
}

#[tokio::test]
async fn a_refund_before_the_booking_is_remembered() {
    for store in Store::ALL {
        let player = Player::new().await;
        let bought = store.sell(&player, "gems-60", json!({})).await;
        bought.happen("charge-back", None).await.send().await.data();
        assert_eq!(bought.book(&player).await.error(), (409, "purchase_revoked"), "{store:?}");
        assert_eq!(paid(&player).await, (0, 0));
    }
}

#[tokio::test]
async fn a_purchase_that_no_client_sends_is_booked_by_the_stores_notification() {
    for store in Store::ALL {
        let player = Player::new().await;
        let bought = store.sell(&player, "gems-60", json!({})).await;
        for _ in 0..2 {
            bought.notice.send().await.data();
        }
        assert_eq!(pending(&bought).await, 1, "{store:?}: it waits for a client");
        assert_eq!(paid(&player).await, (0, 0));
        reconcile(Some(bought.purchase_id()), json!({})).await;
        tenjo_tests::until("a booking", async || (paid(&player).await == (60, 0)).then_some(()))
            .await;
        bought.book(&player).await.data();
        assert_eq!(paid(&player).await, (60, 0), "{store:?}");
        books::balance(player.user_id).await;
    }
}

#[tokio::test]
async fn a_notification_that_comes_again_after_the_booking_begins_nothing() {
    for store in Store::ALL {
        let player = Player::new().await;
        let bought = store.sell(&player, "gems-60", json!({})).await;
        bought.notice.send().await.data();
        assert_eq!(pending(&bought).await, 1, "{store:?}");
        bought.book(&player).await.data();
        assert_eq!(pending(&bought).await, 0, "{store:?}");
        bought.notice.send().await.data();
        assert_eq!(pending(&bought).await, 0, "{store:?}: it is known");
        let told = "select count(*) from game_purchase.store_notifications where purchase_id = ?";
        assert_eq!(database::count(told, bought.purchase_id()).await, 1, "{store:?}");
    }
}

#[tokio::test]
async fn a_function_that_was_killed_between_check_and_booking_loses_nothing() {
    // What such a function leaves: a pending purchase, and nothing else.
    let player = Player::new().await;
    let bought = Store::Google.sell(&player, "gems-60", json!({})).await;
    let mut conn = database::connect().await;
    let begun = tenjo_store::pending::Pending {
        purchase_id: tenjo_domain::PurchaseId(bought.purchase_id()),
        store: tenjo_domain::Store::Google,
        transaction_id: tenjo_domain::TransactionId::new(&bought.transaction_id).unwrap(),
        store_product_id: "gems_60".to_owned(),
        user_id: Some(tenjo_domain::UserId(player.user_id)),
        is_told: false,
        signed_transaction: None,
    };
    tenjo_store::pending::begin(&mut conn, &begun, 60).await.unwrap();
    reconcile(Some(bought.purchase_id()), json!({})).await;
    tenjo_tests::until("a booking", async || (paid(&player).await == (60, 0)).then_some(())).await;
    tenjo_tests::until("its end in the store", async || {
        (pending(&bought).await == 0).then_some(())
    })
    .await;

    // And one that was killed after the booking, before Google was told.
    tenjo_store::pending::booked(&mut conn, &begun, 60).await.unwrap();
    reconcile(Some(bought.purchase_id()), json!({})).await;
    tenjo_tests::until("the end", async || (pending(&bought).await == 0).then_some(())).await;
    assert_eq!(paid(&player).await, (60, 0));
}

#[tokio::test]
async fn a_suspended_player_who_has_paid_gets_their_gems_all_the_same() {
    for store in Store::ALL {
        let player = Player::new().await;
        let bought = store.sell(&player, "gems-60", json!({})).await;
        let suspend =
            "update game_user.users set suspended_at = current_timestamp(6) where user_id = ?";
        database::change(suspend, player.user_id).await;
        assert_eq!(bought.book(&player).await.error(), (403, "user_suspended"), "{store:?}");
        assert_eq!(pending(&bought).await, 1, "{store:?}");
        reconcile(Some(bought.purchase_id()), json!({})).await;
        let bookings = "select count(*) from game_purchase.bookings where purchase_id = ?";
        tenjo_tests::until("a booking", async || {
            (database::count(bookings, bought.purchase_id()).await == 1).then_some(())
        })
        .await;
        books::balance(player.user_id).await;
    }
}

#[tokio::test]
async fn who_has_logged_out_begins_no_purchase() {
    for store in Store::ALL {
        let player = Player::new().await;
        let bought = store.sell(&player, "gems-60", json!({})).await;
        let body = json!({ "refresh_token": player.refresh_token });
        player.post("/v1/auth/logout", &body).await.data();
        assert_eq!(bought.book(&player).await.error(), (401, "unauthorized"), "{store:?}");
        assert_eq!(pending(&bought).await, 0, "{store:?}");
    }
}

#[tokio::test]
async fn what_a_stranger_says_of_a_purchase_does_not_end_what_the_store_told() {
    let (player, stranger) = (Player::new().await, Player::new().await);
    let bought = Store::Google.sell(&player, "gems-60", json!({})).await;
    bought.notice.send().await.data();
    let wrong = json!({ "product_id": "gems_3600", "purchase_token": bought.transaction_id });
    let answer = stranger.post("/v1/purchases/google", &wrong).await;
    assert_eq!(answer.error(), (422, "invalid_receipt"));
    assert_eq!(pending(&bought).await, 1);
    reconcile(Some(bought.purchase_id()), json!({})).await;
    tenjo_tests::until("a booking", async || (paid(&player).await == (60, 0)).then_some(())).await;
}

#[tokio::test]
async fn refunds_that_no_notification_told_are_found_by_asking_the_stores() {
    for store in Store::ALL {
        let (player, bought) = with_gems(store).await;
        bought.happen("refund", None).await; // and nobody is told
        assert_eq!(paid(&player).await, (300, 0));
        let report = reconcile(None, json!({ "ask_stores": true })).await;
        assert!(report["errorType"].is_null(), "{report}");
        assert_eq!(paid(&player).await, (0, 0), "{store:?}");
        books::balance(player.user_id).await;
    }
}

#[tokio::test]
async fn a_purchase_that_is_not_paid_yet_gives_its_gems_when_it_is() {
    let player = Player::new().await;
    let bought = Store::Google.sell(&player, "gems-60", json!({ "purchaseState": 2 })).await;
    assert_eq!(bought.book(&player).await.error(), (409, "purchase_pending"));
    assert_eq!(paid(&player).await, (0, 0));
    bought.happen("pay", None).await.send().await.data();
    reconcile(Some(bought.purchase_id()), json!({})).await;
    tenjo_tests::until("a booking", async || (paid(&player).await == (60, 0)).then_some(())).await;
}

#[tokio::test]
async fn only_the_stores_can_tell_of_purchases() {
    let (player, bought) = with_gems(Store::Google).await;
    let notice = bought.happen("refund", None).await;
    let stranger = "eyJhbGciOiJSUzI1NiIsImtpZCI6IngifQ.e30.c2ln";
    for token in [None, Some("x"), Some(stranger), Some(player.access_token.as_str())] {
        assert_eq!(notice.send_with(token).await.error(), (401, "unauthorized"), "{token:?}");
    }
    assert_eq!(paid(&player).await, (300, 0));
    notice.send().await.data();
    assert_eq!(paid(&player).await, (0, 0));

    let forged = json!({ "signedPayload": bought.transaction_id });
    let answer = player.post("/v1/purchases/apple/notifications", &forged).await;
    assert_eq!(answer.error(), (422, "invalid_receipt"));
}

#[tokio::test]
async fn the_monthly_limit_is_that_of_the_players_age() {
    let player = Player::new().await;
    let ask = async || player.get("/v1/purchases/allowance").await.data();
    let unknown = ask().await;
    assert_eq!(
        (&unknown["left_micros"], &unknown["is_birth_month_known"]),
        (&json!(0), &json!(false))
    );

    let year = now().year();
    let born = json!({ "birth_month": format!("{:04}-01", year - 12) });
    player.put("/v1/purchases/birth-month", &born).await.data();
    player.put("/v1/purchases/birth-month", &born).await.data();
    let other = json!({ "birth_month": "1990-01" });
    let answer = player.put("/v1/purchases/birth-month", &other).await;
    assert_eq!(answer.error(), (409, "birth_month_set"));

    let before = ask().await;
    assert_eq!(before["under_age"], 16);
    assert_eq!(before["left_micros"], 5_000_000_000_u64);
    let bought = Store::Apple.sell(&player, "gems-330", json!({})).await;
    bought.book(&player).await.data();
    let after = ask().await;
    assert_eq!(after["spent_micros"], 800_000_000);
    assert_eq!(after["left_micros"], 4_200_000_000_u64);
    bought.happen("refund", None).await.send().await.data();
    assert_eq!(ask().await["left_micros"], 5_000_000_000_u64, "a refund does not count");

    let adult = Player::new().await;
    adult.put("/v1/purchases/birth-month", &other).await.data();
    assert_eq!(adult.get("/v1/purchases/allowance").await.data()["left_micros"], Value::Null);
}

#[tokio::test]
async fn a_mistyped_month_of_birth_is_forgotten_by_an_operator_and_given_once_more() {
    let player = Player::new().await;
    let give = async |month: &str| {
        player.put("/v1/purchases/birth-month", &json!({ "birth_month": month })).await
    };
    let who = json!({ "user_id": player.user_id });
    give("1990-01").await.data();
    assert_eq!(give("2000-01").await.error(), (409, "birth_month_set"));
    let tried = AOI.tries("forget-birth-month", &who).await.data();
    assert_eq!(tried["result"]["was_known"], true);
    assert_eq!(give("2000-01").await.error(), (409, "birth_month_set"), "it was only tried");
    let done = AOI.does("forget-birth-month", &who).await;
    assert_eq!(done["result"]["was_known"], true);
    let allowance = player.get("/v1/purchases/allowance").await.data();
    assert_eq!(allowance["is_birth_month_known"], false);
    give("2000-01").await.data();
    assert_eq!(give("1990-01").await.error(), (409, "birth_month_set"));
    AOI.does("forget-birth-month", &who).await;
    let again = AOI.does("forget-birth-month", &who).await;
    assert_eq!(again["result"]["was_known"], false);
    let said = "select count(*) from game_ops.operator_log
                where user_id = ? and (ordered like '%1990-01%' or result like '%1990-01%')";
    assert_eq!(database::count(said, player.user_id).await, 0, "no month is in the log");
}

/// Today's shop, but with 70 gems for 60, sold since 2018 and never expiring.
async fn other_shop(conn: &mut sqlx::MySqlConnection) -> (ShopRevision, Shop) {
    let live = shop::live(conn).await.unwrap().unwrap();
    let today = shop::read(conn, live).await.unwrap();
    let products = today.products().iter().map(|product| {
        let parts = product.parts().clone();
        let parts = if product.product_id().as_str() == "gems-60" {
            ProductParts {
                paid_gems: NonZeroU64::new(70).unwrap(),
                expires_after_days: None,
                opens_at: time::macros::datetime!(2018-01-01 00:00 UTC),
                ..parts
            }
        } else {
            parts
        };
        Product::new(parts).unwrap()
    });
    let disclosures = today.disclosures().to_vec();
    (live, Shop::new(today.allowance().clone(), disclosures, products.collect()).unwrap())
}

#[tokio::test]
async fn a_purchase_gives_what_was_sold_then_though_another_shop_was_published_since() {
    let mut conn = database::connect().await;
    let (today, other) = other_shop(&mut conn).await;
    let document = to_shop_document(&other);
    let revision = shop_revision(&document);
    let write =
        "insert ignore into game_purchase.shop_revisions (revision, document) values (?, ?)";
    let write = sqlx::query(write).bind(revision.0.as_slice()).bind(document);
    write.execute(&mut conn).await.unwrap();
    // A day on which the shop was another. No other test buys so long ago.
    for (live_from, revision) in [("2019-01-01", revision), ("2019-01-02", today)] {
        let begin = "insert into game_purchase.shop_periods (live_from, revision) values (?, ?)
                     on duplicate key update revision = values(revision)";
        let begin = sqlx::query(begin).bind(live_from).bind(revision.0.as_slice());
        begin.execute(&mut conn).await.unwrap();
    }
    let noon = time::macros::datetime!(2019-01-01 12:00 UTC).unix_timestamp() * 1000;
    for store in Store::ALL {
        let player = Player::new().await;
        let bought = store.sell(&player, "gems-60", dated(store, noon)).await;
        // The client sends one; of the other only the store tells.
        assert_eq!(bought.book(&player).await.data()["paid_gems"], 70, "{store:?}");
        let told = store.sell(&player, "gems-60", dated(store, noon)).await;
        told.notice.send().await.data();
        reconcile(Some(told.purchase_id()), json!({})).await;
        tenjo_tests::until("a booking", async || (paid(&player).await == (140, 0)).then_some(()))
            .await;
        let late = store.sell(&player, "gems-60", dated(store, noon + 86_400_000)).await;
        assert_eq!(late.book(&player).await.error(), (409, "purchase_refused"), "{store:?}");
        let by: Vec<u8> = sqlx::query_scalar(
            "select shop_revision from game_purchase.bookings where purchase_id = ?",
        )
        .bind(bought.purchase_id().as_bytes().as_slice())
        .fetch_one(&mut conn)
        .await
        .unwrap();
        assert_eq!(by, revision.0, "{store:?}");
        books::balance(player.user_id).await;
    }
}

/// What a store says of a purchase of this time.
fn dated(store: Store, millis: i64) -> Value {
    match store {
        Store::Apple => json!({ "purchaseDate": millis }),
        Store::Google => json!({ "purchaseTimeMillis": millis.to_string() }),
    }
}

#[tokio::test]
async fn the_history_of_the_shop_has_each_publication_that_changed_it() {
    let mut conn = database::connect().await;
    // All of it is taken back, so nobody else sees another shop.
    let mut tx = conn.begin().await.unwrap();
    let (today, other) = other_shop(&mut tx).await;
    let original = shop::read(&mut tx, today).await.unwrap();
    let count = "select count(*) from game_purchase.shop_periods";
    let mut periods = sqlx::query_scalar::<_, i64>(count).fetch_one(&mut *tx).await.unwrap();
    for (published, is_change) in
        [(&original, false), (&other, true), (&other, false), (&original, true)]
    {
        let revision = shop::publish(&mut tx, published).await.unwrap();
        periods += i64::from(is_change);
        let now = sqlx::query_scalar::<_, i64>(count).fetch_one(&mut *tx).await.unwrap();
        assert_eq!(now, periods);
        let sold = shop::history(&mut tx).await.unwrap().sold_at(self::now());
        let seen = sold.first().unwrap();
        assert_eq!((seen.last(), sold.last().unwrap()), (Some(&revision), &vec![revision]));
    }
    tx.rollback().await.unwrap();
}

/// The other one's clock was ahead.
#[tokio::test]
async fn a_publication_that_waited_for_another_is_the_later_one_of_the_history() {
    let mut conn = database::connect().await;
    let mut tx = conn.begin().await.unwrap();
    let (today, other) = other_shop(&mut tx).await;
    // Whoever else publishes waits from here on.
    shop::lock_live(&mut tx).await.unwrap();
    sqlx::query("insert into game_purchase.shop_periods (live_from, revision) values (?, ?)")
        .bind("2037-01-01")
        .bind(today.0.as_slice())
        .execute(&mut database::connect().await)
        .await
        .unwrap();
    let revision = shop::publish(&mut tx, &other).await.unwrap();
    let newest = "select live_from from game_purchase.shop_periods order by live_from desc limit 1";
    let newest: time::OffsetDateTime =
        sqlx::query_scalar(newest).fetch_one(&mut *tx).await.unwrap();
    // Both go again, and the shop is as it was.
    sqlx::query(
        "delete from game_purchase.shop_periods
         where live_from >= '2037-01-01' or (revision = ? and live_from > '2020-01-01')",
    )
    .bind(revision.0.as_slice())
    .execute(&mut *tx)
    .await
    .unwrap();
    sqlx::query("update game_purchase.live_shop set revision = ?")
        .bind(today.0.as_slice())
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(newest, time::macros::datetime!(2037-01-01 00:00:00.000001 UTC));
}
