//! What all steps share: one transaction around each, the saga locked first, and
//! the check whether it is this step's turn.

use tenjo_domain::{FailureReason, SagaId, SagaStatus, Step, Turn};

use crate::{Books, Database, Saga, StepError, Transaction, draw, grant, refund, reserve};

/// The outcome of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stepped {
    /// It had run before, or a refund was first. Nothing was changed.
    Answered(SagaStatus),
    /// It moved the saga.
    Moved {
        /// The saga's status now.
        status: SagaStatus,
        /// Why it failed, if it did.
        reason: Option<FailureReason>,
        /// Whether a charge was given back.
        gave_back: bool,
    },
}

impl Stepped {
    /// The saga's status.
    #[must_use]
    pub const fn status(self) -> SagaStatus {
        match self {
            Self::Answered(status) | Self::Moved { status, .. } => status,
        }
    }
}

/// Runs a step as one transaction: all of it is committed, or nothing.
///
/// # Errors
/// When the step has no outcome, or the database fails.
pub async fn run<D: Database>(
    database: &D,
    step: Step,
    saga_id: SagaId,
) -> Result<Stepped, StepError<D::Error>> {
    let mut books = database.begin().await?;
    let stepped = match step {
        Step::Reserve => reserve(&mut books, saga_id).await,
        Step::Draw => draw(&mut books, saga_id).await,
        Step::Grant => grant(&mut books, saga_id).await,
        Step::Refund => refund(&mut books, saga_id).await,
    };
    if let Ok(Stepped::Moved { .. }) = stepped {
        books.commit().await?;
    } else {
        // Now, not when the connection is used again, because others wait for the lock.
        books.rollback().await?;
    }
    stepped
}

/// Whether the step acts.
pub(crate) enum Begun {
    /// It is this step's turn: it moves the saga along this path.
    Run(Box<Saga>, &'static [SagaStatus]),
    /// It had run before, or a refund was first.
    Answer(Stepped),
}

/// Locks the saga and checks whether it is this step's turn.
pub(crate) async fn begin<B: Books>(
    books: &mut B,
    step: Step,
    saga_id: SagaId,
) -> Result<Begun, StepError<B::Error>> {
    let saga = books.lock(saga_id).await?.ok_or(StepError::SagaNotFound)?;
    match step.turn(saga.status) {
        Turn::Run(path) => Ok(Begun::Run(Box::new(saga), path)),
        Turn::Answer => Ok(Begun::Answer(Stepped::Answered(saga.status))),
        Turn::TooEarly => Err(StepError::TooEarly(saga.status)),
    }
}

/// The last status of a path.
pub(crate) fn end_of(path: &[SagaStatus], found: SagaStatus) -> SagaStatus {
    path.last().copied().unwrap_or(found)
}
