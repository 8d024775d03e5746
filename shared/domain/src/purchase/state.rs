//! What a store says of a transaction, and what that makes of a purchase.
//!
//! | Status | Means | Booked |
//! |---|---|---|
//! | open | nothing was decided yet | no |
//! | booked | the player has the gems | yes |
//! | revoked | the store took it back, before or after it was booked | perhaps |
//! | refused | the game will not give gems for it, unless an operator vouches for it | no |
//!
//! A refused purchase stays refused whatever its store does. Its last change is kept beside
//! it, so that nobody vouches for a purchase whose money the store gave back.
//!
//! A store may report a refund before the client sends the purchase, report the same
//! change twice, or report two changes in the wrong order. So a change counts only if
//! the store dates it after the last one that counted.

use std::fmt;
use std::str::FromStr;

use time::OffsetDateTime;

use super::{AccountToken, StorePrice, TransactionId};
use crate::money::words;
use crate::{Invalid, Store, UserId};

/// Whether real money was paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StoreEnvironment {
    /// It was.
    Production,
    /// It was not: the store's sandbox, or a test account.
    Sandbox,
}

/// What became of a purchase; the module has the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PurchaseStatus {
    /// Nothing was decided yet.
    Open,
    /// The player has the gems.
    Booked,
    /// The store took it back.
    Revoked,
    /// The game will not give gems for it.
    Refused,
}

/// Why the game gives no gems for a good transaction. It is recorded, and a repeat gets
/// the same answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PurchaseRefusal {
    /// No real money was paid, and this installation takes nothing else; or the other
    /// way round.
    WrongEnvironment,
    /// The game does not sell this product in this store, and never did.
    UnknownProduct,
    /// The game did not sell it when it was bought.
    NotOnSale,
    /// The player has bought it as often as they may.
    LimitReached,
    /// More or less than one piece. The game sells one at a time.
    NotOnePiece,
    /// An operator closed it while it was pending: its store does not vouch for it.
    Dismissed,
}

/// How a store changed its mind on a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StoreChange {
    /// A refund, a chargeback, or a purchase that was taken back otherwise.
    Revoked,
    /// A refund was reversed: the player has paid after all.
    Restored,
}

words!(StoreEnvironment { Production = "production", Sandbox = "sandbox" });

words!(PurchaseStatus {
    Open = "open",
    Booked = "booked",
    Revoked = "revoked",
    Refused = "refused",
});

words!(PurchaseRefusal {
    WrongEnvironment = "wrong_environment",
    UnknownProduct = "unknown_product",
    NotOnSale = "not_on_sale",
    LimitReached = "limit_reached",
    NotOnePiece = "not_one_piece",
    Dismissed = "dismissed",
});

words!(StoreChange { Revoked = "revoked", Restored = "restored" });

/// A transaction that a store vouches for, in one form for all stores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreTransaction {
    /// Which store.
    pub store: Store,
    /// Whether it was paid.
    pub environment: StoreEnvironment,
    /// The store's name of it.
    pub transaction_id: TransactionId,
    /// What people call it: the number on the store's own receipt.
    pub order_id: String,
    /// The store's name of the product.
    pub store_product_id: String,
    /// How many pieces.
    pub quantity: u32,
    /// What was paid.
    pub price: StorePrice,
    /// When.
    pub purchased_at: OffsetDateTime,
    /// For whom, if the client said so to the store.
    pub account_token: Option<AccountToken>,
    /// When the store took it back, if it did.
    pub revoked_at: Option<OffsetDateTime>,
}

/// What is known of a purchase before somebody acts on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// What became of it so far.
    pub status: PurchaseStatus,
    /// Whose gems it became, if it was booked.
    pub booked_for: Option<UserId>,
    /// When the store made the last change that counted, if any did.
    pub changed_at: Option<OffsetDateTime>,
    /// What that was.
    pub last_change: Option<StoreChange>,
}

/// What a request to book a purchase leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// It is to be booked now, if the game sells it.
    Book,
    /// It was booked, for this player.
    Booked,
    /// It is, or was, another player's.
    OfAnother,
    /// The store took it back.
    Revoked,
    /// The game refused it before.
    Refused,
}

/// What an operator's word that a store vouches for a purchase leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vouched {
    /// It is to be booked now, also if the game refused it.
    Book,
    /// It was booked, for this player.
    Booked,
    /// It was another player's.
    OfAnother,
    /// The store has taken it back. That has to be undone first.
    Revoked,
    /// It is of another environment: nobody can make it real.
    WrongEnvironment,
}

/// What an operator's word that a store changed its mind, and did not tell, leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByHandChange {
    /// It counts like the store's own, if it is later than the last.
    Counts,
    /// It stands so already, or the game refused it.
    AsItIs,
    /// It is not booked, so there are no gems to take back. If the store gave its money
    /// back, it says so when the purchase is sent.
    NotBooked,
}

/// What a store's change leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Nothing: it is no news, or the change is older than what is known.
    Nothing,
    /// Only the status changes, because nothing was booked.
    Mark(PurchaseStatus),
    /// The gems are taken back.
    TakeBack,
    /// The gems are given again.
    GiveAgain,
}

impl Standing {
    /// What a player's request to book leads to.
    #[must_use]
    pub fn claim(&self, user_id: UserId) -> Claim {
        match (self.booked_for, self.status) {
            (Some(owner), _) if owner != user_id => Claim::OfAnother,
            (_, PurchaseStatus::Revoked) => Claim::Revoked,
            (_, PurchaseStatus::Refused) => Claim::Refused,
            (Some(_), PurchaseStatus::Booked | PurchaseStatus::Open) => Claim::Booked,
            (None, PurchaseStatus::Booked | PurchaseStatus::Open) => Claim::Book,
        }
    }

    /// What an operator's word for this player leads to. `refusal` is why the game
    /// refused it, if it did.
    #[must_use]
    pub fn vouched(&self, user_id: UserId, refusal: Option<PurchaseRefusal>) -> Vouched {
        match (self.booked_for, self.status) {
            (Some(owner), _) if owner != user_id => Vouched::OfAnother,
            (_, PurchaseStatus::Revoked) => Vouched::Revoked,
            (Some(_), _) => Vouched::Booked,
            (None, PurchaseStatus::Refused) if self.is_given_back() => Vouched::Revoked,
            (None, _) if refusal == Some(PurchaseRefusal::WrongEnvironment) => {
                Vouched::WrongEnvironment
            }
            (None, _) => Vouched::Book,
        }
    }

    /// Whether the store took it back, by its last word.
    fn is_given_back(&self) -> bool {
        self.last_change == Some(StoreChange::Revoked)
    }

    /// What an operator's word leads to that its store made this change and did not tell.
    /// A restoration needs no booking: it lets a purchase be booked that its store had
    /// taken back.
    #[must_use]
    pub fn by_hand(&self, change: StoreChange) -> ByHandChange {
        match (change, self.status) {
            (StoreChange::Revoked, PurchaseStatus::Booked)
            | (StoreChange::Restored, PurchaseStatus::Revoked) => ByHandChange::Counts,
            (StoreChange::Restored, PurchaseStatus::Refused) if self.is_given_back() => {
                ByHandChange::Counts
            }
            (StoreChange::Revoked, PurchaseStatus::Open) => ByHandChange::NotBooked,
            (StoreChange::Revoked, PurchaseStatus::Revoked | PurchaseStatus::Refused)
            | (
                StoreChange::Restored,
                PurchaseStatus::Open | PurchaseStatus::Booked | PurchaseStatus::Refused,
            ) => ByHandChange::AsItIs,
        }
    }

    /// What a store's change, made at `at`, leads to.
    #[must_use]
    pub fn turn(&self, change: StoreChange, at: OffsetDateTime) -> Turn {
        if self.changed_at.is_some_and(|changed_at| at <= changed_at) {
            return Turn::Nothing;
        }
        let is_booked = self.booked_for.is_some();
        match (change, self.status) {
            (StoreChange::Revoked, PurchaseStatus::Booked) => Turn::TakeBack,
            (StoreChange::Revoked, PurchaseStatus::Open) => Turn::Mark(PurchaseStatus::Revoked),
            (StoreChange::Restored, PurchaseStatus::Revoked) if is_booked => Turn::GiveAgain,
            (StoreChange::Restored, PurchaseStatus::Revoked) => Turn::Mark(PurchaseStatus::Open),
            // The time is kept, so that an older change that comes later does not count.
            (StoreChange::Restored, status @ (PurchaseStatus::Booked | PurchaseStatus::Open))
            | (StoreChange::Revoked, status @ PurchaseStatus::Revoked)
            | (_, status @ PurchaseStatus::Refused) => Turn::Mark(status),
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;
    use uuid::Uuid;

    use super::*;

    const ANN: UserId = UserId(Uuid::from_u128(1));
    const BEN: UserId = UserId(Uuid::from_u128(2));

    #[test]
    fn a_request_to_book_has_one_outcome() {
        use PurchaseStatus::{Booked, Open, Refused, Revoked};
        for (status, booked_for, claim) in [
            (Open, None, Claim::Book),
            (Revoked, None, Claim::Revoked),
            (Refused, None, Claim::Refused),
            (Booked, Some(ANN), Claim::Booked),
            (Revoked, Some(ANN), Claim::Revoked),
            (Booked, Some(BEN), Claim::OfAnother),
            (Revoked, Some(BEN), Claim::OfAnother),
        ] {
            let standing = Standing { status, booked_for, changed_at: None, last_change: None };
            assert_eq!(standing.claim(ANN), claim, "{status} {booked_for:?}");
        }
    }

    #[test]
    fn an_operators_word_books_what_was_refused_but_nothing_that_is_not_real() {
        use PurchaseRefusal::{Dismissed, LimitReached, UnknownProduct, WrongEnvironment};
        use PurchaseStatus::{Booked, Open, Refused, Revoked};
        let (taken, given) = (Some(StoreChange::Revoked), Some(StoreChange::Restored));
        for (status, booked_for, last_change, refusal, vouched) in [
            (Open, None, None, None, Vouched::Book),
            (Open, None, given, None, Vouched::Book),
            (Refused, None, None, Some(UnknownProduct), Vouched::Book),
            (Refused, None, None, Some(LimitReached), Vouched::Book),
            (Refused, None, None, Some(Dismissed), Vouched::Book),
            (Refused, None, None, Some(WrongEnvironment), Vouched::WrongEnvironment),
            // The store gave the money back, and perhaps took that back again.
            (Refused, None, taken, Some(UnknownProduct), Vouched::Revoked),
            (Refused, None, given, Some(UnknownProduct), Vouched::Book),
            (Revoked, None, taken, None, Vouched::Revoked),
            (Revoked, Some(ANN), taken, None, Vouched::Revoked),
            (Booked, Some(ANN), None, None, Vouched::Booked),
            // It was booked after it had been refused.
            (Booked, Some(ANN), None, Some(UnknownProduct), Vouched::Booked),
            (Booked, Some(BEN), None, None, Vouched::OfAnother),
        ] {
            let standing = Standing { status, booked_for, changed_at: None, last_change };
            assert_eq!(standing.vouched(ANN, refusal), vouched, "{standing:?}");
        }
    }

    #[test]
    fn an_operators_word_takes_back_what_is_booked_and_restores_what_was_taken_back() {
        use PurchaseStatus::{Booked, Open, Refused, Revoked};
        use StoreChange::{Restored, Revoked as TakenBack};
        let (counts, as_it_is) = (ByHandChange::Counts, ByHandChange::AsItIs);
        for (status, last_change, change, expected) in [
            (Booked, None, TakenBack, counts),
            (Booked, Some(Restored), TakenBack, counts),
            (Open, None, TakenBack, ByHandChange::NotBooked),
            (Open, Some(Restored), TakenBack, ByHandChange::NotBooked),
            (Revoked, Some(TakenBack), TakenBack, as_it_is),
            (Refused, None, TakenBack, as_it_is),
            (Revoked, Some(TakenBack), Restored, counts),
            (Refused, Some(TakenBack), Restored, counts),
            (Refused, Some(Restored), Restored, as_it_is),
            (Refused, None, Restored, as_it_is),
            (Booked, None, Restored, as_it_is),
            (Open, None, Restored, as_it_is),
        ] {
            let booked_for = (status == Booked).then_some(ANN);
            let standing = Standing { status, booked_for, changed_at: None, last_change };
            assert_eq!(standing.by_hand(change), expected, "{change} of {standing:?}");
        }
    }

    #[test]
    fn words_are_read_back_as_they_are_written() {
        for word in PurchaseStatus::ALL {
            assert_eq!(word.as_str().parse(), Ok(*word));
        }
        for word in PurchaseRefusal::ALL {
            assert_eq!(word.as_str().parse(), Ok(*word));
        }
    }

    /// What a purchase is after some happenings, with how often gems moved.
    #[derive(Debug, Clone, PartialEq, Eq)]
    struct World {
        standing: Standing,
        has_gems: bool,
    }

    #[derive(Debug, Clone, Copy)]
    enum Happening {
        Book,
        Change(StoreChange, OffsetDateTime),
    }

    impl World {
        fn new() -> Self {
            let standing = Standing {
                status: PurchaseStatus::Open,
                booked_for: None,
                changed_at: None,
                last_change: None,
            };
            Self { standing, has_gems: false }
        }

        fn meet(&mut self, happening: Happening) {
            match happening {
                Happening::Book => {
                    if self.standing.claim(ANN) == Claim::Book {
                        self.standing.status = PurchaseStatus::Booked;
                        self.standing.booked_for = Some(ANN);
                        self.has_gems = true;
                    }
                }
                Happening::Change(change, at) => {
                    match self.standing.turn(change, at) {
                        Turn::Nothing => return,
                        Turn::Mark(status) => self.standing.status = status,
                        Turn::TakeBack => {
                            assert!(self.has_gems, "taken back twice");
                            self.standing.status = PurchaseStatus::Revoked;
                            self.has_gems = false;
                        }
                        Turn::GiveAgain => {
                            assert!(!self.has_gems, "given twice");
                            self.standing.status = PurchaseStatus::Booked;
                            self.has_gems = true;
                        }
                    }
                    self.standing.changed_at = Some(at);
                    self.standing.last_change = Some(change);
                }
            }
        }
    }

    /// Every order of some happenings, each of them perhaps twice.
    fn orders(happenings: &[Happening]) -> Vec<Vec<Happening>> {
        if happenings.is_empty() {
            return vec![Vec::new()];
        }
        let mut all = Vec::new();
        for index in 0..happenings.len() {
            let mut rest = happenings.to_vec();
            let first = rest.remove(index);
            for mut order in orders(&rest) {
                order.insert(0, first);
                all.push(order);
            }
        }
        all
    }

    #[test]
    fn in_every_order_the_stores_last_word_decides() {
        let at = [
            datetime!(2026-01-01 00:00 UTC),
            datetime!(2026-01-02 00:00 UTC),
            datetime!(2026-01-03 00:00 UTC),
        ];
        let [first, second, third] = at;
        let refunded = Happening::Change(StoreChange::Revoked, first);
        let reversed = Happening::Change(StoreChange::Restored, second);
        let again = Happening::Change(StoreChange::Revoked, third);
        let mut count = 0;
        for (happenings, has_gems) in [
            (vec![Happening::Book, Happening::Book], true),
            (vec![Happening::Book, refunded, refunded], false),
            (vec![Happening::Book, refunded, reversed, refunded, reversed], true),
            (vec![Happening::Book, refunded, reversed, again, refunded, reversed, again], false),
        ] {
            for order in orders(&happenings) {
                let mut world = World::new();
                for happening in &order {
                    world.meet(*happening);
                }
                // A client, or the reconciliation, comes again until it is decided.
                world.meet(Happening::Book);
                assert_eq!(world.has_gems, has_gems, "{order:?}");
                count += 1;
            }
        }
        assert_eq!(count, 2 + 6 + 120 + 5040);
    }

    #[test]
    fn a_refused_purchase_stays_refused_whatever_the_store_does() {
        let at = datetime!(2026-01-01 00:00 UTC);
        let standing = Standing {
            status: PurchaseStatus::Refused,
            booked_for: None,
            changed_at: None,
            last_change: None,
        };
        for change in StoreChange::ALL {
            assert_eq!(standing.turn(*change, at), Turn::Mark(PurchaseStatus::Refused));
        }
    }
}
