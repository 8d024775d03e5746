//! Transfer codes, by their hash.

use tenjo_domain::{TransferCode, TransferCodeHash, UserId};
use time::OffsetDateTime;

use crate::{Conn, uuid};

/// What is known of a player's code, without the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Made {
    /// When it was made.
    pub made_at: OffsetDateTime,
    /// Until when it is good.
    pub expires_at: OffsetDateTime,
    /// When a player was moved by it.
    pub used_at: Option<OffsetDateTime>,
    /// Whether too many tries have locked it.
    pub is_locked: bool,
}

/// Gives a player a code in the place of the one before it.
///
/// # Errors
/// When the database fails.
pub async fn replace(
    conn: &mut Conn,
    user_id: UserId,
    code: TransferCodeHash,
    password_hash: &str,
    expires_at: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into game_user.transfer_codes (user_id, code_hash, password_hash, expires_at)
         values (?, ?, ?, ?)
         on duplicate key update
           code_hash = values(code_hash), password_hash = values(password_hash),
           expires_at = values(expires_at), made_at = current_timestamp(6),
           tries = 0, used_at = null",
        user_id.0.as_bytes().as_slice(),
        code.0.as_slice(),
        password_hash,
        expires_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What is known of a player's code, if they ever made one.
///
/// # Errors
/// When the database fails.
pub async fn find(conn: &mut Conn, user_id: UserId) -> sqlx::Result<Option<Made>> {
    let row = sqlx::query!(
        "select made_at, expires_at, used_at, tries
         from game_user.transfer_codes where user_id = ?",
        user_id.0.as_bytes().as_slice(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| Made {
        made_at: row.made_at,
        expires_at: row.expires_at,
        used_at: row.used_at,
        is_locked: row.used_at.is_none() && row.tries >= TransferCode::MOST_TRIES,
    }))
}

/// A code that may be tried: whose it is, and the hash of its password.
pub struct Tried {
    /// Who made it.
    pub user_id: UserId,
    /// As `tenjo_passwords` wrote it.
    pub password_hash: String,
}

/// Counts a try of a code, and finds it; `None` if there is no such code, or it was used,
/// has expired or is locked.
///
/// The caller commits before it checks the password, so that a try counts whatever
/// becomes of it.
///
/// # Errors
/// When the database fails.
pub async fn try_code(
    conn: &mut Conn,
    code: TransferCodeHash,
    now: OffsetDateTime,
) -> sqlx::Result<Option<Tried>> {
    let done = sqlx::query!(
        "update game_user.transfer_codes set tries = tries + 1
         where code_hash = ? and used_at is null and expires_at > ? and tries < ?",
        code.0.as_slice(),
        now,
        TransferCode::MOST_TRIES,
    )
    .execute(&mut *conn)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(None);
    }
    let row = sqlx::query!(
        "select user_id, password_hash from game_user.transfer_codes where code_hash = ?",
        code.0.as_slice(),
    )
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        Ok(Tried { user_id: UserId(uuid(&row.user_id)?), password_hash: row.password_hash })
    })
    .transpose()
}

/// Takes a try back whose password was right, although nobody was moved.
///
/// # Errors
/// When the database fails.
pub async fn take_back(conn: &mut Conn, code: TransferCodeHash) -> sqlx::Result<()> {
    sqlx::query!(
        "update game_user.transfer_codes set tries = tries - 1
         where code_hash = ? and tries > 0",
        code.0.as_slice(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Locks a player's code until the transaction ends, if they ever made one. Whoever ends
/// sessions and voids the code calls this before anything else: see [`crate::session`].
///
/// # Errors
/// When the database fails.
pub async fn hold(conn: &mut Conn, user_id: UserId) -> sqlx::Result<()> {
    sqlx::query!(
        "select user_id from game_user.transfer_codes where user_id = ? for update",
        user_id.0.as_bytes().as_slice(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(())
}

/// Makes a player's code expire now, unless it was used.
///
/// # Errors
/// When the database fails.
pub async fn void(conn: &mut Conn, user_id: UserId) -> sqlx::Result<()> {
    sqlx::query!(
        "update game_user.transfer_codes set expires_at = current_timestamp(6)
         where user_id = ? and used_at is null and expires_at > current_timestamp(6)",
        user_id.0.as_bytes().as_slice(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Uses a code up; `false` if somebody else has just done so, it has expired, or a new one
/// has taken its place. The row stays locked until the transaction ends.
///
/// # Errors
/// When the database fails.
pub async fn use_up(
    conn: &mut Conn,
    user_id: UserId,
    code: TransferCodeHash,
    now: OffsetDateTime,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "update game_user.transfer_codes set used_at = ?
         where user_id = ? and code_hash = ? and used_at is null and expires_at > ?",
        now,
        user_id.0.as_bytes().as_slice(),
        code.0.as_slice(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}
