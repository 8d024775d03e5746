//! Calls of operators' functions.

use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::Response;
use serde_json::Value;

use super::Console;
use super::answer::{error, respond};
use super::guard::one;
use crate::operate::{FORBIDDEN, Refused};

/// The functions that the console calls, and no others.
const FUNCTIONS: [&str; 12] = [
    "show-game",
    "show-player",
    "adjust-currency",
    "book-purchase",
    "void-purchase",
    "send-presents",
    "set-suspension",
    "end-sessions",
    "forget-birth-month",
    "set-maintenance",
    "set-client-versions",
    "set-pool-pause",
];

/// A list of 10,000 players has 190 kB.
const MOST_BYTES: usize = 512 * 1024;

impl Console {
    /// Passes a body on to a function, with the caller's own credentials, and its answer
    /// back.
    pub(super) async fn call(&self, function: &str, request: Request) -> Response {
        if !FUNCTIONS.contains(&function) {
            return error(StatusCode::NOT_FOUND, "not_found", "the console calls no such function");
        }
        let (parts, body) = request.into_parts();
        if one(&parts.headers, CONTENT_TYPE.as_str()) != Some("application/json") {
            let why = "the body must be application/json";
            return error(StatusCode::UNSUPPORTED_MEDIA_TYPE, "invalid_request", why);
        }
        let key = one(&parts.headers, "idempotency-key");
        if key.is_none() && parts.headers.contains_key("idempotency-key") {
            let why = "Idempotency-Key: must be one of plain letters";
            return error(StatusCode::BAD_REQUEST, "invalid_request", why);
        }
        let Ok(body) = to_bytes(body, MOST_BYTES).await else {
            let why = "the request is too large";
            return error(StatusCode::PAYLOAD_TOO_LARGE, "invalid_request", why);
        };
        let url = match self.functions.url(function).await {
            Ok(url) => url,
            // Nothing was sent, so nothing was done.
            Err(cause) => return unsent(&cause),
        };
        match self.functions.send(&url, key, body.to_vec()).await {
            Ok(answered) => passed_on(answered.status, &answered.body),
            Err(cause) => uncertain(&format!("{cause:#}")),
        }
    }
}

/// A function's answer as it is. Any other answer, such as a refusal of IAM, is put into
/// the same form.
fn passed_on(status: u16, body: &[u8]) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    let answer: Option<Value> = serde_json::from_slice(body).ok();
    if answer.is_some_and(|answer| answer["success"].is_boolean()) {
        return respond(status, "application/json", body.to_vec().into());
    }
    let said = String::from_utf8_lossy(body);
    match status {
        StatusCode::FORBIDDEN => error(status, "forbidden", &format!("{FORBIDDEN}: {said}")),
        StatusCode::TOO_MANY_REQUESTS => error(status, "try_later", &said),
        // Such as a timeout: it may have been done.
        _ => uncertain(&format!("status {status}: {said}")),
    }
}

fn unsent(cause: &anyhow::Error) -> Response {
    match cause.downcast_ref::<Refused>() {
        Some(refused) => error(StatusCode::FORBIDDEN, &refused.code, &refused.message),
        None => error(StatusCode::BAD_GATEWAY, "unreachable", &format!("{cause:#}")),
    }
}

fn uncertain(cause: &str) -> Response {
    error(StatusCode::GATEWAY_TIMEOUT, "not_certain", cause)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use axum::body::Body;
    use axum::http::Method;
    use serde_json::json;

    use super::super::answer::secured;
    use super::super::files::FILES;
    use super::super::guard::{Guard, TOKEN, Token};
    use super::*;
    use crate::operate::Functions;

    /// A console whose Lambda service is nowhere, and its token.
    fn console() -> (Console, String) {
        let token = Token::new();
        let text = token.text().to_owned();
        let guard = Guard::new(8700, token);
        let functions = Functions::at("http://127.0.0.1:1", "aoi");
        let masters = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../masters"));
        (Console { guard, functions, who: "aoi".to_owned(), masters }, text)
    }

    fn request(method: Method, path: &str, token: &str) -> axum::http::request::Builder {
        Request::builder()
            .method(method)
            .uri(path)
            .header("host", "127.0.0.1:8700")
            .header("content-type", "application/json")
            .header(TOKEN, token)
    }

    async fn told(response: Response) -> (u16, Value) {
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap())
    }

    #[tokio::test]
    async fn every_request_without_the_token_is_refused_except_for_the_files() {
        let (console, token) = console();
        for (method, path) in [
            (Method::POST, "/api/show-game"),
            (Method::POST, "/api/unknown"),
            (Method::GET, "/about"),
            (Method::GET, "/masters"),
            (Method::GET, "/masters/pool-standard"),
            (Method::GET, "/unknown"),
        ] {
            let sent = request(method, path, "wrong").body(Body::from("{}")).unwrap();
            let (status, answer) = told(console.answer(sent).await).await;
            let code = &answer["error"]["code"];
            assert_eq!((status, code), (401, &json!("stranger")), "{path}");
        }
        let sent = request(Method::GET, "/", "").body(Body::empty()).unwrap();
        assert_eq!(console.answer(sent).await.status(), 200);
        let sent = request(Method::GET, "/about", &token).body(Body::empty()).unwrap();
        let (status, answer) = told(console.answer(sent).await).await;
        assert_eq!((status, &answer["data"]["who"]), (200, &json!("aoi")));
    }

    #[tokio::test]
    async fn a_foreign_host_or_page_is_refused_whatever_token_it_has() {
        let (console, token) = console();
        for (name, value, expected) in [
            ("host", "evil.example:8700", 421),
            ("origin", "https://evil.example", 403),
            ("origin", "null", 403),
        ] {
            for path in ["/", "/api/show-game", "/about"] {
                let mut sent = request(Method::GET, path, &token).body(Body::empty()).unwrap();
                sent.headers_mut().insert(name, value.parse().unwrap());
                let status = console.answer(sent).await.status();
                assert_eq!(status, expected, "{name}: {value} at {path}");
            }
        }
    }

    #[tokio::test]
    async fn a_call_is_one_of_a_known_function_with_a_body_of_json_that_is_not_too_large() {
        let (console, token) = console();
        let small = || Body::from("{}");
        for (sent, expected) in [
            (request(Method::POST, "/api/publish-masters", &token).body(small()), 404),
            (request(Method::POST, "/api/migrate", &token).body(small()), 404),
            (request(Method::POST, "/api/show-game/more", &token).body(small()), 404),
            (request(Method::POST, "/api/", &token).body(small()), 404),
            (request(Method::GET, "/api/show-game", &token).body(small()), 404),
            (request(Method::POST, "/index.html", &token).body(small()), 405),
            (
                request(Method::POST, "/api/show-game", &token).body(Body::from(vec![
                    b' ';
                    MOST_BYTES
                        + 1
                ])),
                413,
            ),
            (
                request(Method::POST, "/api/show-game", &token)
                    .header("idempotency-key", "one")
                    .header("idempotency-key", "two")
                    .body(small()),
                400,
            ),
            // Nothing was sent, because nobody says where.
            (request(Method::POST, "/api/show-game", &token).body(small()), 502),
        ] {
            let sent = sent.unwrap();
            let path = sent.uri().to_string();
            assert_eq!(console.answer(sent).await.status(), expected, "{path}");
        }
        let mut form = request(Method::POST, "/api/show-game", &token).body(small()).unwrap();
        form.headers_mut().insert("content-type", "text/plain".parse().unwrap());
        assert_eq!(console.answer(form).await.status(), 415);
    }

    #[test]
    fn the_console_calls_every_function_of_operators_and_no_other() {
        let all = tenjo_tests::operator::FUNCTIONS.map(|(function, _)| function);
        assert_eq!(FUNCTIONS, all);
    }

    #[test]
    fn every_function_that_may_be_called_has_its_place_on_a_page() {
        for function in FUNCTIONS {
            let name = format!("\"{function}\"");
            let is_there = FILES.iter().any(|file| file.content.contains(&name));
            assert!(is_there, "no page calls {function}");
        }
    }

    #[tokio::test]
    async fn what_no_function_said_is_told_as_what_it_means() {
        for (status, body, expected) in [
            (403, r#"{"Message":"Forbidden"}"#, (403, "forbidden")),
            (429, r#"{"Reason":"ConcurrentInvocationLimitExceeded"}"#, (429, "try_later")),
            (502, "Internal Server Error", (504, "not_certain")),
            (200, "null", (504, "not_certain")),
            (504, r#"{"message":"timed out"}"#, (504, "not_certain")),
        ] {
            let (status, answer) = told(passed_on(status, body.as_bytes())).await;
            let code = answer["error"]["code"].as_str().unwrap();
            assert_eq!((status, code), expected, "{body}");
        }
        let refused = r#"{"success": false, "error": {"code": "not_found", "message": "m"}}"#;
        let (status, answer) = told(passed_on(404, refused.as_bytes())).await;
        assert_eq!((status, answer), (404, serde_json::from_str(refused).unwrap()));
    }

    #[tokio::test]
    async fn master_data_is_compared_by_its_documents_and_odds() {
        let (console, token) = console();
        let sent = request(Method::GET, "/masters", &token).body(Body::empty()).unwrap();
        let (status, answer) = told(console.answer(sent).await).await;
        assert_eq!(status, 200, "{answer}");
        let pools = answer["data"]["pools"].as_array().unwrap();
        let pool = pools.iter().find(|pool| pool["pool_id"] == "pool-standard").unwrap();
        assert_eq!(pool["revision"].as_str().unwrap().len(), 64);
        assert!(pool["document"].as_str().unwrap().contains("pool-standard"));
        let catalogue = &answer["data"]["catalogue"];
        assert_eq!(catalogue["products"]["gems-60"]["name"]["en"], "60 gems");
        assert!(catalogue["shop"]["products"].is_array(), "{catalogue}");
        let path = "/masters/pool-standard";
        let sent = request(Method::GET, path, &token).body(Body::empty()).unwrap();
        let (status, answer) = told(console.answer(sent).await).await;
        assert_eq!(status, 200, "{answer}");
        assert!(answer["data"]["odds"]["steps"].is_array(), "{answer}");
        for path in ["/masters/pool-unknown", "/masters/..", "/masters/a/b"] {
            let sent = request(Method::GET, path, &token).body(Body::empty()).unwrap();
            assert_eq!(console.answer(sent).await.status(), 404, "{path}");
        }
    }

    #[tokio::test]
    async fn every_answer_keeps_foreign_scripts_pages_and_caches_out() {
        let (console, _) = console();
        for path in ["/", "/about", "/unknown"] {
            let sent = request(Method::GET, path, "wrong").body(Body::empty()).unwrap();
            let response = secured(console.answer(sent).await);
            let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
            let policy = header("content-security-policy");
            assert!(policy.starts_with("default-src 'none'; script-src 'self'"), "{policy}");
            assert!(!policy.contains("unsafe"), "{policy}");
            assert_eq!(header("x-content-type-options"), "nosniff");
            assert_eq!(header("cache-control"), "no-store");
            assert_eq!(header("x-frame-options"), "DENY");
            assert!(!response.headers().contains_key("access-control-allow-origin"));
        }
    }
}
