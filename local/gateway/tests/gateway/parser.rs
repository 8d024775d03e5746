//! Requests that nginx refuses before Kong sees them.

use crate::client::Call;
use crate::setup::{Setup, config};
use crate::upstream::Upstream;

const ONLY_HOST: &[(&str, &str)] = &[("Host", "game.example")];

fn call(first_line: &str, headers: &[(&str, &str)]) -> Call {
    let bare = Call::bare(first_line).header("Connection", "close");
    headers.iter().fold(bare, |call, (name, value)| call.header(name, value))
}

#[tokio::test]
async fn what_nginx_cannot_read_is_refused_with_kongs_page() {
    let upstream = Upstream::echoing().await;
    let setup = Setup::start(&config(&upstream.url(), "")).await;
    let long_path = format!("GET /{} HTTP/1.1", "x".repeat(8200));
    let long_value = "x".repeat(8200);
    let half = "x".repeat(7000);
    let many: Vec<(&str, &str)> =
        [("Host", "game.example")].into_iter().chain((0..5).map(|_| ("X-Many", &*half))).collect();
    let host = |more: &[(&'static str, &'static str)]| [ONLY_HOST, more].concat();
    for (first_line, headers, status, message) in [
        ("GET / HTTP/1.1", vec![], 400, "Bad request"),
        ("GET / HTTP/1.1", vec![("Host", "")], 400, "Bad request"),
        ("GET / HTTP/1.1", vec![("Host", "a/b")], 400, "Bad request"),
        ("GET / HTTP/1.1", vec![("Host", "a b")], 400, "Bad request"),
        ("GET / HTTP/1.1", host(ONLY_HOST), 400, "Bad request"),
        (
            "GET / HTTP/1.1",
            host(&[("Authorization", "Bearer a"), ("Authorization", "Bearer a")]),
            400,
            "Bad request",
        ),
        ("get / HTTP/1.1", host(&[]), 400, "Bad request"),
        ("GET /../v1 HTTP/1.1", host(&[]), 400, "Bad request"),
        ("GET /a/%2e%2e/../v1 HTTP/1.1", host(&[]), 400, "Bad request"),
        ("GET /%00 HTTP/1.1", host(&[]), 400, "Bad request"),
        ("GET /%zz HTTP/1.1", host(&[]), 400, "Bad request"),
        (long_path.as_str(), host(&[]), 414, "URI too long"),
        (
            "GET / HTTP/1.1",
            vec![("Host", "game.example"), ("X-Long", long_value.as_str())],
            400,
            "Request header or cookie too large",
        ),
        ("GET / HTTP/1.1", many, 400, "Request header or cookie too large"),
        ("TRACE / HTTP/1.1", host(&[]), 405, "Method not allowed"),
        ("CONNECT game.example:80 HTTP/1.1", host(&[]), 405, "Method not allowed"),
    ] {
        let call = call(first_line, &headers).header("Accept", "*/*");
        let reply = setup.send(call).await;
        let first_line: String = first_line.chars().take(60).collect();
        assert_eq!(reply.status, status, "{first_line}");
        reply.assert_error(status, message);
    }
    assert_eq!(upstream.connections(), 0);
}

#[tokio::test]
async fn what_is_just_short_enough_passes() {
    let upstream = Upstream::echoing().await;
    let setup = Setup::start(&config(&upstream.url(), "")).await;
    let path = format!("GET /{} HTTP/1.1", "x".repeat(8000));
    assert_eq!(setup.send(call(&path, ONLY_HOST)).await.status, 200);
    let value = "x".repeat(8000);
    let headers = [("Host", "game.example"), ("X-Long", value.as_str())];
    assert_eq!(setup.send(call("GET / HTTP/1.1", &headers)).await.status, 200);
    // Only HTTP/1.1 asks for a host.
    assert_eq!(setup.send(call("GET / HTTP/1.0", &[])).await.status, 200);
}

#[tokio::test]
async fn such_a_refusal_has_the_headers_of_the_global_plugins() {
    let upstream = Upstream::echoing().await;
    let config = format!(
        "{}plugins:\n\
         - {{name: correlation-id, config: {{header_name: X-Request-ID, generator: uuid, \
         echo_downstream: true}}}}\n\
         - {{name: cors, config: {{origins: ['https://a.example', 'https://a.example']}}}}\n",
        config(&upstream.url(), "")
    );
    let setup = Setup::start(&config).await;
    let headers = [("Host", "game.example"), ("Origin", "https://a.example")];
    let reply = setup.send(call("GET /%zz HTTP/1.1", &headers)).await;
    assert_eq!(reply.status, 400);
    assert_eq!(reply.header("x-request-id").map(str::len), Some(36));
    assert_eq!(reply.header("access-control-allow-origin"), Some("https://a.example"));
    assert_eq!(reply.header("content-type"), Some("text/plain; charset=utf-8"));
    assert!(reply.body.starts_with("Bad request\nrequest_id: "), "{reply:?}");
}
