//! Why a step ended without an outcome. A refusal is an outcome, not an error.

use tenjo_domain::SagaStatus;

/// Nothing was changed. `E` is the error of the port.
#[derive(Debug, thiserror::Error)]
pub enum StepError<E> {
    /// There is no such saga.
    #[error("there is no such saga")]
    SagaNotFound,
    /// The step before this one has not run.
    #[error("too early: the saga is {0}")]
    TooEarly(SagaStatus),
    /// The port failed.
    #[error(transparent)]
    Books(#[from] E),
    /// Something that must hold does not: a bug, or a change by hand.
    #[error("{0}")]
    Broken(String),
}
