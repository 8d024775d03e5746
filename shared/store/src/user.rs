//! Players and their devices.

use tenjo_domain::{AccountToken, DeviceType, DisplayName, PlayerId, UserId};
use time::OffsetDateTime;

use crate::error::{is_duplicate, is_duplicate_of};
use crate::{Conn, uuid};

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
    /// Since when the player is suspended, if they are.
    pub suspended_at: Option<OffsetDateTime>,
    /// When the player first logged in.
    pub created_at: OffsetDateTime,
}

/// A keyed hash of a device id; see `tenjo_domain::DeviceId`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeviceHash(pub [u8; 32]);

struct Row {
    user_id: Vec<u8>,
    player_id: String,
    display_name: String,
    is_guest: bool,
    version: u32,
    account_token: Vec<u8>,
    suspended_at: Option<OffsetDateTime>,
    created_at: OffsetDateTime,
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
            suspended_at: row.suspended_at,
            created_at: row.created_at,
        })
    }
}

/// The player with this id.
///
/// # Errors
/// When the database fails.
pub async fn find(conn: &mut Conn, user_id: UserId) -> sqlx::Result<Option<User>> {
    sqlx::query_as!(
        Row,
        r#"select user_id, player_id, display_name, is_guest as "is_guest: bool", version,
                  account_token, suspended_at, created_at
           from game_user.users where user_id = ?"#,
        user_id.0.as_bytes().as_slice(),
    )
    .fetch_optional(conn)
    .await?
    .map(User::try_from)
    .transpose()
}

/// The player that this device logs in as.
///
/// # Errors
/// When the database fails.
pub async fn find_by_device(conn: &mut Conn, device: DeviceHash) -> sqlx::Result<Option<User>> {
    sqlx::query_as!(
        Row,
        r#"select u.user_id, u.player_id, u.display_name, u.is_guest as "is_guest: bool",
                  u.version, u.account_token, u.suspended_at, u.created_at
           from game_user.devices d join game_user.users u on u.user_id = d.user_id
           where d.device_hash = ?"#,
        device.0.as_slice(),
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
        "select suspended_at from game_user.users where user_id = ?",
        user_id.0.as_bytes().as_slice(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| row.suspended_at.is_some()))
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
        "select user_id from game_user.users where account_token = ?",
        token.0.as_bytes().as_slice(),
    )
    .fetch_optional(conn)
    .await?
    .map(|row| Ok(UserId(uuid(&row.user_id)?)))
    .transpose()
}

/// Registers a device for a player; `false` if it is registered already.
///
/// If a device sends two first logins at once, the second waits here for the
/// first, and then finds the key taken.
///
/// # Errors
/// When the database fails.
pub async fn register_device(
    conn: &mut Conn,
    device: DeviceHash,
    user_id: UserId,
    device_type: DeviceType,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "insert into game_user.devices (device_hash, user_id, device_type)
         values (?, ?, ?)",
        device.0.as_slice(),
        user_id.0.as_bytes().as_slice(),
        device_type.as_str(),
    )
    .execute(conn)
    .await;
    match done {
        Ok(_) => Ok(true),
        Err(error) if is_duplicate(&error) => Ok(false),
        Err(error) => Err(error),
    }
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
