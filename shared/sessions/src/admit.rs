//! Whether a player who has shown who they are may log in.

use serde::Deserialize;
use tenjo_domain::UserId;
use tenjo_http::ApiError;
use tenjo_store::user::{self, User};
use tenjo_store::{Conn, deletion, session};

/// What a login says of a deletion that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeletionChoice {
    /// The player keeps the account.
    Cancel,
}

/// The player who logs in, if they may; `None` if there is no such player. An account that
/// is to be deleted is kept if the login says so, and not otherwise: a client that logs in
/// by itself must not undo what the player decided.
///
/// The visit is noted first, and its row stays locked. A request to be deleted notes a
/// visit too, before it ends the sessions that there are. So of a login and such a request
/// at once, either the login finds the request, or the request ends the login. For that the
/// transaction must be READ COMMITTED.
///
/// # Errors
/// - `user_suspended`
/// - `user_deleting`: the login does not say that the player keeps the account
/// - `try_later`: the deletion was carried out, or taken back, at this moment
pub async fn may_log_in(
    conn: &mut Conn,
    user_id: UserId,
    choice: Option<DeletionChoice>,
) -> Result<Option<User>, ApiError> {
    session::visit(conn, user_id).await?;
    let Some(user) = user::find(conn, user_id).await? else { return Ok(None) };
    if user.suspension.is_some() {
        return Err(ApiError::UserSuspended);
    }
    let Some(due_at) = user.deletion_due_at else { return Ok(Some(user)) };
    let Some(DeletionChoice::Cancel) = choice else { return Err(ApiError::UserDeleting(due_at)) };
    if deletion::take_back(conn, user_id).await? {
        Ok(Some(user))
    } else {
        Err(ApiError::TryLater("the deletion was decided at this moment".into()))
    }
}
