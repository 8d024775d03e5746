//! Whether a player who has shown who they are may log in.

use serde::Deserialize;
use tenjo_http::ApiError;
use tenjo_store::user::User;
use tenjo_store::{Conn, deletion};

/// What a login says of a deletion that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeletionChoice {
    /// The player keeps the account.
    Cancel,
}

/// Checks that a player may log in. An account that is to be deleted is kept if the login
/// says so, and not otherwise: a client that logs in by itself must not undo what the
/// player decided.
///
/// # Errors
/// - `user_suspended`
/// - `user_deleting`: the login does not say that the player keeps the account
/// - `try_later`: the deletion was carried out, or taken back, at this moment
pub async fn may_log_in(
    conn: &mut Conn,
    user: &User,
    choice: Option<DeletionChoice>,
) -> Result<(), ApiError> {
    if user.suspension.is_some() {
        return Err(ApiError::UserSuspended);
    }
    let Some(due_at) = user.deletion_due_at else { return Ok(()) };
    let Some(DeletionChoice::Cancel) = choice else { return Err(ApiError::UserDeleting(due_at)) };
    if deletion::take_back(conn, user.user_id).await? {
        Ok(())
    } else {
        Err(ApiError::TryLater("the deletion was decided at this moment".into()))
    }
}
