//! Functions that operators or a schedule invoke: an event in, a report out.

use std::error::Error as StdError;
use std::future::Future;

use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tenjo_store::BrokenInvariant;
use tracing::Instrument;

/// Why a function could not start, or stopped.
pub type Error = lambda_runtime::Error;

/// Runs `task` for each event until the process ends, one at a time. `app`
/// lives as long.
///
/// A task that fails is logged and answered with `error_type`, a name that
/// operators and alarms know it by.
///
/// # Errors
/// When the runtime is gone.
pub async fn serve<A, E, R, X, H, F>(app: A, error_type: &'static str, task: H) -> Result<(), Error>
where
    A: Send + Sync + 'static,
    E: DeserializeOwned + Send + 'static,
    R: Serialize,
    X: Into<Box<dyn StdError + Send + Sync>>,
    H: Fn(&'static A, E) -> F,
    F: Future<Output = Result<R, X>>,
{
    // It lives as long as the process, which ends when this function does.
    let app: &'static A = Box::leak(Box::new(app));
    lambda_runtime::run(service_fn(async |event: LambdaEvent<E>| {
        let span = tracing::info_span!("task", runtime_request_id = event.context.request_id);
        let done = async {
            task(app, event.payload).await.map_err(|error| failure(error_type, &*error.into()))
        };
        done.instrument(span).await
    }))
    .await
}

fn failure(error_type: &str, error: &(dyn StdError + 'static)) -> Diagnostic {
    BrokenInvariant::report_among_causes(error);
    tracing::error!(error_type, "{error}");
    Diagnostic { error_type: error_type.to_owned(), error_message: error.to_string() }
}
