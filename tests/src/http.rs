//! Requests to the gateway. Every answer is held against `openapi.yaml`.

use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::{contract, variable};

/// An answer of the gateway.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body; `null` if it is no JSON.
    pub body: Value,
}

impl Answer {
    /// Reads an answer as it is.
    ///
    /// # Panics
    /// When the connection breaks.
    pub async fn read(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.bytes().await.expect("a whole answer");
        Self { status, headers, body: serde_json::from_slice(&body).unwrap_or_default() }
    }

    /// The data of a success.
    ///
    /// # Panics
    /// When it is none.
    pub fn data(self) -> Value {
        assert!(self.body["success"] == true, "no success: {self:?}");
        let Value::Object(mut body) = self.body else { panic!("no object") };
        body.remove("data").expect("data")
    }

    /// The status and code of an error.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    pub fn error(&self) -> (u16, &str) {
        let code = self.body["error"]["code"].as_str();
        (self.status, code.unwrap_or_else(|| panic!("no error: {self:?}")))
    }

    /// The header with this name, or nothing.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// The gateway without rate limits.
#[must_use]
pub fn gateway() -> String {
    variable("TENJO_TEST_GATEWAY_URL")
}

/// The gateway with the rate limits of `kong/kong.yaml`.
#[must_use]
pub fn limited_gateway() -> String {
    variable("TENJO_TEST_LIMITED_GATEWAY_URL")
}

/// Sends a request, and holds the answer against the contract.
///
/// # Panics
/// When there is no answer, or it breaks the contract.
pub async fn send(request: reqwest::RequestBuilder) -> Answer {
    let (client, request) = request.build_split();
    let request = request.expect("a request");
    let (method, path) = (request.method().clone(), request.url().path().to_owned());
    let answer = Answer::read(client.execute(request).await.expect("an answer")).await;
    contract::check(method.as_str(), &path, answer.status, &answer.body);
    answer
}
