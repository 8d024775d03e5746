//! Players.

use std::collections::HashMap;

use sqlx::{MySql, QueryBuilder};
use tenjo_domain::{AccountToken, DisplayName, PlayerId, UserId};
use time::OffsetDateTime;

use crate::error::is_duplicate_of;
use crate::{Conn, uuid};

/// How many players one statement finds.
const PLAYERS_AT_ONCE: usize = 500;

/// A player as stored.
#[derive(Debug, Clone)]
pub struct User {
    /// The id inside the system.
    pub user_id: UserId,
    /// The id that other people see.
    pub player_id: String,
    /// The name that others see.
    pub display_name: String,
    /// Whether no account of another service is linked.
    pub is_guest: bool,
    /// Increases with each change; see [`rename`].
    pub version: u32,
    /// What their client gives to stores with a purchase.
    pub account_token: AccountToken,
    /// The suspension that holds now, if one does.
    pub suspension: Option<Suspension>,
    /// When the account is to be deleted, if that was asked for; see [`crate::deletion`].
    pub deletion_due_at: Option<OffsetDateTime>,
    /// When the player first logged in.
    pub created_at: OffsetDateTime,
}

/// That a player may neither log in nor change anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Suspension {
    /// Since when.
    pub since: OffsetDateTime,
    /// The first moment at which it does not hold any more; never if none.
    pub until: Option<OffsetDateTime>,
}

pub(crate) struct Row {
    pub(crate) user_id: Vec<u8>,
    pub(crate) player_id: String,
    pub(crate) display_name: String,
    pub(crate) is_guest: bool,
    pub(crate) version: u32,
    pub(crate) account_token: Vec<u8>,
    pub(crate) suspended_at: Option<OffsetDateTime>,
    pub(crate) suspended_until: Option<OffsetDateTime>,
    pub(crate) is_suspended: bool,
    pub(crate) deletion_due_at: Option<OffsetDateTime>,
    pub(crate) created_at: OffsetDateTime,
}

impl TryFrom<Row> for User {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> sqlx::Result<Self> {
        Ok(Self {
            user_id: UserId(uuid(&row.user_id)?),
            player_id: row.player_id,
            display_name: row.display_name,
            is_guest: row.is_guest,
            version: row.version,
            account_token: AccountToken(uuid(&row.account_token)?),
            suspension: row
                .suspended_at
                .filter(|_| row.is_suspended)
                .map(|since| Suspension { since, until: row.suspended_until }),
            deletion_due_at: row.deletion_due_at,
            created_at: row.created_at,
        })
    }
}

/// The player with this id. Nobody finds one who was deleted, here or by what follows.
///
/// # Errors
/// When the database fails.
pub async fn find(conn: &mut Conn, user_id: UserId) -> sqlx::Result<Option<User>> {
    sqlx::query_as!(
        Row,
        r#"select u.user_id, u.player_id, u.display_name, u.is_guest as "is_guest: bool",
                  u.version, u.account_token, u.suspended_at, u.suspended_until, u.created_at,
                  (u.suspended_at is not null
                    and ifnull(u.suspended_until > current_timestamp(6), true))
                    as "is_suspended!: bool",
                  x.due_at as "deletion_due_at?: OffsetDateTime"
           from game_user.users u left join game_user.deletions x on x.user_id = u.user_id
           where u.user_id = ? and u.deleted_at is null"#,
        user_id.0.as_bytes().as_slice(),
    )
    .fetch_optional(conn)
    .await?
    .map(User::try_from)
    .transpose()
}

/// The player with this id, locked until the transaction ends, and as they were last
/// committed, whatever the transaction's snapshot has. It does not read whether they are
/// to be deleted.
///
/// # Errors
/// When the database fails.
pub async fn lock(conn: &mut Conn, user_id: UserId) -> sqlx::Result<Option<User>> {
    sqlx::query_as!(
        Row,
        r#"select user_id, player_id, display_name, is_guest as "is_guest: bool", version,
                  account_token, suspended_at, suspended_until, created_at,
                  (suspended_at is not null
                    and ifnull(suspended_until > current_timestamp(6), true))
                    as "is_suspended!: bool",
                  null as "deletion_due_at?: OffsetDateTime"
           from game_user.users where user_id = ? and deleted_at is null for update"#,
        user_id.0.as_bytes().as_slice(),
    )
    .fetch_optional(conn)
    .await?
    .map(User::try_from)
    .transpose()
}

/// Whether the player is suspended; `None` if there is no such player.
///
/// # Errors
/// When the database fails.
pub async fn is_suspended(conn: &mut Conn, user_id: UserId) -> sqlx::Result<Option<bool>> {
    let row = sqlx::query!(
        r#"select (suspended_at is not null
                  and ifnull(suspended_until > current_timestamp(6), true))
                  as "is_suspended!: bool"
           from game_user.users where user_id = ? and deleted_at is null"#,
        user_id.0.as_bytes().as_slice(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| row.is_suspended))
}

/// What people call a player, or called them: also of one who is deleted.
///
/// # Errors
/// When the database fails.
pub async fn player_id_of(conn: &mut Conn, user_id: UserId) -> sqlx::Result<Option<String>> {
    let row = sqlx::query!(
        "select player_id from game_user.users where user_id = ?",
        user_id.0.as_bytes().as_slice(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| row.player_id))
}

/// The user id behind a player id, as people write it.
///
/// # Errors
/// When the database fails.
pub async fn find_id(conn: &mut Conn, player_id: &str) -> sqlx::Result<Option<UserId>> {
    sqlx::query!(
        "select user_id from game_user.users where player_id = ? and deleted_at is null",
        player_id,
    )
    .fetch_optional(conn)
    .await?
    .map(|row| Ok(UserId(uuid(&row.user_id)?)))
    .transpose()
}

/// The user ids behind player ids; those that are no players are left out.
///
/// # Errors
/// When the database fails.
pub async fn find_ids(
    conn: &mut Conn,
    player_ids: &[String],
) -> sqlx::Result<HashMap<String, UserId>> {
    let mut found = HashMap::new();
    for some in player_ids.chunks(PLAYERS_AT_ONCE) {
        let mut select = QueryBuilder::<MySql>::new(
            "select player_id, user_id from game_user.users
             where deleted_at is null and player_id in (",
        );
        let mut ids = select.separated(", ");
        for player_id in some {
            ids.push_bind(player_id);
        }
        select.push(")");
        let rows: Vec<(String, Vec<u8>)> = select.build_query_as().fetch_all(&mut *conn).await?;
        for (player_id, user_id) in rows {
            found.insert(player_id, UserId(uuid(&user_id)?));
        }
    }
    Ok(found)
}

/// What people call players, by their user ids; those who were deleted are left out.
///
/// # Errors
/// When the database fails.
pub async fn find_player_ids(
    conn: &mut Conn,
    user_ids: &[UserId],
) -> sqlx::Result<HashMap<UserId, String>> {
    let mut found = HashMap::new();
    for some in user_ids.chunks(PLAYERS_AT_ONCE) {
        let mut select = QueryBuilder::<MySql>::new(
            "select user_id, player_id from game_user.users
             where deleted_at is null and user_id in (",
        );
        let mut ids = select.separated(", ");
        for user_id in some {
            ids.push_bind(user_id.0.as_bytes().as_slice());
        }
        select.push(")");
        let rows: Vec<(Vec<u8>, String)> = select.build_query_as().fetch_all(&mut *conn).await?;
        for (user_id, player_id) in rows {
            found.insert(UserId(uuid(&user_id)?), player_id);
        }
    }
    Ok(found)
}

/// Suspends a player until a time, or for good; or lifts their suspension. A player who
/// is suspended already stays so since then; a suspension that is over does not count.
/// `false` if there is no such player.
///
/// # Errors
/// When the database fails.
pub async fn set_suspension(
    conn: &mut Conn,
    user_id: UserId,
    suspend: bool,
    until: Option<OffsetDateTime>,
) -> sqlx::Result<bool> {
    // The start is set first, because it depends on the end that is stored until now.
    let done = sqlx::query!(
        "update game_user.users
         set suspended_at = if(?, if(suspended_until <= current_timestamp(6),
                                     current_timestamp(6),
                                     ifnull(suspended_at, current_timestamp(6))), null),
             suspended_until = ?
         where user_id = ?",
        suspend,
        until,
        user_id.0.as_bytes().as_slice(),
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The player whom a store names by this token.
///
/// # Errors
/// When the database fails.
pub async fn find_by_account_token(
    conn: &mut Conn,
    token: AccountToken,
) -> sqlx::Result<Option<UserId>> {
    sqlx::query!(
        "select user_id from game_user.users where account_token = ? and deleted_at is null",
        token.0.as_bytes().as_slice(),
    )
    .fetch_optional(conn)
    .await?
    .map(|row| Ok(UserId(uuid(&row.user_id)?)))
    .transpose()
}

/// Adds a guest; `false` if another player has this player id.
///
/// # Errors
/// When the database fails.
pub async fn create_guest(
    conn: &mut Conn,
    user_id: UserId,
    player_id: &PlayerId,
    display_name: &DisplayName,
    account_token: AccountToken,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "insert into game_user.users (user_id, player_id, display_name, is_guest, account_token)
         values (?, ?, ?, true, ?)",
        user_id.0.as_bytes().as_slice(),
        player_id.as_str(),
        display_name.as_str(),
        account_token.0.as_bytes().as_slice(),
    )
    .execute(conn)
    .await;
    match done {
        Ok(_) => Ok(true),
        Err(error) if is_duplicate_of(&error, "users_player_id") => Ok(false),
        Err(error) => Err(error),
    }
}

/// Notes whether a player is a guest: whether no account of another service is linked.
///
/// # Errors
/// When the database fails.
pub(crate) async fn set_guest(
    conn: &mut Conn,
    user_id: UserId,
    is_guest: bool,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update game_user.users set is_guest = ? where user_id = ?",
        is_guest,
        user_id.0.as_bytes().as_slice(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Changes a player's display name; `false` if `version` is not the stored one.
///
/// # Errors
/// When the database fails.
pub async fn rename(
    conn: &mut Conn,
    user_id: UserId,
    display_name: &DisplayName,
    version: u32,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "update game_user.users set display_name = ?, version = version + 1
         where user_id = ? and version = ?",
        display_name.as_str(),
        user_id.0.as_bytes().as_slice(),
        version,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}
