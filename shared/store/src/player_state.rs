//! Where players stand in pools: pity, purchases, steps and boxes.
//!
//! Only Grant moves a state, and only that of its own saga's draw group and pool.
//! A player has one live saga for each of these (`live_sagas`), so while a saga
//! is live, nobody else moves the state that it was priced by.

use std::collections::BTreeMap;

use sqlx::types::Json;
use tenjo_documents::StateDocument;
use tenjo_domain::{ClientSeed, PityGroup, Pool, PoolId, UserId};

use crate::{Conn, corrupt};

/// The state, for showing it and for quoting prices.
///
/// # Errors
/// When the database fails.
pub async fn find(conn: &mut Conn, user_id: UserId, pool: &Pool) -> sqlx::Result<StateDocument> {
    let user = user_id.0.as_bytes().as_slice();
    let row = sqlx::query_as!(
        Row,
        r#"select pity.pity_count as "pity_count?: u32",
                  pity.is_pickup_due as "is_pickup_due?: bool",
                  bought.draw_total as "draw_total?: u64", bought.day as "day?: i32",
                  bought.draws_on_day as "draws_on_day?: u32",
                  bought.is_free_draw_taken as "is_free_draw_taken?: bool",
                  bought.step as "step?: u32",
                  bought.drawn_copies as "drawn_copies?: Json<BTreeMap<String, u32>>"
           from (select 1) one
           left join game_gacha.player_pity pity on pity.user_id = ? and pity.pity_group = ?
           left join game_gacha.player_pools bought on bought.user_id = ? and bought.pool_id = ?"#,
        user,
        pity_group(pool),
        user,
        pool.pool_id().as_str(),
    )
    .fetch_one(conn)
    .await?;
    Ok(row.into())
}

/// The state, and the player's own seed if they have one, in one statement.
///
/// # Errors
/// When the database fails.
pub async fn find_with_seed(
    conn: &mut Conn,
    user_id: UserId,
    pool: &Pool,
) -> sqlx::Result<(StateDocument, Option<ClientSeed>)> {
    let user = user_id.0.as_bytes().as_slice();
    let row = sqlx::query!(
        r#"select pity.pity_count as "pity_count?: u32",
                  pity.is_pickup_due as "is_pickup_due?: bool",
                  bought.draw_total as "draw_total?: u64", bought.day as "day?: i32",
                  bought.draws_on_day as "draws_on_day?: u32",
                  bought.is_free_draw_taken as "is_free_draw_taken?: bool",
                  bought.step as "step?: u32",
                  bought.drawn_copies as "drawn_copies?: Json<BTreeMap<String, u32>>",
                  seed.client_seed as "client_seed?: String"
           from (select 1) one
           left join game_gacha.player_pity pity on pity.user_id = ? and pity.pity_group = ?
           left join game_gacha.player_pools bought on bought.user_id = ? and bought.pool_id = ?
           left join game_gacha.player_seeds seed on seed.user_id = ?"#,
        user,
        pity_group(pool),
        user,
        pool.pool_id().as_str(),
        user,
    )
    .fetch_one(conn)
    .await?;
    let state = Row {
        pity_count: row.pity_count,
        is_pickup_due: row.is_pickup_due,
        draw_total: row.draw_total,
        day: row.day,
        draws_on_day: row.draws_on_day,
        is_free_draw_taken: row.is_free_draw_taken,
        step: row.step,
        drawn_copies: row.drawn_copies,
    };
    let client_seed = row.client_seed.map(ClientSeed::new).transpose().map_err(corrupt)?;
    Ok((state.into(), client_seed))
}

/// No group has an empty name, so a pool without pity finds none.
fn pity_group(pool: &Pool) -> &str {
    pool.pity().map_or("", |rule| rule.group.as_str())
}

/// Sets the state. Without a group, the pool has no pity.
///
/// # Errors
/// When the database fails.
pub async fn set(
    conn: &mut Conn,
    user_id: UserId,
    pool_id: &PoolId,
    pity_group: Option<&PityGroup>,
    state: &StateDocument,
) -> sqlx::Result<()> {
    if let Some(group) = pity_group {
        sqlx::query!(
            "insert into game_gacha.player_pity (user_id, pity_group, pity_count, is_pickup_due)
             values (?, ?, ?, ?)
             on duplicate key update pity_count = values(pity_count),
               is_pickup_due = values(is_pickup_due)",
            user_id.0.as_bytes().as_slice(),
            group.as_str(),
            state.pity_count,
            state.is_pickup_due,
        )
        .execute(&mut *conn)
        .await?;
    }
    sqlx::query!(
        "insert into game_gacha.player_pools
           (user_id, pool_id, draw_total, day, draws_on_day, is_free_draw_taken, step, drawn_copies)
         values (?, ?, ?, ?, ?, ?, ?, ?)
         on duplicate key update draw_total = values(draw_total), day = values(day),
           draws_on_day = values(draws_on_day), is_free_draw_taken = values(is_free_draw_taken),
           step = values(step), drawn_copies = values(drawn_copies)",
        user_id.0.as_bytes().as_slice(),
        pool_id.as_str(),
        state.draw_total,
        state.day,
        state.draws_on_day,
        state.is_free_draw_taken,
        state.step,
        Json(&state.drawn_copies),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A row that is not there gives nothing.
struct Row {
    pity_count: Option<u32>,
    is_pickup_due: Option<bool>,
    draw_total: Option<u64>,
    day: Option<i32>,
    draws_on_day: Option<u32>,
    is_free_draw_taken: Option<bool>,
    step: Option<u32>,
    drawn_copies: Option<Json<BTreeMap<String, u32>>>,
}

impl From<Row> for StateDocument {
    fn from(row: Row) -> Self {
        Self {
            pity_count: row.pity_count.unwrap_or_default(),
            is_pickup_due: row.is_pickup_due.unwrap_or_default(),
            draw_total: row.draw_total.unwrap_or_default(),
            day: row.day.unwrap_or_default(),
            draws_on_day: row.draws_on_day.unwrap_or_default(),
            is_free_draw_taken: row.is_free_draw_taken.unwrap_or_default(),
            step: row.step.unwrap_or_default(),
            drawn_copies: row.drawn_copies.map(|copies| copies.0).unwrap_or_default(),
        }
    }
}
