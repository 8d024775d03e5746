//! What a player sees of a purchase.

use serde::Serialize;
use tenjo_domain::PurchaseRefusal;
use tenjo_http::{ApiError, Reply};
use tenjo_store::purchase::Booking;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::Settled;

/// A booked purchase.
#[derive(Debug, Serialize)]
pub struct PurchaseView {
    purchase_id: Uuid,
    store: &'static str,
    product_id: String,
    paid_gems: u64,
    bonus_free_gems: u64,
    #[serde(with = "time::serde::rfc3339")]
    purchased_at: OffsetDateTime,
}

impl Reply for PurchaseView {}

impl From<Booking> for PurchaseView {
    fn from(booking: Booking) -> Self {
        Self {
            purchase_id: booking.purchase_id.0,
            store: booking.store.as_str(),
            product_id: booking.product_id.to_string(),
            paid_gems: booking.paid_gems.amount(),
            bonus_free_gems: booking.bonus_free_gems.amount(),
            purchased_at: booking.purchased_at,
        }
    }
}

impl TryFrom<Settled> for PurchaseView {
    type Error = ApiError;

    fn try_from(settled: Settled) -> Result<Self, ApiError> {
        match settled {
            Settled::Booked(booking) => Ok(booking.into()),
            Settled::Refused(reason) => Err(ApiError::PurchaseRefused(refusal(reason))),
            Settled::Revoked => Err(ApiError::PurchaseRevoked),
            Settled::OfAnother | Settled::OfNobody => Err(ApiError::PurchaseOfAnotherPlayer),
        }
    }
}

/// Why, for people.
#[must_use]
pub const fn refusal(reason: PurchaseRefusal) -> &'static str {
    match reason {
        PurchaseRefusal::WrongEnvironment => "it is a purchase of another environment",
        PurchaseRefusal::UnknownProduct => "the game does not sell this product",
        PurchaseRefusal::NotOnSale => "the product was not on sale when it was bought",
        PurchaseRefusal::LimitReached => "the player has bought it as often as they may",
        PurchaseRefusal::NotOnePiece => "the game sells one piece at a time",
        PurchaseRefusal::Dismissed => "its store did not vouch for it, and support closed it",
    }
}
