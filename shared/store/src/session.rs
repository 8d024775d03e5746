//! Refresh tokens, by their hash.
//!
//! A token can be exchanged once for its successor. If a used token comes again,
//! it was stolen or replayed, and its whole family ends. Every use locks the token
//! and its family together, so ending a family cannot race with an exchange.

use tenjo_domain::UserId;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{Conn, uuid};

/// SHA-256 of a refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenHash(pub [u8; 32]);

/// The chain of tokens that began with one login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FamilyId(pub Uuid);

/// A token that was found. It and its family are locked.
#[derive(Debug, Clone)]
pub struct Token {
    /// Its family.
    pub family_id: FamilyId,
    /// Whose it is.
    pub user_id: UserId,
    /// Why it may not be used any more; `None` if it may.
    pub spent: Option<Spent>,
}

/// Why a token may not be used any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spent {
    /// It was used before.
    Used,
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
    family_id: FamilyId,
    user_id: UserId,
    expires_at: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into game_user.refresh_token_families (family_id, user_id, expires_at)
         values (?, ?, ?)",
        family_id.0.as_bytes().as_slice(),
        user_id.0.as_bytes().as_slice(),
        expires_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Adds a family's next token. The family expires together with this token.
///
/// # Errors
/// When the database fails.
pub async fn add_token(
    conn: &mut Conn,
    family_id: FamilyId,
    token: TokenHash,
    expires_at: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into game_user.refresh_tokens (token_hash, family_id, expires_at) values (?, ?, ?)",
        token.0.as_slice(),
        family_id.0.as_bytes().as_slice(),
        expires_at,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "update game_user.refresh_token_families set expires_at = ? where family_id = ?",
        expires_at,
        family_id.0.as_bytes().as_slice(),
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
        "select f.family_id, f.user_id, f.ended_at, t.used_at, t.expires_at
         from game_user.refresh_tokens t
         join game_user.refresh_token_families f on f.family_id = t.family_id
         where t.token_hash = ? for update",
        token.0.as_slice(),
    )
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        let spent = if row.ended_at.is_some() {
            Some(Spent::Ended)
        } else if row.used_at.is_some() {
            Some(Spent::Used)
        } else if row.expires_at <= now {
            Some(Spent::Expired)
        } else {
            None
        };
        Ok(Token {
            family_id: FamilyId(uuid(&row.family_id)?),
            user_id: UserId(uuid(&row.user_id)?),
            spent,
        })
    })
    .transpose()
}

/// Marks a locked token as used.
///
/// # Errors
/// When the database fails.
pub async fn use_token(conn: &mut Conn, token: TokenHash, now: OffsetDateTime) -> sqlx::Result<()> {
    sqlx::query!(
        "update game_user.refresh_tokens set used_at = ? where token_hash = ?",
        now,
        token.0.as_slice(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends a family: none of its tokens works again.
///
/// # Errors
/// When the database fails.
pub async fn end_family(
    conn: &mut Conn,
    family_id: FamilyId,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update game_user.refresh_token_families set ended_at = ?
         where family_id = ? and ended_at is null",
        now,
        family_id.0.as_bytes().as_slice(),
    )
    .execute(conn)
    .await?;
    Ok(())
}
