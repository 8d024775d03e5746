//! Purchases of a player, as operators see them.

use tenjo_domain::{ActId, PurchaseId, PurchaseRefusal, PurchaseStatus, Store, UserId};
use time::OffsetDateTime;

use super::{Booking, BookingChange, find_booking};
use crate::{Conn, Limit, Page, gems, uuid, word};

/// A booked purchase, with what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnPurchase {
    /// What was booked.
    pub booking: Booking,
    /// The store's name of it.
    pub transaction_id: String,
    /// What became of it.
    pub status: PurchaseStatus,
    /// How often its gems were taken back or given again.
    pub change_count: u32,
    /// When the store made the last change that counted.
    pub changed_at: Option<OffsetDateTime>,
    /// When it was booked.
    pub booked_at: OffsetDateTime,
}

/// A purchase that the game refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedPurchase {
    /// Which purchase.
    pub purchase_id: PurchaseId,
    /// Who sold it.
    pub store: Store,
    /// The store's name of it.
    pub transaction_id: String,
    /// The number on the store's own receipt.
    pub order_id: String,
    /// Why.
    pub reason: PurchaseRefusal,
    /// What it is now: an operator may have booked it after all.
    pub status: PurchaseStatus,
    /// When the store made the last change that counted.
    pub changed_at: Option<OffsetDateTime>,
    /// When the game refused it.
    pub refused_at: OffsetDateTime,
}

/// A page of a player's booked purchases, newest first, starting after the one that was
/// made at this time; or of them `only` this one.
///
/// # Errors
/// When the database fails.
pub async fn of_player(
    conn: &mut Conn,
    user_id: UserId,
    only: Option<PurchaseId>,
    after: Option<(OffsetDateTime, PurchaseId)>,
    limit: Limit,
) -> sqlx::Result<Page<OwnPurchase>> {
    let only = only.map(|id| id.0.as_bytes().to_vec());
    let purchased_at = after.map(|(purchased_at, _)| purchased_at);
    let purchase_id = after.map(|(_, purchase_id)| purchase_id.0.as_bytes().to_vec());
    let rows = sqlx::query!(
        "select b.purchase_id, b.booked_at, p.transaction_id, p.status, p.change_count,
                p.changed_at
         from game_purchase.bookings b
         join game_purchase.purchases p on p.purchase_id = b.purchase_id
         where b.user_id = ? and (? is null or b.purchase_id = ?)
           and (? is null or (b.purchased_at, b.purchase_id) < (?, ?))
         order by b.purchased_at desc, b.purchase_id desc limit ?",
        user_id.0.as_bytes().as_slice(),
        only,
        only,
        purchased_at,
        purchased_at,
        purchase_id,
        limit.and_one(),
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut found = Vec::new();
    for row in rows {
        let purchase_id = PurchaseId(uuid(&row.purchase_id)?);
        let Some(booking) = find_booking(conn, purchase_id).await? else { continue };
        found.push(OwnPurchase {
            booking,
            transaction_id: row.transaction_id,
            status: word(&row.status)?,
            change_count: row.change_count,
            changed_at: row.changed_at,
            booked_at: row.booked_at,
        });
    }
    Ok(Page::of(found, limit))
}

/// A page of what was taken back and given again of a player's purchases, newest first,
/// with when it was done here, starting after the change that was made at this time with
/// this number; or of them `only` those of this purchase.
///
/// # Errors
/// When the database fails.
pub async fn changes_of_player(
    conn: &mut Conn,
    user_id: UserId,
    only: Option<PurchaseId>,
    after: Option<(OffsetDateTime, PurchaseId, u32)>,
    limit: Limit,
) -> sqlx::Result<Page<(BookingChange, OffsetDateTime)>> {
    let only = only.map(|id| id.0.as_bytes().to_vec());
    let created_at = after.map(|(created_at, ..)| created_at);
    let purchase_id = after.map(|(_, purchase_id, _)| purchase_id.0.as_bytes().to_vec());
    let number = after.map(|(.., number)| number);
    let rows = sqlx::query!(
        r#"select c.purchase_id, c.number, c.change_kind, c.store_at, c.free_gems,
                  c.act_id as "act_id: Vec<u8>", c.created_at
           from game_purchase.bookings b
           join game_purchase.booking_changes c on c.purchase_id = b.purchase_id
           where b.user_id = ? and (? is null or b.purchase_id = ?)
             and (? is null or (c.created_at, c.purchase_id, c.number) < (?, ?, ?))
           order by c.created_at desc, c.purchase_id desc, c.number desc limit ?"#,
        user_id.0.as_bytes().as_slice(),
        only,
        only,
        created_at,
        created_at,
        purchase_id,
        number,
        limit.and_one(),
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| {
        let change = BookingChange {
            purchase_id: PurchaseId(uuid(&row.purchase_id)?),
            number: row.number,
            change: word(&row.change_kind)?,
            store_at: row.store_at,
            free_gems: gems(row.free_gems)?,
            act_id: row.act_id.as_deref().map(uuid).transpose()?.map(ActId),
        };
        Ok((change, row.created_at))
    })
    .collect::<sqlx::Result<_>>()?;
    Ok(Page::of(rows, limit))
}

/// A page of a player's purchases that the game refused, newest first, starting after the
/// one that it refused at this time; or of them `only` this one.
///
/// # Errors
/// When the database fails.
pub async fn refused_of_player(
    conn: &mut Conn,
    user_id: UserId,
    only: Option<PurchaseId>,
    after: Option<(OffsetDateTime, PurchaseId)>,
    limit: Limit,
) -> sqlx::Result<Page<RefusedPurchase>> {
    let only = only.map(|id| id.0.as_bytes().to_vec());
    let refused_at = after.map(|(refused_at, _)| refused_at);
    let purchase_id = after.map(|(_, purchase_id)| purchase_id.0.as_bytes().to_vec());
    let rows = sqlx::query!(
        "select r.purchase_id, r.reason, r.order_id, r.created_at, p.store, p.transaction_id,
                p.status, p.changed_at
         from game_purchase.refusals r
         join game_purchase.purchases p on p.purchase_id = r.purchase_id
         where r.user_id = ? and (? is null or r.purchase_id = ?)
           and (? is null or (r.created_at, r.purchase_id) < (?, ?))
         order by r.created_at desc, r.purchase_id desc limit ?",
        user_id.0.as_bytes().as_slice(),
        only,
        only,
        refused_at,
        refused_at,
        purchase_id,
        limit.and_one(),
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| {
        Ok(RefusedPurchase {
            purchase_id: PurchaseId(uuid(&row.purchase_id)?),
            store: word(&row.store)?,
            transaction_id: row.transaction_id,
            order_id: row.order_id,
            reason: word(&row.reason)?,
            status: word(&row.status)?,
            changed_at: row.changed_at,
            refused_at: row.created_at,
        })
    })
    .collect::<sqlx::Result<_>>()?;
    Ok(Page::of(rows, limit))
}

/// Whose a purchase is: that of its booking; without one, of its refusal; without either, of
/// whoever began it.
///
/// # Errors
/// When the database fails.
pub async fn find_player(conn: &mut Conn, purchase_id: PurchaseId) -> sqlx::Result<Option<UserId>> {
    let id = purchase_id.0.as_bytes().as_slice();
    let row = sqlx::query!(
        r#"select user_id as "user_id!", 1 as place from game_purchase.bookings
           where purchase_id = ?
           union all
           select user_id, 2 from game_purchase.refusals
           where purchase_id = ? and user_id is not null
           union all
           select user_id, 3 from game_purchase.pending_purchases
           where purchase_id = ? and user_id is not null
           order by place limit 1"#,
        id,
        id,
        id,
    )
    .fetch_optional(conn)
    .await?;
    row.map(|row| Ok(UserId(uuid(&row.user_id)?))).transpose()
}
