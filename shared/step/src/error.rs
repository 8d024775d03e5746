//! Why a step ended without an outcome. A refusal is an outcome, not an error.

use lambda_runtime::Diagnostic;
use tenjo_domain::SagaStatus;

/// What Step Functions learns by its `errorType`, which `gacha-saga.asl.json`
/// names.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// There is no such saga.
    #[error("there is no such saga")]
    SagaNotFound,
    /// The step before this one has not run.
    #[error("too early: the saga is {0}")]
    TooEarly(SagaStatus),
    /// The database failed; nothing was changed.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// Our bug; nothing was changed.
    #[error("{0}")]
    Internal(String),
}

impl StepError {
    /// Whether the same again may work.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            Self::Database(error) => tenjo_store::kind(error) == tenjo_store::Kind::Transient,
            Self::SagaNotFound | Self::TooEarly(_) | Self::Internal(_) => false,
        }
    }

    /// The name that Step Functions retries or catches by.
    #[must_use]
    pub fn error_type(&self) -> &'static str {
        match self {
            Self::SagaNotFound => "SagaNotFound",
            Self::TooEarly(_) => "TooEarly",
            Self::Database(_) if self.is_transient() => "TryLater",
            Self::Database(_) | Self::Internal(_) => "Internal",
        }
    }
}

impl From<StepError> for Diagnostic {
    fn from(error: StepError) -> Self {
        Self { error_type: error.error_type().to_owned(), error_message: error.to_string() }
    }
}
