//! One step, one transaction, with the saga locked first.

use sqlx::{MySql, Transaction};
use tenjo_domain::{SagaId, SagaStatus, Step, Turn};
use tenjo_store::Db;
use tenjo_store::saga::{self, Saga};

use crate::StepError;

/// What a step finds.
#[derive(Debug)]
pub enum Opened {
    /// It is this step's turn: do it in this transaction, and commit.
    Run(Transaction<'static, MySql>, Box<Saga>),
    /// It was done before, or overtaken by a refund: answer this.
    Answer(SagaStatus),
}

/// Opens the transaction of a step, and tells whether its turn has come.
///
/// # Errors
/// When there is no such saga, it is too early, or the database fails.
pub async fn open(db: &Db, step: Step, saga_id: SagaId) -> Result<Opened, StepError> {
    let mut tx = db.begin().await?;
    let Some(saga) = saga::lock(&mut tx, saga_id).await? else {
        tx.rollback().await?;
        return Err(StepError::SagaNotFound);
    };
    let turn = step.turn(saga.status);
    if turn == Turn::Run {
        return Ok(Opened::Run(tx, Box::new(saga)));
    }
    tx.rollback().await?; // now, not when the connection is used again: others wait for the lock
    match turn {
        Turn::TooEarly => Err(StepError::TooEarly(saga.status)),
        Turn::Run | Turn::Answer => Ok(Opened::Answer(saga.status)),
    }
}
