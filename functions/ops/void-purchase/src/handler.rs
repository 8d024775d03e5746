use serde::{Deserialize, Serialize};
use tenjo_domain::{
    ActId, Moved, OperatorAct, PurchaseId, PurchaseStatus, Store, StoreChange, TransactionId,
    UserId,
};
use tenjo_operators::{ApiError, Done, Order, past_moment};
use tenjo_purchases::{Voided, VouchedChange, void_by_hand};
use tenjo_store::{Conn, lot, user};
use time::OffsetDateTime;
use uuid::Uuid;

#[derive(Serialize, Deserialize)]
pub(crate) struct VoidPurchase {
    user_id: Uuid,
    store: String,
    /// The store's name of it: Apple's transaction id, Google's purchase token.
    transaction_id: String,
    /// Whether its gems are taken back, or given again.
    voided: bool,
    /// When the store did it, by its own clock: it has to be seen in the store's console.
    /// What the store did later counts, so a time of now would take what the store did
    /// meanwhile, and tells only later, for older.
    at: String,
}

#[derive(Serialize)]
struct Changed {
    purchase_id: Uuid,
    effect: &'static str,
    status_before: &'static str,
    /// What the purchase had brought, if it was booked.
    paid_gems: u64,
    bonus_free_gems: u64,
    /// What the player owes now for all purchases that were taken back.
    owed_after: u64,
}

impl Order for VoidPurchase {
    const ACT: OperatorAct = OperatorAct::VoidPurchase;

    fn user_id(&self) -> Option<UserId> {
        Some(UserId(self.user_id))
    }

    async fn carry_out(
        &self,
        conn: &mut Conn,
        act_id: ActId,
        now: OffsetDateTime,
    ) -> Result<Done, ApiError> {
        let store: Store = self.store.parse().map_err(ApiError::field("order.store"))?;
        let transaction_id = TransactionId::new(&self.transaction_id)
            .map_err(ApiError::field("order.transaction_id"))?;
        let at = past_moment("order.at", &self.at, now)?;
        let user_id = UserId(self.user_id);
        // Also of a deleted player: a store takes back what it sold them.
        user::player_id_of(conn, user_id).await?.ok_or(ApiError::NotFound("player"))?;
        let change = if self.voided { StoreChange::Revoked } else { StoreChange::Restored };
        let vouched = VouchedChange { store, transaction_id, user_id, change, at };
        let voided = void_by_hand(conn, &vouched, act_id).await?;
        let (changed, booking, before) = match voided {
            Voided::Now { changed, booking, before } => (changed, booking, before),
            Voided::Unknown => return Err(ApiError::NotFound("purchase")),
            Voided::OfAnother => return Err(ApiError::PurchaseOfAnotherPlayer),
            Voided::AsItIs(status) => return Err(as_it_is(status)),
            Voided::NotBooked => {
                let why = "is not booked, so there is nothing to take back";
                return Err(ApiError::invalid("order.transaction_id", why));
            }
            Voided::BeforeItWasSold(sold_at) => {
                let why = format!("must not be before it was sold, at {sold_at}");
                return Err(ApiError::invalid("order.at", why));
            }
            Voided::Later(later) => {
                let why = format!("must be after the store's last change, of {later}");
                return Err(ApiError::invalid("order.at", why));
            }
        };
        let moved = booking.map_or_else(Moved::default, |booking| Moved {
            free_gems: booking.bonus_free_gems,
            paid_gems: booking.paid_gems,
            item_copies: 0,
        });
        let done = Done::with(Changed {
            purchase_id: PurchaseId::derive(store, &vouched.transaction_id).0,
            effect: changed.as_str(),
            status_before: before.as_str(),
            paid_gems: moved.paid_gems.amount(),
            bonus_free_gems: moved.free_gems.amount(),
            owed_after: lot::owed(conn, user_id).await?.amount(),
        })?;
        Ok(done.moving(moved))
    }
}

/// Why there is nothing to take back, or to give again.
fn as_it_is(status: PurchaseStatus) -> ApiError {
    let why = match status {
        PurchaseStatus::Refused => "was refused, so it has no gems",
        PurchaseStatus::Revoked => "is taken back already",
        PurchaseStatus::Booked | PurchaseStatus::Open => "is not taken back",
    };
    ApiError::invalid("order.transaction_id", why)
}
