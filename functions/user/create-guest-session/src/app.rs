//! What the function keeps while it is warm.

use tenjo_attestation::Attestations;
use tenjo_domain::{Gems, Most, PlainLogin};
use tenjo_http::{Error, HasDb};
use tenjo_sessions::Sessions;
use tenjo_sessions::device::DeviceKeys;
use tenjo_settings::{SettingError, Settings};
use tenjo_store::Db;

pub(crate) struct App {
    pub(crate) db: Db,
    pub(crate) sessions: Sessions,
    pub(crate) device_keys: DeviceKeys,
    /// Whether a device that has a secret gets in without it.
    pub(crate) plain_login: PlainLogin,
    /// Asks new devices for an attestation, if they need one.
    pub(crate) attestations: Option<Attestations>,
    /// The gems that a new guest gets.
    pub(crate) gift: Gift,
    /// How many guests a network may make in a calendar hour.
    pub(crate) most_guests_per_hour: Most,
    /// How many attestations it may have checked in one.
    pub(crate) most_attestations_per_hour: Most,
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

impl App {
    pub(crate) fn from_settings(settings: &Settings) -> Result<Self, Error> {
        // Whoever waited for a device's row reads the player whom another has just made.
        let connect = tenjo_store::connect_read_committed;
        Ok(Self {
            db: settings.database("TENJO_GUEST_DATABASE_URL", connect)?,
            sessions: Sessions::from_settings(settings)?,
            device_keys: DeviceKeys::from_settings(settings)?,
            plain_login: settings.read("TENJO_PLAIN_DEVICE_LOGIN", str::parse)?,
            attestations: Attestations::from_settings(settings)?,
            gift: Gift {
                free_gems: gems(settings, "TENJO_STARTING_FREE_GEMS", 3000)?,
                paid_gems: gems(settings, "TENJO_STARTING_PAID_GEMS", 0)?,
            },
            most_guests_per_hour: settings.read("TENJO_GUESTS_PER_NETWORK_HOUR", str::parse)?,
            most_attestations_per_hour: settings
                .read("TENJO_ATTESTATIONS_PER_NETWORK_HOUR", str::parse)?,
        })
    }
}

fn gems(settings: &Settings, name: &str, default: u64) -> Result<Gems, SettingError> {
    Gems::new(settings.parse_or(name, default)?)
        .map_err(|invalid| SettingError::new(name, invalid.to_string()))
}
