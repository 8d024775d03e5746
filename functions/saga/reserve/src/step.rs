use tenjo_domain::{FailureReason, SagaId, SagaStatus, Step};
use tenjo_step::{Opened, StepError, open};
use tenjo_store::saga::{self, Saga};
use tenjo_store::{Conn, Db, currency, user};

/// Reserve: `STARTED` → `CURRENCY_RESERVED`, or → `FAILED` when it refuses.
///
/// A refusal is an outcome: it is recorded, and nothing was taken.
pub(crate) async fn reserve(db: &Db, saga_id: SagaId) -> Result<SagaStatus, StepError> {
    let (mut tx, saga) = match open(db, Step::Reserve, saga_id).await? {
        Opened::Run(tx, saga) => (tx, saga),
        Opened::Answer(status) => return Ok(status),
    };
    let status = match take(&mut tx, &saga).await? {
        None => {
            saga::advance(&mut tx, &saga, &[SagaStatus::CurrencyReserved]).await?;
            SagaStatus::CurrencyReserved
        }
        Some(refusal) => {
            saga::fail(&mut tx, &saga, &[], refusal).await?;
            SagaStatus::Failed
        }
    };
    tx.commit().await?;
    Ok(status)
}

/// Takes the cost, or tells why not.
async fn take(conn: &mut Conn, saga: &Saga) -> Result<Option<FailureReason>, StepError> {
    if saga.is_overdue {
        return Ok(Some(FailureReason::Expired));
    }
    match user::is_suspended(conn, saga.user_id).await? {
        Some(false) => {}
        Some(true) => return Ok(Some(FailureReason::UserSuspended)),
        None => return Err(StepError::Internal(format!("there is no user {}", saga.user_id))),
    }
    let taken = currency::charge(conn, saga.user_id, saga.saga_id, saga.cost).await?;
    Ok(if taken { None } else { Some(FailureReason::InsufficientCurrency) })
}
