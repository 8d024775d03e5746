//! Operators book and void purchases: what a store vouches for and nothing else can book,
//! and what it took back without telling.

use std::time::Duration;

use serde_json::{Value, json};
use sqlx::Connection;
use tenjo_domain::{
    Gems, LotOrigin, PriceMicros, ProductId, PurchaseId, Sale, SourceId, Store as Seller,
    TransactionId, UserId,
};
use tenjo_store::lot::{self, NewLot};
use tenjo_store::pending::{self, Pending};
use tenjo_tests::operator::{AOI, BEN};
use tenjo_tests::player::Player;
use tenjo_tests::shop::{Bought, Store};
use tenjo_tests::{books, database, deletion, lambda, until};
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

fn key() -> String {
    Uuid::new_v4().to_string()
}

/// The balance of paid gems, and what is owed.
async fn paid(player: &Player) -> (u64, u64) {
    player.paid_gems().await
}

/// The order to book a purchase for a player, as a product of the game.
fn booking(player: &Player, bought: &Bought, product_id: &str) -> Value {
    json!({
        "user_id": player.user_id, "store": bought.store.name(),
        "transaction_id": bought.transaction_id, "product_id": product_id,
        "order_id": "an order", "currency": "JPY", "price_micros": 160_000_000,
        "purchased_at": "2026-02-01T00:00:00Z",
    })
}

/// The order to take a purchase back, or to restore it, as its store did just now.
fn voiding(player: &Player, bought: &Bought, voided: bool) -> Value {
    json!({
        "user_id": player.user_id, "store": bought.store.name(),
        "transaction_id": bought.transaction_id, "voided": voided, "at": now(),
    })
}

/// The time, as an order has it.
#[expect(clippy::disallowed_methods, reason = "the store of these tests has this clock")]
fn now() -> String {
    time::OffsetDateTime::now_utc().format(&Rfc3339).unwrap()
}

async fn show(player: &Player) -> Value {
    AOI.send("show-player", None, &json!({ "user_id": player.user_id })).await.data()
}

#[tokio::test]
async fn a_purchase_of_an_unknown_product_is_booked_by_an_operator_and_by_nobody_else() {
    for store in Store::ALL {
        let player = Player::new().await;
        let bought = store.sell(&player, "gems-61", json!({})).await;
        assert_eq!(bought.book(&player).await.error(), (409, "purchase_refused"));
        bought.notice.send().await.data();
        lambda::invoke("reconcile-purchases", &json!({})).await;
        assert_eq!(bought.book(&player).await.error(), (409, "purchase_refused"), "{store:?}");
        let shown = show(&player).await;
        let refused = &shown["refused_purchases"][0];
        assert_eq!(refused["reason"], "unknown_product");
        assert_eq!(refused["transaction_id"], bought.transaction_id);

        let mut order = booking(&player, &bought, "gems-60");
        order["store_product_id"] = json!(store.product("gems-61"));
        let tried = AOI.tries("book-purchase", &order).await.data();
        assert_eq!(tried["result"]["status_before"], "refused");
        assert_eq!(tried["result"]["paid_gems"], 60);
        assert_eq!(paid(&player).await, (0, 0), "it was only tried");
        let key = key();
        for _ in 0..2 {
            let done = AOI.order("book-purchase", &key, &order).await.data();
            assert_eq!(done["outcome"], "done", "{done}");
            assert_eq!(paid(&player).await, (60, 0), "{store:?}");
        }
        let again = BEN.order("book-purchase", &self::key(), &order).await;
        assert_eq!(again.error(), (400, "invalid_request"), "it is booked once for ever");
        assert_eq!(bought.book(&player).await.data()["paid_gems"], 60, "the client is told so");

        let shown = show(&player).await;
        let purchase = &shown["purchases"][0];
        assert_eq!((&purchase["status"], &purchase["paid_gems"]), (&json!("booked"), &json!(60)));
        assert_eq!(purchase["act_id"], shown["acts"][0]["act_id"]);
        assert_eq!(shown["refused_purchases"][0]["status"], "booked");
        // Google is told that it is consumed, and gives nothing back.
        until("nothing is pending", async || {
            lambda::invoke("reconcile-purchases", &json!({})).await;
            let left = "select count(*) from game_purchase.pending_purchases where purchase_id = ?";
            (database::count(left, bought.purchase_id()).await == 0).then_some(())
        })
        .await;
        // The store's later word counts as for any other.
        bought.happen("refund", None).await.send().await.data();
        assert_eq!(paid(&player).await, (0, 0));
        assert_eq!(bought.book(&player).await.error(), (409, "purchase_revoked"));
        books::balance(player.user_id).await;
    }
}

#[tokio::test]
async fn a_purchase_is_shown_to_who_looks_for_it_also_when_it_is_an_old_one() {
    let player = Player::new().await;
    let first = Store::Apple.sell(&player, "gems-60", json!({})).await;
    first.book(&player).await.data();
    for _ in 0..51 {
        let later = Store::Apple.sell(&player, "gems-60", json!({})).await;
        later.book(&player).await.data();
    }
    first.happen("refund", None).await.send().await.data();
    let wanted = json!({ "transaction_id": first.transaction_id });
    let shown = AOI.send("show-player", None, &wanted).await.data();
    let of_the_first = |rows: &Value| {
        rows.as_array().unwrap().iter().any(|it| it["transaction_id"] == first.transaction_id)
    };
    assert!(!of_the_first(&shown["purchases"]), "it is not among the newest");
    let found = &shown["found"];
    assert!(of_the_first(&found["purchases"]), "{found}");
    assert_eq!(found["purchases"].as_array().unwrap().len(), 1, "{found}");
    assert_eq!(found["purchase_changes"][0]["change"], "revoked");
    let reasons: Vec<&Value> =
        found["ledger"].as_array().unwrap().iter().map(|entry| &entry["reason"]).collect();
    assert!(reasons.contains(&&json!("purchase")), "{found}");
    assert!(reasons.contains(&&json!("purchase_revoked")), "{found}");

    for (name, rows) in [("purchases", 52), ("lots", 52), ("purchase_changes", 1)] {
        assert_eq!(AOI.whole_list(player.user_id, name).await.len(), rows, "{name}");
    }
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn a_purchase_for_nobody_and_one_without_an_order_are_booked_by_an_operator() {
    let player = Player::new().await;
    let nobodys = Store::Apple.sell_to(&Value::Null, "gems-60", json!({})).await;
    assert_eq!(nobodys.book(&player).await.error(), (409, "purchase_of_another_player"));
    AOI.does("book-purchase", &booking(&player, &nobodys, "gems-60")).await;
    assert_eq!(paid(&player).await, (60, 0));
    nobodys.book(&player).await.data();

    let endless = Store::Google.sell(&player, "gems-60", json!({ "orderId": null })).await;
    assert_eq!(endless.book(&player).await.error(), (503, "try_later"));
    assert_eq!(show(&player).await["pending_purchases"][0]["step"], "book");
    AOI.does("book-purchase", &booking(&player, &endless, "gems-60")).await;
    assert_eq!(paid(&player).await, (120, 0));
    endless.book(&player).await.data();
    until("nothing is pending", async || {
        lambda::invoke("reconcile-purchases", &json!({})).await;
        show(&player).await["pending_purchases"].as_array().unwrap().is_empty().then_some(())
    })
    .await;
    assert_eq!(paid(&player).await, (120, 0));
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn what_nobody_can_vouch_for_is_not_booked() {
    let (player, other) = (Player::new().await, Player::new().await);
    let sandbox =
        Store::Apple.sell(&player, "gems-60", json!({ "environment": "Production" })).await;
    assert_eq!(sandbox.book(&player).await.error(), (409, "purchase_refused"));
    let others = Store::Google.sell(&other, "gems-60", json!({})).await;
    others.book(&other).await.data();
    let revoked = Store::Apple.sell(&player, "gems-60", json!({})).await;
    revoked.happen("refund", None).await.send().await.data();
    let open = Store::Apple.sell(&player, "gems-60", json!({})).await;
    for (bought, error) in [
        (&sandbox, (409, "purchase_refused")),
        (&others, (409, "purchase_of_another_player")),
        (&revoked, (409, "purchase_revoked")),
    ] {
        let answer = AOI.order("book-purchase", &key(), &booking(&player, bought, "gems-60")).await;
        assert_eq!(answer.error(), error, "{answer:?}");
    }
    for (field, value, status, blamed) in [
        ("store", json!("steam"), 400, "order.store"),
        ("transaction_id", json!(""), 400, "order.transaction_id"),
        ("product_id", json!("gems-61"), 400, "order.product_id"),
        ("store_product_id", json!("a b"), 400, "order.store_product_id"),
        ("order_id", json!("x".repeat(256)), 400, "order.order_id"),
        ("currency", json!("yen"), 400, "order.currency"),
        ("price_micros", json!(u64::MAX), 400, "order.price_micros"),
        ("purchased_at", json!("soon"), 400, "order.purchased_at"),
        ("purchased_at", json!("2037-01-01T00:00:00Z"), 400, "order.purchased_at"),
        ("user_id", json!(Uuid::new_v4()), 404, ""),
    ] {
        let mut order = booking(&player, &open, "gems-60");
        order[field] = value;
        let answer = AOI.order("book-purchase", &key(), &order).await;
        assert_eq!(answer.status, status, "{order}: {answer:?}");
        let named = answer.body["error"]["field"].as_str().unwrap_or_default();
        assert_eq!(named, blamed, "{order}: {answer:?}");
    }
    assert_eq!((paid(&player).await, paid(&other).await), ((0, 0), (60, 0)));
    let lines = "select count(*) from game_ops.operator_log where user_id = ?";
    assert_eq!(database::count(lines, player.user_id).await, 0);
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn the_same_purchase_from_an_operator_and_the_client_at_once_is_booked_once() {
    for store in Store::ALL {
        let player = Player::new().await;
        let bought = store.sell(&player, "gems-60", json!({})).await;
        let order = booking(&player, &bought, "gems-60");
        let (one, two) = (key(), key());
        let (_, _, by_client) = tokio::join!(
            AOI.order("book-purchase", &one, &order),
            BEN.order("book-purchase", &two, &order),
            bought.book(&player),
        );
        assert!(matches!(by_client.status, 200 | 503), "{by_client:?}");
        bought.book(&player).await.data();
        assert_eq!(paid(&player).await, (60, 0), "{store:?}");
        books::balance(player.user_id).await;
    }
}

#[tokio::test]
async fn a_purchase_that_its_store_took_back_without_telling_is_voided_and_restored() {
    for store in Store::ALL {
        let player = Player::new().await;
        let bought = store.sell(&player, "gems-330", json!({})).await;
        bought.book(&player).await.data();
        player.draw("pool-paid-moon-festival", 1, None).await.data();
        assert_eq!((paid(&player).await, player.free_gems().await), ((200, 0), 3300));

        let void = voiding(&player, &bought, true);
        let tried = AOI.tries("void-purchase", &void).await.data();
        assert_eq!(tried["result"]["owed_after"], 100);
        assert_eq!(paid(&player).await, (200, 0), "it was only tried");
        let key = key();
        for _ in 0..2 {
            let done = AOI.order("void-purchase", &key, &void).await.data();
            assert_eq!(done["result"]["effect"], "taken_back", "{done}");
            let now = (paid(&player).await, player.free_gems().await);
            assert_eq!(now, ((0, 100), 3000), "{store:?}");
        }
        assert_eq!(bought.book(&player).await.error(), (409, "purchase_revoked"));
        let again = AOI.order("void-purchase", &self::key(), &void).await;
        assert_eq!(again.error(), (400, "invalid_request"), "it is taken back already");
        let booking = booking(&player, &bought, "gems-60");
        let booked = AOI.order("book-purchase", &self::key(), &booking).await;
        assert_eq!(booked.error(), (409, "purchase_revoked"), "that has to be undone first");

        AOI.does("void-purchase", &voiding(&player, &bought, false)).await;
        assert_eq!((paid(&player).await, player.free_gems().await), ((200, 0), 3300));
        assert_eq!(bought.book(&player).await.data()["paid_gems"], 300);
        let again =
            AOI.order("void-purchase", &self::key(), &voiding(&player, &bought, false)).await;
        assert_eq!(again.error(), (400, "invalid_request"), "it is not taken back");
        // What the store tells later counts.
        bought.happen("refund", None).await.send().await.data();
        assert_eq!(paid(&player).await, (0, 100), "{store:?}");
        let shown = show(&player).await;
        assert_eq!(shown["revocations"].as_array().unwrap().len(), 2);
        // Each change names its act, and the store's own names none.
        let changes = shown["purchase_changes"].as_array().unwrap();
        let told: Vec<_> = changes.iter().map(|it| (it["change"].clone(), &it["act_id"])).collect();
        let acts = &shown["acts"];
        assert_eq!(
            told,
            [
                (json!("revoked"), &Value::Null),
                (json!("restored"), &acts[0]["act_id"]),
                (json!("revoked"), &acts[1]["act_id"]),
            ]
        );
        books::balance(player.user_id).await;
    }
}

#[tokio::test]
async fn what_is_not_there_to_void_is_refused_and_leaves_nothing() {
    let (player, other) = (Player::new().await, Player::new().await);
    let bought = Store::Apple.sell(&player, "gems-60", json!({})).await;
    let void = voiding(&player, &bought, true);
    let unknown = AOI.order("void-purchase", &key(), &void).await;
    assert_eq!(unknown.error(), (404, "not_found"), "nobody has heard of it");
    let heard = "select count(*) from game_purchase.purchases where purchase_id = ?";
    assert_eq!(
        database::count(heard, bought.purchase_id()).await,
        0,
        "a mistake makes no purchase"
    );
    bought.book(&player).await.data();

    let stolen = AOI.order("void-purchase", &key(), &voiding(&other, &bought, true)).await;
    assert_eq!(stolen.error(), (409, "purchase_of_another_player"));
    for (at, blamed) in [("soon", "order.at"), ("2037-01-01T00:00:00Z", "order.at")] {
        let mut order = void.clone();
        order["at"] = json!(at);
        let answer = AOI.order("void-purchase", &key(), &order).await;
        assert_eq!(answer.body["error"]["field"], blamed, "{answer:?}");
    }
    let refuses = async |at: Value, why: &str| {
        let mut order = void.clone();
        order["at"] = at;
        let answer = AOI.order("void-purchase", &key(), &order).await;
        assert_eq!(answer.body["error"]["field"], "order.at", "{answer:?}");
        let said = answer.body["error"]["message"].as_str().unwrap();
        assert!(said.contains(why), "{said}");
    };
    refuses(Value::Null, "").await;
    refuses(json!("2026-01-01T00:00:00Z"), "before it was sold").await;
    let between = now();
    bought.happen("refund", None).await.send().await.data();
    bought.happen("reverse-refund", None).await.send().await.data();
    refuses(json!(between), "after the store's last change").await;
    assert_eq!(paid(&player).await, (60, 0));

    // Its refund was reversed before anybody booked it: there is nothing to take back.
    let open = Store::Apple.sell(&player, "gems-60", json!({})).await;
    open.happen("refund", None).await.send().await.data();
    open.happen("reverse-refund", None).await.send().await.data();
    let answer = AOI.order("void-purchase", &key(), &voiding(&player, &open, true)).await;
    assert_eq!(answer.body["error"]["field"], "order.transaction_id", "{answer:?}");
    assert!(answer.body["error"]["message"].as_str().unwrap().contains("is not booked"));

    let refused = Store::Google.sell(&player, "gems-61", json!({})).await;
    let _ = refused.book(&player).await.error();
    let answer = AOI.order("void-purchase", &key(), &voiding(&player, &refused, true)).await;
    assert_eq!(answer.body["error"]["field"], "order.transaction_id");
    let lines = "select count(*) from game_ops.operator_log where user_id = ?";
    assert_eq!(database::count(lines, player.user_id).await, 0);
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn a_refused_purchase_whose_money_went_back_is_booked_by_nobody_unless_that_was_reversed() {
    for store in Store::ALL {
        let (player, other) = (Player::new().await, Player::new().await);
        let bought = store.sell(&player, "gems-61", json!({})).await;
        assert_eq!(bought.book(&player).await.error(), (409, "purchase_refused"));
        bought.happen("refund", None).await.send().await.data();
        // Apple's transaction is as old as the sale; Google is asked again.
        let known = match store {
            Store::Apple => (409, "purchase_refused"),
            Store::Google => (409, "purchase_revoked"),
        };
        assert_eq!(bought.book(&player).await.error(), known, "{store:?}");
        let order = booking(&player, &bought, "gems-60");
        let answer = AOI.order("book-purchase", &key(), &order).await;
        assert_eq!(answer.error(), (409, "purchase_revoked"), "{store:?}: the money went back");
        assert_eq!(paid(&player).await, (0, 0));

        // A person has seen that the store took the money again.
        let restore = voiding(&player, &bought, false);
        let stolen = AOI.order("void-purchase", &key(), &voiding(&other, &bought, false)).await;
        assert_eq!(stolen.error(), (409, "purchase_of_another_player"), "{store:?}");
        let done = AOI.does("void-purchase", &restore).await;
        assert_eq!(
            (&done["result"]["effect"], &done["result"]["paid_gems"]),
            (&json!("marked"), &json!(0))
        );
        assert_eq!(bought.book(&player).await.error(), known, "{store:?}: as before");
        AOI.does("book-purchase", &order).await;
        assert_eq!(paid(&player).await, (60, 0), "{store:?}");
        books::balance(player.user_id).await;
    }
}

/// How many purchases wait to be booked, or to be told of, under this id.
const PENDING: &str = "select count(*) from game_purchase.pending_purchases where purchase_id = ?";

/// A store tells of a purchase, and nobody looks at it for an hour.
async fn told(store: Seller, transaction_id: &str) -> Uuid {
    let transaction_id = TransactionId::new(transaction_id).unwrap();
    let purchase_id = PurchaseId::derive(store, &transaction_id);
    let told = Pending {
        purchase_id,
        store,
        transaction_id,
        store_product_id: "gems_60".to_owned(),
        user_id: None,
        is_told: true,
        signed_transaction: (store == Seller::Apple).then(|| "no.longer.believed".to_owned()),
    };
    pending::begin_told(&mut database::connect().await, &told, 3600).await.unwrap();
    purchase_id.0
}

/// The reconciliation tries a purchase that nobody looked at, now.
async fn try_again(purchase_id: Uuid) {
    let due = "update game_purchase.pending_purchases
               set next_attempt_at = current_timestamp(6) - interval 1 second
               where purchase_id = ?";
    database::change(due, purchase_id).await;
    // Its schedule may have taken it.
    let tried = "select count(*) from game_purchase.pending_purchases
                 where purchase_id = ? and next_attempt_at < current_timestamp(6)";
    until("an attempt", async || {
        lambda::invoke("reconcile-purchases", &json!({})).await;
        (database::count(tried, purchase_id).await == 0).then_some(())
    })
    .await;
}

/// Whoever has taken it finishes it: this run, or one of its schedule.
async fn is_finished(purchase_id: Uuid) {
    let gone = async || (database::count(PENDING, purchase_id).await == 0).then_some(());
    until("nothing is pending", gone).await;
}

#[tokio::test]
async fn a_purchase_that_no_store_vouches_for_is_dismissed_and_the_account_can_be_deleted() {
    let (player, other) = (Player::new().await, Player::new().await);
    // Google never names its order.
    let stuck = Store::Google.sell(&player, "gems-60", json!({ "orderId": null })).await;
    assert_eq!(stuck.book(&player).await.error(), (503, "try_later"));
    let id = stuck.purchase_id();
    try_again(id).await;
    assert_eq!(database::count(PENDING, id).await, 1, "it is tried for ever");

    let dismissal = json!({ "user_id": player.user_id, "dismissed": id });
    for (order, status, blamed) in [
        (json!({ "dismissed": id }), 400, "order.user_id"),
        (json!({ "user_id": other.user_id, "dismissed": id }), 409, ""),
        (json!({ "user_id": player.user_id, "dismissed": Uuid::new_v4() }), 404, ""),
        (json!({ "user_id": player.user_id, "dismissed": "it" }), 400, "order.dismissed"),
        (
            json!({ "user_id": player.user_id, "dismissed": id, "voided": true }),
            400,
            "order.dismissed",
        ),
    ] {
        let answer = AOI.order("void-purchase", &key(), &order).await;
        let named = answer.body["error"]["field"].as_str().unwrap_or_default();
        assert_eq!((answer.status, named), (status, blamed), "{order}: {answer:?}");
    }
    let lines = "select count(*) from game_ops.operator_log where user_id = ?";
    assert_eq!(database::count(lines, player.user_id).await, 0);
    let tried = AOI.tries("void-purchase", &dismissal).await.data();
    assert_eq!(tried["result"]["effect"], "dismissed", "{tried}");
    assert_eq!(database::count(PENDING, id).await, 1, "it was only tried");
    let key = key();
    for _ in 0..2 {
        let done = AOI.order("void-purchase", &key, &dismissal).await.data();
        let result = &done["result"];
        assert_eq!((&done["outcome"], &result["effect"]), (&json!("done"), &json!("dismissed")));
        assert_eq!(result["status_before"], "open", "{done}");
        assert_eq!(database::count(PENDING, id).await, 0);
    }
    let again = AOI.order("void-purchase", &self::key(), &dismissal).await;
    assert_eq!(again.error(), (404, "not_found"), "nothing is pending any more");
    let shown = show(&player).await;
    assert_eq!(shown["refused_purchases"][0]["reason"], "dismissed");
    assert_eq!(shown["acts"][0]["result"]["effect"], "dismissed");

    // Whoever comes later finds it decided, and nothing is tried for ever again.
    assert_eq!(stuck.book(&player).await.error(), (409, "purchase_refused"));
    assert_eq!(database::count(PENDING, id).await, 0, "its client begins nothing");
    told(Seller::Google, &stuck.transaction_id).await;
    try_again(id).await;
    // Its store begins nothing that stays.
    is_finished(id).await;
    stuck.happen("refund", None).await.send().await.data();
    let booking = booking(&player, &stuck, "gems-60");
    let booked = AOI.order("book-purchase", &self::key(), &booking).await;
    assert_eq!(booked.error(), (409, "purchase_revoked"), "the money went back");
    assert_eq!(paid(&player).await, (0, 0));

    player.delete("/v1/users/me").await.data();
    deletion::delete(player.user_id).await;
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn a_purchase_that_only_its_store_told_of_is_dismissed_in_nobodys_name() {
    let player = Player::new().await;
    for store in [Seller::Google, Seller::Apple] {
        let name = Uuid::new_v4().to_string();
        let id = told(store, &name).await;
        try_again(id).await;
        assert_eq!(database::count(PENDING, id).await, 1, "{store}: its store does not know it");
        let order = json!({ "user_id": player.user_id, "dismissed": id });
        let answer = AOI.order("void-purchase", &key(), &order).await;
        assert_eq!(answer.body["error"]["field"], "order.user_id", "{answer:?}");
        let done = AOI.does("void-purchase", &json!({ "dismissed": id })).await;
        assert_eq!(done["result"]["effect"], "dismissed", "{store}: {done}");
        let refused = "select count(*) from game_purchase.refusals
                       where purchase_id = ? and user_id is null and reason = 'dismissed'";
        assert_eq!(database::count(refused, id).await, 1, "{store}");
        told(store, &name).await;
        try_again(id).await;
        // It is told of once more.
        is_finished(id).await;
    }
    // What was decided before, and is told of once more, stays as it was.
    let bought = Store::Google.sell(&player, "gems-60", json!({})).await;
    bought.happen("refund", None).await.send().await.data();
    let id = told(Seller::Google, &bought.transaction_id).await;
    let done = AOI.does("void-purchase", &json!({ "dismissed": id })).await;
    let result = (&done["result"]["effect"], &done["result"]["status_before"]);
    assert_eq!(result, (&json!("closed"), &json!("revoked")), "{done}");
    assert_eq!(bought.book(&player).await.error(), (409, "purchase_revoked"));
}

#[tokio::test]
async fn an_operator_who_dismissed_a_good_purchase_books_it_after_all() {
    let player = Player::new().await;
    let stuck = Store::Google.sell(&player, "gems-60", json!({ "orderId": null })).await;
    assert_eq!(stuck.book(&player).await.error(), (503, "try_later"));
    let dismissal = json!({ "user_id": player.user_id, "dismissed": stuck.purchase_id() });
    AOI.does("void-purchase", &dismissal).await;
    AOI.does("book-purchase", &booking(&player, &stuck, "gems-60")).await;
    assert_eq!(paid(&player).await, (60, 0));
    assert_eq!(stuck.book(&player).await.data()["paid_gems"], 60);
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn a_dismissal_and_a_booking_at_once_are_one_of_the_two() {
    for _ in 0..4 {
        let player = Player::new().await;
        let bought = Store::Google.sell(&player, "gems-60", json!({})).await;
        let id = told(Seller::Google, &bought.transaction_id).await;
        let (one, nobodys) = (key(), json!({ "dismissed": id }));
        let (dismissed, booked) =
            tokio::join!(AOI.order("void-purchase", &one, &nobodys), bought.book(&player));
        let is_booked = bought.book(&player).await.status == 200;
        assert_eq!(paid(&player).await, if is_booked { (60, 0) } else { (0, 0) }, "{booked:?}");
        if dismissed.status == 200 && dismissed.body["data"]["result"]["effect"] == "dismissed" {
            assert!(!is_booked, "{dismissed:?}");
        } else {
            assert!(is_booked, "{dismissed:?}");
        }
        // If it was booked, Google is told so, whatever was dismissed.
        until("nothing is pending", async || {
            lambda::invoke("reconcile-purchases", &json!({})).await;
            (database::count(PENDING, id).await == 0).then_some(())
        })
        .await;
        books::balance(player.user_id).await;
    }
}

/// No product of the game has so many gems, so the test makes the books of one.
#[tokio::test]
async fn a_purchase_above_the_limit_takes_two_to_void() {
    let player = Player::new().await;
    let transaction_id = TransactionId::new(Uuid::new_v4().to_string()).unwrap();
    let purchase_id = PurchaseId::derive(Seller::Apple, &transaction_id).0;
    let sale = Sale {
        store: Seller::Apple,
        product_id: ProductId::new("gems").unwrap(),
        money_code: "JPY".parse().unwrap(),
        price_micros: PriceMicros::new(1).unwrap(),
    };
    let new = NewLot {
        user_id: UserId(player.user_id),
        source_id: SourceId(purchase_id),
        origin: LotOrigin::Purchase,
        sale: Some(sale),
        granted: Gems::new(10_001).unwrap(),
        expires_at: None,
    };
    let mut conn = database::connect().await;
    let mut tx = conn.begin().await.unwrap();
    lot::open(&mut tx, &new).await.unwrap();
    books::book(&mut tx, purchase_id).await.unwrap();
    let named = "update game_purchase.purchases set transaction_id = ? where purchase_id = ?";
    let named =
        sqlx::query(named).bind(transaction_id.as_str()).bind(purchase_id.as_bytes().as_slice());
    named.execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();

    let order = json!({
        "user_id": player.user_id, "store": "apple",
        "transaction_id": transaction_id.as_str(), "voided": true, "at": now(),
    });
    let asked = AOI.order("void-purchase", &key(), &order).await.data();
    assert_eq!(asked["outcome"], "requested", "{asked}");
    assert_eq!(paid(&player).await, (10_001, 0), "it was only asked for");
    let own = AOI.approves("void-purchase", &key(), &asked["act_id"]).await;
    assert_eq!(own.error(), (400, "invalid_request"));
    let done = BEN.approves("void-purchase", &key(), &asked["act_id"]).await.data();
    assert_eq!((&done["outcome"], &done["request"]["ordered"]), (&json!("done"), &order));
    assert_eq!(paid(&player).await, (0, 0));
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn an_operator_sees_what_proves_a_draw_once_it_has_ended() {
    let player = Player::new().await;
    let drawn = player.draw("pool-standard", 1, None).await.data();
    let saga_id = database::start_saga_of(player.user_id, Uuid::new_v4(), "pool-standard", 1).await;
    for step in ["reserve", "draw"] {
        lambda::step(step, saga_id).await.unwrap();
    }
    let shown = show(&player).await;
    let [proof] = shown["proofs"].as_array().unwrap().as_slice() else { panic!("{shown}") };
    assert_eq!((&proof["saga_id"], &proof["draw_number"]), (&drawn["saga_id"], &json!(1)));
    assert_eq!(proof["is_void"], false);
    lambda::step("refund", saga_id).await.unwrap();
    let shown = show(&player).await;
    assert_eq!(shown["proofs"][0]["is_void"], true, "{shown}");
    tokio::time::timeout(Duration::from_secs(60), async {
        while show(&player).await["proofs"][1]["is_seed_revealed"] != true {
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    })
    .await
    .expect("its seed is revealed");
}
