//! One step, one transaction, with the saga locked first.

use sqlx::{MySql, Transaction};
use tenjo_domain::{Effect, FailureReason, Plan, SagaId, SagaStatus, Step, Turn};
use tenjo_store::saga::{self, Saga};
use tenjo_store::{Conn, Db};

use crate::{StepError, outcome};

/// What a step finds.
#[derive(Debug)]
pub enum Opened {
    /// It is this step's turn: do it, and finish.
    Run(Work, Box<Saga>),
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
    if let Turn::Run(plan) = turn {
        return Ok(Opened::Run(Work { tx, plan, left: plan.effects }, Box::new(saga)));
    }
    tx.rollback().await?; // now, not when the connection is used again: others wait for the lock
    match turn {
        Turn::TooEarly => Err(StepError::TooEarly(saga.status)),
        Turn::Run(_) | Turn::Answer => Ok(Opened::Answer(saga.status)),
    }
}

/// The transaction of a step whose turn has come, and the plan that it is to do.
///
/// A step says with each write which effect it is, and gets the connection only
/// for what is next. So no step does more, less or in another order than the
/// plan, from which the model in `tests/model` does the same: a step that
/// strays fails at its first call, and commits nothing.
#[derive(Debug)]
pub struct Work {
    tx: Transaction<'static, MySql>,
    plan: Plan,
    left: &'static [Effect],
}

impl Work {
    /// The connection, for reading and locking what the step decides by.
    pub fn conn(&mut self) -> &mut Conn {
        &mut self.tx
    }

    /// The connection, for the next effect of the plan.
    ///
    /// # Errors
    /// When another one is next.
    pub fn next(&mut self, effect: Effect) -> Result<&mut Conn, StepError> {
        let left = self.left;
        self.next_if(effect).ok_or_else(|| {
            StepError::Internal(format!("{effect:?} is not next; the plan has {left:?} left"))
        })
    }

    /// The connection, if this effect is the next of the plan.
    pub fn next_if(&mut self, effect: Effect) -> Option<&mut Conn> {
        let (next, left) = self.left.split_first()?;
        (*next == effect).then(|| {
            self.left = left;
            &mut *self.tx
        })
    }

    /// Moves the saga along the plan's path, and commits.
    ///
    /// # Errors
    /// When effects are left, or the database fails; nothing is committed then.
    pub async fn finish(mut self, saga: &Saga) -> Result<SagaStatus, StepError> {
        let path = self.path_if_done()?;
        saga::advance(&mut self.tx, saga, path).await?;
        self.commit(path, None).await
    }

    /// The same for a plan that leads to `FAILED`.
    ///
    /// # Errors
    /// As [`Work::finish`].
    pub async fn fail(
        mut self,
        saga: &Saga,
        reason: FailureReason,
    ) -> Result<SagaStatus, StepError> {
        let path = self.path_if_done()?;
        saga::fail(&mut self.tx, saga, path, reason).await?;
        self.commit(path, Some(reason)).await
    }

    /// Records a refusal, and commits: an outcome, with nothing taken.
    ///
    /// # Errors
    /// When the plan knows none, or is done already, or the database fails.
    pub async fn refuse(
        mut self,
        saga: &Saga,
        reason: FailureReason,
    ) -> Result<SagaStatus, StepError> {
        let path = self.plan.refusal.filter(|_| !self.left.is_empty());
        let path = path.ok_or_else(|| StepError::Internal(format!("cannot refuse: {reason}")))?;
        saga::fail(&mut self.tx, saga, path, reason).await?;
        self.commit(path, Some(reason)).await
    }

    fn path_if_done(&self) -> Result<&'static [SagaStatus], StepError> {
        match self.left {
            [] => Ok(self.plan.path),
            left => Err(StepError::Internal(format!("the plan has {left:?} left"))),
        }
    }

    async fn commit(
        self,
        path: &[SagaStatus],
        reason: Option<FailureReason>,
    ) -> Result<SagaStatus, StepError> {
        let status = path.last().copied();
        let status = status.ok_or_else(|| StepError::Internal("a plan leads nowhere".into()))?;
        self.tx.commit().await?;
        outcome::count(&self.plan, status, reason);
        Ok(status)
    }
}
