use serde::Serialize;
use tenjo_http::{ApiError, Call, Player, Reply, may_change, may_change_access};
use tenjo_sessions::device::renew_secret;
use tenjo_store::{Db, device, session};

#[derive(Serialize)]
pub(crate) struct SecretView {
    device_secret: String,
}

impl Reply for SecretView {}

/// Gives the caller's device another secret. The one before it ends when the device logs
/// in with the new one, so nobody is locked out if this answer is lost. It is void if a
/// session of the player ends before that.
///
/// # Errors
/// - `unauthorized` (401): the session has ended
/// - `user_suspended` (403)
/// - `not_found` (404): the session began on no device
pub(crate) async fn renew_device_secret(
    db: &Db,
    call: Call<Player>,
) -> Result<SecretView, ApiError> {
    let (user_id, session_id) = (call.user_id(), call.player().session_id);
    let mut tx = db.begin().await?;
    may_change(&mut tx, call.player()).await?;
    let device = session::device_of(&mut tx, user_id, session_id).await?.flatten();
    let device = device.ok_or(ApiError::NotFound("device"))?;
    // Whoever has the session has the secret that came with it.
    device::session_was_used(&mut tx, user_id, session_id).await?;
    let secret = renew_secret(&mut tx, user_id, device).await?;
    let device_secret = secret.ok_or(ApiError::NotFound("device"))?;
    // Last, and by the latest commit: whoever ended this session meanwhile had the device's
    // row, which this has waited for.
    may_change_access(&mut tx, call.player()).await?;
    tx.commit().await?;
    Ok(SecretView { device_secret })
}
