//! Opens the saga of an order. If another draw of the player is in the way, that one
//! may have to be run to its end first.

use std::time::{Duration, Instant};

use tenjo_domain::SagaId;
use tenjo_http::ApiError;
use tenjo_saga::{Opened, Order, Recovered, Saga, open, recover};
use time::OffsetDateTime;

use crate::answer::refusal;
use crate::app::App;

/// How long another saga of the player may take to end, if the order's own saga is
/// to run in the same call. That run may take 20 s, the database needs a few more,
/// and the call ends at 28 s.
const END_WITHIN: Duration = Duration::from_secs(4);

/// The saga of an order: a new one, or the one that was opened before.
///
/// A draw that stopped in the middle blocks its player's further draws in its group
/// and from its pool. So if its lease is over, this runs it to its end first, as
/// `recover-sagas` would.
pub(crate) async fn saga(
    app: &App,
    order: &Order,
    saga_id: SagaId,
    now: OffsetDateTime,
) -> Result<Saga, ApiError> {
    let began = Instant::now();
    match open(&app.sagas, order, saga_id, now).await? {
        Opened::Behind(other) => end(app, other).await?,
        Opened::Again => {}
        Opened::Saga(saga) => return Ok(*saga),
        Opened::Refused(refused) => return Err(refusal(&refused, now)),
    }
    if began.elapsed() > END_WITHIN {
        return Err(ApiError::TryLater("another draw of the player took too long to end".into()));
    }
    match open(&app.sagas, order, saga_id, now).await? {
        Opened::Saga(saga) => Ok(*saga),
        Opened::Refused(refused) => Err(refusal(&refused, now)),
        Opened::Behind(_) | Opened::Again => Err(ApiError::DrawInProgress),
    }
}

/// Runs another saga to its end, if nobody else does.
async fn end(app: &App, other: SagaId) -> Result<(), ApiError> {
    match recover(&app.sagas, &app.state_machine, other).await? {
        Recovered::Completed | Recovered::Failed => Ok(()),
        Recovered::Unavailable => {
            let cause = "another draw has to end first, and its run could not be started";
            Err(ApiError::TryLater(cause.into()))
        }
        Recovered::Overtaken | Recovered::StillRunning | Recovered::GivenUp => {
            Err(ApiError::DrawInProgress)
        }
    }
}
