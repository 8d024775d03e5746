//! Who may change something now: a player whose session lasts, and whose minute has
//! room.

use tenjo_domain::{Act, Admission, Most, SessionId, UserId};

use crate::Conn;
use crate::error::is_null;

/// Counts an act of a player in the minute that runs, if the session that asks lasts.
///
/// One statement does both, so that a draw costs no more statements for it. Once it
/// admits, the row stays locked until the transaction ends, so a player's acts of one kind
/// are counted one after another. Unless it admits, the caller rolls back, and nothing is
/// counted.
///
/// The minute is the database's, and only moves forward, so that servers whose clocks
/// differ do not start a count again.
///
/// # Errors
/// When the database fails.
pub async fn admit(
    conn: &mut Conn,
    user_id: UserId,
    session_id: SessionId,
    act: Act,
    most_per_minute: Most,
) -> sqlx::Result<Admission> {
    // Where the minute is full, this sets a `not null` column to null, which fails.
    let done = sqlx::query!(
        "insert into game_gacha.player_minutes (user_id, act, minute_number, act_count)
         select user_id, ?, unix_timestamp() div 60, 1
         from game_user.refresh_token_families
         where family_id = ? and user_id = ? and ended_at is null
         on duplicate key update
           act_count = if(minute_number < values(minute_number), 1,
                          if(act_count < ?, act_count + 1, null)),
           minute_number = greatest(minute_number, values(minute_number))",
        act.as_str(),
        session_id.0.as_bytes().as_slice(),
        user_id.0.as_bytes().as_slice(),
        most_per_minute.get(),
    )
    .execute(conn)
    .await;
    match done {
        Ok(done) if done.rows_affected() == 0 => Ok(Admission::SessionEnded),
        Ok(_) => Ok(Admission::Admitted),
        Err(error) if is_null(&error) => Ok(Admission::TooMany),
        Err(error) => Err(error),
    }
}

/// Whether a player may change something by a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Yes.
    Good,
    /// The player is suspended.
    Suspended,
    /// The session has ended, or was never theirs.
    SessionEnded,
}

/// Whether a player may change something by a session, by the latest commit. Nobody else can
/// end the session until the transaction ends.
///
/// # Errors
/// When the database fails.
pub async fn hold(
    conn: &mut Conn,
    user_id: UserId,
    session_id: SessionId,
) -> sqlx::Result<Standing> {
    let session = sqlx::query!(
        "select ended_at from game_user.refresh_token_families
         where family_id = ? and user_id = ? for update",
        session_id.0.as_bytes().as_slice(),
        user_id.0.as_bytes().as_slice(),
    )
    .fetch_optional(&mut *conn)
    .await?;
    let lasts = session.is_some_and(|session| session.ended_at.is_none());
    standing_of(conn, user_id, lasts).await
}

/// Whether a session of a player lasts, as far as this transaction sees.
///
/// # Errors
/// When the database fails.
pub async fn lasts(conn: &mut Conn, user_id: UserId, session_id: SessionId) -> sqlx::Result<bool> {
    let session = sqlx::query!(
        "select ended_at from game_user.refresh_token_families
         where family_id = ? and user_id = ?",
        session_id.0.as_bytes().as_slice(),
        user_id.0.as_bytes().as_slice(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(session.is_some_and(|session| session.ended_at.is_none()))
}

/// Whether a player may change something by a session, where it is not counted.
///
/// # Errors
/// When the database fails.
pub async fn standing(
    conn: &mut Conn,
    user_id: UserId,
    session_id: SessionId,
) -> sqlx::Result<Standing> {
    let lasts = lasts(conn, user_id, session_id).await?;
    standing_of(conn, user_id, lasts).await
}

async fn standing_of(conn: &mut Conn, user_id: UserId, lasts: bool) -> sqlx::Result<Standing> {
    if !lasts {
        return Ok(Standing::SessionEnded);
    }
    Ok(match crate::user::is_suspended(conn, user_id).await? {
        Some(false) => Standing::Good,
        Some(true) => Standing::Suspended,
        None => Standing::SessionEnded,
    })
}
