//! Presents: what the game puts into a player's mailbox.

use time::OffsetDateTime;
use uuid::Uuid;

use crate::operator::hashed;
use crate::{Gems, Invalid, ItemMasterId, Moved, Quantity, UserId};

/// A present, as it was sent: to one player, to a list, or to everyone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PresentId(pub Uuid);

/// That one player received one present. Ledger entries and grants name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ReceiptId(pub Uuid);

impl ReceiptId {
    /// The receipt of a present by a player: there can be only one.
    #[must_use]
    pub fn derive(user_id: UserId, present_id: PresentId) -> Self {
        Self(hashed(b"tenjo.receipt.v1\0", &[user_id.0.as_bytes(), present_id.0.as_bytes()]))
    }
}

impl std::fmt::Display for PresentId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl std::str::FromStr for PresentId {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        text.parse::<UserId>().map(|id| Self(id.0))
    }
}

/// Copies of an item in a present.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresentItem {
    /// Which item.
    pub item_master_id: ItemMasterId,
    /// How many.
    pub quantity: Quantity,
}

/// What a present is: its words, its contents, and when it can be received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresentParts {
    /// What the player reads first.
    pub title: String,
    /// What the player reads then; may be empty.
    pub message: String,
    /// Free gems in it.
    pub free_gems: Gems,
    /// Paid gems in it. They become a lot that was sold for nothing.
    pub paid_gems: Gems,
    /// Items in it.
    pub items: Vec<PresentItem>,
    /// The first moment at which it is in the mailbox.
    pub starts_at: OffsetDateTime,
    /// The first moment at which it is not there any more.
    pub ends_at: OffsetDateTime,
}

/// A present that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Present(PresentParts);

impl Present {
    /// The most copies of items in one present, because each is a row of the books.
    pub const MOST_COPIES: u64 = 100;

    /// Checks a present.
    ///
    /// # Errors
    /// When it is empty, an item is in it twice or too often, a text does not fit, or
    /// its period is none.
    pub fn new(parts: PresentParts) -> Result<Self, Invalid> {
        let is_text = |text: &str, most: usize| {
            text.chars().count() <= most
                && text.trim() == text
                && !text.chars().any(char::is_control)
        };
        let copies = copies(&parts.items);
        let mut items: Vec<_> = parts.items.iter().map(|item| &item.item_master_id).collect();
        items.sort();
        let refusals = [
            (
                parts.title.is_empty() || !is_text(&parts.title, 100),
                "its title must be 1 to 100 characters on one line",
            ),
            (
                !is_text(&parts.message, 500),
                "its message must be at most 500 characters on one line",
            ),
            (items.windows(2).any(|pair| pair[0] == pair[1]), "an item is in it twice"),
            (copies > Self::MOST_COPIES, "it may have at most 100 copies of items"),
            (
                parts.free_gems == Gems::ZERO && parts.paid_gems == Gems::ZERO && copies == 0,
                "there is nothing in it",
            ),
            (parts.ends_at <= parts.starts_at, "it must end after it starts"),
        ];
        match refusals.into_iter().find(|(is_refused, _)| *is_refused) {
            Some((_, why)) => Err(Invalid(why)),
            None => Ok(Self(parts)),
        }
    }

    /// What it is.
    #[must_use]
    pub const fn parts(&self) -> &PresentParts {
        &self.0
    }

    /// How many copies of items are in it together.
    #[must_use]
    pub fn copies(&self) -> u64 {
        copies(&self.0.items)
    }

    /// Whether it can be received.
    #[must_use]
    pub fn is_in_period(&self, now: OffsetDateTime) -> bool {
        (self.0.starts_at..self.0.ends_at).contains(&now)
    }

    /// What it gives to so many players together; `None` if that is more than any amount.
    #[must_use]
    pub fn moves_for(&self, players: u64) -> Option<Moved> {
        let gems = |one: Gems| Gems::new(one.amount().checked_mul(players)?).ok();
        Some(Moved {
            free_gems: gems(self.0.free_gems)?,
            paid_gems: gems(self.0.paid_gems)?,
            item_copies: self.copies().checked_mul(players)?,
        })
    }
}

/// All copies together. A sum that is too large for the type is too large for a present.
fn copies(items: &[PresentItem]) -> u64 {
    items.iter().fold(0, |sum, item| sum.saturating_add(item.quantity.get()))
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    fn parts() -> PresentParts {
        PresentParts {
            title: "お詫び".to_owned(),
            message: String::new(),
            free_gems: Gems::new(300).unwrap(),
            paid_gems: Gems::ZERO,
            items: Vec::new(),
            starts_at: datetime!(2026-04-01 12:00 UTC),
            ends_at: datetime!(2026-05-01 12:00 UTC),
        }
    }

    fn named(id: &str, copies: u64) -> PresentItem {
        let item_master_id = ItemMasterId::new(id).unwrap();
        PresentItem { item_master_id, quantity: Quantity::new(copies).unwrap() }
    }

    fn item(copies: u64) -> PresentItem {
        named("a", copies)
    }

    #[test]
    fn a_present_has_something_in_it_and_a_period() {
        let most = |id| named(id, Quantity::MAX.get());
        assert!(Present::new(parts()).is_ok());
        assert!(Present::new(PresentParts { items: vec![item(100)], ..parts() }).is_ok());
        for (bad, why) in [
            (PresentParts { free_gems: Gems::ZERO, ..parts() }, "nothing in it"),
            (PresentParts { title: String::new(), ..parts() }, "title"),
            (PresentParts { title: "a\nb".to_owned(), ..parts() }, "title"),
            (PresentParts { message: "x".repeat(501), ..parts() }, "message"),
            (PresentParts { items: vec![item(1), item(1)], ..parts() }, "twice"),
            (PresentParts { items: vec![item(101)], ..parts() }, "100 copies"),
            (PresentParts { items: ["a", "b", "c"].map(most).into(), ..parts() }, "100 copies"),
            (PresentParts { ends_at: parts().starts_at, ..parts() }, "must end"),
        ] {
            let refusal = Present::new(bad).unwrap_err().0;
            assert!(refusal.contains(why), "{why}: {refusal}");
        }
    }

    #[test]
    fn what_many_players_get_adds_up_or_is_too_much() {
        let items = vec![item(10)];
        let paid_gems = Gems::new(5).unwrap();
        let present = Present::new(PresentParts { items, paid_gems, ..parts() }).unwrap();
        let moved = Moved {
            free_gems: Gems::new(3000).unwrap(),
            paid_gems: Gems::new(50).unwrap(),
            item_copies: 100,
        };
        assert_eq!(present.moves_for(10), Some(moved));
        assert_eq!(present.moves_for(u64::MAX), None);
        assert!(present.is_in_period(parts().starts_at) && !present.is_in_period(parts().ends_at));
    }

    #[test]
    fn a_receipt_is_of_one_player_and_one_present() {
        let [a, b] = [1, 2].map(Uuid::from_u128);
        let receipt = |user, present| ReceiptId::derive(UserId(user), PresentId(present));
        assert_eq!(receipt(a, b), receipt(a, b));
        assert_ne!(receipt(a, b), receipt(b, a));
    }
}
