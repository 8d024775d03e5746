//! Exchange points and their ledger. As with gems, no balance changes without its
//! entry, and only this module writes either of them.

use tenjo_domain::{ExchangeId, PointGroup, Points, SagaId, UserId};
use uuid::Uuid;

use crate::{BrokenInvariant, Conn, corrupt};

/// The reasons in the ledger.
const DRAW: &str = "draw";
const EXCHANGE: &str = "exchange";

/// How many points a player has.
///
/// # Errors
/// When the database fails.
pub async fn balance(conn: &mut Conn, user_id: UserId, group: &PointGroup) -> sqlx::Result<Points> {
    let row = sqlx::query!(
        "select balance from game_gacha.player_points where user_id = ? and point_group = ?",
        user_id.0.as_bytes().as_slice(),
        group.as_str(),
    )
    .fetch_optional(conn)
    .await?;
    row.map_or(Ok(Points::ZERO), |row| Points::new(row.balance)).map_err(corrupt)
}

/// How many points a player has, locked until the transaction ends.
///
/// # Errors
/// When the database fails.
pub async fn lock(conn: &mut Conn, user_id: UserId, group: &PointGroup) -> sqlx::Result<Points> {
    let row = sqlx::query!(
        "select balance from game_gacha.player_points
         where user_id = ? and point_group = ? for update",
        user_id.0.as_bytes().as_slice(),
        group.as_str(),
    )
    .fetch_optional(conn)
    .await?;
    row.map_or(Ok(Points::ZERO), |row| Points::new(row.balance)).map_err(corrupt)
}

/// Gives the points of a completed draw.
///
/// # Errors
/// When the database fails, or this saga gave its points before.
pub async fn credit(
    conn: &mut Conn,
    user_id: UserId,
    group: &PointGroup,
    points: Points,
    saga_id: SagaId,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into game_gacha.player_points (user_id, point_group, balance, entry_count)
         values (?, ?, ?, 1)
         on duplicate key update balance = balance + values(balance), entry_count = entry_count + 1",
        user_id.0.as_bytes().as_slice(),
        group.as_str(),
        points.amount(),
    )
    .execute(&mut *conn)
    .await?;
    record(conn, user_id, group, points.credit_delta(), DRAW, saga_id.0).await
}

/// Takes the points of an exchange; `false`, and no change, if there are too few.
///
/// Check and write are one statement, so two exchanges cannot spend the same
/// point.
///
/// # Errors
/// When the database fails, or this exchange took its points before.
pub async fn debit(
    conn: &mut Conn,
    user_id: UserId,
    group: &PointGroup,
    points: Points,
    exchange_id: ExchangeId,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "update game_gacha.player_points
         set balance = balance - ?, entry_count = entry_count + 1
         where user_id = ? and point_group = ? and balance >= ?",
        points.amount(),
        user_id.0.as_bytes().as_slice(),
        group.as_str(),
        points.amount(),
    )
    .execute(&mut *conn)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    record(conn, user_id, group, points.debit_delta(), EXCHANGE, exchange_id.0).await?;
    Ok(true)
}

/// Writes the entry of a change that was just made. Its number and the balance
/// after it come from the balance's row, which this transaction has locked.
async fn record(
    conn: &mut Conn,
    user_id: UserId,
    group: &PointGroup,
    delta: i64,
    reason: &str,
    source_id: Uuid,
) -> sqlx::Result<()> {
    let done = sqlx::query!(
        "insert into game_gacha.point_ledger
           (user_id, point_group, entry_id, delta, balance_after, reason, source_id)
         select user_id, point_group, entry_count, ?, balance, ?, ?
         from game_gacha.player_points where user_id = ? and point_group = ?",
        delta,
        reason,
        source_id.as_bytes().as_slice(),
        user_id.0.as_bytes().as_slice(),
        group.as_str(),
    )
    .execute(conn)
    .await?;
    if done.rows_affected() == 1 {
        Ok(())
    } else {
        Err(BrokenInvariant::NoPoints { user_id, group: group.clone() }.into())
    }
}
