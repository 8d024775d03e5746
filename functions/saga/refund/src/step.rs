use tenjo_domain::{FailureReason, SagaId, SagaStatus, Step};
use tenjo_step::{Opened, StepError, count_compensation, count_failed, open};
use tenjo_store::{Db, currency, player_state, saga};

/// Refund: any status before the end → `COMPENSATING` → … → `FAILED`, in one
/// transaction. It never refuses; a saga that is complete stays complete.
///
/// The player's state is set back as the draw found it. No other saga can have
/// moved it meanwhile: a player has one live saga for each draw group.
pub(crate) async fn refund(db: &Db, saga_id: SagaId) -> Result<SagaStatus, StepError> {
    let (mut tx, saga) = match open(db, Step::Refund, saga_id).await? {
        Opened::Run(tx, saga) => (tx, saga),
        Opened::Answer(status) => return Ok(status),
    };
    if let Some(draw) = &saga.draw {
        let group = saga.pity.as_ref().map(|pity| &pity.group);
        player_state::set(&mut tx, saga.user_id, &saga.pool_id, group, &draw.before).await?;
    }
    let path: &[SagaStatus] = if saga.status.is_charged() {
        currency::refund(&mut tx, saga.user_id, saga_id, saga.charge).await?;
        &[SagaStatus::Compensating, SagaStatus::CurrencyRefunded]
    } else {
        &[SagaStatus::Compensating]
    };
    saga::fail(&mut tx, &saga, path, FailureReason::Internal).await?;
    tx.commit().await?;
    count_failed(FailureReason::Internal);
    if saga.status.is_charged() {
        count_compensation();
    }
    Ok(SagaStatus::Failed)
}
