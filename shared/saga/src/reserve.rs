use tenjo_domain::{Charge, FailureReason, REFUSED, SagaId, Step};

use crate::step::{Begun, begin, end_of};
use crate::{Books, Keep, Saga, StepError, Stepped};

/// Reserve: `STARTED` → `CURRENCY_RESERVED`, or → `FAILED` when it refuses.
///
/// A refusal is an outcome: it is recorded, and nothing was charged. The price is
/// not computed again: it was quoted under the live key, and while the saga holds
/// that key, nothing can change it.
///
/// # Errors
/// When it is too early, there is no such saga, or the books fail.
pub async fn reserve<B: Books>(
    books: &mut B,
    saga_id: SagaId,
) -> Result<Stepped, StepError<B::Error>> {
    let (saga, path) = match begin(books, Step::Reserve, saga_id).await? {
        Begun::Run(saga, path) => (saga, path),
        Begun::Answer(answer) => return Ok(answer),
    };
    let (status, reason) = match charge(books, &saga).await? {
        Ok(charge) => {
            books.advance(&saga, path, Keep::Charge(charge)).await?;
            (end_of(path, saga.status), None)
        }
        Err(reason) => {
            books.advance(&saga, REFUSED, Keep::Failure(reason)).await?;
            (end_of(REFUSED, saga.status), Some(reason))
        }
    };
    Ok(Stepped::Moved { status, reason, gave_back: false })
}

/// Takes the cost, and returns how much of each kind of gems, or why it refuses.
async fn charge<B: Books>(
    books: &mut B,
    saga: &Saga,
) -> Result<Result<Charge, FailureReason>, StepError<B::Error>> {
    if saga.is_overdue {
        return Ok(Err(FailureReason::Expired));
    }
    match books.is_suspended(saga.user_id).await? {
        Some(false) => {
            let charge = books.charge(saga).await?;
            Ok(charge.ok_or(FailureReason::InsufficientCurrency))
        }
        Some(true) => Ok(Err(FailureReason::UserSuspended)),
        None => Err(StepError::Broken(format!("there is no user {}", saga.user_id))),
    }
}
