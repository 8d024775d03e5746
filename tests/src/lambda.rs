//! Direct calls of functions, without the gateway and Step Functions.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::http::Answer;
use crate::variable;

/// What a step answered: the saga's status, or the type of its error.
pub type Stepped = Result<String, String>;

/// Calls a step of a saga, as Step Functions does.
///
/// # Panics
/// When there is no answer, or one that is none.
pub async fn step(name: &str, saga_id: Uuid) -> Stepped {
    let body = invoke(name, &json!({ "saga_id": saga_id })).await;
    match (body["status"].as_str(), body["errorType"].as_str()) {
        (Some(status), None) => {
            assert_eq!(body["saga_id"], saga_id.to_string(), "{name} answered for another saga");
            Ok(status.to_owned())
        }
        (None, Some(error)) => Err(error.to_owned()),
        _ => panic!("{name} answered {body}"),
    }
}

/// Invokes a function with an event.
///
/// # Panics
/// When there is no answer.
pub async fn invoke(name: &str, event: &Value) -> Value {
    let url =
        format!("{}/2015-03-31/functions/{name}/invocations", variable("TENJO_TEST_LAMBDA_URL"));
    let response = reqwest::Client::new().post(url).json(event).send().await.expect("an answer");
    response.json().await.expect("JSON")
}

/// Every process of a function: its `function` and its `pid`.
///
/// # Panics
/// When there is no answer.
pub async fn processes() -> Vec<Value> {
    let url = format!("{}/processes", variable("TENJO_TEST_LAMBDA_URL"));
    let response = reqwest::Client::new().get(url).send().await.expect("an answer");
    response.json().await.expect("JSON")
}

/// A `GET` directly to a function's URL, without the gateway.
///
/// # Panics
/// When there is no answer.
pub async fn get(name: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    let url = format!("{}/lambda-url/{name}{path}", variable("TENJO_TEST_LAMBDA_URL"));
    let mut request = reqwest::Client::new().get(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Answer::read(request.send().await.expect("an answer")).await.expect("a whole answer")
}
