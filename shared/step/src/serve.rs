//! From Step Functions to a step and back. Only ids and statuses travel.

use std::future::Future;
use std::time::Instant;

use lambda_runtime::{LambdaEvent, service_fn};
use serde::{Deserialize, Serialize};
use tenjo_domain::{SagaId, SagaStatus};
use tenjo_metrics::Metrics;
use tracing::Instrument;
use uuid::Uuid;

use crate::StepError;
use crate::retry::{Tried, persist};

/// Why a function could not start, or stopped.
pub type Error = lambda_runtime::Error;

#[derive(Deserialize)]
struct Request {
    saga_id: Uuid,
}

#[derive(Serialize)]
struct Answer {
    saga_id: Uuid,
    status: &'static str,
}

/// Serves a step until the process ends. `app` lives as long.
///
/// # Errors
/// When the runtime is gone.
pub async fn serve<A, H, F>(app: A, step: H) -> Result<(), Error>
where
    A: Send + Sync + 'static,
    H: Fn(&'static A, SagaId) -> F + Copy + Send + Sync + 'static,
    F: Future<Output = Result<SagaStatus, StepError>> + Send + 'static,
{
    // It lives as long as the process, which ends when this function does.
    let app: &'static A = Box::leak(Box::new(app));
    lambda_runtime::run_concurrent(service_fn(move |event: LambdaEvent<Request>| async move {
        let saga_id = event.payload.saga_id;
        let span = tracing::info_span!(
            "step",
            saga.id = %saga_id,
            request_id = event.context.request_id,
        );
        let served = async {
            let started = Instant::now();
            let Tried { outcome, tries } = persist(|| step(app, SagaId(saga_id))).await;
            let duration = started.elapsed();
            let duration_ms = duration.as_millis();
            match &outcome {
                Ok(status) => tracing::info!(%status, duration_ms, tries, "stepped"),
                Err(error) => {
                    let error_type = error.error_type();
                    tracing::warn!(error_type, duration_ms, tries, "{error}");
                }
            }
            Metrics::new()
                .duration("StepDuration", duration)
                .count("StepRetries", u64::from(tries - 1))
                .count("StepErrors", u64::from(outcome.is_err()))
                .write();
            outcome.map(|status| Answer { saga_id, status: status.as_str() })
        };
        served.instrument(span).await
    }))
    .await
}
