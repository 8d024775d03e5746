//! Sagas: one draw each, from its price to its end.
//!
//! A saga's row is locked first by every step ([`lock`]), and its status only
//! moves through [`advance`], which checks that the status is still the one
//! that the step found. So the row is the lock, the fence and the idempotency
//! record of all steps.

use sqlx::types::Json;
use tenjo_documents::StateDocument;
use tenjo_domain::{
    Charge, ClientSeed, Cost, DrawCount, DrawNumber, FailureReason, ItemMasterId, PityGroup,
    PointGroup, Pool, PoolId, PoolItem, PoolRevision, Quote, Rarity, SagaId, SagaStatus,
    SeedPeriodId, UserId,
};
use time::OffsetDateTime;

use crate::error::is_duplicate;
use crate::recovery::FIRST_RUN_SECONDS;
use crate::{Conn, Limit, Page, corrupt, gems, uuid, word};

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
    /// The pity that it moves, if its pool has any.
    pub pity: Option<SagaPity>,
    /// What was quoted.
    pub quote: Quote,
    /// Where it stands.
    pub status: SagaStatus,
    /// What it took, or took and gave back. Nothing before Reserve.
    pub charge: Charge,
    /// The points that it gives when it is complete.
    pub points: Option<SagaPoints>,
    /// Why it failed, if it did.
    pub failure_reason: Option<FailureReason>,
    /// How it was drawn, once it was.
    pub draw: Option<DrawRecord>,
    /// Whether Reserve comes too late, by the database's clock.
    pub is_overdue: bool,
    /// How many events it has.
    pub event_count: u32,
    /// When it was priced.
    pub created_at: OffsetDateTime,
    /// When it last changed.
    pub updated_at: OffsetDateTime,
}

/// The pity of a saga's pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SagaPity {
    /// The counter that the draw moves.
    pub group: PityGroup,
    /// At which count an SSR is certain.
    pub max_count: u32,
}

/// The points that a saga gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SagaPoints {
    /// Which points.
    pub group: PointGroup,
    /// How many.
    pub amount: u64,
}

/// How a saga was drawn: all that it takes, with the pool's rules and the
/// server's seed, to draw it again, and to undo it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrawRecord {
    /// The player's number for it.
    pub number: DrawNumber,
    /// The player's seed.
    pub client_seed: ClientSeed,
    /// The period of the server's seed.
    pub period_id: SeedPeriodId,
    /// Where the player stood.
    pub before: StateDocument,
    /// Where it left the player.
    pub after: StateDocument,
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
    /// Which draws of the player wait for each other.
    pub draw_group: String,
    /// The pity that it moves, if its pool has any.
    pub pity: Option<SagaPity>,
    /// What was quoted.
    pub quote: Quote,
    /// The points that it gives when it is complete.
    pub points: Option<SagaPoints>,
}

impl NewSaga {
    /// The saga of a player's purchase at this price, by a revision of its pool.
    #[must_use]
    pub fn of(
        saga_id: SagaId,
        user_id: UserId,
        pool_revision: PoolRevision,
        pool: &Pool,
        quote: Quote,
    ) -> Self {
        Self {
            saga_id,
            user_id,
            pool_id: pool.pool_id().clone(),
            pool_revision,
            draw_group: pool.draw_group(),
            pity: pool.pity().map(|rule| SagaPity {
                group: rule.group.clone(),
                max_count: rule.max_count.get(),
            }),
            quote,
            points: pool.exchange().map(|rule| SagaPoints {
                group: rule.group.clone(),
                amount: rule.points_for(quote.draw_count),
            }),
        }
    }
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
/// another live saga in the same draw group or pool. Roll back then: half may be written.
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
        "insert into game_gacha.live_sagas
           (user_id, draw_group, pool_id, saga_id, next_attempt_at)
         values (?, ?, ?, ?, current_timestamp(6) + interval ? second)",
        saga.user_id.0.as_bytes().as_slice(),
        saga.draw_group,
        saga.pool_id.as_str(),
        saga.saga_id.0.as_bytes().as_slice(),
        FIRST_RUN_SECONDS,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into game_gacha.sagas
           (saga_id, user_id, pool_id, pool_revision, pity_group, pity_max_count, draw_count,
            step, is_free, quoted_at, status, cost_currency_type, cost_amount, point_group,
            points, event_count, reserve_before)
         values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1,
                 current_timestamp(6) + interval ? second)",
        saga.saga_id.0.as_bytes().as_slice(),
        saga.user_id.0.as_bytes().as_slice(),
        saga.pool_id.as_str(),
        saga.pool_revision.0.as_slice(),
        saga.pity.as_ref().map(|pity| pity.group.as_str()),
        saga.pity.as_ref().map(|pity| pity.max_count),
        saga.quote.draw_count.get(),
        saga.quote.step,
        saga.quote.is_free,
        saga.quote.at,
        SagaStatus::Started.as_str(),
        saga.quote.cost.currency_type.as_str(),
        saga.quote.cost.amount.amount(),
        saga.points.as_ref().map(|points| points.group.as_str()),
        saga.points.as_ref().map_or(0, |points| points.amount),
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
    pity_group: Option<String>,
    pity_max_count: Option<u32>,
    draw_count: u32,
    step: u32,
    is_free: bool,
    quoted_at: OffsetDateTime,
    status: String,
    cost_currency_type: String,
    cost_amount: u64,
    charged_free_gems: u64,
    charged_paid_gems: u64,
    point_group: Option<String>,
    points: u64,
    failure_reason: Option<String>,
    draw_number: Option<u64>,
    client_seed: Option<String>,
    seed_period_id: Option<Vec<u8>>,
    state_before: Option<Json<StateDocument>>,
    state_after: Option<Json<StateDocument>>,
    is_overdue: bool,
    event_count: u32,
    created_at: OffsetDateTime,
    updated_at: OffsetDateTime,
}

impl Row {
    fn pity(&self) -> sqlx::Result<Option<SagaPity>> {
        let Some((group, max_count)) = self.pity_group.as_ref().zip(self.pity_max_count) else {
            return Ok(None);
        };
        Ok(Some(SagaPity { group: PityGroup::new(group).map_err(corrupt)?, max_count }))
    }

    fn quote(&self) -> sqlx::Result<Quote> {
        Ok(Quote {
            draw_count: DrawCount::new(self.draw_count).map_err(corrupt)?,
            cost: Cost {
                currency_type: word(&self.cost_currency_type)?,
                amount: gems(self.cost_amount)?,
            },
            step: self.step,
            is_free: self.is_free,
            at: self.quoted_at,
        })
    }

    fn points(&self) -> sqlx::Result<Option<SagaPoints>> {
        let Some(group) = &self.point_group else { return Ok(None) };
        let group = PointGroup::new(group).map_err(corrupt)?;
        Ok(Some(SagaPoints { group, amount: self.points }))
    }

    fn draw(&mut self) -> sqlx::Result<Option<DrawRecord>> {
        let parts = (
            self.draw_number,
            self.client_seed.take(),
            self.seed_period_id.as_deref(),
            self.state_before.take(),
            self.state_after.take(),
        );
        let (Some(number), Some(client_seed), Some(period), Some(before), Some(after)) = parts
        else {
            return Ok(None);
        };
        Ok(Some(DrawRecord {
            number: DrawNumber::new(number).map_err(corrupt)?,
            client_seed: ClientSeed::new(client_seed).map_err(corrupt)?,
            period_id: SeedPeriodId(uuid(period)?),
            before: before.0,
            after: after.0,
        }))
    }
}

impl TryFrom<Row> for Saga {
    type Error = sqlx::Error;

    fn try_from(mut row: Row) -> sqlx::Result<Self> {
        Ok(Self {
            saga_id: SagaId(uuid(&row.saga_id)?),
            user_id: UserId(uuid(&row.user_id)?),
            pity: row.pity()?,
            quote: row.quote()?,
            points: row.points()?,
            draw: row.draw()?,
            pool_id: PoolId::new(row.pool_id).map_err(corrupt)?,
            pool_revision: PoolRevision(row.pool_revision.as_slice().try_into().map_err(corrupt)?),
            status: word(&row.status)?,
            charge: Charge {
                free_gems: gems(row.charged_free_gems)?,
                paid_gems: gems(row.charged_paid_gems)?,
            },
            failure_reason: row.failure_reason.as_deref().map(word).transpose()?,
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
                  step, is_free as "is_free: bool", quoted_at, status, cost_currency_type,
                  cost_amount, charged_free_gems, charged_paid_gems, point_group, points,
                  failure_reason, draw_number, client_seed,
                  seed_period_id as "seed_period_id: Vec<u8>",
                  state_before as "state_before: Json<StateDocument>",
                  state_after as "state_after: Json<StateDocument>",
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

/// The saga that keeps a player from another draw of a group or a pool: the one
/// that is not at its end, if there is one.
///
/// # Errors
/// When the database fails.
pub async fn find_live(
    conn: &mut Conn,
    user_id: UserId,
    draw_group: &str,
    pool_id: &PoolId,
) -> sqlx::Result<Option<SagaId>> {
    let live = sqlx::query!(
        "select saga_id from game_gacha.live_sagas
         where user_id = ? and (draw_group = ? or pool_id = ?) limit 1",
        user_id.0.as_bytes().as_slice(),
        draw_group,
        pool_id.as_str(),
    )
    .fetch_optional(conn)
    .await?;
    live.map(|live| Ok(SagaId(uuid(&live.saga_id)?))).transpose()
}

/// The saga with this id, locked until the transaction ends.
///
/// # Errors
/// When the database fails.
pub async fn lock(conn: &mut Conn, saga_id: SagaId) -> sqlx::Result<Option<Saga>> {
    sqlx::query_as!(
        Row,
        r#"select saga_id, user_id, pool_id, pool_revision, pity_group, pity_max_count, draw_count,
                  step, is_free as "is_free: bool", quoted_at, status, cost_currency_type,
                  cost_amount, charged_free_gems, charged_paid_gems, point_group, points,
                  failure_reason, draw_number, client_seed,
                  seed_period_id as "seed_period_id: Vec<u8>",
                  state_before as "state_before: Json<StateDocument>",
                  state_after as "state_after: Json<StateDocument>",
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

/// Ends a locked saga along `path`, which leads to `FAILED`.
///
/// # Errors
/// As [`advance`].
pub async fn fail(
    conn: &mut Conn,
    saga: &Saga,
    path: &[SagaStatus],
    reason: FailureReason,
) -> sqlx::Result<()> {
    move_to(conn, saga, path, Some(reason)).await
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

/// Records what Reserve took from the player of a locked saga.
///
/// # Errors
/// When the database fails.
pub async fn record_charge(conn: &mut Conn, saga_id: SagaId, charge: Charge) -> sqlx::Result<()> {
    sqlx::query!(
        "update game_gacha.sagas set charged_free_gems = ?, charged_paid_gems = ?
         where saga_id = ?",
        charge.free_gems.amount(),
        charge.paid_gems.amount(),
        saga_id.0.as_bytes().as_slice(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Records what a locked saga drew, and how: two statements, however many draws.
///
/// # Errors
/// When the database fails, it was drawn before, or another draw of the player
/// has the same number.
pub async fn record_draw(
    conn: &mut Conn,
    saga_id: SagaId,
    items: &[&PoolItem],
    draw: &DrawRecord,
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
        "update game_gacha.sagas set draw_number = ?, client_seed = ?, seed_period_id = ?,
           state_before = ?, state_after = ?
         where saga_id = ?",
        draw.number.get(),
        draw.client_seed.as_str(),
        draw.period_id.0.as_bytes().as_slice(),
        Json(&draw.before),
        Json(&draw.after),
        saga_id.0.as_bytes().as_slice(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A draw by the number that it took.
#[derive(Debug, Clone)]
pub struct NumberedDraw {
    /// The player's number for it.
    pub number: DrawNumber,
    /// Which draw.
    pub saga_id: SagaId,
    /// The pool.
    pub pool_id: PoolId,
    /// Where it stands.
    pub status: SagaStatus,
}

/// A page of the draws of a player that took a number, newest first, behind
/// the one with number `after`.
///
/// # Errors
/// When the database fails.
pub async fn list_numbers(
    conn: &mut Conn,
    user_id: UserId,
    after: Option<u64>,
    limit: Limit,
) -> sqlx::Result<Page<NumberedDraw>> {
    let rows = sqlx::query!(
        r#"select draw_number as "draw_number!", saga_id, pool_id, status from game_gacha.sagas
           where user_id = ? and draw_number < ? order by draw_number desc limit ?"#,
        user_id.0.as_bytes().as_slice(),
        after.unwrap_or(u64::MAX),
        limit.and_one(),
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| {
        Ok(NumberedDraw {
            number: DrawNumber::new(row.draw_number).map_err(corrupt)?,
            saga_id: SagaId(uuid(&row.saga_id)?),
            pool_id: PoolId::new(row.pool_id).map_err(corrupt)?,
            status: word(&row.status)?,
        })
    })
    .collect::<sqlx::Result<_>>()?;
    Ok(Page::of(rows, limit))
}

/// One drawn item, as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawn {
    /// Which item.
    pub item_master_id: ItemMasterId,
    /// How rare it is in its pool.
    pub rarity: Rarity,
    /// Whether the pool advertised it.
    pub is_pickup: bool,
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
