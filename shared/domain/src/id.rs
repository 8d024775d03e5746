//! Identifiers. Each has its own type, so that one cannot stand for another.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};
use uuid::Uuid;
use uuid::fmt::Hyphenated;

use crate::{IdempotencyKey, Invalid};

/// A player, for life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserId(pub Uuid);

/// One login, and all that came from it: its refresh tokens, which are a family, and
/// its access tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId(pub Uuid);

/// One registration of a device for a player, whatever its id is hashed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RegistrationId(pub Uuid);

/// One draw, from its price to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SagaId(pub Uuid);

/// What changed a balance, if it was no saga: a purchase, a received present, an act of
/// an operator. Each has an id of its own among all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceId(pub Uuid);

/// One exchange of points for an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ExchangeId(pub Uuid);

impl SagaId {
    /// The saga that a player's idempotency key stands for, always the same.
    #[must_use]
    pub fn derive(user_id: UserId, key: &IdempotencyKey) -> Self {
        Self(derive(b"tenjo.saga.v1\0", user_id, key))
    }
}

impl ExchangeId {
    /// The exchange that a player's idempotency key stands for, always the same.
    #[must_use]
    pub fn derive(user_id: UserId, key: &IdempotencyKey) -> Self {
        Self(derive(b"tenjo.exchange.v1\0", user_id, key))
    }
}

impl SourceId {
    /// What takes a purchase's gems back for the `number`-th time, counted from 1, and
    /// what gives them again. The first time it is the purchase itself.
    #[must_use]
    pub fn taken_back(self, number: u32) -> Self {
        if number <= 1 { self } else { self.nth(b"tenjo.taken_back.v1\0", number) }
    }

    /// What settles, when a purchase is taken back for the `number`-th time, its debt with
    /// what is left of others that were.
    #[must_use]
    pub fn revoked(self, number: u32) -> Self {
        self.nth(b"tenjo.revoked.v1\0", number)
    }

    /// What gives back, when that is reversed, the gems of other lots that had settled its
    /// debt.
    #[must_use]
    pub fn restored(self, number: u32) -> Self {
        self.nth(b"tenjo.restored.v1\0", number)
    }

    /// Always the same for a purchase and a number.
    fn nth(self, tag: &[u8], number: u32) -> Self {
        Self(hashed(&[tag, self.0.as_bytes(), &number.to_be_bytes()]))
    }
}

/// The player is part of it, so keys of two players never meet.
fn derive(tag: &[u8], user_id: UserId, key: &IdempotencyKey) -> Uuid {
    hashed(&[tag, user_id.0.as_bytes(), key.as_str().as_bytes()])
}

/// A UUID of version 8: SHA-256 of a tag and what follows it. The tag keeps the hash
/// apart from any other use of the same bytes.
fn hashed(parts: &[&[u8]]) -> Uuid {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    let hash = hash.finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    Uuid::new_v8(bytes)
}

macro_rules! uuid_text {
    ($($name:ident),+) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = Invalid;

            fn from_str(text: &str) -> Result<Self, Invalid> {
                // One spelling, so that no other reader of the id disagrees: with
                // hyphens, without braces.
                let id = Uuid::try_parse(text).ok().filter(|_| text.len() == Hyphenated::LENGTH);
                id.map(Self).ok_or(Invalid("must be a UUID"))
            }
        }
    )+};
}

uuid_text!(UserId, SessionId, SagaId, SourceId, ExchangeId);

/// What a player shows to other people and to support: "PLY" and 12 digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PlayerId(String);

impl PlayerId {
    /// How many player ids there are.
    pub const COUNT: u64 = 1_000_000_000_000;

    /// The id with this number.
    ///
    /// # Errors
    /// When `number` has more than twelve digits.
    pub fn new(number: u64) -> Result<Self, Invalid> {
        if number < Self::COUNT {
            Ok(Self(format!("PLY{number:012}")))
        } else {
            Err(Invalid("has more than twelve digits"))
        }
    }

    /// The id as players read it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The name of a pool in its master data: `a-z`, `0-9` and `-`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PoolId(String);

/// The name of an item in its master data: `a-z`, `0-9` and `-`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ItemMasterId(String);

/// The counter that a pool's pity runs on: `a-z`, `0-9` and `-`. Pools with the
/// same group share it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PityGroup(String);

/// The points that a pool gives for draws: `a-z`, `0-9` and `-`. Pools with the
/// same group share them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PointGroup(String);

/// The name of a product in its master data: `a-z`, `0-9` and `-`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProductId(String);

macro_rules! slug {
    ($($name:ident),+) => {$(
        impl $name {
            /// Reads a name of master data.
            ///
            /// # Errors
            /// When it is not 1 to 64 of `a-z`, `0-9` and `-`, or begins with `-`.
            pub fn new(text: impl Into<String>) -> Result<Self, Invalid> {
                let text = text.into();
                if is_slug(&text) {
                    Ok(Self(text))
                } else {
                    Err(Invalid("must be 1 to 64 of a-z, 0-9 and -, not beginning with -"))
                }
            }

            /// The name as it is written in master data.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

slug!(PoolId, ItemMasterId, PityGroup, PointGroup, ProductId);

fn is_slug(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && !text.starts_with('-')
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// A version of a pool's rules, which never changes: the SHA-256 of all of them.
///
/// A changed rule makes another revision. So a saga that names its revision can
/// only be drawn from the rules that it was priced with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PoolRevision(pub [u8; 32]);

impl fmt::Display for PoolRevision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl FromStr for PoolRevision {
    type Err = Invalid;

    /// Reads a revision in the form in which it is shown, and in no other.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let mut bytes = [0; 32];
        let is_read = hex::decode_to_slice(text, &mut bytes).is_ok();
        let revision = Self(bytes);
        let is_as_shown = is_read && revision.to_string() == text;
        is_as_shown.then_some(revision).ok_or(Invalid("must be 64 of 0-9 and a-f"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saga_id_depends_on_the_player_and_on_the_key_and_on_nothing_else() {
        let ann = UserId(Uuid::from_u128(1));
        let ben = UserId(Uuid::from_u128(2));
        let one = IdempotencyKey::new("one").unwrap();
        let two = IdempotencyKey::new("two").unwrap();

        assert_eq!(SagaId::derive(ann, &one), SagaId::derive(ann, &one));
        assert_ne!(SagaId::derive(ann, &one), SagaId::derive(ann, &two));
        assert_ne!(SagaId::derive(ann, &one), SagaId::derive(ben, &one));
    }

    #[test]
    fn a_saga_id_of_a_key_never_changes_between_releases() {
        let ann = UserId(Uuid::from_u128(1));
        let key = IdempotencyKey::new("one").unwrap();
        assert_eq!(
            SagaId::derive(ann, &key).to_string(),
            "5cdca3eb-0087-8e51-a01b-c1daae46db29",
            "stored sagas would no longer be found"
        );
    }

    #[test]
    fn each_time_that_a_purchase_is_taken_back_has_sources_of_its_own() {
        let purchase = SourceId(Uuid::from_u128(1));
        assert_eq!(purchase.taken_back(1), purchase);
        let mut ids: Vec<SourceId> = (1..=3)
            .flat_map(|number| {
                [purchase.taken_back(number), purchase.revoked(number), purchase.restored(number)]
            })
            .collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 9);
    }

    #[test]
    fn a_uuid_has_one_form() {
        let good = "5cdca3eb-0087-8e51-a01b-c1daae46db29";
        for (text, is_good) in [
            (good.to_owned(), true),
            (good.to_uppercase(), true),
            (good.replace('-', ""), false),
            (format!("{{{good}}}"), false),
            (format!("urn:uuid:{good}"), false),
            (format!("{good} "), false),
        ] {
            assert_eq!(text.parse::<SagaId>().is_ok(), is_good, "{text}");
        }
    }

    #[test]
    fn names_of_master_data_are_plain() {
        for (text, good) in [
            ("standard", true),
            ("spring-2026", true),
            ("", false),
            ("-x", false),
            ("Standard", false),
            ("a b", false),
            (&"x".repeat(64), true),
            (&"x".repeat(65), false),
        ] {
            assert_eq!(PoolId::new(text).is_ok(), good, "{text:?}");
        }
    }

    #[test]
    fn player_ids_are_ply_and_twelve_digits() {
        assert_eq!(PlayerId::new(42).unwrap().as_str(), "PLY000000000042");
        assert!(PlayerId::new(PlayerId::COUNT).is_err());
    }
}
