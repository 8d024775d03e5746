//! How fast a player may act.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use crate::Invalid;
use crate::money::words;

/// What is counted for each player, each apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Opening a draw.
    Draw,
    /// Exchanging points.
    Exchange,
}

words!(Act { Draw = "draw", Exchange = "exchange" });

/// What is counted for each network, each apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NetworkAct {
    /// Making a guest.
    Guest,
    /// Trying a transfer code, right or wrong.
    Transfer,
    /// Having an attestation checked for a new guest, good or bad.
    Attestation,
}

words!(NetworkAct { Guest = "guest", Transfer = "transfer", Attestation = "attestation" });

/// The most acts in one window of time: a calendar minute for a player, a calendar
/// hour for a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Most(NonZeroU32);

impl Most {
    /// So many; none at all is no limit that anybody wants.
    #[must_use]
    pub const fn new(most: NonZeroU32) -> Self {
        Self(most)
    }

    /// How many that is.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0.get()
    }

    /// Whether a window that has `count` acts, the latest one included, is within it.
    #[must_use]
    pub const fn allows(self, count: u64) -> bool {
        count <= self.0.get() as u64
    }
}

impl FromStr for Most {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        text.parse().map(Self).map_err(|_| Invalid("must be a whole number of 1 or more"))
    }
}

/// Whether a player may act now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// Yes, and the act is counted.
    Admitted,
    /// The session that asks has ended.
    SessionEnded,
    /// The player's minute is full.
    TooMany,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_takes_as_many_as_it_may_and_no_more() {
        let most: Most = "2".parse().unwrap();
        assert_eq!([1, 2, 3].map(|count| most.allows(count)), [true, true, false]);
        for bad in ["0", "-1", "", "many", "4294967296"] {
            assert!(bad.parse::<Most>().is_err(), "{bad}");
        }
    }
}
