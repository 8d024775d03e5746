//! Gems, and the words of the ledger.

use std::fmt;
use std::str::FromStr;

use crate::Invalid;
use crate::amount::amounts;

/// Whole gems, never negative. There is no smaller unit.
///
/// At most [`Gems::MAX`], so that any amount also fits a signed change of a
/// balance (`delta` in the ledger).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Gems(u64);

amounts!(Gems, "gems");

impl Gems {
    /// Both together, or [`Gems::MAX`] if that is more.
    #[must_use]
    pub fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0)).min(Self::MAX)
    }

    /// What is left without the other, or nothing if that is more.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

/// A kind of gems. Each kind has its own balance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CurrencyType {
    /// Given by the game.
    FreeGem,
    /// Bought with money. The law demands separate accounts.
    PaidGem,
}

/// Which gems a price may be paid with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Payment {
    /// Free gems alone.
    FreeGem,
    /// Paid gems alone.
    PaidGem,
    /// Free gems first, and paid gems for what they leave.
    AnyGem,
}

/// What a draw costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Which gems may be taken.
    pub currency_type: Payment,
    /// How many together.
    pub amount: Gems,
}

/// What a draw took of each kind. The law demands separate accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Charge {
    /// Of those given by the game.
    pub free_gems: Gems,
    /// Of those bought with money.
    pub paid_gems: Gems,
}

impl Charge {
    /// Nothing was taken.
    pub const NONE: Self = Self { free_gems: Gems::ZERO, paid_gems: Gems::ZERO };

    /// All of it, of whatever kind.
    #[must_use]
    pub const fn total(self) -> Gems {
        Gems(self.free_gems.0.saturating_add(self.paid_gems.0))
    }

    /// What was taken of each kind; kinds of which nothing was are left out.
    pub fn parts(self) -> impl Iterator<Item = (CurrencyType, Gems)> {
        [(CurrencyType::FreeGem, self.free_gems), (CurrencyType::PaidGem, self.paid_gems)]
            .into_iter()
            .filter(|(_, amount)| *amount > Gems::ZERO)
    }
}

impl Cost {
    /// What to take from a player with these gems, or `None` if they run short.
    #[must_use]
    pub fn charge(self, free_gems: Gems, paid_gems: Gems) -> Option<Charge> {
        let (free, paid) = match self.currency_type {
            Payment::FreeGem => (self.amount, Gems::ZERO),
            Payment::PaidGem => (Gems::ZERO, self.amount),
            Payment::AnyGem => {
                let free = self.amount.min(free_gems);
                (free, Gems(self.amount.0 - free.0))
            }
        };
        (free <= free_gems && paid <= paid_gems)
            .then_some(Charge { free_gems: free, paid_gems: paid })
    }
}

impl Cost {
    /// Whether exactly this was taken, of a kind that it may be paid in.
    #[must_use]
    pub fn is_paid_by(self, charge: Charge) -> bool {
        self.charge(charge.free_gems, charge.paid_gems) == Some(charge)
    }
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
    /// Paid gems that a player bought in a store.
    Purchase,
    /// Free gems that came with a purchase.
    PurchaseBonus,
    /// What was left of a purchase when its store took it back.
    PurchaseRevoked,
    /// What was left of the bonus of a purchase when its store took it back.
    PurchaseBonusRevoked,
    /// What was taken for a revoked purchase, given back because the store reversed that.
    PurchaseRestored,
    /// Paid gems that went to what their player owed for a revoked purchase.
    DebtSettled,
    /// Paid gems whose lot expired.
    PaidGemExpired,
    /// Paid gems that were left when their player's account was deleted.
    AccountDeleted,
    /// A received present.
    Present,
    /// An operator's act.
    Adjustment,
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

words!(Payment { FreeGem = "free_gem", PaidGem = "paid_gem", AnyGem = "any_gem" });

words!(LedgerReason {
    StartingGift = "starting_gift",
    DrawCost = "draw_cost",
    DrawRefund = "draw_refund",
    Purchase = "purchase",
    PurchaseBonus = "purchase_bonus",
    PurchaseRevoked = "purchase_revoked",
    PurchaseBonusRevoked = "purchase_bonus_revoked",
    PurchaseRestored = "purchase_restored",
    DebtSettled = "debt_settled",
    PaidGemExpired = "paid_gem_expired",
    AccountDeleted = "account_deleted",
    Present = "present",
    Adjustment = "adjustment",
});

impl LedgerReason {
    /// Whether paid gems were written off: nobody used them, and nobody owes them.
    #[must_use]
    pub const fn is_write_off(self) -> bool {
        matches!(self, Self::PaidGemExpired | Self::AccountDeleted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_gems_go_first_and_nothing_is_taken_if_gems_run_short() {
        for (payment, amount, free, paid, taken) in [
            (Payment::FreeGem, 300, 300, 0, Some((300, 0))),
            (Payment::FreeGem, 300, 299, 900, None), // paid gems are not touched
            (Payment::PaidGem, 300, 900, 300, Some((0, 300))),
            (Payment::PaidGem, 300, 900, 299, None),
            (Payment::AnyGem, 300, 900, 900, Some((300, 0))),
            (Payment::AnyGem, 300, 100, 200, Some((100, 200))),
            (Payment::AnyGem, 300, 0, 300, Some((0, 300))),
            (Payment::AnyGem, 300, 100, 199, None),
            (Payment::AnyGem, 0, 0, 0, Some((0, 0))), // a free draw
        ] {
            let cost = Cost { currency_type: payment, amount: Gems(amount) };
            let charge = cost.charge(Gems(free), Gems(paid));
            let charge = charge.map(|charge| (charge.free_gems.0, charge.paid_gems.0));
            assert_eq!(charge, taken, "{payment} {amount} of {free} and {paid}");
        }
    }

    #[test]
    fn a_cost_is_paid_by_exactly_its_amount_of_a_kind_that_it_takes() {
        for (payment, amount, free, paid, is_paid) in [
            (Payment::FreeGem, 300, 300, 0, true),
            (Payment::FreeGem, 300, 0, 300, false),
            (Payment::FreeGem, 300, 301, 0, false),
            (Payment::FreeGem, 300, 300, 1, false),
            (Payment::PaidGem, 300, 0, 300, true),
            (Payment::PaidGem, 300, 300, 0, false),
            (Payment::AnyGem, 300, 100, 200, true),
            (Payment::AnyGem, 300, 0, 300, true),
            (Payment::AnyGem, 300, 100, 199, false),
            (Payment::AnyGem, 300, 300, 300, false),
            (Payment::FreeGem, 0, 0, 0, true), // a free draw
            (Payment::FreeGem, 0, 1, 0, false),
        ] {
            let cost = Cost { currency_type: payment, amount: Gems(amount) };
            let charge = Charge { free_gems: Gems(free), paid_gems: Gems(paid) };
            assert_eq!(cost.is_paid_by(charge), is_paid, "{payment} {amount}: {free}, {paid}");
        }
    }

    #[test]
    fn words_are_read_back_as_they_are_written() {
        for currency_type in CurrencyType::ALL {
            assert_eq!(currency_type.as_str().parse(), Ok(*currency_type));
        }
        for payment in Payment::ALL {
            assert_eq!(payment.as_str().parse(), Ok(*payment));
        }
        for reason in LedgerReason::ALL {
            assert_eq!(reason.as_str().parse(), Ok(*reason));
        }
        assert!("gold".parse::<CurrencyType>().is_err());
    }
}
