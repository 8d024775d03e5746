//! What a guest logs in with, and which texts cannot be that.

use std::fmt;

use crate::Invalid;

/// What a guest logs in with: a secret that one device keeps. 8 to 255 visible ASCII
/// characters.
///
/// Anyone who knows it can log in as the player. So it is never stored, logged
/// or shown: `Debug` hides it, and tables hold a keyed hash.
#[derive(Clone, PartialEq, Eq)]
pub struct DeviceId(String);

/// What systems and engines answer on many devices alike, in lower case and without
/// anything but letters and digits.
///
/// Most such answers need no entry here: they are too short (`n/a`, `null`), or
/// [`is_repeated`] or [`is_sequence`] finds them (the advertising id of a player who
/// does not want to be tracked is all zeros).
const PLACEHOLDERS: [&str; 12] = [
    // Android's id on a whole series of emulators and phones (Android issue 10603).
    "9774d56d682e549c",
    // The answer for a hardware address since iOS 7 and Android 6.
    "020000000000",
    // Serial numbers of boards whose maker did not set one.
    "defaultstring",
    "tobefilledbyoem",
    "systemserialnumber",
    // Words that programs write when they have no value.
    "undefined",
    "notavailable",
    "unavailable",
    "unsupported",
    "unsupportedidentifier",
    "deviceid",
    "deviceuniqueidentifier",
];

impl DeviceId {
    /// Reads a device id.
    ///
    /// # Errors
    /// When it is shorter than 8 or longer than 255 characters, has others than visible
    /// ASCII, or cannot be one device's own: strangers would share an account.
    pub fn new(text: impl Into<String>) -> Result<Self, Invalid> {
        let text = text.into();
        if !(8..=255).contains(&text.len()) || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Invalid("must be 8 to 255 visible ASCII characters"));
        }
        let letters: Vec<u8> = text
            .bytes()
            .filter(u8::is_ascii_alphanumeric)
            .map(|byte| byte.to_ascii_lowercase())
            .collect();
        if is_repeated(&letters) {
            Err(Invalid("is one character or word repeated, so many devices may have it"))
        } else if is_sequence(&letters) || is_placeholder(&letters) {
            Err(Invalid("is a placeholder that many devices have"))
        } else {
            Ok(Self(text))
        }
    }

    /// The secret itself, for hashing.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceId(…)")
    }
}

/// Whether the text is at least twice the same part, the last time perhaps cut short.
/// A text of none or one letter counts too.
///
/// Of 32 random hexadecimal digits, as a UUID without its fixed bits has them, about one
/// in 10¹⁹ is so.
fn is_repeated(letters: &[u8]) -> bool {
    let repeats = |length: usize| {
        letters.iter().zip(letters.iter().skip(length)).all(|(letter, after)| letter == after)
    };
    letters.len() < 2 || (1..=letters.len() / 2).any(repeats)
}

/// Whether each letter or digit follows the one before it, as in `12345678` or
/// `abcdefgh`. After 9 comes 0, and after 0 perhaps 1.
fn is_sequence(letters: &[u8]) -> bool {
    letters.windows(2).all(|pair| match *pair {
        [b'9', b'0'] => true,
        [first, second] => first + 1 == second,
        _ => false,
    })
}

fn is_placeholder(letters: &[u8]) -> bool {
    PLACEHOLDERS.iter().any(|placeholder| placeholder.as_bytes() == letters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_one_device_can_have_are_accepted() {
        for id in [
            "test-device-001",
            "6f1c0f0e-4c8e-4a53-9d0a-4a2f3b0d7c11",
            "a3f09c1e",
            "9774d56d682e549d",
            "Zm9vYmFyYmF6cXV4",
            // Most of it repeats, but not all.
            &format!("{}z", "k7Qx".repeat(60)),
        ] {
            assert!(DeviceId::new(id).is_ok(), "{id}");
        }
    }

    #[test]
    fn ids_of_a_wrong_shape_are_refused() {
        for id in ["", "short-1", &"k7Qx".repeat(64), "with blank 1", "with\ttab1", "gerät-0001"] {
            let refused = DeviceId::new(id).unwrap_err();
            assert_eq!(refused.0, "must be 8 to 255 visible ASCII characters", "{id}");
        }
    }

    #[test]
    fn ids_that_strangers_would_share_are_refused() {
        for (id, reason) in [
            ("00000000-0000-0000-0000-000000000000", "is one character or word repeated"),
            ("ffffffff-ffff-ffff-ffff-ffffffffffff", "is one character or word repeated"),
            ("00000000", "is one character or word repeated"),
            ("--------", "is one character or word repeated"),
            ("aaaaaaaaA", "is one character or word repeated"),
            ("test-test", "is one character or word repeated"),
            ("device/device/dev", "is one character or word repeated"),
            ("null,null", "is one character or word repeated"),
            ("12345678", "is a placeholder"),
            ("0123456789", "is a placeholder"),
            ("1234567890", "is a placeholder"),
            ("abcdefgh", "is a placeholder"),
            ("9774D56D682E549C", "is a placeholder"),
            ("02:00:00:00:00:00", "is a placeholder"),
            ("undefined", "is a placeholder"),
            ("To-Be-Filled-By-O.E.M.", "is a placeholder"),
            ("device-id", "is a placeholder"),
        ] {
            let refused = DeviceId::new(id).unwrap_err();
            assert!(refused.0.starts_with(reason), "{id}: {refused}");
        }
    }

    #[test]
    fn a_device_id_does_not_print() {
        let id = DeviceId::new("a-very-secret-device").unwrap();
        assert_eq!(format!("{id:?}"), "DeviceId(…)");
    }
}
