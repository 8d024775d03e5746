//! What players have.

use tenjo_domain::{ExchangeId, ItemMasterId, SagaId, UserId};
use time::OffsetDateTime;

use crate::{Conn, Limit, Page, corrupt};

/// An item that a player has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserItem {
    /// Which item.
    pub item_master_id: ItemMasterId,
    /// How many.
    pub quantity: u64,
    /// Since when.
    pub first_acquired_at: OffsetDateTime,
}

/// Gives a player all that their saga drew, however much, in two statements.
///
/// # Errors
/// When the database fails, or the saga was granted before.
pub async fn grant(conn: &mut Conn, user_id: UserId, saga_id: SagaId) -> sqlx::Result<u64> {
    let granted = sqlx::query!(
        "insert into game_inventory.item_grants (saga_id, draw_index, user_id, item_master_id)
         select saga_id, draw_index, ?, item_master_id
         from game_gacha.draw_results where saga_id = ?",
        user_id.0.as_bytes().as_slice(),
        saga_id.0.as_bytes().as_slice(),
    )
    .execute(&mut *conn)
    .await?
    .rows_affected();
    // By item, so that two transactions lock a player's items in one order.
    sqlx::query!(
        "insert into game_inventory.user_items (user_id, item_master_id, quantity)
         select ?, item_master_id, count(*)
         from game_gacha.draw_results where saga_id = ?
         group by item_master_id order by item_master_id
         on duplicate key update quantity = quantity + values(quantity)",
        user_id.0.as_bytes().as_slice(),
        saga_id.0.as_bytes().as_slice(),
    )
    .execute(conn)
    .await?;
    Ok(granted)
}

/// Gives a player the item of an exchange.
///
/// # Errors
/// When the database fails, or the exchange was granted before.
pub async fn grant_exchanged(
    conn: &mut Conn,
    user_id: UserId,
    exchange_id: ExchangeId,
    item_master_id: &ItemMasterId,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into game_inventory.item_grants (saga_id, draw_index, user_id, item_master_id)
         values (?, 0, ?, ?)",
        exchange_id.0.as_bytes().as_slice(),
        user_id.0.as_bytes().as_slice(),
        item_master_id.as_str(),
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into game_inventory.user_items (user_id, item_master_id, quantity)
         values (?, ?, 1) on duplicate key update quantity = quantity + 1",
        user_id.0.as_bytes().as_slice(),
        item_master_id.as_str(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether a player has an item, as it is now and not when the transaction began.
///
/// # Errors
/// When the database fails.
pub async fn has(
    conn: &mut Conn,
    user_id: UserId,
    item_master_id: &ItemMasterId,
) -> sqlx::Result<bool> {
    let row = sqlx::query!(
        "select quantity from game_inventory.user_items
         where user_id = ? and item_master_id = ? for update",
        user_id.0.as_bytes().as_slice(),
        item_master_id.as_str(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.is_some_and(|row| row.quantity > 0))
}

/// A page of a player's items by name, behind `after`.
///
/// # Errors
/// When the database fails.
pub async fn list(
    conn: &mut Conn,
    user_id: UserId,
    after: Option<&ItemMasterId>,
    limit: Limit,
) -> sqlx::Result<Page<UserItem>> {
    let rows = sqlx::query!(
        "select item_master_id, quantity, first_acquired_at from game_inventory.user_items
         where user_id = ? and item_master_id > ? order by item_master_id limit ?",
        user_id.0.as_bytes().as_slice(),
        after.map_or("", ItemMasterId::as_str),
        limit.and_one(),
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| {
        Ok(UserItem {
            item_master_id: ItemMasterId::new(row.item_master_id).map_err(corrupt)?,
            quantity: row.quantity,
            first_acquired_at: row.first_acquired_at,
        })
    })
    .collect::<sqlx::Result<_>>()?;
    Ok(Page::of(rows, limit))
}
