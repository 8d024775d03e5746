//! Logins by an account elsewhere.

use tenjo_domain::Identity;
use tenjo_http::ApiError;
use tenjo_store::{Conn, link};
use time::OffsetDateTime;

use crate::{DeletionChoice, SessionView, Sessions, may_log_in};

impl Sessions {
    /// Logs in the player to whom an account elsewhere is linked, in the caller's
    /// transaction. The token by which the account was shown is used with it, and stays
    /// unused if the caller rolls back: so a client whose login is refused may ask the
    /// player, and send the same token with their answer.
    ///
    /// # Errors
    /// - `not_found`: nobody is linked to it
    /// - `invalid_identity_token`: the token was used before
    /// - whatever [`may_log_in`] finds
    pub async fn begin_by_link(
        &self,
        conn: &mut Conn,
        identity: &Identity,
        choice: Option<DeletionChoice>,
        now: OffsetDateTime,
    ) -> Result<SessionView, ApiError> {
        if !link::use_token(conn, identity).await? {
            return Err(ApiError::InvalidIdentityToken("it was used before".to_owned()));
        }
        let user = link::find_user(conn, identity).await?;
        let user = user.ok_or(ApiError::NotFound("player with this account"))?;
        may_log_in(conn, &user, choice).await?;
        self.begin(conn, &user, now).await
    }
}
