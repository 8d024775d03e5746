//! What the function keeps while it is warm.

use tenjo_settings::{SettingError, Settings};
use tenjo_state_machine::StateMachine;
use tenjo_store::Db;

pub(crate) struct App {
    pub(crate) db: Db,
    pub(crate) state_machine: StateMachine,
}

impl App {
    pub(crate) async fn from_settings(settings: &Settings) -> Result<Self, SettingError> {
        Ok(Self {
            db: settings.read("TENJO_RECOVER_DATABASE_URL", tenjo_store::connect)?,
            state_machine: StateMachine::from_settings(settings).await?,
        })
    }
}
