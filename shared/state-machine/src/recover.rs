//! A saga that stands still is taken, and run to its end.

use tenjo_domain::{SagaId, SagaStatus};
use tenjo_store::{Db, recovery};

use crate::{RunError, StateMachine};

/// What became of a saga that stood still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recovered {
    /// It does not stand still: somebody else was first, or it came to its end.
    Overtaken,
    /// It is complete.
    Completed,
    /// It failed, and cost nothing.
    Failed,
    /// Its run goes on, or ended too soon; it is tried again.
    StillRunning,
    /// The same, after the last of its attempts.
    GivenUp,
    /// Its run could not begin, and the next one could not either. The attempt
    /// does not count.
    Unavailable,
}

/// Takes a saga and runs it, unless somebody else has taken it: for the sweeper,
/// and for the player in whose way it is.
///
/// Crashing here is safe at any point: once the lease is over, the next sweep
/// takes it again.
///
/// # Errors
/// When the database fails.
pub async fn recover(
    db: &Db,
    state_machine: &StateMachine,
    saga_id: SagaId,
) -> sqlx::Result<Recovered> {
    let mut tx = db.begin().await?;
    let taken = recovery::take(&mut tx, saga_id).await?;
    tx.commit().await?;
    let Some(attempt) = taken else { return Ok(Recovered::Overtaken) };
    tracing::warn!(saga.id = %saga_id, attempt, "stands still, and is run again");

    let run = state_machine.run(saga_id).await;
    let mut conn = db.acquire().await?;
    // What became of it stands in the database, whatever the run said.
    let status = recovery::status(&mut conn, saga_id).await?;
    let outcome = match (status, run) {
        (Some(SagaStatus::Completed), _) => Recovered::Completed,
        (Some(SagaStatus::Failed), _) => Recovered::Failed,
        (_, Err(RunError::Unavailable(cause))) => {
            tracing::warn!(saga.id = %saga_id, cause, "the run could not begin");
            recovery::give_back(&mut conn, saga_id, attempt).await?;
            Recovered::Unavailable
        }
        _ if attempt >= recovery::MAX_ATTEMPTS => Recovered::GivenUp,
        _ => Recovered::StillRunning,
    };
    let status = status.map_or("none", SagaStatus::as_str);
    if outcome == Recovered::GivenUp {
        tracing::error!(saga.id = %saga_id, attempt, status, "given up; it needs a person");
    } else {
        tracing::info!(saga.id = %saga_id, attempt, status, outcome = ?outcome, "was run again");
    }
    Ok(outcome)
}
