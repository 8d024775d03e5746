//! Requests to the gateway. Every answer is checked against `openapi.yaml`.

pub use crate::client::Answer;

use crate::client::{Call, Client};
use crate::{contract, variable};

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

/// Sends a request, and checks the answer against the contract.
///
/// # Panics
/// When there is no answer, or it breaks the contract.
pub async fn send(request: reqwest::RequestBuilder) -> Answer {
    let (client, request) = request.build_split();
    let request = request.expect("a request");
    let (method, path) = (request.method().clone(), request.url().path().to_owned());
    let response = client.execute(request).await.expect("an answer");
    let answer = Answer::read(response).await.expect("a whole answer");
    contract::check(method.as_str(), &path, answer.status, &answer.body);
    answer
}

/// What anyone gets of a path, without a token.
///
/// # Panics
/// When there is no answer, or it breaks the contract.
pub async fn anyone(path: &str) -> Answer {
    send(Client::new(gateway()).request(Call::new(reqwest::Method::GET, path))).await
}
