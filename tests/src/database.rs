//! The database, seen and changed behind the functions' backs.

use sqlx::{Connection, MySqlConnection};
use tenjo_domain::{
    Cost, CurrencyType, DrawCount, Gems, IdempotencyKey, PoolId, SagaId, SagaStatus, UserId,
};
use tenjo_store::pool::Revisions;
use tenjo_store::saga::{self, NewSaga, Saga};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::variable;

/// A connection as administrator.
///
/// # Panics
/// When there is none.
pub async fn connect() -> MySqlConnection {
    let url = variable("TENJO_TEST_DATABASE_URL");
    MySqlConnection::connect(&url).await.expect("a connection")
}

/// Runs a statement that changes what the test names by an id.
///
/// # Panics
/// When it fails or changes nothing.
pub async fn change(statement: &'static str, id: Uuid) {
    let statement_of_id = sqlx::query(statement).bind(id.as_bytes().as_slice());
    let done = statement_of_id.execute(&mut connect().await).await.expect("a change");
    assert!(done.rows_affected() > 0, "nothing changed: {statement}");
}

/// Counts rows of what the test names by an id.
///
/// # Panics
/// When the query fails.
pub async fn count(query: &'static str, id: Uuid) -> i64 {
    let row: (i64,) = sqlx::query_as(query)
        .bind(id.as_bytes().as_slice())
        .fetch_one(&mut connect().await)
        .await
        .expect("a count");
    row.0
}

/// The saga that a key of a player leads to.
///
/// # Panics
/// When it is no key.
#[must_use]
pub fn saga_of(user_id: Uuid, key: &str) -> Uuid {
    SagaId::derive(UserId(user_id), &IdempotencyKey::new(key).expect("a key")).0
}

/// A saga as it stands.
///
/// # Panics
/// When there is none.
pub async fn saga(saga_id: Uuid) -> Saga {
    let found = saga::find(&mut connect().await, SagaId(saga_id)).await.expect("a query");
    found.expect("a saga")
}

/// Where a saga stands, if there is one.
///
/// # Panics
/// When the query fails.
pub async fn saga_status(saga_id: Uuid) -> Option<SagaStatus> {
    let found = saga::find(&mut connect().await, SagaId(saga_id)).await.expect("a query");
    found.map(|saga| saga.status)
}

/// Holds a player's balances, and with them every Reserve of theirs, until the
/// connection is closed.
///
/// # Panics
/// When they cannot be held.
pub async fn hold_balances(user_id: Uuid) -> MySqlConnection {
    hold("select 1 from game_user.currencies where user_id = ? for update", user_id).await
}

/// Holds the rows that a query locks, until the connection is closed.
///
/// # Panics
/// When they cannot be held, or there are none.
pub async fn hold(query: &'static str, id: Uuid) -> MySqlConnection {
    let mut conn = connect().await;
    sqlx::raw_sql("begin").execute(&mut conn).await.expect("a transaction");
    let held = sqlx::query(query).bind(id.as_bytes().as_slice()).fetch_all(&mut conn).await;
    assert!(!held.expect("the rows").is_empty(), "nothing to hold: {query}");
    conn
}

/// Starts a saga for a ten-draw from `standard`, as `request-draw` would, and
/// runs none of it.
///
/// # Panics
/// When the player has another live saga.
pub async fn start_saga(user_id: Uuid) -> Uuid {
    start_saga_as(user_id, Uuid::new_v4()).await
}

/// The same with a saga id of one's own.
///
/// # Panics
/// When the player has another live saga.
pub async fn start_saga_as(user_id: Uuid, saga_id: Uuid) -> Uuid {
    let mut conn = connect().await;
    let pool_id = PoolId::new("standard").expect("a pool id");
    let now = now(&mut conn).await;
    let revision = tenjo_store::pool::find_open(&mut conn, &pool_id, now).await.expect("a query");
    let revision = revision.expect("an open pool");
    let pool = Revisions::default().get(&mut conn, revision).await.expect("a pool");
    let saga = NewSaga {
        saga_id: SagaId(saga_id),
        user_id: UserId(user_id),
        pool_id,
        pool_revision: revision,
        pity_group: pool.pity().group.as_str().to_owned(),
        pity_max_count: pool.pity().max_count.get(),
        draw_count: DrawCount::new(10).expect("a count"),
        cost: Cost {
            currency_type: CurrencyType::FreeGem,
            amount: Gems::new(3000).expect("an amount"),
        },
    };
    let mut tx = conn.begin().await.expect("a transaction");
    assert!(saga::start(&mut tx, &saga).await.expect("a start"), "another saga is live");
    tx.commit().await.expect("a commit");
    saga.saga_id.0
}

async fn now(conn: &mut MySqlConnection) -> OffsetDateTime {
    sqlx::query_scalar("select current_timestamp(6)").fetch_one(conn).await.expect("the time")
}
