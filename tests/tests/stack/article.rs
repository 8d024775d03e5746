//! The requests of the article that this backend began from, as they are printed there:
//! whoever follows it copies these lines.

use serde_json::Value;
use tenjo_tests::http::{gateway, send};

/// A request with one of the article's bodies, to the byte.
fn post(path: &str, body: &'static str) -> reqwest::RequestBuilder {
    let request = reqwest::Client::new().post(format!("{}{path}", gateway()));
    request.header("content-type", "application/json").body(body)
}

#[tokio::test]
async fn the_printed_login_and_the_printed_draw_work() {
    let session = send(post(
        "/v1/auth/guest",
        r#"{"device_id": "test-device-001", "device_type": "ios", "device_name": "iPhone 15"}"#,
    ))
    .await
    .data();
    assert_eq!(session["is_guest"], true);
    let token = session["access_token"].as_str().unwrap();
    let draw = post("/v1/gacha/draw", r#"{"pool_id": "pool-standard", "draw_count": 10}"#);
    let drawn = send(draw.bearer_auth(token)).await.data();
    assert_eq!(drawn["status"], "COMPLETED");
    assert_eq!(drawn["results"].as_array().map(Vec::len), Some(10));
}

#[tokio::test]
async fn an_id_that_strangers_would_share_is_refused_with_the_reason() {
    for (body, reason) in [
        (
            r#"{"device_id": "00000000-0000-0000-0000-000000000000", "device_type": "ios"}"#,
            "device_id: is one character or word repeated, so many devices may have it",
        ),
        (
            r#"{"device_id": "9774d56d682e549c", "device_type": "android"}"#,
            "device_id: is a placeholder that many devices have",
        ),
    ] {
        let answer = send(post("/v1/auth/guest", body)).await;
        assert_eq!(answer.error(), (400, "invalid_request"));
        let error: &Value = &answer.body["error"];
        assert_eq!(error["field"], "device_id");
        assert_eq!(error["message"], reason);
    }
}
