//! Direct reads and changes of the database.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use sqlx::{Connection, MySqlConnection};
use tenjo_domain::{
    DrawCount, DrawGroup, Most, Pool, PoolId, PoolKind, PoolRevision, SagaId, SagaStatus,
    SessionId, UserId,
};
use tenjo_saga::{NewSaga, Order, Saga};
use tenjo_store::player_state;
use tenjo_store::pool::Revisions;
use tenjo_store::saga::{self, SagaRecord};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::books::{self, Books};
use crate::{kept, variable};

/// Counts the statuses that the timeline of a saga has.
pub const EVENTS: &str = "select cast(1 + (currency_reserved_at is not null)
      + (draw_completed_at is not null) + (item_granted_at is not null)
      + (completed_at is not null) + (compensating_at is not null)
      + (currency_refunded_at is not null) + (failed_at is not null) as signed)
    from game_gacha.sagas where saga_id = ?";

/// Counts the items that a saga drew.
pub const DRAWN: &str = "select cast(coalesce(json_length(results), 0) as signed)
    from game_gacha.sagas where saga_id = ?";

/// Names the database, with the administrator's rights.
pub(crate) const URL: &str = "TENJO_TEST_DATABASE_URL";

/// A connection as administrator.
///
/// # Panics
/// When there is none.
pub async fn connect() -> MySqlConnection {
    MySqlConnection::connect(&variable(URL)).await.expect("a connection")
}

/// Runs a statement with an id that must change something.
///
/// # Panics
/// When it fails or changes nothing.
pub async fn change(statement: &'static str, id: Uuid) {
    let mut conn = kept::take().await;
    change_in(&mut conn, statement, id).await;
    kept::give_back(conn);
}

async fn change_in(conn: &mut MySqlConnection, statement: &'static str, id: Uuid) {
    let changed = execute(conn, statement, id).await.expect("a change");
    assert!(changed > 0, "nothing changed: {statement}");
}

/// Runs a statement with an id, and returns how many rows it changed.
///
/// # Errors
/// When the database refuses it.
pub async fn execute(
    conn: &mut MySqlConnection,
    statement: &'static str,
    id: Uuid,
) -> sqlx::Result<u64> {
    let statement = sqlx::query(statement).bind(id.as_bytes().as_slice());
    Ok(statement.execute(conn).await?.rows_affected())
}

/// Makes a player's starting gift larger, in all books.
///
/// # Panics
/// When it fails.
pub async fn give(user_id: Uuid, currency_type: &'static str, amount: u64) {
    let mut books = Books::open(&variable(URL)).await.expect("the books");
    books.give(user_id, currency_type, amount).await.expect("a gift");
}

/// The used refresh tokens of a player were used too long ago for a lost answer to be asked
/// for again.
pub async fn outlast_refresh_grace(user_id: Uuid) {
    let statement = "update game_user.refresh_tokens t join game_user.refresh_token_families f
                       on f.family_id = t.family_id
                     set t.used_at = t.used_at - interval 16 second
                     where f.user_id = ? and t.used_at is not null";
    change(statement, user_id).await;
}

/// Runs a query that counts rows for an id.
///
/// # Panics
/// When the query fails.
pub async fn count(query: &'static str, id: Uuid) -> i64 {
    let mut conn = kept::take().await;
    let counted = count_in(&mut conn, query, id).await.expect("a count");
    kept::give_back(conn);
    counted
}

/// Runs a query that counts rows for an id.
///
/// # Errors
/// When the query fails.
pub async fn count_in(
    conn: &mut MySqlConnection,
    query: &'static str,
    id: Uuid,
) -> sqlx::Result<i64> {
    sqlx::query_scalar(query).bind(id.as_bytes().as_slice()).fetch_one(conn).await
}

/// The id of the saga for a player's key.
///
/// # Panics
/// When it is not a valid key.
#[must_use]
pub fn saga_of(user_id: Uuid, key: &str) -> Uuid {
    books::saga_of(user_id, key).expect("a key")
}

/// A saga as its player may see it.
///
/// # Panics
/// When there is none.
pub async fn saga(saga_id: Uuid) -> Saga {
    find_saga(saga_id).await.expect("a saga").saga
}

/// The status of a saga, if there is one.
///
/// # Panics
/// When the query fails.
pub async fn saga_status(saga_id: Uuid) -> Option<SagaStatus> {
    find_saga(saga_id).await.map(|record| record.saga.status)
}

async fn find_saga(saga_id: Uuid) -> Option<SagaRecord> {
    let mut conn = kept::take().await;
    let found = saga::find(&mut conn, SagaId(saga_id)).await.expect("a query");
    kept::give_back(conn);
    found
}

/// Locks a player's balances, so that every Reserve of that player waits, until the
/// connection is closed.
///
/// # Panics
/// When they cannot be locked.
pub async fn hold_balances(user_id: Uuid) -> MySqlConnection {
    hold("select 1 from game_user.currencies where user_id = ? for update", user_id).await
}

/// Keeps the rows of a locking query locked until the connection is closed.
///
/// # Panics
/// When they cannot be locked, or there are none.
pub async fn hold(query: &'static str, id: Uuid) -> MySqlConnection {
    let mut conn = connect().await;
    sqlx::raw_sql("begin").execute(&mut conn).await.expect("a transaction");
    let held = sqlx::query(query).bind(id.as_bytes().as_slice()).fetch_all(&mut conn).await;
    assert!(!held.expect("the rows").is_empty(), "nothing to hold: {query}");
    conn
}

/// Starts a saga for a ten-draw from `pool-standard`, as `request-draw` would, and
/// runs none of it.
///
/// # Panics
/// When the player has another live saga.
pub async fn start_saga(user_id: Uuid) -> Uuid {
    start_saga_as(user_id, Uuid::new_v4()).await
}

/// The same with a given saga id.
///
/// # Panics
/// When the player has another live saga.
pub async fn start_saga_as(user_id: Uuid, saga_id: Uuid) -> Uuid {
    start_saga_of(user_id, saga_id, "pool-standard", 10).await
}

/// The same with a given pool and draw count.
///
/// # Panics
/// When the pool does not sell them to the player, or another saga is live.
pub async fn start_saga_of(user_id: Uuid, saga_id: Uuid, pool_id: &str, draw_count: u32) -> Uuid {
    let saga = new_saga(user_id, saga_id, pool_id, draw_count).await;
    assert!(start(&saga).await, "another saga is live");
    saga_id
}

/// Starts this saga; `false` if another live saga prevents it.
///
/// # Panics
/// When the database fails.
pub async fn start(saga: &NewSaga) -> bool {
    let mut conn = kept::take().await;
    let pool = Revisions::default().get(&mut conn, saga.pool_revision).await.expect("a pool");
    kept::give_back(conn);
    start_in(saga, &pool.draw_group()).await
}

/// The same in a given draw group.
///
/// # Panics
/// When the database fails.
pub async fn start_in(saga: &NewSaga, group: &DrawGroup) -> bool {
    let mut conn = kept::take().await;
    let mut tx = conn.begin().await.expect("a transaction");
    let key = saga::take_live_key(&mut tx, saga.user_id, group, &saga.pool_id, saga.saga_id);
    let is_started =
        key.await.expect("a key") && saga::record(&mut tx, saga).await.expect("a start");
    if is_started {
        tx.commit().await.expect("a commit");
        kept::give_back(conn);
    }
    is_started
}

/// A saga as `request-draw` would start it.
///
/// # Panics
/// When the pool does not sell this to the player.
pub async fn new_saga(user_id: Uuid, saga_id: Uuid, pool_id: &str, draw_count: u32) -> NewSaga {
    let mut conn = kept::take().await;
    let pool_id = PoolId::new(pool_id).expect("a pool id");
    let now = now(&mut conn).await;
    let open = tenjo_store::pool::find_open(&mut conn, &pool_id, now).await.expect("a query");
    let revision = open.expect("an open pool").revision;
    let pool = Revisions::default().get(&mut conn, revision).await.expect("a pool");
    let state = player_state::find(&mut conn, UserId(user_id), &pool).await.expect("a state");
    kept::give_back(conn);
    let draw_count = DrawCount::new(draw_count).expect("a count");
    let quote = pool.quote(&state.state(&pool), draw_count, now).expect("a quote");
    let order = Order {
        user_id: UserId(user_id),
        session_id: SessionId(Uuid::nil()),
        most_per_minute: Most::new(NonZeroU32::MAX),
        pool_id,
        draw_count,
        expected_cost: None,
        client_seed: None,
        expected_revision: None,
        expected_draw_number: None,
    };
    NewSaga::of(SagaId(saga_id), &order, revision, &pool, quote, state)
}

/// Writes a revision of a pool that is not sold: the same with one item, which
/// every draw gives.
///
/// # Panics
/// When the pool has no such item.
pub async fn revision_with_one_item(pool_id: &str, item_master_id: &str) -> PoolRevision {
    let mut conn = connect().await;
    let pool_id = PoolId::new(pool_id).expect("a pool id");
    let live = tenjo_store::pool::find_live(&mut conn, &pool_id).await.expect("a query");
    let live = live.expect("a live pool");
    let pool = Revisions::default().get(&mut conn, live).await.expect("a pool");
    let mut parts = pool.parts().clone();
    parts.items.retain(|item| item.item_master_id.as_str() == item_master_id);
    let PoolKind::Standard(stage) = &mut parts.kind else { panic!("no standard pool") };
    stage.rarity_weights = vec![(parts.items[0].rarity, NonZeroU32::MIN)];
    stage.guarantee = None;
    let pool = Pool::new(parts).expect("a pool");
    let mut tx = conn.begin().await.expect("a transaction");
    let revision = tenjo_store::pool::publish(&mut tx, &pool, "{}").await.expect("a revision");
    // In one transaction, so that it is never visible as on sale.
    let back = tenjo_store::pool::rollback(&mut tx, &pool_id, live).await.expect("a rollback");
    assert!(back, "the live revision is there");
    tx.commit().await.expect("a commit");
    revision
}

/// Changes the revision that a saga was priced with.
///
/// # Panics
/// When there is no such saga.
pub async fn price_with(saga_id: Uuid, revision: PoolRevision) {
    let update = sqlx::query("update game_gacha.sagas set pool_revision = ? where saga_id = ?");
    let update = update.bind(revision.0.as_slice()).bind(saga_id.as_bytes().as_slice());
    let mut conn = kept::take().await;
    let done = update.execute(&mut conn).await.expect("a change");
    kept::give_back(conn);
    assert_eq!(done.rows_affected(), 1);
}

/// Ends the lease of a live saga, which counts as stopped from then on.
///
/// # Panics
/// When it is not live.
pub async fn end_lease(saga_id: Uuid) {
    let mut conn = kept::take().await;
    end_lease_in(&mut conn, saga_id).await;
    kept::give_back(conn);
}

/// The same within a given transaction.
///
/// # Panics
/// When it is not live.
pub async fn end_lease_in(conn: &mut MySqlConnection, saga_id: Uuid) {
    let due = "update game_gacha.live_sagas
               set next_attempt_at = current_timestamp(6) where saga_id = ?";
    change_in(conn, due, saga_id).await;
}

async fn now(conn: &mut MySqlConnection) -> OffsetDateTime {
    sqlx::query_scalar("select current_timestamp(6)").fetch_one(conn).await.expect("the time")
}

/// Statements on the game's tables since the server started, of all users, because
/// TiDB names only one of the users that send the same statement.
const STATEMENTS: &str = "select cast(coalesce(sum(exec_count), 0) as signed)
    from information_schema.statements_summary where digest_text like '%game\\_%'";

/// The same by what they say, but for those of functions that a schedule calls, whatever
/// players do.
const BY_TEXT: &str = "select cast(digest_text as char), cast(sum(exec_count) as signed)
    from information_schema.statements_summary
    where digest_text like '%game\\_%'
      and ifnull(sample_user, '') not in ('tenjo_seeds', 'tenjo_recover', 'tenjo_expire',
            'tenjo_delete', 'tenjo_reconcile', 'tenjo_audit')
    group by digest_text";

/// How many statements on the game's tables the server has had since it started, by their
/// texts, but for those of scheduled functions.
///
/// # Panics
/// When the database fails.
pub async fn statements_by_text() -> BTreeMap<String, i64> {
    let counts: Vec<(String, i64)> =
        sqlx::query_as(BY_TEXT).fetch_all(&mut connect().await).await.expect("counts");
    counts.into_iter().collect()
}

/// How many statements on the game's tables the server has had since it started.
///
/// # Panics
/// When the database fails.
pub async fn statements() -> i64 {
    let count: (i64,) =
        sqlx::query_as(STATEMENTS).fetch_one(&mut connect().await).await.expect("a count");
    count.0
}
