//! What a stream of random numbers is made from.

use std::fmt;
use std::num::NonZeroU64;
use std::str::FromStr;

use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use crate::money::words;
use crate::{Invalid, Span, UserId};

/// Keeps commitments apart from any other hash.
const TAG: &[u8] = b"tenjo-seed-v2\0";

/// The server's part of every purchase of a period: 256 random bits.
///
/// Anyone who knows it before the period is over can predict every draw of it.
/// So `Debug` hides it, and it may be shown only once it is revealed.
#[derive(Clone, PartialEq, Eq)]
pub struct ServerSeed([u8; 32]);

impl ServerSeed {
    /// A seed of bytes that nobody can guess.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The secret itself, for drawing with, storing and revealing.
    #[must_use]
    pub const fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// The secret itself in hexadecimal, as it is published once it is revealed.
    #[must_use]
    pub fn expose_hex(&self) -> String {
        hex::encode(self.0)
    }

    /// The hash that is published before the seed is used. It binds the server
    /// to the seed and to the period in which it is used, and reveals nothing
    /// about the seed.
    #[must_use]
    pub fn commitment(&self, span: Span) -> Commitment {
        let hash = Sha256::new().chain_update(TAG).chain_update(self.0).chain_update(span.bytes());
        Commitment(hash.finalize().into())
    }
}

impl fmt::Debug for ServerSeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServerSeed(…)")
    }
}

/// SHA-256 of a [`ServerSeed`] and its period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Commitment(pub [u8; 32]);

impl fmt::Display for Commitment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// The player's part of a purchase: 1 to 64 visible ASCII characters.
///
/// The server cannot have foreseen one that the player chose after the commitment
/// was published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientSeed(String);

impl ClientSeed {
    /// Reads a client seed.
    ///
    /// # Errors
    /// When it is empty, longer than 64 characters, or holds anything but
    /// visible ASCII characters. A space is none: at an end it would be missed.
    pub fn new(text: impl Into<String>) -> Result<Self, Invalid> {
        let text = text.into();
        if (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self(text))
        } else {
            Err(Invalid("must be 1 to 64 visible ASCII characters, without spaces"))
        }
    }

    /// The client seed of a player who has set none. The server knows it in
    /// advance, so a player who does not trust the server sets one.
    #[must_use]
    pub fn default_for(user_id: UserId) -> Self {
        Self(user_id.to_string())
    }

    /// The seed as the player set it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Where the client seed of a purchase comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientSeedOrigin {
    /// The player sent it with the purchase.
    Draw,
    /// The player had set it earlier.
    Player,
    /// The player never set one: it is their id.
    Default,
}

words!(ClientSeedOrigin { Draw = "draw", Player = "player", Default = "default" });

/// The client seed of a purchase, and how it came to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsedClientSeed {
    /// The seed.
    pub client_seed: ClientSeed,
    /// Where it comes from.
    pub origin: ClientSeedOrigin,
    /// When the server got it from the player; `None` if it is the default.
    pub set_at: Option<OffsetDateTime>,
}

/// Which of a player's purchases it is, counted from 1 without gaps, whatever the
/// pool and however many draws it has.
///
/// There are no gaps, because a number that is missing could be a purchase that the
/// server hid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct DrawNumber(NonZeroU64);

impl DrawNumber {
    /// The number of a player's first purchase.
    pub const FIRST: Self = Self(NonZeroU64::MIN);

    /// Reads a number.
    ///
    /// # Errors
    /// When it is 0.
    pub fn new(number: u64) -> Result<Self, Invalid> {
        NonZeroU64::new(number).map(Self).ok_or(Invalid("must be 1 or more"))
    }

    /// The number that follows when `taken` of them were taken.
    #[must_use]
    pub const fn after(taken: u64) -> Self {
        Self(NonZeroU64::MIN.saturating_add(taken))
    }

    /// The number itself.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0.get()
    }
}

impl fmt::Display for DrawNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use time::Duration;
    use time::macros::datetime;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_server_seed_does_not_print() {
        let seed = ServerSeed::new([0x0b; 32]);
        assert_eq!(format!("{seed:?}"), "ServerSeed(…)");
        assert_eq!(seed.expose_hex(), "0b".repeat(32), "unless it is asked for");
    }

    #[test]
    fn a_commitment_is_the_sha_256_of_the_seed_and_its_period_in_hex() {
        let starts_at = datetime!(2026-08-01 0:00 UTC);
        let day = Span { starts_at, ends_at: starts_at + Duration::DAY };
        // python3: hashlib.sha256(b"tenjo-seed-v2\0" + bytes(32)
        //     + (1785542400).to_bytes(8, "big") + (86400).to_bytes(4, "big")).hexdigest()
        let commitment = ServerSeed::new([0; 32]).commitment(day);
        assert_eq!(
            commitment.to_string(),
            "f06ae6bf9e8b663186faecc1195763c5bc1d9218cf38347fab7d9053433366b3"
        );
        let later = Span { starts_at: starts_at + Duration::SECOND, ..day };
        let longer = Span { ends_at: day.ends_at + Duration::SECOND, ..day };
        for other in [later, longer] {
            assert_ne!(ServerSeed::new([0; 32]).commitment(other), commitment, "{other:?}");
        }
    }

    #[test]
    fn client_seeds_have_1_to_64_visible_characters() {
        for (text, good) in [
            ("a", true),
            ("~!\"'\\<>", true),
            ("", false),
            ("two words", false),
            (" a", false),
            ("line\nbreak", false),
            ("del\u{7f}", false),
            ("天井", false),
            (&"k".repeat(64), true),
            (&"k".repeat(65), false),
        ] {
            assert_eq!(ClientSeed::new(text).is_ok(), good, "{text:?}");
        }
    }

    #[test]
    fn the_default_client_seed_is_the_players_id_and_a_good_one() {
        let seed = ClientSeed::default_for(UserId(Uuid::from_u128(0xab)));
        assert_eq!(seed.as_str(), "00000000-0000-0000-0000-0000000000ab");
        assert_eq!(ClientSeed::new(seed.as_str()), Ok(seed));
    }

    #[test]
    fn purchases_are_counted_from_one() {
        assert!(DrawNumber::new(0).is_err());
        for (taken, next) in [(0, 1), (1, 2), (41, 42), (u64::MAX, u64::MAX)] {
            assert_eq!(DrawNumber::after(taken).get(), next);
            assert_eq!(DrawNumber::new(next), Ok(DrawNumber::after(taken)));
        }
        assert_eq!(DrawNumber::after(0), DrawNumber::FIRST);
    }
}
