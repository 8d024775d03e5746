use tenjo_domain::{Effect, FailureReason, SagaId, SagaStatus, Step};
use tenjo_step::{Opened, StepError, open};
use tenjo_store::{Db, currency, player_state};

/// Refund: any status before the end → `COMPENSATING` → … → `FAILED`, in one
/// transaction. It never refuses; a saga that is complete stays complete.
///
/// The player's state is set back as the draw found it. No other saga can have
/// moved it meanwhile: a player has one live saga for each draw group.
pub(crate) async fn refund(db: &Db, saga_id: SagaId) -> Result<SagaStatus, StepError> {
    let (mut work, saga) = match open(db, Step::Refund, saga_id).await? {
        Opened::Run(work, saga) => (work, saga),
        Opened::Answer(status) => return Ok(status),
    };
    if let Some(conn) = work.next_if(Effect::RestoreState)
        && let Some(draw) = &saga.draw
    {
        let group = saga.pity.as_ref().map(|pity| &pity.group);
        player_state::set(conn, saga.user_id, &saga.pool_id, group, &draw.before).await?;
    }
    if let Some(conn) = work.next_if(Effect::GiveBack) {
        currency::refund(conn, saga.user_id, saga_id, saga.charge).await?;
    }
    work.fail(&saga, FailureReason::Internal).await
}
