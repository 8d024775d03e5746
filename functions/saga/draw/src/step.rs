use tenjo_domain::{SagaId, SagaStatus, Step};
use tenjo_step::{Opened, StepError, open};
use tenjo_store::pool::Revisions;
use tenjo_store::saga::{self, PityMove};
use tenjo_store::{Db, pity};

use crate::random::SystemRandom;

pub(crate) struct App {
    pub(crate) db: Db,
    pub(crate) revisions: Revisions,
}

/// Draw: `CURRENCY_RESERVED` → `DRAW_COMPLETED`.
///
/// Draws from the revision that the saga was priced with, and records results
/// and pity for good: repeated, it changes nothing and never draws again.
pub(crate) async fn draw(app: &App, saga_id: SagaId) -> Result<SagaStatus, StepError> {
    let (mut tx, saga) = match open(&app.db, Step::Draw, saga_id).await? {
        Opened::Run(tx, saga) => (tx, saga),
        Opened::Answer(status) => return Ok(status),
    };
    let pool = app.revisions.get(&mut tx, saga.pool_revision).await?;
    let before = pity::lock(&mut tx, saga.user_id, &saga.pity_group).await?;
    let outcome = tenjo_domain::draw(&pool, before, &mut SystemRandom::new(), saga.draw_count);
    let moved = PityMove { before, after: outcome.pity_count };
    pity::set(&mut tx, saga.user_id, &saga.pity_group, moved.after).await?;
    saga::record_draw(&mut tx, saga_id, &outcome.items, moved).await?;
    saga::advance(&mut tx, &saga, &[SagaStatus::DrawCompleted]).await?;
    tx.commit().await?;
    Ok(SagaStatus::DrawCompleted)
}
