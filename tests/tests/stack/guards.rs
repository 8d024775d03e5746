//! Guards that normally never act, because another one acts first: each is tested
//! with the first one disabled. `tests/without` takes them away.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::json;
use sqlx::{Connection, MySqlConnection};
use tenjo_domain::{FailureReason, REFUSED, SagaId, SagaStatus};
use tenjo_saga::Keep;
use tenjo_store::saga::{self, SealKeys, advance};
use tenjo_store::{Kind, kind};
use tenjo_tests::lambda::step;
use tenjo_tests::player::Player;
use tenjo_tests::shop::Store;
use tenjo_tests::{books, database, state_machine};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use uuid::Uuid;

#[tokio::test]
async fn what_a_saga_writes_once_the_database_takes_no_second_time() {
    let player = Player::new().await;
    let saga_id =
        database::start_saga_of(player.user_id, Uuid::new_v4(), "pool-moon-festival", 1).await;
    for name in ["reserve", "draw", "grant"] {
        step(name, saga_id).await.unwrap();
    }
    let mut conn = database::connect().await;
    for (key, again) in [
        (
            "currency_ledger_once",
            "insert into game_user.currency_ledger
               (user_id, currency_type, entry_id, delta, balance_after, reason, saga_id)
             select user_id, currency_type, entry_id + 1, delta, balance_after, reason, saga_id
             from game_user.currency_ledger where saga_id = ?",
        ),
        (
            "item_grants",
            "insert into game_inventory.item_grants (saga_id, draw_index, user_id, item_master_id)
             select saga_id, draw_index, user_id, 'another'
             from game_inventory.item_grants where saga_id = ?",
        ),
        (
            "gacha_histories",
            "insert into game_gacha.gacha_histories
               (user_id, saga_id, draw_index, pool_id, item_master_id, rarity, is_new, is_pickup)
             select user_id, saga_id, draw_index, pool_id, 'another', rarity, is_new, is_pickup
             from game_gacha.gacha_histories where saga_id = ?",
        ),
        (
            "point_ledger_once",
            "insert into game_gacha.point_ledger
               (user_id, point_group, entry_id, delta, balance_after, reason, source_id)
             select user_id, point_group, entry_id + 1, delta, balance_after, reason, source_id
             from game_gacha.point_ledger where source_id = ?",
        ),
    ] {
        let mut tx = conn.begin().await.unwrap();
        let refused = database::execute(&mut tx, again, saga_id).await;
        let refused = refused.expect_err(key).to_string();
        assert!(refused.contains("Duplicate entry") && refused.contains(key), "{refused}");
        tx.rollback().await.unwrap();
    }
    books::balance(player.user_id).await;
}

/// Whoever looks first, or waits for a row, leaves these keys nothing to refuse. Each row
/// here breaks one key, and is ignored for it: the words of the error have the key's bytes,
/// which are no text.
#[tokio::test]
async fn what_is_booked_told_or_received_once_the_database_takes_no_second_time() {
    let player = Player::new().await;
    let bought = Store::Apple.sell(&player, "gems-60", json!({})).await;
    bought.notice.send().await.data();
    bought.book(&player).await.data();
    let (user_id, purchase_id) = (player.user_id, bought.purchase_id());
    let mut conn = database::connect().await;
    for (key, id, most, again) in [
        (
            "bookings.PRIMARY",
            purchase_id,
            0,
            "insert ignore into game_purchase.bookings
               (purchase_id, user_id, store, environment, order_id, product_id, shop_revision,
                currency, price_micros, counted_micros, paid_gems, bonus_free_gems, purchased_at)
             select purchase_id, user_id, store, environment, order_id, product_id, shop_revision,
                    currency, price_micros, counted_micros, paid_gems, bonus_free_gems, purchased_at
             from game_purchase.bookings where purchase_id = ?",
        ),
        (
            "store_notifications.PRIMARY",
            purchase_id,
            0,
            "insert ignore into game_purchase.store_notifications
               (notification_key, store, notification_id, kind, purchase_id, effect)
             select notification_key, store, 'another', kind, purchase_id, effect
             from game_purchase.store_notifications where purchase_id = ?",
        ),
        (
            "store_notifications_id",
            purchase_id,
            0,
            "insert ignore into game_purchase.store_notifications
               (notification_key, store, notification_id, kind, purchase_id, effect)
             select 'another', store, notification_id, kind, purchase_id, effect
             from game_purchase.store_notifications where purchase_id = ?",
        ),
        (
            "received_presents.PRIMARY",
            user_id,
            1,
            "insert ignore into game_inventory.received_presents (user_id, present_id, receipt_id)
             select u.user_id, u.user_id, r.receipt_id from game_user.users u
             join (select 'one' as receipt_id union all select 'another') r
             where u.user_id = ?",
        ),
        (
            "received_presents_receipt",
            user_id,
            1,
            "insert ignore into game_inventory.received_presents (user_id, present_id, receipt_id)
             select u.user_id, p.present_id, u.user_id from game_user.users u
             join (select 'one' as present_id union all select 'another') p
             where u.user_id = ?",
        ),
    ] {
        let mut tx = conn.begin().await.unwrap();
        assert_eq!(database::execute(&mut tx, again, id).await.unwrap(), most, "{key}");
        tx.rollback().await.unwrap();
    }
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn a_connection_that_died_while_nobody_used_it_is_not_used() {
    let id_of = async |conn: &mut MySqlConnection| {
        let id: (u64,) = sqlx::query_as("select connection_id()").fetch_one(conn).await.unwrap();
        id.0
    };
    // The database closes it, as it does while Lambda has a process frozen.
    let closes = "set wait_timeout = 1";
    let url = tenjo_tests::variable("TENJO_TEST_DATABASE_URL");
    for has_committed in [false, true] {
        let db = tenjo_store::connect(&url, None).unwrap();
        let frozen = if has_committed {
            let mut tx = db.begin().await.unwrap();
            sqlx::raw_sql(closes).execute(&mut *tx).await.unwrap();
            let frozen = id_of(&mut tx).await;
            tx.commit().await.unwrap();
            frozen
        } else {
            let mut conn = db.acquire().await.unwrap();
            sqlx::raw_sql(closes).execute(&mut *conn).await.unwrap();
            id_of(&mut conn).await
        };
        tokio::time::sleep(Duration::from_secs(3)).await;
        assert_eq!(db.size(), (1, 1), "the connection was kept");
        assert_ne!(id_of(&mut *db.acquire().await.unwrap()).await, frozen);
    }
}

/// Forwards to the database, each connection until it is told to fall silent. Returns where
/// it listens.
async fn forwards(database: SocketAddr, silent: watch::Receiver<bool>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let mut silent = silent.clone();
            tokio::spawn(async move {
                // Who comes later is served.
                silent.mark_unchanged();
                let mut server = TcpStream::connect(database).await.unwrap();
                tokio::select! {
                    _ = copy_bidirectional(&mut client, &mut server) => {}
                    _ = silent.changed() => std::future::pending().await,
                }
            });
        }
    });
    address
}

/// A server that vanished without a word: the connection is open, and nobody answers.
#[tokio::test]
async fn a_connection_whose_server_fell_silent_is_given_up_in_time() {
    let url = tenjo_tests::variable("TENJO_TEST_DATABASE_URL");
    let mut url: url::Url = url.parse().unwrap();
    let database = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
    let (fall_silent, silent) = watch::channel(false);
    let proxy = forwards(database.parse().unwrap(), silent).await;
    url.set_port(Some(proxy.port())).unwrap();
    let db = tenjo_store::connect(url.as_str(), None).unwrap();
    db.begin().await.unwrap().commit().await.unwrap();
    fall_silent.send(true).unwrap();
    tokio::time::sleep(Duration::from_millis(1200)).await;
    // A step has five seconds in all.
    let another = tokio::time::timeout(Duration::from_secs(4), db.begin()).await;
    another.unwrap().unwrap().commit().await.unwrap();
}

/// Nobody waits for the locks of a request that gave up.
#[tokio::test]
async fn what_a_dropped_transaction_wrote_and_locked_is_free_again() {
    let player = Player::new().await;
    let db = tenjo_store::connect(&tenjo_tests::variable("TENJO_TEST_DATABASE_URL"), None).unwrap();
    let change = "update game_user.users set version = version + 1 where user_id = ?";
    let mut tx = db.begin().await.unwrap();
    assert_eq!(database::execute(&mut tx, change, player.user_id).await.unwrap(), 1);
    drop(tx);
    let mut tx = db.begin().await.unwrap();
    assert_eq!(database::execute(&mut tx, change, player.user_id).await.unwrap(), 1);
    tx.commit().await.unwrap();
    let version = "select cast(version as signed) from game_user.users where user_id = ?";
    assert_eq!(database::count(version, player.user_id).await, 2);
}

#[tokio::test]
async fn a_saga_that_is_not_where_it_was_read_is_not_moved() {
    let player = Player::new().await;
    let saga_id = database::start_saga(player.user_id).await;
    let read = database::saga(saga_id).await;
    let mut conn = database::connect().await;
    let mut tx = conn.begin().await.unwrap();
    let elsewhere = "update game_gacha.sagas set status = 'CURRENCY_RESERVED' where saga_id = ?";
    assert_eq!(database::execute(&mut tx, elsewhere, saga_id).await.unwrap(), 1);
    let keep = Keep::Failure(FailureReason::Internal);
    let moved = advance(&mut tx, &read, REFUSED, keep, &SealKeys::default()).await;
    assert_eq!(kind(&moved.unwrap_err()), Kind::BrokenInvariant);
    tx.rollback().await.unwrap();
    assert_eq!(database::saga_status(saga_id).await, Some(SagaStatus::Started));
}

/// A draw moves the player's state from the state that its saga was priced by, or not
/// at all. A player in the initial state may have no row.
#[tokio::test]
async fn a_draw_that_begins_elsewhere_than_its_player_is_given_back() {
    let pity = "update game_gacha.sagas
        set state_before = json_set(state_before, '$.pity_count', 89) where saga_id = ?";
    let bought = "update game_gacha.sagas
        set state_before = json_set(state_before, '$.draw_total', 7) where saga_id = ?";
    let pity_at_its_beginning = "update game_gacha.sagas
        set state_before = json_set(state_before, '$.pity_count', 0) where saga_id = ?";
    let bought_at_its_beginning = "update game_gacha.sagas
        set state_before = json_set(state_before, '$.draw_total', 0, '$.day', 0,
                                    '$.draws_on_day', 0) where saga_id = ?";
    for (has_drawn, elsewhere) in [
        (false, pity),
        (false, bought),
        (true, pity),
        (true, bought),
        (true, pity_at_its_beginning),
        (true, bought_at_its_beginning),
    ] {
        let player = Player::new().await;
        database::give(player.user_id, "free_gem", 3000).await;
        if has_drawn {
            player.draw("pool-standard", 1, None).await.data();
            database::change(FIVE_WITHOUT_AN_SSR, player.user_id).await;
        }
        let gems = player.free_gems().await;
        let saga_id = database::start_saga(player.user_id).await;
        database::change(elsewhere, saga_id).await;
        let run = state_machine::run(saga_id).await;
        assert_eq!(run["error"], "Compensated", "{elsewhere}: {run}");
        assert_eq!(player.free_gems().await, gems);
    }
}

/// A fixed state after the player's draw, which may have been an SSR.
const FIVE_WITHOUT_AN_SSR: &str =
    "update game_gacha.player_pity set pity_count = 5, is_pickup_due = false where user_id = ?";

/// The same for a state that changes while the saga is live.
#[tokio::test]
async fn a_draw_whose_player_was_moved_is_given_back() {
    for moved in [
        "update game_gacha.player_pity set pity_count = pity_count + 1 where user_id = ?",
        "update game_gacha.player_pools set draws_on_day = draws_on_day + 1 where user_id = ?",
    ] {
        let player = Player::new().await;
        player.draw("pool-standard", 1, None).await.data();
        database::change(FIVE_WITHOUT_AN_SSR, player.user_id).await;
        database::give(player.user_id, "free_gem", 3000).await;
        let saga_id = database::start_saga(player.user_id).await;
        database::change(moved, player.user_id).await;
        let run = state_machine::run(saga_id).await;
        assert_eq!(run["error"], "Compensated", "{moved}: {run}");
        assert_eq!(player.free_gems().await, 5700);
    }
}

#[tokio::test]
async fn what_was_drawn_is_not_recorded_a_second_time() {
    let player = Player::new().await;
    let saga_id = database::start_saga(player.user_id).await;
    for name in ["reserve", "draw"] {
        step(name, saga_id).await.unwrap();
    }
    let mut conn = database::connect().await;
    let mut tx = conn.begin().await.unwrap();
    let saga = saga::lock(&mut tx, SagaId(saga_id), &SealKeys::default()).await.unwrap().unwrap();
    let draw = saga.draw.clone().unwrap();
    let path = &[SagaStatus::DrawCompleted];
    let again = advance(&mut tx, &saga, path, Keep::Draw(&draw), &SealKeys::default()).await;
    assert_eq!(kind(&again.unwrap_err()), Kind::BrokenInvariant);
    tx.rollback().await.unwrap();
    step("grant", saga_id).await.unwrap();
    books::balance(player.user_id).await;
}
