//! Exchange points: every draw gives some, and enough of them buy an item of
//! the player's choice. It is the ceiling, 天井, that the project is named after.

use std::fmt;
use std::str::FromStr;

use time::OffsetDateTime;

use crate::money::words;
use crate::{DrawCount, Invalid, ItemMasterId, PointGroup, Points};

/// How a pool gives and takes points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExchangeRule {
    /// Which points. Pools with the same group share them.
    pub group: PointGroup,
    /// What each draw gives, free ones too. Never zero in a checked pool.
    pub points_per_draw: Points,
    /// The first moment at which points buy nothing any more; never if none.
    /// It may be later than the pool's own end.
    pub closes_at: Option<OffsetDateTime>,
    /// What points buy.
    pub offers: Vec<Offer>,
}

/// An item for points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Which item.
    pub item_master_id: ItemMasterId,
    /// What it costs. Never zero in a checked pool.
    pub points: Points,
}

/// Why the game refused an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ExchangeRefusal {
    /// The player had too few points.
    InsufficientPoints,
    /// The player was suspended.
    UserSuspended,
}

words!(ExchangeRefusal {
    InsufficientPoints = "insufficient_points",
    UserSuspended = "user_suspended",
});

impl ExchangeRule {
    /// The points that a number of draws gives.
    #[must_use]
    pub fn points_for(&self, draw_count: DrawCount) -> Points {
        self.points_per_draw.times(draw_count.get())
    }

    /// The offer of an item, if there is one at this moment.
    #[must_use]
    pub fn offer(&self, item_master_id: &ItemMasterId, at: OffsetDateTime) -> Option<&Offer> {
        if self.closes_at.is_some_and(|closes_at| closes_at <= at) {
            return None;
        }
        self.offers.iter().find(|offer| offer.item_master_id == *item_master_id)
    }
}
