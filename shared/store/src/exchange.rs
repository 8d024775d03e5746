//! Exchanges of points for an item.

use tenjo_domain::{
    ExchangeId, ExchangeRefusal, ItemMasterId, PointGroup, Points, PoolId, PoolRevision, UserId,
};

use crate::error::unless_duplicate;
use crate::{Conn, corrupt, word};

/// An exchange as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// Which exchange.
    pub exchange_id: ExchangeId,
    /// Whose.
    pub user_id: UserId,
    /// The pool that offers it.
    pub pool_id: PoolId,
    /// The revision of the pool's rules.
    pub pool_revision: PoolRevision,
    /// The item that the player received.
    pub item_master_id: ItemMasterId,
    /// Which points.
    pub point_group: PointGroup,
    /// How many.
    pub points: Points,
    /// How many were left right after it.
    pub balance_after: Points,
    /// Whether the player had none of the item before.
    pub is_new: bool,
}

/// An exchange that the game refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedExchange {
    /// Which exchange.
    pub exchange_id: ExchangeId,
    /// Whose.
    pub user_id: UserId,
    /// The pool that offers it.
    pub pool_id: PoolId,
    /// The item that the player wanted.
    pub item_master_id: ItemMasterId,
    /// Why it was refused.
    pub reason: ExchangeRefusal,
}

/// The exchange with this id: a current read, not one of the transaction's snapshot.
///
/// # Errors
/// When the database fails.
pub async fn find(conn: &mut Conn, exchange_id: ExchangeId) -> sqlx::Result<Option<Exchange>> {
    sqlx::query!(
        r#"select user_id, pool_id, pool_revision, item_master_id, point_group, points,
                  balance_after, is_new as "is_new: bool"
           from game_gacha.point_exchanges where exchange_id = ? for update"#,
        exchange_id.0.as_bytes().as_slice(),
    )
    .fetch_optional(conn)
    .await?
    .map(|row| {
        Ok(Exchange {
            exchange_id,
            user_id: UserId(crate::uuid(&row.user_id)?),
            pool_id: PoolId::new(row.pool_id).map_err(corrupt)?,
            pool_revision: PoolRevision(row.pool_revision.as_slice().try_into().map_err(corrupt)?),
            item_master_id: ItemMasterId::new(row.item_master_id).map_err(corrupt)?,
            point_group: PointGroup::new(row.point_group).map_err(corrupt)?,
            points: Points::new(row.points).map_err(corrupt)?,
            balance_after: Points::new(row.balance_after).map_err(corrupt)?,
            is_new: row.is_new,
        })
    })
    .transpose()
}

/// Records an exchange; `false` if its id is recorded already. The caller then
/// rolls back.
///
/// # Errors
/// When the database fails.
pub async fn record(conn: &mut Conn, exchange: &Exchange) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "insert into game_gacha.point_exchanges
           (exchange_id, user_id, pool_id, pool_revision, item_master_id, point_group, points,
            balance_after, is_new)
         values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        exchange.exchange_id.0.as_bytes().as_slice(),
        exchange.user_id.0.as_bytes().as_slice(),
        exchange.pool_id.as_str(),
        exchange.pool_revision.0.as_slice(),
        exchange.item_master_id.as_str(),
        exchange.point_group.as_str(),
        exchange.points.amount(),
        exchange.balance_after.amount(),
        exchange.is_new,
    )
    .execute(conn)
    .await;
    unless_duplicate(done)
}

/// The refused exchange with this id: a current read, not one of the transaction's
/// snapshot.
///
/// # Errors
/// When the database fails.
pub async fn find_refused(
    conn: &mut Conn,
    exchange_id: ExchangeId,
) -> sqlx::Result<Option<RefusedExchange>> {
    sqlx::query!(
        "select user_id, pool_id, item_master_id, reason
         from game_gacha.refused_exchanges where exchange_id = ? for update",
        exchange_id.0.as_bytes().as_slice(),
    )
    .fetch_optional(conn)
    .await?
    .map(|row| {
        Ok(RefusedExchange {
            exchange_id,
            user_id: UserId(crate::uuid(&row.user_id)?),
            pool_id: PoolId::new(row.pool_id).map_err(corrupt)?,
            item_master_id: ItemMasterId::new(row.item_master_id).map_err(corrupt)?,
            reason: word(&row.reason)?,
        })
    })
    .transpose()
}

/// Records an exchange that the game refused. The first refusal of an id stays.
///
/// # Errors
/// When the database fails.
pub async fn record_refused(conn: &mut Conn, refused: &RefusedExchange) -> sqlx::Result<()> {
    sqlx::query!(
        "insert ignore into game_gacha.refused_exchanges
           (exchange_id, user_id, pool_id, item_master_id, reason)
         values (?, ?, ?, ?, ?)",
        refused.exchange_id.0.as_bytes().as_slice(),
        refused.user_id.0.as_bytes().as_slice(),
        refused.pool_id.as_str(),
        refused.item_master_id.as_str(),
        refused.reason.as_str(),
    )
    .execute(conn)
    .await?;
    Ok(())
}
