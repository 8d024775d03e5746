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
    /// The points that are left after paying `price`, or `None` if they run short.
    #[must_use]
    pub fn checked_sub(self, price: Self) -> Option<Self> {
        self.0.checked_sub(price.0).map(Self)
    }

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
    fn paying_never_goes_below_zero() {
        for (balance, price, left) in [
            (200, 200, Some(0)), // exactly enough
            (199, 200, None),    // one point short
            (0, 0, Some(0)),
        ] {
            assert_eq!(Points(balance).checked_sub(Points(price)), left.map(Points));
        }
    }

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
