use serde::Serialize;
use tenjo_domain::{FailureReason, SagaId, SagaStatus};
use tenjo_http::{ApiError, Call, Player, Reply};
use tenjo_store::Db;
use tenjo_store::saga::SagaRecord;
use tenjo_views::{CostView, DrawnView, EventView, PityView};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::wait::{LONGEST_S, ended};

#[derive(Serialize)]
pub(crate) struct SagaView {
    saga_id: Uuid,
    pool_id: String,
    draw_count: u32,
    status: &'static str,
    failure: Option<FailureView>,
    cost: CostView,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    updated_at: OffsetDateTime,
    timeline: Vec<EventView>,
    results: Option<Vec<DrawnView>>,
    pity: Option<PityView>,
}

impl Reply for SagaView {}

#[derive(Serialize)]
struct FailureView {
    reason: &'static str,
    message: &'static str,
}

impl From<FailureReason> for FailureView {
    fn from(reason: FailureReason) -> Self {
        let message = match reason {
            FailureReason::LimitReached => "You had reached the pool's limit. Nothing was taken.",
            FailureReason::SoldOut => "The pool was sold out. Nothing was taken.",
            FailureReason::PriceChanged => "The price had changed. Nothing was taken.",
            FailureReason::RevisionChanged => {
                "The rules of the pool had changed. Nothing was taken."
            }
            FailureReason::DrawNumberChanged => {
                "The draw number was not the next one. If the draw was charged, you got the gems back."
            }
            FailureReason::InsufficientCurrency => "You had too few gems. Nothing was taken.",
            FailureReason::PaidGemsOwed => {
                "You owe paid gems for a purchase that was taken back. Nothing was taken."
            }
            FailureReason::UserSuspended => "Your account is suspended. Nothing was taken.",
            FailureReason::Expired => {
                "The draw came too late. If it was charged, you got the gems back."
            }
            FailureReason::Internal => "The draw failed. If it was charged, you got the gems back.",
        };
        Self { reason: reason.as_str(), message }
    }
}

/// One draw of the caller: its status and timeline, at once, or within `wait_s` as soon
/// as the draw ends. The results are shown only once it is complete, so that nobody can
/// see a bad draw and then try to make it fail.
///
/// # Errors
/// - `invalid_request` (400): not the id of a saga, or no such time to wait
/// - `not_found` (404): unknown, or another player's
pub(crate) async fn get_saga(db: &Db, call: Call<Player>) -> Result<SagaView, ApiError> {
    let saga_id: SagaId = call.path("saga_id")?.parse().map_err(ApiError::field("saga_id"))?;
    let wait_s = call.number("wait_s", LONGEST_S)?.unwrap_or(0);
    let SagaRecord { saga, timeline, created_at, updated_at } =
        ended(db, call.user_id(), saga_id, wait_s).await?;
    let is_completed = saga.status == SagaStatus::Completed;
    Ok(SagaView {
        saga_id: saga_id.0,
        pool_id: saga.pool_id.to_string(),
        draw_count: saga.quote.draw_count.get(),
        status: saga.status.as_str(),
        failure: saga.failure_reason.map(FailureView::from),
        cost: CostView::of(&saga),
        created_at,
        updated_at,
        timeline: timeline.into_iter().map(EventView::from).collect(),
        results: is_completed.then(|| DrawnView::results_of(&saga)),
        pity: if is_completed { PityView::after(&saga) } else { None },
    })
}
