//! What steps have done, in numbers that the real database can be asked for.

use tenjo_domain::{SagaStatus, Step};

use crate::Play;
use crate::database::with;
use crate::purse::{BOUGHT, FIRST};
use crate::world::DRAW_COUNT;

/// What the steps of a player's only saga have done to the books. A purchase
/// counts as one, whatever it costs and however many draws it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// How many times its cost is gone from the balance.
    pub costs_taken: i64,
    /// Its entries in the ledger of gems.
    pub ledger_entries: i64,
    /// How many times it was drawn.
    pub draws: i64,
    /// How many times its items were granted.
    pub grants: i64,
    /// How many times it is in the history.
    pub histories: i64,
    /// How many purchases the player's state in its pool counts.
    pub purchases: i64,
    /// How many draw numbers the player has used.
    pub numbers: i64,
    /// The lines of its timeline.
    pub events: i64,
}

/// What there is of paid gems, in the model's small numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PurseFacts {
    /// The balance.
    pub balance: i64,
    /// What the player owes.
    pub owed: i64,
    /// What is left of the lot that the player begins with, and of the one that they buy.
    pub remaining: [i64; 2],
}

impl Play<'_> {
    /// The paid gems as they are now.
    #[must_use]
    pub fn purse(&self) -> PurseFacts {
        let purse = &self.world.purse;
        let remaining = purse.remaining();
        PurseFacts {
            balance: purse.balance.into(),
            owed: purse.owed.into(),
            remaining: [FIRST, BOUGHT].map(|place| remaining[place].into()),
        }
    }

    /// Calls a step of the first saga, as a run does.
    ///
    /// # Errors
    /// By what name Step Functions learns of the error.
    pub fn step(&mut self, step: Step) -> Result<SagaStatus, &'static str> {
        with(self.setting, self.machine, &mut self.world, |database| database.step(step, 0))
    }

    /// The facts of the first saga, once it is started.
    #[must_use]
    pub fn facts(&self) -> Option<Facts> {
        let saga = self.world.sagas[0]?;
        let purchases = |draws: u8| i64::from(draws / DRAW_COUNT);
        Some(Facts {
            costs_taken: i64::from(-saga.ledger / saga.quote.cost),
            ledger_entries: i64::from(saga.charges + saga.refunds),
            draws: i64::from(saga.draws),
            grants: purchases(saga.grants),
            histories: purchases(saga.histories),
            purchases: purchases(self.world.bought[0].draw_total),
            numbers: i64::from(self.world.numbers),
            events: i64::from(saga.events),
        })
    }
}
