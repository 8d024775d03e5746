//! What a stream of random numbers is made from.

use std::fmt;
use std::num::NonZeroU64;

use sha2::{Digest, Sha256};

use crate::{Invalid, UserId};

/// The server's part of every draw of a period: 256 random bits.
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
    /// to the seed, and reveals nothing about it.
    #[must_use]
    pub fn commitment(&self) -> Commitment {
        Commitment(Sha256::digest(self.0).into())
    }
}

impl fmt::Debug for ServerSeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServerSeed(…)")
    }
}

/// SHA-256 of a [`ServerSeed`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Commitment(pub [u8; 32]);

impl fmt::Display for Commitment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// The player's part of their draws: 1 to 64 visible ASCII characters.
///
/// One that the player chose after the commitment was published cannot have
/// been foreseen when the server chose its seed.
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

/// Which of a player's draws it is, counted from 1 without gaps, whatever the
/// pool and however many items it draws.
///
/// There are no gaps, because a number that is missing could be a draw that the
/// server hid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct DrawNumber(NonZeroU64);

impl DrawNumber {
    /// The number of a player's first draw.
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
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_server_seed_does_not_print() {
        let seed = ServerSeed::new([0x0b; 32]);
        assert_eq!(format!("{seed:?}"), "ServerSeed(…)");
        assert_eq!(seed.expose_hex(), "0b".repeat(32), "unless it is asked for");
    }

    #[test]
    fn a_commitment_is_the_sha_256_of_the_seed_in_hex() {
        // python3: hashlib.sha256(bytes(32)).hexdigest()
        assert_eq!(
            ServerSeed::new([0; 32]).commitment().to_string(),
            "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925"
        );
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
    fn draws_are_counted_from_one() {
        assert!(DrawNumber::new(0).is_err());
        for (taken, next) in [(0, 1), (1, 2), (41, 42), (u64::MAX, u64::MAX)] {
            assert_eq!(DrawNumber::after(taken).get(), next);
            assert_eq!(DrawNumber::new(next), Ok(DrawNumber::after(taken)));
        }
        assert_eq!(DrawNumber::after(0), DrawNumber::FIRST);
    }
}
