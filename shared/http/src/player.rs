//! The player behind a token.

use tenjo_domain::UserId;
use tenjo_store::Conn;
use tenjo_store::user::{self, User};

use crate::ApiError;

/// The player with this id, if they may play.
///
/// # Errors
/// - `unauthorized`: there is no such player any more
/// - `user_suspended`
pub async fn active_user(conn: &mut Conn, user_id: UserId) -> Result<User, ApiError> {
    let user = user::find(conn, user_id).await?.ok_or(ApiError::Unauthorized)?;
    if user.suspended_at.is_some() { Err(ApiError::UserSuspended) } else { Ok(user) }
}
