//! A store changes its mind: gems go back, or come again.

use tenjo_domain::{
    ActId, LedgerReason, PurchaseId, PurchaseTurn, SourceId, Store, StoreChange, TransactionId,
};
use tenjo_store::lot::{self, Restored};
use tenjo_store::purchase::{self, Booking, BookingChange, Locked};
use tenjo_store::{BrokenInvariant, Conn, currency};
use time::OffsetDateTime;

/// What a change came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// It is no news, or older than what is known.
    Nothing,
    /// Nothing was booked, so only the status changed.
    Marked,
    /// The gems are taken back; what was spent of them is owed.
    TakenBack,
    /// The gems are there again.
    GivenAgain,
}

impl Changed {
    /// The word in the record of notifications.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Marked => "marked",
            Self::TakenBack => "taken_back",
            Self::GivenAgain => "given_again",
        }
    }
}

/// Applies a store's change, made at `at` by the store's clock, in the caller's
/// transaction of the database, which is READ COMMITTED. Safe to repeat, and in any
/// order: a change counts only if it is newer than the last that counted. `act_id` is the
/// act of the operator who vouches for it, if one does.
///
/// # Errors
/// When the database fails.
pub async fn change(
    conn: &mut Conn,
    store: Store,
    transaction_id: &TransactionId,
    change: StoreChange,
    at: OffsetDateTime,
    act_id: Option<ActId>,
) -> sqlx::Result<Changed> {
    let purchase_id = PurchaseId::derive(store, transaction_id);
    let locked = purchase::lock(conn, purchase_id, store, transaction_id).await?;
    let turn = locked.standing.turn(change, at);
    let Locked { change_count, booking, .. } = locked;
    match (turn, booking) {
        (PurchaseTurn::Nothing, _) => Ok(Changed::Nothing),
        (PurchaseTurn::Mark(status), _) => {
            purchase::mark(conn, purchase_id, status, change, at).await?;
            Ok(Changed::Marked)
        }
        (PurchaseTurn::TakeBack, Some(booking)) => {
            take_back(conn, &booking, change_count, at, act_id).await
        }
        (PurchaseTurn::GiveAgain, Some(booking)) => {
            give_again(conn, &booking, change_count, at, act_id).await
        }
        (PurchaseTurn::TakeBack | PurchaseTurn::GiveAgain, None) => {
            Err(BrokenInvariant::NoBooking(purchase_id).into())
        }
    }
}

async fn take_back(
    conn: &mut Conn,
    booking: &Booking,
    change_count: u32,
    at: OffsetDateTime,
    act_id: Option<ActId>,
) -> sqlx::Result<Changed> {
    let Booking { purchase_id, user_id, .. } = *booking;
    let number = change_count + 1;
    // Free gems first: whoever locks both does it in this order. What is gone of the
    // bonus is given up: it cost nothing, and nobody owes it.
    let taken = currency::take_free(
        conn,
        user_id,
        booking.bonus_free_gems,
        LedgerReason::PurchaseBonusRevoked,
        SourceId(purchase_id.change(number)),
    )
    .await?;
    let revoked = lot::revoke(conn, user_id, SourceId(purchase_id.0)).await?;
    let change = StoreChange::Revoked;
    let record =
        BookingChange { purchase_id, number, change, store_at: at, free_gems: taken, act_id };
    write_down(conn, record).await?;
    // Its status says that the player has the gems, so its lot is there and stands.
    match revoked {
        Some(revoked) if revoked.is_new => Ok(Changed::TakenBack),
        _ => Err(BrokenInvariant::LotsDisagree { user_id }.into()),
    }
}

async fn give_again(
    conn: &mut Conn,
    booking: &Booking,
    change_count: u32,
    at: OffsetDateTime,
    act_id: Option<ActId>,
) -> sqlx::Result<Changed> {
    let Booking { purchase_id, user_id, .. } = *booking;
    let taken = purchase::free_gems_of_change(conn, purchase_id, change_count).await?;
    let number = change_count + 1;
    // Free gems first: whoever locks both does it in this order.
    let reason = LedgerReason::PurchaseRestored;
    let source_id = SourceId(purchase_id.change(number));
    currency::credit_free(conn, user_id, taken, reason, source_id).await?;
    let restored = lot::restore(conn, user_id, SourceId(purchase_id.0)).await?;
    let change = StoreChange::Restored;
    let record =
        BookingChange { purchase_id, number, change, store_at: at, free_gems: taken, act_id };
    write_down(conn, record).await?;
    match restored {
        Some(Restored::Now(_)) => Ok(Changed::GivenAgain),
        _ => Err(BrokenInvariant::LotsDisagree { user_id }.into()),
    }
}

async fn write_down(conn: &mut Conn, change: BookingChange) -> sqlx::Result<()> {
    purchase::change(conn, &change).await?;
    let BookingChange { purchase_id, change, .. } = change;
    tracing::info!(purchase.id = %purchase_id, change = change.as_str(), "purchase changed");
    Ok(())
}
