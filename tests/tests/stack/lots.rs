//! Paid gems in lots: which are spent first, where they go back to, what is owed for
//! revoked purchases, and what expires. Lots are opened as a purchase would open them.

use serde_json::{Value, json};
use sqlx::{Connection, MySqlConnection};
use tenjo_domain::{
    CurrencyType, FailureReason, Gems, LedgerReason, LotOrigin, PriceMicros, ProductId, Returned,
    Sale, SourceId, Store, UserId,
};
use tenjo_store::lot::{self, NewLot, Opened, Restored, Revoked};
use tenjo_store::{Kind, currency, kind};
use tenjo_tests::lambda::step;
use tenjo_tests::player::Player;
use tenjo_tests::{books, database, lambda, state_machine, variable};
use time::OffsetDateTime;
use time::macros::datetime;
use uuid::Uuid;

/// It costs 100 paid gems.
const PAID: &str = "pool-paid-moon-festival";
/// Ten draws of its first step cost 1500 gems of any kind, those of its second 2400.
const ANY: &str = "pool-step-up-autumn";

fn gems(amount: u64) -> Gems {
    Gems::new(amount).unwrap()
}

/// Does something in one transaction of the administrator.
async fn within<T>(act: impl AsyncFnOnce(&mut MySqlConnection) -> T) -> T {
    let mut conn = database::connect().await;
    let mut tx = conn.begin().await.unwrap();
    let done = act(&mut *tx).await;
    tx.commit().await.unwrap();
    done
}

fn purchase(user_id: Uuid, source_id: SourceId, granted: u64) -> NewLot {
    let sale = Sale {
        store: Store::Apple,
        product_id: ProductId::new("gems").unwrap(),
        money_code: "JPY".parse().unwrap(),
        price_micros: PriceMicros::new(granted * 1_200_000).unwrap(),
    };
    NewLot {
        user_id: UserId(user_id),
        source_id,
        origin: LotOrigin::Purchase,
        sale: Some(sale),
        granted: gems(granted),
        expires_at: None,
    }
}

/// Opens a lot with its booking, as a purchase does.
async fn booked(conn: &mut MySqlConnection, new: &NewLot) -> sqlx::Result<Opened> {
    let opened = lot::open(conn, new).await?;
    if opened.is_new {
        books::book(conn, new.source_id.0).await?;
    }
    Ok(opened)
}

async fn open(new: &NewLot) -> Opened {
    within(async |conn| booked(conn, new).await.unwrap()).await
}

/// The player buys a lot.
async fn buy(player: &Player, granted: u64) -> SourceId {
    let source_id = SourceId(Uuid::new_v4());
    assert!(open(&purchase(player.user_id, source_id, granted)).await.is_new);
    source_id
}

async fn revoked(
    conn: &mut MySqlConnection,
    user_id: UserId,
    source_id: SourceId,
) -> sqlx::Result<Option<Revoked>> {
    let revoked = lot::revoke(conn, user_id, source_id).await?;
    books::follow(conn, source_id.0).await?;
    Ok(revoked)
}

async fn revoke(player: &Player, source_id: SourceId) -> Option<Revoked> {
    let user_id = UserId(player.user_id);
    within(async |conn| revoked(conn, user_id, source_id).await.unwrap()).await
}

async fn restore(player: &Player, source_id: SourceId) -> Option<Restored> {
    let user_id = UserId(player.user_id);
    within(async |conn| {
        let restored = lot::restore(conn, user_id, source_id).await.unwrap();
        books::follow(conn, source_id.0).await.unwrap();
        restored
    })
    .await
}

/// What is left of each lot.
async fn left(player: &Player) -> Vec<u64> {
    let lots = lot::list(&mut database::connect().await, UserId(player.user_id)).await.unwrap();
    lots.iter().map(|lot| lot.remaining.amount()).collect()
}

/// The balance of paid gems, and what is owed, as the player sees them.
async fn paid(player: &Player) -> (u64, u64) {
    player.paid_gems().await
}

/// The reasons and changes of the player's ledger of paid gems, newest first.
async fn ledger(player: &Player) -> Vec<(String, i64)> {
    let data = player.get("/v1/users/me/ledger?limit=100").await.data();
    let entries = data["ledger_entries"].as_array().unwrap().iter();
    entries
        .filter(|entry| entry["currency_type"] == "paid_gem")
        .map(|entry| {
            (entry["reason"].as_str().unwrap().to_owned(), entry["delta"].as_i64().unwrap())
        })
        .collect()
}

/// A charged saga that costs 100 paid gems.
async fn charged(player: &Player) -> Uuid {
    let saga_id = database::start_saga_of(player.user_id, Uuid::new_v4(), PAID, 1).await;
    assert_eq!(step("reserve", saga_id).await.unwrap(), "CURRENCY_RESERVED");
    saga_id
}

/// A player who has spent all free gems.
async fn without_free_gems() -> Player {
    let player = Player::new().await;
    player.draw("pool-standard", 10, None).await.data();
    assert_eq!(player.free_gems().await, 0);
    player
}

#[tokio::test]
async fn the_oldest_lots_pay_first_and_a_refund_goes_back_to_exactly_them() {
    let player = Player::new().await;
    for granted in [60, 70, 80] {
        buy(&player, granted).await;
    }
    let saga_id = charged(&player).await;
    assert_eq!(left(&player).await, [0, 30, 80]);
    for _ in 0..2 {
        assert_eq!(step("refund", saga_id).await.unwrap(), "FAILED");
        assert_eq!(left(&player).await, [60, 70, 80]);
    }
    player.draw(PAID, 1, None).await.data();
    assert_eq!(left(&player).await, [0, 30, 80]);
    assert_eq!(paid(&player).await, (110, 0));
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn a_price_in_any_gems_takes_free_gems_first_and_then_the_oldest_lots() {
    let player = Player::new().await; // with 3000 free gems
    for granted in [500, 700] {
        buy(&player, granted).await;
    }
    player.draw(ANY, 10, None).await.data();
    assert_eq!((player.free_gems().await, left(&player).await), (1500, vec![500, 700]));
    player.draw(ANY, 10, None).await.data();
    assert_eq!((player.free_gems().await, left(&player).await), (0, vec![0, 300]));
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn what_was_spent_of_a_revoked_purchase_is_owed_and_settled_by_the_next_one() {
    let player = without_free_gems().await;
    let first = buy(&player, 1000).await;
    buy(&player, 1000).await;
    player.draw(ANY, 10, None).await.data();
    assert_eq!(left(&player).await, [0, 500]);

    let revoked = Revoked { taken: Gems::ZERO, owed: gems(1000), is_new: true };
    assert_eq!(revoke(&player, first).await, Some(revoked));
    assert_eq!(revoke(&player, first).await, Some(Revoked { is_new: false, ..revoked }));
    assert_eq!(paid(&player).await, (500, 1000));
    for (pool_id, count) in [(PAID, 1), (ANY, 10)] {
        let refused = player.draw(pool_id, count, None).await;
        assert_eq!(refused.error(), (409, "paid_gems_owed"), "{pool_id}");
    }

    let third = purchase(player.user_id, SourceId(Uuid::new_v4()), 1200);
    let opened = open(&third).await;
    assert_eq!((opened.settled, opened.is_new), (gems(1000), true));
    assert_eq!(open(&third).await, Opened { is_new: false, ..opened });
    assert_eq!((paid(&player).await, left(&player).await), ((700, 0), vec![0, 500, 200]));
    player.draw(PAID, 1, None).await.data();
    assert_eq!(left(&player).await, [0, 400, 200]);
    let ledger = ledger(&player).await;
    let expected = [
        ("draw_cost", -100),
        ("debt_settled", -1000),
        ("purchase", 1200),
        ("draw_cost", -1500),
        ("purchase", 1000),
        ("purchase", 1000),
    ];
    assert_eq!(ledger, expected.map(|(reason, delta)| (reason.to_owned(), delta)));
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn who_owes_paid_gems_still_draws_with_free_ones() {
    let player = Player::new().await;
    let source_id = buy(&player, 100).await;
    player.draw(PAID, 1, None).await.data();
    revoke(&player, source_id).await.unwrap();
    assert_eq!(paid(&player).await, (0, 100));
    player.draw(ANY, 10, None).await.data();
    player.draw("pool-standard", 1, None).await.data();
    assert_eq!((player.free_gems().await, paid(&player).await), (1200, (0, 100)));
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn what_is_left_of_a_revoked_purchase_is_taken_and_comes_back_if_it_is_restored() {
    let player = Player::new().await;
    let source_id = buy(&player, 150).await;
    player.draw(PAID, 1, None).await.data();
    assert_eq!(restore(&player, source_id).await, Some(Restored::NotRevoked));
    let revoked = revoke(&player, source_id).await.unwrap();
    assert_eq!((revoked.taken, revoked.owed), (gems(50), gems(100)));
    assert_eq!(paid(&player).await, (0, 100));

    let returned = Returned { cancelled: gems(100), settled: Gems::ZERO };
    assert_eq!(restore(&player, source_id).await, Some(Restored::Now(returned)));
    assert_eq!(restore(&player, source_id).await, Some(Restored::NotRevoked));
    assert_eq!((paid(&player).await, left(&player).await), ((50, 0), vec![50]));
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn a_purchase_that_was_restored_can_be_revoked_again_and_again() {
    let player = without_free_gems().await;
    let source_id = buy(&player, 1750).await;
    player.draw(ANY, 10, None).await.data();
    for time in 1..=3 {
        let revoked = Revoked { taken: gems(250), owed: gems(1500), is_new: true };
        assert_eq!(revoke(&player, source_id).await, Some(revoked), "time {time}");
        assert_eq!(revoke(&player, source_id).await, Some(Revoked { is_new: false, ..revoked }));
        assert_eq!(paid(&player).await, (0, 1500));
        let refused = player.draw(PAID, 1, None).await;
        assert_eq!(refused.error(), (409, "paid_gems_owed"));
        let returned = Returned { cancelled: gems(1500), settled: Gems::ZERO };
        assert_eq!(restore(&player, source_id).await, Some(Restored::Now(returned)));
        assert_eq!(restore(&player, source_id).await, Some(Restored::NotRevoked));
        assert_eq!((paid(&player).await, left(&player).await), ((250, 0), vec![250]));
    }
    // What is spent in between is owed the next time.
    player.draw(PAID, 1, None).await.data();
    let revoked = revoke(&player, source_id).await.unwrap();
    assert_eq!((revoked.taken, revoked.owed), (gems(150), gems(1600)));
    assert_eq!((paid(&player).await, left(&player).await), ((0, 1600), vec![0]));
    books::balance(player.user_id).await;
}

/// What settled the debt came back when the purchase was restored, and goes again.
#[tokio::test]
async fn what_came_back_for_a_purchase_settles_its_debt_when_it_is_revoked_again() {
    let player = without_free_gems().await;
    let source_id = buy(&player, 1600).await;
    player.draw(ANY, 10, None).await.data();
    let saga_id = charged(&player).await;
    revoke(&player, source_id).await.unwrap();
    buy(&player, 1630).await;
    assert_eq!((paid(&player).await, left(&player).await), ((30, 0), vec![0, 30]));
    restore(&player, source_id).await.unwrap();
    assert_eq!((paid(&player).await, left(&player).await), ((1630, 0), vec![0, 30, 1600]));

    let again = revoke(&player, source_id).await.unwrap();
    assert_eq!((again.taken, again.owed, again.is_new), (Gems::ZERO, gems(1600), true));
    assert_eq!((paid(&player).await, left(&player).await), ((30, 0), vec![0, 30, 0]));
    // A refund to the revoked lot finds nothing owed, and what it brings may be spent.
    step("refund", saga_id).await.unwrap();
    assert_eq!((paid(&player).await, left(&player).await), ((130, 0), vec![100, 30, 0]));
    let returned = Returned { cancelled: Gems::ZERO, settled: gems(1600) };
    assert_eq!(restore(&player, source_id).await, Some(Restored::Now(returned)));
    assert_eq!(left(&player).await, [100, 30, 0, 1600]);
    books::balance(player.user_id).await;
}

/// Gems that a saga holds of what came back for a purchase are gems of that purchase.
#[tokio::test]
async fn a_refund_to_what_came_back_for_a_purchase_settles_when_that_is_revoked_again() {
    let player = without_free_gems().await;
    let source_id = buy(&player, 1500).await;
    player.draw(ANY, 10, None).await.data();
    revoke(&player, source_id).await.unwrap();
    buy(&player, 1500).await;
    restore(&player, source_id).await.unwrap();
    let saga_id = charged(&player).await;
    assert_eq!((paid(&player).await, left(&player).await), ((1400, 0), vec![0, 0, 1400]));
    revoke(&player, source_id).await.unwrap();
    assert_eq!(paid(&player).await, (0, 100));
    step("refund", saga_id).await.unwrap();
    assert_eq!((paid(&player).await, left(&player).await), ((0, 0), vec![0, 0, 0]));
    books::balance(player.user_id).await;
}

/// The second revocation takes all that it is for, and what came back for the first one
/// settles what is owed for another purchase.
#[tokio::test]
async fn what_came_back_for_a_purchase_settles_the_debt_of_another_when_it_is_revoked_again() {
    let player = Player::new().await;
    let first = buy(&player, 100).await;
    let saga_id = charged(&player).await;
    revoke(&player, first).await.unwrap();
    let second = buy(&player, 100).await;
    restore(&player, first).await.unwrap();
    step("refund", saga_id).await.unwrap();
    assert_eq!((paid(&player).await, left(&player).await), ((200, 0), vec![100, 0, 100]));
    revoke(&player, second).await.unwrap();
    assert_eq!(paid(&player).await, (200, 100), "what settled is owed again");
    let again = revoke(&player, first).await.unwrap();
    assert_eq!((again.taken, again.owed), (gems(100), Gems::ZERO));
    assert_eq!((paid(&player).await, left(&player).await), ((0, 0), vec![0, 0, 0]));
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn what_another_purchase_settled_comes_back_as_a_lot_of_its_own() {
    let player = Player::new().await;
    let source_id = buy(&player, 100).await;
    player.draw(PAID, 1, None).await.data();
    revoke(&player, source_id).await.unwrap();
    buy(&player, 70).await;
    assert_eq!(paid(&player).await, (0, 30));
    let returned = Returned { cancelled: gems(30), settled: gems(70) };
    assert_eq!(restore(&player, source_id).await, Some(Restored::Now(returned)));
    assert_eq!((paid(&player).await, left(&player).await), ((70, 0), vec![0, 0, 70]));
    books::balance(player.user_id).await;
}

/// When the lots expire that came back for restored purchases, the oldest first.
async fn expiries_of_restored(player: &Player) -> Vec<Option<OffsetDateTime>> {
    let lots = lot::list(&mut database::connect().await, UserId(player.user_id)).await.unwrap();
    let restored = lots.iter().filter(|lot| lot.origin == LotOrigin::Restored);
    restored.map(|lot| lot.expires_at).collect()
}

/// The player buys a lot that expires.
async fn buy_until(player: &Player, granted: u64, expires_at: Option<OffsetDateTime>) -> SourceId {
    let source_id = SourceId(Uuid::new_v4());
    open(&NewLot { expires_at, ..purchase(player.user_id, source_id, granted) }).await;
    source_id
}

const SOONER: Option<OffsetDateTime> = Some(datetime!(2036-06-01 00:00 UTC));
const LATER: Option<OffsetDateTime> = Some(datetime!(2037-01-01 00:00 UTC));

#[tokio::test]
async fn what_comes_back_for_a_purchase_expires_as_what_had_settled_its_debt() {
    for (restored, one, other, expires_at) in [
        (SOONER, LATER, SOONER, LATER),
        (LATER, SOONER, SOONER, SOONER), // not when the restored purchase would have
        (SOONER, SOONER, None, None),
    ] {
        let player = Player::new().await;
        let source_id = buy_until(&player, 100, restored).await;
        player.draw(PAID, 1, None).await.data();
        revoke(&player, source_id).await.unwrap();
        buy_until(&player, 40, one).await;
        buy_until(&player, 60, other).await;
        restore(&player, source_id).await.unwrap();
        assert_eq!(paid(&player).await, (100, 0));
        assert_eq!(expiries_of_restored(&player).await, [expires_at], "{one:?} {other:?}");
        books::balance(player.user_id).await;
    }
}

#[tokio::test]
async fn what_settled_last_comes_back_first_with_its_own_expiry() {
    let player = Player::new().await;
    let (one, other) = (buy(&player, 50).await, buy(&player, 50).await);
    player.draw(PAID, 1, None).await.data(); // it takes both
    for source_id in [one, other] {
        revoke(&player, source_id).await.unwrap();
    }
    buy_until(&player, 50, SOONER).await;
    buy_until(&player, 50, LATER).await;
    for source_id in [one, other] {
        restore(&player, source_id).await.unwrap();
    }
    assert_eq!(expiries_of_restored(&player).await, [LATER, SOONER]);
    books::balance(player.user_id).await;
}

/// A refund that comes to the lot of a revoked purchase settles first.
#[tokio::test]
async fn gems_that_come_back_to_a_revoked_purchase_settle_what_is_owed_for_it() {
    let player = Player::new().await;
    let source_id = buy(&player, 100).await;
    let saga_id = charged(&player).await;
    revoke(&player, source_id).await.unwrap();
    assert_eq!(paid(&player).await, (0, 100));
    step("refund", saga_id).await.unwrap();
    assert_eq!((paid(&player).await, left(&player).await), ((0, 0), vec![0]));
    let reasons: Vec<String> =
        ledger(&player).await.into_iter().map(|(reason, _)| reason).collect();
    assert_eq!(reasons, ["debt_settled", "draw_refund", "draw_cost", "purchase"]);
    books::balance(player.user_id).await;
}

/// The debt is settled by another purchase before the refund comes.
#[tokio::test]
async fn gems_that_come_back_when_nothing_is_owed_any_more_may_be_spent() {
    let player = Player::new().await;
    let source_id = buy(&player, 100).await;
    let saga_id = charged(&player).await;
    revoke(&player, source_id).await.unwrap();
    buy(&player, 100).await;
    assert_eq!(paid(&player).await, (0, 0));
    step("refund", saga_id).await.unwrap();
    assert_eq!(paid(&player).await, (100, 0));
    restore(&player, source_id).await.unwrap();
    assert_eq!((paid(&player).await, left(&player).await), ((200, 0), vec![100, 0, 100]));
    books::balance(player.user_id).await;
}

const EXPIRE: &str = "update game_user.paid_gem_lots
    set expires_at = current_timestamp(6) - interval 1 second where source_id = ?";

#[tokio::test]
async fn expired_gems_are_not_spent_and_the_charge_that_finds_them_writes_them_off() {
    let player = Player::new().await;
    let expired = buy(&player, 80).await;
    buy(&player, 150).await;
    database::change(EXPIRE, expired.0).await;
    player.draw(PAID, 1, None).await.data();
    assert_eq!((paid(&player).await, left(&player).await), ((50, 0), vec![0, 50]));
    let expected = [("draw_cost", -100), ("paid_gem_expired", -80)];
    let expected = expected.map(|(reason, delta)| (reason.to_owned(), delta));
    assert_eq!(ledger(&player).await[..2], expected);
    // What expired was of no use to anybody, so it is not owed.
    let revoked = revoke(&player, expired).await.unwrap();
    assert_eq!((revoked.taken, revoked.owed), (Gems::ZERO, Gems::ZERO));
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn a_refused_charge_writes_expired_gems_off_as_well() {
    let player = Player::new().await;
    let expired = buy(&player, 100).await;
    database::change(EXPIRE, expired.0).await;
    let refused = player.draw(PAID, 1, None).await;
    assert_eq!(refused.error(), (409, "insufficient_currency"));
    assert_eq!(paid(&player).await, (0, 0));
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn the_sweep_writes_off_what_expired_of_players_who_do_not_come() {
    let player = Player::new().await;
    let expired = buy(&player, 100).await;
    buy(&player, 10).await;
    database::change(EXPIRE, expired.0).await;
    let report: Value = lambda::invoke("expire-paid-gems", &json!({})).await;
    assert_eq!(report["failed"], 0, "{report}");
    assert_eq!((paid(&player).await, left(&player).await), ((10, 0), vec![0, 10]));
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn a_source_opens_one_lot_of_one_player() {
    let (player, other) = (Player::new().await, Player::new().await);
    let source_id = buy(&player, 10).await;
    assert_eq!(revoke(&other, source_id).await, None);
    assert_eq!(restore(&other, source_id).await, None);
    let mut conn = database::connect().await;
    let mut tx = conn.begin().await.unwrap();
    let stolen = lot::open(&mut tx, &purchase(other.user_id, source_id, 10)).await;
    assert_eq!(kind(&stolen.unwrap_err()), Kind::BrokenInvariant);
    tx.rollback().await.unwrap();
    assert_eq!((paid(&player).await, paid(&other).await), ((10, 0), (0, 0)));
    books::balance(other.user_id).await;
}

/// Purchases, their revocation, and a draw whose saga is refunded, all at once.
#[tokio::test]
async fn whatever_comes_at_once_the_books_balance() {
    for _ in 0..5 {
        let player = Player::new().await;
        let source_id = buy(&player, 60).await;
        buy(&player, 60).await;
        let saga_id = database::start_saga_of(player.user_id, Uuid::new_v4(), PAID, 1).await;
        let bought = async {
            buy_at_last(&player, 30).await;
        };
        let run = async {
            state_machine::run(saga_id).await;
        };
        let revoked = async {
            at_last(&player, source_id).await;
        };
        let twice = async {
            at_last(&player, source_id).await;
        };
        let refund = async {
            let _ = step("refund", saga_id).await;
        };
        tokio::join!(bought, run, revoked, twice, refund);
        let _ = step("refund", saga_id).await;
        books::balance(player.user_id).await;
    }
}

/// Tries again what the database refused because of another transaction.
async fn buy_at_last(player: &Player, granted: u64) {
    let new = purchase(player.user_id, SourceId(Uuid::new_v4()), granted);
    at_last_does(async |conn| booked(conn, &new).await.map(|_| ())).await;
}

async fn at_last(player: &Player, source_id: SourceId) {
    let user_id = UserId(player.user_id);
    at_last_does(async |conn| revoked(conn, user_id, source_id).await.map(|_| ())).await;
}

async fn at_last_does(act: impl AsyncFn(&mut MySqlConnection) -> sqlx::Result<()>) {
    for _ in 0..20 {
        let mut conn = database::connect().await;
        let mut tx = conn.begin().await.unwrap();
        match act(&mut *tx).await {
            Ok(()) => {
                if tx.commit().await.is_ok() {
                    return;
                }
            }
            Err(error) => assert_eq!(kind(&error), Kind::Transient, "{error}"),
        }
    }
    panic!("the database never took it");
}

#[tokio::test]
async fn free_gems_come_and_go_once_for_each_source() {
    let player = Player::new().await; // with 3000
    let user_id = UserId(player.user_id);
    let sources: Vec<SourceId> = (0..4).map(|_| SourceId(Uuid::new_v4())).collect();
    for is_new in [true, false] {
        let reason = LedgerReason::Adjustment;
        let credited = within(async |conn| {
            currency::credit_free(conn, user_id, gems(50), reason, sources[0]).await.unwrap()
        });
        assert_eq!(credited.await, is_new);
        assert_eq!(player.free_gems().await, 3050);
    }
    for (source, amount, is_done, left) in
        [(1, 3051, false, 3050), (2, 3000, true, 50), (2, 3000, true, 50)]
    {
        let reason = LedgerReason::Adjustment;
        let debited = within(async |conn| {
            currency::debit_free(conn, user_id, gems(amount), reason, sources[source])
                .await
                .unwrap()
        });
        assert_eq!((debited.await, player.free_gems().await), (is_done, left));
    }
    for taken in [50, 0] {
        let reason = LedgerReason::Adjustment;
        let taken_now = within(async |conn| {
            currency::take_free(conn, user_id, gems(70), reason, sources[3]).await.unwrap()
        });
        assert_eq!((taken_now.await, player.free_gems().await), (gems(taken), 0));
    }
    for source_id in sources {
        within(async |conn| books::log(conn, source_id.0).await.unwrap()).await;
    }
    books::balance(player.user_id).await;
}

/// By the database user of the function that gives it.
#[tokio::test]
async fn a_starting_gift_of_paid_gems_is_a_lot_without_a_price() {
    let mut conn = MySqlConnection::connect(&variable("TENJO_GUEST_DATABASE_URL")).await.unwrap();
    let mut tx = conn.begin().await.unwrap();
    let user_id = UserId(Uuid::new_v4());
    currency::open(&mut tx, user_id, CurrencyType::PaidGem, gems(50)).await.unwrap();
    tx.commit().await.unwrap();
    let lots = lot::list(&mut database::connect().await, user_id).await.unwrap();
    let [lot] = lots.as_slice() else { panic!("{lots:?}") };
    assert_eq!(
        (lot.origin, lot.granted, lot.remaining),
        (LotOrigin::StartingGift, gems(50), gems(50))
    );
    assert_eq!((&lot.sale, lot.expires_at), (&None, None));
    let broken = books::audit(user_id.0).await;
    assert!(broken.iter().all(|row| row.contains("every player of whom")), "{broken:?}");
    for table in ["currencies", "currency_ledger", "paid_gem_lots", "paid_gem_lot_entries"] {
        let gone = format!("delete from game_user.{table} where user_id = ?");
        let gone = sqlx::query(sqlx::AssertSqlSafe(gone)).bind(user_id.0.as_bytes().as_slice());
        gone.execute(&mut database::connect().await).await.unwrap();
    }
}

#[tokio::test]
async fn a_saga_that_is_refused_for_a_debt_says_so() {
    let player = without_free_gems().await;
    let source_id = buy(&player, 1500).await;
    player.draw(ANY, 10, None).await.data();
    revoke(&player, source_id).await.unwrap();
    let saga_id = database::start_saga_of(player.user_id, Uuid::new_v4(), PAID, 1).await;
    assert_eq!(step("reserve", saga_id).await.unwrap(), "FAILED");
    let saga = database::saga(saga_id).await;
    assert_eq!(saga.failure_reason, Some(FailureReason::PaidGemsOwed));
    let shown = player.get(&format!("/v1/gacha/sagas/{saga_id}")).await.data();
    assert_eq!(shown["failure"]["reason"], "paid_gems_owed");
    books::balance(player.user_id).await;
}
