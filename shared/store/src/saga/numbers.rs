//! A player's draws by their numbers.

use tenjo_domain::{DrawNumber, PoolId, SagaId, SagaStatus, SeedPeriodId, UserId};
use time::OffsetDateTime;

use crate::{Conn, Limit, Page, corrupt, uuid, word};

/// A draw by the number that it took.
#[derive(Debug, Clone)]
pub struct NumberedDraw {
    /// The player's number for it.
    pub number: DrawNumber,
    /// Which draw.
    pub saga_id: SagaId,
    /// The pool.
    pub pool_id: PoolId,
    /// The status of its saga.
    pub status: SagaStatus,
}

/// What there is to prove a draw with that has ended.
#[derive(Debug, Clone)]
pub struct ProvableDraw {
    /// The draw.
    pub draw: NumberedDraw,
    /// The period whose seed it was drawn from.
    pub period_id: SeedPeriodId,
    /// When that ends.
    pub period_ends_at: OffsetDateTime,
    /// Whether its seed is revealed, so that the proof can be checked.
    pub is_seed_revealed: bool,
    /// Whether the root over all its purchases is there.
    pub has_root: bool,
}

/// A page of a player's draws that ended, newest first, starting after number `after`.
/// Nothing of one that runs.
///
/// # Errors
/// When the database fails.
pub async fn provable(
    conn: &mut Conn,
    user_id: UserId,
    after: Option<u64>,
    limit: Limit,
) -> sqlx::Result<Page<ProvableDraw>> {
    let rows = sqlx::query!(
        r#"select s.draw_number as "draw_number!", s.saga_id, s.pool_id, s.status, p.period_id,
                  p.ends_at, (p.revealed_seed is not null) as "is_seed_revealed!: bool",
                  (p.root_hash is not null) as "has_root!: bool"
           from game_gacha.sagas s join game_gacha.seed_periods p on p.period_id = s.seed_period_id
           where s.user_id = ? and s.draw_number < ? and s.status in ('COMPLETED', 'FAILED')
           order by s.draw_number desc limit ?"#,
        user_id.0.as_bytes().as_slice(),
        after.unwrap_or(u64::MAX),
        limit.and_one(),
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| {
        let draw = NumberedDraw {
            number: DrawNumber::new(row.draw_number).map_err(corrupt)?,
            saga_id: SagaId(uuid(&row.saga_id)?),
            pool_id: PoolId::new(row.pool_id).map_err(corrupt)?,
            status: word(&row.status)?,
        };
        Ok(ProvableDraw {
            draw,
            period_id: SeedPeriodId(uuid(&row.period_id)?),
            period_ends_at: row.ends_at,
            is_seed_revealed: row.is_seed_revealed,
            has_root: row.has_root,
        })
    })
    .collect::<sqlx::Result<_>>()?;
    Ok(Page::of(rows, limit))
}

/// A page of a player's draws that took a number, newest first, starting after
/// number `after`.
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
