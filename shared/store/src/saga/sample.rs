//! Some of a period's purchases, for figures that cost the same however many there are.

use tenjo_domain::{PoolId, SagaId, SagaStatus, SeedPeriodId};

use crate::{Conn, corrupt, uuid, word};

/// A purchase, as far as figures need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sampled {
    /// Which.
    pub saga_id: SagaId,
    /// From which pool.
    pub pool_id: PoolId,
    /// How many draws.
    pub draw_count: u32,
    /// How far it has come.
    pub status: SagaStatus,
    /// Whether it was priced in the last hour.
    pub is_of_last_hour: bool,
}

/// The first `limit` purchases that drew in a period, by id. The ids are hashes, so the
/// first ones are a fair sample of all of them.
///
/// # Errors
/// When the database fails.
pub async fn sample(
    conn: &mut Conn,
    period_id: SeedPeriodId,
    limit: u32,
) -> sqlx::Result<Vec<Sampled>> {
    sqlx::query!(
        r#"select saga_id, pool_id, draw_count, status,
                  created_at > current_timestamp(6) - interval 1 hour as "is_of_last_hour!: bool"
           from game_gacha.sagas where seed_period_id = ? order by saga_id limit ?"#,
        period_id.0.as_bytes().as_slice(),
        limit,
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| {
        Ok(Sampled {
            saga_id: SagaId(uuid(&row.saga_id)?),
            pool_id: PoolId::new(row.pool_id).map_err(corrupt)?,
            draw_count: row.draw_count,
            status: word(&row.status)?,
            is_of_last_hour: row.is_of_last_hour,
        })
    })
    .collect()
}
