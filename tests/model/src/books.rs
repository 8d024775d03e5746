//! What steps have done, in numbers that the real database can be asked for.

use tenjo_domain::{SagaStatus, Step};

use crate::world::{Call, DRAW_COUNT};
use crate::{Play, call};

/// What the steps of a player's only saga have done to the books.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Books {
    /// How many times its cost is gone from the balance.
    pub costs_taken: i64,
    /// Its entries in the ledger of gems.
    pub ledger_entries: i64,
    /// Its drawn items.
    pub results: i64,
    /// Its granted items.
    pub grants: i64,
    /// Its lines in the history.
    pub histories: i64,
    /// How many draws the player has bought of its pool.
    pub draws_counted: i64,
    /// How many draw numbers the player has used.
    pub numbers: i64,
    /// The lines of its timeline.
    pub events: i64,
}

impl Play<'_> {
    /// Calls a step of the first saga, as a run does.
    ///
    /// # Errors
    /// By what name Step Functions learns of the error.
    pub fn step(&mut self, step: Step) -> Result<SagaStatus, &'static str> {
        call::call(self.setting, &mut self.world, 0, Call { step, read: None })
    }

    /// The books of the first saga, once it is started.
    #[must_use]
    pub fn books(&self) -> Option<Books> {
        let saga = self.world.sagas[0]?;
        Some(Books {
            costs_taken: i64::from(-saga.ledger / saga.quote.cost),
            ledger_entries: i64::from(saga.charges + saga.refunds),
            results: i64::from(saga.draws * DRAW_COUNT),
            grants: i64::from(saga.grants),
            histories: i64::from(saga.histories),
            draws_counted: i64::from(self.world.purchases[0] * DRAW_COUNT),
            numbers: i64::from(self.world.numbers),
            events: i64::from(saga.event_count),
        })
    }
}
