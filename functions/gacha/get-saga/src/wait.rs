//! Waiting for the end of a draw, in place of a client that asks every second.

use std::time::Duration;

use tenjo_domain::{SagaId, UserId};
use tenjo_http::ApiError;
use tenjo_store::Db;
use tenjo_store::saga::{self, SagaRecord};
use tokio::time::{Instant, sleep};

/// The longest wait. The timeouts of the function and of the gateway leave room for it:
/// `tests/tests/agreement` compares them.
pub(crate) const LONGEST_S: u32 = 20;

/// The pauses between two looks: short at first, because most draws end in the next
/// moment, and then longer, because a draw that is late will be later.
fn pauses() -> impl Iterator<Item = Duration> {
    const FIRST: Duration = Duration::from_millis(50);
    const LONGEST: Duration = Duration::from_secs(1);
    std::iter::successors(Some(FIRST), |pause| Some((*pause * 3 / 2).min(LONGEST)))
}

/// A draw of this player, as soon as it has ended, or as it is after `wait_s`.
///
/// Each look takes a connection and gives it back, so that a wait holds neither a
/// connection nor a transaction.
///
/// # Errors
/// - `not_found`, at once: unknown, or another player's
pub(crate) async fn ended(
    db: &Db,
    user_id: UserId,
    saga_id: SagaId,
    wait_s: u32,
) -> Result<SagaRecord, ApiError> {
    let until = Instant::now() + Duration::from_secs(wait_s.into());
    let mut pauses = pauses();
    loop {
        let found = saga::find(&mut *db.acquire().await?, saga_id).await?;
        let own = found.filter(|record| record.saga.user_id == user_id);
        let record = own.ok_or(ApiError::NotFound("saga"))?;
        let left = until.saturating_duration_since(Instant::now());
        if record.saga.status.is_final() || left.is_zero() {
            return Ok(record);
        }
        sleep(pauses.next().unwrap_or(left).min(left)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_wait_looks_at_the_draw_thirty_times_at_most() {
        let longest = Duration::from_secs(LONGEST_S.into());
        let looks = pauses().scan(Duration::ZERO, |waited, pause| {
            *waited += pause;
            Some(*waited)
        });
        let looks = looks.take_while(|waited| *waited < longest).count();
        assert!((20..30).contains(&looks), "{looks} looks");
    }

    #[test]
    fn an_end_within_a_second_is_seen_soon() {
        let in_the_first_second = pauses().take(6);
        assert!(in_the_first_second.sum::<Duration>() > Duration::from_secs(1));
        assert!(pauses().take(6).all(|pause| pause < Duration::from_millis(400)));
    }
}
