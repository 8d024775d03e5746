use tenjo_domain::{Charge, FailureReason, REFUSED, SagaId, Step};

use crate::step::{Begun, begin, end_of};
use crate::{Books, Keep, Saga, StepError, Stepped};

/// Reserve: `STARTED` → `CURRENCY_RESERVED`, or → `FAILED` when it refuses.
///
/// A refusal is an outcome: it is recorded, and nothing was charged. Nothing can
/// change the price while the saga holds its live key, but whoever can write a saga
/// can write any price. So the rules quote it again, from what the saga says of the
/// player. Grant finds out whether that is true.
///
/// # Errors
/// When it is too early, there is no such saga, the rules quote something else, or
/// the books fail.
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
    let pool = books.pool(saga.pool_revision).await?;
    if !saga.is_as_quoted_by(&pool) {
        return Err(StepError::Broken("the rules do not sell what the saga says".into()));
    }
    match books.is_suspended(saga.user_id).await? {
        Some(false) => Ok(books.charge(saga).await?),
        Some(true) => Ok(Err(FailureReason::UserSuspended)),
        None => Err(StepError::Broken(format!("there is no user {}", saga.user_id))),
    }
}
