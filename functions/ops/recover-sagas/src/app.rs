//! What the function keeps while it is warm.

use tenjo_settings::{SettingError, Settings};
use tenjo_state_machine::StateMachine;
use tenjo_store::Sagas;

pub(crate) struct App {
    pub(crate) sagas: Sagas,
    pub(crate) state_machine: StateMachine,
}

impl App {
    pub(crate) fn from_settings(settings: &Settings) -> Result<Self, SettingError> {
        Ok(Self {
            sagas: Sagas::new(
                settings.database("TENJO_RECOVER_DATABASE_URL", tenjo_store::connect)?,
            ),
            state_machine: StateMachine::from_settings(settings)?,
        })
    }
}
