//! Logins by an account elsewhere.

use tenjo_domain::Identity;
use tenjo_http::ApiError;
use tenjo_store::{Conn, link};
use time::OffsetDateTime;

use crate::{DeletionChoice, SessionView, Sessions, may_log_in};

impl Sessions {
    /// Logs in the player to whom an account elsewhere is linked, in the caller's
    /// transaction, which must be READ COMMITTED. The link stays locked until it ends. The
    /// token by which the account was shown is used with it, and stays unused if the caller
    /// rolls back: so a client whose login is refused may ask the player, and send the same
    /// token with their answer.
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
        let nobody = || ApiError::NotFound("player with this account");
        let user_id = link::hold_owner(conn, identity).await?.ok_or_else(nobody)?;
        let user = may_log_in(conn, user_id, choice).await?.ok_or_else(nobody)?;
        self.begin(conn, &user, now).await
    }
}
