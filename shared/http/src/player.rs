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
/// - `user_deleting`: the account is to be deleted
pub async fn active_user(conn: &mut Conn, user_id: UserId) -> Result<User, ApiError> {
    active(user::find(conn, user_id).await?.ok_or(ApiError::Unauthorized)?)
}

/// A player, if they may play.
///
/// # Errors
/// - `user_suspended`
/// - `user_deleting`: the account is to be deleted
pub fn active(user: User) -> Result<User, ApiError> {
    match (user.suspension, user.deletion_due_at) {
        (Some(_), _) => Err(ApiError::UserSuspended),
        (None, Some(due_at)) => Err(ApiError::UserDeleting(due_at)),
        (None, None) => Ok(user),
    }
}

/// Checks that the session has not ended, where an access token alone is not enough even
/// for reading.
///
/// # Errors
/// - `unauthorized`: the session has ended
pub async fn may_read(conn: &mut Conn, player: Player) -> Result<(), ApiError> {
    let lasts = admission::lasts(conn, player.user_id, player.session_id).await?;
    if lasts { Ok(()) } else { Err(ApiError::Unauthorized) }
}

/// Checks that a player may change who gets into their account. It is [`may_change`], and
/// nobody else can end the session until the transaction ends: of two sessions that end
/// each other at the same time, one does not succeed.
///
/// # Errors
/// - `unauthorized`: the session has ended
/// - `user_suspended`
pub async fn may_change_access(conn: &mut Conn, player: Player) -> Result<(), ApiError> {
    allow(admission::hold(conn, player.user_id, player.session_id).await?)
}

/// Checks that a player may change something: the session has not ended, and the player
/// is not suspended. An access token alone says neither.
///
/// # Errors
/// - `unauthorized`: the session has ended
/// - `user_suspended`
pub async fn may_change(conn: &mut Conn, player: Player) -> Result<(), ApiError> {
    allow(admission::standing(conn, player.user_id, player.session_id).await?)
}

/// Checks that the session of a player who buys has not ended, and returns what
/// [`may_change`] says. A suspended player has paid, so the purchase is begun before they are
/// refused.
///
/// # Errors
/// - `unauthorized`: the session has ended
pub async fn may_pay(conn: &mut Conn, player: Player) -> Result<Result<(), ApiError>, ApiError> {
    match may_change(conn, player).await {
        Err(ApiError::UserSuspended) => Ok(Err(ApiError::UserSuspended)),
        other => other.map(Ok),
    }
}

fn allow(standing: Standing) -> Result<(), ApiError> {
    match standing {
        Standing::Good => Ok(()),
        Standing::SessionEnded => Err(ApiError::Unauthorized),
        Standing::Suspended => Err(ApiError::UserSuspended),
    }
}
