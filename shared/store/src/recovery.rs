//! The leases of live sagas; `tenjo_saga::recover` is the policy.

use std::cmp::Reverse;

use tenjo_domain::{SagaId, SagaStatus};
use tenjo_saga::{GIVEN_UP_SECONDS, LEASE_SECONDS, MAX_ATTEMPTS, POSTPONED_SECONDS};
use time::OffsetDateTime;

use crate::{Conn, uuid, word};

/// How many shards `live_sagas_due` has.
const SHARDS: u8 = 16;

/// The sagas whose lease is over, at most `limit` of each shard. The oldest due
/// saga comes first, from whatever shard, so that no shard waits for another.
///
/// # Errors
/// When the database fails.
pub async fn due(conn: &mut Conn, limit: u32) -> sqlx::Result<Vec<SagaId>> {
    let mut due = Vec::new();
    for shard in 0..SHARDS {
        // Without the hint the plan would depend on statistics, and the rows of
        // this table are all replaced within minutes.
        let rows = sqlx::query!(
            "select /*+ use_index(game_gacha.live_sagas, live_sagas_due) */
                    next_attempt_at, saga_id
             from game_gacha.live_sagas
             where shard = ? and next_attempt_at <= current_timestamp(6)
             order by next_attempt_at limit ?",
            shard,
            limit,
        )
        .fetch_all(&mut *conn)
        .await?;
        for row in rows {
            due.push((row.next_attempt_at, SagaId(uuid(&row.saga_id)?)));
        }
    }
    due.sort_unstable();
    Ok(due.into_iter().map(|(_, saga_id)| saga_id).collect())
}

/// Takes a saga whose lease is over, and returns which attempt this is; `None` if
/// somebody else has taken it, or it has ended. Commit before the saga is run.
///
/// # Errors
/// When the database fails.
pub async fn take(conn: &mut Conn, saga_id: SagaId) -> sqlx::Result<Option<u32>> {
    let due = sqlx::query!(
        "select attempt_count from game_gacha.live_sagas
         where saga_id = ? and next_attempt_at <= current_timestamp(6) for update",
        saga_id.0.as_bytes().as_slice(),
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(due) = due else { return Ok(None) };
    let attempt = due.attempt_count.saturating_add(1);
    sqlx::query!(
        "update game_gacha.live_sagas
         set attempt_count = ?, next_attempt_at = current_timestamp(6) + interval ? second
         where saga_id = ?",
        attempt,
        if attempt < MAX_ATTEMPTS { LEASE_SECONDS } else { GIVEN_UP_SECONDS },
        saga_id.0.as_bytes().as_slice(),
    )
    .execute(conn)
    .await?;
    Ok(Some(attempt))
}

/// Gives back a saga that was taken for this attempt, but whose run could not
/// begin. The attempt does not count, because the saga did not cause the failure.
///
/// # Errors
/// When the database fails.
pub async fn give_back(conn: &mut Conn, saga_id: SagaId, attempt: u32) -> sqlx::Result<()> {
    sqlx::query!(
        "update game_gacha.live_sagas
         set attempt_count = ?, next_attempt_at = current_timestamp(6) + interval ? second
         where saga_id = ? and attempt_count = ?",
        attempt.saturating_sub(1),
        POSTPONED_SECONDS,
        saga_id.0.as_bytes().as_slice(),
        attempt,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Makes a live saga due now, with no attempts counted. An operator uses it after
/// fixing the cause that stopped the saga. `false` if the saga is not live.
///
/// # Errors
/// When the database fails.
pub async fn renew(conn: &mut Conn, saga_id: SagaId) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "update game_gacha.live_sagas
         set attempt_count = 0, next_attempt_at = current_timestamp(6)
         where saga_id = ?",
        saga_id.0.as_bytes().as_slice(),
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// How many live sagas have started their last attempt.
///
/// # Errors
/// When the database fails.
pub async fn stuck_count(conn: &mut Conn) -> sqlx::Result<u64> {
    let mut stuck = 0;
    for shard in 0..SHARDS {
        let row = sqlx::query!(
            r#"select /*+ use_index(game_gacha.live_sagas, live_sagas_due) */
                      count(*) as "stuck!: i64"
               from game_gacha.live_sagas
               where shard = ? and attempt_count >= ?"#,
            shard,
            MAX_ATTEMPTS,
        )
        .fetch_one(&mut *conn)
        .await?;
        stuck += row.stuck.unsigned_abs();
    }
    Ok(stuck)
}

/// The statuses of sagas that have not ended, of at most `limit` of them.
///
/// # Errors
/// When the database fails.
pub async fn live_statuses(conn: &mut Conn, limit: u32) -> sqlx::Result<Vec<SagaStatus>> {
    sqlx::query!(
        "select s.status
         from (select saga_id from game_gacha.live_sagas limit ?) l
         join game_gacha.sagas s on s.saga_id = l.saga_id",
        limit,
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| word(&row.status))
    .collect()
}

/// A saga that stopped before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stopped {
    /// Which.
    pub saga_id: SagaId,
    /// How often somebody has run it again.
    pub attempt_count: u32,
    /// When it may be taken next.
    pub next_attempt_at: OffsetDateTime,
}

/// The sagas that have to be run again, or were: those whose lease is over, and those that
/// somebody has taken. At most `limit`, first those that were taken most often, then those
/// that are due first.
///
/// # Errors
/// When the database fails.
pub async fn stopped(conn: &mut Conn, limit: u32) -> sqlx::Result<Vec<Stopped>> {
    let mut stopped = Vec::new();
    for shard in 0..SHARDS {
        let rows = sqlx::query!(
            "select /*+ use_index(game_gacha.live_sagas, live_sagas_due) */
                    next_attempt_at, saga_id, attempt_count
             from game_gacha.live_sagas
             where shard = ? and (attempt_count > 0 or next_attempt_at <= current_timestamp(6))
             order by attempt_count desc, next_attempt_at limit ?",
            shard,
            limit,
        )
        .fetch_all(&mut *conn)
        .await?;
        for row in rows {
            let saga_id = SagaId(uuid(&row.saga_id)?);
            let (attempt_count, next_attempt_at) = (row.attempt_count, row.next_attempt_at);
            stopped.push(Stopped { saga_id, attempt_count, next_attempt_at });
        }
    }
    stopped.sort_unstable_by_key(|it| (Reverse(it.attempt_count), it.next_attempt_at));
    stopped.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(stopped)
}

/// The status of a saga; `None` if there is no such saga.
///
/// # Errors
/// When the database fails.
pub async fn status(conn: &mut Conn, saga_id: SagaId) -> sqlx::Result<Option<SagaStatus>> {
    sqlx::query!(
        "select status from game_gacha.sagas where saga_id = ?",
        saga_id.0.as_bytes().as_slice(),
    )
    .fetch_optional(conn)
    .await?
    .map(|row| word(&row.status))
    .transpose()
}
