//! A login with a device: which player it is, and the secret that it proves itself with.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use sha2::{Digest, Sha256};
use tenjo_domain::{
    DeviceEnd, DeviceId, DeviceLogin, DeviceType, Invalid, PlainLogin, RegistrationId, SecretHash,
    UserId,
};
use tenjo_http::{ApiError, Network, Reply, token_form};
use tenjo_settings::{SettingError, Settings};
use tenjo_store::Conn;
use tenjo_store::device::{self, DeviceHash, DeviceHashes, Registration};
use tenjo_store::network::NetworkHash;
use tenjo_store::session::SessionDevice;
use tenjo_store::user::User;
use time::OffsetDateTime;

use crate::{SessionView, Sessions};

const HASH_KEYS: &str = "TENJO_DEVICE_HASH_KEYS";
const MIN_KEY_LEN: usize = 32;

const MAX_DEVICE_NAME_LEN: usize = 100;

/// The keys that device ids and network addresses are hashed with. The first one hashes;
/// devices are found by both, while one takes the place of the other.
pub struct DeviceKeys(Vec<Hmac<Sha256>>);

impl DeviceKeys {
    /// Reads one key or two, with a comma between.
    ///
    /// # Errors
    /// When there are more, or one is short.
    pub fn from_settings(settings: &Settings) -> Result<Self, SettingError> {
        Self::new(settings.text(HASH_KEYS)?).ok_or_else(|| {
            let problem = format!(
                "must be one or two keys of {MIN_KEY_LEN} bytes or more, with a comma between"
            );
            SettingError::new(HASH_KEYS, problem)
        })
    }

    /// The same from a text; `None` if it is none.
    #[must_use]
    pub fn new(keys: &str) -> Option<Self> {
        let key = |key: &str| {
            let key = key.trim().as_bytes();
            (key.len() >= MIN_KEY_LEN).then(|| Hmac::new_from_slice(key).ok()).flatten()
        };
        let keys: Vec<_> = keys.split(',').map(key).collect::<Option<_>>()?;
        (keys.len() <= 2).then_some(Self(keys))
    }

    fn hashes(&self, device_id: &DeviceId) -> DeviceHashes {
        let hash = |key: &Hmac<Sha256>| {
            let hash = key.clone().chain_update(device_id.expose()).finalize();
            DeviceHash(hash.into_bytes().into())
        };
        DeviceHashes { now: hash(&self.0[0]), other: self.0.get(1).map(hash) }
    }

    /// The hash that the database has of a network's address. No device id begins with a
    /// zero byte, so the two kinds of hashes have nothing in common. A new key begins every
    /// network's hour anew, once.
    #[must_use]
    pub fn network_hash(&self, network: Network) -> NetworkHash {
        let hash = self.0[0].clone().chain_update(b"\0network");
        NetworkHash(hash.chain_update(network.bytes()).finalize().into_bytes().into())
    }

    /// Our seal on words for a device. No device id begins with a zero byte, so it is no
    /// hash of one.
    #[must_use]
    pub fn seal(&self, device: &Device, words: &[u8]) -> [u8; 32] {
        sealing(&self.0[0], &device.hashes.now, words).finalize().into_bytes().into()
    }

    /// Whether this is our seal on these words for the device, by either key.
    #[must_use]
    pub fn is_seal(&self, device: &Device, words: &[u8], seal: &[u8]) -> bool {
        let DeviceHashes { now, other } = &device.hashes;
        let mut pairs = self.0.iter().zip(std::iter::once(now).chain(other));
        pairs.any(|(key, hash)| sealing(key, hash, words).verify_slice(seal).is_ok())
    }
}

fn sealing(key: &Hmac<Sha256>, device: &DeviceHash, words: &[u8]) -> Hmac<Sha256> {
    key.clone().chain_update(b"\0seal").chain_update(device.0).chain_update(words)
}

/// The device of a request.
pub struct Device {
    /// What its id is known by.
    pub hashes: DeviceHashes,
    /// Of what kind it says that it is.
    pub device_type: DeviceType,
    /// The hash of the secret that it sent.
    pub sent: Option<SecretHash>,
}

/// The fields of a request that name a device.
pub struct DeviceFields {
    /// `device_id`.
    pub device_id: String,
    /// `device_type`.
    pub device_type: String,
    /// `device_name`.
    pub device_name: Option<String>,
    /// `device_secret`.
    pub device_secret: Option<String>,
}

impl Device {
    /// Reads the device of a request.
    ///
    /// # Errors
    /// - `invalid_request`
    pub fn read(keys: &DeviceKeys, fields: DeviceFields) -> Result<Self, ApiError> {
        let device_id = DeviceId::new(fields.device_id).map_err(ApiError::field("device_id"))?;
        // Part of the API, and of no use to the game: it is checked, and not stored.
        if fields.device_name.is_some_and(|name| name.chars().count() > MAX_DEVICE_NAME_LEN) {
            return Err(ApiError::invalid("device_name", "must have at most 100 characters"));
        }
        let sent = fields.device_secret.as_deref().map(secret_hash_of).transpose();
        Ok(Self {
            hashes: keys.hashes(&device_id),
            device_type: fields.device_type.parse().map_err(ApiError::field("device_type"))?,
            sent: sent.map_err(ApiError::field("device_secret"))?,
        })
    }

    /// What a session on this device is to know of it.
    #[must_use]
    pub const fn registered(&self, registration_id: RegistrationId) -> SessionDevice {
        SessionDevice { registration_id, device_type: self.device_type }
    }
}

/// A device that may log its player in. Its row is locked.
pub struct Known {
    /// As it is in the database.
    pub registration: Registration,
    /// Whether it is to be given a secret.
    pub needs_secret: bool,
}

/// Lets a device in that has a player, by the secret that it sent; `None` if it has none
/// yet.
///
/// # Errors
/// - `device_secret_required` (401)
/// - `account_transferred`, `device_removed` (401): it logs nobody in any more
pub async fn enter(
    conn: &mut Conn,
    device: &Device,
    plain: PlainLogin,
) -> Result<Option<Known>, ApiError> {
    let Some(registration) = device::lock(conn, device.hashes, device.sent).await? else {
        // Whoever sends a secret has had a player, who was deleted, and decides themselves
        // whether to begin anew.
        return if device.sent.is_some() { Err(ApiError::DeviceRemoved) } else { Ok(None) };
    };
    let needs_secret = match registration.credential.login(device.sent, plain) {
        DeviceLogin::Known => false,
        DeviceLogin::Shown => {
            device::secret_was_sent(conn, &registration).await?;
            false
        }
        DeviceLogin::Unproven => true,
        DeviceLogin::SecretRequired => return Err(ApiError::DeviceSecretRequired),
        DeviceLogin::Ended(DeviceEnd::Transferred) => return Err(ApiError::AccountTransferred),
        DeviceLogin::Ended(DeviceEnd::Removed) => return Err(ApiError::DeviceRemoved),
    };
    device::rehash(conn, &registration, device.hashes).await?;
    Ok(Some(Known { registration, needs_secret }))
}

/// The answer to a login with a device.
#[derive(Serialize)]
pub struct DeviceSessionView {
    #[serde(flatten)]
    session: SessionView,
    device_secret: Option<String>,
}

impl Reply for DeviceSessionView {}

impl Sessions {
    /// Begins a session on a device, and gives it a secret if it needs one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin_on(
        &self,
        conn: &mut Conn,
        user: &User,
        device: SessionDevice,
        needs_secret: bool,
        now: OffsetDateTime,
    ) -> Result<DeviceSessionView, ApiError> {
        let (session_id, session) = self.start(conn, user, Some(device), now).await?;
        let device_secret = needs_secret.then(new_secret);
        if let Some(secret) = &device_secret {
            let (registration_id, hash) = (device.registration_id, secret_hash(secret));
            let to = Some(session_id);
            device::give_secret(conn, user.user_id, registration_id, hash, to).await?;
        }
        Ok(DeviceSessionView { session, device_secret })
    }
}

/// Gives a device another secret, outside of a login; `None` if the device has ended. It
/// counts once the device has logged in with it; until then the one before it does.
///
/// # Errors
/// When the database fails.
pub async fn renew_secret(
    conn: &mut Conn,
    user_id: UserId,
    registration_id: RegistrationId,
) -> Result<Option<String>, ApiError> {
    let secret = new_secret();
    let hash = secret_hash(&secret);
    let is_given = device::give_secret(conn, user_id, registration_id, hash, None).await?;
    Ok(is_given.then_some(secret))
}

/// 256 random bits. The generator is cryptographic, and seeded by the system.
fn new_secret() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

fn secret_hash_of(secret: &str) -> Result<SecretHash, Invalid> {
    token_form(secret).map(secret_hash)
}

fn secret_hash(secret: &str) -> SecretHash {
    let hash = Sha256::new().chain_update(b"tenjo.device.v1\0").chain_update(secret);
    SecretHash(hash.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tenjo_http::RefreshToken;

    fn id() -> DeviceId {
        DeviceId::new("6f1c0f0e-4c8e-4a53-9d0a-4a2f3b0d7c11").unwrap()
    }

    #[test]
    fn the_first_key_hashes_and_both_find() {
        let (one, two) = ("1".repeat(32), "2".repeat(32));
        let hashes = |keys: &str| DeviceKeys::new(keys).unwrap().hashes(&id());
        let (old, both, new) = (hashes(&one), hashes(&format!("{two},{one}")), hashes(&two));
        assert_eq!((both.now, both.other), (new.now, Some(old.now)));
        assert_ne!(old.now, new.now);
        assert_eq!(old.other, None);
    }

    #[test]
    fn a_seal_is_of_its_words_and_its_device_and_outlives_a_change_of_keys() {
        let (one, two) = ("1".repeat(32), "2".repeat(32));
        let device = |keys: &DeviceKeys, id: &str| Device {
            hashes: keys.hashes(&DeviceId::new(id).unwrap()),
            device_type: DeviceType::Ios,
            sent: None,
        };
        let keys = |keys: &str| DeviceKeys::new(keys).unwrap();
        let (old, both, new) = (keys(&one), keys(&format!("{two},{one}")), keys(&two));
        let seal = old.seal(&device(&old, "test-device-001"), b"words");
        for (keys, id, words, is_good) in [
            (&old, "test-device-001", b"words", true),
            (&both, "test-device-001", b"words", true),
            (&new, "test-device-001", b"words", false),
            (&old, "test-device-002", b"words", false),
            (&old, "test-device-001", b"wordz", false),
        ] {
            let device = device(keys, id);
            assert_eq!(keys.is_seal(&device, words, &seal), is_good, "{id} {words:?}");
        }
        assert_ne!(both.seal(&device(&both, "test-device-001"), b"words"), seal);
        assert!(!old.is_seal(&device(&old, "test-device-001"), b"words", &seal[..31]));
    }

    #[test]
    fn keys_are_long_and_two_at_most() {
        let key = "k".repeat(32);
        for (keys, is_good) in [
            (key.clone(), true),
            (format!("{key},{key}"), true),
            (format!("{key},{key},{key}"), false),
            (format!("{key},"), false),
            ("k".repeat(31), false),
        ] {
            assert_eq!(DeviceKeys::new(&keys).is_some(), is_good, "{keys}");
        }
    }

    #[test]
    fn a_secret_is_hashed_apart_from_a_refresh_token_of_the_same_text() {
        let secret = new_secret();
        assert_eq!(secret.len(), 43, "256 bits in base64");
        assert_ne!(secret_hash(&secret).0, RefreshToken::new(secret.clone()).unwrap().hash().0);
        assert_ne!(new_secret(), secret);
    }
}
