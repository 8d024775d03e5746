//! Where players stand in pools: pity, purchases, steps and boxes.
//!
//! A state that does not exist yet cannot be locked. That nobody else changes
//! it meanwhile is due to `live_sagas`: a player has one live saga for all pools
//! that share pity, and one for each other pool.

use std::collections::BTreeMap;

use sqlx::types::Json;
use tenjo_documents::StateDocument;
use tenjo_domain::{PityGroup, Pool, PoolId, UserId};

use crate::Conn;

/// The state, for showing it and for quoting prices.
///
/// # Errors
/// When the database fails.
pub async fn find(conn: &mut Conn, user_id: UserId, pool: &Pool) -> sqlx::Result<StateDocument> {
    let mut pity = None;
    if let Some(rule) = pool.pity() {
        pity = sqlx::query_as!(
            PityRow,
            r#"select pity_count, is_pickup_due as "is_pickup_due: bool"
               from game_gacha.player_pity where user_id = ? and pity_group = ?"#,
            user_id.0.as_bytes().as_slice(),
            rule.group.as_str(),
        )
        .fetch_optional(&mut *conn)
        .await?;
    }
    let bought = sqlx::query_as!(
        Row,
        r#"select draw_total, day, draws_on_day,
                  is_free_draw_taken as "is_free_draw_taken: bool", step,
                  drawn_copies as "drawn_copies: Json<BTreeMap<String, u32>>"
           from game_gacha.player_pools where user_id = ? and pool_id = ?"#,
        user_id.0.as_bytes().as_slice(),
        pool.pool_id().as_str(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(state(pity, bought))
}

/// The state, locked until the transaction ends, as far as it exists.
///
/// # Errors
/// When the database fails.
pub async fn lock(conn: &mut Conn, user_id: UserId, pool: &Pool) -> sqlx::Result<StateDocument> {
    let mut pity = None;
    if let Some(rule) = pool.pity() {
        pity = sqlx::query_as!(
            PityRow,
            r#"select pity_count, is_pickup_due as "is_pickup_due: bool"
               from game_gacha.player_pity where user_id = ? and pity_group = ? for update"#,
            user_id.0.as_bytes().as_slice(),
            rule.group.as_str(),
        )
        .fetch_optional(&mut *conn)
        .await?;
    }
    let bought = sqlx::query_as!(
        Row,
        r#"select draw_total, day, draws_on_day,
                  is_free_draw_taken as "is_free_draw_taken: bool", step,
                  drawn_copies as "drawn_copies: Json<BTreeMap<String, u32>>"
           from game_gacha.player_pools where user_id = ? and pool_id = ? for update"#,
        user_id.0.as_bytes().as_slice(),
        pool.pool_id().as_str(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(state(pity, bought))
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

struct Row {
    draw_total: u64,
    day: i32,
    draws_on_day: u32,
    is_free_draw_taken: bool,
    step: u32,
    drawn_copies: Option<Json<BTreeMap<String, u32>>>,
}

struct PityRow {
    pity_count: u32,
    is_pickup_due: bool,
}

/// A state of what there is of it.
fn state(pity: Option<PityRow>, bought: Option<Row>) -> StateDocument {
    let mut state = StateDocument::default();
    if let Some(pity) = pity {
        state.pity_count = pity.pity_count;
        state.is_pickup_due = pity.is_pickup_due;
    }
    if let Some(bought) = bought {
        state.draw_total = bought.draw_total;
        state.day = bought.day;
        state.draws_on_day = bought.draws_on_day;
        state.is_free_draw_taken = bought.is_free_draw_taken;
        state.step = bought.step;
        state.drawn_copies = bought.drawn_copies.map(|copies| copies.0).unwrap_or_default();
    }
    state
}
