use serde::{Deserialize, Serialize};
use tenjo_domain::{
    ActId, Gems, OperatorAct, PurchaseId, PurchaseStatus, Store, StoreChange, TransactionId, UserId,
};
use tenjo_operators::{ApiError, Done, Order, past_moment};
use tenjo_purchases::{Voided, void_by_hand};
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
    /// When the store did it; now if it is left out. What the store told of later counts.
    at: Option<String>,
}

#[derive(Serialize)]
struct Changed {
    player_id: String,
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
        _: ActId,
        now: OffsetDateTime,
    ) -> Result<Done, ApiError> {
        let store: Store = self.store.parse().map_err(ApiError::field("order.store"))?;
        let id = TransactionId::new(&self.transaction_id)
            .map_err(ApiError::field("order.transaction_id"))?;
        let at = self.at.as_deref().map(|at| past_moment("order.at", at, now));
        let at = at.transpose()?.unwrap_or(now);
        let user_id = UserId(self.user_id);
        // Also of a deleted player: a store takes back what it sold them.
        let player_id = user::player_id_of(conn, user_id).await?;
        let player_id = player_id.ok_or(ApiError::NotFound("player"))?;
        let change = if self.voided { StoreChange::Revoked } else { StoreChange::Restored };
        let voided = void_by_hand(conn, store, &id, user_id, change, at).await?;
        let (changed, booking, before) = match voided {
            Voided::Now { changed, booking, before } => (changed, booking, before),
            Voided::Unknown => return Err(ApiError::NotFound("purchase")),
            Voided::OfAnother => return Err(ApiError::PurchaseOfAnotherPlayer),
            Voided::AsItIs(status) => return Err(as_it_is(status)),
            Voided::Later(later) => {
                let why = format!("must be after the store's last change, of {later}");
                return Err(ApiError::invalid("order.at", why));
            }
        };
        let gems = booking.map_or((Gems::ZERO, Gems::ZERO), |booking| {
            (booking.paid_gems, booking.bonus_free_gems)
        });
        let done = Done::with(Changed {
            player_id,
            purchase_id: PurchaseId::derive(store, &id).0,
            effect: changed.as_str(),
            status_before: before.as_str(),
            paid_gems: gems.0.amount(),
            bonus_free_gems: gems.1.amount(),
            owed_after: lot::owed(conn, user_id).await?.amount(),
        })?;
        Ok(done.moving(gems.0.saturating_add(gems.1)))
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
