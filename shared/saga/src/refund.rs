use tenjo_domain::{Charge, FailureReason, SagaId, Step};

use crate::step::{Begun, begin, end_of};
use crate::{Books, Keep, StepError, Stepped};

/// Refund: any status before the end → `COMPENSATING` → … → `FAILED`, in one
/// transaction. It never refuses; a saga that is complete stays complete.
///
/// Only the charge has to be given back: items, points and state move only with
/// Grant, after which no refund acts. It gives back what the ledger holds of the
/// saga, whatever the saga's own columns say.
///
/// # Errors
/// When there is no such saga, its items were granted, or the books fail.
pub async fn refund<B: Books>(
    books: &mut B,
    saga_id: SagaId,
) -> Result<Stepped, StepError<B::Error>> {
    let (saga, path) = match begin(books, Step::Refund, saga_id).await? {
        Begun::Run(saga, path) => (saga, path),
        Begun::Answer(answer) => return Ok(answer),
    };
    if books.is_granted(&saga).await? {
        return Err(StepError::Broken(format!(
            "the saga is {}, and its items were granted",
            saga.status
        )));
    }
    let held = books.held(&saga).await?;
    let gave_back = held != Charge::NONE;
    if gave_back {
        books.give_back(&saga, held).await?;
    }
    let reason = saga.failure_reason.unwrap_or(FailureReason::Internal);
    books.advance(&saga, path, Keep::Failure(reason)).await?;
    let status = end_of(path, saga.status);
    Ok(Stepped::Moved { status, reason: Some(reason), gave_back })
}
