//! Handles the calls of Step Functions to a step. Requests have only the saga's id,
//! answers only its id and status.

use std::time::Instant;

use lambda_runtime::{LambdaEvent, service_fn};
use serde::{Deserialize, Serialize};
use tenjo_domain::{SagaId, Step};
use tenjo_metrics::Metrics;
use tenjo_saga::run;
use tenjo_store::Sagas;
use tracing::Instrument;
use uuid::Uuid;

use crate::error::{diagnostic, error_type, report};
use crate::outcome::count;
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

/// Serves a step until the process ends.
///
/// # Errors
/// When the Lambda runtime fails.
pub async fn serve(step: Step, sagas: Sagas) -> Result<(), Error> {
    // Leaked on purpose: it is needed until the process ends.
    let sagas: &'static Sagas = Box::leak(Box::new(sagas));
    lambda_runtime::run_concurrent(service_fn(move |event: LambdaEvent<Request>| async move {
        let saga_id = event.payload.saga_id;
        let span = tracing::info_span!(
            "step",
            saga.id = %saga_id,
            runtime_request_id = event.context.request_id,
        );
        let served = async {
            let started = Instant::now();
            let Tried { outcome, tries } =
                persist(|| Box::pin(run(sagas, step, SagaId(saga_id)))).await;
            let duration = started.elapsed();
            let duration_ms = duration.as_millis();
            match &outcome {
                Ok(stepped) => {
                    count(*stepped);
                    let status = stepped.status();
                    tracing::info!(%status, duration_ms, tries, "stepped");
                }
                Err(error) => {
                    report(error);
                    let error_type = error_type(error);
                    tracing::warn!(error_type, duration_ms, tries, "{error}");
                }
            }
            Metrics::new()
                .duration("StepDuration", duration)
                .count("StepRetries", u64::from(tries - 1))
                .count("StepErrors", u64::from(outcome.is_err()))
                .write();
            outcome
                .map(|stepped| Answer { saga_id, status: stepped.status().as_str() })
                .map_err(|error| diagnostic(&error))
        };
        let traced = async {
            tenjo_trace::note("saga_id", saga_id);
            served.await
        };
        let trace = event.context.xray_trace_id.as_deref();
        tenjo_trace::within(trace, "step", traced).instrument(span).await
    }))
    .await
}
