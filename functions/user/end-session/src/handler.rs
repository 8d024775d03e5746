use serde::Deserialize;
use tenjo_domain::SessionEnd;
use tenjo_http::{Anyone, ApiError, Call, Empty, RefreshToken};
use tenjo_store::session::{self, Spent};
use tenjo_store::{Db, device};

#[derive(Deserialize)]
pub(crate) struct LogoutRequest {
    refresh_token: String,
}

/// Ends a session: no refresh token of its family works again, and no access token of
/// it changes anything from now on. For reading, access tokens stay valid until they
/// expire, after minutes. Secrets of the player's devices that were given and not used are
/// void, but for those that came with a session: with this one, or with others, which stay.
/// A session that has ended voids nothing any more.
///
/// # Errors
/// - `invalid_request` (400): no token has this form
/// - `unauthorized` (401): the token is unknown
pub(crate) async fn end_session(
    db: &Db,
    call: Call<Anyone, LogoutRequest>,
) -> Result<Empty, ApiError> {
    let now = call.now();
    let sent =
        RefreshToken::new(call.body.refresh_token).map_err(ApiError::field("refresh_token"))?;
    let hash = sent.hash();
    let mut tx = db.begin().await?;
    let begun = session::find_by_token(&mut tx, hash).await?.ok_or(ApiError::Unauthorized)?;
    // In the order of locks of `tenjo_store::session`. Whoever has the session's token has the
    // secret that came with it.
    device::void_asked_for(&mut tx, begun.user_id, begun.session_id).await?;
    let token = session::lock_token(&mut tx, hash, now).await?.ok_or(ApiError::Unauthorized)?;
    if let Some(Spent::Ended(_)) = token.spent {
        // Whoever was thrown out still has the token.
        tx.rollback().await?;
        return Ok(Empty {});
    }
    session::end_family(&mut tx, token.session_id, SessionEnd::LoggedOut, now).await?;
    tx.commit().await?;
    Ok(Empty {})
}
