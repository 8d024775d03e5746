use serde::Deserialize;
use tenjo_http::{Anyone, ApiError, Call, active_user};
use tenjo_sessions::{SessionView, Sessions, hash_of};
use tenjo_store::Db;
use tenjo_store::session::{self, Spent};

pub(crate) struct App {
    pub(crate) db: Db,
    pub(crate) sessions: Sessions,
}

#[derive(Deserialize)]
pub(crate) struct RefreshRequest {
    refresh_token: String,
}

/// Exchanges a refresh token for a new access token and the next refresh token.
///
/// If a used token comes again, it or its successor may be stolen. So the whole family
/// ends, and both a thief and the player must log in again.
///
/// # Errors
/// - `invalid_request` (400): no token has this form
/// - `unauthorized` (401): unknown, used, expired or logged out
/// - `user_suspended` (403)
pub(crate) async fn refresh_session(
    app: &App,
    call: Call<Anyone, RefreshRequest>,
) -> Result<SessionView, ApiError> {
    let now = call.now();
    let hash = hash_of(&call.body.refresh_token).map_err(ApiError::field("refresh_token"))?;
    let mut tx = app.db.begin().await?;
    let token = session::lock_token(&mut tx, hash, now).await?.ok_or(ApiError::Unauthorized)?;
    match token.spent {
        None => {}
        Some(Spent::Used) => {
            session::end_family(&mut tx, token.family_id, now).await?;
            tx.commit().await?;
            tracing::warn!(
                user_id = %token.user_id,
                "a refresh token was used twice; its session was ended"
            );
            return Err(ApiError::Unauthorized);
        }
        Some(Spent::Expired | Spent::Ended) => return Err(ApiError::Unauthorized),
    }
    let user = active_user(&mut tx, token.user_id).await?;
    session::use_token(&mut tx, hash, now).await?;
    let session = app.sessions.renew(&mut tx, token.family_id, &user, now).await?;
    tx.commit().await?;
    Ok(session)
}
