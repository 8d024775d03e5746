//! The HTTP side of a stand-in for an AWS service: one route, AWS JSON 1.1.
//!
//! It identifies the caller by its access key. What the caller may do, the service
//! asks [`Identity::authorize`].

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, ensure};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tenjo_iam::{Identities, Identity, Refusal};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// A service with AWS's requests and answers.
pub trait Service: Send + Sync + 'static {
    /// Who may call, and what each may do.
    fn identities(&self) -> &Identities;

    /// Answers one call: `operation` is its `X-Amz-Target`, `body` its JSON.
    ///
    /// # Errors
    /// Why it is refused.
    fn call(
        &self,
        caller: &Identity,
        operation: Option<&str>,
        body: &[u8],
    ) -> Result<Value, Refusal>;
}

/// The service behind its route.
pub fn app<S: Service>(service: S) -> Router {
    Router::new().fallback(answer::<S>).with_state(Arc::new(service))
}

async fn answer<S: Service>(
    State(service): State<Arc<S>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let answer = service
        .identities()
        .caller(text(AUTHORIZATION.as_str()))
        .and_then(|caller| service.call(caller, text("x-amz-target"), &body));
    let (status, body) = match answer {
        Ok(answer) => (StatusCode::OK, answer),
        Err(refusal) => {
            let body = json!({ "__type": refusal.name, "message": refusal.message });
            (StatusCode::BAD_REQUEST, body)
        }
    };
    (status, [(CONTENT_TYPE, "application/x-amz-json-1.1")], body.to_string()).into_response()
}

/// Begins to listen; no connection is answered before [`serve`].
///
/// # Errors
/// The address is not a loopback address: signatures are not checked. Or it is taken.
pub async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    ensure!(address.ip().is_loopback(), "it listens on loopback only");
    TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))
}

/// Says where it listens, and serves until TERM or Ctrl-C.
///
/// # Errors
/// Connections can no longer be accepted.
pub async fn serve(listener: TcpListener, app: Router) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    println!("listening on http://{}", listener.local_addr()?);
    tokio::select! {
        served = axum::serve(listener, app) => served.context("cannot serve"),
        _ = terminate.recv() => Ok(()),
        _ = tokio::signal::ctrl_c() => Ok(()),
    }
}

/// Reads the body of a call.
///
/// # Errors
/// It is not what the operation takes.
pub fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body)
        .map_err(|error| Refusal { name: "SerializationException", message: error.to_string() })
}

/// The refusal of an operation that is not served.
pub fn unknown_operation(operation: Option<&str>) -> Refusal {
    let message = format!("{} is not served here", operation.unwrap_or("no operation"));
    Refusal { name: "UnknownOperationException", message }
}

/// The refusal of a value that AWS would not take.
pub fn validation(message: impl Into<String>) -> Refusal {
    Refusal { name: "ValidationException", message: message.into() }
}
