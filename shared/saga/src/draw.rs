use tenjo_domain::{DrawStream, FailureReason, SagaId, Step};

use crate::step::{Begun, begin, end_of};
use crate::{Books, DrawRecord, DrawnItem, Keep, NextDraw, Saga, StepError, Stepped};

/// Draw: `CURRENCY_RESERVED` → `DRAW_COMPLETED`.
///
/// Draws from the revision that the saga was priced with and from the current
/// seeds, and records what was drawn and the player's state after it. If it is
/// repeated, it changes nothing and does not draw again. It changes nothing that
/// shows the draw to the player: Grant does that.
///
/// It refuses if the quote does not belong to the current period, or if the number
/// that the player expected is taken. Then it records why and leaves the saga in its
/// status, so that the state machine goes on to Refund.
///
/// # Errors
/// When it is too early, there is no such saga or no seed, the ledger does not hold
/// the cost, or the books fail.
pub async fn draw<B: Books>(
    books: &mut B,
    saga_id: SagaId,
) -> Result<Stepped, StepError<B::Error>> {
    let (saga, path) = match begin(books, Step::Draw, saga_id).await? {
        Begun::Run(saga, path) => (saga, path),
        Begun::Answer(answer) => return Ok(answer),
    };
    if saga.failure_reason.is_some() {
        return Ok(Stepped::Answered(saga.status)); // it refused before
    }
    let pool = books.pool(saga.pool_revision).await?;
    let Some(seed) = books.seed(saga.read_at).await? else {
        return Err(StepError::Broken("no seed is committed to for this moment".into()));
    };
    if !seed.span.admits_quote(saga.quote.at) {
        return refuse(books, &saga, FailureReason::Expired).await;
    }
    let Some(next) = books.take_number(&saga).await? else {
        return refuse(books, &saga, FailureReason::DrawNumberChanged).await;
    };
    let NextDraw { number, client_seed, salt, held } = next;
    if !saga.quote.cost.is_paid_by(held) {
        let (cost, held) = (saga.quote.cost.amount.amount(), held.total().amount());
        return Err(StepError::Broken(format!(
            "the draw costs {cost} gems, and the ledger holds {held} of it"
        )));
    }

    let mut stream = DrawStream::new(
        &seed.server_seed,
        seed.span,
        saga.pool_revision,
        saga.user_id,
        number,
        &client_seed.client_seed,
    );
    let mut state = saga.before.state(&pool);
    let items = pool.draw(&mut state, &saga.quote, &mut stream);
    let results = items.into_iter().map(DrawnItem::from).collect();
    let after = saga.before.after(&state, &pool, saga.quote.draw_count);

    let period_id = seed.period_id;
    let draw = DrawRecord { number, client_seed, period_id, after, results, salt };
    books.advance(&saga, path, Keep::Draw(&draw)).await?;
    Ok(Stepped::Moved { status: end_of(path, saga.status), reason: None, gave_back: false })
}

async fn refuse<B: Books>(
    books: &mut B,
    saga: &Saga,
    reason: FailureReason,
) -> Result<Stepped, StepError<B::Error>> {
    books.advance(saga, &[], Keep::Failure(reason)).await?;
    Ok(Stepped::Moved { status: saga.status, reason: Some(reason), gave_back: false })
}
