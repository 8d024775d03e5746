//! A player's draws by their numbers.

use tenjo_domain::{DrawNumber, PoolId, SagaId, SagaStatus, UserId};

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
