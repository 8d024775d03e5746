//! One saga that stands still.

use tenjo_domain::{SagaId, SagaStatus};
use tenjo_state_machine::RunError;
use tenjo_store::recovery;

use crate::app::App;
use crate::report::Outcome;

/// Takes a saga and runs it, unless somebody else has taken it.
///
/// Crashing here is safe at any point: once the lease is over, the next sweep
/// takes it again.
///
/// # Errors
/// When the database fails.
pub(crate) async fn recover(app: &App, saga_id: SagaId) -> sqlx::Result<Outcome> {
    let mut tx = app.db.begin().await?;
    let taken = recovery::take(&mut tx, saga_id).await?;
    tx.commit().await?;
    let Some(attempt) = taken else { return Ok(Outcome::Overtaken) };
    tracing::warn!(saga.id = %saga_id, attempt, "stands still, and is run again");

    let run = app.state_machine.run(saga_id).await;
    let mut conn = app.db.acquire().await?;
    // What became of it stands in the database, whatever the run said.
    let status = recovery::status(&mut conn, saga_id).await?;
    let outcome = match (status, run) {
        (Some(SagaStatus::Completed), _) => Outcome::Completed,
        (Some(SagaStatus::Failed), _) => Outcome::Failed,
        (_, Err(RunError::Unavailable(cause))) => {
            tracing::warn!(saga.id = %saga_id, cause, "the run could not begin");
            recovery::give_back(&mut conn, saga_id, attempt).await?;
            Outcome::Unavailable
        }
        _ if attempt >= recovery::MAX_ATTEMPTS => Outcome::GivenUp,
        _ => Outcome::StillRunning,
    };
    let status = status.map_or("none", SagaStatus::as_str);
    if outcome == Outcome::GivenUp {
        tracing::error!(saga.id = %saga_id, attempt, status, "given up; it needs a person");
    } else {
        tracing::info!(saga.id = %saga_id, attempt, status, outcome = ?outcome, "was run again");
    }
    Ok(outcome)
}
