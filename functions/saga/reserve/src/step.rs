use tenjo_domain::{Effect, FailureReason, SagaId, SagaStatus, Step};
use tenjo_step::{Opened, StepError, open};
use tenjo_store::pool::Revisions;
use tenjo_store::saga::{self, Saga};
use tenjo_store::{Conn, Db, currency, player_state, user};

pub(crate) struct App {
    pub(crate) db: Db,
    pub(crate) revisions: Revisions,
}

/// Reserve: `STARTED` → `CURRENCY_RESERVED`, or → `FAILED` when it refuses.
///
/// A refusal is an outcome: it is recorded, and nothing was taken.
pub(crate) async fn reserve(app: &App, saga_id: SagaId) -> Result<SagaStatus, StepError> {
    let (mut work, saga) = match open(&app.db, Step::Reserve, saga_id).await? {
        Opened::Run(work, saga) => (work, saga),
        Opened::Answer(status) => return Ok(status),
    };
    if let Some(refusal) = refusal(app, work.conn(), &saga).await? {
        return work.refuse(&saga, refusal).await;
    }
    let (conn, cost) = (work.next(Effect::Charge)?, saga.quote.cost);
    let Some(charge) = currency::charge(conn, saga.user_id, saga_id, cost).await? else {
        return work.refuse(&saga, FailureReason::InsufficientCurrency).await;
    };
    saga::record_charge(work.next(Effect::RecordCharge)?, saga_id, charge).await?;
    work.finish(&saga).await
}

/// Why the cost may not be taken, if it may not.
async fn refusal(
    app: &App,
    conn: &mut Conn,
    saga: &Saga,
) -> Result<Option<FailureReason>, StepError> {
    if saga.is_overdue {
        return Ok(Some(FailureReason::Expired));
    }
    match user::is_suspended(conn, saga.user_id).await? {
        Some(false) => {}
        Some(true) => return Ok(Some(FailureReason::UserSuspended)),
        None => return Err(StepError::Internal(format!("there is no user {}", saga.user_id))),
    }
    let pool = app.revisions.get(conn, saga.pool_revision).await?;
    let state = player_state::lock(conn, saga.user_id, &pool).await?.state(&pool);
    Ok(saga.quote.outdated(pool.quote(&state, saga.quote.draw_count, saga.quote.at)))
}
