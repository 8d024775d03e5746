//! The items that players own.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::{MySql, QueryBuilder};
use tenjo_domain::{ExchangeId, ItemMasterId, PresentItem, Quantity, ReceiptId, SagaId, UserId};
use tenjo_saga::DrawnItem;
use time::OffsetDateTime;

use crate::{Conn, Limit, Page, corrupt};

/// An item that a player owns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserItem {
    /// Which item.
    pub item_master_id: ItemMasterId,
    /// How many.
    pub quantity: Quantity,
    /// When the player first received it.
    pub first_acquired_at: OffsetDateTime,
}

/// Gives a player the items that their saga drew, in three statements for any
/// number of items. Returns for each item whether the player had none of it
/// before. Of several copies, only the first is new.
///
/// # Errors
/// When the database fails, or the saga was granted before.
pub async fn grant(
    conn: &mut Conn,
    user_id: UserId,
    saga_id: SagaId,
    items: &[DrawnItem],
) -> sqlx::Result<Vec<bool>> {
    let user = user_id.0.as_bytes().as_slice();
    let mut insert = QueryBuilder::<MySql>::new(
        "insert into game_inventory.item_grants (saga_id, draw_index, user_id, item_master_id) ",
    );
    insert.push_values((0u32..).zip(items), |mut row, (draw_index, item)| {
        row.push_bind(saga_id.0.as_bytes().as_slice())
            .push_bind(draw_index)
            .push_bind(user)
            .push_bind(item.item_master_id.as_str());
    });
    insert.build().execute(&mut *conn).await?;

    // Sorted by item, so that all transactions lock a player's items in one order.
    let mut copies: BTreeMap<&str, u64> = BTreeMap::new();
    for item in items {
        *copies.entry(item.item_master_id.as_str()).or_default() += 1;
    }
    let mut owned = owned(&mut *conn, user, copies.keys().copied()).await?;
    let mut upsert = QueryBuilder::<MySql>::new(
        "insert into game_inventory.user_items (user_id, item_master_id, quantity) ",
    );
    upsert.push_values(copies, |mut row, (item_master_id, quantity)| {
        row.push_bind(user).push_bind(item_master_id).push_bind(quantity);
    });
    upsert.push(" on duplicate key update quantity = quantity + values(quantity)");
    upsert.build().execute(conn).await?;
    let is_new = |item: &DrawnItem| owned.insert(item.item_master_id.to_string());
    Ok(items.iter().map(is_new).collect())
}

/// Which of these items a player has now. Their keys are locked until the
/// transaction ends, those without a row too. The query gives both columns of
/// each key, because TiDB then reads by key and can cache the plan.
async fn owned(
    conn: &mut Conn,
    user: &[u8],
    items: impl Iterator<Item = &str>,
) -> sqlx::Result<BTreeSet<String>> {
    let mut select = QueryBuilder::<MySql>::new(
        "select item_master_id from game_inventory.user_items
         where (user_id, item_master_id) in ",
    );
    select.push_tuples(items, |mut key, item| {
        key.push_bind(user).push_bind(item);
    });
    select.push(" for update");
    let rows: Vec<(String,)> = select.build_query_as().fetch_all(conn).await?;
    Ok(rows.into_iter().map(|(item_master_id,)| item_master_id).collect())
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

/// Gives a player the items of a present.
///
/// # Errors
/// When the database fails, or the receipt was granted before.
pub async fn grant_present(
    conn: &mut Conn,
    user_id: UserId,
    receipt_id: ReceiptId,
    items: &[PresentItem],
) -> sqlx::Result<()> {
    if items.is_empty() {
        return Ok(());
    }
    let user = user_id.0.as_bytes().as_slice();
    let copies = items
        .iter()
        .flat_map(|item| (0..item.quantity.get()).map(move |_| item.item_master_id.as_str()));
    let mut insert = QueryBuilder::<MySql>::new(
        "insert into game_inventory.item_grants (saga_id, draw_index, user_id, item_master_id) ",
    );
    insert.push_values((0u32..).zip(copies), |mut row, (draw_index, item_master_id)| {
        row.push_bind(receipt_id.0.as_bytes().as_slice())
            .push_bind(draw_index)
            .push_bind(user)
            .push_bind(item_master_id);
    });
    insert.build().execute(&mut *conn).await?;

    // Sorted by item, so that all transactions lock a player's items in one order.
    let mut items: Vec<_> = items.iter().collect();
    items.sort_by(|one, other| one.item_master_id.cmp(&other.item_master_id));
    let mut upsert = QueryBuilder::<MySql>::new(
        "insert into game_inventory.user_items (user_id, item_master_id, quantity) ",
    );
    upsert.push_values(items, |mut row, item| {
        row.push_bind(user).push_bind(item.item_master_id.as_str()).push_bind(item.quantity.get());
    });
    upsert.push(" on duplicate key update quantity = quantity + values(quantity)");
    upsert.build().execute(conn).await?;
    Ok(())
}

/// Whether a player has an item: a current read, not one of the transaction's
/// snapshot.
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

/// A page of a player's items by id, starting after `after`.
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
            quantity: Quantity::new(row.quantity).map_err(corrupt)?,
            first_acquired_at: row.first_acquired_at,
        })
    })
    .collect::<sqlx::Result<_>>()?;
    Ok(Page::of(rows, limit))
}
