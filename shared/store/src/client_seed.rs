//! The players' own seeds, and the numbers of their draws.

use tenjo_domain::{Charge, ClientSeed, DrawNumber, SagaId, SeedChanges, UserId};
use time::OffsetDateTime;

use crate::{BrokenInvariant, Conn, corrupt, currency};

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

/// Sets a player's seed, and returns what their next draw will use; `None`, and no
/// change, if they changed it too often today. The same seed again is no change.
///
/// The row is locked from here to the end of the transaction, so no draw takes
/// a number in between. If there was none, two first changes at once count as one.
///
/// # Errors
/// When the database fails.
pub async fn set(
    conn: &mut Conn,
    user_id: UserId,
    client_seed: &ClientSeed,
    now: OffsetDateTime,
) -> sqlx::Result<Option<PlayerSeed>> {
    let before = locked(conn, user_id).await?;
    if before.as_ref().is_none_or(|before| before.client_seed != *client_seed) {
        let changes = before.map(|before| before.changes).unwrap_or_default();
        let Some(changes) = changes.another(now) else { return Ok(None) };
        sqlx::query!(
            "insert into game_gacha.player_seeds
               (user_id, client_seed, draw_count, change_day, changes) values (?, ?, 0, ?, ?)
             on duplicate key update client_seed = values(client_seed),
               change_day = values(change_day), changes = values(changes)",
            user_id.0.as_bytes().as_slice(),
            client_seed.as_str(),
            changes.day,
            changes.count,
        )
        .execute(&mut *conn)
        .await?;
    }
    let row = locked(conn, user_id).await?.ok_or(BrokenInvariant::NoPlayerSeed(user_id))?;
    Ok(Some(PlayerSeed {
        client_seed: row.client_seed,
        next_draw_number: DrawNumber::after(row.draw_count),
    }))
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

/// The seed of a player who has taken a number, and what the ledger has as taken by
/// their saga and not given back. It is one statement, because a ten-draw has few.
///
/// # Errors
/// When the database fails, or the player has taken no number.
pub async fn seed_and_held(
    conn: &mut Conn,
    user_id: UserId,
    saga_id: SagaId,
) -> sqlx::Result<(ClientSeed, Charge)> {
    let rows = sqlx::query!(
        r#"select client_seed as "text!: String", cast(0 as signed) as "held!: i64",
                  true as "is_seed!: bool"
           from game_gacha.player_seeds where user_id = ?
           union all
           select currency_type, cast(-sum(delta) as signed), false
           from game_user.currency_ledger where saga_id = ? group by currency_type"#,
        user_id.0.as_bytes().as_slice(),
        saga_id.0.as_bytes().as_slice(),
    )
    .fetch_all(conn)
    .await?;
    let (mut client_seed, mut held) = (None, Charge::NONE);
    for row in rows {
        if row.is_seed {
            client_seed = Some(ClientSeed::new(row.text).map_err(corrupt)?);
        } else {
            currency::add_held(&mut held, saga_id, &row.text, row.held)?;
        }
    }
    Ok((client_seed.ok_or(BrokenInvariant::NoPlayerSeed(user_id))?, held))
}

struct Locked {
    client_seed: ClientSeed,
    draw_count: u64,
    changes: SeedChanges,
}

/// The row as it is now, not as it was when the transaction began.
async fn locked(conn: &mut Conn, user_id: UserId) -> sqlx::Result<Option<Locked>> {
    let row = sqlx::query!(
        "select client_seed, draw_count, change_day, changes from game_gacha.player_seeds
         where user_id = ? for update",
        user_id.0.as_bytes().as_slice(),
    )
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        Ok(Locked {
            client_seed: ClientSeed::new(row.client_seed).map_err(corrupt)?,
            draw_count: row.draw_count,
            changes: SeedChanges { day: row.change_day, count: row.changes },
        })
    })
    .transpose()
}
