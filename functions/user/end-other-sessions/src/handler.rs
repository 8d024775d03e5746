use serde::Serialize;
use tenjo_domain::{DeviceEnd, SessionEnd};
use tenjo_http::{ApiError, Call, Player, Reply, may_change};
use tenjo_store::{Db, device, session};

/// An empty answer.
#[derive(Serialize)]
pub(crate) struct EndedView {}

impl Reply for EndedView {}

/// Ends all sessions of the caller but the one that asks, and all devices but the one
/// that it is on: they would log in again.
///
/// # Errors
/// - `unauthorized` (401): the session that asks has ended
/// - `user_suspended` (403)
pub(crate) async fn end_other_sessions(db: &Db, call: Call<Player>) -> Result<EndedView, ApiError> {
    let (user_id, own) = (call.user_id(), call.player().session_id);
    let mut tx = db.begin().await?;
    may_change(&mut tx, call.player()).await?;
    let kept = session::device_of(&mut tx, user_id, own).await?.flatten();
    // The devices first, so that a login that runs meanwhile is over before its session is
    // looked for.
    device::end_all_but(&mut tx, user_id, kept, DeviceEnd::Removed).await?;
    session::end_all_but(&mut tx, user_id, own, SessionEnd::Removed).await?;
    tx.commit().await?;
    Ok(EndedView {})
}
