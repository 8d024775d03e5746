//! Sagas: one draw each, from its price to its end.
//!
//! A saga's row is locked first by every step ([`lock`]), and its status only
//! moves through [`advance`], which checks that the status is still the one
//! that the step found. So the row is the lock, the fence and the idempotency
//! record of all steps.

use tenjo_domain::{
    Cost, DrawCount, Drawn, FailureReason, ItemMasterId, PoolId, PoolRevision, SagaId, SagaStatus,
    UserId,
};
use time::OffsetDateTime;

use crate::error::is_duplicate;
use crate::{Conn, corrupt, gems, uuid, word};

/// A saga as stored.
#[derive(Debug, Clone)]
pub struct Saga {
    /// Which draw.
    pub saga_id: SagaId,
    /// Whose.
    pub user_id: UserId,
    /// The pool.
    pub pool_id: PoolId,
    /// The very rules that it was priced with and is drawn from.
    pub pool_revision: PoolRevision,
    /// The counter that it moves.
    pub pity_group: String,
    /// At which count an SSR is certain.
    pub pity_max_count: u32,
    /// How many draws.
    pub draw_count: DrawCount,
    /// Where it stands.
    pub status: SagaStatus,
    /// What it costs.
    pub cost: Cost,
    /// Why it failed, if it did.
    pub failure_reason: Option<FailureReason>,
    /// The counter before and after the draw, once drawn.
    pub pity: Option<PityMove>,
    /// Whether Reserve comes too late, by the database's clock.
    pub is_overdue: bool,
    /// How many events it has.
    pub event_count: u32,
    /// When it was priced.
    pub created_at: OffsetDateTime,
    /// When it last changed.
    pub updated_at: OffsetDateTime,
}

/// How a draw moved its player's pity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PityMove {
    /// The counter before the draw.
    pub before: u32,
    /// The counter after it.
    pub after: u32,
}

/// What a new saga is made of.
#[derive(Debug, Clone)]
pub struct NewSaga {
    /// Which draw.
    pub saga_id: SagaId,
    /// Whose.
    pub user_id: UserId,
    /// The pool.
    pub pool_id: PoolId,
    /// Its rules.
    pub pool_revision: PoolRevision,
    /// The counter that it moves.
    pub pity_group: String,
    /// At which count an SSR is certain.
    pub pity_max_count: u32,
    /// How many draws.
    pub draw_count: DrawCount,
    /// What it costs.
    pub cost: Cost,
}

/// A line of a saga's timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// The status that was reached.
    pub status: SagaStatus,
    /// When.
    pub at: OffsetDateTime,
}

/// For how long after its start a saga may still be charged. Longer than a
/// client waits for it, so that a draw that the client gave up is not charged
/// much later by surprise.
const RESERVE_WITHIN_SECONDS: u32 = 60;

/// Starts a saga; `false` if this one was started before, or if the player has
/// another live saga on the same pity. Roll back then: half may be written.
///
/// # Errors
/// When the database fails.
pub async fn start(conn: &mut Conn, saga: &NewSaga) -> sqlx::Result<bool> {
    match insert(conn, saga).await {
        Ok(()) => Ok(true),
        Err(error) if is_duplicate(&error) => Ok(false),
        Err(error) => Err(error),
    }
}

async fn insert(conn: &mut Conn, saga: &NewSaga) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into game_gacha.live_sagas (user_id, pity_group, saga_id) values (?, ?, ?)",
        saga.user_id.0.as_bytes().as_slice(),
        saga.pity_group,
        saga.saga_id.0.as_bytes().as_slice(),
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into game_gacha.sagas
           (saga_id, user_id, pool_id, pool_revision, pity_group, pity_max_count, draw_count,
            status, cost_currency_type, cost_amount, event_count, reserve_before)
         values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, current_timestamp(6) + interval ? second)",
        saga.saga_id.0.as_bytes().as_slice(),
        saga.user_id.0.as_bytes().as_slice(),
        saga.pool_id.as_str(),
        saga.pool_revision.0.as_slice(),
        saga.pity_group,
        saga.pity_max_count,
        saga.draw_count.get(),
        SagaStatus::Started.as_str(),
        saga.cost.currency_type.as_str(),
        saga.cost.amount.amount(),
        RESERVE_WITHIN_SECONDS,
    )
    .execute(&mut *conn)
    .await?;
    add_event(conn, saga.saga_id, 1, SagaStatus::Started).await
}

struct Row {
    saga_id: Vec<u8>,
    user_id: Vec<u8>,
    pool_id: String,
    pool_revision: Vec<u8>,
    pity_group: String,
    pity_max_count: u32,
    draw_count: u32,
    status: String,
    cost_currency_type: String,
    cost_amount: u64,
    failure_reason: Option<String>,
    pity_before: Option<u32>,
    pity_after: Option<u32>,
    is_overdue: bool,
    event_count: u32,
    created_at: OffsetDateTime,
    updated_at: OffsetDateTime,
}

impl TryFrom<Row> for Saga {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> sqlx::Result<Self> {
        Ok(Self {
            saga_id: SagaId(uuid(&row.saga_id)?),
            user_id: UserId(uuid(&row.user_id)?),
            pool_id: PoolId::new(row.pool_id).map_err(corrupt)?,
            pool_revision: PoolRevision(row.pool_revision.as_slice().try_into().map_err(corrupt)?),
            pity_group: row.pity_group,
            pity_max_count: row.pity_max_count,
            draw_count: DrawCount::new(row.draw_count).map_err(corrupt)?,
            status: word(&row.status)?,
            cost: Cost {
                currency_type: word(&row.cost_currency_type)?,
                amount: gems(row.cost_amount)?,
            },
            failure_reason: row.failure_reason.as_deref().map(word).transpose()?,
            pity: row
                .pity_before
                .zip(row.pity_after)
                .map(|(before, after)| PityMove { before, after }),
            is_overdue: row.is_overdue,
            event_count: row.event_count,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

/// The saga with this id.
///
/// # Errors
/// When the database fails.
pub async fn find(conn: &mut Conn, saga_id: SagaId) -> sqlx::Result<Option<Saga>> {
    sqlx::query_as!(
        Row,
        r#"select saga_id, user_id, pool_id, pool_revision, pity_group, pity_max_count, draw_count,
                  status, cost_currency_type, cost_amount, failure_reason, pity_before, pity_after,
                  reserve_before <= current_timestamp(6) as "is_overdue!: bool", event_count,
                  created_at, updated_at
           from game_gacha.sagas where saga_id = ?"#,
        saga_id.0.as_bytes().as_slice(),
    )
    .fetch_optional(conn)
    .await?
    .map(Saga::try_from)
    .transpose()
}

/// The saga of a player and a pity group that is not at its end, if there is one.
///
/// # Errors
/// When the database fails.
pub async fn find_live(
    conn: &mut Conn,
    user_id: UserId,
    pity_group: &str,
) -> sqlx::Result<Option<Saga>> {
    let live = sqlx::query!(
        "select saga_id from game_gacha.live_sagas where user_id = ? and pity_group = ?",
        user_id.0.as_bytes().as_slice(),
        pity_group,
    )
    .fetch_optional(&mut *conn)
    .await?;
    match live {
        Some(live) => find(conn, SagaId(uuid(&live.saga_id)?)).await,
        None => Ok(None),
    }
}

/// The saga with this id, locked until the transaction ends.
///
/// # Errors
/// When the database fails.
pub async fn lock(conn: &mut Conn, saga_id: SagaId) -> sqlx::Result<Option<Saga>> {
    sqlx::query_as!(
        Row,
        r#"select saga_id, user_id, pool_id, pool_revision, pity_group, pity_max_count, draw_count,
                  status, cost_currency_type, cost_amount, failure_reason, pity_before, pity_after,
                  reserve_before <= current_timestamp(6) as "is_overdue!: bool", event_count,
                  created_at, updated_at
           from game_gacha.sagas where saga_id = ? for update"#,
        saga_id.0.as_bytes().as_slice(),
    )
    .fetch_optional(conn)
    .await?
    .map(Saga::try_from)
    .transpose()
}

/// Moves a locked saga along `path`, to the last status of it, and writes the
/// timeline. At its end, the player may start another.
///
/// # Errors
/// When the database fails, or the saga no longer has the status that it was
/// locked with: then the lock is broken, and nothing may commit.
pub async fn advance(conn: &mut Conn, saga: &Saga, path: &[SagaStatus]) -> sqlx::Result<()> {
    move_to(conn, saga, path, None).await
}

/// Ends a locked saga as failed, along `path` before `FAILED`.
///
/// # Errors
/// As [`advance`].
pub async fn fail(
    conn: &mut Conn,
    saga: &Saga,
    path: &[SagaStatus],
    reason: FailureReason,
) -> sqlx::Result<()> {
    let path: Vec<SagaStatus> = path.iter().copied().chain([SagaStatus::Failed]).collect();
    move_to(conn, saga, &path, Some(reason)).await
}

async fn move_to(
    conn: &mut Conn,
    saga: &Saga,
    path: &[SagaStatus],
    reason: Option<FailureReason>,
) -> sqlx::Result<()> {
    let mut seq = saga.event_count;
    for status in path {
        seq += 1;
        add_event(conn, saga.saga_id, seq, *status).await?;
    }
    let status = path.last().copied().unwrap_or(saga.status);
    let done = sqlx::query!(
        "update game_gacha.sagas set status = ?, failure_reason = ?, event_count = ?
         where saga_id = ? and status = ? and event_count = ?",
        status.as_str(),
        reason.map(FailureReason::as_str),
        seq,
        saga.saga_id.0.as_bytes().as_slice(),
        saga.status.as_str(),
        saga.event_count,
    )
    .execute(&mut *conn)
    .await?;
    if done.rows_affected() != 1 {
        return Err(sqlx::Error::RowNotFound);
    }
    if status.is_final() {
        sqlx::query!(
            "delete from game_gacha.live_sagas where saga_id = ?",
            saga.saga_id.0.as_bytes().as_slice(),
        )
        .execute(conn)
        .await?;
    }
    Ok(())
}

async fn add_event(
    conn: &mut Conn,
    saga_id: SagaId,
    seq: u32,
    status: SagaStatus,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into game_gacha.saga_events (saga_id, seq, status) values (?, ?, ?)",
        saga_id.0.as_bytes().as_slice(),
        seq,
        status.as_str(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The timeline of a saga.
///
/// # Errors
/// When the database fails.
pub async fn timeline(conn: &mut Conn, saga_id: SagaId) -> sqlx::Result<Vec<Event>> {
    sqlx::query!(
        "select status, at from game_gacha.saga_events where saga_id = ? order by seq",
        saga_id.0.as_bytes().as_slice(),
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| Ok(Event { status: word(&row.status)?, at: row.at }))
    .collect()
}

/// Records what a locked saga drew, and how pity moved: two statements, however
/// many draws.
///
/// # Errors
/// When the database fails, or it was drawn before.
pub async fn record_draw(
    conn: &mut Conn,
    saga_id: SagaId,
    items: &[Drawn],
    pity: PityMove,
) -> sqlx::Result<()> {
    let mut insert = sqlx::QueryBuilder::<sqlx::MySql>::new(
        "insert into game_gacha.draw_results
           (saga_id, draw_index, item_master_id, rarity, is_pickup) ",
    );
    insert.push_values((0u32..).zip(items), |mut row, (draw_index, item)| {
        row.push_bind(saga_id.0.as_bytes().to_vec())
            .push_bind(draw_index)
            .push_bind(item.item_master_id.as_str())
            .push_bind(item.rarity.as_str())
            .push_bind(item.is_pickup);
    });
    insert.build().execute(&mut *conn).await?;
    sqlx::query!(
        "update game_gacha.sagas set pity_before = ?, pity_after = ? where saga_id = ?",
        pity.before,
        pity.after,
        saga_id.0.as_bytes().as_slice(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What a saga drew, whatever became of it. Never for a player's eyes.
///
/// # Errors
/// When the database fails.
pub async fn drawn(conn: &mut Conn, saga_id: SagaId) -> sqlx::Result<Vec<Drawn>> {
    sqlx::query!(
        r#"select item_master_id, rarity, is_pickup as "is_pickup: bool"
           from game_gacha.draw_results where saga_id = ? order by draw_index"#,
        saga_id.0.as_bytes().as_slice(),
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| {
        Ok(Drawn {
            item_master_id: ItemMasterId::new(row.item_master_id).map_err(corrupt)?,
            rarity: word(&row.rarity)?,
            is_pickup: row.is_pickup,
        })
    })
    .collect()
}
