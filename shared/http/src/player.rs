//! The player behind a token.

use tenjo_domain::UserId;
use tenjo_store::Conn;
use tenjo_store::admission::{self, Standing};
use tenjo_store::user::{self, User};

use crate::{ApiError, Player};

/// The player with this id, if they may play.
///
/// # Errors
/// - `unauthorized`: there is no such player any more
/// - `user_suspended`
pub async fn active_user(conn: &mut Conn, user_id: UserId) -> Result<User, ApiError> {
    let user = user::find(conn, user_id).await?.ok_or(ApiError::Unauthorized)?;
    if user.suspension.is_some() { Err(ApiError::UserSuspended) } else { Ok(user) }
}

/// Checks that a player may change something: the session has not ended, and the player
/// is not suspended. An access token alone says neither.
///
/// # Errors
/// - `unauthorized`: the session has ended
/// - `user_suspended`
pub async fn may_change(conn: &mut Conn, player: Player) -> Result<(), ApiError> {
    match admission::standing(conn, player.user_id, player.session_id).await? {
        Standing::Good => Ok(()),
        Standing::SessionEnded => Err(ApiError::Unauthorized),
        Standing::Suspended => Err(ApiError::UserSuspended),
    }
}
