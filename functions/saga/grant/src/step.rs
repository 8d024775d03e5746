use tenjo_domain::{Effect, SagaId, SagaStatus, Step};
use tenjo_step::{Opened, StepError, open};
use tenjo_store::{Db, history, inventory, point};

/// Grant: `DRAW_COMPLETED` → `ITEM_GRANTED` → `COMPLETED`, in one transaction.
///
/// Exchange points come only now: what was granted is never taken back, so no
/// refund can ask for points that the player has spent.
pub(crate) async fn grant(db: &Db, saga_id: SagaId) -> Result<SagaStatus, StepError> {
    let (mut work, saga) = match open(db, Step::Grant, saga_id).await? {
        Opened::Run(work, saga) => (work, saga),
        Opened::Answer(status) => return Ok(status),
    };
    let conn = work.next(Effect::GivePoints)?;
    if let Some(points) = &saga.points {
        point::credit(conn, saga.user_id, &points.group, points.amount, saga_id).await?;
    }
    let conn = work.next(Effect::GrantItems)?;
    let granted = inventory::grant(conn, saga.user_id, saga_id).await?;
    let conn = work.next(Effect::WriteHistory)?;
    let recorded = history::record(conn, saga.user_id, saga_id, &saga.pool_id).await?;
    let due = u64::from(saga.quote.draw_count.get());
    if (granted, recorded) != (due, due) {
        // Nothing was committed, and Refund gives the cost back.
        let problem = format!("{due} items are due; {granted} granted, {recorded} in the history");
        return Err(StepError::Internal(problem));
    }
    work.finish(&saga).await
}
