//! How many copies of an item a player has, or is given.

use crate::Invalid;

/// How many copies of one item a player has, or are in a present: at least one, because an
/// item that is not there has no quantity.
///
/// At most [`Quantity::MAX`], so that any quantity also fits a signed change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quantity(u64);

impl Quantity {
    /// The greatest quantity, 2⁶³ − 1.
    pub const MAX: Self = Self(i64::MAX.unsigned_abs());

    /// A number of copies.
    ///
    /// # Errors
    /// When it is 0 or above [`Quantity::MAX`].
    pub const fn new(copies: u64) -> Result<Self, Invalid> {
        if copies >= 1 && copies <= Self::MAX.0 {
            Ok(Self(copies))
        } else {
            Err(Invalid("must be 1 to 9223372036854775807 copies"))
        }
    }

    /// The number of copies.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantity_is_at_least_one_copy_and_fits_a_signed_change() {
        let max = i64::MAX.unsigned_abs();
        for (copies, good) in [(0, false), (1, true), (max, true), (max + 1, false)] {
            let quantity = Quantity::new(copies).ok().map(Quantity::get);
            assert_eq!(quantity, good.then_some(copies), "{copies}");
        }
    }
}
