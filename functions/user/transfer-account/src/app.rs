//! What the function keeps while it is warm.

use tenjo_attestation::Attestations;
use tenjo_domain::{Most, PlainLogin};
use tenjo_http::{Error, HasDb};
use tenjo_passwords::Passwords;
use tenjo_sessions::Sessions;
use tenjo_sessions::device::DeviceKeys;
use tenjo_settings::Settings;
use tenjo_store::Db;

pub(crate) struct App {
    pub(crate) db: Db,
    pub(crate) sessions: Sessions,
    pub(crate) passwords: Passwords,
    pub(crate) device_keys: DeviceKeys,
    /// Whether a device that has a secret may be taken from its player without it.
    pub(crate) plain_login: PlainLogin,
    /// Asks the new device for an attestation, if it needs one.
    pub(crate) attestations: Option<Attestations>,
    /// How many codes a network may try in a calendar hour.
    pub(crate) most_tries_per_hour: Most,
}

impl HasDb for App {
    fn db(&self) -> &Db {
        &self.db
    }
}

impl App {
    pub(crate) fn from_settings(settings: &Settings) -> Result<Self, Error> {
        // Whoever waited for a row reads what the transaction before wrote.
        let connect = tenjo_store::connect_read_committed;
        Ok(Self {
            db: settings.database("TENJO_TRANSFER_DATABASE_URL", connect)?,
            sessions: Sessions::from_settings(settings)?,
            passwords: Passwords::new()?,
            device_keys: DeviceKeys::from_settings(settings)?,
            plain_login: settings.read("TENJO_PLAIN_DEVICE_LOGIN", str::parse)?,
            attestations: Attestations::from_settings(settings)?,
            most_tries_per_hour: settings
                .read("TENJO_TRANSFER_TRIES_PER_NETWORK_HOUR", str::parse)?,
        })
    }
}
