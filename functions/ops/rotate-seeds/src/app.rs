//! What the function keeps while it is warm.

use tenjo_domain::{PeriodLength, Rotation};
use tenjo_seed_key::KmsKey;
use tenjo_settings::{SettingError, Settings};
use tenjo_store::Db;
use time::Duration;

/// How many periods ahead seeds are committed to. So players have that long to choose
/// a client seed, and draws go on for that long if rotation stops.
const AHEAD: usize = 3;

const PERIOD: &str = "TENJO_SEED_PERIOD_SECONDS";
const GRACE: &str = "TENJO_SEED_GRACE_SECONDS";

pub(crate) struct App {
    pub(crate) db: Db,
    pub(crate) key: KmsKey,
    pub(crate) rotation: Rotation,
}

impl App {
    pub(crate) fn from_settings(settings: &Settings) -> Result<Self, SettingError> {
        let length = PeriodLength::from_seconds(settings.parse_or(PERIOD, 86_400)?)
            .map_err(|invalid| SettingError::new(PERIOD, invalid.to_string()))?;
        // The default is longer than any draw can take: its step ends after 5 s, and
        // TiDB ends the open transaction of a killed step after 10 s.
        let grace_s: u32 = settings.parse_or(GRACE, 60)?;
        if !(1..=3600).contains(&grace_s) {
            return Err(SettingError::new(GRACE, "must be 1 to 3600 seconds"));
        }
        let grace = Duration::seconds(i64::from(grace_s));
        Ok(Self {
            db: settings.database("TENJO_SEEDS_DATABASE_URL", tenjo_store::connect)?,
            key: KmsKey::from_settings(settings)?,
            rotation: Rotation { length, ahead: AHEAD, grace },
        })
    }
}
