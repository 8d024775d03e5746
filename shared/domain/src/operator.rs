//! What operators do, and when it takes two of them.

use std::fmt;
use std::num::NonZeroU64;
use std::str::FromStr;

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::money::words;
use crate::{Gems, IdempotencyKey, Invalid, UserId};

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

/// The most gems that one person may give or take by one act. Beyond it, another person
/// has to approve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OnePersonLimit(NonZeroU64);

impl OnePersonLimit {
    /// Whether an act over so many gems needs a second person. `None` is more than can
    /// be told, such as a present for everyone.
    #[must_use]
    pub fn needs_two(self, gems: Option<Gems>) -> bool {
        gems.is_none_or(|gems| gems.amount() > self.0.get())
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
        let limit: OnePersonLimit = "1000".parse().unwrap();
        for (gems, needs_two) in [(Some(1000), false), (Some(1001), true), (None, true)] {
            let gems = gems.map(|gems| Gems::new(gems).unwrap());
            assert_eq!(limit.needs_two(gems), needs_two, "{gems:?}");
        }
        assert!("0".parse::<OnePersonLimit>().is_err());
    }
}
