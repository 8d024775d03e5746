//! Upstreams that give no answer, and what is tried again.

use crate::client::Call;
use crate::setup::{Setup, config, impatient};
use crate::upstream::Upstream;

#[tokio::test]
async fn a_failing_upstream_has_its_own_answer() {
    const BAD: &str = "An invalid response was received from the upstream server";

    for (url, status, message) in [
        (Upstream::refusing().await, 502, BAD),
        (Upstream::hanging_up().await.url(), 502, BAD),
        (Upstream::garbled().await.url(), 502, BAD),
        (Upstream::silent().await.url(), 504, "The upstream server is timing out"),
        ("http://nobody.invalid".to_owned(), 503, "name resolution failed"),
    ] {
        let setup = Setup::start(&impatient(&config(&url, ""))).await;
        let reply =
            setup.send(Call::post("/v1/gacha/draw").header("Accept", "*/*").json("{}")).await;
        reply.assert_error(status, message);
        // Kong counts what it sent out as proxied, answer or not.
        let is_proxied = status != 503;
        assert_eq!(reply.header("via").is_some(), is_proxied);
        assert_eq!(reply.header("x-kong-upstream-latency").is_some(), is_proxied);
        assert_eq!(reply.header("x-kong-response-latency").is_some(), !is_proxied);
    }
}

#[tokio::test]
async fn a_failure_is_told_in_the_form_that_the_client_reads_or_wrote() {
    let setup = Setup::start(&config(&Upstream::refusing().await, "")).await;
    for (name, value, content_type) in [
        ("Accept", "*/*", "application/json; charset=utf-8"),
        ("Accept", "text/html", "text/html; charset=utf-8"),
        ("Content-Type", "application/json", "application/json; charset=utf-8"),
        ("X-Other", "1", "text/plain; charset=utf-8"),
    ] {
        let reply = setup.send(Call::get("/").header(name, value)).await;
        assert_eq!(reply.status, 502);
        assert_eq!(reply.header("content-type"), Some(content_type), "{name}: {value}");
    }
}

#[tokio::test]
async fn only_idempotent_requests_are_sent_again() {
    for (method, retries, sent) in [
        ("GET", 5, 6),
        ("GET", 0, 1),
        ("PUT", 2, 3),
        ("PUT", 0, 1),
        ("POST", 5, 1),
        ("PATCH", 5, 1),
    ] {
        let upstream = Upstream::hanging_up().await;
        let config =
            config(&upstream.url(), "").replace("retries: 0", &format!("retries: {retries}"));
        let setup = Setup::start(&config).await;
        assert_eq!(setup.send(Call::new(method, "/").body("x")).await.status, 502);
        assert_eq!(upstream.connections(), sent, "{method} with {retries} retries");
    }
}

#[tokio::test]
async fn connections_to_the_upstream_are_used_again() {
    let upstream = Upstream::echoing().await;
    let setup = Setup::start(&config(&upstream.url(), "")).await;
    for _ in 0..10 {
        assert_eq!(setup.send(Call::post("/").body("x")).await.status, 200);
    }
    // A request may come before the last one's connection is back in its place.
    assert!(upstream.connections() < 5, "{}", upstream.connections());
}
