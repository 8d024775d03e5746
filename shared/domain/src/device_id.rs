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
const PLACEHOLDERS: [&str; 33] = [
    // Android's id on a whole series of emulators and phones (Android issue 10603).
    "9774d56d682e549c",
    // Serial numbers and phone ids (IMEI) of Android's emulators.
    "emulator5554",
    "emulator5556",
    "emulator30x1x5x0",
    "012345678912345",
    // The answer for a hardware address since iOS 7 and Android 6.
    "020000000000",
    // The hashes of nothing: MD5, SHA-1 and SHA-256.
    "d41d8cd98f00b204e9800998ecf8427e",
    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    // The hashes of the UUID of zeros: MD5, SHA-1 and SHA-256.
    "9f89c84a559f573636a47ff8daed0d33",
    "b602d594afd2b0b327e07a06f36ca6a7e42546d0",
    "12b9377cbe7e5c94e8a70d9d23929523d14afa954793130f8a3959c7b849aca8",
    // The base of all UUIDs of Bluetooth.
    "0000000000001000800000805f9b34fb",
    // The UUID that documents show.
    "123e4567e89b12d3a456426614174000",
    // The UUID, and serial numbers, of boards whose maker did not set one.
    "03000200040005000006000700080009",
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
    "mydeviceid",
    "yourdeviceid",
    "uniquedeviceid",
    "unknowndevice",
    "unknowndeviceid",
    "nodeviceid",
    "placeholder",
    "changeme",
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
        } else if is_counted(&text) || has_zero_uuid(&letters) || is_placeholder(&letters) {
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

/// Whether every part between other characters is a sequence, one character again and
/// again, or a small number after zeros, as in `12345678-1234-1234-1234-123456789abc`.
fn is_counted(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let mut parts = text.split(|it: char| !it.is_ascii_alphanumeric()).map(str::as_bytes);
    parts.all(|part| {
        let zeros = part.iter().take_while(|digit| **digit == b'0').count();
        is_sequence(part.iter())
            || is_sequence(part.iter().rev())
            || part.windows(2).all(|pair| pair[0] == pair[1])
            || 2 * zeros >= part.len()
    })
}

/// Whether the UUID of zeros is in it, as in `ios-00000000-0000-0000-0000-000000000000`,
/// or most of it is zeros, as in `0x0000000000000000`.
fn has_zero_uuid(letters: &[u8]) -> bool {
    const DIGITS: usize = 32;
    let longest = letters.split(|letter| *letter != b'0').map(<[u8]>::len).max().unwrap_or(0);
    longest >= DIGITS || 2 * longest > letters.len()
}

/// Whether each letter or digit follows the one before it, as in `12345678` or
/// `abcdefgh`. After 9 comes 0 or `a`, and after `f` perhaps 0.
fn is_sequence<'a>(letters: impl Iterator<Item = &'a u8> + Clone) -> bool {
    letters.clone().zip(letters.skip(1)).all(|(first, second)| {
        matches!((first, second), (b'9', b'0' | b'a') | (b'f', b'0')) || first + 1 == *second
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
            "12345678-device",
            "1111-2222-33334",
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
            ("87654321", "is a placeholder"),
            ("0123456789ABCDEF", "is a placeholder"),
            ("fedcba9876543210", "is a placeholder"),
            ("12345678-1234-1234-1234-123456789012", "is a placeholder"),
            ("12345678-1234-1234-1234-123456789abc", "is a placeholder"),
            ("11111111-2222-3333-4444-555555555555", "is a placeholder"),
            ("00000000-0000-0000-0000-000000000001", "is a placeholder"),
            ("00000000-0000-1000-8000-00805F9B34FB", "is a placeholder"),
            ("d41d8cd98f00b204e9800998ecf8427e", "is a placeholder"),
            ("my-device-id", "is a placeholder"),
            ("unknown_device", "is a placeholder"),
            ("00000017", "is a placeholder"),
            ("9774D56D682E549C", "is a placeholder"),
            ("02:00:00:00:00:00", "is a placeholder"),
            ("undefined", "is a placeholder"),
            ("To-Be-Filled-By-O.E.M.", "is a placeholder"),
            ("device-id", "is a placeholder"),
            ("ios-00000000-0000-0000-0000-000000000000", "is a placeholder"),
            ("urn:uuid:00000000-0000-0000-0000-000000000000", "is a placeholder"),
            ("0x0000000000000000", "is a placeholder"),
            ("012345678912345", "is a placeholder"),
            ("emulator-5554", "is a placeholder"),
            ("EMULATOR30X1X5X0", "is a placeholder"),
            ("03000200-0400-0500-0006-000700080009", "is a placeholder"),
            ("123e4567-e89b-12d3-a456-426614174000", "is a placeholder"),
            ("9f89c84a559f573636a47ff8daed0d33", "is a placeholder"),
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
