//! Moving a player to another device: a code that the server makes, and a password that
//! the player chooses. Whoever has both is the player.
//!
//! `docs/accounts.md` reckons how hard both are to guess, from the numbers here.

use std::fmt;

use sha2::{Digest, Sha256};
use time::Duration;

use crate::Invalid;

/// 32 digits that nobody takes for one another: no I, L, O and U (Crockford's base 32).
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A code that the server made: 16 digits of 5 bits each, shown in groups of four.
#[derive(Clone, PartialEq, Eq)]
pub struct TransferCode(String);

/// SHA-256 of a code. It has 80 random bits, and nobody can try that many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransferCodeHash(pub [u8; 32]);

impl TransferCode {
    /// How many random bytes a code is made of: 80 bits.
    pub const RANDOM_LEN: usize = 10;

    /// For how long a code is good.
    pub const LIFETIME: Duration = Duration::days(30);

    /// How many tries with a wrong password lock a code.
    pub const MOST_TRIES: u32 = 5;

    /// The longest text that may be a code, with whatever stands between its digits.
    const MAX_LEN: usize = 32;

    /// The code that these random bytes make.
    #[must_use]
    pub fn of(random: [u8; Self::RANDOM_LEN]) -> Self {
        let mut bytes = [0; 16];
        bytes[6..].copy_from_slice(&random);
        let bits = u128::from_be_bytes(bytes);
        let digit = |place: u32| ALPHABET[(bits >> (5 * place) & 31) as usize];
        Self((0..16).rev().map(|place| char::from(digit(place))).collect())
    }

    /// Reads a code as a player types it: small letters, blanks and hyphens do not matter,
    /// and a letter that is no digit counts as the digit that it looks like.
    ///
    /// # Errors
    /// When the text cannot be a code of any kind: it is empty, longer than 32
    /// characters, or has something other than letters, digits, blanks and hyphens.
    pub fn read(text: &str) -> Result<Self, Invalid> {
        let may_be = |byte: u8| byte.is_ascii_alphanumeric() || byte == b' ' || byte == b'-';
        if !(1..=Self::MAX_LEN).contains(&text.len()) || !text.bytes().all(may_be) {
            return Err(Invalid("must be 1 to 32 letters, digits, blanks and -"));
        }
        let digits = text.chars().filter(char::is_ascii_alphanumeric);
        Ok(Self(digits.map(|digit| look_alike(digit.to_ascii_uppercase())).collect()))
    }

    /// The hash under which the database knows the code.
    #[must_use]
    pub fn hash(&self) -> TransferCodeHash {
        let hash = Sha256::new().chain_update(b"tenjo.transfer.v1\0").chain_update(&self.0);
        TransferCodeHash(hash.finalize().into())
    }

    /// The code as players write it down: `7K3M-Q9TD-4VXA-0ZPR`.
    #[must_use]
    pub fn shown(&self) -> String {
        let mut shown = String::with_capacity(19);
        for (place, digit) in self.0.chars().enumerate() {
            if place > 0 && place % 4 == 0 {
                shown.push('-');
            }
            shown.push(digit);
        }
        shown
    }
}

impl fmt::Debug for TransferCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TransferCode")
    }
}

const fn look_alike(digit: char) -> char {
    match digit {
        'I' | 'L' => '1',
        'O' => '0',
        other => other,
    }
}

/// The password that a player chose for a code: 8 to 64 visible ASCII characters, so that
/// every keyboard of every device types the same.
#[derive(Clone, PartialEq, Eq)]
pub struct TransferPassword(String);

impl TransferPassword {
    /// Checks a password.
    ///
    /// # Errors
    /// When it is shorter or longer, or has other characters.
    pub fn new(text: impl Into<String>) -> Result<Self, Invalid> {
        let text = text.into();
        if (8..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self(text))
        } else {
            Err(Invalid("must be 8 to 64 visible ASCII characters"))
        }
    }

    /// The password, to be hashed.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for TransferPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TransferPassword")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bit_of_a_code_is_in_it_and_it_is_shown_in_groups() {
        assert_eq!(TransferCode::of([0; 10]).shown(), "0000-0000-0000-0000");
        assert_eq!(TransferCode::of([255; 10]).shown(), "ZZZZ-ZZZZ-ZZZZ-ZZZZ");
        let mut codes = std::collections::BTreeSet::new();
        for bit in 0..80 {
            let mut random = [0; 10];
            random[bit / 8] = 1 << (bit % 8);
            codes.insert(TransferCode::of(random).shown());
        }
        assert_eq!(codes.len(), 80);
    }

    #[test]
    fn a_code_is_read_as_players_type_it() {
        let code = TransferCode::of([0x08, 0x42, 0x10, 0x84, 0x21, 0, 0, 0, 0, 0]);
        assert_eq!(code.shown(), "1111-1111-0000-0000");
        for typed in [
            "1111-1111-0000-0000",
            "1111111100000000",
            "llll iiii oooo oooo",
            "LIli-1111 OoOo-0000",
        ] {
            assert_eq!(TransferCode::read(typed).unwrap().hash(), code.hash(), "{typed}");
        }
        let other = TransferCode::read("1111-1111-0000-0001").unwrap();
        assert_ne!(other.hash(), code.hash());
        for bad in ["", "天", "1111_1111", &"1".repeat(33)] {
            assert!(TransferCode::read(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_password_is_what_every_keyboard_types() {
        for (text, is_good) in [
            ("abcdefgh", true),
            ("!~!~!~!~", true),
            (&"x".repeat(64), true),
            ("abcdefg", false),
            (&"x".repeat(65), false),
            ("abcd efgh", false),
            ("天井天井天井天井", false),
        ] {
            assert_eq!(TransferPassword::new(text).is_ok(), is_good, "{text}");
        }
    }

    #[test]
    fn codes_and_passwords_do_not_print() {
        let code = TransferCode::of([7; 10]);
        assert!(!format!("{code:?}").contains(&code.shown()[..4]));
        let password = TransferPassword::new("hunter2hunter2").unwrap();
        assert!(!format!("{password:?}").contains("hunter2"));
    }
}
