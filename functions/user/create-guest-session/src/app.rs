//! What the function keeps while it is warm.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tenjo_domain::{DeviceId, Gems, Most};
use tenjo_http::{Error, HasDb, Network};
use tenjo_sessions::Sessions;
use tenjo_settings::{ExposeSecret, SettingError, Settings};
use tenjo_store::Db;
use tenjo_store::guest::NetworkHash;
use tenjo_store::user::DeviceHash;

pub(crate) struct App {
    pub(crate) db: Db,
    pub(crate) sessions: Sessions,
    /// The gems that a new guest gets.
    pub(crate) gift: Gift,
    /// How many guests a network may make in a calendar hour.
    pub(crate) most_guests_per_hour: Most,
    device_hash: Hmac<Sha256>,
}

impl HasDb for App {
    fn db(&self) -> &Db {
        &self.db
    }
}

pub(crate) struct Gift {
    pub(crate) free_gems: Gems,
    pub(crate) paid_gems: Gems,
}

const DEVICE_HASH_KEY: &str = "TENJO_DEVICE_HASH_KEY";

impl App {
    pub(crate) fn from_settings(settings: &Settings) -> Result<Self, Error> {
        let key = settings.secret(DEVICE_HASH_KEY, 32)?;
        Ok(Self {
            db: settings.database("TENJO_GUEST_DATABASE_URL", tenjo_store::connect)?,
            sessions: Sessions::from_settings(settings)?,
            gift: Gift {
                free_gems: gems(settings, "TENJO_STARTING_FREE_GEMS", 3000)?,
                paid_gems: gems(settings, "TENJO_STARTING_PAID_GEMS", 0)?,
            },
            most_guests_per_hour: settings.read("TENJO_GUESTS_PER_NETWORK_HOUR", str::parse)?,
            device_hash: Hmac::new_from_slice(key.expose_secret().as_bytes())
                .map_err(|_| SettingError::new(DEVICE_HASH_KEY, "is not a valid key"))?,
        })
    }

    /// The hash that the database has of a device's id.
    pub(crate) fn device_hash(&self, device_id: &DeviceId) -> DeviceHash {
        let hash = self.device_hash.clone().chain_update(device_id.expose()).finalize();
        DeviceHash(hash.into_bytes().into())
    }

    /// The hash that the database has of a network's address. No device id begins with a
    /// zero byte, so the two kinds of hashes have nothing in common.
    pub(crate) fn network_hash(&self, network: Network) -> NetworkHash {
        let hash = self.device_hash.clone().chain_update(b"\0network");
        NetworkHash(hash.chain_update(network.bytes()).finalize().into_bytes().into())
    }
}

fn gems(settings: &Settings, name: &str, default: u64) -> Result<Gems, SettingError> {
    Gems::new(settings.parse_or(name, default)?)
        .map_err(|invalid| SettingError::new(name, invalid.to_string()))
}
