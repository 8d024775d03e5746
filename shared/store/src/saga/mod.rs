//! Sagas. Each is one draw, from its price to its end.
//!
//! Every step locks a saga's row first ([`lock`]), and its status moves only
//! through [`advance`], which checks that the status is still the one that the
//! step found. So the row is the lock, the fence and the idempotency record of
//! all steps.

mod advance;
mod numbers;
mod row;
mod sample;
mod seal;
mod start;

use tenjo_domain::{SagaId, SagaStatus, SeedPeriodId, UserId};
use tenjo_saga::Saga;
use time::OffsetDateTime;

use crate::{Conn, Limit, Page};
use row::Row;

pub use advance::advance;
pub use numbers::{NumberedDraw, ProvableDraw, list_numbers, provable};
pub use sample::{Sampled, sample};
pub use seal::{SealKey, SealKeys};
pub use start::{find_live, record, take_live_key};

/// A saga as its player may see it, with its timeline.
#[derive(Debug, Clone)]
pub struct SagaRecord {
    /// The saga, without anything of the draw until the saga has ended.
    pub saga: Saga,
    /// When it reached each status, in the order in which it did.
    pub timeline: Vec<Event>,
    /// When it was priced.
    pub created_at: OffsetDateTime,
    /// When it last changed.
    pub updated_at: OffsetDateTime,
}

/// A line of a saga's timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// The status that was reached.
    pub status: SagaStatus,
    /// When.
    pub at: OffsetDateTime,
}

/// The saga with this id, as its player may see it.
///
/// # Errors
/// When the database fails.
pub async fn find(conn: &mut Conn, saga_id: SagaId) -> sqlx::Result<Option<SagaRecord>> {
    row::read(conn, saga_id).await?.map(Row::into_record).transpose()
}

/// A page of a player's sagas, newest first, as their player may see them, starting after
/// the one that was priced at this time with this id.
///
/// # Errors
/// When the database fails.
pub async fn latest(
    conn: &mut Conn,
    user_id: UserId,
    after: Option<(OffsetDateTime, SagaId)>,
    limit: Limit,
) -> sqlx::Result<Page<SagaRecord>> {
    let rows = row::latest(conn, user_id, after, limit).await?;
    let records = rows.into_iter().map(Row::into_record).collect::<sqlx::Result<_>>()?;
    Ok(Page::of(records, limit))
}

/// The sagas that drew in a period, with ids from one to another, in their order, with
/// everything that was drawn.
///
/// # Errors
/// When the database fails.
pub async fn ended_in(
    conn: &mut Conn,
    period_id: SeedPeriodId,
    first: SagaId,
    last: SagaId,
    limit: u32,
) -> sqlx::Result<Vec<Saga>> {
    let rows = row::of_period(conn, period_id, first, last, limit).await?;
    rows.into_iter().map(Row::into_saga).collect()
}

/// The saga with this id, locked until the transaction ends, with everything that
/// was drawn. Never show it to a player. If one of the keys checks the status that the
/// saga has, the saga has the seal of the step that set this status.
///
/// # Errors
/// When the database fails, or the saga has no valid seal.
pub async fn lock(conn: &mut Conn, saga_id: SagaId, keys: &SealKeys) -> sqlx::Result<Option<Saga>> {
    let Some(row) = row::lock(conn, saga_id).await? else { return Ok(None) };
    let seals = row.seals();
    let saga = row.into_saga()?;
    keys.check(&saga, &seals)?;
    Ok(Some(saga))
}
