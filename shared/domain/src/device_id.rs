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
const PLACEHOLDERS: &[&str] = &[
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
    // UUIDs that documents show: RFC 4122, Wikipedia, Swagger, Android, and libraries
    // of JavaScript, Python and Rust.
    "123e4567e89b12d3a456426614174000",
    "f81d4fae7dec11d0a76500a0c91e6bf6",
    "550e8400e29b41d4a716446655440000",
    "f47ac10b58cc4372a5670e02b2c3d479",
    "3fa85f6457174562b3fc2c963f66afa6",
    "384000008cf011bdb23e10b96e40000d",
    "9b1deb4d3b7d4bad9bdd2b0d7b3dcb6d",
    "16fd27068baf433b82eb8c7fada847da",
    "67e5504410b1426f9247bb680e5fe0c8",
    // The namespaces of RFC 9562, for names, URLs, object identifiers and X.500.
    "6ba7b8109dad11d180b400c04fd430c8",
    "6ba7b8119dad11d180b400c04fd430c8",
    "6ba7b8129dad11d180b400c04fd430c8",
    "6ba7b8149dad11d180b400c04fd430c8",
    // The UUID, and serial numbers, of boards whose maker did not set one.
    "03000200040005000006000700080009",
    "defaultstring",
    "tobefilledbyoem",
    "systemserialnumber",
    // Words that programmers write as numbers.
    "deadbeef",
    "deadbeefcafebabe",
    "cafebabe",
    // What simulators call themselves.
    "simulator",
    "emulator",
    "iossimulator",
    "iphonesimulator",
    "androidemulator",
    // Words that programs write when they have no value.
    "anonymous",
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
        let chosen = chosen(&text);
        let letters: Vec<u8> = chosen.iter().copied().filter(is_letter).collect();
        if is_repeated(&letters) {
            Err(Invalid("is one character or word repeated, so many devices may have it"))
        } else if is_counted(&chosen) || has_zero_uuid(&letters) || is_placeholder(&text) {
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

/// In the place of a digit that nobody chose: it is like every other one.
const ANY: u8 = 0;

fn is_letter(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || *byte == ANY
}

fn are_alike(first: u8, second: u8) -> bool {
    first == second || first == ANY || second == ANY
}

/// The text in lower case, with [`ANY`] for the version and the variant of a UUID: in
/// `00000000-0000-4000-8000-000000000000` nobody chose the 4 and the 8.
fn chosen(text: &str) -> Vec<u8> {
    let mut chosen = text.to_ascii_lowercase().into_bytes();
    if chosen.len() == 32 && chosen.iter().all(u8::is_ascii_hexdigit) {
        for end in [20, 16, 12, 8] {
            chosen.insert(end, b'-');
        }
    }
    let windows = chosen.windows(36).enumerate();
    let starts: Vec<usize> =
        windows.filter(|(_, window)| is_uuid(window)).map(|(start, _)| start).collect();
    for start in starts {
        chosen[start + 14] = ANY;
        chosen[start + 19] = ANY;
    }
    chosen
}

/// Whether this is a UUID of RFC 9562, in lower case, with its version and variant.
fn is_uuid(text: &[u8]) -> bool {
    text.iter().enumerate().all(|(place, byte)| match place {
        8 | 13 | 18 | 23 => *byte == b'-',
        14 => (b'1'..=b'8').contains(byte),
        19 => matches!(byte, b'8' | b'9' | b'a' | b'b'),
        _ => byte.is_ascii_hexdigit(),
    })
}

/// Whether the text is at least twice the same part, the last time perhaps cut short.
/// A text of none or one letter counts too.
///
/// Of 30 random hexadecimal digits, as a UUID without its fixed ones has them, about one
/// in 10¹⁷ is so.
fn is_repeated(letters: &[u8]) -> bool {
    let repeats = |length: usize| {
        letters.iter().zip(letters.iter().skip(length)).all(|(it, after)| are_alike(*it, *after))
    };
    letters.len() < 2 || (1..=letters.len() / 2).any(repeats)
}

/// Whether every part between other characters is a sequence, one character again and
/// again, or a small number after zeros, as in `12345678-1234-1234-1234-123456789abc`.
fn is_counted(text: &[u8]) -> bool {
    text.split(|byte| !is_letter(byte)).all(|part| {
        let zeros = part.iter().take_while(|digit| are_alike(**digit, b'0')).count();
        is_sequence(part.iter())
            || is_sequence(part.iter().rev())
            || part.windows(2).all(|pair| are_alike(pair[0], pair[1]))
            || 2 * zeros >= part.len()
    })
}

/// Whether the UUID of zeros is in it, as in `ios-00000000-0000-0000-0000-000000000000`,
/// or most of it is zeros, as in `0x0000000000000000`.
fn has_zero_uuid(letters: &[u8]) -> bool {
    const DIGITS: usize = 32;
    let runs = letters.split(|letter| !are_alike(*letter, b'0'));
    let longest = runs.map(<[u8]>::len).max().unwrap_or(0);
    longest >= DIGITS || 2 * longest > letters.len()
}

/// Whether each letter or digit follows the one before it, as in `12345678` or
/// `abcdefgh`. After 9 comes 0 or `a`, after 0 also `a`, as in `1234567890abcdef`, and
/// after `f` perhaps 0.
fn is_sequence<'a>(letters: impl Iterator<Item = &'a u8> + Clone) -> bool {
    letters.clone().zip(letters.skip(1)).all(|(&first, &second)| {
        matches!((first, second), (b'9', b'0' | b'a') | (b'0', b'a') | (b'f', b'0'))
            || first == ANY
            || are_alike(first + 1, second)
    })
}

fn is_placeholder(text: &str) -> bool {
    let letters = text.bytes().filter(u8::is_ascii_alphanumeric);
    let letters: Vec<u8> = letters.map(|byte| byte.to_ascii_lowercase()).collect();
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
            "iphone-simulator-7",
            "0b9f5f0a7a434c868f8e0a7f1d0e5c21",
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
            ("00000000-0000-4000-8000-000000000000", "is one character or word repeated"),
            ("00000000000040008000000000000000", "is one character or word repeated"),
            ("FFFFFFFF-FFFF-4FFF-BFFF-FFFFFFFFFFFF", "is one character or word repeated"),
            ("12341234-1234-4234-9234-123412341234", "is one character or word repeated"),
            ("12345678", "is a placeholder"),
            ("0123456789", "is a placeholder"),
            ("1234567890", "is a placeholder"),
            ("abcdefgh", "is a placeholder"),
            ("87654321", "is a placeholder"),
            ("0123456789ABCDEF", "is a placeholder"),
            ("fedcba9876543210", "is a placeholder"),
            ("12345678-1234-1234-1234-123456789012", "is a placeholder"),
            ("12345678-1234-1234-1234-123456789abc", "is a placeholder"),
            ("12345678-1234-4234-8234-123456789abc", "is a placeholder"),
            ("12345678123442348234123456789012", "is a placeholder"),
            ("1234567890abcdef", "is a placeholder"),
            ("FEDCBA0987654321", "is a placeholder"),
            ("12345678-90ab-cdef-1234-567890abcdef", "is one character or word repeated"),
            ("00000000-0000-4000-8000-000000000017", "is a placeholder"),
            ("11111111-2222-4333-8444-555555555555", "is a placeholder"),
            ("ios-00000000-0000-4000-8000-000000000000", "is a placeholder"),
            ("550e8400-e29b-41d4-a716-446655440000", "is a placeholder"),
            ("F47AC10B-58CC-4372-A567-0E02B2C3D479", "is a placeholder"),
            ("3fa85f64-5717-4562-b3fc-2c963f66afa6", "is a placeholder"),
            ("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "is a placeholder"),
            ("6ba7b811-9dad-11d1-80b4-00c04fd430c8", "is a placeholder"),
            ("6ba7b812-9dad-11d1-80b4-00c04fd430c8", "is a placeholder"),
            ("6ba7b814-9dad-11d1-80b4-00c04fd430c8", "is a placeholder"),
            ("deadbeef", "is a placeholder"),
            ("DEADBEEF-CAFEBABE", "is a placeholder"),
            ("anonymous", "is a placeholder"),
            ("Simulator", "is a placeholder"),
            ("iPhone-Simulator", "is a placeholder"),
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
