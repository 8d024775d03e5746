//! Function URLs: requests and responses.

use lambda_http::RequestExt;
use reqwest::{RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

use crate::support::{NAME, Service};

async fn send(request: RequestBuilder) -> Response {
    request.send().await.unwrap()
}

/// The response when the function is asked to answer with `reply`.
async fn reply(service: &Service, reply: &Value) -> Response {
    let url = service.url(&format!("/lambda-url/{NAME}/reply"));
    send(service.client().post(url).json(reply)).await
}

#[tokio::test]
async fn a_request_reaches_the_function_as_it_was_sent() {
    let service = Service::start(json!({}), &[]);
    let url = service.url(&format!("/lambda-url/{NAME}/v1/items/%E5%A4%A9?page=2&tag=a&tag=b"));
    let request = service.client().put(url).header("x-origin-secret", "s").header("cookie", "a=1");
    let request = request.header("content-type", "application/json").body(r#"{"name":"天井"}"#);
    let event = send(request).await.text().await.unwrap();

    // The way the functions read it.
    let read = lambda_http::request::from_str(&event).unwrap();
    assert_eq!(read.method(), "PUT");
    assert_eq!(read.raw_http_path(), "/v1/items/%E5%A4%A9");
    assert_eq!(read.headers()["x-origin-secret"], "s");
    assert_eq!(read.headers()["cookie"], "a=1");
    assert_eq!(read.query_string_parameters().all("tag").unwrap(), ["a", "b"]);
    assert_eq!(read.query_string_parameters().first("page"), Some("2"));
    assert_eq!(read.body().as_ref(), r#"{"name":"天井"}"#.as_bytes());
}

#[tokio::test]
async fn bytes_reach_the_function_and_come_back() {
    let service = Service::start(json!({}), &[]);
    let url = service.url(&format!("/lambda-url/{NAME}"));
    let request = service.client().post(url).body(vec![0_u8, 255, 1]);
    let event: Value = send(request).await.json().await.unwrap();
    assert_eq!((&event["rawPath"], &event["body"]), (&json!("/"), &json!("AP8B")));
    assert_eq!(event["isBase64Encoded"], true);

    let answer = json!({ "statusCode": 200, "body": "AP8B", "isBase64Encoded": true });
    assert_eq!(reply(&service, &answer).await.bytes().await.unwrap().as_ref(), [0, 255, 1]);
}

#[tokio::test]
async fn an_answer_is_a_response() {
    let service = Service::start(json!({}), &[]);
    let answer = json!({
        "statusCode": 201,
        "headers": { "Content-Type": "text/plain", "x-number": 3, "content-length": "999" },
        "multiValueHeaders": {},
        "cookies": ["a=1; Secure", "b=2"],
        "body": "made",
    });
    let response = reply(&service, &answer).await;
    assert_eq!(response.status(), StatusCode::CREATED);
    let headers = response.headers();
    assert_eq!(headers["content-type"], "text/plain");
    assert_eq!(headers["x-number"], "3");
    let cookies: Vec<_> = headers.get_all("set-cookie").iter().collect();
    assert_eq!(cookies, ["a=1; Secure", "b=2"]);
    assert_eq!(response.text().await.unwrap(), "made");
}

#[tokio::test]
async fn an_answer_without_a_status_is_a_body() {
    let service = Service::start(json!({}), &[]);
    for (answer, body) in [(json!({ "a": 1 }), r#"{"a":1}"#), (json!("text"), "text")] {
        let response = reply(&service, &answer).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "application/json");
        assert_eq!(response.text().await.unwrap(), body);
    }
}

#[tokio::test]
async fn what_the_function_gets_wrong_is_a_bad_gateway() {
    let service = Service::start(json!({ "timeout_ms": 300 }), &[]);
    for answer in [
        json!({ "statusCode": "many" }),
        json!({ "statusCode": 42 }),
        json!({ "statusCode": 200, "body": { "a": 1 } }),
        json!({ "statusCode": 200, "body": "%", "isBase64Encoded": true }),
    ] {
        assert_eq!(reply(&service, &answer).await.status(), StatusCode::BAD_GATEWAY, "{answer}");
    }
    for path in ["/fail", "/die", "/hang"] {
        let url = service.url(&format!("/lambda-url/{NAME}{path}"));
        let response = send(service.client().get(url)).await;
        assert_eq!(response.status(), StatusCode::BAD_GATEWAY, "{path}");
        assert_eq!(response.text().await.unwrap(), "Internal Server Error");
    }
}

#[tokio::test]
async fn a_full_function_says_so() {
    let limits = json!({ "max_concurrency": 1, "queue_length": 0, "timeout_ms": 1_000 });
    let service = Service::start(limits, &[]);
    let url = service.url(&format!("/lambda-url/{NAME}/hang"));
    let hanging = tokio::spawn(service.client().get(&url).send());
    service.until(1, "busy").await;
    assert_eq!(send(service.client().get(&url)).await.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(hanging.await.unwrap().unwrap().status(), StatusCode::BAD_GATEWAY);
}
