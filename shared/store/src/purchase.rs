//! Purchases in a store, and what became of them. The gems are in `lot` and `currency`.

mod shown;

pub use shown::{
    OwnPurchase, RefusedPurchase, changes_of_player, find_player, of_player, refused_of_player,
};

use std::collections::HashMap;

use tenjo_domain::{
    ActId, BirthMonth, Gems, MoneyCode, PriceMicros, ProductId, PurchaseId, PurchaseRefusal,
    PurchaseStatus, ShopRevision, Standing, Store, StoreChange, StoreEnvironment, StorePrice,
    TransactionId, UserId,
};
use time::OffsetDateTime;

use crate::{BrokenInvariant, Conn, corrupt, gems, uuid, word};

/// A purchase whose gems a player got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booking {
    /// Which purchase.
    pub purchase_id: PurchaseId,
    /// Whose gems they are.
    pub user_id: UserId,
    /// Who sold it.
    pub store: Store,
    /// Whether real money was paid.
    pub environment: StoreEnvironment,
    /// The number on the store's own receipt.
    pub order_id: String,
    /// What was sold.
    pub product_id: ProductId,
    /// By which revision of the shop.
    pub shop_revision: ShopRevision,
    /// What was paid.
    pub price: StorePrice,
    /// What it counts for in the player's month.
    pub counted: PriceMicros,
    /// How many paid gems it gave.
    pub paid_gems: Gems,
    /// How many free gems came with it.
    pub bonus_free_gems: Gems,
    /// When the store sold it.
    pub purchased_at: OffsetDateTime,
    /// The act of an operator that booked it; `None` if the store's own word did.
    pub act_id: Option<ActId>,
}

/// A purchase, locked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Locked {
    /// What became of it so far.
    pub standing: Standing,
    /// How often its gems were taken back or given again.
    pub change_count: u32,
    /// What was booked, if it was.
    pub booking: Option<Booking>,
}

/// Locks a transaction's purchase until the transaction in the database ends, and makes
/// it if nobody has heard of it before. Whoever acts on a purchase begins here.
///
/// The caller's connection is READ COMMITTED, so that what the last holder of the lock
/// committed is seen.
///
/// # Errors
/// When the database fails.
pub async fn lock(
    conn: &mut Conn,
    purchase_id: PurchaseId,
    store: Store,
    transaction_id: &TransactionId,
) -> sqlx::Result<Locked> {
    let id = purchase_id.0.as_bytes().as_slice();
    sqlx::query!(
        "insert ignore into game_purchase.purchases (purchase_id, store, transaction_id, status)
         values (?, ?, ?, ?)",
        id,
        store.as_str(),
        transaction_id.as_str(),
        PurchaseStatus::Open.as_str(),
    )
    .execute(&mut *conn)
    .await?;
    let row = sqlx::query!(
        "select status, changed_at, last_change, change_count from game_purchase.purchases
         where purchase_id = ? for update",
        id,
    )
    .fetch_optional(&mut *conn)
    .await?
    .ok_or(BrokenInvariant::NoPurchase(purchase_id))?;
    let booking = find_booking(conn, purchase_id).await?;
    let standing = Standing {
        status: word(&row.status)?,
        booked_for: booking.as_ref().map(|booking| booking.user_id),
        changed_at: row.changed_at,
        last_change: row.last_change.as_deref().map(word).transpose()?,
    };
    Ok(Locked { standing, change_count: row.change_count, booking })
}

/// What became of a purchase, if anybody has heard of it. Nothing is locked.
///
/// # Errors
/// When the database fails.
pub async fn find(
    conn: &mut Conn,
    purchase_id: PurchaseId,
) -> sqlx::Result<Option<PurchaseStatus>> {
    sqlx::query!(
        "select status from game_purchase.purchases where purchase_id = ?",
        purchase_id.0.as_bytes().as_slice(),
    )
    .fetch_optional(conn)
    .await?
    .map(|row| word(&row.status))
    .transpose()
}

/// What was booked for a purchase, if anything.
///
/// # Errors
/// When the database fails.
pub async fn find_booking(
    conn: &mut Conn,
    purchase_id: PurchaseId,
) -> sqlx::Result<Option<Booking>> {
    sqlx::query!(
        r#"select user_id, store, environment, order_id, product_id, shop_revision, currency,
                  price_micros, counted_micros, paid_gems, bonus_free_gems, purchased_at,
                  act_id as "act_id: Vec<u8>"
           from game_purchase.bookings where purchase_id = ?"#,
        purchase_id.0.as_bytes().as_slice(),
    )
    .fetch_optional(conn)
    .await?
    .map(|row| {
        let revision = row.shop_revision.as_slice().try_into().map_err(corrupt)?;
        Ok(Booking {
            purchase_id,
            user_id: UserId(uuid(&row.user_id)?),
            store: word(&row.store)?,
            environment: word(&row.environment)?,
            order_id: row.order_id,
            product_id: ProductId::new(row.product_id).map_err(corrupt)?,
            shop_revision: ShopRevision(revision),
            price: StorePrice {
                currency: word::<MoneyCode>(&row.currency)?,
                amount: PriceMicros::new(row.price_micros).map_err(corrupt)?,
            },
            counted: PriceMicros::new(row.counted_micros).map_err(corrupt)?,
            paid_gems: gems(row.paid_gems)?,
            bonus_free_gems: gems(row.bonus_free_gems)?,
            purchased_at: row.purchased_at,
            act_id: row.act_id.as_deref().map(uuid).transpose()?.map(ActId),
        })
    })
    .transpose()
}

/// Records what is booked for a locked purchase.
///
/// # Errors
/// When the database fails, or it was booked before.
pub async fn book(conn: &mut Conn, booking: &Booking) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into game_purchase.bookings
           (purchase_id, user_id, store, environment, order_id, product_id, shop_revision,
            currency, price_micros, counted_micros, paid_gems, bonus_free_gems, purchased_at,
            act_id)
         values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        booking.purchase_id.0.as_bytes().as_slice(),
        booking.user_id.0.as_bytes().as_slice(),
        booking.store.as_str(),
        booking.environment.as_str(),
        booking.order_id,
        booking.product_id.as_str(),
        booking.shop_revision.0.as_slice(),
        booking.price.currency.as_str(),
        booking.price.amount.get(),
        booking.counted.get(),
        booking.paid_gems.amount(),
        booking.bonus_free_gems.amount(),
        booking.purchased_at,
        booking.act_id.map(|act_id| act_id.0.as_bytes().to_vec()),
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "update game_purchase.purchases set status = ? where purchase_id = ?",
        PurchaseStatus::Booked.as_str(),
        booking.purchase_id.0.as_bytes().as_slice(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Records that the game refuses a locked purchase, which is this player's, or nobody's.
///
/// # Errors
/// When the database fails.
pub async fn refuse(
    conn: &mut Conn,
    purchase_id: PurchaseId,
    user_id: Option<UserId>,
    order_id: &str,
    reason: PurchaseRefusal,
) -> sqlx::Result<()> {
    let id = purchase_id.0.as_bytes().as_slice();
    sqlx::query!(
        "insert into game_purchase.refusals (purchase_id, user_id, reason, order_id)
         values (?, ?, ?, ?)",
        id,
        user_id.map(|user_id| user_id.0.as_bytes().to_vec()),
        reason.as_str(),
        order_id,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "update game_purchase.purchases set status = ? where purchase_id = ?",
        PurchaseStatus::Refused.as_str(),
        id,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Why, and to whom, the game refused a purchase, if it did. Of one that no client had begun
/// nobody knows whose it is.
///
/// # Errors
/// When the database fails.
pub async fn find_refusal(
    conn: &mut Conn,
    purchase_id: PurchaseId,
) -> sqlx::Result<Option<(Option<UserId>, PurchaseRefusal)>> {
    sqlx::query!(
        r#"select user_id as "user_id: Vec<u8>", reason from game_purchase.refusals
           where purchase_id = ?"#,
        purchase_id.0.as_bytes().as_slice(),
    )
    .fetch_optional(conn)
    .await?
    .map(|row| {
        let user_id = row.user_id.as_deref().map(uuid).transpose()?.map(UserId);
        Ok((user_id, word(&row.reason)?))
    })
    .transpose()
}

/// Writes down a store's change of a locked purchase that moves no gems.
///
/// # Errors
/// When the database fails.
pub async fn mark(
    conn: &mut Conn,
    purchase_id: PurchaseId,
    status: PurchaseStatus,
    change: StoreChange,
    store_at: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update game_purchase.purchases set status = ?, changed_at = ?, last_change = ?
         where purchase_id = ?",
        status.as_str(),
        store_at,
        change.as_str(),
        purchase_id.0.as_bytes().as_slice(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A store's change of a booked purchase that moves its gems.
#[derive(Debug, Clone, Copy)]
pub struct BookingChange {
    /// Which purchase.
    pub purchase_id: PurchaseId,
    /// Counts its changes from 1.
    pub number: u32,
    /// What the store did.
    pub change: StoreChange,
    /// When.
    pub store_at: OffsetDateTime,
    /// What of the bonus was taken or given.
    pub free_gems: Gems,
    /// The act of an operator who did it; `None` if the store's own word did.
    pub act_id: Option<ActId>,
}

/// Writes down a change of a locked purchase.
///
/// # Errors
/// When the database fails, or this change was written before.
pub async fn change(conn: &mut Conn, change: &BookingChange) -> sqlx::Result<()> {
    let status = match change.change {
        StoreChange::Revoked => PurchaseStatus::Revoked,
        StoreChange::Restored => PurchaseStatus::Booked,
    };
    let id = change.purchase_id.0.as_bytes().as_slice();
    sqlx::query!(
        "insert into game_purchase.booking_changes
           (purchase_id, number, change_kind, store_at, free_gems, act_id)
         values (?, ?, ?, ?, ?, ?)",
        id,
        change.number,
        change.change.as_str(),
        change.store_at,
        change.free_gems.amount(),
        change.act_id.map(|act_id| act_id.0.as_bytes().to_vec()),
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "update game_purchase.purchases
         set status = ?, changed_at = ?, last_change = ?, change_count = ?
         where purchase_id = ?",
        status.as_str(),
        change.store_at,
        change.change.as_str(),
        change.number,
        id,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What of the bonus was taken by the change with this number.
///
/// # Errors
/// When the database fails, or there is no such change.
pub async fn free_gems_of_change(
    conn: &mut Conn,
    purchase_id: PurchaseId,
    number: u32,
) -> sqlx::Result<Gems> {
    let row = sqlx::query!(
        "select free_gems from game_purchase.booking_changes
         where purchase_id = ? and number = ?",
        purchase_id.0.as_bytes().as_slice(),
        number,
    )
    .fetch_optional(conn)
    .await?
    .ok_or(BrokenInvariant::NoBookingChange { purchase_id, number })?;
    gems(row.free_gems)
}

/// How often a player bought a product, locked until the transaction ends.
///
/// # Errors
/// When the database fails.
pub async fn lock_bought(
    conn: &mut Conn,
    user_id: UserId,
    product_id: &ProductId,
) -> sqlx::Result<u32> {
    let user = user_id.0.as_bytes().as_slice();
    sqlx::query!(
        "insert ignore into game_purchase.player_products (user_id, product_id, bought_count)
         values (?, ?, 0)",
        user,
        product_id.as_str(),
    )
    .execute(&mut *conn)
    .await?;
    let row = sqlx::query!(
        "select bought_count from game_purchase.player_products
         where user_id = ? and product_id = ? for update",
        user,
        product_id.as_str(),
    )
    .fetch_optional(conn)
    .await?;
    let missing = || BrokenInvariant::NoProductCount { user_id, product_id: product_id.clone() };
    Ok(row.ok_or_else(missing)?.bought_count)
}

/// Counts one more purchase of a product, whose count is locked.
///
/// # Errors
/// When the database fails.
pub async fn count_bought(
    conn: &mut Conn,
    user_id: UserId,
    product_id: &ProductId,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update game_purchase.player_products set bought_count = bought_count + 1
         where user_id = ? and product_id = ?",
        user_id.0.as_bytes().as_slice(),
        product_id.as_str(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// How often a player bought each product; those that they never bought are left out.
///
/// # Errors
/// When the database fails.
pub async fn bought(conn: &mut Conn, user_id: UserId) -> sqlx::Result<HashMap<ProductId, u32>> {
    sqlx::query!(
        "select product_id, bought_count from game_purchase.player_products where user_id = ?",
        user_id.0.as_bytes().as_slice(),
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| Ok((ProductId::new(row.product_id).map_err(corrupt)?, row.bought_count)))
    .collect()
}

/// What a player spent in a time, as it counts for monthly limits. Purchases that were
/// taken back do not count.
///
/// # Errors
/// When the database fails.
pub async fn spent(
    conn: &mut Conn,
    user_id: UserId,
    from: OffsetDateTime,
    until: OffsetDateTime,
) -> sqlx::Result<PriceMicros> {
    let row = sqlx::query!(
        r#"select cast(ifnull(sum(b.counted_micros), 0) as unsigned) as "spent!: u64"
           from game_purchase.bookings b
           join game_purchase.purchases p on p.purchase_id = b.purchase_id
           where b.user_id = ? and b.purchased_at >= ? and b.purchased_at < ?
             and p.status = 'booked'"#,
        user_id.0.as_bytes().as_slice(),
        from,
        until,
    )
    .fetch_one(conn)
    .await?;
    PriceMicros::new(row.spent).map_err(corrupt)
}

/// The month in which a player was born, if they said so.
///
/// # Errors
/// When the database fails.
pub async fn birth_month(conn: &mut Conn, user_id: UserId) -> sqlx::Result<Option<BirthMonth>> {
    sqlx::query!(
        "select birth_year, birth_month from game_purchase.player_births where user_id = ?",
        user_id.0.as_bytes().as_slice(),
    )
    .fetch_optional(conn)
    .await?
    .map(|row| BirthMonth::stored(row.birth_year.into(), row.birth_month).map_err(corrupt))
    .transpose()
}

/// Forgets the month of a player's birth; `false` if they never said one.
///
/// # Errors
/// When the database fails.
pub async fn forget_birth_month(conn: &mut Conn, user_id: UserId) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "delete from game_purchase.player_births where user_id = ?",
        user_id.0.as_bytes().as_slice(),
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Writes down the month of a player's birth, unless they said one before.
///
/// # Errors
/// When the database fails.
pub async fn set_birth_month(
    conn: &mut Conn,
    user_id: UserId,
    born: BirthMonth,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert ignore into game_purchase.player_births (user_id, birth_year, birth_month)
         values (?, ?, ?)",
        user_id.0.as_bytes().as_slice(),
        born.year(),
        born.month(),
    )
    .execute(conn)
    .await?;
    Ok(())
}
