use tenjo_domain::{FailureReason, SagaId, SagaStatus, Step};
use tenjo_step::{Opened, StepError, count_failed, open};
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
    let (mut tx, saga) = match open(&app.db, Step::Reserve, saga_id).await? {
        Opened::Run(tx, saga) => (tx, saga),
        Opened::Answer(status) => return Ok(status),
    };
    match take(app, &mut tx, &saga).await? {
        None => {
            saga::advance(&mut tx, &saga, &[SagaStatus::CurrencyReserved]).await?;
            tx.commit().await?;
            Ok(SagaStatus::CurrencyReserved)
        }
        Some(refusal) => {
            saga::fail(&mut tx, &saga, &[], refusal).await?;
            tx.commit().await?;
            count_failed(refusal);
            Ok(SagaStatus::Failed)
        }
    }
}

/// Takes the cost, or tells why not.
async fn take(app: &App, conn: &mut Conn, saga: &Saga) -> Result<Option<FailureReason>, StepError> {
    if saga.is_overdue {
        return Ok(Some(FailureReason::Expired));
    }
    match user::is_suspended(conn, saga.user_id).await? {
        Some(false) => {}
        Some(true) => return Ok(Some(FailureReason::UserSuspended)),
        None => return Err(StepError::Internal(format!("there is no user {}", saga.user_id))),
    }
    if let Some(refusal) = outdated(app, conn, saga).await? {
        return Ok(Some(refusal));
    }
    let cost = saga.quote.cost;
    match currency::charge(conn, saga.user_id, saga.saga_id, cost).await? {
        None => Ok(Some(FailureReason::InsufficientCurrency)),
        Some(charge) => {
            saga::record_charge(conn, saga.saga_id, charge).await?;
            Ok(None)
        }
    }
}

/// Why the quote holds no longer, if it does not.
///
/// It was made before this saga was the player's only live one, so another draw
/// may have gone between. From here on none can.
async fn outdated(
    app: &App,
    conn: &mut Conn,
    saga: &Saga,
) -> Result<Option<FailureReason>, StepError> {
    let pool = app.revisions.get(conn, saga.pool_revision).await?;
    let state = player_state::lock(conn, saga.user_id, &pool).await?.state(&pool);
    Ok(match pool.quote(&state, saga.quote.draw_count, saga.quote.at) {
        Ok(quote) if quote == saga.quote => None,
        Ok(_) => Some(FailureReason::PriceChanged),
        Err(refusal) => Some(refusal.into()),
    })
}
