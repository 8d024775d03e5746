//! The player behind a token.

use tenjo_domain::UserId;
use tenjo_store::Conn;
use tenjo_store::admission::{self, Standing};
use tenjo_store::session::{self, Spent};
use tenjo_store::user::{self, User};
use time::OffsetDateTime;

use crate::{ApiError, Player, RefreshToken};

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

/// Checks that a player may add a way into their account, which lasts longer than the session
/// that asks: a transfer code, a linked account, a secret of the device. It is
/// [`may_change_access`], and whoever asks has the session's refresh token too: an access
/// token alone may be stolen from where the refresh token never comes, such as a log.
///
/// Good is what a refresh would take, so also a token that was used some seconds ago, if its
/// successor was not. It is not used up, and another one ends nothing.
///
/// # Errors
/// - `unauthorized`: the session has ended
/// - `user_suspended`
/// - `refresh_token_required`: it is not the session's refresh token
pub async fn may_add_access(
    conn: &mut Conn,
    player: Player,
    sent: &RefreshToken,
    now: OffsetDateTime,
) -> Result<(), ApiError> {
    // Before the session by itself, in the order of locks of `tenjo_store::session`: a refresh
    // locks token and session by this one statement.
    let token = session::lock_token(conn, sent.hash(), now).await?;
    may_change_access(conn, player).await?;
    let (user_id, session_id) = (player.user_id, player.session_id);
    let its = token.filter(|token| token.user_id == user_id && token.session_id == session_id);
    let is_good = match its.map(|token| token.spent) {
        Some(None) => true,
        Some(Some(Spent::Used { at, salt })) => {
            sent.successor_again(conn, at, salt, now).await?.is_some()
        }
        Some(Some(Spent::Expired | Spent::Ended(_))) | None => false,
    };
    if is_good { Ok(()) } else { Err(ApiError::RefreshTokenRequired) }
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
