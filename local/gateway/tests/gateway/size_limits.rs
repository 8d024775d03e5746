//! Bodies that are too long, or of unknown length.

use crate::client::Call;
use crate::setup::{Setup, config};
use crate::upstream::Upstream;

const TOO_LONG: &str = "Request size limit exceeded";

fn limited_to_1_kilobyte(more: &str) -> String {
    format!(
        "- name: request-size-limiting\n  \
           config: {{allowed_payload_size: 1, size_unit: kilobytes{more}}}"
    )
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused() {
    let upstream = Upstream::echoing().await;
    let setup = Setup::start(&config(&upstream.url(), &limited_to_1_kilobyte(""))).await;

    for (length, passes) in [(0, true), (1023, true), (1024, true), (1025, false), (300_000, false)]
    {
        let body = "x".repeat(length);
        for call in [Call::post("/").body(&body), Call::post("/").chunked(&body)] {
            if length == 0 && passes {
                continue; // an empty chunk ends the body
            }
            let reply = setup.send(call).await;
            if passes {
                assert_eq!(reply.status, 200, "{length}");
            } else {
                reply.assert_error(413, TOO_LONG);
            }
        }
    }
    assert_eq!(setup.send(Call::get("/")).await.status, 200, "no body needs no length");
}

#[tokio::test]
async fn a_client_that_waits_for_our_word_gets_417() {
    let upstream = Upstream::echoing().await;
    let setup = Setup::start(&config(&upstream.url(), &limited_to_1_kilobyte(""))).await;
    let reply = setup.send(Call::post("/").announced(2000)).await;
    reply.assert_error(417, TOO_LONG);
    assert_eq!(upstream.connections(), 0);
}

#[tokio::test]
async fn a_length_is_required_where_configured() {
    let upstream = Upstream::echoing().await;
    let plugins = limited_to_1_kilobyte(", require_content_length: true");
    let setup = Setup::start(&config(&upstream.url(), &plugins)).await;
    for (call, passes) in [
        (Call::post("/").body("x"), true),
        (Call::post("/").chunked("x"), true),
        (Call::post("/"), false),
        (Call::get("/"), false),
    ] {
        let reply = setup.send(call).await;
        if passes {
            assert_eq!(reply.status, 200);
        } else {
            reply.assert_error(411, "A valid Content-Length header is required");
        }
    }
}

#[tokio::test]
async fn even_without_the_plugin_no_body_fills_the_memory() {
    let upstream = Upstream::echoing().await;
    let setup = Setup::start(&config(&upstream.url(), "")).await;
    let reply = setup.send(Call::post("/").announced(9 * 1024 * 1024)).await;
    reply.assert_error(413, "Payload too large");
}
