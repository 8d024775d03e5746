//! Calls of an API of others: of a store, or of whom people sign in with.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{Request, StatusCode};

use crate::{HttpClient, client};

/// How long it may take until a connection stands.
const CONNECT_WITHIN: Duration = Duration::from_secs(2);

/// How long a call may take. A route has ten seconds for two or three of them.
const ANSWER_WITHIN: Duration = Duration::from_secs(3);

/// The longest answer that is read.
const MAX_ANSWER: usize = 1 << 20;

/// Why a call gave no answer that can be used.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The same call may succeed a little later.
    #[error("an API of others is not available: {0}")]
    Unavailable(String),
    /// It refuses the call, or answers something else than documented.
    #[error("an API of others refuses the call: {0}")]
    Refused(String),
}

/// A client with connections of its own.
#[derive(Debug, Clone)]
pub struct ApiClient(HttpClient);

impl Default for ApiClient {
    fn default() -> Self {
        Self::new()
    }
}

impl ApiClient {
    /// Without a connection yet.
    #[must_use]
    pub fn new() -> Self {
        Self(client(CONNECT_WITHIN))
    }

    /// Sends a request, and returns status and body. Answers that ask to come again
    /// later are errors already.
    ///
    /// # Errors
    /// When there is no answer in time, or one that asks to come again.
    pub async fn send(
        &self,
        request: Request<Full<Bytes>>,
    ) -> Result<(StatusCode, Bytes), CallError> {
        let again = |error: &dyn std::fmt::Display| CallError::Unavailable(error.to_string());
        let call = async {
            let response = self.0.request(request).await.map_err(|error| again(&error))?;
            let status = response.status();
            let body = Limited::new(response.into_body(), MAX_ANSWER);
            let body = body.collect().await.map_err(|error| again(&error))?.to_bytes();
            Ok((status, body))
        };
        let (status, body) = tokio::time::timeout(ANSWER_WITHIN, call)
            .await
            .map_err(|_| again(&"no answer in time"))??;
        if status.is_server_error()
            || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT)
        {
            return Err(again(&status));
        }
        Ok((status, body))
    }

    /// `GET` of an address, with a bearer token if there is one.
    ///
    /// # Errors
    /// The same.
    pub async fn get(
        &self,
        url: &str,
        token: Option<&str>,
    ) -> Result<(StatusCode, Bytes), CallError> {
        self.send(request("GET", url, token, None)?).await
    }

    /// `POST` to an address, with a bearer token if there is one, and a body with its
    /// type.
    ///
    /// # Errors
    /// The same.
    pub async fn post(
        &self,
        url: &str,
        token: Option<&str>,
        body: (&str, String),
    ) -> Result<(StatusCode, Bytes), CallError> {
        self.send(request("POST", url, token, Some(body))?).await
    }
}

fn request(
    method: &str,
    url: &str,
    token: Option<&str>,
    body: Option<(&str, String)>,
) -> Result<Request<Full<Bytes>>, CallError> {
    let mut request =
        Request::builder().method(method).uri(url).header("accept", "application/json");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let (content_type, body) = body.unwrap_or(("application/json", String::new()));
    if method == "POST" {
        request = request.header("content-type", content_type);
    }
    request
        .body(Full::from(body))
        .map_err(|error| CallError::Refused(format!("it cannot be sent: {error}")))
}
