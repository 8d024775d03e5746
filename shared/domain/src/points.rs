//! Exchange points as an amount.

use crate::amount::amounts;

/// Whole exchange points of one group, never negative. There is no smaller unit.
///
/// At most [`Points::MAX`], so that any amount also fits a signed change of a
/// balance (`delta` in the ledger of points).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Points(u64);

amounts!(Points, "points");

impl Points {
    /// These points as many times, or [`Points::MAX`] if that is more.
    #[must_use]
    pub fn times(self, count: u32) -> Self {
        Self(self.0.saturating_mul(u64::from(count))).min(Self::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_of_many_draws_never_exceed_the_greatest_amount() {
        for (amount, count, product) in [
            (3, 10, 30),
            (3, 0, 0),
            (Points::MAX.amount(), 1, Points::MAX.amount()),
            (Points::MAX.amount() / 2, 3, Points::MAX.amount()),
            (Points::MAX.amount(), u32::MAX, Points::MAX.amount()),
        ] {
            assert_eq!(Points(amount).times(count).amount(), product, "{amount} times {count}");
        }
    }
}
