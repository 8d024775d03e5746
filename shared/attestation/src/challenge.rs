//! Challenges: what a statement has to answer.
//!
//! A challenge is a time, random bits, and our seal on both and on the device that asked.
//! So none is stored until it is used, and nobody else can make one or use it for another
//! device.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use tenjo_sessions::device::{Device, DeviceKeys};
use time::{Duration, OffsetDateTime};

/// How long one is good for. Google's answer takes up to ten seconds on the device, Apple's
/// too, and people put their phones away.
pub(crate) const LIFETIME: Duration = Duration::minutes(5);

const TIME: usize = 8;
const RANDOM: usize = 16;
const SEAL: usize = 32;
const LENGTH: usize = TIME + RANDOM + SEAL;

/// A challenge of ours that is good now.
pub(crate) struct Challenge {
    bytes: [u8; LENGTH],
    pub(crate) expires_at: OffsetDateTime,
}

impl Challenge {
    /// A new one for a device.
    pub(crate) fn make(keys: &DeviceKeys, device: &Device, now: OffsetDateTime) -> Self {
        let expires_at = now + LIFETIME;
        let mut bytes = [0; LENGTH];
        let (words, seal) = bytes.split_at_mut(TIME + RANDOM);
        words[..TIME].copy_from_slice(&expires_at.unix_timestamp().to_be_bytes());
        // The generator is cryptographic, and seeded by the system.
        words[TIME..].copy_from_slice(&rand::random::<[u8; RANDOM]>());
        seal.copy_from_slice(&keys.seal(device, words));
        Self { bytes, expires_at }
    }

    /// One that a device sends; `None` if we made none such for it, or it has expired.
    pub(crate) fn read(
        keys: &DeviceKeys,
        device: &Device,
        text: &str,
        now: OffsetDateTime,
    ) -> Option<Self> {
        let bytes: [u8; LENGTH] = URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
        let (words, seal) = bytes.split_at(TIME + RANDOM);
        if !keys.is_seal(device, words, seal) {
            return None;
        }
        let expires_at = i64::from_be_bytes(*words.first_chunk()?);
        let expires_at = OffsetDateTime::from_unix_timestamp(expires_at).ok()?;
        (expires_at > now).then_some(Self { bytes, expires_at })
    }

    /// As it goes to the client.
    pub(crate) fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.bytes)
    }

    /// What the client gives to the platform: the SHA-256 of the text.
    pub(crate) fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.text()).into()
    }
}

#[cfg(test)]
mod tests {
    use tenjo_sessions::device::DeviceFields;
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-04-01 12:00 UTC);

    fn keys() -> DeviceKeys {
        DeviceKeys::new(&"k".repeat(32)).unwrap()
    }

    fn device(device_id: &str) -> Device {
        let fields = DeviceFields {
            device_id: device_id.to_owned(),
            device_type: "ios".to_owned(),
            device_name: None,
            device_secret: None,
        };
        Device::read(&keys(), fields).unwrap()
    }

    #[test]
    fn a_challenge_is_good_for_five_minutes_and_for_its_device() {
        let device = device("test-device-001");
        let made = Challenge::make(&keys(), &device, NOW);
        for (after, is_good) in [
            (Duration::ZERO, true),
            (LIFETIME - Duration::SECOND, true),
            (LIFETIME, false),
            (Duration::days(1), false),
        ] {
            let read = Challenge::read(&keys(), &device, &made.text(), NOW + after);
            assert_eq!(read.is_some(), is_good, "{after}");
            assert!(read.is_none_or(|read| read.hash() == made.hash()));
        }
        let other = self::device("test-device-002");
        assert!(Challenge::read(&keys(), &other, &made.text(), NOW).is_none());
        let strange = DeviceKeys::new(&"x".repeat(32)).unwrap();
        assert!(Challenge::read(&strange, &device, &made.text(), NOW).is_none());
        assert_ne!(Challenge::make(&keys(), &device, NOW).text(), made.text());
    }

    #[test]
    fn a_challenge_that_was_changed_in_any_letter_is_none() {
        let device = device("test-device-001");
        let text = Challenge::make(&keys(), &device, NOW).text();
        assert_eq!(text.len(), 75);
        for index in 0..text.len() {
            let letter = if &text[index..=index] == "A" { "B" } else { "A" };
            let changed = format!("{}{letter}{}", &text[..index], &text[index + 1..]);
            assert!(Challenge::read(&keys(), &device, &changed, NOW).is_none(), "{index}");
        }
        for changed in ["", &text[1..], &format!("{text}A"), &format!("{text}=")] {
            assert!(Challenge::read(&keys(), &device, changed, NOW).is_none(), "{changed}");
        }
    }
}
