//! What a person decides where a store's word did not reach us: a purchase is booked, taken
//! back, or given again. The person has looked at the store's own console; nothing here
//! can check that, so each is an act in the log of operators.

use tenjo_domain::{
    ActId, ByHandChange, PriceMicros, Product, ProductId, PurchaseId, PurchaseStatus, Shop, Store,
    StoreChange, StorePrice, TransactionId, UserId, Vouched,
};
use tenjo_store::Conn;
use tenjo_store::pending::{self, Pending};
use tenjo_store::purchase::{self, Booking, Locked};
use time::OffsetDateTime;

use crate::change::{Changed, change};
use crate::settle::{Offer, PurchaseRegister, give};

/// A purchase that a person vouches for.
#[derive(Debug, Clone)]
pub struct VouchedPurchase {
    /// Which store sold it.
    pub store: Store,
    /// The store's name of it.
    pub transaction_id: TransactionId,
    /// To whom.
    pub user_id: UserId,
    /// As which product of the game.
    pub product_id: ProductId,
    /// The store's name of the product, if the game has another one for it.
    pub store_product_id: Option<String>,
    /// The number on the store's own receipt.
    pub order_id: String,
    /// What was paid.
    pub price: StorePrice,
    /// When.
    pub purchased_at: OffsetDateTime,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ByHand {
    /// The player has the gems.
    Booked {
        /// What was booked.
        booking: Box<Booking>,
        /// What became of the purchase before.
        before: PurchaseStatus,
        /// The last change that the store made of it, if it told of one.
        changed_at: Option<OffsetDateTime>,
    },
    /// Nothing changed, and why.
    Not(Vouched),
    /// The game has no such product in this store.
    NoProduct,
}

impl PurchaseRegister {
    /// Books a purchase that a person vouches for, also one that the game refused, in the
    /// caller's transaction, which is READ COMMITTED. Whether the product was on sale, and
    /// how often the player bought it, does not matter: the store has sold it. What it gives
    /// is what it gave when it was bought. Its gems expire counted from `now`, because the
    /// player did not have them before.
    ///
    /// # Errors
    /// When the database fails, or no shop was ever published.
    pub async fn book_by_hand(
        &self,
        conn: &mut Conn,
        vouched: &VouchedPurchase,
        act_id: ActId,
        now: OffsetDateTime,
    ) -> sqlx::Result<ByHand> {
        let VouchedPurchase { store, transaction_id, user_id, .. } = vouched;
        let purchase_id = PurchaseId::derive(*store, transaction_id);
        let locked = purchase::lock(conn, purchase_id, *store, transaction_id).await?;
        let refusal = purchase::find_refusal(conn, purchase_id).await?;
        let refusal = refusal.map(|(_, reason)| reason);
        match locked.standing.vouched(*user_id, refusal) {
            Vouched::Book => {}
            not => return Ok(ByHand::Not(not)),
        }
        // Of those that may have sold it, the one that the store's last buyers saw.
        let find = |shop: &Shop| {
            let product = shop.product(&vouched.product_id)?;
            product.parts().listings.contains_key(store).then(|| product.clone())
        };
        let Some(Offer { revision, shop, product }) =
            self.offers(conn, vouched.purchased_at, find).await?.pop()
        else {
            return Ok(ByHand::NoProduct);
        };
        let bought = purchase::lock_bought(conn, *user_id, &vouched.product_id).await?;
        purchase::count_bought(conn, *user_id, &vouched.product_id).await?;
        let goods = product.goods(bought, now);
        let booking = Booking {
            purchase_id,
            user_id: *user_id,
            store: *store,
            environment: self.takes(),
            order_id: vouched.order_id.clone(),
            product_id: vouched.product_id.clone(),
            shop_revision: revision,
            price: vouched.price,
            counted: counted(&shop, &product, vouched.price),
            paid_gems: goods.paid_gems,
            bonus_free_gems: goods.free_gems,
            purchased_at: vouched.purchased_at,
            act_id: Some(act_id),
        };
        give(conn, &booking, goods.expires_at).await?;
        let listing = product.parts().listings.get(store);
        let listed = listing.map_or("", |listing| listing.store_product_id.as_str());
        let store_product_id = vouched.store_product_id.as_deref().unwrap_or(listed);
        tell(conn, vouched, purchase_id, store_product_id).await?;
        let Locked { standing, .. } = locked;
        let (before, changed_at) = (standing.status, standing.changed_at);
        Ok(ByHand::Booked { booking: Box::new(booking), before, changed_at })
    }
}

/// What a purchase counts for in the player's month.
pub(crate) fn counted(shop: &Shop, product: &Product, price: StorePrice) -> PriceMicros {
    product.price_in(shop.allowance().currency()).unwrap_or(price.amount)
}

/// The reconciliation tells Google that it is consumed; of Apple's there is nothing to do.
async fn tell(
    conn: &mut Conn,
    vouched: &VouchedPurchase,
    purchase_id: PurchaseId,
    store_product_id: &str,
) -> sqlx::Result<()> {
    match vouched.store {
        Store::Apple => pending::finish(conn, purchase_id).await,
        Store::Google => {
            let begun = Pending {
                purchase_id,
                store: Store::Google,
                transaction_id: vouched.transaction_id.clone(),
                store_product_id: store_product_id.to_owned(),
                user_id: Some(vouched.user_id),
                is_told: false,
                signed_transaction: None,
            };
            pending::booked(conn, &begun, 0).await
        }
    }
}

/// What came of taking a purchase back, or giving it again, by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Voided {
    /// It was done.
    Now {
        /// What it did.
        changed: Changed,
        /// What was booked, if anything was.
        booking: Option<Box<Booking>>,
        /// What became of the purchase before.
        before: PurchaseStatus,
    },
    /// Nobody has heard of this purchase.
    Unknown,
    /// It is another player's.
    OfAnother,
    /// It stands so already, or was refused.
    AsItIs(PurchaseStatus),
    /// It is not booked, so there are no gems to take back.
    NotBooked,
    /// The store sold it later than that.
    BeforeItWasSold(OffsetDateTime),
    /// The store itself made a later change, which counts.
    Later(OffsetDateTime),
}

/// A change that a person vouches for.
#[derive(Debug, Clone)]
pub struct VouchedChange {
    /// Which store made it.
    pub store: Store,
    /// The store's name of the purchase.
    pub transaction_id: TransactionId,
    /// Whose it is.
    pub user_id: UserId,
    /// What the store did.
    pub change: StoreChange,
    /// When, by the store's clock.
    pub at: OffsetDateTime,
}

/// Takes a purchase back, or gives it again, as its store did, in the caller's transaction,
/// which is READ COMMITTED.
///
/// # Errors
/// When the database fails.
pub async fn void_by_hand(
    conn: &mut Conn,
    vouched: &VouchedChange,
    act_id: ActId,
) -> sqlx::Result<Voided> {
    let VouchedChange { store, transaction_id, user_id, change: store_change, at } = vouched;
    let (store, store_change, at) = (*store, *store_change, *at);
    let purchase_id = PurchaseId::derive(store, transaction_id);
    // A mistyped transaction must not become a purchase.
    if purchase::find(conn, purchase_id).await?.is_none() {
        return Ok(Voided::Unknown);
    }
    let Locked { standing, booking, .. } =
        purchase::lock(conn, purchase_id, store, transaction_id).await?;
    // Of one that was neither booked nor refused, nobody here knows whose it is.
    let owner = match standing.booked_for {
        Some(owner) => Some(owner),
        None => purchase::find_refusal(conn, purchase_id).await?.and_then(|(owner, _)| owner),
    };
    if owner.is_some_and(|owner| owner != *user_id) {
        return Ok(Voided::OfAnother);
    }
    match standing.by_hand(store_change) {
        ByHandChange::Counts => {}
        ByHandChange::AsItIs => return Ok(Voided::AsItIs(standing.status)),
        ByHandChange::NotBooked => return Ok(Voided::NotBooked),
    }
    let sold_at = booking.as_ref().map(|booking| booking.purchased_at);
    if let Some(sold_at) = sold_at.filter(|sold_at| at < *sold_at) {
        return Ok(Voided::BeforeItWasSold(sold_at));
    }
    let changed = change(conn, store, transaction_id, store_change, at, Some(act_id)).await?;
    match (changed, standing.changed_at) {
        (Changed::Nothing, Some(later)) => Ok(Voided::Later(later)),
        _ => {
            let (booking, before) = (booking.map(Box::new), standing.status);
            Ok(Voided::Now { changed, booking, before })
        }
    }
}
