//! Books a transaction that a store vouches for, or finds why not.

use tenjo_domain::{
    Claim, LedgerReason, LotOrigin, Product, PurchaseId, PurchaseRefusal, PurchaseStatus,
    PurchaseTurn, Sale, SourceId, StoreChange, StoreEnvironment, StorePrice, StoreTransaction,
    UserId,
};
use tenjo_settings::{SettingError, Settings};
use tenjo_store::lot::{self, NewLot};
use tenjo_store::purchase::{self, Booking, Locked};
use tenjo_store::shop::{LiveShop, Shops};
use tenjo_store::{Conn, currency, user};

use crate::by_hand::counted;

/// Books purchases by the live shop.
pub struct PurchaseRegister {
    shops: Shops,
    /// The only environment whose purchases become gems here.
    takes: StoreEnvironment,
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
        let live = self.live(conn).await?;
        match self.goods(conn, &live, transaction, owner).await? {
            Ok((product, goods)) => {
                let booking = Booking {
                    purchase_id,
                    user_id: owner,
                    store,
                    environment: transaction.environment,
                    order_id: transaction.order_id.clone(),
                    product_id: product.product_id().clone(),
                    shop_revision: live.revision,
                    price: transaction.price,
                    counted: counted(&live, product, transaction.price),
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
                purchase::refuse(conn, purchase_id, owner, order_id, reason).await?;
                Ok(Settled::Refused(reason))
            }
        }
    }

    /// The shop that sells now.
    pub(crate) async fn live(&self, conn: &mut Conn) -> sqlx::Result<LiveShop> {
        self.shops.live(conn).await?.ok_or(sqlx::Error::RowNotFound)
    }

    /// Whose purchases become gems here.
    pub(crate) const fn takes(&self) -> StoreEnvironment {
        self.takes
    }

    /// What the player gets, or why nothing.
    async fn goods<'a>(
        &self,
        conn: &mut Conn,
        live: &'a LiveShop,
        transaction: &StoreTransaction,
        owner: UserId,
    ) -> sqlx::Result<Result<(&'a Product, tenjo_domain::Goods), PurchaseRefusal>> {
        if transaction.environment != self.takes {
            return Ok(Err(PurchaseRefusal::WrongEnvironment));
        }
        let product = live.shop.find(transaction.store, &transaction.store_product_id);
        let Some(product) = product else { return Ok(Err(PurchaseRefusal::UnknownProduct)) };
        if transaction.quantity != 1 {
            return Ok(Err(PurchaseRefusal::NotOnePiece));
        }
        if !product.may_be_bought_at(transaction.purchased_at) {
            return Ok(Err(PurchaseRefusal::NotOnSale));
        }
        let product_id = product.product_id();
        let bought = purchase::lock_bought(conn, owner, product_id).await?;
        let Some(goods) = product.sell(bought, transaction.purchased_at) else {
            return Ok(Err(PurchaseRefusal::LimitReached));
        };
        purchase::count_bought(conn, owner, product_id).await?;
        Ok(Ok((product, goods)))
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
            reason.map(Settled::Refused).ok_or(sqlx::Error::RowNotFound)
        }
        (PurchaseStatus::Revoked, _) => Ok(Settled::Revoked),
        (_, Some(booking)) => Ok(Settled::Booked(booking)),
        (_, None) => Err(sqlx::Error::RowNotFound),
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
        // Whose an unbooked purchase is, only the store can say.
        None => Ok(None),
    }
}

/// Gives the gems: the paid ones as a lot of their own, with the price, and the bonus.
pub(crate) async fn give(
    conn: &mut Conn,
    booking: &Booking,
    expires_at: Option<time::OffsetDateTime>,
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
