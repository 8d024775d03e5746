use serde::{Deserialize, Serialize};
use tenjo_http::{ApiError, Call, Player, RefreshToken, Reply, may_add_access, may_change};
use tenjo_sessions::device::renew_secret;
use tenjo_store::{Db, device, session};

#[derive(Deserialize)]
pub(crate) struct SecretRequest {
    refresh_token: String,
}

#[derive(Serialize)]
pub(crate) struct SecretView {
    device_secret: String,
}

impl Reply for SecretView {}

/// Gives the caller's device another secret. The one before it ends when the device logs
/// in with the new one, so nobody is locked out if this answer is lost. It is void if a
/// session of the player ends before that. It logs in for as long as the device lasts, so the
/// caller shows the session's refresh token.
///
/// # Errors
/// - `unauthorized` (401): the session has ended
/// - `user_suspended` (403)
/// - `refresh_token_required` (403): it is not the session's
/// - `not_found` (404): the session began on no device
pub(crate) async fn renew_device_secret(
    db: &Db,
    call: Call<Player, SecretRequest>,
) -> Result<SecretView, ApiError> {
    let (player, now) = (call.player(), call.now());
    let (user_id, session_id) = (player.user_id, player.session_id);
    let sent =
        RefreshToken::new(call.body.refresh_token).map_err(ApiError::field("refresh_token"))?;
    let mut tx = db.begin().await?;
    may_change(&mut tx, player).await?;
    let device = session::device_of(&mut tx, user_id, session_id).await?.flatten();
    let device = device.ok_or(ApiError::NotFound("device"))?;
    // Whoever has the session has the secret that came with it.
    device::session_was_used(&mut tx, user_id, session_id).await?;
    let secret = renew_secret(&mut tx, user_id, device).await?;
    let device_secret = secret.ok_or(ApiError::NotFound("device"))?;
    // Last, and by the latest commit: whoever ended this session meanwhile had the device's
    // row, which this has waited for.
    may_add_access(&mut tx, player, &sent, now).await?;
    tx.commit().await?;
    Ok(SecretView { device_secret })
}
