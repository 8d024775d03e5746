//! From the Lambda runtime to a handler and back.

use std::future::Future;
use std::time::Instant;

use lambda_http::{Body, Request, RequestExt, Response, service_fn};
use serde::de::DeserializeOwned;
use tenjo_settings::Settings;
use tenjo_store::BrokenInvariant;
use tracing::Instrument;

use crate::call::read_body;
use crate::origin::OriginSecrets;
use crate::{ApiError, Call, Caller, Clock, Reply, Route, envelope};

/// Why a function could not start, or stopped.
pub type Error = lambda_http::Error;

/// Everything that a request passes before it reaches the handler.
struct Edge<C: Caller> {
    route: Route,
    origin: OriginSecrets,
    gate: C::Gate,
    clock: Clock,
}

/// Serves `route` with `handler` until the process ends. `app` lives as long.
///
/// # Errors
/// When a setting is missing or bad, or the runtime is gone.
pub async fn serve<C, B, R, A, H, F>(
    settings: &Settings,
    route: Route,
    app: A,
    handler: H,
) -> Result<(), Error>
where
    C: Caller + 'static,
    B: DeserializeOwned + Send + 'static,
    R: Reply + Send + 'static,
    A: Send + Sync + 'static,
    H: Fn(&'static A, Call<C, B>) -> F + Copy + Send + Sync + 'static,
    F: Future<Output = Result<R, ApiError>> + Send + 'static,
{
    let edge = Edge::<C> {
        route,
        origin: OriginSecrets::from_settings(settings)?,
        gate: C::gate(settings)?,
        clock: Clock::system(),
    };
    // Both live as long as the process, which ends when this function does.
    let (edge, app): (&'static Edge<C>, &'static A) =
        (Box::leak(Box::new(edge)), Box::leak(Box::new(app)));
    lambda_http::run_concurrent(service_fn(move |request: Request| async move {
        let id = request_id(&request);
        let span = tracing::info_span!("request", request_id = %id);
        let served = async {
            let started = Instant::now();
            let result = match edge.admit(request) {
                Ok(call) => handler(app, call).await.and_then(|reply| envelope::success(&reply)),
                Err(error) => Err(error),
            };
            let response = result.or_else(|error| {
                report(&error);
                envelope::failure(&error, &id)
            })?;
            let duration_ms = started.elapsed().as_millis();
            tracing::info!(status = response.status().as_u16(), duration_ms, "answered");
            Ok::<Response<Body>, ApiError>(response)
        };
        served.instrument(span).await.map_err(Error::from)
    }))
    .await
}

impl<C: Caller> Edge<C> {
    /// Turns a request into a call, or refuses it. A request that did not come
    /// through the gateway is refused before anything of it is read.
    fn admit<B: DeserializeOwned>(&self, request: Request) -> Result<Call<C, B>, ApiError> {
        self.origin.check(request.headers())?;
        let path_values = self
            .route
            .read(request.method(), request.raw_http_path())
            .ok_or(ApiError::NotFound("route"))?;
        let now = self.clock.now();
        let caller = C::identify(&self.gate, request.headers(), now)?;
        let query = request
            .query_string_parameters_ref()
            .into_iter()
            .flat_map(lambda_http::aws_lambda_events::query_map::QueryMap::iter)
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let (parts, body) = request.into_parts();
        let body = read_body(&body)?;
        Ok(Call { caller, body, path_values, query, headers: parts.headers, now })
    }
}

/// The gateway's id of the request, or the runtime's own.
fn request_id(request: &Request) -> String {
    let given = request.headers().get("x-request-id").and_then(|id| id.to_str().ok());
    match given.filter(|id| !id.is_empty() && id.len() <= 128) {
        Some(id) => id.to_owned(),
        None => request
            .lambda_context_ref()
            .map(|context| context.request_id.clone())
            .unwrap_or_default(),
    }
}

/// Logs an error with all its causes, here and nowhere else. A client's mistake
/// is logged as information only.
fn report(error: &ApiError) {
    if let Some(broken) = BrokenInvariant::among_causes(error) {
        broken.report();
    }
    let causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    let causes: Vec<String> = causes.map(ToString::to_string).collect();
    let causes = causes.join(": ");
    let code = error.parts().1;
    match error {
        ApiError::Internal(_) => tracing::error!(code, causes, "{error}"),
        ApiError::TryLater(_) | ApiError::DrawFailed => tracing::warn!(code, causes, "{error}"),
        // The reason may quote what the client sent, and that may be a secret.
        ApiError::InvalidRequest { field, .. } => tracing::info!(code, field, "refused"),
        _ => tracing::info!(code, "{error}"),
    }
}
