//! Gems, and the words of the ledger.

use std::fmt;
use std::str::FromStr;

use crate::Invalid;

/// Whole gems, never negative. There is no smaller unit.
///
/// At most [`Gems::MAX`], so that any amount also fits a signed change of a
/// balance (`delta` in the ledger).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gems(u64);

impl Gems {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The greatest amount, 2⁶³ − 1.
    pub const MAX: Self = Self(i64::MAX.unsigned_abs());

    /// An amount of gems.
    ///
    /// # Errors
    /// When it is above [`Gems::MAX`].
    pub const fn new(amount: u64) -> Result<Self, Invalid> {
        if amount <= Self::MAX.0 {
            Ok(Self(amount))
        } else {
            Err(Invalid("must be at most 9223372036854775807 gems"))
        }
    }

    /// The number of gems.
    #[must_use]
    pub const fn amount(self) -> u64 {
        self.0
    }

    /// The change of a balance when these gems come in.
    #[must_use]
    pub const fn credit_delta(self) -> i64 {
        self.0.cast_signed() // below 2⁶³ by construction
    }

    /// The change of a balance when these gems go out.
    #[must_use]
    pub const fn debit_delta(self) -> i64 {
        -self.credit_delta()
    }
}

/// A kind of gems. A balance is kept for each kind apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CurrencyType {
    /// Given by the game.
    FreeGem,
    /// Bought with money; the law asks to account for it apart.
    PaidGem,
}

/// What a draw costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Which gems are taken.
    pub currency_type: CurrencyType,
    /// How many.
    pub amount: Gems,
}

/// Why a balance changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LedgerReason {
    /// What every new player receives once.
    StartingGift,
    /// The cost of a draw, taken by Reserve.
    DrawCost,
    /// The cost of a failed draw, given back by Refund.
    DrawRefund,
}

/// Gives an enum its one spelling, for the API, the tables and the logs.
macro_rules! words {
    ($name:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        impl $name {
            /// All of them, in order.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word in the API, the tables and the logs.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = Invalid;

            fn from_str(word: &str) -> Result<Self, Invalid> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(Invalid(concat!("must be one of", $(" ", $word),+))),
                }
            }
        }
    };
}
pub(crate) use words;

words!(CurrencyType { FreeGem = "free_gem", PaidGem = "paid_gem" });

words!(LedgerReason {
    StartingGift = "starting_gift",
    DrawCost = "draw_cost",
    DrawRefund = "draw_refund",
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_amount_of_gems_fits_a_signed_change() {
        for (amount, delta) in [
            (0, Some(0)),
            (300, Some(300)),
            (Gems::MAX.amount(), Some(i64::MAX)),
            (Gems::MAX.amount() + 1, None),
            (u64::MAX, None),
        ] {
            let gems = Gems::new(amount).ok();
            assert_eq!(gems.map(Gems::credit_delta), delta, "{amount}");
            assert_eq!(gems.map(Gems::debit_delta), delta.map(|delta| -delta), "{amount}");
        }
    }

    #[test]
    fn words_are_read_back_as_they_are_written() {
        for currency_type in CurrencyType::ALL {
            assert_eq!(currency_type.as_str().parse(), Ok(*currency_type));
        }
        for reason in LedgerReason::ALL {
            assert_eq!(reason.as_str().parse(), Ok(*reason));
        }
        assert!("gold".parse::<CurrencyType>().is_err());
    }
}
