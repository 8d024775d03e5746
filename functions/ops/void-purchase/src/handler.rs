use serde::{Deserialize, Serialize};
use tenjo_domain::{
    ActId, Moved, OperatorAct, PurchaseId, PurchaseStatus, StoreChange, TransactionId, UserId,
};
use tenjo_operators::{ApiError, Done, Order, past_moment};
use tenjo_purchases::{Dismissed, Voided, VouchedChange, dismiss, void_by_hand};
use tenjo_store::{Conn, lot, user};
use time::OffsetDateTime;
use uuid::Uuid;

/// Either a change that a store made without telling, with all fields but `dismissed`, or
/// `dismissed`, with `user_id` if a player's client began the purchase.
#[derive(Serialize, Deserialize)]
pub(crate) struct VoidPurchase {
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    store: Option<String>,
    /// The store's name of it: Apple's transaction id, Google's purchase token.
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction_id: Option<String>,
    /// Whether its gems are taken back, or given again.
    #[serde(skip_serializing_if = "Option::is_none")]
    voided: Option<bool>,
    /// When the store did it, by its own clock: it has to be seen in the store's console.
    /// What the store did later counts, so a time of now would take what the store did
    /// meanwhile, and tells only later, for older.
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<String>,
    /// The pending purchase that is closed, by its id here: of one that only its store told
    /// of, the log has nothing else.
    #[serde(skip_serializing_if = "Option::is_none")]
    dismissed: Option<Uuid>,
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

#[derive(Serialize)]
struct Closed {
    purchase_id: Uuid,
    /// `dismissed` if it is refused now; `closed` if it was decided before, and only waited.
    effect: &'static str,
    status_before: &'static str,
}

impl Order for VoidPurchase {
    const ACT: OperatorAct = OperatorAct::VoidPurchase;

    fn user_id(&self) -> Option<UserId> {
        self.user_id.map(UserId)
    }

    async fn carry_out(
        &self,
        conn: &mut Conn,
        act_id: ActId,
        now: OffsetDateTime,
    ) -> Result<Done, ApiError> {
        if let Some(purchase_id) = self.dismissed {
            return self.dismiss(conn, PurchaseId(purchase_id)).await;
        }
        let vouched = self.read(now)?;
        let VouchedChange { store, user_id, .. } = vouched;
        // Also of a deleted player: a store takes back what it sold them.
        user::player_id_of(conn, user_id).await?.ok_or(ApiError::NotFound("player"))?;
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

impl VoidPurchase {
    fn read(&self, now: OffsetDateTime) -> Result<VouchedChange, ApiError> {
        let store = required("order.store", self.store.as_deref())?;
        let transaction_id = required("order.transaction_id", self.transaction_id.as_deref())?;
        let is_voided = required("order.voided", self.voided)?;
        Ok(VouchedChange {
            store: store.parse().map_err(ApiError::field("order.store"))?,
            transaction_id: TransactionId::new(transaction_id)
                .map_err(ApiError::field("order.transaction_id"))?,
            user_id: UserId(required("order.user_id", self.user_id)?),
            change: if is_voided { StoreChange::Revoked } else { StoreChange::Restored },
            at: past_moment("order.at", required("order.at", self.at.as_deref())?, now)?,
        })
    }

    async fn dismiss(&self, conn: &mut Conn, purchase_id: PurchaseId) -> Result<Done, ApiError> {
        let Self { store, transaction_id, voided, at, .. } = self;
        let is_alone =
            store.is_none() && transaction_id.is_none() && voided.is_none() && at.is_none();
        if !is_alone {
            return Err(ApiError::invalid("order.dismissed", "is no change of a store's"));
        }
        let before = match dismiss(conn, purchase_id, Order::user_id(self)).await? {
            Dismissed::Now(before) => before,
            Dismissed::NotPending => return Err(ApiError::NotFound("pending purchase")),
            Dismissed::OfAnother => return Err(ApiError::PurchaseOfAnotherPlayer),
            Dismissed::OfPlayer => {
                let why = "is required: a player's client began this purchase";
                return Err(ApiError::invalid("order.user_id", why));
            }
            Dismissed::OfNobody => {
                let why = "must be left out: no client began this purchase";
                return Err(ApiError::invalid("order.user_id", why));
            }
        };
        Done::with(Closed {
            purchase_id: purchase_id.0,
            effect: if before == PurchaseStatus::Open { "dismissed" } else { "closed" },
            status_before: before.as_str(),
        })
    }
}

fn required<T>(field: &'static str, value: Option<T>) -> Result<T, ApiError> {
    value.ok_or_else(|| ApiError::invalid(field, "is required"))
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
