use tenjo_domain::{SagaId, SagaStatus, Step};
use tenjo_step::{Opened, StepError, count_completed, open};
use tenjo_store::{Db, history, inventory, point, saga};

/// Grant: `DRAW_COMPLETED` → `ITEM_GRANTED` → `COMPLETED`, in one transaction.
///
/// Exchange points come only now: what was granted is never taken back, so no
/// refund can ask for points that the player has spent.
pub(crate) async fn grant(db: &Db, saga_id: SagaId) -> Result<SagaStatus, StepError> {
    let (mut tx, saga) = match open(db, Step::Grant, saga_id).await? {
        Opened::Run(tx, saga) => (tx, saga),
        Opened::Answer(status) => return Ok(status),
    };
    let granted = inventory::grant(&mut tx, saga.user_id, saga_id).await?;
    let recorded = history::record(&mut tx, saga.user_id, saga_id, &saga.pool_id).await?;
    let due = u64::from(saga.quote.draw_count.get());
    if (granted, recorded) != (due, due) {
        // Nothing was committed, and Refund gives the cost back.
        let problem = format!("{due} items are due; {granted} granted, {recorded} in the history");
        return Err(StepError::Internal(problem));
    }
    if let Some(points) = &saga.points {
        point::credit(&mut tx, saga.user_id, &points.group, points.amount, saga_id).await?;
    }
    saga::advance(&mut tx, &saga, &[SagaStatus::ItemGranted, SagaStatus::Completed]).await?;
    tx.commit().await?;
    count_completed();
    Ok(SagaStatus::Completed)
}
