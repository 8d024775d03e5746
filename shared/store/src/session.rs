//! Refresh tokens, by their hash.
//!
//! A token can be exchanged once for its successor, and its row then has what the
//! successor was made from, besides the token itself. If a used token comes again, it
//! was stolen, replayed, or sent by a client that never got the answer. Every use locks
//! the token and its family together, so ending a family cannot race with an exchange.

use tenjo_domain::{SessionId, UserId};
use time::OffsetDateTime;

use crate::{Conn, corrupt, uuid};

/// SHA-256 of a refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenHash(pub [u8; 32]);

/// 256 random bits from which, with a token, its successor is made.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Salt(pub [u8; 32]);

/// A token that was found. It and its family are locked.
#[derive(Clone)]
pub struct Token {
    /// The login that its family began with.
    pub session_id: SessionId,
    /// Whose it is.
    pub user_id: UserId,
    /// Why it may not be used any more; `None` if it may.
    pub spent: Option<Spent>,
}

/// Why a token may not be used any more.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Spent {
    /// It was used before.
    Used {
        /// When.
        at: OffsetDateTime,
        /// What its successor was made from.
        salt: Salt,
    },
    /// It has expired.
    Expired,
    /// Its family was ended, by logout or by reuse.
    Ended,
}

/// Begins a family for a login.
///
/// # Errors
/// When the database fails.
pub async fn begin_family(
    conn: &mut Conn,
    session_id: SessionId,
    user_id: UserId,
    expires_at: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into game_user.refresh_token_families (family_id, user_id, expires_at)
         values (?, ?, ?)",
        session_id.0.as_bytes().as_slice(),
        user_id.0.as_bytes().as_slice(),
        expires_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Adds a family's next token. The family expires together with this token, and the player
/// was here today.
///
/// # Errors
/// When the database fails.
pub async fn add_token(
    conn: &mut Conn,
    session_id: SessionId,
    token: TokenHash,
    expires_at: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into game_user.refresh_tokens (token_hash, family_id, expires_at) values (?, ?, ?)",
        token.0.as_slice(),
        session_id.0.as_bytes().as_slice(),
        expires_at,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "update game_user.refresh_token_families set expires_at = ? where family_id = ?",
        expires_at,
        session_id.0.as_bytes().as_slice(),
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into game_user.visits (user_id, seen_on)
         select user_id, current_date from game_user.refresh_token_families where family_id = ?
         on duplicate key update seen_on = values(seen_on)",
        session_id.0.as_bytes().as_slice(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Finds a token and locks it and its family until the transaction ends.
///
/// # Errors
/// When the database fails.
pub async fn lock_token(
    conn: &mut Conn,
    token: TokenHash,
    now: OffsetDateTime,
) -> sqlx::Result<Option<Token>> {
    let row = sqlx::query!(
        r#"select f.family_id, f.user_id, f.ended_at, t.used_at, t.expires_at,
                t.successor_salt as "successor_salt: Vec<u8>"
         from game_user.refresh_tokens t
         join game_user.refresh_token_families f on f.family_id = t.family_id
         where t.token_hash = ? for update"#,
        token.0.as_slice(),
    )
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        let spent = if row.ended_at.is_some() {
            Some(Spent::Ended)
        } else if let Some(at) = row.used_at {
            let salt = row.successor_salt.unwrap_or_default();
            Some(Spent::Used { at, salt: Salt(salt.as_slice().try_into().map_err(corrupt)?) })
        } else if row.expires_at <= now {
            Some(Spent::Expired)
        } else {
            None
        };
        Ok(Token {
            session_id: SessionId(uuid(&row.family_id)?),
            user_id: UserId(uuid(&row.user_id)?),
            spent,
        })
    })
    .transpose()
}

/// Marks a locked token as used, and notes what its successor is made from.
///
/// # Errors
/// When the database fails.
pub async fn use_token(
    conn: &mut Conn,
    token: TokenHash,
    salt: Salt,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update game_user.refresh_tokens set used_at = ?, successor_salt = ?
         where token_hash = ?",
        now,
        salt.0.as_slice(),
        token.0.as_slice(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether there is such a token and nobody has used it. Its family must be locked.
///
/// # Errors
/// When the database fails.
pub async fn is_unused(conn: &mut Conn, token: TokenHash) -> sqlx::Result<bool> {
    // A current read: the token may have been used while this transaction waited for
    // its family.
    let row = sqlx::query!(
        "select used_at from game_user.refresh_tokens where token_hash = ? for update",
        token.0.as_slice(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.is_some_and(|row| row.used_at.is_none()))
}

/// Ends a family: none of its tokens works again.
///
/// # Errors
/// When the database fails.
pub async fn end_family(
    conn: &mut Conn,
    session_id: SessionId,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update game_user.refresh_token_families set ended_at = ?
         where family_id = ? and ended_at is null",
        now,
        session_id.0.as_bytes().as_slice(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends all families of a player, and returns how many were not ended.
///
/// # Errors
/// When the database fails.
pub async fn end_all(conn: &mut Conn, user_id: UserId) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "update game_user.refresh_token_families set ended_at = current_timestamp(6)
         where user_id = ? and ended_at is null",
        user_id.0.as_bytes().as_slice(),
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

/// A login of a player.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Login {
    /// Which.
    pub session_id: SessionId,
    /// When it began.
    pub began_at: OffsetDateTime,
    /// When it was ended, if it was.
    pub ended_at: Option<OffsetDateTime>,
    /// When its last refresh token expires.
    pub expires_at: OffsetDateTime,
}

/// The latest logins of a player, newest first.
///
/// # Errors
/// When the database fails.
pub async fn list(conn: &mut Conn, user_id: UserId, limit: u32) -> sqlx::Result<Vec<Login>> {
    sqlx::query!(
        "select family_id, created_at, ended_at, expires_at
         from game_user.refresh_token_families
         where user_id = ? order by created_at desc limit ?",
        user_id.0.as_bytes().as_slice(),
        limit,
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| {
        Ok(Login {
            session_id: SessionId(uuid(&row.family_id)?),
            began_at: row.created_at,
            ended_at: row.ended_at,
            expires_at: row.expires_at,
        })
    })
    .collect()
}
