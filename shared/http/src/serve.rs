//! From the Lambda runtime to a handler and back.

use std::future::Future;
use std::pin::Pin;
use std::time::Instant;

use http::HeaderMap;
use lambda_runtime::{LambdaEvent, service_fn};
use serde::de::DeserializeOwned;
use tenjo_settings::Settings;
use tenjo_store::BrokenInvariant;
use tracing::Instrument;

use crate::caching::Wishes;
use crate::event::{Answer, Event};
use crate::opening::Opening;
use crate::origin::OriginSecrets;
use crate::{ApiError, Call, Caller, Clock, Credentials, HasDb, Reply, Route, body, envelope};

/// Why a function could not start, or stopped.
pub type Error = lambda_runtime::Error;

/// Everything that a request passes before it reaches the handler.
struct Edge<C: Caller> {
    route: Route,
    /// For callers who come through the gateway.
    origin: Option<OriginSecrets>,
    gate: C::Gate,
    /// For callers who are kept out in maintenance.
    opening: Option<Opening>,
    clock: Clock,
}

/// Serves `route` to players with `handler` until the process ends, whenever players are
/// let in. `app` lives as long.
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
    A: HasDb + Send + Sync + 'static,
    H: Fn(&'static A, Call<C, B>) -> F + Copy + Send + Sync + 'static,
    F: Future<Output = Result<R, ApiError>> + Send + 'static,
{
    let opening = Opening::new(app.db().clone());
    run(settings, route, Some(opening), app, handler).await
}

/// The same in maintenance too, and for every client: the route that tells players how
/// things are, routes that stores call, and operators' functions.
///
/// # Errors
/// When a setting is missing or bad, or the runtime is gone.
pub async fn serve_always<C, B, R, A, H, F>(
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
    run(settings, route, None, app, handler).await
}

async fn run<C, B, R, A, H, F>(
    settings: &Settings,
    route: Route,
    opening: Option<Opening>,
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
        origin: C::BY_GATEWAY.then(|| OriginSecrets::from_settings(settings)).transpose()?,
        gate: C::gate(settings)?,
        opening,
        clock: Clock::system(),
    };
    // Both live as long as the process, which ends when this function does.
    let (edge, app): (&'static Edge<C>, &'static A) =
        (Box::leak(Box::new(edge)), Box::leak(Box::new(app)));
    answer_all(Box::new(move |arrived: Arrived| {
        Box::pin(async move {
            let wishes = Wishes::of(&arrived.headers);
            let call = edge.admit(arrived).await?;
            let reply = handler(app, call).await?;
            envelope::success(&reply, &wishes)
        })
    }))
    .await
}

/// A request, before anything of it is believed.
struct Arrived {
    event: Event,
    headers: HeaderMap,
    sent_id: Result<Option<String>, ApiError>,
}

/// What a function does with a request, without the types that are its own.
type Respond =
    dyn Fn(Arrived) -> Pin<Box<dyn Future<Output = Result<Answer, ApiError>> + Send>> + Send + Sync;

/// Answers requests until the process ends.
///
/// It has no types of a function, and is called by its address: so all that the runtime
/// brings along is compiled here, once, and not into each function anew. See ADR 61.
#[inline(never)]
fn answer_all(respond: Box<Respond>) -> Pin<Box<dyn Future<Output = Result<(), Error>>>> {
    let respond: &'static Respond = Box::leak(respond);
    Box::pin(lambda_runtime::run_concurrent(service_fn(
        move |event: LambdaEvent<Event>| async move {
            let (event, context) = event.into_parts();
            let headers = event.headers();
            let sent_id = sent_id(&headers);
            // A bad one is not repeated: in the body it could not be what it is in the header.
            let (runtime_id, trace) = (context.request_id, context.xray_trace_id);
            let id = sent_id.as_ref().ok().and_then(Clone::clone).unwrap_or(runtime_id.clone());
            // The client or the gateway gives one, the runtime the other. A client may send
            // the same id for every request; AWS's own log lines have only the runtime's.
            let span =
                tracing::info_span!("request", request_id = %id, runtime_request_id = %runtime_id);
            let served = async {
                let started = Instant::now();
                let answer = respond(Arrived { event, headers, sent_id }).await;
                let answer = answer.or_else(|error| {
                    report(&error);
                    envelope::failure(&error, &id)
                })?;
                let duration_ms = started.elapsed().as_millis();
                tracing::info!(status = answer.status_code, duration_ms, "answered");
                Ok::<_, ApiError>(answer)
            };
            let traced = async {
                tenjo_trace::note("request_id", &id);
                served.await
            };
            let traced = tenjo_trace::within(trace.as_deref(), "request", traced);
            traced.instrument(span).await.map_err(Error::from)
        },
    )))
}

impl<C: Caller> Edge<C> {
    /// Turns a request into a call, or refuses it. A request that did not come
    /// through the gateway is refused before anything of it is read. A client that must
    /// be updated gets that answer before its body is read, because an old client may write
    /// bodies that nobody reads any more.
    async fn admit<B: DeserializeOwned>(&self, arrived: Arrived) -> Result<Call<C, B>, ApiError> {
        let Arrived { event, headers, sent_id } = arrived;
        if let Some(origin) = &self.origin {
            origin.check(&headers)?;
        }
        let path_values = event
            .method()
            .and_then(|method| self.route.read(&method, &event.raw_path))
            .ok_or(ApiError::NotFound("route"))?;
        let now = self.clock.now();
        let sent = Credentials { headers: &headers, iam_caller: event.iam_caller() };
        let caller = C::identify(&self.gate, sent, now)?;
        sent_id?;
        let status = match &self.opening {
            Some(opening) => Some(opening.check(&headers, now).await?),
            None => None,
        };
        let body = body::read(&headers, &event.body())?;
        let (list, query) = (self.route.path(), event.query());
        Ok(Call { caller, body, list, path_values, query, headers, status, now })
    }
}

/// The gateway's id of the request, which may be the client's; `None` without one.
fn sent_id(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    const NAME: &str = "X-Request-ID";
    let Some(id) = headers.get(NAME).filter(|id| !id.is_empty()) else { return Ok(None) };
    match id.to_str() {
        Ok(id) if id.len() <= 128 && id.bytes().all(|byte| byte.is_ascii_graphic()) => {
            Ok(Some(id.to_owned()))
        }
        _ => Err(ApiError::invalid(NAME, "must be at most 128 visible ASCII characters")),
    }
}

/// Logs an error with all its causes, here and nowhere else. A client's mistake
/// is logged as information only.
fn report(error: &ApiError) {
    BrokenInvariant::report_among_causes(error);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_named_in_visible_characters() {
        for (id, expected) in [
            (None, Ok(None)),
            (Some(String::new()), Ok(None)),
            (Some("mine-1".to_owned()), Ok(Some("mine-1".to_owned()))),
            (Some("x".repeat(128)), Ok(Some("x".repeat(128)))),
            (Some("x".repeat(129)), Err(())),
            (Some("a b".to_owned()), Err(())),
            (Some("a\tb".to_owned()), Err(())),
            (Some("天井".to_owned()), Err(())),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(id) = &id {
                let value = http::HeaderValue::from_bytes(id.as_bytes()).unwrap();
                headers.insert("x-request-id", value);
            }
            assert_eq!(sent_id(&headers).map_err(|_| ()), expected, "{id:?}");
        }
    }
}
