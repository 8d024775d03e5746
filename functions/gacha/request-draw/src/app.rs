//! What the function keeps while it is warm.

use tenjo_http::Error;
use tenjo_idempotency::Records;
use tenjo_settings::Settings;
use tenjo_state_machine::StateMachine;
use tenjo_store::Sagas;

pub(crate) struct App {
    pub(crate) sagas: Sagas,
    pub(crate) records: Records,
    pub(crate) state_machine: StateMachine,
}

impl App {
    pub(crate) fn from_settings(settings: &Settings) -> Result<Self, Error> {
        let connect = tenjo_store::connect_read_committed;
        Ok(Self {
            sagas: Sagas::new(settings.read("TENJO_GACHA_DATABASE_URL", connect)?),
            records: Records::from_settings(settings)?,
            state_machine: StateMachine::from_settings(settings)?,
        })
    }
}
