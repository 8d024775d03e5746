use tenjo_domain::{DeviceEnd, SessionEnd, SessionId};
use tenjo_http::{ApiError, Call, Empty, Player, may_change_access};
use tenjo_store::{Db, device, link, session, transfer};

/// Ends one of the caller's sessions. If it is on another device than the caller's, that
/// device ends with it: all its sessions, and its secret, because it would log in again. A
/// transfer code and secrets of devices that were not used are void, because somebody with
/// the session may have asked for them. If it is the caller's own session, the code stays, and so
/// do secrets that came with other sessions.
///
/// # Errors
/// - `unauthorized` (401): the caller's own session has ended
/// - `user_suspended` (403)
/// - `not_found` (404): no session of the caller
/// - `last_way_in` (409): it is on a device, and the caller has neither a device nor a link
pub(crate) async fn remove_session(db: &Db, call: Call<Player>) -> Result<Empty, ApiError> {
    let (user_id, now) = (call.user_id(), call.now());
    let session_id: SessionId =
        call.path("session_id")?.parse().map_err(ApiError::field("session_id"))?;
    let asking = call.player().session_id;
    let mut tx = db.begin().await?;
    // In the order of locks of `tenjo_store::session`.
    if session_id == asking {
        device::void_asked_for(&mut tx, user_id, asking).await?;
    } else {
        transfer::hold(&mut tx, user_id).await?;
        device::void_given(&mut tx, user_id, Some(asking)).await?;
    }
    may_change_access(&mut tx, call.player()).await?;
    let its = session::device_of(&mut tx, user_id, session_id).await?;
    let its = its.ok_or(ApiError::NotFound("session"))?;
    let own = session::device_of(&mut tx, user_id, asking).await?.flatten();
    if let Some(other) = its.filter(|_| its != own) {
        if own.is_none() && link::list(&mut tx, user_id).await?.is_empty() {
            return Err(ApiError::LastWayIn);
        }
        device::end(&mut tx, user_id, other, DeviceEnd::Removed).await?;
        session::end_on_device(&mut tx, user_id, other, SessionEnd::Removed).await?;
    }
    session::end_family(&mut tx, session_id, SessionEnd::Removed, now).await?;
    if session_id != asking {
        // Last: a code that was being made is there by now.
        transfer::void(&mut tx, user_id).await?;
    }
    tx.commit().await?;
    Ok(Empty {})
}
