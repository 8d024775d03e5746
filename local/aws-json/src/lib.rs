//! The HTTP side of a stand-in for an AWS service: one route, AWS JSON.
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
use serde_json::{Map, Value};
use tenjo_iam::{Identities, Identity, Refusal};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// Why a call is refused.
#[derive(Debug)]
pub struct Failure {
    /// The name and the sentence.
    pub refusal: Refusal,
    /// What else the answer has.
    pub fields: Map<String, Value>,
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, fields: Map::new() }
    }
}

/// A service with AWS's requests and answers.
pub trait Service: Send + Sync + 'static {
    /// How the service calls its version of AWS JSON.
    const CONTENT_TYPE: &'static str = "application/x-amz-json-1.1";

    /// The `__type` of a refusal with this name.
    #[must_use]
    fn error_type(name: &str) -> String {
        name.to_owned()
    }

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
    ) -> Result<Value, Failure>;
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
        .map_err(Failure::from)
        .and_then(|caller| service.call(caller, text("x-amz-target"), &body));
    let (status, body) = match answer {
        Ok(answer) => (StatusCode::OK, answer),
        Err(Failure { refusal, mut fields }) => {
            fields.insert("__type".to_owned(), S::error_type(refusal.name).into());
            fields.insert("message".to_owned(), refusal.message.into());
            (StatusCode::BAD_REQUEST, fields.into())
        }
    };
    (status, [(CONTENT_TYPE, S::CONTENT_TYPE)], body.to_string()).into_response()
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
pub fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(body)
        .map_err(|error| refused("SerializationException", error.to_string()))
}

/// The refusal of an operation that is not served.
#[must_use]
pub fn unknown_operation(operation: Option<&str>) -> Failure {
    let message = format!("{} is not served here", operation.unwrap_or("no operation"));
    refused("UnknownOperationException", message)
}

/// The refusal of a value that AWS would not take.
#[must_use]
pub fn validation(message: impl Into<String>) -> Failure {
    refused("ValidationException", message)
}

/// A refusal by its name in AWS.
#[must_use]
pub fn refused(name: &'static str, message: impl Into<String>) -> Failure {
    Refusal { name, message: message.into() }.into()
}
