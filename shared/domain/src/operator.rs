//! What operators do, and when it takes two of them.

use std::fmt;
use std::num::NonZeroU64;
use std::str::FromStr;

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::money::words;
use crate::{CurrencyType, Gems, IdempotencyKey, Invalid, UserId};

/// What an operator's function does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OperatorAct {
    /// Changes a balance.
    AdjustCurrency,
    /// Books a purchase that a store vouches for, and that nothing else can book.
    BookPurchase,
    /// Takes a purchase back as its store did, or gives it again.
    VoidPurchase,
    /// Puts presents into mailboxes.
    SendPresents,
    /// Suspends a player, or lifts a suspension.
    SetSuspension,
    /// Ends all sessions of a player.
    EndSessions,
    /// Forgets the month in which a player was born.
    ForgetBirthMonth,
    /// Opens, announces or closes maintenance.
    SetMaintenance,
    /// Sets the least and the newest version of the client.
    SetClientVersions,
    /// Takes a pool off sale, or puts it back.
    SetPoolPause,
}

words!(OperatorAct {
    AdjustCurrency = "adjust_currency",
    BookPurchase = "book_purchase",
    VoidPurchase = "void_purchase",
    SendPresents = "send_presents",
    SetSuspension = "set_suspension",
    EndSessions = "end_sessions",
    ForgetBirthMonth = "forget_birth_month",
    SetMaintenance = "set_maintenance",
    SetClientVersions = "set_client_versions",
    SetPoolPause = "set_pool_pause",
});

/// Who acts, by the ARN that IAM knows them by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal(String);

/// The ticket that an act belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket(String);

/// Why an operator acts, in their own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActReason(String);

macro_rules! texts {
    ($($name:ident: $most:literal, $good:expr, $refusal:literal;)+) => {$(
        impl $name {
            /// Reads it.
            ///
            /// # Errors
            /// When it is too long, or has characters that do not show.
            pub fn new(text: impl Into<String>) -> Result<Self, Invalid> {
                let text = text.into();
                let is_good = (1..=$most).contains(&text.chars().count())
                    && text.trim() == text
                    && text.chars().all($good);
                is_good.then_some(Self(text)).ok_or(Invalid($refusal))
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    )+};
}

texts! {
    Principal: 512, |c: char| c.is_ascii_graphic(), "must be an ARN of at most 512 characters";
    Ticket: 64, |c: char| c.is_ascii_graphic(), "must be 1 to 64 visible ASCII characters";
    ActReason: 500, |c: char| !c.is_control(), "must be 1 to 500 characters on one line";
}

impl Principal {
    /// The person behind it: the name after the last slash, which is a user's name, or
    /// that of a role's session. Somebody who may take two roles is one person.
    #[must_use]
    pub fn person(&self) -> &str {
        self.0.rsplit_once('/').map_or(&self.0, |(_, name)| name)
    }
}

/// One act of an operator, or one request for an act that needs a second person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ActId(pub Uuid);

impl ActId {
    /// The act that an operator's idempotency key stands for, always the same.
    #[must_use]
    pub fn derive(principal: &Principal, key: &IdempotencyKey) -> Self {
        // No principal has a zero byte, so no two pairs run into one.
        Self(hashed(b"tenjo.act.v1\0", &[principal.0.as_bytes(), b"\0", key.as_str().as_bytes()]))
    }
}

impl fmt::Display for ActId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl FromStr for ActId {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        text.parse::<UserId>().map(|id| Self(id.0))
    }
}

/// A UUID of version 8: SHA-256 of a tag and some bytes.
pub(crate) fn hashed(tag: &[u8], parts: &[&[u8]]) -> Uuid {
    let hash =
        parts.iter().fold(Sha256::new_with_prefix(tag), |hash, part| hash.chain_update(part));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.finalize()[..16]);
    Uuid::new_v8(bytes)
}

/// What acts give or take, of each kind and of all their players together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Moved {
    /// Free gems.
    pub free_gems: Gems,
    /// Paid gems.
    pub paid_gems: Gems,
    /// Copies of items.
    pub item_copies: u64,
}

impl Moved {
    /// Gems of one kind.
    #[must_use]
    pub fn gems(currency_type: CurrencyType, amount: Gems) -> Self {
        match currency_type {
            CurrencyType::FreeGem => Self { free_gems: amount, ..Self::default() },
            CurrencyType::PaidGem => Self { paid_gems: amount, ..Self::default() },
        }
    }

    /// The amounts of each kind.
    const fn kinds(self) -> [u64; 3] {
        [self.free_gems.amount(), self.paid_gems.amount(), self.item_copies]
    }
}

/// Why an act takes two people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TakesTwo {
    /// It moves more than one person may by one act.
    OneAct,
    /// With what its person has moved alone in 24 hours, it is more than they may.
    OneDay,
}

words!(TakesTwo { OneAct = "one_act", OneDay = "one_day" });

/// The most gems that one person may give or take by one act, and the most of one kind in
/// 24 hours. Beyond it, another person has to approve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OnePersonLimit(NonZeroU64);

impl OnePersonLimit {
    /// The most copies of items, by one act and in 24 hours.
    pub const ITEM_COPIES: u64 = 100;

    /// Whether an act needs a second person, whose own person has moved `alone` without
    /// one in the last 24 hours. `None` is more than can be told, such as a present for
    /// everyone.
    #[must_use]
    pub fn takes_two(self, moved: Option<Moved>, alone: Moved) -> Option<TakesTwo> {
        let Some(moved) = moved else { return Some(TakesTwo::OneAct) };
        let gems = moved.free_gems.saturating_add(moved.paid_gems).amount();
        if gems > self.0.get() || moved.item_copies > Self::ITEM_COPIES {
            return Some(TakesTwo::OneAct);
        }
        // A kind that the act does not move is not asked of it.
        let left = self.left(alone).kinds();
        let is_over = moved.kinds().into_iter().zip(left).any(|(moved, left)| moved > left);
        is_over.then_some(TakesTwo::OneDay)
    }

    /// What is left for today to a person who has moved `alone`.
    #[must_use]
    pub fn left(self, alone: Moved) -> Moved {
        let gems = |used: Gems| {
            let left = self.0.get().saturating_sub(used.amount());
            Gems::new(left).unwrap_or(Gems::MAX)
        };
        Moved {
            free_gems: gems(alone.free_gems),
            paid_gems: gems(alone.paid_gems),
            item_copies: Self::ITEM_COPIES.saturating_sub(alone.item_copies),
        }
    }
}

impl FromStr for OnePersonLimit {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        text.parse().map(Self).map_err(|_| Invalid("must be a whole number of 1 or more"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_act_is_known_by_its_operator_and_their_key() {
        let [aoi, ben] = ["arn:a", "arn:b"].map(|arn| Principal::new(arn).unwrap());
        let [one, two] = ["one", "two"].map(|key| IdempotencyKey::new(key).unwrap());
        assert_eq!(ActId::derive(&aoi, &one), ActId::derive(&aoi, &one));
        assert_ne!(ActId::derive(&aoi, &one), ActId::derive(&aoi, &two));
        assert_ne!(ActId::derive(&aoi, &one), ActId::derive(&ben, &one));
        let id = ActId::derive(&aoi, &one);
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn two_roles_of_a_person_are_one_person() {
        for (arn, person) in [
            ("arn:aws:sts::123456789012:assumed-role/support/aoi", "aoi"),
            ("arn:aws:sts::123456789012:assumed-role/live/aoi", "aoi"),
            ("arn:aws:iam::123456789012:user/teams/ben", "ben"),
            ("arn:aws:iam::123456789012:root", "arn:aws:iam::123456789012:root"),
        ] {
            assert_eq!(Principal::new(arn).unwrap().person(), person, "{arn}");
        }
    }

    #[test]
    fn a_reason_is_one_line_and_a_ticket_one_word() {
        for (text, is_reason, is_ticket) in [
            ("SUP-1042", true, true),
            ("返金のお詫び", true, false),
            ("two words", true, false),
            ("two\nlines", false, false),
            (" blank", false, false),
            ("", false, false),
        ] {
            assert_eq!(ActReason::new(text).is_ok(), is_reason, "{text:?}");
            assert_eq!(Ticket::new(text).is_ok(), is_ticket, "{text:?}");
        }
        assert!(ActReason::new("x".repeat(501)).is_err());
    }

    #[test]
    fn above_the_limit_it_takes_two() {
        use TakesTwo::{OneAct, OneDay};
        let limit: OnePersonLimit = "1000".parse().unwrap();
        let gems = |amount| Gems::new(amount).unwrap();
        let moved = |(free, paid, item_copies)| Moved {
            free_gems: gems(free),
            paid_gems: gems(paid),
            item_copies,
        };
        for (act, alone, takes_two) in [
            (Some((1000, 0, 0)), (0, 0, 0), None),
            (Some((1001, 0, 0)), (0, 0, 0), Some(OneAct)),
            // Both kinds together, in one act.
            (Some((600, 400, 100)), (0, 0, 0), None),
            (Some((600, 401, 0)), (0, 0, 0), Some(OneAct)),
            (Some((0, 0, 101)), (0, 0, 0), Some(OneAct)),
            (None, (0, 0, 0), Some(OneAct)),
            // Each kind for itself, in a day.
            (Some((1, 0, 0)), (999, 0, 0), None),
            (Some((2, 0, 0)), (999, 0, 0), Some(OneDay)),
            (Some((0, 1000, 0)), (1000, 0, 0), None),
            (Some((0, 2, 0)), (1000, 999, 0), Some(OneDay)),
            (Some((0, 0, 100)), (1000, 1000, 0), None),
            (Some((0, 0, 2)), (0, 0, 99), Some(OneDay)),
            // The limit was lowered meanwhile.
            (Some((0, 5, 0)), (5000, 0, 0), None),
            (Some((0, 0, 0)), (5000, 5000, 5000), None),
        ] {
            let found = limit.takes_two(act.map(moved), moved(alone));
            assert_eq!(found, takes_two, "{act:?} after {alone:?}");
        }
        assert_eq!(limit.left(moved((400, 2000, 30))), moved((600, 0, 70)));
        assert!("0".parse::<OnePersonLimit>().is_err());
    }
}
