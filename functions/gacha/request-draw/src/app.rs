//! What the function keeps while it is warm.

use tenjo_http::Error;
use tenjo_idempotency::Records;
use tenjo_settings::Settings;
use tenjo_state_machine::StateMachine;
use tenjo_store::Db;
use tenjo_store::pool::Revisions;

pub(crate) struct App {
    pub(crate) db: Db,
    pub(crate) revisions: Revisions,
    pub(crate) records: Records,
    pub(crate) state_machine: StateMachine,
}

impl App {
    pub(crate) async fn from_settings(settings: &Settings) -> Result<Self, Error> {
        Ok(Self {
            db: settings.read("TENJO_GACHA_DATABASE_URL", tenjo_store::connect)?,
            revisions: Revisions::default(),
            records: Records::from_settings(settings).await?,
            state_machine: StateMachine::from_settings(settings).await?,
        })
    }
}
