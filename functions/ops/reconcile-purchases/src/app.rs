//! What the function keeps while it is warm.

use tenjo_purchases::GoogleSettings;
use tenjo_settings::{SettingError, Settings};
use tenjo_store::Db;
use tenjo_stores::apple::{AppleVerifier, NotificationHistory};

pub(crate) struct App {
    pub(crate) google: GoogleSettings,
    pub(crate) apple: AppleVerifier,
    pub(crate) history: NotificationHistory,
}

impl App {
    pub(crate) fn from_settings(settings: &Settings) -> Result<Self, SettingError> {
        Ok(Self {
            google: GoogleSettings::from_settings(settings, "TENJO_RECONCILE_DATABASE_URL")?,
            apple: AppleVerifier::from_settings(settings)?,
            history: NotificationHistory::from_settings(settings)?,
        })
    }

    pub(crate) fn db(&self) -> &Db {
        &self.google.db
    }
}
