use tenjo_domain::SagaId;
use tenjo_http::{ApiError, Call, Player};
use tenjo_idempotency::{Claim, Ticket};
use tenjo_metrics::Metrics;
use tenjo_saga::{Order, RunError, Runs};
use tenjo_store::{BrokenInvariant, saga};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::answer::{DrawView, answer};
use crate::app::App;
use crate::opening;
use crate::request::DrawRequest;

/// Opens a draw, runs its saga, and answers with the outcome.
///
/// The same idempotency key always gets the same draw: its saga id is derived
/// from the key, so that even without the idempotency table there is only one.
///
/// # Errors
/// - `invalid_request` (400): the pool does not sell this many
/// - `not_found` (404): the pool is unknown, or not open now
/// - `insufficient_currency`, `limit_reached`, `sold_out`, `price_changed`,
///   `revision_changed`, `draw_number_changed`, `draw_in_progress`,
///   `request_in_progress` (409)
/// - `idempotency_key_reused` (422)
/// - `too_many_requests` (429): the player's minute is full
/// - `unauthorized` (401): the session has ended
/// - `user_suspended` (403), `draw_failed`, `try_later` (503)
pub(crate) async fn request_draw(
    app: &App,
    call: Call<Player, DrawRequest>,
) -> Result<DrawView, ApiError> {
    let (player, now, key) = (call.player(), call.now(), call.idempotency_key()?);
    let user_id = player.user_id;
    let order = call.body.order(player, app.most_per_minute)?;
    let Some(key) = key else {
        return draw(app, &order, SagaId(Uuid::new_v4()), now).await;
    };
    let saga_id = SagaId::derive(user_id, &key);
    let ticket = Ticket::new(user_id, &key);
    match app.records.claim(&ticket, order.fingerprint(), now).await {
        Ok(Claim::Ours) => {}
        Ok(Claim::Answered(recorded)) => match serde_json::from_str(&recorded) {
            Ok(answer) => {
                tracing::info!(saga.id = %saga_id, "answered from its idempotency record");
                Metrics::new().count("IdempotencyHits", 1).write();
                return Ok(answer);
            }
            // The database has the same answer.
            Err(error) => tracing::warn!(
                saga.id = %saga_id,
                cause = %error,
                "the idempotency record is not one of this release; reading the saga"
            ),
        },
        Ok(Claim::Running) => return Err(ApiError::RequestInProgress),
        Ok(Claim::Reused) => return Err(ApiError::IdempotencyKeyReused),
        Err(unavailable) => {
            tracing::warn!(
                saga.id = %saga_id,
                cause = ?unavailable,
                "the idempotency table cannot be used; drawing without a record"
            );
        }
    }
    let result = draw(app, &order, saga_id, now).await;
    settle(app, ticket, &result, now).await;
    result
}

async fn draw(
    app: &App,
    order: &Order,
    saga_id: SagaId,
    now: OffsetDateTime,
) -> Result<DrawView, ApiError> {
    let saga = opening::saga(app, order, saga_id, now).await?;
    if saga.status.is_final() {
        return answer(app, &saga).await;
    }
    // The line also has the request's id, so that the log links a saga to its request
    // even if this process dies.
    tracing::info!(saga.id = %saga_id, "running the saga");
    // Crashing here is safe: a retry runs the same saga again.
    let run = app.state_machine.run(saga_id).await;
    // The database has the outcome, whether or not the run reported one.
    let record = saga::find(&mut *app.sagas.db().acquire().await?, saga_id).await?;
    let gone = || ApiError::internal(BrokenInvariant::NoSaga(saga_id));
    let saga = record.ok_or_else(gone)?.saga;
    tracing::info!(saga.id = %saga_id, status = %saga.status, "ran the saga");
    match run {
        Err(RunError::Unavailable(cause)) if !saga.status.is_final() => {
            Err(ApiError::TryLater(cause))
        }
        _ => answer(app, &saga).await,
    }
}

/// Records a final answer. After an error it gives the claim back: a repeat of the
/// request finds the same saga, which may have failed, and gets its answer from there;
/// if there is none, nothing was decided, and the repeat is served as new. While the saga still
/// runs, the claim stays, so that a repeat does not run the saga too. A claim expires
/// by itself.
async fn settle(
    app: &App,
    ticket: Ticket,
    result: &Result<DrawView, ApiError>,
    now: OffsetDateTime,
) {
    let settled = match result.as_ref().map(DrawView::recorded) {
        Ok(Some(answer)) => app.records.complete(ticket, &answer, now).await,
        Ok(None) => Ok(()),
        Err(_) => app.records.release(ticket).await,
    };
    if let Err(unavailable) = settled {
        tracing::warn!(cause = ?unavailable, "the claim was not settled; it expires by itself");
    }
}
