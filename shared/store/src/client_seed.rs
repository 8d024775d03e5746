//! The players' own seeds, and the numbers of their draws.

use tenjo_domain::{ClientSeed, DrawNumber, UserId};

use crate::{BrokenInvariant, Conn, corrupt};

/// What a player's next draw will use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlayerSeed {
    /// The player's seed, or the default if they never set one.
    pub client_seed: ClientSeed,
    /// The number that their next draw takes.
    pub next_draw_number: DrawNumber,
}

/// The seed and the number of a player's next draw.
///
/// # Errors
/// When the database fails.
pub async fn find(conn: &mut Conn, user_id: UserId) -> sqlx::Result<PlayerSeed> {
    let row = sqlx::query!(
        "select client_seed, draw_count from game_gacha.player_seeds where user_id = ?",
        user_id.0.as_bytes().as_slice(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(match row {
        Some(row) => PlayerSeed {
            client_seed: ClientSeed::new(row.client_seed).map_err(corrupt)?,
            next_draw_number: DrawNumber::after(row.draw_count),
        },
        None => PlayerSeed {
            client_seed: ClientSeed::default_for(user_id),
            next_draw_number: DrawNumber::FIRST,
        },
    })
}

/// Sets a player's seed, and returns the number of the first draw that uses it.
///
/// The row is locked from here to the end of the transaction, so no draw takes
/// a number in between.
///
/// # Errors
/// When the database fails.
pub async fn set(
    conn: &mut Conn,
    user_id: UserId,
    client_seed: &ClientSeed,
) -> sqlx::Result<PlayerSeed> {
    sqlx::query!(
        "insert into game_gacha.player_seeds (user_id, client_seed, draw_count) values (?, ?, 0)
         on duplicate key update client_seed = values(client_seed)",
        user_id.0.as_bytes().as_slice(),
        client_seed.as_str(),
    )
    .execute(&mut *conn)
    .await?;
    let row = locked(conn, user_id).await?;
    Ok(PlayerSeed {
        client_seed: row.client_seed,
        next_draw_number: DrawNumber::after(row.draw_count),
    })
}

/// Takes the player's next draw number.
///
/// The row stays locked until the caller's transaction ends, so a player's draws
/// in different pity groups take their numbers one after another. A rollback
/// undoes the number together with everything else the step did, so no number is
/// skipped.
///
/// # Errors
/// When the database fails.
pub async fn take_number(conn: &mut Conn, user_id: UserId) -> sqlx::Result<DrawNumber> {
    let default = ClientSeed::default_for(user_id);
    // `last_insert_id` brings the number back with the answer to this statement.
    let done = sqlx::query!(
        "insert into game_gacha.player_seeds (user_id, client_seed, draw_count)
         values (?, ?, last_insert_id(1))
         on duplicate key update draw_count = last_insert_id(draw_count + 1)",
        user_id.0.as_bytes().as_slice(),
        default.as_str(),
    )
    .execute(conn)
    .await?;
    DrawNumber::new(done.last_insert_id()).map_err(corrupt)
}

struct Locked {
    client_seed: ClientSeed,
    draw_count: u64,
}

/// The row as it is now, not as it was when the transaction began.
async fn locked(conn: &mut Conn, user_id: UserId) -> sqlx::Result<Locked> {
    let row = sqlx::query!(
        "select client_seed, draw_count from game_gacha.player_seeds
         where user_id = ? for update",
        user_id.0.as_bytes().as_slice(),
    )
    .fetch_optional(conn)
    .await?
    .ok_or(BrokenInvariant::NoPlayerSeed(user_id))?;
    Ok(Locked {
        client_seed: ClientSeed::new(row.client_seed).map_err(corrupt)?,
        draw_count: row.draw_count,
    })
}
