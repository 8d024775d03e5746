use tenjo_domain::{DeviceEnd, SessionEnd};
use tenjo_http::{ApiError, Call, Empty, Player, may_change_access};
use tenjo_store::{Db, device, link, session, transfer};

/// Ends all sessions of the caller but the one that asks, and all devices but the one
/// that it is on, because they would log in again. A transfer code and secrets of devices that
/// were not used are void, because somebody with one of these sessions may have asked for
/// them.
///
/// # Errors
/// - `unauthorized` (401): the session that asks has ended
/// - `user_suspended` (403)
/// - `last_way_in` (409): the session is on no device, and no account is linked
pub(crate) async fn end_other_sessions(db: &Db, call: Call<Player>) -> Result<Empty, ApiError> {
    let (user_id, own) = (call.user_id(), call.player().session_id);
    let mut tx = db.begin().await?;
    // In the order of locks of `tenjo_store::session`.
    transfer::hold(&mut tx, user_id).await?;
    device::void_given(&mut tx, user_id, Some(own)).await?;
    may_change_access(&mut tx, call.player()).await?;
    let kept = session::device_of(&mut tx, user_id, own).await?.flatten();
    if kept.is_none() && link::list(&mut tx, user_id).await?.is_empty() {
        return Err(ApiError::LastWayIn);
    }
    device::end_all_but(&mut tx, user_id, kept, DeviceEnd::Removed).await?;
    session::end_all_but(&mut tx, user_id, Some(own), SessionEnd::Removed).await?;
    // Last: a code that was being made is there by now.
    transfer::void(&mut tx, user_id).await?;
    tx.commit().await?;
    Ok(Empty {})
}
