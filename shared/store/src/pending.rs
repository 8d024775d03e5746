//! Purchases that are begun and not yet done. `reconcile-purchases` finishes those that
//! a killed function or a lost call left.

use tenjo_domain::{PurchaseId, Store, TransactionId, UserId};
use time::OffsetDateTime;

use crate::{Conn, Limit, Page, corrupt, uuid, word};

/// How many shards `pending_due` has.
const SHARDS: u8 = 16;

/// What is still to do for a purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PendingStep {
    /// Ask the store, and book it.
    Book,
    /// It is booked: tell the store.
    Consume,
}

impl PendingStep {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Book => "book",
            Self::Consume => "consume",
        }
    }
}

/// A purchase that is begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// Which purchase.
    pub purchase_id: PurchaseId,
    /// Who sold it.
    pub store: Store,
    /// The store's name of it.
    pub transaction_id: TransactionId,
    /// The store's name of the product.
    pub store_product_id: String,
    /// The player whose client sent it, if one did.
    pub user_id: Option<UserId>,
    /// Whether its store told us of it, whoever else did.
    pub is_told: bool,
    /// What Apple signed.
    pub signed_transaction: Option<String>,
}

/// A pending purchase whose time has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The purchase.
    pub pending: Pending,
    /// What is to do.
    pub step: PendingStep,
    /// How often that was tried.
    pub attempt_count: u32,
}

/// Writes down that a purchase is begun, unless that is written. Whose client begins it
/// first is kept, also if its store told of it before. Nobody else takes it for `wait_s`
/// seconds.
///
/// # Errors
/// When the database fails.
pub async fn begin(conn: &mut Conn, pending: &Pending, wait_s: u32) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into game_purchase.pending_purchases
           (purchase_id, store, transaction_id, store_product_id, user_id, signed_transaction,
            step, next_attempt_at)
         values (?, ?, ?, ?, ?, ?, 'book', current_timestamp(6) + interval ? second)
         on duplicate key update user_id = ifnull(user_id, values(user_id))",
        pending.purchase_id.0.as_bytes().as_slice(),
        pending.store.as_str(),
        pending.transaction_id.as_str(),
        pending.store_product_id,
        pending.user_id.map(|user_id| user_id.0.as_bytes().to_vec()),
        pending.signed_transaction,
        wait_s,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes down that a store itself told of a purchase, which counts for more than what a
/// client had said of it. Whose client that was stays, so that support sees it and the
/// player is not deleted meanwhile. Nobody else takes it for `wait_s` seconds, unless it
/// is written already.
///
/// # Errors
/// When the database fails.
pub async fn begin_told(conn: &mut Conn, pending: &Pending, wait_s: u32) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into game_purchase.pending_purchases
           (purchase_id, store, transaction_id, store_product_id, is_told, signed_transaction,
            step, next_attempt_at)
         values (?, ?, ?, ?, true, ?, 'book', current_timestamp(6) + interval ? second)
         on duplicate key update is_told = true, store_product_id = values(store_product_id),
           signed_transaction = values(signed_transaction)",
        pending.purchase_id.0.as_bytes().as_slice(),
        pending.store.as_str(),
        pending.transaction_id.as_str(),
        pending.store_product_id,
        pending.signed_transaction,
        wait_s,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Nothing is left to do for a purchase as this caller began it. What others began of
/// it, with another product or for another player, stays, and so does what is booked. Of
/// what its store told, a client can withdraw nothing.
///
/// # Errors
/// When the database fails.
pub async fn withdraw(conn: &mut Conn, pending: &Pending) -> sqlx::Result<()> {
    sqlx::query!(
        "delete from game_purchase.pending_purchases
         where purchase_id = ? and step = 'book' and user_id <=> ? and is_told = ?
           and store_product_id = ?",
        pending.purchase_id.0.as_bytes().as_slice(),
        pending.user_id.map(|user_id| user_id.0.as_bytes().to_vec()),
        pending.is_told,
        pending.store_product_id,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Nothing is left to do for a purchase.
///
/// # Errors
/// When the database fails.
pub async fn finish(conn: &mut Conn, purchase_id: PurchaseId) -> sqlx::Result<()> {
    sqlx::query!(
        "delete from game_purchase.pending_purchases where purchase_id = ?",
        purchase_id.0.as_bytes().as_slice(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Nothing is left to do for a purchase, unless it was booked in the meantime: then its
/// store has still to be told, and it stays.
///
/// # Errors
/// When the database fails.
pub async fn finish_unbooked(conn: &mut Conn, purchase_id: PurchaseId) -> sqlx::Result<()> {
    sqlx::query!(
        "delete from game_purchase.pending_purchases where purchase_id = ? and step = 'book'",
        purchase_id.0.as_bytes().as_slice(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A purchase is booked in this transaction, and its store has still to be told.
///
/// # Errors
/// When the database fails.
pub async fn booked(conn: &mut Conn, pending: &Pending, wait_s: u32) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into game_purchase.pending_purchases
           (purchase_id, store, transaction_id, store_product_id, user_id, step, next_attempt_at)
         values (?, ?, ?, ?, ?, ?, current_timestamp(6) + interval ? second)
         on duplicate key update step = values(step), attempt_count = 0,
           next_attempt_at = values(next_attempt_at)",
        pending.purchase_id.0.as_bytes().as_slice(),
        pending.store.as_str(),
        pending.transaction_id.as_str(),
        pending.store_product_id,
        pending.user_id.map(|user_id| user_id.0.as_bytes().to_vec()),
        PendingStep::Consume.as_str(),
        wait_s,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A purchase that is begun and not booked, as far as closing it needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unbooked {
    /// Who sold it.
    pub store: Store,
    /// The store's name of it.
    pub transaction_id: TransactionId,
    /// The player whose client sent it, if one did.
    pub user_id: Option<UserId>,
}

/// The pending purchase with this id, if it is still to be booked. Nothing is locked.
///
/// # Errors
/// When the database fails.
pub async fn find_unbooked(
    conn: &mut Conn,
    purchase_id: PurchaseId,
) -> sqlx::Result<Option<Unbooked>> {
    sqlx::query!(
        r#"select store, transaction_id, user_id as "user_id: Vec<u8>"
           from game_purchase.pending_purchases where purchase_id = ? and step = 'book'"#,
        purchase_id.0.as_bytes().as_slice(),
    )
    .fetch_optional(conn)
    .await?
    .map(|row| {
        Ok(Unbooked {
            store: word(&row.store)?,
            transaction_id: TransactionId::new(row.transaction_id).map_err(corrupt)?,
            user_id: row.user_id.as_deref().map(uuid).transpose()?.map(UserId),
        })
    })
    .transpose()
}

/// A pending purchase, as operators see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Which purchase.
    pub purchase_id: PurchaseId,
    /// Who sold it.
    pub store: Store,
    /// The store's name of it.
    pub transaction_id: String,
    /// The store's name of the product.
    pub store_product_id: String,
    /// What is to do: `book` or `consume`.
    pub step: String,
    /// How often that was tried.
    pub attempt_count: u32,
    /// When it is tried again.
    pub next_attempt_at: OffsetDateTime,
    /// When it began.
    pub created_at: OffsetDateTime,
}

/// A page of the pending purchases that a player's client began, newest first, starting
/// after the one that began at this time; or of them `only` this one.
///
/// # Errors
/// When the database fails.
pub async fn of_player(
    conn: &mut Conn,
    user_id: UserId,
    only: Option<PurchaseId>,
    after: Option<(OffsetDateTime, PurchaseId)>,
    limit: Limit,
) -> sqlx::Result<Page<Waiting>> {
    let only = only.map(|id| id.0.as_bytes().to_vec());
    let created_at = after.map(|(created_at, _)| created_at);
    let purchase_id = after.map(|(_, purchase_id)| purchase_id.0.as_bytes().to_vec());
    let rows = sqlx::query!(
        "select purchase_id, store, transaction_id, store_product_id, step, attempt_count,
                next_attempt_at, created_at
         from game_purchase.pending_purchases
         where user_id = ? and (? is null or purchase_id = ?)
           and (? is null or (created_at, purchase_id) < (?, ?))
         order by created_at desc, purchase_id desc limit ?",
        user_id.0.as_bytes().as_slice(),
        only,
        only,
        created_at,
        created_at,
        purchase_id,
        limit.and_one(),
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| {
        Ok(Waiting {
            purchase_id: PurchaseId(uuid(&row.purchase_id)?),
            store: word(&row.store)?,
            transaction_id: row.transaction_id,
            store_product_id: row.store_product_id,
            step: row.step,
            attempt_count: row.attempt_count,
            next_attempt_at: row.next_attempt_at,
            created_at: row.created_at,
        })
    })
    .collect::<sqlx::Result<_>>()?;
    Ok(Page::of(rows, limit))
}

/// Pending purchases whose time has come, at most `limit` of each shard.
///
/// # Errors
/// When the database fails.
pub async fn due(conn: &mut Conn, limit: u32) -> sqlx::Result<Vec<Due>> {
    let mut found = Vec::new();
    for shard in 0..SHARDS {
        let rows = sqlx::query!(
            r#"select /*+ use_index(game_purchase.pending_purchases, pending_due) */
                      purchase_id, store, transaction_id, store_product_id,
                      user_id as "user_id: Vec<u8>", is_told as "is_told: bool",
                      signed_transaction, step, attempt_count
               from game_purchase.pending_purchases
               where shard = ? and next_attempt_at <= current_timestamp(6)
               order by next_attempt_at limit ?"#,
            shard,
            limit,
        )
        .fetch_all(&mut *conn)
        .await?;
        for row in rows {
            let user_id = row.user_id.as_deref().map(uuid).transpose()?.map(UserId);
            let step = if row.step == PendingStep::Book.as_str() {
                PendingStep::Book
            } else {
                PendingStep::Consume
            };
            let pending = Pending {
                purchase_id: PurchaseId(uuid(&row.purchase_id)?),
                store: word(&row.store)?,
                transaction_id: TransactionId::new(row.transaction_id).map_err(corrupt)?,
                store_product_id: row.store_product_id,
                user_id,
                is_told: row.is_told,
                signed_transaction: row.signed_transaction,
            };
            found.push(Due { pending, step, attempt_count: row.attempt_count });
        }
    }
    Ok(found)
}

/// Takes a due purchase for one attempt; `false` if somebody else took it. The next
/// attempt is later each time, and at most an hour away.
///
/// # Errors
/// When the database fails.
pub async fn take(conn: &mut Conn, purchase_id: PurchaseId) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "update game_purchase.pending_purchases
         set attempt_count = attempt_count + 1,
             next_attempt_at = current_timestamp(6)
               + interval least(3600, 30 * pow(2, least(attempt_count, 7))) second
         where purchase_id = ? and next_attempt_at <= current_timestamp(6)",
        purchase_id.0.as_bytes().as_slice(),
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// How many purchases were tried at least so often, and are still pending.
///
/// # Errors
/// When the database fails.
pub async fn stuck_count(conn: &mut Conn, attempts: u32) -> sqlx::Result<u64> {
    let row = sqlx::query!(
        r#"select cast(count(*) as unsigned) as "stuck!: u64"
           from game_purchase.pending_purchases where attempt_count >= ?"#,
        attempts,
    )
    .fetch_one(conn)
    .await?;
    Ok(row.stuck)
}

/// Up to when a store was asked for what it could not tell us, and the time now.
///
/// # Errors
/// When the database fails.
pub async fn asked_until(
    conn: &mut Conn,
    store: Store,
) -> sqlx::Result<(Option<OffsetDateTime>, OffsetDateTime)> {
    let row = sqlx::query!(
        r#"select (select asked_until from game_purchase.reconciliations where store = ?)
                    as "asked_until: OffsetDateTime",
                  current_timestamp(6) as "now!: OffsetDateTime""#,
        store.as_str(),
    )
    .fetch_one(conn)
    .await?;
    Ok((row.asked_until, row.now))
}

/// A store was asked for everything up to this time.
///
/// # Errors
/// When the database fails.
pub async fn set_asked_until(
    conn: &mut Conn,
    store: Store,
    until: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into game_purchase.reconciliations (store, asked_until) values (?, ?)
         on duplicate key update asked_until = greatest(asked_until, values(asked_until))",
        store.as_str(),
        until,
    )
    .execute(conn)
    .await?;
    Ok(())
}
