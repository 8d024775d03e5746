//! The players' state in pools: pity, purchases, steps and boxes.
//!
//! Only Grant moves a state, and only that of its own saga's draw group and pool.
//! A player has at most one live saga for each of these (`live_sagas`), so while a
//! saga is live, no other saga moves the state that it was priced by. [`advance`]
//! still checks that.

use std::collections::BTreeMap;

use sqlx::types::Json;
use tenjo_documents::StateDocument;
use tenjo_domain::{PityGroup, Pool, UserId};
use tenjo_saga::Saga;

use crate::error::is_null;
use crate::{BrokenInvariant, Conn};

/// A player's state in a pool, to show it or to quote a price.
///
/// The two rows come in one statement, because an opening may cost only so many.
///
/// # Errors
/// When the database fails.
pub async fn find(conn: &mut Conn, user_id: UserId, pool: &Pool) -> sqlx::Result<StateDocument> {
    let user = user_id.0.as_bytes().as_slice();
    // No group has this name, so a pool without pity finds no such row.
    let pity_group = pool.pity().map_or("", |rule| rule.group.as_str());
    let rows = sqlx::query!(
        r#"select pity_count as "pity_count?: u32", is_pickup_due as "is_pickup_due?: bool",
                  null as "draw_total?: u64", null as "day?: i32",
                  null as "draws_on_day?: u32",
                  null as "is_free_draw_taken?: bool",
                  null as "step?: u32",
                  null as "drawn_copies?: Json<BTreeMap<String, u32>>"
           from game_gacha.player_pity where user_id = ? and pity_group = ?
           union all
           select null, null, draw_total, day, draws_on_day, is_free_draw_taken, step, drawn_copies
           from game_gacha.player_pools where user_id = ? and pool_id = ?"#,
        user,
        pity_group,
        user,
        pool.pool_id().as_str(),
    )
    .fetch_all(conn)
    .await?;
    let mut state = StateDocument::default();
    for row in rows {
        if let (Some(pity_count), Some(is_pickup_due)) = (row.pity_count, row.is_pickup_due) {
            (state.pity_count, state.is_pickup_due) = (pity_count, is_pickup_due);
        } else {
            state.draw_total = row.draw_total.unwrap_or_default();
            state.day = row.day.unwrap_or_default();
            state.draws_on_day = row.draws_on_day.unwrap_or_default();
            state.is_free_draw_taken = row.is_free_draw_taken.unwrap_or_default();
            state.step = row.step.unwrap_or_default();
            state.drawn_copies = row.drawn_copies.map(|copies| copies.0).unwrap_or_default();
        }
    }
    Ok(state)
}

/// Moves the state of a saga's player from the one that the saga was priced by.
///
/// # Errors
/// When the database fails, or the state is no longer the one that the saga was
/// priced by.
pub async fn advance(conn: &mut Conn, saga: &Saga, after: &StateDocument) -> sqlx::Result<()> {
    if let Some(pity) = &saga.pity {
        advance_pity(conn, saga, &pity.group, after).await?;
    }
    advance_purchases(conn, saga, after).await
}

/// The initial state may have no row yet; any other state has one.
async fn advance_pity(
    conn: &mut Conn,
    saga: &Saga,
    group: &PityGroup,
    after: &StateDocument,
) -> sqlx::Result<()> {
    let (user, before) = (saga.user_id.0.as_bytes().as_slice(), &saga.before);
    let moved = if (before.pity_count, before.is_pickup_due) == (0, false) {
        // If the row has another state, this sets a `not null` column to null, which
        // fails.
        sqlx::query!(
            "insert into game_gacha.player_pity (user_id, pity_group, pity_count, is_pickup_due)
             values (?, ?, ?, ?)
             on duplicate key update
               pity_count = if(pity_count = 0 and not is_pickup_due, values(pity_count), null),
               is_pickup_due = values(is_pickup_due)",
            user,
            group.as_str(),
            after.pity_count,
            after.is_pickup_due,
        )
        .execute(conn)
        .await
    } else {
        sqlx::query!(
            "update game_gacha.player_pity set pity_count = ?, is_pickup_due = ?
             where user_id = ? and pity_group = ? and pity_count = ? and is_pickup_due = ?",
            after.pity_count,
            after.is_pickup_due,
            user,
            group.as_str(),
            before.pity_count,
            before.is_pickup_due,
        )
        .execute(conn)
        .await
    };
    check(saga, moved)
}

/// Comparing these columns finds every purchase in between: a paid one changes
/// `draw_total`, and a free one `day` or `is_free_draw_taken`. The box is compared
/// because the saga's word for it decides what can still be drawn.
async fn advance_purchases(
    conn: &mut Conn,
    saga: &Saga,
    after: &StateDocument,
) -> sqlx::Result<()> {
    let (user, before) = (saga.user_id.0.as_bytes().as_slice(), &saga.before);
    let pool_id = saga.pool_id.as_str();
    let is_first = before.drawn_copies.is_empty()
        && before.draw_total == 0
        && (before.day, before.draws_on_day, before.step) == (0, 0, 0)
        && !before.is_free_draw_taken;
    let moved = if is_first {
        sqlx::query!(
            "insert into game_gacha.player_pools
               (user_id, pool_id, draw_total, day, draws_on_day, is_free_draw_taken, step,
                drawn_copies)
             values (?, ?, ?, ?, ?, ?, ?, ?)
             on duplicate key update
               draw_total = if(draw_total = 0 and day = 0 and draws_on_day = 0
                               and not is_free_draw_taken and step = 0, values(draw_total), null),
               day = values(day), draws_on_day = values(draws_on_day),
               is_free_draw_taken = values(is_free_draw_taken), step = values(step),
               drawn_copies = values(drawn_copies)",
            user,
            pool_id,
            after.draw_total,
            after.day,
            after.draws_on_day,
            after.is_free_draw_taken,
            after.step,
            Json(&after.drawn_copies),
        )
        .execute(conn)
        .await
    } else {
        sqlx::query!(
            "update game_gacha.player_pools
             set draw_total = ?, day = ?, draws_on_day = ?, is_free_draw_taken = ?, step = ?,
                 drawn_copies = ?
             where user_id = ? and pool_id = ? and draw_total = ? and day = ?
               and draws_on_day = ? and is_free_draw_taken = ? and step = ?
               and drawn_copies <=> cast(? as json)",
            after.draw_total,
            after.day,
            after.draws_on_day,
            after.is_free_draw_taken,
            after.step,
            Json(&after.drawn_copies),
            user,
            pool_id,
            before.draw_total,
            before.day,
            before.draws_on_day,
            before.is_free_draw_taken,
            before.step,
            Json(&before.drawn_copies),
        )
        .execute(conn)
        .await
    };
    check(saga, moved)
}

/// Turns an update that found another state into [`BrokenInvariant::StateMoved`].
fn check(saga: &Saga, moved: sqlx::Result<sqlx::mysql::MySqlQueryResult>) -> sqlx::Result<()> {
    let is_another = match &moved {
        Ok(done) => done.rows_affected() == 0,
        Err(error) => is_null(error),
    };
    if is_another {
        return Err(BrokenInvariant::StateMoved { saga_id: saga.saga_id }.into());
    }
    moved.map(|_| ())
}
