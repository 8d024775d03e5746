//! The devices that players log in with, and their secrets, by their hashes.
//!
//! Whoever lets a device in, gives it a secret or ends it has its row locked, so that no
//! login is half before and half after the end of its device.

use tenjo_domain::{
    DeviceCredential, DeviceEnd, DeviceType, RegistrationId, SecretHash, SessionId, UserId,
};

use crate::error::unless_duplicate;
use crate::{Conn, corrupt, uuid, word};

/// A keyed hash of a device id; see `tenjo_domain::DeviceId`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeviceHash(pub [u8; 32]);

/// What a device id is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeviceHashes {
    /// By the key that hashes now.
    pub now: DeviceHash,
    /// By the key that takes its place, or that it took the place of, while there are two.
    pub other: Option<DeviceHash>,
}

/// A device of a player. Its row is locked.
#[derive(Debug, Clone, Copy)]
pub struct Registration {
    /// Which.
    pub registration_id: RegistrationId,
    /// Whose.
    pub user_id: UserId,
    /// Its secrets.
    pub credential: DeviceCredential,
    hash: DeviceHash,
}

struct Row {
    device_hash: Vec<u8>,
    registration_id: Vec<u8>,
    user_id: Vec<u8>,
    secret_hash: Option<Vec<u8>>,
    given_hash: Option<Vec<u8>>,
    end_reason: Option<String>,
}

impl TryFrom<Row> for Registration {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> sqlx::Result<Self> {
        let bytes = |bytes: &[u8]| <[u8; 32]>::try_from(bytes).map_err(corrupt);
        let secret = |hash: Option<Vec<u8>>| hash.map(|hash| bytes(&hash).map(SecretHash));
        Ok(Self {
            registration_id: RegistrationId(uuid(&row.registration_id)?),
            user_id: UserId(uuid(&row.user_id)?),
            credential: DeviceCredential {
                in_force: secret(row.secret_hash).transpose()?,
                given: secret(row.given_hash).transpose()?,
                end: row.end_reason.as_deref().map(word).transpose()?,
            },
            hash: DeviceHash(bytes(&row.device_hash)?),
        })
    }
}

/// The device with this id, locked until the transaction ends. A secret that was sent finds
/// its device by itself, unless it is that of the device with the id: the key that its id
/// was hashed with may be gone, and somebody who knows the id may have registered it since.
///
/// # Errors
/// When the database fails.
pub async fn lock(
    conn: &mut Conn,
    hashes: DeviceHashes,
    sent: Option<SecretHash>,
) -> sqlx::Result<Option<Registration>> {
    let other = hashes.other.unwrap_or(hashes.now);
    let row = sqlx::query_as!(
        Row,
        r#"select device_hash, registration_id, user_id, end_reason,
                  secret_hash as "secret_hash: Vec<u8>", given_hash as "given_hash: Vec<u8>"
           from game_user.devices where device_hash in (?, ?) for update"#,
        hashes.now.0.as_slice(),
        other.0.as_slice(),
    )
    .fetch_optional(&mut *conn)
    .await?;
    let by_id = row.map(Registration::try_from).transpose()?;
    let Some(sent) = sent else { return Ok(by_id) };
    if by_id.as_ref().is_some_and(|device| device.credential.has(sent)) {
        return Ok(by_id);
    }
    let row = sqlx::query_as!(
        Row,
        r#"select device_hash, registration_id, user_id, end_reason,
                  secret_hash as "secret_hash: Vec<u8>", given_hash as "given_hash: Vec<u8>"
           from game_user.devices where secret_hash = ? or given_hash = ? for update"#,
        sent.0.as_slice(),
        sent.0.as_slice(),
    )
    .fetch_optional(conn)
    .await?;
    let by_secret = row.map(Registration::try_from).transpose()?;
    Ok(by_secret.or(by_id))
}

/// Hashes the id of a locked device with the key of now, if another key hashed it. If another
/// device is registered by that hash, this one stays as it is, and its secret finds it.
///
/// # Errors
/// When the database fails.
pub async fn rehash(
    conn: &mut Conn,
    device: &Registration,
    hashes: DeviceHashes,
) -> sqlx::Result<()> {
    if device.hash != hashes.now {
        let done = sqlx::query!(
            "update game_user.devices set device_hash = ? where device_hash = ?",
            hashes.now.0.as_slice(),
            device.hash.0.as_slice(),
        )
        .execute(conn)
        .await;
        unless_duplicate(done)?;
    }
    Ok(())
}

/// Registers a device for a player; `None` if it is registered already.
///
/// If a device sends two first logins at once, the second waits here for the
/// first, and then finds the key taken.
///
/// # Errors
/// When the database fails.
pub async fn register(
    conn: &mut Conn,
    device: DeviceHash,
    user_id: UserId,
    device_type: DeviceType,
) -> sqlx::Result<Option<RegistrationId>> {
    let registration_id = RegistrationId(::uuid::Uuid::new_v4());
    let done = sqlx::query!(
        "insert into game_user.devices (device_hash, registration_id, user_id, device_type)
         values (?, ?, ?, ?)",
        device.0.as_slice(),
        registration_id.0.as_bytes().as_slice(),
        user_id.0.as_bytes().as_slice(),
        device_type.as_str(),
    )
    .execute(conn)
    .await;
    Ok(unless_duplicate(done)?.then_some(registration_id))
}

/// Registers a locked device anew, for this player. Whoever it logged in before is left
/// without it.
///
/// # Errors
/// When the database fails.
pub async fn reassign(
    conn: &mut Conn,
    device: &Registration,
    hashes: DeviceHashes,
    user_id: UserId,
    device_type: DeviceType,
) -> sqlx::Result<RegistrationId> {
    rehash(conn, device, hashes).await?;
    let registration_id = RegistrationId(::uuid::Uuid::new_v4());
    sqlx::query!(
        "update game_user.devices
         set registration_id = ?, user_id = ?, device_type = ?,
             secret_hash = null, given_hash = null, given_to = null,
             ended_at = null, end_reason = null, created_at = current_timestamp(6)
         where user_id = ? and registration_id = ?",
        registration_id.0.as_bytes().as_slice(),
        user_id.0.as_bytes().as_slice(),
        device_type.as_str(),
        device.user_id.0.as_bytes().as_slice(),
        device.registration_id.0.as_bytes().as_slice(),
    )
    .execute(conn)
    .await?;
    Ok(registration_id)
}

/// Gives a device a secret, which counts once the client has shown it. Until then the one
/// that is in force stays so; another that was given before is forgotten. `to` is the
/// session that the same answer begins.
///
/// # Errors
/// When the database fails.
pub async fn give_secret(
    conn: &mut Conn,
    user_id: UserId,
    registration_id: RegistrationId,
    secret: SecretHash,
    to: Option<SessionId>,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "update game_user.devices set given_hash = ?, given_to = ?
         where user_id = ? and registration_id = ? and ended_at is null",
        secret.0.as_slice(),
        to.map(|session_id| session_id.0.as_bytes().to_vec()),
        user_id.0.as_bytes().as_slice(),
        registration_id.0.as_bytes().as_slice(),
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The secret that was given last comes in force, because the client has sent it.
///
/// # Errors
/// When the database fails.
pub async fn secret_was_sent(conn: &mut Conn, device: &Registration) -> sqlx::Result<()> {
    sqlx::query!(
        "update game_user.devices
         set secret_hash = given_hash, given_hash = null, given_to = null
         where user_id = ? and registration_id = ?",
        device.user_id.0.as_bytes().as_slice(),
        device.registration_id.0.as_bytes().as_slice(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The secret that came with a session comes in force, because the client has the tokens
/// of the same answer. Nothing happens if none is waiting for that.
///
/// # Errors
/// When the database fails.
pub async fn session_was_used(
    conn: &mut Conn,
    user_id: UserId,
    session_id: SessionId,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update game_user.devices
         set secret_hash = given_hash, given_hash = null, given_to = null
         where user_id = ? and given_to = ? and ended_at is null",
        user_id.0.as_bytes().as_slice(),
        session_id.0.as_bytes().as_slice(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Voids the secrets of a player's devices that were given and not used yet: whoever has a
/// session that ends may have asked for one. Secrets in force stay, and the one that came
/// with the session `shown` comes in force, if one is named: its client has it.
///
/// The rows of all devices stay locked until the transaction ends, so neither a login nor a
/// new secret comes in between. Whoever ends sessions calls this before it locks any of
/// them: see [`crate::session`].
///
/// # Errors
/// When the database fails.
pub async fn void_given(
    conn: &mut Conn,
    user_id: UserId,
    shown: Option<SessionId>,
) -> sqlx::Result<()> {
    lock_all(conn, user_id).await?;
    if let Some(session_id) = shown {
        session_was_used(conn, user_id, session_id).await?;
    }
    sqlx::query!(
        "update game_user.devices set given_hash = null, given_to = null
         where user_id = ? and given_hash is not null",
        user_id.0.as_bytes().as_slice(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The same for a session that ends by itself, when nobody is thrown out: a secret that came
/// with another session stays, because only the client of that one has it. Those whose session
/// was ended before are void already.
///
/// # Errors
/// When the database fails.
pub async fn void_asked_for(conn: &mut Conn, user_id: UserId, own: SessionId) -> sqlx::Result<()> {
    lock_all(conn, user_id).await?;
    session_was_used(conn, user_id, own).await?;
    sqlx::query!(
        "update game_user.devices set given_hash = null
         where user_id = ? and given_hash is not null and given_to is null",
        user_id.0.as_bytes().as_slice(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Locks all devices of a player, those without a secret too: one may be on its way.
async fn lock_all(conn: &mut Conn, user_id: UserId) -> sqlx::Result<()> {
    sqlx::query!(
        "select device_type from game_user.devices where user_id = ? for update",
        user_id.0.as_bytes().as_slice(),
    )
    .fetch_all(conn)
    .await?;
    Ok(())
}

/// Ends all devices of a player but one, if one is named: they log nobody in any more.
///
/// # Errors
/// When the database fails.
pub async fn end_all_but(
    conn: &mut Conn,
    user_id: UserId,
    kept: Option<RegistrationId>,
    end: DeviceEnd,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update game_user.devices
         set ended_at = current_timestamp(6), end_reason = ?,
             secret_hash = null, given_hash = null, given_to = null
         where user_id = ? and ended_at is null and not (registration_id <=> ?)",
        end.as_str(),
        user_id.0.as_bytes().as_slice(),
        kept.map(|kept| kept.0.as_bytes().to_vec()),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends one device of a player: it logs nobody in any more.
///
/// # Errors
/// When the database fails.
pub async fn end(
    conn: &mut Conn,
    user_id: UserId,
    registration_id: RegistrationId,
    end: DeviceEnd,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update game_user.devices
         set ended_at = current_timestamp(6), end_reason = ?,
             secret_hash = null, given_hash = null, given_to = null
         where user_id = ? and registration_id = ? and ended_at is null",
        end.as_str(),
        user_id.0.as_bytes().as_slice(),
        registration_id.0.as_bytes().as_slice(),
    )
    .execute(conn)
    .await?;
    Ok(())
}
