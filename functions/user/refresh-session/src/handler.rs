use serde::Deserialize;
use tenjo_domain::SessionEnd;
use tenjo_http::{Anyone, ApiError, Call, HasDb, RefreshToken, active_user};
use tenjo_metrics::Metrics;
use tenjo_sessions::{SessionView, Sessions, Used};
use tenjo_store::session::{self, Spent};
use tenjo_store::{Db, device, transfer};

pub(crate) struct App {
    pub(crate) db: Db,
    pub(crate) sessions: Sessions,
}

impl HasDb for App {
    fn db(&self) -> &Db {
        &self.db
    }
}

#[derive(Deserialize)]
pub(crate) struct RefreshRequest {
    refresh_token: String,
}

/// Exchanges a refresh token for a new access token and the next refresh token.
///
/// A client whose answer was lost may ask again, within seconds and until it uses what
/// it would have got: it gets the same refresh token. If a used token comes at any other
/// time, it or its successor may be stolen. Then the whole family ends, and both a thief
/// and the player must log in again. A device's secret that was given and not used is void, and
/// so is a transfer code.
///
/// The first refresh of a session shows that the client has got the answer that began it.
/// If that answer gave the device a secret, the secret comes in force here.
///
/// # Errors
/// - `invalid_request` (400): no token has this form
/// - `unauthorized` (401): unknown, used, expired or ended
/// - `account_transferred` (401): ended because the player moved to another device
/// - `user_suspended` (403)
pub(crate) async fn refresh_session(
    app: &App,
    call: Call<Anyone, RefreshRequest>,
) -> Result<SessionView, ApiError> {
    let now = call.now();
    let sent =
        &RefreshToken::new(call.body.refresh_token).map_err(ApiError::field("refresh_token"))?;
    let hash = sent.hash();
    let mut tx = app.db.begin().await?;
    let begun = session::find_by_token(&mut tx, hash).await?.ok_or(ApiError::Unauthorized)?;
    // In the order of locks of `tenjo_store::session`. It counts if the session is renewed;
    // otherwise it is rolled back.
    device::session_was_used(&mut tx, begun.user_id, begun.session_id).await?;
    let token = session::lock_token(&mut tx, hash, now).await?.ok_or(ApiError::Unauthorized)?;
    match token.spent {
        Some(Spent::Ended(SessionEnd::Transferred)) => return Err(ApiError::AccountTransferred),
        Some(Spent::Ended(_) | Spent::Expired) => return Err(ApiError::Unauthorized),
        Some(Spent::Used { .. }) | None => {}
    }
    let user = active_user(&mut tx, token.user_id).await?;
    let session = match token.spent {
        Some(Spent::Used { at, salt }) => {
            let used = Used { token: sent, at, salt };
            app.sessions.renew_again(&mut tx, token.session_id, &user, &used, now).await?
        }
        _ => Some(app.sessions.renew(&mut tx, token.session_id, &user, sent, now).await?),
    };
    if let Some(session) = session {
        tx.commit().await?;
        return Ok(session);
    }
    tx.rollback().await?;
    // A token that was used twice stays so, so this is a transaction of its own: it begins
    // with the code and the devices. Whoever has stolen the token may have asked for both.
    let mut tx = app.db.begin().await?;
    transfer::hold(&mut tx, begun.user_id).await?;
    device::void_given(&mut tx, begun.user_id, None).await?;
    session::end_family(&mut tx, begun.session_id, SessionEnd::Reused, now).await?;
    // Last: a code that was being made is there by now.
    transfer::void(&mut tx, begun.user_id).await?;
    tx.commit().await?;
    Metrics::new().count("ReusedRefreshTokens", 1).write();
    tracing::warn!(
        user_id = %begun.user_id,
        "a refresh token was used twice; its session was ended"
    );
    Err(ApiError::Unauthorized)
}
