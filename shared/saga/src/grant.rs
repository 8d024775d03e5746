use tenjo_domain::{SagaId, Step};

use crate::step::{Begun, begin, end_of};
use crate::{Books, Keep, StepError, Stepped};

/// Grant: `DRAW_COMPLETED` → `ITEM_GRANTED` → `COMPLETED`, in one transaction.
///
/// All that a player can see of a draw is written here at once: items, history,
/// points and state. So nobody can see a bad draw and make it fail, and Refund
/// only has the charge to give back.
///
/// Points come first, because an exchange also locks points before items.
///
/// # Errors
/// When it is too early, there is no such saga, or the books fail.
pub async fn grant<B: Books>(
    books: &mut B,
    saga_id: SagaId,
) -> Result<Stepped, StepError<B::Error>> {
    let (saga, path) = match begin(books, Step::Grant, saga_id).await? {
        Begun::Run(saga, path) => (saga, path),
        Begun::Answer(answer) => return Ok(answer),
    };
    let Some(draw) = &saga.draw else {
        return Err(StepError::Broken("the saga is drawn and has no results".into()));
    };
    let (due, drawn) = (saga.quote.draw_count.get(), draw.results.len());
    if usize::try_from(due) != Ok(drawn) {
        // Nothing was committed, and Refund gives the cost back.
        return Err(StepError::Broken(format!("{due} items are due, and {drawn} were drawn")));
    }
    if let Some(points) = &saga.points {
        books.give_points(&saga, points).await?;
    }
    books.move_state(&saga, &draw.after).await?;
    let is_new = books.grant_items(&saga, &draw.results).await?;
    books.write_history(&saga, &draw.results, &is_new).await?;
    books.advance(&saga, path, Keep::IsNew(&is_new)).await?;
    Ok(Stepped::Moved { status: end_of(path, saga.status), reason: None, gave_back: false })
}
