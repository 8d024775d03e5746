//! Refresh tokens, by their hash.
//!
//! A token can be exchanged once for its successor, and its row then has what the
//! successor was made from, besides the token itself. If a used token comes again, it
//! was stolen, replayed, or sent by a client that never got the answer. Every use locks
//! the token and its family together, so ending a family cannot race with an exchange.
//!
//! **The order of locks**, for whoever takes some of them in a transaction: the player's
//! transfer code (`transfer::hold`, `transfer::replace`, `transfer::use_up`), then their
//! devices (`device::lock`, `device::void_given`), then their sessions: a refresh token together
//! with its session (`lock_token`). Only the successor of a used token is locked after its
//! session (`is_unused`): if that one is refreshed at the same moment, the database may have
//! to end one of the two, which can be sent again. Whoever ends sessions and voids the code
//! has the code's row first, and voids it last: a player who has none yet may be making one.

use tenjo_domain::{DeviceType, RegistrationId, SessionEnd, SessionId, UserId};
use time::OffsetDateTime;

use crate::page::{Limit, Page};
use crate::{Conn, corrupt, uuid, word};

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
    /// Its family was ended, for this reason.
    Ended(SessionEnd),
}

/// The device that a session begins on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionDevice {
    /// Which.
    pub registration_id: RegistrationId,
    /// Of what kind the client says that it is.
    pub device_type: DeviceType,
}

/// Begins a family for a login, on a device if the client named one.
///
/// # Errors
/// When the database fails.
pub async fn begin_family(
    conn: &mut Conn,
    session_id: SessionId,
    user_id: UserId,
    device: Option<SessionDevice>,
    expires_at: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into game_user.refresh_token_families
           (family_id, user_id, registration_id, device_type, expires_at)
         values (?, ?, ?, ?, ?)",
        session_id.0.as_bytes().as_slice(),
        user_id.0.as_bytes().as_slice(),
        device.map(|device| device.registration_id.0.as_bytes().to_vec()),
        device.map(|device| device.device_type.as_str()),
        expires_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that a player is here today, and locks the row of it until the transaction ends.
///
/// # Errors
/// When the database fails.
pub async fn visit(conn: &mut Conn, user_id: UserId) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into game_user.visits (user_id, seen_on) values (?, current_date)
         on duplicate key update seen_on = values(seen_on)",
        user_id.0.as_bytes().as_slice(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Adds a family's next token. The family expires together with this token, and was used
/// now.
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
        "update game_user.refresh_token_families
         set expires_at = ?, used_at = current_timestamp(6) where family_id = ?",
        expires_at,
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
        r#"select f.family_id, f.user_id, f.ended_at, f.end_reason, t.used_at,
                t.expires_at, t.successor_salt as "successor_salt: Vec<u8>"
         from game_user.refresh_tokens t
         join game_user.refresh_token_families f on f.family_id = t.family_id
         where t.token_hash = ? for update"#,
        token.0.as_slice(),
    )
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        let spent = if row.ended_at.is_some() {
            let end = row.end_reason.as_deref().map(word).transpose()?;
            Some(Spent::Ended(end.unwrap_or(SessionEnd::LoggedOut)))
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

/// A session by one of its tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Begun {
    /// Which.
    pub session_id: SessionId,
    /// Whose it is.
    pub user_id: UserId,
}

/// The session that a token is of, whatever became of both. Nothing is locked.
///
/// # Errors
/// When the database fails.
pub async fn find_by_token(conn: &mut Conn, token: TokenHash) -> sqlx::Result<Option<Begun>> {
    let row = sqlx::query!(
        "select f.family_id, f.user_id from game_user.refresh_tokens t
         join game_user.refresh_token_families f on f.family_id = t.family_id
         where t.token_hash = ?",
        token.0.as_slice(),
    )
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        let (session_id, user_id) = (uuid(&row.family_id)?, uuid(&row.user_id)?);
        Ok(Begun { session_id: SessionId(session_id), user_id: UserId(user_id) })
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
    end: SessionEnd,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update game_user.refresh_token_families set ended_at = ?, end_reason = ?
         where family_id = ? and ended_at is null",
        now,
        end.as_str(),
        session_id.0.as_bytes().as_slice(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends all families of a player but one, if one is named, and returns how many were not
/// ended.
///
/// # Errors
/// When the database fails.
pub async fn end_all_but(
    conn: &mut Conn,
    user_id: UserId,
    kept: Option<SessionId>,
    end: SessionEnd,
) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "update game_user.refresh_token_families
         set ended_at = current_timestamp(6), end_reason = ?
         where user_id = ? and ended_at is null and not (family_id <=> ?)",
        end.as_str(),
        user_id.0.as_bytes().as_slice(),
        kept.map(|kept| kept.0.as_bytes().to_vec()),
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

/// Ends all families that a player began on one device.
///
/// # Errors
/// When the database fails.
pub async fn end_on_device(
    conn: &mut Conn,
    user_id: UserId,
    registration_id: RegistrationId,
    end: SessionEnd,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update game_user.refresh_token_families
         set ended_at = current_timestamp(6), end_reason = ?
         where user_id = ? and registration_id = ? and ended_at is null",
        end.as_str(),
        user_id.0.as_bytes().as_slice(),
        registration_id.0.as_bytes().as_slice(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends all families that a player began on no device, but one.
///
/// # Errors
/// When the database fails.
pub async fn end_on_no_device_but(
    conn: &mut Conn,
    user_id: UserId,
    kept: SessionId,
    end: SessionEnd,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update game_user.refresh_token_families
         set ended_at = current_timestamp(6), end_reason = ?
         where user_id = ? and registration_id is null and family_id <> ? and ended_at is null",
        end.as_str(),
        user_id.0.as_bytes().as_slice(),
        kept.0.as_bytes().as_slice(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// On which device a player began a session: `None` if it is no session of theirs,
/// `Some(None)` if the client named no device.
///
/// # Errors
/// When the database fails.
pub async fn device_of(
    conn: &mut Conn,
    user_id: UserId,
    session_id: SessionId,
) -> sqlx::Result<Option<Option<RegistrationId>>> {
    let row = sqlx::query!(
        r#"select registration_id as "registration_id: Vec<u8>"
           from game_user.refresh_token_families where family_id = ? and user_id = ?"#,
        session_id.0.as_bytes().as_slice(),
        user_id.0.as_bytes().as_slice(),
    )
    .fetch_optional(conn)
    .await?;
    let id = |row: Option<Vec<u8>>| row.as_deref().map(uuid).transpose();
    row.map(|row| Ok(id(row.registration_id)?.map(RegistrationId))).transpose()
}

/// A session of a player that may be renewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LiveSession {
    /// Which.
    pub session_id: SessionId,
    /// On which kind of device it began, if the client named one.
    pub device_type: Option<DeviceType>,
    /// When it began.
    pub began_at: OffsetDateTime,
    /// When it was last renewed.
    pub used_at: OffsetDateTime,
}

/// A place in the list of sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionPlace {
    /// When the session began.
    pub began_at: OffsetDateTime,
    /// Which.
    pub session_id: SessionId,
}

/// The sessions of a player that may be renewed, newest first.
///
/// # Errors
/// When the database fails.
pub async fn live(
    conn: &mut Conn,
    user_id: UserId,
    now: OffsetDateTime,
    after: Option<SessionPlace>,
    limit: Limit,
) -> sqlx::Result<Page<LiveSession>> {
    let began_at = after.map(|place| place.began_at);
    let session_id = after.map(|place| place.session_id.0.as_bytes().to_vec());
    let rows = sqlx::query!(
        "select family_id, device_type, created_at, used_at
         from game_user.refresh_token_families
         where user_id = ? and ended_at is null and expires_at > ?
           and (? is null or (created_at, family_id) < (?, ?))
         order by created_at desc, family_id desc limit ?",
        user_id.0.as_bytes().as_slice(),
        now,
        began_at,
        began_at,
        session_id,
        limit.and_one(),
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| {
        Ok(LiveSession {
            session_id: SessionId(uuid(&row.family_id)?),
            device_type: row.device_type.as_deref().map(word).transpose()?,
            began_at: row.created_at,
            used_at: row.used_at,
        })
    })
    .collect::<sqlx::Result<_>>()?;
    Ok(Page::of(rows, limit))
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

/// A page of a player's logins, newest first, starting after `after`.
///
/// # Errors
/// When the database fails.
pub async fn list(
    conn: &mut Conn,
    user_id: UserId,
    after: Option<SessionPlace>,
    limit: Limit,
) -> sqlx::Result<Page<Login>> {
    let began_at = after.map(|place| place.began_at);
    let session_id = after.map(|place| place.session_id.0.as_bytes().to_vec());
    let rows = sqlx::query!(
        "select family_id, created_at, ended_at, expires_at
         from game_user.refresh_token_families
         where user_id = ? and (? is null or (created_at, family_id) < (?, ?))
         order by created_at desc, family_id desc limit ?",
        user_id.0.as_bytes().as_slice(),
        began_at,
        began_at,
        session_id,
        limit.and_one(),
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
    .collect::<sqlx::Result<_>>()?;
    Ok(Page::of(rows, limit))
}
