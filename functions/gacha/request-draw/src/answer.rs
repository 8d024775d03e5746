//! The answer to an order: the draw, or an error.

use serde::{Deserialize, Serialize};
use tenjo_domain::{FailureReason, SagaStatus};
use tenjo_http::{ApiError, Reply, StatusCode};
use tenjo_proof::Record;
use tenjo_saga::{Refused, Saga};
use tenjo_store::BrokenInvariant;
use tenjo_views::{CostView, DrawnView, PityView};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::app::App;

/// A draw: complete, with its results, or still running, without. Both have the same
/// fields, so that clients need one type for both.
#[derive(Serialize, Deserialize)]
pub(crate) struct DrawView {
    saga_id: Uuid,
    status: String,
    /// Null until the draw is complete.
    results: Option<Vec<DrawnView>>,
    cost: CostView,
    /// Null until the draw is complete, and in a pool without pity.
    pity: Option<PityView>,
    /// Null until the draw is complete. It is signed: players can show others by it what
    /// they were told.
    receipt: Option<String>,
}

impl DrawView {
    /// Whether the draw is complete, so that its answer will not change.
    fn is_final(&self) -> bool {
        self.results.is_some()
    }

    /// The answer to record, if it is final.
    pub(crate) fn recorded(&self) -> Option<String> {
        self.is_final().then(|| serde_json::to_string(self).ok()).flatten()
    }
}

/// When to ask for a draw that still runs. A run that took too long for its request seldom
/// ends in the next moment.
const RETRY_AFTER_S: u16 = 1;

impl Reply for DrawView {
    fn status(&self) -> StatusCode {
        if self.is_final() { StatusCode::OK } else { StatusCode::ACCEPTED }
    }

    fn retry_after_s(&self) -> Option<u16> {
        (!self.is_final()).then_some(RETRY_AFTER_S)
    }
}

/// The answer for a saga as it is now.
///
/// # Errors
/// Why the saga failed, if it did, or when its period cannot be read.
pub(crate) async fn answer(app: &App, saga: &Saga) -> Result<DrawView, ApiError> {
    let (results, pity, receipt) = match saga.status {
        SagaStatus::Completed => (
            Some(DrawnView::results_of(saga)),
            PityView::after(saga),
            Some(receipt(app, saga).await?),
        ),
        SagaStatus::Failed => return Err(failure(saga)),
        SagaStatus::Started
        | SagaStatus::CurrencyReserved
        | SagaStatus::DrawCompleted
        | SagaStatus::ItemGranted
        | SagaStatus::Compensating
        | SagaStatus::CurrencyRefunded => (None, None, None),
    };
    Ok(DrawView {
        saga_id: saga.saga_id.0,
        status: saga.status.to_string(),
        results,
        cost: CostView::of(saga),
        pity,
        receipt,
    })
}

/// The receipt of a complete saga. A repeat of the request gets the same one.
async fn receipt(app: &App, saga: &Saga) -> Result<String, ApiError> {
    let undrawn = || ApiError::internal(BrokenInvariant::NoDraw(saga.saga_id));
    let draw = saga.draw.as_ref().ok_or_else(undrawn)?;
    let period = app.periods.get(app.sagas.db(), draw.period_id).await?;
    let record = Record::of(saga, draw, &period).text().map_err(ApiError::internal)?;
    app.receipts.sign(&record).map_err(ApiError::internal)
}

/// Why a saga failed.
fn failure(saga: &Saga) -> ApiError {
    match saga.failure_reason {
        Some(FailureReason::LimitReached) => ApiError::LimitReached,
        Some(FailureReason::SoldOut) => ApiError::SoldOut,
        Some(FailureReason::PriceChanged) => ApiError::PriceChanged,
        Some(FailureReason::InsufficientCurrency) => ApiError::InsufficientCurrency,
        Some(FailureReason::PaidGemsOwed) => ApiError::PaidGemsOwed,
        Some(FailureReason::UserSuspended) => ApiError::UserSuspended,
        Some(FailureReason::RevisionChanged) => ApiError::RevisionChanged,
        Some(FailureReason::DrawNumberChanged) => ApiError::DrawNumberChanged,
        Some(FailureReason::Expired | FailureReason::Internal) => ApiError::DrawFailed,
        None => ApiError::internal(BrokenInvariant::NoFailureReason(saga.saga_id)),
    }
}

/// The error for a request that is not accepted as an order.
pub(crate) fn refusal(refused: &Refused, now: OffsetDateTime) -> ApiError {
    match refused {
        Refused::NotOnSale => ApiError::NotFound("pool"),
        Refused::SessionEnded => ApiError::Unauthorized,
        Refused::TooMany => ApiError::too_many(now, 60),
        Refused::OtherOrder => ApiError::IdempotencyKeyReused,
        Refused::NotSold(sold) => {
            let sold: Vec<String> = sold.iter().map(|count| count.get().to_string()).collect();
            let sold = sold.join(" or ");
            ApiError::invalid("draw_count", format!("must be {sold} for this pool"))
        }
    }
}
