use tenjo_domain::{DrawStream, Effect, SagaId, SagaStatus, Step};
use tenjo_step::{Opened, StepError, open};
use tenjo_store::pool::Revisions;
use tenjo_store::saga::{self, DrawRecord};
use tenjo_store::{Db, client_seed, player_state, seed};

pub(crate) struct App {
    pub(crate) db: Db,
    pub(crate) revisions: Revisions,
}

/// Draw: `CURRENCY_RESERVED` → `DRAW_COMPLETED`.
///
/// Draws from the revision that the saga was priced with and from the seeds of
/// this moment, and records for good what was drawn and how: repeated, it
/// changes nothing and never draws again. The player's number for the draw is
/// taken in the same transaction, so numbers have no gaps.
pub(crate) async fn draw(app: &App, saga_id: SagaId) -> Result<SagaStatus, StepError> {
    let (mut work, saga) = match open(&app.db, Step::Draw, saga_id).await? {
        Opened::Run(work, saga) => (work, saga),
        Opened::Answer(status) => return Ok(status),
    };
    let pool = app.revisions.get(work.conn(), saga.pool_revision).await?;
    let before = player_state::lock(work.conn(), saga.user_id, &pool).await?;
    let period = seed::running(work.conn())
        .await?
        .ok_or_else(|| StepError::Internal("no seed is committed to for this moment".into()))?;
    let conn = work.next(Effect::TakeNumber)?;
    let (number, client_seed) = client_seed::take_number(conn, saga.user_id).await?;

    let mut stream = DrawStream::new(
        &period.server_seed,
        saga.pool_revision,
        saga.user_id,
        number,
        &client_seed,
    );
    let mut state = before.state(&pool);
    let items = pool.draw(&mut state, &saga.quote, &mut stream);
    let after = before.after(&state, &pool, saga.quote.draw_count);

    let group = pool.pity().map(|rule| &rule.group);
    let conn = work.next(Effect::MoveState)?;
    player_state::set(conn, saga.user_id, &saga.pool_id, group, &after).await?;
    let draw = DrawRecord { number, client_seed, period_id: period.period_id, before, after };
    saga::record_draw(work.next(Effect::RecordDraw)?, saga_id, &items, &draw).await?;
    work.finish(&saga).await
}
