//! Maps a step's errors to the names that Step Functions sees.

use lambda_runtime::Diagnostic;
use tenjo_saga::StepError;
use tenjo_store::BrokenInvariant;

/// An error of a step on TiDB.
pub(crate) type Error = StepError<sqlx::Error>;

/// Whether a retry may succeed.
pub(crate) fn is_transient(error: &Error) -> bool {
    match error {
        StepError::Books(error) => tenjo_store::kind(error) == tenjo_store::Kind::Transient,
        StepError::SagaNotFound | StepError::TooEarly(_) | StepError::Broken(_) => false,
    }
}

/// The `errorType` that Step Functions retries or catches by;
/// `gacha-saga.asl.json` names them.
pub(crate) fn error_type(error: &Error) -> &'static str {
    match error {
        StepError::SagaNotFound => "SagaNotFound",
        StepError::TooEarly(_) => "TooEarly",
        StepError::Books(_) if is_transient(error) => "TryLater",
        StepError::Books(_) | StepError::Broken(_) => "Internal",
    }
}

/// Reports a broken invariant, if the error is one.
pub(crate) fn report(error: &Error) {
    match error {
        StepError::Books(error) => BrokenInvariant::report_among_causes(error),
        StepError::Broken(problem) => BrokenInvariant::Saga(problem.clone()).report(),
        StepError::SagaNotFound | StepError::TooEarly(_) => {}
    }
}

pub(crate) fn diagnostic(error: &Error) -> Diagnostic {
    Diagnostic { error_type: error_type(error).to_owned(), error_message: error.to_string() }
}
