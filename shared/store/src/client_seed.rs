//! The players' own seeds, and the numbers of their draws.

use tenjo_domain::{
    Charge, ClientSeed, ClientSeedOrigin, DrawNumber, SagaId, SeedChanges, UsedClientSeed, UserId,
};
use time::OffsetDateTime;

use crate::currency::Taken;
use crate::{BrokenInvariant, Conn, corrupt};

/// What a player's next purchase will use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlayerSeed {
    /// The player's seed, or the default if they never set one.
    pub client_seed: ClientSeed,
    /// When they set it; `None` if they never did.
    pub set_at: Option<OffsetDateTime>,
    /// The number that their next purchase takes.
    pub next_draw_number: DrawNumber,
}

/// A player's seed, for a purchase that brings none of its own.
const fn used(client_seed: ClientSeed, set_at: Option<OffsetDateTime>) -> UsedClientSeed {
    let origin = match set_at {
        Some(_) => ClientSeedOrigin::Player,
        None => ClientSeedOrigin::Default,
    };
    UsedClientSeed { client_seed, origin, set_at }
}

/// The seed and the number of a player's next purchase.
///
/// # Errors
/// When the database fails.
pub async fn find(conn: &mut Conn, user_id: UserId) -> sqlx::Result<PlayerSeed> {
    let row = sqlx::query!(
        "select client_seed, set_at, draw_count from game_gacha.player_seeds where user_id = ?",
        user_id.0.as_bytes().as_slice(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(match row {
        Some(row) => PlayerSeed {
            client_seed: ClientSeed::new(row.client_seed).map_err(corrupt)?,
            set_at: row.set_at,
            next_draw_number: DrawNumber::after(row.draw_count),
        },
        None => PlayerSeed {
            client_seed: ClientSeed::default_for(user_id),
            set_at: None,
            next_draw_number: DrawNumber::FIRST,
        },
    })
}

/// Sets a player's seed, and returns what their next purchase will use; `None`, and no
/// change, if they changed it too often today. The same seed again is no change.
///
/// The row is locked from here to the end of the transaction, so no purchase takes
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
    let changes = match before {
        Some((seed, _)) if seed.set_at.is_some() && seed.client_seed == *client_seed => {
            return Ok(Some(seed));
        }
        Some((_, changes)) => changes,
        None => SeedChanges::default(),
    };
    let Some(changes) = changes.another(now) else { return Ok(None) };
    sqlx::query!(
        "insert into game_gacha.player_seeds
           (user_id, client_seed, set_at, draw_count, change_day, changes)
         values (?, ?, current_timestamp(6), 0, ?, ?)
         on duplicate key update client_seed = values(client_seed), set_at = values(set_at),
           change_day = values(change_day), changes = values(changes)",
        user_id.0.as_bytes().as_slice(),
        client_seed.as_str(),
        changes.day,
        changes.count,
    )
    .execute(&mut *conn)
    .await?;
    let (seed, _) = locked(conn, user_id).await?.ok_or(BrokenInvariant::NoPlayerSeed(user_id))?;
    Ok(Some(seed))
}

/// Takes the player's next draw number; `None`, and no change, if that is not the
/// expected one.
///
/// The row stays locked until the caller's transaction ends, so a player's purchases
/// in different pity groups take their numbers one after another. A rollback
/// undoes the number together with everything else the step did, so no number is
/// skipped.
///
/// # Errors
/// When the database fails.
pub async fn take_number(
    conn: &mut Conn,
    user_id: UserId,
    expected: Option<DrawNumber>,
) -> sqlx::Result<Option<DrawNumber>> {
    let default = ClientSeed::default_for(user_id);
    let is_good = |number: DrawNumber| expected.is_none_or(|expected| expected == number);
    // `last_insert_id` brings back how many were taken before with the answer to this
    // statement.
    let any = u64::from(expected.is_none());
    let before = expected.map_or(0, |expected| expected.get() - 1);
    let done = sqlx::query!(
        "insert into game_gacha.player_seeds (user_id, client_seed, draw_count)
         values (?, ?, last_insert_id(0) + ?)
         on duplicate key update
           draw_count = last_insert_id(draw_count) + if(? = 1 or draw_count = ?, 1, 0)",
        user_id.0.as_bytes().as_slice(),
        default.as_str(),
        u64::from(is_good(DrawNumber::FIRST)),
        any,
        before,
    )
    .execute(conn)
    .await?;
    Ok(Some(DrawNumber::after(done.last_insert_id())).filter(|number| is_good(*number)))
}

/// The seed of a player who has taken a number, and what the ledger has as taken by
/// their saga and not given back.
///
/// It is one statement, because a ten-draw has few, and each part of it finds one row by a
/// whole key: that costs the database a third of what it costs to look up all entries of a
/// saga.
///
/// # Errors
/// When the database fails, or the player has taken no number.
pub async fn seed_and_held(
    conn: &mut Conn,
    user_id: UserId,
    saga_id: SagaId,
) -> sqlx::Result<(UsedClientSeed, Charge)> {
    let saga = saga_id.0.as_bytes().as_slice();
    let rows = sqlx::query!(
        r#"select client_seed as "text!: String", set_at as "set_at: OffsetDateTime",
                  cast(0 as signed) as "delta!: i64", true as "is_seed!: bool"
           from game_gacha.player_seeds where user_id = ?
           union all
           select currency_type, null, delta, false from game_user.currency_ledger
           where saga_id = ? and currency_type = 'free_gem' and reason = 'draw_cost'
           union all
           select currency_type, null, delta, false from game_user.currency_ledger
           where saga_id = ? and currency_type = 'paid_gem' and reason = 'draw_cost'
           union all
           select currency_type, null, delta, false from game_user.currency_ledger
           where saga_id = ? and currency_type = 'free_gem' and reason = 'draw_refund'
           union all
           select currency_type, null, delta, false from game_user.currency_ledger
           where saga_id = ? and currency_type = 'paid_gem' and reason = 'draw_refund'"#,
        user_id.0.as_bytes().as_slice(),
        saga,
        saga,
        saga,
        saga,
    )
    .fetch_all(conn)
    .await?;
    let (mut client_seed, mut held) = (None, Taken::default());
    for row in rows {
        if row.is_seed {
            client_seed = Some(used(ClientSeed::new(row.text).map_err(corrupt)?, row.set_at));
        } else {
            held.add(&row.text, row.delta)?;
        }
    }
    let client_seed = client_seed.ok_or(BrokenInvariant::NoPlayerSeed(user_id))?;
    Ok((client_seed, held.charge(saga_id)?))
}

/// The row as it is now, not as it was when the transaction began.
async fn locked(
    conn: &mut Conn,
    user_id: UserId,
) -> sqlx::Result<Option<(PlayerSeed, SeedChanges)>> {
    let row = sqlx::query!(
        "select client_seed, set_at, draw_count, change_day, changes from game_gacha.player_seeds
         where user_id = ? for update",
        user_id.0.as_bytes().as_slice(),
    )
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        let seed = PlayerSeed {
            client_seed: ClientSeed::new(row.client_seed).map_err(corrupt)?,
            set_at: row.set_at,
            next_draw_number: DrawNumber::after(row.draw_count),
        };
        Ok((seed, SeedChanges { day: row.change_day, count: row.changes }))
    })
    .transpose()
}
