//! What players drew and received.

use sqlx::{MySql, QueryBuilder};
use tenjo_domain::{ItemMasterId, PoolId, Rarity, SagaId, UserId};
use tenjo_saga::DrawnItem;
use time::OffsetDateTime;

use crate::{Conn, Limit, Page, corrupt, uuid, word};

/// One drawn and received item.
#[derive(Debug, Clone)]
pub struct History {
    /// The saga that drew it.
    pub saga_id: SagaId,
    /// Its position among the saga's results, from 0.
    pub draw_index: u32,
    /// The pool that it was drawn from.
    pub pool_id: PoolId,
    /// Which item.
    pub item_master_id: ItemMasterId,
    /// How rare it is in that pool.
    pub rarity: Rarity,
    /// Whether the player had none of it before.
    pub is_new: bool,
    /// Whether the pool advertised it.
    pub is_pickup: bool,
    /// When it was received.
    pub drawn_at: OffsetDateTime,
}

/// A position in the list of a player's history, newest first.
#[derive(Debug, Clone, Copy)]
pub struct HistoryPlace {
    /// When the item was received.
    pub drawn_at: OffsetDateTime,
    /// The saga that drew it.
    pub saga_id: SagaId,
    /// Its position among the saga's results.
    pub draw_index: u32,
}

/// Writes the items of a saga into its player's history, in one statement.
///
/// # Errors
/// When the database fails, or it was written before.
pub async fn record(
    conn: &mut Conn,
    user_id: UserId,
    saga_id: SagaId,
    pool_id: &PoolId,
    items: &[DrawnItem],
    is_new: &[bool],
) -> sqlx::Result<()> {
    let mut insert = QueryBuilder::<MySql>::new(
        "insert into game_gacha.gacha_histories
           (user_id, saga_id, draw_index, pool_id, item_master_id, rarity, is_new, is_pickup) ",
    );
    insert.push_values((0u32..).zip(items.iter().zip(is_new)), |mut row, (index, (item, new))| {
        row.push_bind(user_id.0.as_bytes().as_slice())
            .push_bind(saga_id.0.as_bytes().as_slice())
            .push_bind(index)
            .push_bind(pool_id.as_str())
            .push_bind(item.item_master_id.as_str())
            .push_bind(item.rarity.as_str())
            .push_bind(new)
            .push_bind(item.is_pickup);
    });
    insert.build().execute(conn).await?;
    Ok(())
}

struct Row {
    saga_id: Vec<u8>,
    draw_index: u32,
    pool_id: String,
    item_master_id: String,
    rarity: String,
    is_new: bool,
    is_pickup: bool,
    drawn_at: OffsetDateTime,
}

impl TryFrom<Row> for History {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> sqlx::Result<Self> {
        Ok(Self {
            saga_id: SagaId(uuid(&row.saga_id)?),
            draw_index: row.draw_index,
            pool_id: PoolId::new(row.pool_id).map_err(corrupt)?,
            item_master_id: ItemMasterId::new(row.item_master_id).map_err(corrupt)?,
            rarity: word(&row.rarity)?,
            is_new: row.is_new,
            is_pickup: row.is_pickup,
            drawn_at: row.drawn_at,
        })
    }
}

/// Whether a player's history has anything of a saga.
///
/// # Errors
/// When the database fails.
pub async fn has_saga(conn: &mut Conn, user_id: UserId, saga_id: SagaId) -> sqlx::Result<bool> {
    let row = sqlx::query!(
        "select draw_index from game_gacha.gacha_histories
         where user_id = ? and saga_id = ? limit 1",
        user_id.0.as_bytes().as_slice(),
        saga_id.0.as_bytes().as_slice(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.is_some())
}

/// What a player received of a saga, in the order of its results.
///
/// # Errors
/// When the database fails.
pub async fn of_saga(
    conn: &mut Conn,
    user_id: UserId,
    saga_id: SagaId,
) -> sqlx::Result<Vec<History>> {
    sqlx::query_as!(
        Row,
        r#"select saga_id, draw_index, pool_id, item_master_id, rarity,
                  is_new as "is_new: bool", is_pickup as "is_pickup: bool", drawn_at
           from game_gacha.gacha_histories
           where user_id = ? and saga_id = ? order by draw_index"#,
        user_id.0.as_bytes().as_slice(),
        saga_id.0.as_bytes().as_slice(),
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(History::try_from)
    .collect()
}

/// A page of a player's history, newest first, starting after `after`.
///
/// # Errors
/// When the database fails.
pub async fn list(
    conn: &mut Conn,
    user_id: UserId,
    after: Option<HistoryPlace>,
    limit: Limit,
) -> sqlx::Result<Page<History>> {
    let drawn_at = after.map(|place| place.drawn_at);
    let saga_id = after.map(|place| place.saga_id.0.as_bytes().to_vec());
    let draw_index = after.map(|place| place.draw_index);
    let rows = sqlx::query_as!(
        Row,
        r#"select saga_id, draw_index, pool_id, item_master_id, rarity,
                  is_new as "is_new: bool", is_pickup as "is_pickup: bool", drawn_at
           from game_gacha.gacha_histories
           where user_id = ?
             and (? is null or (drawn_at, saga_id, draw_index) < (?, ?, ?))
           order by drawn_at desc, saga_id desc, draw_index desc
           limit ?"#,
        user_id.0.as_bytes().as_slice(),
        drawn_at,
        drawn_at,
        saga_id,
        draw_index,
        limit.and_one(),
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(History::try_from)
    .collect::<sqlx::Result<_>>()?;
    Ok(Page::of(rows, limit))
}
