//! Books a transaction that a store vouches for, or finds why not.

use std::sync::Arc;

use tenjo_domain::{
    Claim, Goods, LedgerReason, LotOrigin, Product, PurchaseId, PurchaseRefusal, PurchaseStatus,
    PurchaseTurn, Sale, Shop, ShopRevision, SourceId, StoreChange, StoreEnvironment, StorePrice,
    StoreTransaction, UserId,
};
use tenjo_settings::{SettingError, Settings};
use tenjo_store::lot::{self, NewLot};
use tenjo_store::purchase::{self, Booking, Locked};
use tenjo_store::shop::{self, Shops};
use tenjo_store::{BrokenInvariant, Conn, currency, user};
use time::{OffsetDateTime, PrimitiveDateTime};

use crate::by_hand::counted;

/// Books purchases by the shop that sold them.
pub struct PurchaseRegister {
    shops: Shops,
    /// The only environment whose purchases become gems here.
    takes: StoreEnvironment,
}

/// A product as a revision of the shop sold it.
pub(crate) struct Offer {
    pub(crate) revision: ShopRevision,
    pub(crate) shop: Arc<Shop>,
    pub(crate) product: Product,
}

/// What came of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// The player has the gems, since now or before.
    Booked(Booking),
    /// The game gives no gems for it, now and for ever.
    Refused(PurchaseRefusal),
    /// The store took it back.
    Revoked,
    /// It is another player's.
    OfAnother,
    /// The client did not tell the store for whom it is, or names nobody here.
    OfNobody,
}

impl PurchaseRegister {
    /// By `TENJO_PURCHASE_ENVIRONMENT`.
    ///
    /// # Errors
    /// When it is neither `production` nor `sandbox`.
    pub fn from_settings(settings: &Settings) -> Result<Self, SettingError> {
        let takes = settings.read("TENJO_PURCHASE_ENVIRONMENT", str::parse)?;
        Ok(Self { shops: Shops::default(), takes })
    }

    /// Settles a transaction, in the caller's transaction of the database, which is READ
    /// COMMITTED. `asked_by` is the player whose client sent it, if one did. Safe to
    /// repeat: what was decided once is answered again.
    ///
    /// # Errors
    /// When the database fails, or no shop was ever published.
    pub async fn settle(
        &self,
        conn: &mut Conn,
        transaction: &StoreTransaction,
        asked_by: Option<UserId>,
    ) -> sqlx::Result<Settled> {
        let Some(token) = transaction.account_token else { return Ok(Settled::OfNobody) };
        let Some(owner) = user::find_by_account_token(conn, token).await? else {
            return Ok(Settled::OfNobody);
        };
        if asked_by.is_some_and(|asked_by| asked_by != owner) {
            return Ok(Settled::OfAnother);
        }
        let (store, transaction_id) = (transaction.store, &transaction.transaction_id);
        let purchase_id = PurchaseId::derive(store, transaction_id);
        let locked = purchase::lock(conn, purchase_id, store, transaction_id).await?;
        match locked.standing.claim(owner) {
            Claim::Book => {}
            Claim::OfAnother => return Ok(Settled::OfAnother),
            Claim::Booked | Claim::Revoked | Claim::Refused => {
                note_refund(conn, purchase_id, transaction, &locked).await?;
                return found(conn, purchase_id, locked.standing.status, locked.booking).await;
            }
        }
        if let Some(at) = transaction.revoked_at
            && locked.standing.turn(StoreChange::Revoked, at) != PurchaseTurn::Nothing
        {
            let (status, change) = (PurchaseStatus::Revoked, StoreChange::Revoked);
            purchase::mark(conn, purchase_id, status, change, at).await?;
            return Ok(Settled::Revoked);
        }
        match self.goods(conn, transaction, owner).await? {
            Ok((Offer { revision, shop, product }, goods)) => {
                let booking = Booking {
                    purchase_id,
                    user_id: owner,
                    store,
                    environment: transaction.environment,
                    order_id: transaction.order_id.clone(),
                    product_id: product.product_id().clone(),
                    shop_revision: revision,
                    price: transaction.price,
                    counted: counted(&shop, &product, transaction.price),
                    paid_gems: goods.paid_gems,
                    bonus_free_gems: goods.free_gems,
                    purchased_at: transaction.purchased_at,
                    act_id: None,
                };
                give(conn, &booking, goods.expires_at).await?;
                Ok(Settled::Booked(booking))
            }
            Err(reason) => {
                let order_id = &transaction.order_id;
                purchase::refuse(conn, purchase_id, Some(owner), order_id, reason).await?;
                Ok(Settled::Refused(reason))
            }
        }
    }

    /// A product, which `find` finds in a shop, by the revisions that may have sold it at
    /// this time: those of the best group of the history that has any, the oldest first.
    pub(crate) async fn offers(
        &self,
        conn: &mut Conn,
        at: OffsetDateTime,
        mut find: impl FnMut(&Shop) -> Option<Product>,
    ) -> sqlx::Result<Vec<Offer>> {
        let groups = shop::history(conn).await?.sold_at(at);
        if groups.iter().all(Vec::is_empty) {
            return Err(BrokenInvariant::NoShop.into());
        }
        for group in groups {
            let mut offers = Vec::new();
            for revision in group {
                let shop = self.shops.get(conn, revision).await?;
                if let Some(product) = find(&shop) {
                    offers.push(Offer { revision, shop, product });
                }
            }
            if !offers.is_empty() {
                return Ok(offers);
            }
        }
        Ok(Vec::new())
    }

    /// Whose purchases become gems here.
    pub(crate) const fn takes(&self) -> StoreEnvironment {
        self.takes
    }

    /// What the player gets, or why nothing. It is what was sold, whatever the shop sells
    /// now. If the shop changed while the store's dialogue was open, nobody can know which
    /// of the two the player saw, and they get the better one.
    async fn goods(
        &self,
        conn: &mut Conn,
        transaction: &StoreTransaction,
        owner: UserId,
    ) -> sqlx::Result<Result<(Offer, Goods), PurchaseRefusal>> {
        if transaction.environment != self.takes {
            return Ok(Err(PurchaseRefusal::WrongEnvironment));
        }
        let (at, mut is_known) = (transaction.purchased_at, false);
        let find = |shop: &Shop| {
            let product = shop.find(transaction.store, &transaction.store_product_id)?;
            is_known = true;
            product.may_be_bought_at(at).then(|| product.clone())
        };
        let offers = self.offers(conn, at, find).await?;
        if !is_known {
            return Ok(Err(PurchaseRefusal::UnknownProduct));
        }
        if transaction.quantity != 1 {
            return Ok(Err(PurchaseRefusal::NotOnePiece));
        }
        // A store's name of a product never moves to another, so all are one product.
        let Some(product_id) = offers.first().map(|offer| offer.product.product_id().clone())
        else {
            return Ok(Err(PurchaseRefusal::NotOnSale));
        };
        let bought = purchase::lock_bought(conn, owner, &product_id).await?;
        let sold = offers
            .into_iter()
            .filter_map(|offer| offer.product.sell(bought, at).map(|goods| (offer, goods)))
            .max_by_key(|(_, goods)| {
                let ever = PrimitiveDateTime::MAX.assume_utc();
                (goods.paid_gems, goods.free_gems, goods.expires_at.unwrap_or(ever))
            });
        let Some(sold) = sold else { return Ok(Err(PurchaseRefusal::LimitReached)) };
        purchase::count_bought(conn, owner, &product_id).await?;
        Ok(Ok(sold))
    }
}

/// Notes the store's word that it gave the money of a refused purchase back, so that
/// nobody vouches for it any more.
async fn note_refund(
    conn: &mut Conn,
    purchase_id: PurchaseId,
    transaction: &StoreTransaction,
    locked: &Locked,
) -> sqlx::Result<()> {
    let (refused, change) = (PurchaseStatus::Refused, StoreChange::Revoked);
    match transaction.revoked_at {
        Some(at) if locked.standing.turn(change, at) == PurchaseTurn::Mark(refused) => {
            purchase::mark(conn, purchase_id, refused, change, at).await
        }
        _ => Ok(()),
    }
}

/// What was decided of a purchase that is no longer open.
async fn found(
    conn: &mut Conn,
    purchase_id: PurchaseId,
    status: PurchaseStatus,
    booking: Option<Booking>,
) -> sqlx::Result<Settled> {
    match (status, booking) {
        (PurchaseStatus::Refused, _) => {
            let reason = purchase::find_refusal(conn, purchase_id).await?;
            let reason = reason.map(|(_, reason)| reason);
            let refusal = reason.map(Settled::Refused);
            Ok(refusal.ok_or(BrokenInvariant::NoRefusal(purchase_id))?)
        }
        (PurchaseStatus::Revoked, _) => Ok(Settled::Revoked),
        (_, Some(booking)) => Ok(Settled::Booked(booking)),
        (_, None) => Err(BrokenInvariant::NoBooking(purchase_id).into()),
    }
}

/// What was decided of a purchase before, for the player who asks; `None` if it is still
/// open. It reads only, so that a repeat costs little and no store is asked again.
///
/// # Errors
/// When the database fails.
pub async fn decided(
    conn: &mut Conn,
    purchase_id: PurchaseId,
    user_id: UserId,
) -> sqlx::Result<Option<Settled>> {
    let Some(status) = purchase::find(conn, purchase_id).await? else { return Ok(None) };
    let booking = purchase::find_booking(conn, purchase_id).await?;
    match &booking {
        Some(booking) if booking.user_id != user_id => Ok(Some(Settled::OfAnother)),
        Some(_) => found(conn, purchase_id, status, booking).await.map(Some),
        None => match purchase::find_refusal(conn, purchase_id).await? {
            // An operator closed it, because its store does not say whose it is.
            Some((owner, reason @ PurchaseRefusal::Dismissed))
                if owner.is_none_or(|owner| owner == user_id) =>
            {
                Ok(Some(Settled::Refused(reason)))
            }
            // Whose an unbooked purchase is, only the store can say.
            _ => Ok(None),
        },
    }
}

/// Gives the gems: the paid ones as a lot of their own, with the price, and the bonus.
pub(crate) async fn give(
    conn: &mut Conn,
    booking: &Booking,
    expires_at: Option<OffsetDateTime>,
) -> sqlx::Result<()> {
    purchase::book(conn, booking).await?;
    let source_id = SourceId(booking.purchase_id.0);
    let StorePrice { currency, amount } = booking.price;
    let lot = NewLot {
        user_id: booking.user_id,
        source_id,
        origin: LotOrigin::Purchase,
        sale: Some(Sale {
            store: booking.store,
            product_id: booking.product_id.clone(),
            money_code: currency,
            price_micros: amount,
        }),
        granted: booking.paid_gems,
        expires_at,
    };
    // Free gems first: whoever locks both does it in this order.
    let (bonus, reason) = (booking.bonus_free_gems, LedgerReason::PurchaseBonus);
    currency::credit_free(conn, booking.user_id, bonus, reason, source_id).await?;
    lot::open(conn, &lot).await?;
    tracing::info!(
        purchase.id = %booking.purchase_id,
        product.id = %booking.product_id,
        store = %booking.store,
        "purchase booked"
    );
    Ok(())
}
