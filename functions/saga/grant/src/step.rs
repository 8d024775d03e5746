use tenjo_domain::{SagaId, SagaStatus, Step};
use tenjo_step::{Opened, StepError, open};
use tenjo_store::{Db, history, inventory, saga};

/// Grant: `DRAW_COMPLETED` → `ITEM_GRANTED` → `COMPLETED`, in one transaction.
pub(crate) async fn grant(db: &Db, saga_id: SagaId) -> Result<SagaStatus, StepError> {
    let (mut tx, saga) = match open(db, Step::Grant, saga_id).await? {
        Opened::Run(tx, saga) => (tx, saga),
        Opened::Answer(status) => return Ok(status),
    };
    let granted = inventory::grant(&mut tx, saga.user_id, saga_id).await?;
    let recorded = history::record(&mut tx, saga.user_id, saga_id, &saga.pool_id).await?;
    let due = u64::from(saga.draw_count.get());
    if (granted, recorded) != (due, due) {
        // Nothing was committed, and Refund gives the cost back.
        let problem = format!("{due} items are due; {granted} granted, {recorded} in the history");
        return Err(StepError::Internal(problem));
    }
    saga::advance(&mut tx, &saga, &[SagaStatus::ItemGranted, SagaStatus::Completed]).await?;
    tx.commit().await?;
    Ok(SagaStatus::Completed)
}
