//! HTTP to AWS, to Konnect and to the game's own API.

use std::time::Duration;

use anyhow::Context;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Method, Request};
use serde_json::Value;
use tokio::time::timeout;

/// How long it may take until a connection stands.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);

/// A client that keeps its connections.
#[derive(Clone, Debug)]
pub(crate) struct Http(tenjo_https::HttpClient);

/// A status and a body, whatever they say.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Bytes,
}

impl Answer {
    /// The body as JSON; null if it is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

impl Http {
    pub(crate) fn new() -> Self {
        Self(tenjo_https::client(CONNECT_WITHIN))
    }

    /// Sends once.
    pub(crate) async fn send(
        &self,
        request: Request<Full<Bytes>>,
        within: Duration,
    ) -> anyhow::Result<Answer> {
        let host = request.uri().authority().map(ToString::to_string).unwrap_or_default();
        let asked = async {
            let response = self.0.request(request).await?;
            let status = response.status().as_u16();
            let body = response.into_body().collect().await?.to_bytes();
            anyhow::Ok(Answer { status, body })
        };
        match timeout(within, asked).await {
            Ok(answer) => answer.with_context(|| format!("no answer from {host}")),
            Err(_) => anyhow::bail!("no answer from {host} within {} s", within.as_secs()),
        }
    }
}

/// A request with JSON, and headers by name.
pub(crate) fn json_request(
    method: Method,
    url: &str,
    headers: &[(&str, &str)],
    body: Option<&Value>,
) -> anyhow::Result<Request<Full<Bytes>>> {
    let mut request = Request::builder().method(method).uri(url);
    request = request.header("content-type", "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let bytes = body.map(serde_json::to_vec).transpose()?.unwrap_or_default();
    request.body(Full::from(bytes)).with_context(|| format!("{url} is no address"))
}
