//! Paid gems: the lots that they live in, and what is owed for revoked ones.
//!
//! Every paid gem is in a lot: what one purchase, one gift or one act of an operator
//! brought. Lots are spent oldest first, and a refund gives back to the lots that it
//! came from. If a store takes a purchase back, what is left of its lot is taken, and
//! what is gone of it is owed. So a balance is never negative. While a player owes
//! anything, no paid gems can be spent; what comes in settles the debt first.

use std::fmt;
use std::str::FromStr;

use crate::money::words;
use crate::{Charge, Cost, FailureReason, Gems, Invalid, LedgerReason, Payment, ProductId};

/// Counts a player's lots from 1, without gaps, in the order in which they came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LotNumber(u64);

impl LotNumber {
    /// A player's first lot.
    pub const FIRST: Self = Self(1);

    /// The lot with this number.
    ///
    /// # Errors
    /// When it is 0.
    pub const fn new(number: u64) -> Result<Self, Invalid> {
        if number >= 1 { Ok(Self(number)) } else { Err(Invalid("must be 1 or more")) }
    }

    /// The lot after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// The number itself.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for LotNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Where a lot came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LotOrigin {
    /// What every new player receives once.
    StartingGift,
    /// A store sold it.
    Purchase,
    /// A received present.
    Present,
    /// An operator's act.
    Adjustment,
    /// A purchase was restored whose debt other lots had settled by then. Their gems
    /// come back in this one.
    Restored,
}

words!(LotOrigin {
    StartingGift = "starting_gift",
    Purchase = "purchase",
    Present = "present",
    Adjustment = "adjustment",
    Restored = "restored",
});

impl LotOrigin {
    /// The reason of the ledger entry that brings the lot.
    #[must_use]
    pub const fn reason(self) -> LedgerReason {
        match self {
            Self::StartingGift => LedgerReason::StartingGift,
            Self::Purchase => LedgerReason::Purchase,
            Self::Present => LedgerReason::Present,
            Self::Adjustment => LedgerReason::Adjustment,
            Self::Restored => LedgerReason::PurchaseRestored,
        }
    }
}

/// A store that sells gems.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Store {
    /// Apple's App Store.
    Apple,
    /// Google Play.
    Google,
}

words!(Store { Apple = "apple", Google = "google" });

/// A currency of ISO 4217, such as `JPY`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MoneyCode([u8; 3]);

impl MoneyCode {
    /// The code as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default() // it is ASCII
    }
}

impl FromStr for MoneyCode {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let code = <[u8; 3]>::try_from(text.as_bytes()).ok();
        let code = code.filter(|code| code.iter().all(u8::is_ascii_uppercase));
        code.map(Self).ok_or(Invalid("must be three capital letters, such as JPY"))
    }
}

impl fmt::Display for MoneyCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A price in millionths of a currency's unit, as stores give it. At most 2⁶³ − 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PriceMicros(u64);

impl PriceMicros {
    /// Nothing was paid.
    pub const ZERO: Self = Self(0);

    /// This many millionths.
    ///
    /// # Errors
    /// When it is above 2⁶³ − 1.
    pub const fn new(micros: u64) -> Result<Self, Invalid> {
        if micros <= i64::MAX.unsigned_abs() {
            Ok(Self(micros))
        } else {
            Err(Invalid("must be at most 9223372036854775807 millionths"))
        }
    }

    /// The number of millionths.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

/// What was paid for a lot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sale {
    /// Who sold it.
    pub store: Store,
    /// What was sold.
    pub product_id: ProductId,
    /// In which currency.
    pub money_code: MoneyCode,
    /// For how much, all gems of the lot together.
    pub price_micros: PriceMicros,
}

/// Some gems of one lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LotPart {
    /// Which lot.
    pub lot_number: LotNumber,
    /// How many of its gems.
    pub amount: Gems,
}

impl LotPart {
    /// All gems of these parts.
    #[must_use]
    pub fn total(parts: &[Self]) -> Gems {
        parts.iter().fold(Gems::ZERO, |sum, part| sum.saturating_add(part.amount))
    }
}

/// A lot that has something left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lot {
    /// Which lot.
    pub lot_number: LotNumber,
    /// How many gems are left.
    pub remaining: Gems,
    /// Whether they can no longer be spent. A ledger entry then writes them off.
    pub is_expired: bool,
    /// Whether its store has taken the purchase back.
    pub is_taken_back: bool,
}

/// A player's paid gems.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PaidGems {
    /// The lots that have something left, oldest first.
    pub lots: Vec<Lot>,
    /// How many are owed for revoked purchases.
    pub owed: Gems,
}

impl PaidGems {
    /// All that is left: to write off when the account is deleted.
    #[must_use]
    pub fn all(&self) -> Vec<LotPart> {
        let part = |lot: &Lot| LotPart { lot_number: lot.lot_number, amount: lot.remaining };
        self.lots.iter().map(part).collect()
    }

    /// What is left of expired lots: to write off.
    #[must_use]
    pub fn expired(&self) -> Vec<LotPart> {
        let expired = self.lots.iter().filter(|lot| lot.is_expired);
        expired.map(|lot| LotPart { lot_number: lot.lot_number, amount: lot.remaining }).collect()
    }

    /// What is left of revoked purchases: gems that came back by a refund when nothing was
    /// owed. A new debt is settled with them.
    #[must_use]
    pub fn of_revoked(&self) -> Vec<LotPart> {
        let revoked = self.lots.iter().filter(|lot| lot.is_taken_back);
        revoked.map(|lot| LotPart { lot_number: lot.lot_number, amount: lot.remaining }).collect()
    }

    /// How many can be spent: none while any are owed.
    #[must_use]
    pub fn spendable(&self) -> Gems {
        if self.owed > Gems::ZERO {
            return Gems::ZERO;
        }
        let lots = self.lots.iter().filter(|lot| !lot.is_expired);
        lots.fold(Gems::ZERO, |sum, lot| sum.saturating_add(lot.remaining))
    }

    /// The parts that make up so many gems, oldest lots first; `None` if they run short.
    #[must_use]
    pub fn oldest_first(&self, amount: Gems) -> Option<Vec<LotPart>> {
        let (mut parts, mut missing) = (Vec::new(), amount);
        for lot in self.lots.iter().filter(|lot| !lot.is_expired) {
            if missing == Gems::ZERO {
                break;
            }
            let amount = lot.remaining.min(missing);
            parts.push(LotPart { lot_number: lot.lot_number, amount });
            missing = missing.saturating_sub(amount);
        }
        (missing == Gems::ZERO && self.owed == Gems::ZERO).then_some(parts)
    }

    /// What of gems that come in goes to what is owed.
    #[must_use]
    pub fn settling(&self, incoming: impl IntoIterator<Item = LotPart>) -> Vec<LotPart> {
        let mut owed = self.owed;
        let settle = |LotPart { lot_number, amount }| {
            let amount = amount.min(owed);
            owed = owed.saturating_sub(amount);
            LotPart { lot_number, amount }
        };
        incoming.into_iter().map(settle).filter(|part| part.amount > Gems::ZERO).collect()
    }
}

impl Cost {
    /// What to take from a player with these gems, or why the charge is refused.
    ///
    /// # Errors
    /// `PaidGemsOwed` if the cost takes paid gems and some are owed, else
    /// `InsufficientCurrency` if gems run short.
    pub fn charge_of(self, free_gems: Gems, paid: &PaidGems) -> Result<Charge, FailureReason> {
        let takes_paid = self.currency_type != Payment::FreeGem;
        self.charge(free_gems, paid.spendable()).ok_or({
            if takes_paid && paid.owed > Gems::ZERO {
                FailureReason::PaidGemsOwed
            } else {
                FailureReason::InsufficientCurrency
            }
        })
    }
}

/// A store takes a purchase back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revocation {
    /// What is left of the lot, and is taken.
    pub taken: Gems,
    /// What the player has used of it, and owes: spent, or gone to another debt. What
    /// expired was of no use to anybody.
    pub owed: Gems,
}

impl Revocation {
    /// That of a lot.
    #[must_use]
    pub fn of(granted: Gems, remaining: Gems, expired: Gems) -> Self {
        let used = granted.saturating_sub(remaining).saturating_sub(expired);
        Self { taken: remaining, owed: used }
    }
}

/// What a restored purchase gives back beside what was taken of its own lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Returned {
    /// What is no longer owed.
    pub cancelled: Gems,
    /// What other lots had settled by then. It comes back as a lot of its own.
    pub settled: Gems,
}

impl Returned {
    /// That of a purchase for which so much became owed, to a player who owes so much.
    #[must_use]
    pub fn of(owed_for_it: Gems, owed_now: Gems) -> Self {
        let cancelled = owed_for_it.min(owed_now);
        Self { cancelled, settled: owed_for_it.saturating_sub(cancelled) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gems(amount: u64) -> Gems {
        Gems::new(amount).unwrap()
    }

    fn parts(parts: &[(u64, u64)]) -> Vec<LotPart> {
        let part = |&(number, amount)| LotPart {
            lot_number: LotNumber::new(number).unwrap(),
            amount: gems(amount),
        };
        parts.iter().map(part).collect()
    }

    /// Lots by number, what is left of them, and whether they are expired.
    fn paid(lots: &[(u64, u64, bool)], owed: u64) -> PaidGems {
        let lot = |&(number, remaining, is_expired)| Lot {
            lot_number: LotNumber::new(number).unwrap(),
            remaining: gems(remaining),
            is_expired,
            is_taken_back: number == 4,
        };
        PaidGems { lots: lots.iter().map(lot).collect(), owed: gems(owed) }
    }

    #[test]
    fn the_oldest_lots_are_spent_first_and_expired_ones_never() {
        let lots = [(1, 100, false), (2, 50, true), (4, 300, false)];
        for (amount, owed, taken) in [
            (0, 0, Some(vec![])),
            (40, 0, Some(vec![(1, 40)])),
            (100, 0, Some(vec![(1, 100)])),
            (101, 0, Some(vec![(1, 100), (4, 1)])),
            (400, 0, Some(vec![(1, 100), (4, 300)])),
            (401, 0, None),
            (1, 1, None), // nothing while any are owed
        ] {
            let paid = paid(&lots, owed);
            let taken = taken.map(|taken| parts(&taken));
            assert_eq!(paid.oldest_first(gems(amount)), taken, "{amount}");
        }
        assert_eq!(paid(&lots, 0).spendable(), gems(400));
        assert_eq!(paid(&lots, 1).spendable(), Gems::ZERO);
        assert_eq!(paid(&lots, 0).expired(), parts(&[(2, 50)]));
        assert_eq!(paid(&lots, 0).of_revoked(), parts(&[(4, 300)]));
    }

    #[test]
    fn who_owes_paid_gems_pays_with_free_ones_or_not_at_all() {
        for (payment, free, remaining, owed, expected) in [
            (Payment::FreeGem, 300, 0, 9, Ok((300, 0))),
            (Payment::FreeGem, 299, 900, 9, Err(FailureReason::InsufficientCurrency)),
            (Payment::PaidGem, 900, 900, 9, Err(FailureReason::PaidGemsOwed)),
            (Payment::PaidGem, 900, 900, 0, Ok((0, 300))),
            (Payment::PaidGem, 900, 299, 0, Err(FailureReason::InsufficientCurrency)),
            (Payment::AnyGem, 300, 900, 9, Ok((300, 0))),
            (Payment::AnyGem, 299, 900, 9, Err(FailureReason::PaidGemsOwed)),
            (Payment::AnyGem, 299, 1, 0, Ok((299, 1))),
        ] {
            let cost = Cost { currency_type: payment, amount: gems(300) };
            let charge = cost.charge_of(gems(free), &paid(&[(1, remaining, false)], owed));
            let expected = expected
                .map(|(free, paid)| Charge { free_gems: gems(free), paid_gems: gems(paid) });
            assert_eq!(charge, expected, "{payment} of {free} and {remaining}, owing {owed}");
        }
    }

    #[test]
    fn what_comes_in_settles_what_is_owed_and_no_more() {
        for (owed, settled) in [
            (0, vec![]),
            (5, vec![(2, 5)]),
            (10, vec![(2, 10)]),
            (12, vec![(2, 10), (3, 2)]),
            (99, vec![(2, 10), (3, 20)]),
        ] {
            let settling = paid(&[], owed).settling(parts(&[(2, 10), (3, 20)]));
            assert_eq!(settling, parts(&settled), "owing {owed}");
        }
    }

    #[test]
    fn what_is_gone_of_a_revoked_lot_is_owed_unless_it_expired() {
        for (granted, remaining, expired, owed) in
            [(100, 100, 0, 0), (100, 0, 0, 100), (100, 30, 0, 70), (100, 0, 40, 60)]
        {
            let revocation = Revocation::of(gems(granted), gems(remaining), gems(expired));
            let expected = Revocation { taken: gems(remaining), owed: gems(owed) };
            assert_eq!(revocation, expected);
        }
    }

    #[test]
    fn a_restored_purchase_cancels_its_debt_and_returns_what_settled_it() {
        for (owed_for_it, owed_now, cancelled, settled) in
            [(100, 100, 100, 0), (100, 130, 100, 0), (100, 40, 40, 60), (100, 0, 0, 100)]
        {
            let returned = Returned::of(gems(owed_for_it), gems(owed_now));
            let expected = Returned { cancelled: gems(cancelled), settled: gems(settled) };
            assert_eq!(returned, expected, "{owed_for_it} {owed_now}");
        }
    }

    #[test]
    fn a_currency_has_three_capital_letters() {
        for (text, good) in [("JPY", true), ("usd", false), ("EURO", false), ("", false)] {
            assert_eq!(text.parse::<MoneyCode>().is_ok(), good, "{text}");
        }
        assert_eq!("JPY".parse::<MoneyCode>().unwrap().as_str(), "JPY");
    }
}
