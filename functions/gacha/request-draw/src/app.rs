//! What the function keeps while it is warm.

use tenjo_domain::Most;
use tenjo_http::{Error, HasDb};
use tenjo_idempotency::Records;
use tenjo_receipts::ReceiptSigner;
use tenjo_settings::Settings;
use tenjo_state_machine::StateMachine;
use tenjo_store::seed::Periods;
use tenjo_store::{Db, Sagas};

pub(crate) struct App {
    pub(crate) sagas: Sagas,
    pub(crate) periods: Periods,
    pub(crate) receipts: ReceiptSigner,
    pub(crate) records: Records,
    pub(crate) state_machine: StateMachine,
    /// How many draws a player may open in a calendar minute.
    pub(crate) most_per_minute: Most,
}

impl HasDb for App {
    fn db(&self) -> &Db {
        self.sagas.db()
    }
}

impl App {
    pub(crate) fn from_settings(settings: &Settings) -> Result<Self, Error> {
        let connect = tenjo_store::connect_read_committed;
        Ok(Self {
            sagas: Sagas::new(settings.database("TENJO_OPEN_DATABASE_URL", connect)?),
            periods: Periods::default(),
            receipts: ReceiptSigner::from_settings(settings)?,
            records: Records::from_settings(settings)?,
            state_machine: StateMachine::from_settings(settings)?,
            most_per_minute: settings.read("TENJO_DRAWS_PER_MINUTE", str::parse)?,
        })
    }
}
