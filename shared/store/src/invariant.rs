//! The invariants that the code relies on, and how a broken one is reported.

use std::error::Error;

use tenjo_domain::{
    CurrencyType, PointGroup, PoolRevision, ProductId, PurchaseId, SagaId, SagaStatus,
    SeedPeriodId, ShopRevision, SourceId, UserId,
};
use tenjo_metrics::Metrics;

/// An invariant that does not hold: there is a bug, or somebody changed the
/// database by hand. The transaction that finds it must not commit, and a retry
/// does not help.
///
/// It is passed on inside a [`sqlx::Error`], like every error of the database.
#[derive(Debug, thiserror::Error)]
pub enum BrokenInvariant {
    /// A saga changed its status while this transaction had its lock.
    #[error("saga {saga_id} is no longer {expected}, although it is locked")]
    SagaMoved {
        /// Which saga.
        saga_id: SagaId,
        /// The status that the lock found.
        expected: SagaStatus,
    },
    /// A saga is to end, and has ended before: it is not live.
    #[error("saga {0} is to end, and has ended before")]
    SagaNotLive(SagaId),
    /// A saga is in a status that the step before did not give it.
    #[error("saga {saga_id} is {status}, and has no valid seal of the step that sets this status")]
    NoSeal {
        /// Which saga.
        saga_id: SagaId,
        /// Its status.
        status: SagaStatus,
    },
    /// The ledger gave back more for a saga than it took.
    #[error("the ledger gave back more for saga {saga_id} than the saga took")]
    OverRefunded {
        /// Which saga.
        saga_id: SagaId,
    },
    /// A player's state changed while a saga that was priced by it was live.
    #[error("the player's state changed after saga {saga_id} was priced by it")]
    StateMoved {
        /// Which saga.
        saga_id: SagaId,
    },
    /// A balance changed while this transaction had its lock.
    #[error("user {user_id} has less {currency_type} than was just read, although it is locked")]
    BalanceMoved {
        /// Whose balance.
        user_id: UserId,
        /// Of what.
        currency_type: CurrencyType,
    },
    /// A balance of gems was just changed, but its row is missing.
    #[error("user {user_id} has no balance of {currency_type}, although it was just changed")]
    NoBalance {
        /// Whose balance.
        user_id: UserId,
        /// Of what.
        currency_type: CurrencyType,
    },
    /// A player's lots of paid gems do not make up what their balance or their ledger says.
    #[error("the lots of user {user_id} do not agree with the balance or the ledger of paid gems")]
    LotsDisagree {
        /// Whose lots.
        user_id: UserId,
    },
    /// What is to open a lot for one player has opened one for another.
    #[error("source {source_id} has opened a lot for another player")]
    LotOfAnother {
        /// Which purchase, present or act.
        source_id: SourceId,
    },
    /// A balance of points was just changed, but its row is missing.
    #[error("user {user_id} has no balance of points of {group}, although it was just changed")]
    NoPoints {
        /// Whose balance.
        user_id: UserId,
        /// Of which points.
        group: PointGroup,
    },
    /// Points changed while this transaction had their lock.
    #[error(
        "user {user_id} has fewer points of {group} than were just read, although they are locked"
    )]
    PointsMoved {
        /// Whose points.
        user_id: UserId,
        /// Which points.
        group: PointGroup,
    },
    /// A saga that was just written or run is missing.
    #[error("saga {0} is missing")]
    NoSaga(SagaId),
    /// A complete saga has no draw.
    #[error("saga {0} is complete and has no draw")]
    NoDraw(SagaId),
    /// A failed saga has no reason.
    #[error("saga {0} has failed without a reason")]
    NoFailureReason(SagaId),
    /// The player of a saga or of a session is missing.
    #[error("user {0} is missing")]
    NoUser(UserId),
    /// A device is registered for a player who is missing.
    #[error("a registered device has no player")]
    DeviceWithoutPlayer,
    /// A draw names a seed period that is missing.
    #[error("seed period {} is missing", .0.0)]
    NoSeedPeriod(SeedPeriodId),
    /// A saga of a period whose draws have all ended has not ended.
    #[error("saga {0} drew in a period that is over, is not live, and has not ended")]
    NotEnded(SagaId),
    /// A saga drew in a period whose tree does not have it.
    #[error("saga {0} is not in the tree of its period")]
    NotInTree(SagaId),
    /// A player's seed was just written, but its row is missing.
    #[error("user {0} has no client seed, although it was just written")]
    NoPlayerSeed(UserId),
    /// A row names a pool revision that is missing.
    #[error("pool revision {0} is missing")]
    NoRevision(PoolRevision),
    /// A purchase is to be settled, and no shop was ever published.
    #[error("a purchase is to be settled, and no shop was ever published")]
    NoShop,
    /// A row names a shop revision that is missing.
    #[error("shop revision {0} is missing")]
    NoShopRevision(ShopRevision),
    /// A purchase was just written, but its row is missing.
    #[error("purchase {0} is missing, although it was just written")]
    NoPurchase(PurchaseId),
    /// A purchase gave gems, by its status, and has no booking.
    #[error("purchase {0} gave gems and has no booking")]
    NoBooking(PurchaseId),
    /// A purchase is refused, by its status, and has no reason.
    #[error("purchase {0} is refused without a reason")]
    NoRefusal(PurchaseId),
    /// A purchase was changed so often, and its last change is missing.
    #[error("change {number} of purchase {purchase_id} is missing")]
    NoBookingChange {
        /// Which purchase.
        purchase_id: PurchaseId,
        /// Which of its changes.
        number: u32,
    },
    /// How often a player bought a product was just written, but its row is missing.
    #[error("user {user_id} has no count of {product_id}, although it was just written")]
    NoProductCount {
        /// Whose count.
        user_id: UserId,
        /// Of what.
        product_id: ProductId,
    },
    /// The row of the service's status, which the migration makes, is missing.
    #[error("the row of the service's status is missing")]
    NoServiceStatus,
    /// A step finds a saga as no step can have left it.
    #[error("{0}")]
    Saga(String),
    /// A stored value breaks the rules of its type.
    #[error("a stored value is invalid: {0}")]
    StoredValue(#[source] Box<dyn Error + Send + Sync>),
}

impl BrokenInvariant {
    /// The name in logs and metrics.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::SagaMoved { .. } => "saga_moved",
            Self::SagaNotLive(_) => "saga_not_live",
            Self::NoSeal { .. } => "no_seal",
            Self::OverRefunded { .. } => "over_refunded",
            Self::StateMoved { .. } => "state_moved",
            Self::BalanceMoved { .. } => "balance_moved",
            Self::NoBalance { .. } => "no_balance",
            Self::LotsDisagree { .. } => "lots_disagree",
            Self::LotOfAnother { .. } => "lot_of_another",
            Self::NoPoints { .. } => "no_points",
            Self::PointsMoved { .. } => "points_moved",
            Self::NoSaga(_) => "no_saga",
            Self::NoDraw(_) => "no_draw",
            Self::NoFailureReason(_) => "no_failure_reason",
            Self::NoUser(_) => "no_user",
            Self::DeviceWithoutPlayer => "device_without_player",
            Self::NoSeedPeriod(_) => "no_seed_period",
            Self::NotEnded(_) => "not_ended",
            Self::NotInTree(_) => "not_in_tree",
            Self::NoPlayerSeed(_) => "no_player_seed",
            Self::NoRevision(_) => "no_revision",
            Self::NoShop => "no_shop",
            Self::NoShopRevision(_) => "no_shop_revision",
            Self::NoPurchase(_) => "no_purchase",
            Self::NoBooking(_) => "no_booking",
            Self::NoRefusal(_) => "no_refusal",
            Self::NoBookingChange { .. } => "no_booking_change",
            Self::NoProductCount { .. } => "no_product_count",
            Self::NoServiceStatus => "no_service_status",
            Self::Saga(_) => "saga",
            Self::StoredValue(_) => "stored_value",
        }
    }

    /// The broken invariant among the causes of an error, if there is one.
    fn among_causes<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a Self> {
        let mut cause = Some(error);
        while let Some(error) = cause {
            if let Some(broken) = error.downcast_ref() {
                return Some(broken);
            }
            cause = error.source();
        }
        None
    }

    /// Reports the broken invariant among the causes of an error, if there is one.
    ///
    /// Call it once for each error: where the error leaves the function, or where the
    /// function logs it and goes on.
    pub fn report_among_causes(error: &(dyn Error + 'static)) {
        if let Some(broken) = Self::among_causes(error) {
            broken.report();
        }
    }

    /// Logs it as an error and counts it, which sets off an alarm.
    pub fn report(&self) {
        tracing::error!(invariant = self.name(), "broken invariant: {self}");
        Metrics::new().of("Invariant", self.name()).count("BrokenInvariants", 1).write();
    }
}

impl From<BrokenInvariant> for sqlx::Error {
    fn from(broken: BrokenInvariant) -> Self {
        Self::Decode(Box::new(broken))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{Kind, kind};

    fn moved() -> BrokenInvariant {
        let saga_id = SagaId(Uuid::from_u128(7));
        BrokenInvariant::SagaMoved { saga_id, expected: SagaStatus::Started }
    }

    /// As functions wrap errors of the store.
    #[derive(Debug, thiserror::Error)]
    #[error("the database failed")]
    struct Wrapped(#[source] sqlx::Error);

    #[test]
    fn a_broken_invariant_is_found_among_the_causes_of_an_error() {
        let error = Wrapped(Wrapped(moved().into()).0);
        let found = BrokenInvariant::among_causes(&error).unwrap();
        assert_eq!(found.name(), "saga_moved");
        assert_eq!(
            found.to_string(),
            "saga 00000000-0000-0000-0000-000000000007 is no longer STARTED, although it is locked",
        );
        assert!(BrokenInvariant::among_causes(&Wrapped(sqlx::Error::PoolClosed)).is_none());
    }

    #[test]
    fn a_broken_invariant_is_not_tried_again() {
        assert_eq!(kind(&moved().into()), Kind::BrokenInvariant);
        assert_eq!(kind(&crate::word::<CurrencyType>("gold").unwrap_err()), Kind::BrokenInvariant);
        let other = sqlx::Error::Decode("not a number".into());
        assert_eq!(kind(&other), Kind::Permanent);
    }
}
