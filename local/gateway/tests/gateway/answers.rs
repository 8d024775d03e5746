//! The gateway's own answers: their two forms, and Kong's headers.

use crate::client::Call;
use crate::setup::{Setup, config, impatient};
use crate::upstream::Upstream;

const NO_ROUTE: &str = "no Route matched with those values";

fn with_one_route(url: &str) -> String {
    config(url, "").replace("paths: [/]", "methods: [GET], paths: [~/v1/me$]")
}

#[tokio::test]
async fn what_matches_no_route_is_not_found() {
    let upstream = Upstream::echoing().await;
    let setup = Setup::start(&with_one_route(&upstream.url())).await;

    for call in [
        Call::get("/"),
        Call::get("/v1/you"),
        Call::get("/v1/me/"),
        Call::get("/v1/meXYZ"),
        Call::post("/v1/me"), // another method is no route either
        Call::new("HEAD", "/v1/mexyz"),
    ] {
        let reply = setup.send(call).await;
        assert_eq!(reply.status, 404);
        if !reply.body.is_empty() {
            reply.assert_error(404, NO_ROUTE);
        }
    }
    assert_eq!(upstream.connections(), 0);
}

#[tokio::test]
async fn an_error_page_follows_accept() {
    let upstream = Upstream::echoing().await;
    let setup = Setup::start(&with_one_route(&upstream.url())).await;

    for (accept, content_type, begin) in [
        ("*/*", "application/json", "{\n  \"message\":\""),
        ("application/json", "application/json", "{\n  \"message\":\""),
        ("application/*", "application/json", "{\n  \"message\":\""),
        ("image/png", "application/json", "{\n  \"message\":\""),
        ("text/html", "text/html", "<!doctype html>\n<html>\n"),
        ("text/html;q=0.4, application/xml;q=0.9", "application/xml", "<?xml version=\"1.0\""),
        ("text/plain", "text/plain", "no Route matched with those values\nrequest_id: "),
        ("text/*", "text/plain", "no Route matched with those values\nrequest_id: "),
        ("application/json;q=0.1, text/html", "text/html", "<!doctype html>"),
    ] {
        let reply = setup.send(Call::get("/nowhere").header("Accept", accept)).await;
        assert_eq!(reply.status, 404);
        let expected = format!("{content_type}; charset=utf-8");
        assert_eq!(reply.header("content-type"), Some(&*expected), "{accept}");
        assert!(reply.body.starts_with(begin), "{accept}: {}", reply.body);
        assert!(reply.body.contains(reply.header("x-kong-request-id").unwrap()));
    }
}

#[tokio::test]
async fn own_answers_and_proxied_ones_carry_kongs_headers() {
    let upstream = Upstream::echoing().await;
    let setup = Setup::start(&with_one_route(&upstream.url())).await;

    let own = setup.send(Call::get("/nowhere")).await;
    assert_eq!(own.header("server"), Some("kong/3.9.1"));
    assert_eq!(own.header("via"), None);
    assert!(own.header("x-kong-response-latency").unwrap().parse::<u64>().is_ok());
    assert_eq!(own.header("x-kong-upstream-latency"), None);

    let proxied = setup.send(Call::get("/v1/me")).await;
    assert_eq!(proxied.status, 200);
    assert_eq!(proxied.header("via"), Some("1.1 kong/3.9.1"));
    assert_eq!(proxied.header("server"), Some("kong/3.9.1"));
    assert_eq!(proxied.header("x-kong-response-latency"), None);
    for latency in ["x-kong-upstream-latency", "x-kong-proxy-latency"] {
        assert!(proxied.header(latency).unwrap().parse::<u64>().is_ok());
    }
    // The upstream's own headers pass, those of its connection do not.
    assert_eq!(proxied.header("x-own"), Some("kept"));
    assert_eq!(proxied.header("keep-alive"), None);

    for reply in [own, proxied] {
        let id = reply.header("x-kong-request-id").unwrap();
        assert!(id.len() == 32 && id.bytes().all(|c| c.is_ascii_hexdigit()), "{id}");
    }
}

#[tokio::test]
async fn every_answer_echoes_the_correlation_id() {
    let upstream = Upstream::echoing().await;
    let plugins = "
plugins:
- name: correlation-id
  config: {header_name: X-Request-ID, generator: uuid, echo_downstream: true}
";
    let config = with_one_route(&upstream.url()) + plugins;
    let setup = Setup::start(&config).await;

    for target in ["/v1/me", "/nowhere"] {
        let sent = setup.send(Call::get(target).header("X-Request-ID", "any value")).await;
        assert_eq!(sent.header("x-request-id"), Some("any value"), "{target}");

        for without in [Call::get(target), Call::get(target).header("X-Request-ID", "")] {
            let made = setup.send(without).await;
            let id = made.header("x-request-id").unwrap();
            assert!(uuid::Uuid::parse_str(id).is_ok(), "{target}: {id}");
        }
    }
    let told = setup.send(Call::get("/v1/me")).await;
    let id = told.header("x-request-id").unwrap();
    assert_eq!(told.json()["headers"]["x-request-id"], id, "upstream and client share it");
}

#[tokio::test]
async fn a_request_under_way_is_answered_before_the_end() {
    let upstream = Upstream::silent().await;
    let setup = Setup::start(&impatient(&config(&upstream.url(), ""))).await;
    let address = setup.address;
    let under_way = tokio::spawn(Call::get("/").header("Accept", "*/*").send(address));
    while upstream.connections() == 0 {
        tokio::task::yield_now().await;
    }
    setup.stop().await;
    under_way.await.unwrap().assert_error(504, "The upstream server is timing out");
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn headers_are_added_to_answers_of_some_statuses_where_they_are_missing() {
    let upstream = Upstream::echoing().await;
    let plugins = "
- name: response-transformer-advanced
  config: {add: {headers: ['Retry-After:7'], if_status: ['404', '429']}}
- name: rate-limiting
  config: {minute: 2, policy: local, fault_tolerant: true, limit_by: ip}
";
    let setup = Setup::start(&config(&upstream.url(), plugins)).await;
    for (path, status, retry_after) in [
        ("/missing", 404, Some("7")),
        ("/", 200, None),
        ("/", 429, Some("60")), // the gateway's own, which says so itself
    ] {
        let reply = setup.send(Call::get(path)).await;
        assert_eq!(reply.status, status);
        assert_eq!(reply.header("retry-after"), retry_after, "{status}");
    }
}
