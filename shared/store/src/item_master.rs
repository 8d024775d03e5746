//! The items of the game, from master data.

use tenjo_documents::to_presentation;
use tenjo_domain::{ItemMasterId, PresentItem, Presentation, Rarity};

use crate::{Conn, Limit, Page, corrupt, presentation, word};

/// An item of the game, apart from who owns it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemMaster {
    /// Its id in master data.
    pub item_master_id: ItemMasterId,
    /// Its name for players.
    pub name: String,
    /// How rare it is.
    pub rarity: Rarity,
    /// What it is: a character, a weapon, and so on.
    pub kind: String,
    /// What players read and see of it, if more than its name.
    pub presentation: Option<Presentation>,
}

/// Adds items, or updates those that exist, in one statement.
///
/// # Errors
/// When the database fails.
pub async fn put(conn: &mut Conn, items: &[ItemMaster]) -> sqlx::Result<()> {
    if items.is_empty() {
        return Ok(());
    }
    let mut insert = sqlx::QueryBuilder::<sqlx::MySql>::new(
        "insert into game_inventory.item_masters (item_master_id, name, rarity, kind, presentation) ",
    );
    insert.push_values(items, |mut row, item| {
        row.push_bind(item.item_master_id.as_str())
            .push_bind(&item.name)
            .push_bind(item.rarity.as_str())
            .push_bind(&item.kind)
            .push_bind(item.presentation.as_ref().map(to_presentation));
    });
    insert.push(
        " on duplicate key update
            name = values(name), rarity = values(rarity), kind = values(kind),
            presentation = values(presentation)",
    );
    insert.build().execute(conn).await?;
    Ok(())
}

/// The place of the first of these that is no item of the game, if one is none.
///
/// # Errors
/// When the database fails.
pub async fn first_unknown(conn: &mut Conn, items: &[PresentItem]) -> sqlx::Result<Option<usize>> {
    for (index, PresentItem { item_master_id, .. }) in items.iter().enumerate() {
        let found = sqlx::query!(
            "select 1 as found from game_inventory.item_masters where item_master_id = ?",
            item_master_id.as_str(),
        )
        .fetch_optional(&mut *conn)
        .await?;
        if found.is_none() {
            return Ok(Some(index));
        }
    }
    Ok(None)
}

/// A page of items by id, starting after `after`.
///
/// # Errors
/// When the database fails.
pub async fn list(
    conn: &mut Conn,
    after: Option<&ItemMasterId>,
    limit: Limit,
) -> sqlx::Result<Page<ItemMaster>> {
    let rows = sqlx::query!(
        "select item_master_id, name, rarity, kind, presentation
         from game_inventory.item_masters
         where item_master_id > ? order by item_master_id limit ?",
        after.map_or("", ItemMasterId::as_str),
        limit.and_one(),
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| {
        Ok(ItemMaster {
            item_master_id: ItemMasterId::new(row.item_master_id).map_err(corrupt)?,
            name: row.name,
            rarity: word(&row.rarity)?,
            kind: row.kind,
            presentation: presentation(row.presentation.as_deref())?,
        })
    })
    .collect::<sqlx::Result<_>>()?;
    Ok(Page::of(rows, limit))
}
