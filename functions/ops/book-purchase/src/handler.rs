use serde::{Deserialize, Serialize};
use tenjo_domain::{
    ActId, MoneyCode, Moved, OperatorAct, PriceMicros, ProductId, Store, StorePrice, TransactionId,
    UserId, Vouched, check_store_product_id,
};
use tenjo_operators::{ApiError, Done, OrderWith, past_moment};
use tenjo_purchases::{ByHand, PurchaseRegister, VouchedPurchase};
use tenjo_store::{Conn, user};
use time::OffsetDateTime;
use uuid::Uuid;

#[derive(Serialize, Deserialize)]
pub(crate) struct BookPurchase {
    user_id: Uuid,
    store: String,
    /// The store's name of it: Apple's transaction id, Google's purchase token.
    transaction_id: String,
    /// The product of the game whose gems the player gets.
    product_id: String,
    /// The store's name of the product, if the game has another one for it.
    store_product_id: Option<String>,
    /// The number on the store's own receipt.
    order_id: Option<String>,
    /// What was paid, as the store says.
    currency: String,
    price_micros: u64,
    /// When, as the store says.
    purchased_at: String,
}

#[derive(Serialize)]
struct Booked {
    purchase_id: Uuid,
    product_id: String,
    paid_gems: u64,
    bonus_free_gems: u64,
    /// What became of the purchase before: 'refused' says that the game had refused it.
    status_before: &'static str,
    /// When the store last told of a change of it. If it gave the money back, do not book.
    #[serde(with = "time::serde::rfc3339::option")]
    store_changed_at: Option<OffsetDateTime>,
}

impl BookPurchase {
    fn read(&self, now: OffsetDateTime) -> Result<VouchedPurchase, ApiError> {
        let store: Store = self.store.parse().map_err(ApiError::field("order.store"))?;
        let currency: MoneyCode =
            self.currency.parse().map_err(ApiError::field("order.currency"))?;
        let amount = PriceMicros::new(self.price_micros);
        let amount = amount.map_err(ApiError::field("order.price_micros"))?;
        let order_id = self.order_id.clone().unwrap_or_default();
        if order_id.chars().count() > 255 {
            return Err(ApiError::invalid("order.order_id", "must have at most 255 characters"));
        }
        if let Some(id) = &self.store_product_id {
            check_store_product_id(id).map_err(ApiError::field("order.store_product_id"))?;
        }
        if store == Store::Google && self.transaction_id.starts_with(GOOGLE_ORDER) {
            let why = "is the number of an order; the purchase token is needed";
            return Err(ApiError::invalid("order.transaction_id", why));
        }
        Ok(VouchedPurchase {
            store,
            transaction_id: TransactionId::new(&self.transaction_id)
                .map_err(ApiError::field("order.transaction_id"))?,
            user_id: UserId(self.user_id),
            product_id: ProductId::new(&self.product_id)
                .map_err(ApiError::field("order.product_id"))?,
            store_product_id: self.store_product_id.clone(),
            order_id,
            price: StorePrice { currency, amount },
            purchased_at: past_moment("order.purchased_at", &self.purchased_at, now)?,
        })
    }
}

/// What people see on a receipt of Google's. It is no name of a purchase: that is the token,
/// by which the store would tell of the same purchase once more.
const GOOGLE_ORDER: &str = "GPA.";

impl OrderWith<PurchaseRegister> for BookPurchase {
    const ACT: OperatorAct = OperatorAct::BookPurchase;

    fn user_id(&self) -> Option<UserId> {
        Some(UserId(self.user_id))
    }

    async fn carry_out(
        &self,
        register: &PurchaseRegister,
        conn: &mut Conn,
        act_id: ActId,
        now: OffsetDateTime,
    ) -> Result<Done, ApiError> {
        let vouched = self.read(now)?;
        user::find(conn, vouched.user_id).await?.ok_or(ApiError::NotFound("player"))?;
        let (booking, before, changed_at) =
            match register.book_by_hand(conn, &vouched, act_id, now).await? {
                ByHand::Booked { booking, before, changed_at } => (booking, before, changed_at),
                ByHand::NoProduct => {
                    let why = "is no product of the game in this store";
                    return Err(ApiError::invalid("order.product_id", why));
                }
                ByHand::Not(vouched) => return Err(not(vouched)),
            };
        let done = Done::with(Booked {
            purchase_id: booking.purchase_id.0,
            product_id: booking.product_id.to_string(),
            paid_gems: booking.paid_gems.amount(),
            bonus_free_gems: booking.bonus_free_gems.amount(),
            status_before: before.as_str(),
            store_changed_at: changed_at,
        })?;
        Ok(done.moving(Moved {
            free_gems: booking.bonus_free_gems,
            paid_gems: booking.paid_gems,
            item_copies: 0,
        }))
    }
}

/// Why nothing is booked.
fn not(vouched: Vouched) -> ApiError {
    let why = match vouched {
        Vouched::OfAnother => return ApiError::PurchaseOfAnotherPlayer,
        Vouched::Revoked => return ApiError::PurchaseRevoked,
        Vouched::WrongEnvironment => {
            return ApiError::PurchaseRefused("it is a purchase of another environment");
        }
        Vouched::Booked | Vouched::Book => "is booked already",
    };
    ApiError::invalid("order.transaction_id", why)
}
