//! Accounts elsewhere by which players log in. One outside account is one player; a player
//! has at most one of each provider.
//!
//! `link`, `unlink` and `hold_owner` run READ COMMITTED: once what they wait for is locked,
//! they must see what was committed before.

use tenjo_domain::{Identity, LinkProvider, UserId};
use time::OffsetDateTime;

use crate::error::{is_duplicate_of, unless_duplicate};
use crate::{BrokenInvariant, Conn, user, uuid, word};

/// Remembers that an identity token was used; `false` if it was used before. If the
/// transaction is rolled back, it was not.
///
/// # Errors
/// When the database fails.
pub async fn use_token(conn: &mut Conn, identity: &Identity) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "insert into game_user.used_identity_tokens (token_hash, expires_at) values (?, ?)",
        identity.token_hash.as_slice(),
        identity.expires_at,
    )
    .execute(conn)
    .await;
    unless_duplicate(done)
}

/// What came of linking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Linked {
    /// The account is the player's, now or since before.
    Yes,
    /// It is another player's.
    OfAnother,
    /// The player has another account of this provider.
    HasAnother,
}

/// Whoever changes the links of a player locks the player first. The caller has read in the
/// same transaction that the player's session goes on, so the player is there.
async fn lock_player(conn: &mut Conn, user_id: UserId) -> sqlx::Result<()> {
    user::lock(conn, user_id).await?.ok_or(BrokenInvariant::NoUser(user_id))?;
    Ok(())
}

/// Links an account to a player, who is no guest any more.
///
/// # Errors
/// When the database fails, or there is no such player.
pub async fn link(conn: &mut Conn, user_id: UserId, identity: &Identity) -> sqlx::Result<Linked> {
    lock_player(conn, user_id).await?;
    let done = sqlx::query!(
        "insert into game_user.links (user_id, provider, subject) values (?, ?, ?)",
        user_id.0.as_bytes().as_slice(),
        identity.provider.as_str(),
        identity.subject.as_str(),
    )
    .execute(&mut *conn)
    .await;
    match done {
        Ok(_) => {}
        // Either key may be named if both refuse, so the rows decide.
        Err(error)
            if is_duplicate_of(&error, "links_subject") || is_duplicate_of(&error, "PRIMARY") =>
        {
            return match hold_owner(conn, identity).await? {
                Some(owner) if owner == user_id => Ok(Linked::Yes),
                Some(_) => Ok(Linked::OfAnother),
                None => Ok(Linked::HasAnother),
            };
        }
        Err(error) => return Err(error),
    }
    user::set_guest(conn, user_id, false).await?;
    Ok(Linked::Yes)
}

/// Whose an account is: the player whom it logs in. Nobody else can unlink it until the
/// transaction ends. So of a login and the end of its link at once, either the login finds
/// no link, or the end finds the session.
///
/// # Errors
/// When the database fails.
pub async fn hold_owner(conn: &mut Conn, identity: &Identity) -> sqlx::Result<Option<UserId>> {
    // TiDB locks rows for whoever may read them; the user of logins may change no link.
    sqlx::query!(
        "select user_id from game_user.links where subject = ? and provider = ? for update",
        identity.subject.as_str(),
        identity.provider.as_str(),
    )
    .fetch_optional(conn)
    .await?
    .map(|row| Ok(UserId(uuid(&row.user_id)?)))
    .transpose()
}

/// What came of unlinking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unlinked {
    /// The account is the player's no more.
    Yes,
    /// There was none of this provider.
    None,
    /// Without it the player could not log in any more. The caller rolls back.
    LastWayIn,
}

/// Takes a player's account of a provider away. Without any they are a guest again, and
/// need a device.
///
/// # Errors
/// When the database fails, or there is no such player.
pub async fn unlink(
    conn: &mut Conn,
    user_id: UserId,
    provider: LinkProvider,
) -> sqlx::Result<Unlinked> {
    lock_player(conn, user_id).await?;
    let user = user_id.0.as_bytes().as_slice();
    let done = sqlx::query!(
        "delete from game_user.links where user_id = ? and provider = ?",
        user,
        provider.as_str(),
    )
    .execute(&mut *conn)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(Unlinked::None);
    }
    let left = sqlx::query!("select provider from game_user.links where user_id = ?", user)
        .fetch_all(&mut *conn)
        .await?;
    if !left.is_empty() {
        return Ok(Unlinked::Yes);
    }
    let devices = sqlx::query!(
        "select device_type from game_user.devices where user_id = ? and ended_at is null",
        user,
    )
    .fetch_all(&mut *conn)
    .await?;
    if devices.is_empty() {
        return Ok(Unlinked::LastWayIn);
    }
    user::set_guest(conn, user_id, true).await?;
    Ok(Unlinked::Yes)
}

/// An account of a player.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// Whose it is elsewhere.
    pub provider: LinkProvider,
    /// Since when it logs the player in.
    pub linked_at: OffsetDateTime,
}

/// A player's accounts.
///
/// # Errors
/// When the database fails.
pub async fn list(conn: &mut Conn, user_id: UserId) -> sqlx::Result<Vec<Link>> {
    sqlx::query!(
        "select provider, linked_at from game_user.links where user_id = ? order by provider",
        user_id.0.as_bytes().as_slice(),
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| Ok(Link { provider: word(&row.provider)?, linked_at: row.linked_at }))
    .collect()
}
