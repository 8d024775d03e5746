use serde::Deserialize;
use tenjo_http::{Anyone, ApiError, Call, HasDb};
use tenjo_identity::Identities;
use tenjo_sessions::{DeletionChoice, SessionView, Sessions};
use tenjo_sign_in::{refused, shown};
use tenjo_store::Db;

pub(crate) struct App {
    pub(crate) db: Db,
    pub(crate) sessions: Sessions,
    pub(crate) identities: Identities,
}

impl HasDb for App {
    fn db(&self) -> &Db {
        &self.db
    }
}

#[derive(Deserialize)]
pub(crate) struct GoogleSessionRequest {
    identity_token: String,
    nonce: String,
    /// That the player keeps an account which is to be deleted.
    deletion: Option<DeletionChoice>,
}

/// Logs in the player to whom an account of Google's is linked.
///
/// # Errors
/// - `user_suspended` (403)
/// - `user_deleting` (403): the account is to be deleted, and the request does not cancel it
/// - `not_found` (404): nobody is linked to it
/// - `invalid_identity_token` (422): it is not believed, or was used before
pub(crate) async fn create_google_session(
    app: &App,
    call: Call<Anyone, GoogleSessionRequest>,
) -> Result<SessionView, ApiError> {
    let now = call.now();
    let GoogleSessionRequest { identity_token, nonce, deletion } = call.body;
    let shown = shown(identity_token, nonce)?;
    let identity = app.identities.identify(&shown, now).await.map_err(refused)?;
    let mut tx = app.db.begin().await?;
    let session = app.sessions.begin_by_link(&mut tx, &identity, deletion, now).await?;
    tx.commit().await?;
    Ok(session)
}
