//! How many draws without an SSR lie behind a player.

use tenjo_domain::UserId;

use crate::Conn;

/// The counter, for showing it.
///
/// # Errors
/// When the database fails.
pub async fn find(conn: &mut Conn, user_id: UserId, pity_group: &str) -> sqlx::Result<u32> {
    let row = sqlx::query!(
        "select pity_count from game_gacha.player_pity where user_id = ? and pity_group = ?",
        user_id.0.as_bytes().as_slice(),
        pity_group,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map_or(0, |row| row.pity_count))
}

/// The counter, locked until the transaction ends. That of a player without
/// one cannot be locked: there, only the one live saga keeps others away.
///
/// # Errors
/// When the database fails.
pub async fn lock(conn: &mut Conn, user_id: UserId, pity_group: &str) -> sqlx::Result<u32> {
    let row = sqlx::query!(
        "select pity_count from game_gacha.player_pity
         where user_id = ? and pity_group = ? for update",
        user_id.0.as_bytes().as_slice(),
        pity_group,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map_or(0, |row| row.pity_count))
}

/// Sets the counter.
///
/// # Errors
/// When the database fails.
pub async fn set(
    conn: &mut Conn,
    user_id: UserId,
    pity_group: &str,
    pity_count: u32,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into game_gacha.player_pity (user_id, pity_group, pity_count) values (?, ?, ?)
         on duplicate key update pity_count = values(pity_count)",
        user_id.0.as_bytes().as_slice(),
        pity_group,
        pity_count,
    )
    .execute(conn)
    .await?;
    Ok(())
}
